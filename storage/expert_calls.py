"""Invitations of experts across cases: entered with each case, and counted for the pool. Nothing here is typed in by anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Case
from cases.expert_invitation import OPEN
from cases.experts import LOAD_DAYS, Tally, tally
from storage.database import reads
from storage.models.experts import ExpertCall

AT_ONCE_LASTS = timedelta(hours=1)
"""How long an expert who is wanted at once is taken to be busy with it: the parties are asked first."""


class Busy(msgspec.Struct, frozen=True):
    """When an expert is asked for elsewhere. `at` None: at once."""

    at: datetime | None
    minutes: int


async def enter(db: BaseDBAsyncClient, before: Case | None, after: Case) -> None:
    known = {one.id: one for one in before.experts} if before is not None else {}
    for one in after.experts:
        former = known.get(one.id)
        if former == one:
            continue
        told = {"state": str(one.state), "until": one.until, "seated_at": one.seated_at, "score": one.score}
        if former is not None:
            await ExpertCall.filter(case_id=after.id, invitation=one.id).using_db(db).update(**told)
            continue
        fixed = {"expert": one.expert, "sent_at": one.sent_at, "at": one.at, "minutes": one.minutes}
        await ExpertCall.create(case_id=after.id, invitation=one.id, using_db=db, **fixed, **told)


async def tallies(experts: list[str], now: datetime) -> dict[str, Tally]:
    """Of these experts: open invitations, sessions of the last thirty days, ratings."""
    rows = (
        await ExpertCall.filter(expert__in=experts).using_db(reads()).values_list("expert", "state", "until", "seated_at", "score")
        if experts
        else []
    )
    since = now - timedelta(days=LOAD_DAYS)
    open_now: dict[str, int] = dict.fromkeys(experts, 0)
    sessions, scores = dict(open_now), {key: list[int]() for key in experts}
    for expert, state, until, seated_at, score in rows:
        key = str(expert)
        waits = state in OPEN and seated_at is None and until > now
        open_now[key] += waits
        sessions[key] += seated_at is not None and seated_at >= since
        if score:
            scores[key].append(int(score))
    return {key: tally(open_now[key], sessions[key], scores[key]) for key in experts}


async def busy(db: BaseDBAsyncClient, expert: str, case_id: str, at: datetime | None, minutes: int, now: datetime) -> list[Busy]:
    """Open invitations of other cases that fall into the same time. The expert's row is locked by whoever asks."""
    rows = (
        await ExpertCall.filter(expert=expert, state__in=[str(state) for state in OPEN])
        .exclude(case_id=case_id)
        .using_db(db)
        .order_by("id")
    )
    begins, ends = _window(at, now, minutes)
    found = []
    for row in rows:
        if row.until <= now and row.seated_at is None:
            continue
        other_begins, other_ends = _window(row.at, row.sent_at, row.minutes)
        if other_begins < ends and begins < other_ends:
            found.append(Busy(row.at, row.minutes))
    return found


async def overdue(now: datetime) -> list[str]:
    """Cases with an invitation that nobody answered in time."""
    rows = (
        await ExpertCall.filter(state__in=[str(state) for state in OPEN], until__lte=now)
        .using_db(reads())
        .values_list("case_id", flat=True)
    )
    return sorted({str(case) for case in rows})


def _window(at: datetime | None, sent: datetime, minutes: int) -> tuple[datetime, datetime]:
    lasts = timedelta(minutes=minutes)
    return (at, at + lasts) if at is not None else (sent, sent + max(lasts, AT_ONCE_LASTS))
