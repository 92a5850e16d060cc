"""The log of administrators and sign-ins: written in the transaction of what it tells, read by the page, never altered.

Kept for good, which is more than the six months that the law asks for (网络安全法 21): nothing here deletes, and the database refuses to. It has
ids, masked addresses and codes of acts; no names, no passwords, no codes of a second factor.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import rfc3339
from cases.referral import Referrer
from cases.vocabulary import Act
from storage.database import reads
from storage.models.audit import AuditEntry
from storage.models.experts import Expert
from storage.models.people import Account, Organisation, Region
from storage.models.referrers import ReferrerRow

OPERATOR = "operator"
PAGE = 50
DETAIL = 200
ABOUT = 500
"""Entries that a resident takes away."""
Names = dict[str, str]
OF_EXPERTS = (Act.EXPERT_ENTERED, Act.EXPERT_ALTERED, Act.EXPERT_REVEALED)
OF_REFERRERS = (Act.REFERRER_MADE, Act.REFERRER_RENEWED, Act.REFERRER_ENDED)
OF_PLACES = (Act.CREATED, Act.ALTERED, Act.ORGANISATION_MADE, Act.ORGANISATION_ALTERED)
"""Whose detail has organisations or regions in it."""
OF_ORGANISATIONS = (Act.ORGANISATION_MADE, Act.ORGANISATION_ALTERED)


class Entry(msgspec.Struct):
    """`by` and `subject` are names to sign in with, `subject` the name of an organisation, an expert or another system where it is one; `at` in RFC 3339. `names`: what accounts of staff,
    organisations and regions among them, and in `detail`, are called today. Residents and cases are named by nothing but their ids."""

    id: int
    at: str
    act: str
    by: str
    role: str
    subject: str
    address: str
    detail: str
    names: dict[str, str] = {}


class Someone(msgspec.Struct, frozen=True):
    """Whom an entry is about, where it is no account of staff: a resident."""

    id: str
    role: str
    region: str


async def note(
    db: BaseDBAsyncClient,
    at: datetime,
    act: Act,
    subject: Account | Someone,
    by: tuple[str, str] | None = None,
    *,
    address: str = "",
    detail: str = "",
) -> None:
    """One entry about an account, in the transaction of what happened. `by`: account and role, by default the subject itself."""
    who, role = by or (subject.id, subject.role)
    await AuditEntry.create(
        at=at, act=act, by=who, role=role, subject=subject.id, region=subject.region, address=address, detail=detail[:DETAIL], using_db=db
    )


async def note_organisation(
    db: BaseDBAsyncClient, at: datetime, act: Act, subject: Organisation, by: tuple[str, str], detail: str = ""
) -> None:
    """One entry about an organisation."""
    who, role = by
    await AuditEntry.create(
        at=at, act=act, by=who, role=role, subject=subject.id, region=subject.region, detail=detail[:DETAIL], using_db=db
    )


async def note_calendar(db: BaseDBAsyncClient, at: datetime, region: str, by: tuple[str, str], detail: str) -> None:
    """One entry about the calendar of a region, which is the subject."""
    who, role = by
    await AuditEntry.create(at=at, act=Act.CALENDAR_ALTERED, by=who, role=role, subject=region, region=region, detail=detail, using_db=db)


async def note_expert(
    db: BaseDBAsyncClient, at: datetime, act: Act, by: tuple[str, str], subject: str, region: str, detail: str = ""
) -> None:
    """One entry about an entry of the pool of experts, which is named by its id."""
    who, role = by
    await AuditEntry.create(at=at, act=act, by=who, role=role, subject=subject, region=region, detail=detail[:DETAIL], using_db=db)


async def note_referrer(db: BaseDBAsyncClient, at: datetime, act: Act, subject: Referrer, by: tuple[str, str]) -> None:
    """One entry about a system that refers cases, which is named by its id."""
    who, role = by
    await AuditEntry.create(
        at=at, act=act, by=who, role=role, subject=subject.id, region=subject.region, detail=subject.source, using_db=db
    )


async def note_case(
    db: BaseDBAsyncClient, at: datetime, act: Act, by: tuple[str, str], subject: str, region: str, detail: str = ""
) -> None:
    """One entry about a case, which is named by its public code: what is done with its recordings, and that somebody looked at what is masked."""
    who, role = by
    await AuditEntry.create(at=at, act=act, by=who, role=role, subject=subject, region=region, detail=detail[:DETAIL], using_db=db)


async def page(region: str, before: int) -> list[Entry]:
    """The newest fifty of a region before the entry `before`; 0: the newest of all."""
    asked = AuditEntry.filter(region__startswith=region)
    rows = await (asked.filter(id__lt=before) if before else asked).using_db(reads()).order_by("-id").limit(PAGE)
    ids = {row.by for row in rows} | {row.subject for row in rows}
    told = {word for row in rows if row.act in OF_PLACES for word in row.detail.split()}
    names = {o.id: o.name for o in await Organisation.filter(id__in=list(ids | told)).using_db(reads())}
    regions = {
        r.code: r.name
        for r in await Region.filter(code__in=[word for word in told if word.isdigit() and len(word) <= 12]).using_db(reads())
    }
    experts = {e.id: e.name for e in await Expert.filter(id__in=list(ids)).using_db(reads())}
    referrers = {r.id: r.name for r in await ReferrerRow.filter(id__in=list(ids)).using_db(reads())}
    accounts = {a.id: a for a in await Account.filter(id__in=list(ids)).using_db(reads())}
    logins = {key: one.login for key, one in accounts.items()}

    def called(row: AuditEntry) -> dict[str, str]:
        people = {accounts[key].login: accounts[key].name for key in (row.by, row.subject) if key in accounts}
        words = row.detail.split() if row.act in OF_PLACES else []
        return {word: (names | regions)[word] for word in words if word in names or word in regions} | people

    return [
        Entry(
            row.id,
            rfc3339(row.at),
            row.act,
            logins.get(row.by, row.by),
            row.role,
            _named(row.act, names, experts, referrers, logins).get(row.subject, row.subject),
            row.address,
            row.detail,
            called(row),
        )
        for row in rows
    ]


def _named(act: str, names: Names, experts: Names, referrers: Names, logins: Names) -> Names:
    """By what the subject of an act is named."""
    if act in OF_ORGANISATIONS:
        return names
    if act in OF_EXPERTS:
        return experts
    return referrers if act in OF_REFERRERS else logins


async def about(subject: str) -> list[dict[str, str]]:
    """The newest entries about a resident, for the resident."""
    rows = await AuditEntry.filter(subject=subject).using_db(reads()).order_by("-id").limit(ABOUT)
    return [{"at": rfc3339(row.at), "act": row.act, "address": row.address, "detail": row.detail} for row in rows]


def guards(connection: BaseDBAsyncClient) -> list[str]:
    """Statements that make the table append-only, whoever asks."""
    if connection.capabilities.dialect == "sqlite":
        return [
            f"CREATE TRIGGER audit_entry_no_{what} BEFORE {what} ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            for what in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stays()",
    ]
