"""Appointments across cases: entered with each case, read for clashes and for what the clock has to remind of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.appointment import Slot
from cases.case import Case
from cases.permissions import MEETING
from cases.scheduling import MOST_MINUTES
from storage.database import reads
from storage.models.appointments import AppointmentRow

LISTED = 300


async def enter(db: BaseDBAsyncClient, before: Case | None, after: Case) -> None:
    known, now = _row(before), _row(after)
    if known == now:
        return
    if now is None:
        await AppointmentRow.filter(id=after.id).using_db(db).delete()
    elif known is None:
        await AppointmentRow.create(id=after.id, using_db=db, **now)
    else:
        await AppointmentRow.filter(id=after.id).using_db(db).update(**now)


async def near(mediator: str, without: str, slots: list[Slot]) -> list[tuple[str, Slot]]:
    """(case, time) of the mediator's other appointments about these times."""
    if not slots:
        return []
    first = min(slot.start for slot in slots) - timedelta(minutes=MOST_MINUTES)
    last = max(slot.end for slot in slots)
    asked = AppointmentRow.filter(mediator=mediator, starts_at__gte=first, starts_at__lte=last).exclude(id=without)
    return [(row.id, Slot(row.starts_at, row.minutes)) for row in await asked.using_db(reads()).order_by("starts_at")]


async def of(mediator: str, since: datetime) -> list[str]:
    """Cases with a time of this mediator from then on, the earliest first, at most `LISTED`."""
    asked = AppointmentRow.filter(mediator=mediator, starts_at__gte=since).using_db(reads())
    return [str(case_id) for case_id in await asked.order_by("starts_at").limit(LISTED).values_list("id", flat=True)]


async def due(now: datetime) -> list[str]:
    """Cases of which somebody is to be reminded."""
    found = await AppointmentRow.filter(remind_at__lte=now).using_db(reads()).order_by("remind_at").values_list("id", flat=True)
    return [str(case_id) for case_id in found]


def _row(case: Case | None) -> dict[str, Any] | None:
    state = case.appointment if case is not None else None
    if case is None or state is None or state.slot is None or case.stage not in MEETING or case.mediator is None:
        return None
    return {
        "mediator": case.mediator.account,
        "starts_at": state.slot.start,
        "minutes": state.slot.minutes,
        "remind_at": state.remind_at,
    }
