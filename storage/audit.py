"""The log of administrators and sign-ins: written in the transaction of what it tells, never altered. `storage.audit_reading` reads it.

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
from storage.models.people import Account, Organisation

OPERATOR = "operator"
DETAIL = 200
ABOUT = 500
"""Entries that a resident takes away."""


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


async def note_region(db: BaseDBAsyncClient, at: datetime, act: Act, region: str, by: tuple[str, str], detail: str = "") -> None:
    """One entry about a region, which is the subject: its calendar, or the link to its wall."""
    who, role = by
    await AuditEntry.create(at=at, act=act, by=who, role=role, subject=region, region=region, detail=detail, using_db=db)


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
