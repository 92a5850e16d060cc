"""Appointments at the server: commands, what speaks against a time, what a calendar is given, and the clock's reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from cases import scheduling as rules
from cases.actor import SYSTEM, Actor
from cases.appointment import Slot
from cases.case import Case, Numbering
from cases.commands.scheduling import FixTime, MoveTime, ProposeTimes, ScheduleCommand
from cases.errors import Refusal
from cases.ports import Clock
from cases.scheduling import Cautioned, cautions
from cases.vocabulary import CaseStage
from realtime.performance_document import party_of
from storage import appointments
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store
from web.doors import Doors
from web.icalendar import Event, calendar
from web.notice_texts import number_of
from web.performance import held_by

log = structlog.get_logger("scheduling")

LINK_STAYS = timedelta(hours=24)
"""How long a party's link still opens after the time that was arranged."""


LOOKED_AT = 40
"""Mornings and afternoons, of which some are taken."""
SHOWN_FOR = timedelta(days=30)
"""How long a subscription has what is over."""


class SchedulingDesk:
    def __init__(self, store: Store, reader: Reader, doors: Doors, clock: Clock) -> None:
        self._store, self._reader, self._doors, self._clock = store, reader, doors, clock

    async def do(self, command: ScheduleCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        """Answers the new `revision`, and for the mediator's times what speaks against them (`cautions`)."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = rules.handle(dossier.case, command, actor, held_by(dossier, actor), party_of(dossier, actor), now)
            state = dossier.case.appointment
            return Outcome(happened, {"revision": state.revision if state else 0})

        result = await self._store.execute(command.case, decide, receipt)
        if not isinstance(command, ProposeTimes | FixTime | MoveTime):
            return result
        dossier = await self._reader.dossier(command.case)
        state, room = dossier.case.appointment, dossier.room
        if state is None or state.until is None:
            return result
        open_room = room if room is not None and room.ended_at is None else None
        seats = [seat.id for seat in open_room.parties()] if open_room is not None else []
        await self._doors.links.prolong(command.case, open_room.id if open_room is not None else "", seats, state.until + LINK_STAYS)
        slots = [state.slot] if state.slot is not None else state.proposed
        return {**result, "cautions": msgspec.to_builtins(await self.cautions(dossier.case, slots))}

    async def cautions(self, case: Case, slots: list[Slot]) -> list[Cautioned]:
        """What speaks against these times, of the county's calendar and of the mediator's other appointments."""
        taken = await appointments.near(case.mediator.account, case.id, slots) if case.mediator is not None else []
        named = [(number_of((await self._reader.dossier(other)).case), slot) for other, slot in taken]
        return cautions(slots, (await self._doors.calendars.all()).of(case.region), named)

    async def proposals(self, case: Case) -> list[Slot]:
        """The next times that nothing speaks against, neither the county's calendar nor another appointment of the mediator."""
        slots = list(islice(rules.proposals(self._clock.now(), (await self._doors.calendars.all()).of(case.region)), LOOKED_AT))
        taken = await appointments.near(case.mediator.account, case.id, slots) if case.mediator is not None else []
        return [slot for slot in slots if not any(slot.meets(other) for _, other in taken)][: rules.TIMES_LIMIT]

    async def calendar_of(self, account: str, base_url: str, phone: str) -> str:
        """All that is fixed for a mediator, as a subscription has it."""
        events, who = [], Actor("account", account)
        for case_id in await appointments.of(account, self._clock.now() - SHOWN_FOR):
            case = (await self._reader.dossier(case_id)).case
            if case.appointment is not None and case.appointment.slot is not None:
                events.append(event_of(case, who, base_url, phone))
        return calendar(*events, refreshed=True)

    async def look_at_the_clock(self) -> int:
        """Remind of what lies near. Returns of how many cases."""
        done = 0
        for case_id in await appointments.due(self._clock.now()):
            try:
                await self._store.execute(case_id, _looked_at)
                done += 1
            except Refusal as refusal:  # ended meanwhile
                log.info("nobody is to be reminded any more", case=case_id, reason=refusal.code)
        return done


def event_of(case: Case, actor: Actor, base_url: str, phone: str) -> Event:
    """What a calendar is given of a fixed time."""
    state = case.appointment
    assert state is not None and state.fixed is not None and state.changed_at is not None
    told = f"电话 {phone}" if phone else ""
    text = f"调解已取消。{told}" if state.called_off else f"请提前10分钟进入。{told}"
    host = urlsplit(base_url).hostname or "heyi"
    return Event(
        organizer=f"mailto:no-reply@{host}",
        uid=f"{case.first_code}@{host}",
        sequence=state.revision,
        changed=state.changed_at,
        slot=state.fixed,
        summary=f"调解 {case.code}",
        description=text,
        location=state.place or "在线",
        url=page_of(case, actor, base_url),
        cancelled=state.called_off,
    )


def page_of(case: Case, actor: Actor, base_url: str) -> str:
    """The own page: it opens for whoever has the session, and for nobody else."""
    match actor.kind:
        case "account":
            return f"{base_url}/case/{case.id}"
        case "seat":
            return f"{base_url}/join/{actor.session_id}"
        case "party":
            return f"{base_url}/own/{case.id}"
        case _:
            return f"{base_url}/mine/{case.id}"


def link_lasts(case: Case, now: datetime, least: timedelta) -> timedelta:
    """How long a party's link is to open: past the last time that may be meant."""
    until = case.appointment.until if case.appointment is not None and case.stage is CaseStage.MEDIATING else None
    return max(least, until + LINK_STAYS - now) if until is not None else least


def _looked_at(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(rules.remind(dossier.case, SYSTEM, now))
