from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.actor import Actor
from cases.case import Case
from cases.vocabulary import CaseStage, DisputeKind, Role, SeatRole, SeatState, SessionStage
from rooms.attendance import knock
from rooms.commands import Knock
from rooms.handling import open_room
from rooms.record_keeping import note
from rooms.room import Facts, Room, Seat, missing_for
from storage.dossier import Dossier
from web.clockwork import AWAY_LIMIT, Absences, Clockwork, overdue

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


def test_who_closed_the_page_counts_as_having_left_after_a_while() -> None:
    here = {"m"}
    made = room(None)
    made.seats |= {
        "s1": Seat("s1", SeatRole.PARTY, "冯某", SeatState.ADMITTED, party="p1", verified=True),
        "s2": Seat("s2", SeatRole.PARTY, "赵某", SeatState.ADMITTED, party="p2"),
        "s3": Seat("s3", SeatRole.PARTY, "赵母", SeatState.ADMITTED, party="p3", beside="s2"),
        "d1": Seat("d1", SeatRole.DEVICE, "法庭", SeatState.ADMITTED),
    }
    here |= {"s2"}
    absences = Absences(lambda _: here)
    assert absences.over(made, NOW) == [] == absences.over(made, NOW + AWAY_LIMIT - timedelta(seconds=1))
    assert absences.over(made, NOW + AWAY_LIMIT) == ["s1"], "neither who shares a device that is there, nor a device, nor an expert"
    here |= {"s1"}
    assert absences.over(made, NOW + AWAY_LIMIT) == []
    here -= {"s1"}
    assert absences.over(made, NOW + 2 * AWAY_LIMIT) == [], "back in between: counted anew"
    here -= {"m"}
    assert absences.over(made, NOW + 3 * AWAY_LIMIT) == []
    here |= {"m"}
    assert absences.over(made, NOW + 3 * AWAY_LIMIT) == [], "while the mediator is away nobody is waited for"
    absences.keep({"another"})
    assert absences.over(made, NOW + 5 * AWAY_LIMIT) == [], "a room that was not open in between begins anew"
    assert Absences(lambda _: {"m"}).over(made, NOW + 9 * AWAY_LIMIT) == [], "after a restart everybody has the whole time"


async def test_then_the_session_goes_on_with_what_was_said_from_afar() -> None:
    made = room(None)
    made.seats["s1"] = Seat(
        "s1", SeatRole.PARTY, "冯某", SeatState.ADMITTED, party="p1", verified=True, consents={"online": True}, known=True
    )
    dossier, told = Dossier(Case("k1", "HY-1", DisputeKind.DISPUTE, CaseStage.MEDIATING, "", "", "", "", "", "", NOW), made), []
    at = [NOW]
    afar = Facts(afar=("p1",))
    assert missing_for(made, SessionStage.STATEMENTS, afar) == [("notice_unconfirmed", "s1")]

    class Clock:
        def now(self) -> datetime:
            return at[0]

    async def pause(seconds: float) -> None:
        at[0] += timedelta(minutes=4)
        if at[0] - NOW > timedelta(minutes=30):
            raise Enough

    class Store:
        async def execute(self, case_id: str, decide: Any) -> dict[str, Any]:
            told.extend(decide(dossier, None, at[0]).happened)
            return {}

    with pytest.raises(Enough):
        await Clockwork(Store(), Clock(), lambda: [made], [], pause, online=lambda _: {"m"}).run()  # type: ignore[arg-type]
    assert [(one.kind, one.payload) for one in told] == [
        ("seat.left", {"seat": "s1", "away": True}),
    ]
    assert missing_for(made, SessionStage.STATEMENTS, afar) == []
    note(made, told, at[0])
    assert made.record.lines[-1].text == "当事人冯某断线未归，按离开记。"
    assert [one.kind for one in knock(made, made.seats["s1"], Knock("k1"))] == ["seat.returned"], "the seat stays theirs"


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
