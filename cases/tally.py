"""The numbers of a county, kept by adding and taking away one case at a time. Pure.

What is counted of a case is taken away as it was and added as it is, so that the numbers after any course of changes are those that a count from
the beginning gives: `Tally.encoded` is then the same to the byte. Nothing here is proportional to the number of cases but the memory of what each
was counted as, and two sorted lists that are searched by halves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cases.clock import COUNTY_TIME
from cases.counted import ACTIVE, ENDED, Counted
from cases.small_cells import SMALL, gather, suppress
from cases.vocabulary import OTHER_TYPE, SENSITIVE_TYPES, CaseStage, RiskLevel

SOON_DAYS = 3
"""三天内到期: not over yet, and at most this many midnights away. The desks count the same (`web/client/src/cases/due.ts`)."""
TREND_DAYS = 30
TYPES_SHOWN = 4
ALERTS_SHOWN = 3
LIGHT, FAIR = 3, 8
"""Up to how many open cases a mediator's load is light (轻), and fair (适中)."""
MONTHS_OF_VOICES = 12
STEPS = ("reported", "accepted", "mediating", "agreed", "closed")
NEVER_ACCEPTED = (CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.WITHDRAWN, CaseStage.DECLINED)
"""Stages of which no step after the first is counted."""
LEVELS = (RiskLevel.RED, RiskLevel.ORANGE, RiskLevel.BLUE)
_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Counted).decode


def month_of(moment: datetime) -> int:
    """Months since year 0 in the county's time."""
    local = moment.astimezone(COUNTY_TIME)
    return local.year * 12 + local.month - 1


def month_begins(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=COUNTY_TIME)


def midnight(now: datetime) -> datetime:
    """When this day of the county began."""
    return now.astimezone(COUNTY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)


def soon_until(now: datetime) -> datetime:
    """Before which a term ends that is over within three days."""
    return midnight(now) + timedelta(days=SOON_DAYS + 1)


def reached(one: Counted) -> tuple[str, ...]:
    """The steps that a case has come to. Who was received has reached the first."""
    steps = ["reported"]
    if one.stage not in NEVER_ACCEPTED:
        steps.append("accepted")
    if one.stage is CaseStage.MEDIATING or (one.stage in ENDED and one.mediated_at):
        steps.append("mediating")
    if one.stage in ENDED and one.agreed_at:
        steps.append("agreed")
    if one.stage is CaseStage.CLOSED:
        steps.append("closed")
    return tuple(steps)


def _waits(one: Counted) -> dict[str, int]:
    """Seconds that a case took to each step that it has come to, from the one before."""
    times = {
        "accepted": (one.reported_at, one.accepted_at),
        "mediating": (one.accepted_at, one.mediated_at),
        "agreed": (one.mediated_at, one.agreed_at),
        "closed": (one.agreed_at, one.closed_at),
    }
    return {
        step: max(0, int((then - since).total_seconds()))
        for step, (since, then) in times.items()
        if since and then and step in reached(one)
    }


class Tally:
    """Of one county. `put` tells what is counted of a case now, `numbers` what the wall shows."""

    def __init__(self) -> None:
        self._cases: dict[str, tuple[int, bytes]] = {}
        self._days: Counter[int] = Counter()  # received, by day
        self._steps: Counter[tuple[int, str]] = Counter()  # by month of the report, and the step reached
        self._types: Counter[tuple[int, str]] = Counter()
        self._waits: dict[tuple[int, str], list[int]] = {}  # sorted seconds
        self._active: Counter[str] = Counter()  # by township
        self._loads: Counter[str] = Counter()  # by mediator
        self._dues: list[float] = []  # sorted, of what is in work
        self._ended: Counter[tuple[int, str]] = Counter()
        """By month of the end: agreed, failed, handled (a livelihood matter, without a mediation), asked, answered, content."""
        self._live: set[str] = set()
        self._alerts: dict[str, Counted] = {}

    def __len__(self) -> int:
        return len(self._cases)

    def put(self, case_id: str, seq: int, one: Counted | None) -> None:
        """What counts of a case after its command `seq`; None: nothing any more. What is older than what is known is left aside."""
        known = self._cases.get(case_id)
        if known is not None and known[0] > seq:
            return
        packed = _encode(one) if one is not None else b""
        if known is not None and known[1] != packed and known[1]:
            self._add(case_id, _decode(known[1]), -1)
        if one is not None and (known is None or known[1] != packed):
            self._add(case_id, one, 1)
        self._cases[case_id] = (seq, packed)

    def seq_of(self, case_id: str) -> int:
        return self._cases.get(case_id, (0, b""))[0]

    def ids(self) -> Iterable[str]:
        return self._cases

    def _add(self, case_id: str, one: Counted, sign: int) -> None:
        month = month_of(one.reported_at)
        _count(self._days, one.reported_at.astimezone(COUNTY_TIME).toordinal(), sign)
        _count(self._types, (month, one.dispute_type), sign)
        for step in reached(one):
            _count(self._steps, (month, step), sign)
        for step, seconds in _waits(one).items():
            _sorted(self._waits.setdefault((month, step), []), seconds, sign)
        if one.stage in ACTIVE:
            _count(self._active, one.region[:9], sign)
            if one.mediator:
                _count(self._loads, one.mediator, sign)
            if one.due is not None:
                _sorted(self._dues, one.due.timestamp(), sign)
        if one.ended_at is not None:
            ended = month_of(one.ended_at)
            _count(self._ended, (ended, "agreed" if one.agreed_at else "failed" if one.mediated_at else "handled"), sign)
            for name, voices in (("asked", one.asked), ("answered", one.answered), ("content", one.content)):
                _count(self._ended, (ended, name), sign * voices)
        if one.live:
            (self._live.add if sign > 0 else self._live.discard)(case_id)
        if one.risk is not None:
            if sign > 0:
                self._alerts[case_id] = one
            else:
                self._alerts.pop(case_id, None)

    def encoded(self) -> bytes:
        """All that is counted, in one spelling: equal to what a count from the beginning gives."""
        state = {
            "cases": sorted((key, packed) for key, (_, packed) in self._cases.items() if packed),
            "days": sorted(self._days.items()),
            "steps": sorted(self._steps.items()),
            "types": sorted(self._types.items()),
            "waits": sorted((key, values) for key, values in self._waits.items() if values),
            "active": sorted(self._active.items()),
            "loads": sorted(self._loads.items()),
            "dues": self._dues,
            "ended": sorted(self._ended.items()),
            "live": sorted(self._live),
            "alerts": sorted((key, _encode(one)) for key, one in self._alerts.items()),
        }
        return msgspec.msgpack.encode(state)

    def numbers(self, now: datetime, townships: Mapping[str, str], mediators: Iterable[str]) -> dict[str, Any]:
        """The wall's document. `townships`: names by code; `mediators`: accounts that take orders. No names of people, and no small cells."""
        today, month, soon = midnight(now), month_of(now), soon_until(now)
        overdue = bisect_left(self._dues, now.timestamp())
        agreed, failed = self._ended[(month, "agreed")], self._ended[(month, "failed")]
        return {
            "today": self._days[today.toordinal()],
            "active": sum(self._active.values()),
            "rooms": len(self._live),
            "success": round(100 * agreed / (agreed + failed)) if agreed + failed else None,
            "due_soon": bisect_left(self._dues, soon.timestamp()) - overdue,
            "overdue": overdue,
            "places": dict(townships),
            "townships": suppress({code: self._active[code] for code in townships}),
            "types": self._ranking(month),
            "trend": self._trend(today),
            "last_year": self._trend(_year_before(today)) if self._reaches_back(today) else None,
            "funnel": {step: self._steps[(month, step)] for step in STEPS},
            "waits": {step: seconds for step in STEPS[1:] if (seconds := self._median(month, step)) is not None},
            "alerts": self._alerts_shown(townships),
            "loads": self._loads_shown(mediators),
            "voices": self._voices(month),
        }

    def _ranking(self, month: int) -> dict[str, int | str]:
        counts = {kind: count for (of, kind), count in self._types.items() if of == month}
        return gather(counts, TYPES_SHOWN, never=(OTHER_TYPE,))

    def _trend(self, until: datetime) -> list[int]:
        last = until.toordinal()
        return [self._days[day] for day in range(last - TREND_DAYS + 1, last + 1)]

    def _reaches_back(self, today: datetime) -> bool:
        return any(self._trend(_year_before(today)))

    def _median(self, month: int, step: str) -> int | None:
        waits = self._waits.get((month, step)) or []
        return (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) // 2 if len(waits) >= SMALL else None

    def _alerts_shown(self, townships: Mapping[str, str]) -> dict[str, Any]:
        def first(one: tuple[str, Counted]) -> tuple[int, float, str]:
            level, at = one[1].risk, one[1].risk_at
            assert level is not None and at is not None
            return LEVELS.index(level), -at.timestamp(), one[0]

        counts = Counter(one.risk for one in self._alerts.values())
        newest = [one for _, one in sorted(self._alerts.items(), key=first)[:ALERTS_SHOWN]]
        return {
            **{str(level): counts[level] for level in LEVELS},
            "rows": [
                {
                    "level": str(one.risk),
                    "township": townships.get(one.region[:9], ""),
                    "type": "民事" if one.dispute_type in SENSITIVE_TYPES else one.dispute_type,
                    "at": one.risk_at.strftime("%Y-%m-%dT%H:%M:%SZ") if one.risk_at else "",
                    "stage": str(one.stage),
                }
                for one in newest
            ],
        }

    def _loads_shown(self, mediators: Iterable[str]) -> dict[str, int]:
        everybody = set(mediators) | set(self._loads)
        light = sum(self._loads[who] <= LIGHT for who in everybody)
        fair = sum(LIGHT < self._loads[who] <= FAIR for who in everybody)
        return {"light": light, "fair": fair, "heavy": len(everybody) - light - fair}

    def _voices(self, month: int) -> dict[str, int] | None:
        """In per cent: who was content of those who rated, and who rated of those who could. None below three."""
        months = range(month - MONTHS_OF_VOICES + 1, month + 1)
        asked, answered, content = (sum(self._ended[(of, name)] for of in months) for name in ("asked", "answered", "content"))
        if answered < SMALL:
            return None
        return {"content": round(100 * content / answered), "answered": round(100 * answered / asked)}


def _year_before(day: datetime) -> datetime:
    """The same day of the last year; the 28th for the 29th of February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _count(counter: Counter[Any], key: Any, by: int) -> None:
    """A key whose count is nothing is not there, as if it had never been."""
    counter[key] += by
    if not counter[key]:
        del counter[key]


def _sorted(values: list[Any], value: Any, sign: int) -> None:
    if sign > 0:
        insort(values, value)
    else:
        del values[bisect_right(values, value) - 1]
