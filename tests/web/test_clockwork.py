from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cases.actor import Actor
from cases.vocabulary import Role, SeatRole, SeatState
from rooms.handling import open_room
from rooms.room import Room, Seat
from web.clockwork import Clockwork, overdue

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)


def room(until: datetime | None, state: SeatState = SeatState.ADMITTED) -> Room:
    made, _ = open_room("k1-r1", "k1", Actor("account", "wang", "王调解员", Role.MEDIATOR), NOW)
    made.seats["e1"] = Seat("e1", SeatRole.EXPERT, "刘律师", state, until=until)
    return made


def test_only_an_expert_who_sits_too_long_is_overdue() -> None:
    assert overdue(room(NOW), NOW)
    assert not overdue(room(NOW + timedelta(seconds=1)), NOW)
    assert not overdue(room(NOW, SeatState.LEFT), NOW)
    assert not overdue(room(None), NOW)


class Enough(Exception):
    pass


async def test_the_store_is_asked_when_something_is_due_and_a_failure_ends_nothing() -> None:
    asked: list[str] = []
    pauses = iter([None, None, None])

    async def pause(seconds: float) -> None:
        try:
            next(pauses)
        except StopIteration:
            raise Enough from None

    class Store:
        async def execute(self, case_id: str, decide: object) -> dict:
            asked.append(case_id)
            if len(asked) == 1:
                raise RuntimeError("once")
            return {}

    class Clock:
        def now(self) -> datetime:
            return NOW

    looks: list[datetime] = []

    async def late() -> int:
        looks.append(NOW)
        raise RuntimeError("once an hour, whatever came of it")

    with pytest.raises(Enough):
        await Clockwork(Store(), Clock(), lambda: [room(NOW), room(None)], [late, late], pause).run()  # type: ignore[arg-type]
    assert asked == ["k1", "k1", "k1"] and looks == [NOW, NOW]


async def test_what_comes_soon_is_looked_at_every_minute_and_terms_every_hour() -> None:
    at, soon, terms = [NOW], list[datetime](), list[datetime]()

    class Clock:
        def now(self) -> datetime:
            return at[0]

    async def pause(seconds: float) -> None:
        at[0] += timedelta(seconds=30)
        if at[0] - NOW > timedelta(minutes=90):
            raise Enough

    async def look(seen: list[datetime]) -> int:
        seen.append(at[0])
        return 0

    with pytest.raises(Enough):
        await Clockwork(None, Clock(), list, [lambda: look(terms)], pause, [lambda: look(soon)]).run()  # type: ignore[arg-type]
    assert len(soon) == 90 and len(terms) == 2
