"""The log of administrators and sign-ins, read: page by page, of some days, of somebody, of one kind of act."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec
from tortoise.expressions import Q, Subquery

from cases.calendar import ONE, start_of
from cases.clock import rfc3339
from cases.vocabulary import Act
from storage.database import reads
from storage.models.audit import AuditEntry
from storage.models.experts import Expert
from storage.models.people import Account, Organisation, Region
from storage.models.referrers import ReferrerRow

PAGE = 50
"""Entries at once, where nothing else is asked for."""
MOST = 500
"""Entries that may be asked for at once."""
ID = 32
"""Characters of the longest id that an entry has; the database's library refuses to look for a longer one."""
Names = dict[str, str]


class ActKind(StrEnum):
    """What somebody who reads the log looks for; every act is of one kind."""

    SIGN_INS = "sign_ins"
    ACCOUNTS = "accounts"
    PERSONAL = "personal"
    RECORDINGS = "recordings"
    RESIDENTS = "residents"
    PLACES = "places"
    EXPERTS = "experts"
    SYSTEMS = "systems"


KINDS: dict[ActKind, tuple[Act, ...]] = {
    ActKind.SIGN_INS: (
        Act.SIGNED_IN, Act.ATTEMPT_FAILED, Act.LOCKED_OUT, Act.SIGNED_OUT, Act.SIGN_INS_ENDED, Act.PASSWORD_CHOSEN, Act.FACTOR_ON, Act.FACTOR_OFF,
        Act.CODES_RENEWED, Act.PROVIDER_LINKED, Act.PROVIDER_UNLINKED,
    ),
    ActKind.ACCOUNTS: (
        Act.CREATED, Act.ALTERED, Act.LOCKED, Act.UNLOCKED, Act.RESET, Act.CONTACT_ALTERED, Act.WORK_ALTERED, Act.FEED_MADE, Act.FEED_ENDED,
    ),
    ActKind.PERSONAL: (Act.CASE_REVEALED, Act.EXPERT_REVEALED, Act.DATA_EXPORTED, Act.SOUGHT_BY_NUMBER),
    ActKind.RECORDINGS: (Act.RETENTION_ALTERED, Act.DESTRUCTION_ASKED, Act.DESTRUCTION_UNDONE, Act.RECORDINGS_DESTROYED, Act.ERASURE_ASKED, Act.ERASURE_UNDONE, Act.CASE_ERASED),
    ActKind.RESIDENTS: (
        Act.REGISTERED, Act.CONSENTED, Act.NAME_CORRECTED, Act.NUMBER_CHANGED, Act.MATTER_CLAIMED, Act.CONSENT_WITHDRAWN, Act.ACCOUNT_DELETED,
    ),
    ActKind.PLACES: (
        Act.ORGANISATION_MADE, Act.ORGANISATION_ALTERED, Act.CALENDAR_ALTERED, Act.WALL_LINK_MADE, Act.WALL_LINK_ENDED, Act.REGION_MADE, Act.REGION_ALTERED,
    ),
    ActKind.EXPERTS: (Act.EXPERT_ENTERED, Act.EXPERT_ALTERED),
    ActKind.SYSTEMS: (Act.REFERRER_MADE, Act.REFERRER_RENEWED, Act.REFERRER_ENDED),
}  # fmt: skip
OF_EXPERTS = (Act.EXPERT_ENTERED, Act.EXPERT_ALTERED, Act.EXPERT_REVEALED)
OF_REFERRERS = KINDS[ActKind.SYSTEMS]
OF_ORGANISATIONS = (Act.ORGANISATION_MADE, Act.ORGANISATION_ALTERED)
OF_REGIONS = (Act.WALL_LINK_MADE, Act.WALL_LINK_ENDED, Act.REGION_MADE, Act.REGION_ALTERED)
OF_PLACES = (Act.CREATED, Act.ALTERED, *OF_ORGANISATIONS)
"""Whose detail has organisations or regions in it."""


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


class Sought(msgspec.Struct, frozen=True):
    """Entries older than `before` (0: from the newest on), `count` of them (1 to `MOST`). `who`: a piece of the name or login of whoever did it or had it done,
    or the id or code that stands in the entry. `since` and `until`: days of the county, both included."""

    before: int = 0
    count: int = PAGE
    who: str = ""
    kind: ActKind | None = None
    since: date | None = None
    until: date | None = None


async def page(region: str, sought: Sought = Sought()) -> list[Entry]:
    """What is sought among the entries of a region, the newest first."""
    asked = AuditEntry.filter(region__startswith=region)
    if sought.before:
        asked = asked.filter(id__lt=sought.before)
    if sought.kind:
        asked = asked.filter(act__in=KINDS[sought.kind])
    if sought.since:
        asked = asked.filter(at__gte=start_of(sought.since))
    if sought.until:
        asked = asked.filter(at__lt=start_of(sought.until + ONE))
    if sought.who:
        asked = asked.filter(_about(region, sought.who))
    return await _in_words(await asked.using_db(reads()).order_by("-id").limit(sought.count))


def _about(region: str, words: str) -> Q:
    """Who and what has these words in its name, or is this id."""
    named = Q(name__icontains=words)
    found = Q(by=words) | Q(subject=words) if len(words) <= ID else Q(id__in=[])
    for asked in (
        Account.filter(named | Q(login__icontains=words), region__startswith=region),
        Organisation.filter(named, region__startswith=region),
        Expert.filter(named, region__startswith=region),
        ReferrerRow.filter(named, region__startswith=region),
    ):
        ids = Subquery(asked.values("id"))
        found |= Q(by__in=ids) | Q(subject__in=ids)
    return found


async def _in_words(rows: list[AuditEntry]) -> list[Entry]:
    ids = {row.by for row in rows} | {row.subject for row in rows}
    told = {word for row in rows if row.act in OF_PLACES for word in row.detail.split()} | {
        row.subject for row in rows if row.act in OF_REGIONS
    }
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
            _named(row.act, names, experts, referrers, logins, regions).get(row.subject, row.subject),
            row.address,
            row.detail,
            called(row),
        )
        for row in rows
    ]


def _named(act: str, names: Names, experts: Names, referrers: Names, logins: Names, regions: Names) -> Names:
    """By what the subject of an act is named."""
    if act in OF_ORGANISATIONS:
        return names
    if act in OF_EXPERTS:
        return experts
    if act in OF_REGIONS:
        return regions
    return referrers if act in OF_REFERRERS else logins
