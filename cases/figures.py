"""What is counted of the cases of one place, a county or a township, by adding and taking away one case at a time. Pure.

Nothing here is proportional to the number of cases but two kinds of sorted lists that are searched by halves. A counter that comes to nothing is not
there, as if it had never been: `state` after any course of changes is what a count from the beginning gives.
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
from cases.small_cells import SMALL
from cases.vocabulary import SENSITIVE_TYPES, CaseStage, RiskLevel

SOON_DAYS = 3
"""三天内到期: not over yet, and at most this many midnights away. The desks count the same (`web/client/src/cases/due.ts`)."""
TREND_DAYS = 30
ALERTS_SHOWN = 3
LIGHT, FAIR = 3, 8
"""Up to how many open cases a mediator's load is light (轻), and fair (适中)."""
MONTHS_OF_VOICES = 12
MONTHS_SHOWN = 12
"""Of a township: what it receives in a day is too few to be told."""
STEPS = ("reported", "accepted", "mediating", "agreed", "closed")
NEVER_ACCEPTED = (CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.WITHDRAWN, CaseStage.DECLINED)
"""Stages of which no step after the first is counted."""
LEVELS = (RiskLevel.RED, RiskLevel.ORANGE, RiskLevel.BLUE)
_encode = msgspec.msgpack.Encoder().encode


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


class Figures:
    """Of one place. `active`: how many are in work; `kinds`: those by type."""

    def __init__(self) -> None:
        self.active = 0
        self.kinds: Counter[str] = Counter()
        self._days: Counter[int] = Counter()  # received, by day
        self._steps: Counter[tuple[int, str]] = Counter()  # by month of the report, and the step reached
        self._types: Counter[tuple[int, str]] = Counter()
        self._waits: dict[tuple[int, str], list[int]] = {}  # sorted seconds
        self._loads: Counter[str] = Counter()  # by mediator
        self._dues: list[float] = []  # sorted, of what is in work
        self._ended: Counter[tuple[int, str]] = Counter()
        """By month of the end: agreed, failed, handled (a livelihood matter, without a mediation), asked, answered, content."""
        self._live: set[str] = set()
        self._alerts: dict[str, Counted] = {}

    def __bool__(self) -> bool:
        return bool(self._days)

    def add(self, case_id: str, one: Counted, sign: int) -> None:
        """`sign`: 1 for a case that counts from now on, -1 for one that was added as exactly this and does not any more."""
        month = month_of(one.reported_at)
        _count(self._days, one.reported_at.astimezone(COUNTY_TIME).toordinal(), sign)
        _count(self._types, (month, one.dispute_type), sign)
        for step in reached(one):
            _count(self._steps, (month, step), sign)
        for step, seconds in _waits(one).items():
            _sorted(self._waits.setdefault((month, step), []), seconds, sign)
        if one.stage in ACTIVE:
            self.active += sign
            _count(self.kinds, one.dispute_type, sign)
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

    def state(self) -> dict[str, Any]:
        """All that is counted, in one order."""
        return {
            "active": self.active,
            "kinds": sorted(self.kinds.items()),
            "days": sorted(self._days.items()),
            "steps": sorted(self._steps.items()),
            "types": sorted(self._types.items()),
            "waits": sorted((key, values) for key, values in self._waits.items() if values),
            "loads": sorted(self._loads.items()),
            "dues": self._dues,
            "ended": sorted(self._ended.items()),
            "live": sorted(self._live),
            "alerts": sorted((key, _encode(one)) for key, one in self._alerts.items()),
        }

    def on(self, day: datetime) -> int:
        """How many were received on a day of the county, which this is the midnight of."""
        return self._days[day.toordinal()]

    def trend(self, until: datetime) -> list[int]:
        last = until.toordinal()
        return [self._days[day] for day in range(last - TREND_DAYS + 1, last + 1)]

    def rooms(self) -> int:
        return len(self._live)

    def overdue(self, now: datetime) -> int:
        return bisect_left(self._dues, now.timestamp())

    def due_soon(self, now: datetime) -> int:
        return bisect_left(self._dues, soon_until(now).timestamp()) - self.overdue(now)

    def step(self, month: int, step: str) -> int:
        """Cases received in a month that have come to a step by now; `reported`: all of them."""
        return self._steps[(month, step)]

    def types(self, month: int) -> dict[str, int]:
        """Received in a month, by type."""
        return {kind: count for (of, kind), count in self._types.items() if of == month}

    def median(self, month: int, step: str) -> int | None:
        """Seconds to a step from the one before; of three cases or more."""
        waits = self._waits.get((month, step)) or []
        return (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) // 2 if len(waits) >= SMALL else None

    def ended(self, month: int) -> tuple[int, int]:
        """Mediations that ended in a month: with an agreement, and without."""
        return self._ended[(month, "agreed")], self._ended[(month, "failed")]

    def alerts(self, townships: Mapping[str, str]) -> dict[str, Any]:
        """How many of each level, and the gravest and newest: a place and a type, never a name."""

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

    def loads(self, mediators: Iterable[str]) -> dict[str, int]:
        """How many people have few, some or many open cases here; `mediators`: who takes orders here, also without any."""
        everybody = set(mediators) | set(self._loads)
        light = sum(self._loads[who] <= LIGHT for who in everybody)
        fair = sum(LIGHT < self._loads[who] <= FAIR for who in everybody)
        return {"light": light, "fair": fair, "heavy": len(everybody) - light - fair}

    def voices(self, month: int) -> dict[str, int] | None:
        """In per cent: who was content of those who rated, and who rated of those who could. None below three."""
        months = range(month - MONTHS_OF_VOICES + 1, month + 1)
        asked, answered, content = (sum(self._ended[(of, name)] for of in months) for name in ("asked", "answered", "content"))
        if answered < SMALL:
            return None
        return {"content": round(100 * content / answered), "answered": round(100 * answered / asked)}


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
