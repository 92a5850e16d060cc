from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clock import SystemClock
from cases.vocabulary import CaseStage
from tests.realtime.simulation import World
from web import wall
from web.wall import SMALL, Wall, numbers, suppress

NOW = datetime(2026, 3, 18, 1, 0, tzinfo=UTC)  # nine in the morning in the county


def row(stage: CaseStage = CaseStage.ACCEPTED, **more: object) -> dict:
    return {"stage": stage, "region": "139901001", "dispute_type": "邻里", "reported_at": NOW, "due": None, "agreed_at": None, **more}


def test_days_begin_at_midnight_in_the_county() -> None:
    late = NOW - timedelta(hours=8, minutes=30)  # half past midnight in the county, still yesterday in UTC
    early = NOW - timedelta(hours=9, minutes=30)
    found = numbers([row(reported_at=late), row(reported_at=early)], {}, NOW, 0)
    assert found["today"] == 1
    assert found["trend"][-2:] == [1, 1]


def test_what_is_due() -> None:
    rows = [
        row(due=NOW + timedelta(days=2)),
        row(due=NOW + timedelta(days=4)),
        row(due=NOW - timedelta(hours=1)),
        row(CaseStage.CLOSED, due=NOW),
    ]
    found = numbers(rows, {}, NOW, 3)
    assert (found["due_soon"], found["overdue"], found["active"], found["rooms"]) == (1, 1, 3, 3)


def test_due_soon_counts_days_of_the_county_not_hours() -> None:
    """The same moments as in the client's progress.test.ts: the wall and the desks tell one number."""
    evening = datetime(2026, 3, 13, 15, 30, tzinfo=UTC)  # half past eleven at night in the county
    soon = [datetime(2026, 3, 13, 15, 45, tzinfo=UTC), datetime(2026, 3, 16, 15, 59, tzinfo=UTC)]
    later = [datetime(2026, 3, 16, 16, 1, tzinfo=UTC), datetime(2026, 3, 13, 15, 29, tzinfo=UTC)]
    assert [numbers([row(due=due)], {}, evening, 0)["due_soon"] for due in soon] == [1, 1]
    assert [numbers([row(due=due)], {}, evening, 0)["due_soon"] for due in later] == [0, 0]
    early = datetime(2026, 3, 13, 16, 30, tzinfo=UTC)  # half past midnight: three midnights are nearly four days
    assert numbers([row(due=datetime(2026, 3, 17, 15, 0, tzinfo=UTC))], {}, early, 0)["due_soon"] == 1


def test_success_counts_what_has_ended() -> None:
    rows = [row(CaseStage.AGREED, agreed_at=NOW), row(CaseStage.CLOSED, agreed_at=NOW), row(CaseStage.FAILED), row()]
    assert numbers(rows, {}, NOW, 0)["success"] == 67
    assert "success" not in numbers([row()], {}, NOW, 0)


@given(st.dictionaries(st.sampled_from("甲乙丙丁戊"), st.integers(0, 9), min_size=1))
def test_a_hidden_cell_cannot_be_computed_from_the_total(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    hidden = [name for name, value in shown.items() if value == "<3"]
    assert all(shown[n] == counts[n] for n in counts if n not in hidden)
    assert all(n in hidden for n, count in counts.items() if 0 < count < SMALL)
    if len(hidden) == 1:
        assert all(count == 0 for n, count in counts.items() if n not in hidden), "one hidden cell is the total less the others"


@pytest.mark.anyio
async def test_what_moved_while_the_database_was_away_is_told_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "QUIET", 0.001)
    screen, asked, told = Wall(World(1, 0).hub, SystemClock(), False), [], asyncio.Event()

    async def refresh(county: str) -> None:
        asked.append(county)
        if len(asked) < 3:
            raise ConnectionError
        told.set()

    monkeypatch.setattr(screen, "refresh", refresh)
    screen.moved("139901")
    await asyncio.wait_for(told.wait(), 5)
    assert asked == ["139901"] * 3
