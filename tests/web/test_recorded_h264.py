"""H.264 from the disk to whoever asks for it: mended after a crash, played by ranges, put into a film, exported and verified."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest

from evidence.verifier import verify_file
from storage.models.recordings import SegmentRow
from tests.rooms.media.h264_clip import RATE
from tests.web.live_session import Session
from tests.web.recorded_h264 import SECONDS, SMALL, leave
from tests.web.test_composite import _ready
from tests.web.test_playback import Watched
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def left(folder: Path) -> AsyncIterator[Watched]:
    data = folder / "data"
    settings = Settings(data=str(data), media_workers=1, log_level="error")
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        books = session.media.recording._books
        where = await leave(session, data)
        assert await books.reconcile([where]) == 2
        assert await books.reconcile([where]) == 0, "once"
        yield Watched(session, config.app)


async def test_it_is_mended_and_played_by_ranges(tmp_path: Path) -> None:
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        told = (await http.post(at.path)).json()["segments"]
        assert [(one["container"], one["vouched"], one["picture"], one["state"]) for one in told] == [("mp4", True, True, "cut")] * 2
        assert told[1]["begins"] - told[0]["begins"] == SMALL * 1000
        for segment, seconds, height in ((told[0], SMALL, 360), (told[1], SECONDS - SMALL, 180)):
            assert (await at.piece(http, segment)).headers["Content-Type"] == "video/mp4"
            with av.open(io.BytesIO(await at.whole(http, segment))) as file:
                assert abs(file.duration / 1e6 - seconds) < 0.05
                file.seek(5_000_000)
                assert next(file.decode(video=0)).height == height
                file.seek(0)
                assert sum(1 for _ in file.decode(video=0)) == seconds * RATE


async def test_what_was_altered_is_not_played(tmp_path: Path) -> None:
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        segment = (await http.post(at.path)).json()["segments"][0]
        row = await SegmentRow.get(id=f"{segment['session']}/{segment['segment']}")
        file = Path(row.folder) / f"{segment['segment']}.mp4.enc"
        data = bytearray(file.read_bytes())
        data[-1000] ^= 1
        file.write_bytes(data)
        refused = await at.piece(http, segment)
        assert (refused.status_code, refused.json()["code"]) == (404, "segment_broken")


async def test_the_bundle_has_it_as_mp4_and_verifies(tmp_path: Path) -> None:
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        bundle = await http.get(f"/api/cases/{at.session.case}/bundle")
        path = tmp_path / "bundle.zip"
        path.write_bytes(bundle.content)
        report = verify_file(path)
        assert report.ok, report.plain()
        with zipfile.ZipFile(path) as zipped:
            names = sorted(name for name in zipped.namelist() if name.startswith("recordings/"))
            seat = at.session.party.id
            assert names == [f"recordings/{seat}-0001.mp4", f"recordings/{seat}-0002.mp4"]
            for name, count in zip(names, (SMALL, SECONDS - SMALL), strict=True):
                with av.open(io.BytesIO(zipped.read(name))) as file:
                    assert file.format.name.startswith("mov,mp4") and sum(1 for _ in file.decode(video=0)) == count * RATE


async def test_a_film_is_made_of_it(tmp_path: Path) -> None:
    async with left(tmp_path) as at, at.signed_in("wang") as http:
        path = f"/api/cases/{at.session.case}/film/{at.session.id}"
        await http.post(path)
        assert (await _ready(http, path))[-1]["state"] == "ready"
        with av.open(io.BytesIO((await http.get(path + ".mp4")).content)) as film:
            assert abs(film.duration / 1e6 - SECONDS) < 0.3
            bright = [(frame.time, _brightest(frame)) for frame in film.decode(video=0)]
        # The picture is white for the first fifth of each second.
        for second in (3, 8, 12, 16, 18):
            white = [level for at, level in bright if second + 0.05 <= at < second + 0.16]
            dark = [level for at, level in bright if second + 0.5 <= at < second + 0.9]
            assert min(white) > 200 > 150 > max(dark), second


def _brightest(frame: av.VideoFrame) -> float:
    """The mean of a row in the middle of the picture."""
    plane = frame.planes[0]
    begin = plane.line_size * (frame.height // 2) + frame.width // 2
    return sum(bytes(plane)[begin - 100 : begin + 100]) / 200
