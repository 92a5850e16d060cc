"""The appointment of a case (约定的调解时间): times that were proposed, what each party said to them, the one that was fixed. Pure data; its rules are `cases.scheduling`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Ahead(StrEnum):
    """Of what people are reminded."""

    DAY = "day"
    HOUR = "hour"


LEADS: dict[Ahead, timedelta] = {Ahead.DAY: timedelta(days=1), Ahead.HOUR: timedelta(hours=1)}
"""How long before it begins, the longest first."""


class Slot(msgspec.Struct, frozen=True):
    """From `start` (UTC) on, so many minutes."""

    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    def meets(self, other: Slot) -> bool:
        """Whether both have a moment in common; one that begins where the other ends does not."""
        return self.start < other.end and other.start < self.end


class Said(msgspec.Struct, frozen=True):
    """A party's answer: `fits` has one entry for each time that was proposed. `by`: who of the office heard it by telephone; empty where the party said it itself."""

    fits: list[bool]
    words: str
    at: datetime
    by: str = ""


class Appointment(msgspec.Struct, omit_defaults=True):
    """`revision` grows with everything that the mediator does to it, and so numbers what calendars are given too (RFC 5545, SEQUENCE). `place` empty: online.
    `reason`: why it was moved or called off. `reminded`: leads that need no reminder any more."""

    revision: int = 0
    changed_at: datetime | None = None
    proposed: list[Slot] = []
    place: str = ""
    answers: dict[str, Said] = {}  # by party
    fixed: Slot | None = None
    called_off: bool = False
    reason: str = ""
    reminded: list[Ahead] = []

    @property
    def open(self) -> bool:
        """Whether times wait for answers."""
        return bool(self.proposed) and self.slot is None

    @property
    def slot(self) -> Slot | None:
        """The time that holds."""
        return None if self.called_off else self.fixed

    @property
    def until(self) -> datetime | None:
        """The end of the last time that may still be meant."""
        ends = [self.slot.end] if self.slot is not None else [one.end for one in self.proposed]
        return max(ends, default=None)

    @property
    def remind_at(self) -> datetime | None:
        """When the next reminder is due."""
        slot = self.slot
        return min((slot.start - lead for ahead, lead in LEADS.items() if ahead not in self.reminded), default=None) if slot else None

    def drop(self, reason: str, now: datetime) -> bool:
        """It holds no more. Whether there was a time that had been fixed."""
        held = self.slot is not None
        self.called_off = self.called_off or held
        self.proposed, self.answers, self.reminded = [], {}, []
        self.revision, self.changed_at, self.reason = self.revision + 1, now, reason
        return held
