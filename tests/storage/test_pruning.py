"""What is let go, and what is not: nobody who may still ask is refused because of it."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import close_database, open_database
from storage.models.doors import Link, Login
from storage.models.ledger import LedgerRow, Receipt
from storage.models.streams import StreamEvent, StreamRow
from storage.pruning import DOORS_KEPT, NOTICES_KEPT, RECEIPTS_KEPT, REPORTS_KEPT, STREAMS_AT_ONCE, prune
from storage.reading import HISTORY_LIMIT, Reader
from storage.writer import Writer
from tests.schema import INSTALLATION

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)


@pytest.fixture
async def writer(folder: Path):
    await open_database(f"sqlite://{folder / 'heyi.sqlite3'}", INSTALLATION)
    writer = Writer(single=True)
    writer.start()
    yield writer
    await writer.stop()
    await close_database()


def test_the_log_of_deliveries_is_kept_for_six_months_from_any_day() -> None:
    """Six months end on the day of the same number, or on the last one of a shorter month (民法典 202)."""
    for days in range(4 * 366):
        began = date(2026, 1, 1) + timedelta(days=days)
        year, month = began.year + (began.month > 6), (began.month + 5) % 12 + 1
        over = date(year, month, min(began.day, monthrange(year, month)[1]))
        assert began + NOTICES_KEPT > over, began


async def stream(name: str, events: int) -> None:
    await StreamRow.create(name=name, epoch="e", head=events)
    await StreamEvent.bulk_create([StreamEvent(stream=name, seq=n, patch="{}") for n in range(1, events + 1)])


async def test_history_is_kept_as_far_back_as_somebody_may_resume(writer: Writer) -> None:
    await stream("case/1|staff", HISTORY_LIMIT + 30)
    await stream("case/2|staff", HISTORY_LIMIT)
    gone = await prune(writer, {"case/1|staff": HISTORY_LIMIT + 30, "case/2|staff": HISTORY_LIMIT}, NOW)
    assert gone == 30
    reader = Reader(lambda d: {}, lambda c: {})
    for name, head in (("case/1|staff", HISTORY_LIMIT + 30), ("case/2|staff", HISTORY_LIMIT)):
        found = await reader.since(name, "e", head - HISTORY_LIMIT)
        assert found is not None
        assert len(found) == HISTORY_LIMIT
    assert await reader.since("case/1|staff", "e", 29) is None


async def test_many_streams_are_pruned_in_several_transactions(writer: Writer) -> None:
    moved = {f"case/{n}|staff": HISTORY_LIMIT + 1 for n in range(STREAMS_AT_ONCE + 5)}
    await StreamEvent.bulk_create([StreamEvent(stream=name, seq=1, patch="{}") for name in moved])
    assert await prune(writer, moved, NOW) == len(moved)


async def test_answers_and_doors_are_kept_for_their_days(writer: Writer) -> None:
    old, young = NOW - RECEIPTS_KEPT - timedelta(seconds=1), NOW - RECEIPTS_KEPT + timedelta(seconds=1)
    for name, at in (("old", old), ("young", young)):
        await Receipt.create(id=name, result="{}", at=at)
    # A report may have waited on a device, with its answer lost, for weeks.
    for name, at in (("report:old", NOW - REPORTS_KEPT - timedelta(seconds=1)), ("report:x", old), ("intake:wang:x", old)):
        await Receipt.create(id=name, result="{}", at=at)
    long_ago, lately = NOW - DOORS_KEPT - timedelta(seconds=1), NOW - timedelta(days=1)
    for name, ends in (("old", long_ago), ("young", lately)):
        await Login.create(id=name, secret_hash="", kind="seat", expires_at=ends)
        await Link.create(id=name, kind="seat", expires_at=ends)
    await LedgerRow.create(case_id="c", chain="c", seq=1, at="2020", kind="k", payload_hash="", prev_hash="", entry_hash="h")
    assert await prune(writer, {}, NOW) == 4
    assert {row.id for row in await Receipt.all()} == {"young", "report:x", "intake:wang:x"}
    for model in (Login, Link):
        assert [row.id for row in await model.all()] == ["young"]
    assert await LedgerRow.all().count() == 1
