"""What people ask of the times of a session."""

from __future__ import annotations

import msgspec


class Proposed(msgspec.Struct, forbid_unknown_fields=True):
    """`start`: 2026-12-03T09:00, by the county's clocks."""

    start: str
    minutes: int


class ProposeTimes(msgspec.Struct, tag_field="t", tag="propose_times", forbid_unknown_fields=True):
    """One to five times for a session. `place`: empty for online; `revision`: of the appointment as it was read, 0 where there is none."""

    case: str
    times: list[Proposed]
    revision: int
    place: str = ""


class AnswerTimes(msgspec.Struct, tag_field="t", tag="answer_times", forbid_unknown_fields=True):
    """A party's word on each of the times."""

    case: str
    fits: list[bool]
    revision: int
    words: str = ""


class NoteTimes(msgspec.Struct, tag_field="t", tag="note_times", forbid_unknown_fields=True):
    """What `party` has said by telephone."""

    case: str
    party: str
    fits: list[bool]
    revision: int
    words: str = ""


class FixTime(msgspec.Struct, tag_field="t", tag="fix_time", forbid_unknown_fields=True):
    """`time`: the number of the proposed one, from 0."""

    case: str
    time: int
    revision: int


class MoveTime(msgspec.Struct, tag_field="t", tag="move_time", forbid_unknown_fields=True):
    case: str
    start: str
    minutes: int
    reason: str
    revision: int
    place: str = ""


class CallOff(msgspec.Struct, tag_field="t", tag="call_off", forbid_unknown_fields=True):
    case: str
    reason: str
    revision: int


ScheduleCommand = ProposeTimes | AnswerTimes | NoteTimes | FixTime | MoveTime | CallOff
