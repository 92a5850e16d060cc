"""Scheduling a session (排期): the mediator proposes times, each party answers, one is fixed, moved or called off; who is reminded of it. Pure.

Rules
* A time is a moment of the county, lies ahead within sixty days, and lasts half an hour to four hours; those of one proposal do not overlap.
* Office hours, days off and other appointments of the same mediator forbid nothing: `cautions` names them.
* A party answers every time that was proposed, as often as it likes until one is fixed. What was said by telephone the office notes, under its own name.
* A time may be fixed before all have answered; the ledger says who had not.
* Whoever acts on what has changed meanwhile (`revision`) is refused, and looks again.
* `handle` changes the given case in place; a `Refusal` leaves it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import msgspec

from cases.actor import Actor
from cases.appointment import LEADS, Appointment, Said, Slot
from cases.calendar import CLOSES, ONE, OPENS, Calendar, county_day
from cases.case import NOTE_LIMIT, PLACE_LIMIT, Case, standings
from cases.clock import COUNTY_TIME, rfc3339
from cases.commands import scheduling as c
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Standing

TIMES_LIMIT = 5
LEAST_MINUTES, MOST_MINUTES = 30, 240
WITHIN = timedelta(days=60)
WORDS_LIMIT = 200
BEGINNINGS = (time(9), time(14, 30))
"""At which times are proposed, a morning and an afternoon."""
PROPOSED_MINUTES = 60
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


class Caution(StrEnum):
    HOURS = "hours"  # outside of office hours
    DAY_OFF = "day_off"  # a weekend, or a holiday that is named
    CLASH = "clash"  # another appointment of the mediator


class Cautioned(msgspec.Struct, frozen=True):
    """Of the time number `time`, from 0. `name`: of the holiday, or of the other case."""

    time: int
    caution: Caution
    name: str = ""


def handle(case: Case, command: c.ScheduleCommand, actor: Actor, held: Iterable[Standing], party: str, now: datetime) -> list[Happened]:
    """Apply one command. `held`: what the actor is to the case or in its session; `party`: whose word it is, for a party."""
    demand(tuple(held), Action.ANSWER_TIMES if isinstance(command, c.AnswerTimes) else Action.SCHEDULE, case.stage)
    state = case.appointment or Appointment()
    if command.revision != state.revision:
        raise Conflict("schedule_changed", "The times have changed meanwhile; please look at them again")
    match command:
        case c.ProposeTimes():
            happened = _propose(state, command, actor, now)
        case c.AnswerTimes():
            return _answer(case, state, command, party, "", now)
        case c.NoteTimes():
            return _answer(case, state, command, case.party(command.party).id, actor.name, now)
        case c.FixTime():
            happened = _fix(case, state, command, actor, now)
        case c.MoveTime():
            happened = _move(state, command, actor, now)
        case c.CallOff():
            happened = _call_off(state, command, actor, now)
    case.appointment = state
    return happened


def remind(case: Case, actor: Actor, now: datetime) -> list[Happened]:
    """What the clock does by itself, each once: of what lies nearest alone, where it was late for the others."""
    demand(standings(case, actor), Action.REMIND_OF_SESSION, case.stage)
    state = case.appointment
    slot = state.slot if state is not None else None
    if state is None or slot is None:
        return []
    due = [ahead for ahead, lead in LEADS.items() if ahead not in state.reminded and slot.start - lead <= now]
    state.reminded = [*state.reminded, *due]
    if not due or slot.start <= now:
        return []
    return [Happened("appointment.reminded", {**_told(slot), "ahead": str(due[-1]), "revision": state.revision})]


def parse_slots(times: Sequence[c.Proposed], now: datetime) -> list[Slot]:
    """Raises `Invalid`, with the number of the time in `time`."""
    if not 1 <= len(times) <= TIMES_LIMIT:
        raise Invalid("times_count", f"One to {TIMES_LIMIT} times are proposed", field="times", limit=TIMES_LIMIT)
    slots: list[Slot] = []
    for number, one in enumerate(times):
        slot = parse_slot(one.start, one.minutes, now, number)
        if any(slot.meets(other) for other in slots):
            raise Invalid("times_overlap", "Two of the times overlap", field="times", time=number)
        slots.append(slot)
    return slots


def parse_slot(start: str, minutes: int, now: datetime, number: int = 0) -> Slot:
    """`start`: 2026-12-03T09:00, by the county's clocks."""
    try:
        local = datetime.fromisoformat(start) if _LOCAL.fullmatch(start) else None
    except ValueError:
        local = None
    if local is None or not 2000 <= local.year <= 2999:
        raise Invalid("time_shape", "A time is written as 2026-12-03T09:00 and exists in the calendar", field="start", time=number)
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise Invalid(
            "time_length",
            f"A session lasts {LEAST_MINUTES} to {MOST_MINUTES} minutes",
            field="minutes",
            time=number,
            least=LEAST_MINUTES,
            most=MOST_MINUTES,
        )
    moment = local.replace(tzinfo=COUNTY_TIME).astimezone(UTC)
    if moment <= now:
        raise Invalid("time_past", "This time is past already", field="start", time=number)
    if moment > now + WITHIN:
        raise Invalid("time_far", f"A time lies within the next {WITHIN.days} days", field="start", time=number, days=WITHIN.days)
    return Slot(moment, minutes)


def cautions(slots: Sequence[Slot], calendar: Calendar, taken: Iterable[tuple[str, Slot]]) -> list[Cautioned]:
    """What speaks against these times. `taken`: other appointments of the mediator, by how their case is called."""
    others = list(taken)
    found: list[Cautioned] = []
    for number, slot in enumerate(slots):
        begins, ends = slot.start.astimezone(COUNTY_TIME), slot.end.astimezone(COUNTY_TIME)
        if not calendar.working(begins.date()):
            said = calendar.days.get(begins.date())
            found.append(Cautioned(number, Caution.DAY_OFF, said.name if said else ""))
        if begins.date() != ends.date() or begins.time() < OPENS or ends.time() > CLOSES:
            found.append(Cautioned(number, Caution.HOURS))
        found += [Cautioned(number, Caution.CLASH, name) for name, other in others if slot.meets(other)]
    return found


def proposals(now: datetime, calendar: Calendar) -> Iterator[Slot]:
    """Times that nothing of the calendar speaks against, from the next working day on, as far ahead as a time may lie: what a form begins with."""
    day = county_day(now)
    while (day := day + ONE) < county_day(now + WITHIN):
        if calendar.working(day):
            yield from (Slot(datetime.combine(day, at, COUNTY_TIME).astimezone(UTC), PROPOSED_MINUTES) for at in BEGINNINGS)


def unanswered(case: Case) -> list[str]:
    """Parties that have said nothing to the times that are proposed."""
    said = case.appointment.answers if case.appointment else {}
    return [person.id for person in case.parties if person.id not in said]


def asked_of(case: Case, party: str, now: datetime) -> bool:
    """Whether times wait for the party's answer."""
    state = case.appointment
    return state is not None and state.open and party not in state.answers and any(slot.start > now for slot in state.proposed)


def _propose(state: Appointment, command: c.ProposeTimes, actor: Actor, now: datetime) -> list[Happened]:
    if state.slot is not None and state.slot.end > now:
        raise OutOfTurn("appointment_stands", "A time is fixed already; move it or call it off")
    slots, place = parse_slots(command.times, now), _place(command.place)
    state.proposed, state.place, state.answers, state.reason, state.reminded = slots, place, {}, "", []
    if state.slot is not None:  # past: what comes now is another one
        state.fixed = None
    _changed(state, now)
    told = {"times": [_told(slot) for slot in slots], "place": place, "revision": state.revision, "by": actor.ledger_name}
    return [Happened("appointment.proposed", told)]


def _answer(case: Case, state: Appointment, command: c.AnswerTimes | c.NoteTimes, party: str, by: str, now: datetime) -> list[Happened]:
    if not state.open or all(slot.start <= now for slot in state.proposed):
        raise OutOfTurn("no_times", "No times wait for an answer")
    if len(command.fits) != len(state.proposed):
        raise Invalid("answer_each", "Each of the times needs an answer", field="fits")
    words = parse_text(command.words, "words", WORDS_LIMIT, required=False)
    before = state.answers.get(party)
    if before is not None and (before.fits, before.words, before.by) == (command.fits, words, by):
        return []
    state.answers[party] = Said(list(command.fits), words, now, by)
    told = {"party": party, "fits": list(command.fits), "words": words, "revision": state.revision}
    return [Happened("appointment.answered", told | ({"noted_by": by} if by else {}))]


def _fix(case: Case, state: Appointment, command: c.FixTime, actor: Actor, now: datetime) -> list[Happened]:
    if not state.open:
        raise OutOfTurn("no_times", "No times wait for an answer")
    if not 0 <= command.time < len(state.proposed):
        raise Invalid("unknown_time", "There is no such time in the proposal", field="time")
    slot = state.proposed[command.time]
    if slot.start <= now:
        raise Invalid("time_past", "This time is past already", field="start", time=command.time)
    missing = unanswered(case)
    state.reason = ""
    _set(state, slot, now)
    told = {**_told(slot), "place": state.place, "unanswered": missing, "revision": state.revision, "by": actor.ledger_name}
    return [Happened("appointment.fixed", told)]


def _move(state: Appointment, command: c.MoveTime, actor: Actor, now: datetime) -> list[Happened]:
    former = state.slot
    if former is None:
        raise OutOfTurn("no_appointment", "No time is fixed")
    slot, reason = parse_slot(command.start, command.minutes, now), parse_text(command.reason, "reason", NOTE_LIMIT)
    place = _place(command.place)
    if (slot, place) == (former, state.place):
        raise Invalid("time_same", "This is the time that is fixed already", field="start")
    state.place, state.reason, state.proposed, state.answers = place, reason, [], {}
    _set(state, slot, now)
    told = {**_told(slot), "place": place, "was": rfc3339(former.start), "reason": reason, "revision": state.revision}
    return [Happened("appointment.moved", told | {"by": actor.ledger_name})]


def _call_off(state: Appointment, command: c.CallOff, actor: Actor, now: datetime) -> list[Happened]:
    former = state.slot
    if former is None or former.end <= now:
        raise OutOfTurn("no_appointment", "No time is fixed")
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    state.drop(reason, now)
    told = {**_told(former), "reason": reason, "revision": state.revision, "by": actor.ledger_name}
    return [Happened("appointment.called_off", told)]


def _set(state: Appointment, slot: Slot, now: datetime) -> None:
    """Whoever is told now needs no reminder that would come at the same time."""
    state.fixed, state.called_off = slot, False
    state.reminded = [ahead for ahead, lead in LEADS.items() if slot.start - lead <= now]
    _changed(state, now)


def _changed(state: Appointment, now: datetime) -> None:
    state.revision, state.changed_at = state.revision + 1, now


def _place(text: str) -> str:
    return parse_text(text, "place", PLACE_LIMIT, required=False)


def _told(slot: Slot) -> dict[str, str | int]:
    return {"start": rfc3339(slot.start), "minutes": slot.minutes}
