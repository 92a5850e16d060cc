"""Films on request: made once, told how far they are, handed out to whoever answers for the case."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import av
import httpx
import pytest

from rooms.media.composite_plan import NOBODY, Piece
from storage.models.recordings import SegmentRow
from tests.web.test_playback import watched
from web.composite import GAPS, ended_unrecorded, why_nothing

pytestmark = pytest.mark.anyio


async def _ready(http: httpx.AsyncClient, path: str) -> list[dict]:
    told = []
    async with asyncio.timeout(60):
        while not told or told[-1]["state"] not in {"ready", "failed"}:
            told.append((await http.get(path)).json())
            await asyncio.sleep(0.1)
    return told


async def test_a_film_is_made_once_and_handed_out(tmp_path: Path) -> None:
    async with watched(tmp_path, 4.0) as at, at.signed_in("wang") as http:
        path = f"/api/cases/{at.session.case}/film/{at.session.id}"
        assert (await http.get(path)).json()["state"] == "none"
        assert (await http.get(path + ".mp4")).json()["code"] == "no_film"
        assert (await http.post(path)).json()["state"] in {"waiting", "making"}
        assert (await http.post(path)).json()["state"] in {"waiting", "making"}, "once is enough"
        told = await _ready(http, path)
        assert told[-1]["state"] == "ready", told
        film = await http.get(path + ".mp4")
        assert film.status_code == 200 and film.headers["Content-Type"] == "video/mp4"
        with av.open(io.BytesIO(film.content)) as file:
            assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}
            assert 2 < file.duration / 1e6 < 7
        assert (await at.kinds())[-1] == "recording.film"
        assert (await http.get(path + ".mp4", headers={"Range": "bytes=9-99"})).status_code == 206
        assert (await at.kinds()).count("recording.film") == 1, "not for every range of it"
        assert not list((tmp_path / "data" / "tmp").rglob("*.mp4")), "it is nowhere else"
        parts = list((tmp_path / "data" / "recordings").rglob("*.enc"))
        assert any(part.parent.name.startswith("film-") for part in parts)
        assert not any(b"ftyp" in part.read_bytes()[:64] for part in parts)
        async with at.signed_in("chen") as stranger:
            for asked in (stranger.get(path), stranger.post(path), stranger.get(path + ".mp4")):
                assert (await asked).status_code == 403


async def test_what_cannot_be_made_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at, at.signed_in("wang") as http:
        path = f"/api/cases/{at.session.case}/film/{at.session.id}"
        assert (await http.get(f"/api/cases/{at.session.case}/film/nothing")).json()["code"] == "no_recording"
        await SegmentRow.filter(session_id=at.session.id).update(state="open")
        assert (await http.post(path)).json()["code"] == "recording_goes_on"
        await SegmentRow.filter(session_id=at.session.id).update(state="closed")
        (file,) = (tmp_path / "data" / "recordings" / at.session.id).glob("*.webm.enc")
        file.write_bytes(file.read_bytes()[:100])
        await http.post(path)
        assert (await _ready(http, path))[-1]["state"] == "failed"
        assert (await http.get(path + ".mp4")).json()["code"] == "no_film"


def test_the_film_says_why_in_the_words_of_the_playback() -> None:
    text = (Path(__file__).resolve().parents[2] / "web/client/src/i18n/zh-playback.ts").read_text()
    (line,) = [one for one in text.splitlines() if one.strip().startswith("holes:")]
    said = dict(re.findall(r"(\w+): '([^']*)'", line))
    assert said == {**GAPS, "nobody": NOBODY}


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("caucus.opened", {}, GAPS["caucus"]),
        ("recording.stopped", {"reason": "caucus"}, GAPS["caucus"]),
        ("recording.stopped", {"reason": "privacy", "text": "谈病情"}, "录像暂停：涉及隐私，谈病情"),
        ("recording.stopped", {"reason": "rest"}, "录像暂停：休息"),
        ("recording.stopped", {"reason": "other", "text": "等人"}, "录像暂停：等人"),
        ("recording.stopped", {"reason": "withdrawn"}, GAPS["withdrawn"]),
        ("recording.stopped", {"reason": "unanswered"}, GAPS["stopped"]),
        ("recording.stopped", {"reason": "ended"}, ""),
        ("seat.left", {}, ""),
    ],
)
def test_why_nothing_is_recorded(kind: str, payload: dict[str, str], words: str) -> None:
    assert why_nothing(kind, payload) == words


def test_a_session_that_went_on_unrecorded_is_told_to_its_end() -> None:
    pieces = [Piece("m-1", "m", "main", 10_000, 5000, True, 2)]
    assert ended_unrecorded([("session.opened", 0, {}), ("session.ended", 40_000, {})], pieces) == 40_000
    assert ended_unrecorded([("stage.moved", 30_000, {"to": "archive"}), ("session.ended", 40_000, {})], pieces) == 30_000
    assert ended_unrecorded([("session.ended", 17_000, {})], pieces) == 0, "recorded to its end"
    assert ended_unrecorded([("session.opened", 20_000, {}), ("session.ended", 40_000, {})], pieces) == 0, "another session's end"
