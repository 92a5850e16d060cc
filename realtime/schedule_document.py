"""The appointment (约定的调解时间) as its readers see it: the office all answers, a party its own, the public the hour alone."""

from __future__ import annotations

from cases.appointment import Said, Slot
from cases.case import Case
from cases.clock import rfc3339
from cases.permissions import may
from cases.vocabulary import Action, Standing
from realtime.patch import Doc


def staff_schedule(case: Case) -> Doc | None:
    state = case.appointment
    if state is None or not may((Standing.ASSIGNEE, Standing.CENTRE), Action.SEE_SCHEDULE, case.stage):
        return None
    return _common(case) | {"answers": {party: _said(said) for party, said in state.answers.items()} or None}


def party_schedule(case: Case, party: str, standing: Standing) -> Doc | None:
    """What others have answered is nobody's but the office's."""
    state = case.appointment
    if state is None or not party or not may((standing,), Action.SEE_SCHEDULE, case.stage):
        return None
    mine = state.answers.get(party)
    return _common(case) | {"mine": _said(mine) if mine is not None else None}


def public_schedule(case: Case) -> str | None:
    """When it begins, and nothing else."""
    slot = case.appointment.slot if case.appointment is not None else None
    return rfc3339(slot.start) if slot is not None and may((Standing.CENTRE,), Action.SEE_SCHEDULE, case.stage) else None


def public_called_off(case: Case) -> str | None:
    """The hour for which nothing is agreed any more, without the reason, until another is."""
    state = case.appointment
    told = state is not None and state.called_off and not state.open and state.fixed is not None
    return rfc3339(state.fixed.start) if told and may((Standing.CENTRE,), Action.SEE_SCHEDULE, case.stage) else None  # type: ignore[union-attr]


def fixed(case: Case) -> Doc | None:
    """For lists and calendars of the office."""
    slot = case.appointment.slot if case.appointment is not None else None
    return _slot(slot) if slot is not None and may((Standing.CENTRE,), Action.SEE_SCHEDULE, case.stage) else None


def _common(case: Case) -> Doc:
    state = case.appointment
    assert state is not None
    return {
        "revision": state.revision,
        "times": [_slot(slot) for slot in state.proposed] or None if state.open else None,
        "place": state.place or None,
        "fixed": _slot(state.slot) if state.slot is not None else None,
        "called_off": _slot(state.fixed) if state.called_off and state.fixed is not None and not state.open else None,
        "reason": state.reason or None,
    }


def _slot(slot: Slot) -> Doc:
    return {"start": rfc3339(slot.start), "minutes": slot.minutes}


def _said(said: Said) -> Doc:
    return {"fits": list(said.fits), "words": said.words or None, "by": said.by or None}
