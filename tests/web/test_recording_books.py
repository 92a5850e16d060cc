"""Reports of a recording whose database is away: nothing is lost of them, and the evidence holds."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cases.errors import Unavailable
from evidence.verifier import verify_file
from rooms.media import protocol
from storage.models.recordings import SegmentRow
from storage.segment_books import ReportMissing
from tests.web.live_session import Session, send_media, signed_in, until
from web import recording_books
from web.composition import open_house
from web.recording_health import NOT_ENTERED, NOT_WRITTEN
from web.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def recorded(folder: Path) -> AsyncIterator[tuple[Session, Any]]:
    async with open_house(Settings(data=str(folder / "data"), media_workers=1, log_level="critical"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        yield session, config.app


async def told(session: Session, kind: str) -> list[dict[str, Any]]:
    ledger = await session.house.reader.ledger(session.case)
    return [payload for entry, _, payload in ledger if entry.kind == kind and payload and entry.chain == session.case]


async def test_a_database_that_is_away_costs_no_report_and_the_bundle_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away in the middle of a segment, and again while it ends."""
    monkeypatch.setattr(recording_books, "RETRY", 0.1)
    async with recorded(tmp_path) as (session, app):
        store, away, refused = session.house.store, asyncio.Event(), 0
        execute = store.execute

        async def perhaps(case: str, decide: Any, *rest: Any, **more: Any) -> Any:
            nonlocal refused
            if away.is_set() and decide.__module__ == "storage.segment_books":
                refused += 1
                raise Unavailable("busy", "the database is away")
            return await execute(case, decide, *rest, **more)

        monkeypatch.setattr(store, "execute", perhaps)
        sending = asyncio.create_task(send_media(session, 8.0))
        await asyncio.sleep(3.0)
        away.set()
        await until(lambda: refused)
        await until(lambda: NOT_ENTERED in session.house.problems())
        away.clear()
        await until(lambda: session.house.problems() == [])
        away.set()
        await sending
        monkeypatch.setattr(recording_books, "PATIENCE", 0.2)
        with pytest.raises(Unavailable):
            await session.recorded(False)
        monkeypatch.setattr(recording_books, "PATIENCE", 10.0)
        away.clear()
        await session.media.settled(session.id)

        (row,) = await SegmentRow.all()
        entered = [chunk["i"] for payload in await told(session, "recording.segment") for chunk in payload["chunks"]]
        assert row.state == "closed" and entered == list(range(row.chunks)), "each once, and in order"
        async with signed_in(app, session, "wang") as http:
            answer = await http.get(f"/api/cases/{session.case}/bundle")
            film = await http.post(f"/api/cases/{session.case}/film/{session.id}")
        assert film.status_code in {200, 202}, film.text
    (tmp_path / "bundle.zip").write_bytes(answer.content)
    report = await asyncio.to_thread(verify_file, tmp_path / "bundle.zip")
    assert report.ok, [check for check in report.checks if check.status == "fail"]
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        (one,) = json.loads(bundle.read("manifest.json"))["recordings"]
    assert one["segments"][0]["size"] == row.size


def report(session: Session, *chunks: int, closed: dict[str, Any] | None = None) -> protocol.Segment:
    pieces = [{"i": i, "sha256": f"{i:064d}", "plain": 10, "at_ms": 1000 * i, "t_last_ms": 1000 * i} for i in chunks]
    return protocol.Segment(
        room=session.id, session=session.id, seat="s1", part="main", directory="", segment="s1-0009", chunks=pieces, closed=closed
    )


async def test_what_is_told_twice_is_entered_once_and_a_hole_is_seen(tmp_path: Path) -> None:
    async with recorded(tmp_path) as (session, _):
        books = session.media.recording._books
        await books.note(report(session, 0, 1))
        await books.note(report(session, 0, 1, 2))
        with pytest.raises(ReportMissing):
            await books.note(report(session, 5))
        end = {"sha256": "f" * 64, "bytes": 40, "chunks": 4, "duration_ms": 3000, "reason": "failed", "gaps": 0, "marks": []}
        await books.note(report(session, 3, closed=end))
        await books.note(report(session, 3, closed=end))
        entered = await told(session, "recording.segment")
        assert [[chunk["i"] for chunk in payload["chunks"]] for payload in entered] == [[0, 1], [2], [3]]
        assert entered[-1]["closed"] == {key: end[key] for key in ("sha256", "bytes", "chunks", "duration_ms", "reason")}
        row = await SegmentRow.get(id=f"{session.id}/s1-0009")
        assert (row.state, row.chunks, row.size) == ("cut", 4, 40), "a segment whose file has no end is closed all the same"


async def test_a_failure_is_in_the_chain_and_of_one_room_alone(tmp_path: Path) -> None:
    async with recorded(tmp_path) as (session, _):
        recording = session.media.recording

        def fail() -> None:
            recording.hear(
                protocol.RecordingFailed(
                    room=session.id, session=session.id, seat="s1", part="main", directory="", message="/secret/path", cause="ENOSPC"
                )
            )

        def written(case: str) -> None:
            recording.entries.tell = lambda event: None  # type: ignore[method-assign]
            recording.hear(
                protocol.Segment(room=case, session=case, seat="s1", part="main", directory="", segment="s1-0001", chunks=[], closed=None)
            )

        fail()
        fail()
        await recording.entries.written()
        assert await told(session, "recording.failed") == [{"seat": "s1", "part": "main", "cause": "ENOSPC"}], "once, without a path"
        written("another-1")
        assert recording.problem() == NOT_WRITTEN, "another room that is written says nothing of this one"
        written(session.id)
        assert recording.problem() == ""
