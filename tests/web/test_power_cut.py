"""The power goes in the middle of a recorded session: what was recorded is in the evidence, and the gap is told."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import av
import pytest

from evidence.verifier import verify_file
from rooms.media import protocol
from rooms.media.recorder import Recording
from rooms.media.segments import recover
from storage.models.recordings import SegmentRow
from tests.rooms.media.test_power_cut import KINDS, speak
from tests.rooms.media.volatile_disk import VolatileDisk, put_back
from tests.web.live_session import Session, send_media, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


async def _recorded_until_the_cut(session: Session, folder: Path, seconds: float) -> dict[str, bytes]:
    """The party is recorded; what a power cut would leave then, while the server was told as it is by a worker."""
    disk = VolatileDisk(folder)
    key = await session.media.recording.key_of(session.room())

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "segment":
            session.media._hear(protocol.Segment(room=session.id, **{k: v for k, v in event.items() if k != "event"}))

    recording = Recording(session.id, folder / session.id, key, 300.0, tell, files=disk)
    recording.follow({session.party.id: KINDS}, "")
    await speak(recording, [session.party.id], seconds, lambda: None)
    left = disk.left()
    await session.media.recording.entries.written()
    recording._writer._tell = lambda event: None  # nobody hears of what comes after the cut
    await recording.close()
    return left


async def test_the_bundle_has_what_was_recorded_before_the_cut_and_tells_the_gap(tmp_path: Path) -> None:
    settings, folder = Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), tmp_path / "data" / "recordings"
    async with open_house(settings, synthetic=True) as (house, _):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        left = await _recorded_until_the_cut(session, folder, 3.5)
        cut_at, party = time.time() * 1000, session.party
        (row,) = await SegmentRow.all()
        assert row.state == "open" and row.chunks > 0, "some of it was in the books before"
    shutil.rmtree(folder / session.id)
    put_back(left, folder)
    (found,) = recover(folder / session.id)
    assert found.end is None and len(found.chunks) >= row.chunks

    async with open_house(settings, synthetic=True) as (house, config):
        again = Session(house)
        again.case, again.id, again.party = session.case, session.id, party
        (row,) = await SegmentRow.all()
        assert (row.state, row.chunks) == ("cut", len(found.chunks)), "the books have what the disk has"
        await again.media.settled(again.id)
        await send_media(again, 2.0)
        await again.recorded(False)
        began = min(one.header["wall_start_ms"] for one in recover(folder / session.id) if one.path != found.path)
        async with signed_in(config.app, again, "wang") as http:
            answer = await http.get(f"/api/cases/{again.case}/bundle")
    assert answer.status_code == 200, answer.text[:200]
    (tmp_path / "bundle.zip").write_bytes(answer.content)
    report = await asyncio.to_thread(verify_file, tmp_path / "bundle.zip")
    assert report.ok, [check for check in report.checks if check.status == "fail"]
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        before, after = sorted(json.loads(bundle.read("manifest.json"))["recordings"], key=lambda one: one["path"])
        assert before["gaps"] == [], "nothing is missing before"
        (gap,) = after["gaps"]
        ended = found.header["wall_start_ms"] + max(chunk["t_last_ms"] or 0 for chunk in found.chunks)
        assert gap["reason"] == "restart" and cut_at - ended < 2000
        assert abs(gap["to_ms"] - gap["from_ms"] - (began - ended)) < 50, "from the last moment that was kept to the first one again"
        for one in (before, after):
            with av.open(io.BytesIO(bundle.read(one["path"]))) as file:
                assert sum(1 for _ in file.decode(video=0)) > 20
