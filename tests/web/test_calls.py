"""Statistics of calls: what a browser says of itself is bounded, added up, and shown to whoever answers for the case."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

import web.calls
from cases.actor import Actor
from realtime.messages import CallReport
from storage.calls import calls_of
from tests.web.live_session import WANG, Session
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


def by(actor: Actor) -> Any:
    return SimpleNamespace(actor=actor)


async def test_reports_of_a_seat_are_added_up_and_nobody_else_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media=True, media_workers=1, log_level="error"), synthetic=True) as (
        house,
        _,
    ):
        session = Session(house)
        await session.begin()
        desk = house.desk.others[CallReport]
        report = CallReport(
            session.id, 30.0, round_trip=40, loss_up=0.01, loss_down=0.2, jitter=9, frozen=500, height=180, path="host", transport="udp"
        )
        await desk.handle(by(session.party), report)
        await desk.handle(by(session.party), report)
        (row,) = await calls_of(session.case)
        assert row["seconds"] == 30, "one in ten seconds is kept"
        monkeypatch.setattr(web.calls, "EVERY", 0.0)
        await desk.handle(
            by(session.party), msgspec.structs.replace(report, seconds=10.0, round_trip=200, loss_down=0.0, height=360, path="relay")
        )
        await desk.handle(by(WANG), CallReport(session.id, 5.0))
        stranger = Actor("seat", "s9", case_id=session.case, session_id=session.id)
        await desk.handle(by(stranger), report)
        await desk.handle(by(session.party), msgspec.structs.replace(report, session="elsewhere"))
        rows = {row["seat"]: row for row in await calls_of(session.case)}
        assert rows.keys() == {session.party.id, "m"}
        mine = rows[session.party.id]
        assert (mine["seconds"], mine["round_trip"], mine["round_trip_worst"]) == (40, 80, 200)
        assert (mine["loss_down"], mine["loss_worst"], mine["frozen"]) == (0.15, 0.2, 1.0)
        assert (mine["height"], mine["path"], mine["transport"]) == (360, "relay", "udp")
        assert rows["m"]["round_trip"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 121},
        {"seconds": -1},
        {"loss_up": 1.5},
        {"round_trip": 10**9},
        {"frozen": -1},
        {"path": "10.0.0.1"},
        {"height": 10_000},
        {"session": "x" * 50},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_no_call_can_be_is_refused(wrong: dict[str, Any]) -> None:
    good = {"t": "call_report", "session": "s", "seconds": 30.0}
    msgspec.convert(good, CallReport)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**good, **wrong}, CallReport)
