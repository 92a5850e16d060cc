"""The numbers of a county and of its townships, kept by adding and taking away one case at a time. Pure.

What is counted of a case is taken away as it was and added as it is, so that the numbers after any course of changes are those that a count from
the beginning gives: `Tally.encoded` is then the same to the byte. What the wall of a township tells of its own is said in `cases.township_wall`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from cases.counted import Counted
from cases.figures import STEPS, Figures, midnight, month_of
from cases.small_cells import gather, suppress
from cases.vocabulary import OTHER_TYPE

TYPES_SHOWN = 4
TOWNSHIP_DIGITS = 9
_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Counted).decode
_NOTHING = Figures()


class Tally:
    """Of one county. `put` tells what is counted of a case now, `numbers` what the wall shows."""

    def __init__(self) -> None:
        self._cases: dict[str, tuple[int, bytes]] = {}
        self.county = Figures()
        self._townships: dict[str, Figures] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def put(self, case_id: str, seq: int, one: Counted | None) -> frozenset[str]:
        """What counts of a case after its command `seq`; None: nothing any more. What is older than what is known is left aside. Returns the codes of
        the townships whose numbers may be others now."""
        known = self._cases.get(case_id)
        if known is not None and known[0] > seq:
            return frozenset()
        packed = _encode(one) if one is not None else b""
        moved = set()
        if known is not None and known[1] != packed and known[1]:
            moved.add(self._add(case_id, _decode(known[1]), -1))
        if one is not None and (known is None or known[1] != packed):
            moved.add(self._add(case_id, one, 1))
        self._cases[case_id] = (seq, packed)
        return frozenset(moved)

    def seq_of(self, case_id: str) -> int:
        return self._cases.get(case_id, (0, b""))[0]

    def ids(self) -> Iterable[str]:
        return self._cases

    def township(self, code: str) -> Figures:
        """Of one township; not to be altered."""
        return self._townships.get(code, _NOTHING)

    def _add(self, case_id: str, one: Counted, sign: int) -> str:
        code = one.region[:TOWNSHIP_DIGITS]
        self.county.add(case_id, one, sign)
        figures = self._townships.setdefault(code, Figures())
        figures.add(case_id, one, sign)
        if not figures:
            del self._townships[code]
        return code

    def encoded(self) -> bytes:
        """All that is counted, in one spelling: equal to what a count from the beginning gives."""
        state = {
            "cases": sorted((key, packed) for key, (_, packed) in self._cases.items() if packed),
            "county": self.county.state(),
            "townships": [(code, figures.state()) for code, figures in sorted(self._townships.items())],
        }
        return msgspec.msgpack.encode(state)

    def active_of(self, townships: Iterable[str]) -> dict[str, int | str]:
        """How many are in work in each township: what every wall of the county tells of that."""
        return suppress({code: self.township(code).active for code in townships})

    def numbers(self, now: datetime, townships: Mapping[str, str], mediators: Iterable[str]) -> dict[str, Any]:
        """The wall's document. `townships`: names by code; `mediators`: accounts that take orders. No names of people, and no small cells."""
        today, month, of = midnight(now), month_of(now), self.county
        former = of.trend(_year_before(today))
        return {
            "today": of.on(today),
            "active": of.active,
            "rooms": of.rooms(),
            "success": success(of, month),
            "due_soon": of.due_soon(now),
            "overdue": of.overdue(now),
            "places": dict(townships),
            "townships": self.active_of(townships),
            "types": gather(of.types(month), TYPES_SHOWN, never=(OTHER_TYPE,)),
            "trend": of.trend(today),
            "last_year": former if any(former) else None,
            "funnel": {step: of.step(month, step) for step in STEPS},
            "waits": {step: seconds for step in STEPS[1:] if (seconds := of.median(month, step)) is not None},
            "alerts": of.alerts(townships),
            "loads": of.loads(mediators),
            "voices": of.voices(month),
        }


def success(of: Figures, month: int, least: int = 1) -> int | None:
    """Per cent of the mediations that ended in a month; None of fewer than `least`."""
    agreed, failed = of.ended(month)
    return round(100 * agreed / (agreed + failed)) if agreed + failed >= least else None


def _year_before(day: datetime) -> datetime:
    """The same day of the last year; the 28th for the 29th of February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
