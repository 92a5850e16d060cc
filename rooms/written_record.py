"""The written record (笔录) of a session as it is kept: lines, who confirmed which wording, who objected. `rooms.record_keeping` has its rules. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cases.errors import Invalid
from cases.vocabulary import SeatRole

LINES_LIMIT = 400


class Kind(StrEnum):
    """Where a line comes from."""

    STEP = "step"  # noted by the software
    SAID = "said"  # written to everybody by the person
    WRITTEN = "written"  # put down by the mediator
    AGREED = "agreed"  # put down by the mediator as undisputed


class RecordLine(msgspec.Struct, omit_defaults=True):
    id: int
    kind: Kind
    text: str
    at: datetime
    seat: str = ""  # who said it
    revision: int = 1
    struck: bool = False


class Person(msgspec.Struct, frozen=True):
    seat: str
    role: SeatRole
    name: str


class WrittenRecord(msgspec.Struct, omit_defaults=True):
    """`confirmed`: seat → line → the revision that was read. `objections`: seat → line → what the party says to it."""

    lines: list[RecordLine] = []
    omitted: int = 0  # noted by itself after the record was full
    confirmed: dict[str, dict[str, int]] = {}
    objections: dict[str, dict[str, str]] = {}
    people: list[Person] = []  # who had been there when it was closed
    closed_at: datetime | None = None
    close_reason: str = ""
    sha256: str = ""  # of the canonical form, once closed

    def line(self, number: int) -> RecordLine:
        found = next((line for line in self.lines if line.id == number), None)
        if found is None:
            raise Invalid("unknown_line", "There is no such line in the written record", field="line", line=number)
        return found

    def standing(self) -> list[RecordLine]:
        return [line for line in self.lines if not line.struck]

    def answered(self, seat: str, line: RecordLine) -> bool:
        """Whether the party has read this wording and said yes or no to it."""
        key = str(line.id)
        return self.confirmed.get(seat, {}).get(key) == line.revision or key in self.objections.get(seat, {})

    def open_lines(self, seat: str) -> list[int]:
        return [line.id for line in self.standing() if not self.answered(seat, line)]
