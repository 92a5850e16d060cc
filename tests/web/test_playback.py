"""Playback: what a page is told and given of a recording, to whom, and that it plays."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from cases.actor import Actor
from cases.vocabulary import Role
from rooms import commands as c
from rooms.media import protocol
from storage.models.recordings import SegmentRow, SessionKey
from tests.web.live_session import Session, send_media, signed_in
from web.composition import open_house
from web.media_speakers import NAME
from web.ranged import MAX_BYTES
from web.settings import Settings
from web.watching import Watching

pytestmark = pytest.mark.anyio


class Stopped:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


class Watched:
    """A session whose party was recorded for some seconds, and the application to ask."""

    def __init__(self, session: Session, app: Any) -> None:
        self.session, self.app = session, app
        self.path = f"/api/cases/{session.case}/playback"

    def signed_in(self, account: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return signed_in(self.app, self.session, account)

    async def piece(self, http: httpx.AsyncClient, segment: dict[str, Any], wanted: str = "bytes=0-") -> httpx.Response:
        return await http.get(f"{self.path}/{segment['session']}/{segment['segment']}", headers={"Range": wanted} if wanted else {})

    async def whole(self, http: httpx.AsyncClient, segment: dict[str, Any]) -> bytes:
        """As a player fetches it, range by range."""
        data, size = b"", 1
        while len(data) < size:
            answer = await self.piece(http, segment, f"bytes={len(data)}-")
            assert answer.status_code == 206 and len(answer.content) <= MAX_BYTES
            data += answer.content
            size = int(answer.headers["Content-Range"].partition("/")[2])
        return data

    async def kinds(self) -> list[str]:
        return [entry.kind for entry, _, _ in await self.session.house.reader.ledger(self.session.case)]


@asynccontextmanager
async def watched(folder: Path, seconds: float = 4.0) -> AsyncIterator[Watched]:
    async with open_house(Settings(data=str(folder / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        await session.do(c.Say(session.case, "水从墙根进来"), session.party)
        await send_media(session, seconds)
        for seat in (session.party.id, "s9"):
            session.media._hear(protocol.Speaking(room=session.id, seat=seat, level=30))
        await session.recorded(False)
        session.media._hear(protocol.Speaking(room=session.id, seat=session.party.id, level=30))
        yield Watched(session, config.app)


async def test_a_recording_is_told_with_what_happened_and_plays_from_anywhere(tmp_path: Path) -> None:
    async with watched(tmp_path, 13.0) as at, at.signed_in("wang") as http:
        told = (await http.post(at.path)).json()
        (segment,) = told["segments"]
        assert told["watcher"] == "王调解员" and told["names"][segment["seat"]]["role"] == "party"
        assert segment["vouched"] and segment["picture"] and set(segment["codecs"]) == {"opus", "vp8"}
        assert 11_000 < segment["duration"] < 14_000
        said = next(event for event in told["happened"] if event["kind"] == "chat.said")
        assert said["text"] == "水从墙根进来" and said["seat"] == at.session.party.id
        assert {"stage.moved", "recording.started", "recording.stopped"} <= {event["kind"] for event in told["happened"]}
        spoken = told["speakers"]
        assert [stretch["seat"] for stretch in spoken] == [segment["seat"]], "neither who is not recorded, nor what was said later"
        assert all(segment["begins"] - 1000 < s["from"] < s["to"] < segment["begins"] + 15_000 for s in spoken)
        assert told["speakers_vouched"] == {at.session.id: "yes"}
        noted = at.session.house.settings.folder / "recordings" / at.session.id / NAME
        noted.write_bytes(noted.read_bytes().replace(b'"s1"', b'"s9"'))
        assert (await http.post(at.path)).json()["speakers_vouched"] == {at.session.id: "no"}
        assert not any(event["kind"] in {"recording.segment", "link.opened"} for event in told["happened"])
        assert await at.kinds() == [*(await at.kinds())[:-1], "recording.watched"], "who watched is in the ledger"

        whole = await at.whole(http, segment)
        with av.open(io.BytesIO(whole)) as file:
            assert abs(file.duration / 1000 - segment["duration"]) < 50
            assert len([packet for packet in file.demux(video=0) if packet.is_keyframe]) > 1, "so that one may begin near anywhere"
            file.seek(11_000_000)
            frames = [frame for frame in file.decode(video=0)]
        assert frames and 500 < frames[0].time * 1000 < 11_100, "from the keyframe before"


async def test_whoever_plays_it_is_entered_and_not_once_for_every_range(tmp_path: Path) -> None:
    async with watched(tmp_path, 4.0) as at, at.signed_in("wang") as http, at.signed_in("centre") as centre:
        told = (await http.post(at.path)).json()
        (segment,) = told["segments"]
        await asyncio.gather(*(at.piece(http, segment, f"bytes={n}-{n + 9}") for n in range(0, 100, 10)))
        await at.whole(http, segment)
        assert (await at.kinds())[-2:] == ["recording.watched", "recording.watched"] and (await at.kinds()).count("recording.watched") == 2
        await at.piece(centre, segment, "bytes=0-9")
        listed = (await centre.get(at.path.replace("playback", "watchings"))).json()
        assert listed["count"] == 3
        assert [(row["by"], row["what"], row["session"]) for row in listed["watchings"]] == [
            ("周主任", "recording", at.session.id),
            ("王调解员", "recording", at.session.id),
            ("王调解员", "opened", ""),
        ]
        async with at.signed_in("chen") as stranger:
            assert (await stranger.get(at.path.replace("playback", "watchings"))).status_code == 403
        clock = at.session.house.clock
        later = clock.now() + timedelta(minutes=11)
        watching = Watching(at.session.house.store, clock)
        for moment in (clock.now(), clock.now(), later, later):
            watching._clock = Stopped(moment)
            await watching.played(at.session.case, Actor("account", "centre", role=Role.CENTRE, region="139901"), at.session.id)
        assert (await at.kinds()).count("recording.watched") == 5, "after ten minutes it is another one"


async def test_only_who_answers_for_the_case_may_watch(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at:
        async with at.signed_in("wang") as http:
            (segment,) = (await http.post(at.path)).json()["segments"]
            whole = await at.whole(http, segment)
            for wanted in ("bytes=999999999-", "bytes=-0"):
                refused = await at.piece(http, segment, wanted)
                assert (refused.status_code, refused.json()["code"]) == (416, "out_of_range"), refused.text
                assert refused.headers["Content-Range"] == f"bytes */{len(whole)}"
            for wanted in ("", "bytes=5-1", "bytes=0-1,3-4", "lines=0-1"):
                ignored = await at.piece(http, segment, wanted)
                assert (ignored.status_code, "Content-Range" in ignored.headers) == (200, False) and ignored.content == whole
            for wanted, there in (("bytes=4-9", whole[4:10]), ("bytes=-5", whole[-5:])):
                part = await at.piece(http, segment, wanted)
                assert part.status_code == 206 and part.content == there and part.headers["Content-Length"] == str(len(there))
            head = await http.head(f"{at.path}/{segment['session']}/{segment['segment']}")
            assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(whole)), b"")
            assert (await at.piece(http, {**segment, "segment": "s9-0001"})).status_code == 404
            assert (await at.piece(http, {**segment, "segment": "../../keys"})).status_code == 404
        async with at.signed_in("centre") as http:
            assert (await http.post(at.path)).status_code == 200
        before = await at.kinds()
        for stranger in ("chen", "grid1", "liu"):
            async with at.signed_in(stranger) as http:
                assert (await http.post(at.path)).status_code == 403
                assert (await at.piece(http, segment)).status_code == 403
                assert (await http.get(at.path + "/draft", params={"at": 0})).status_code == 403
        assert await at.kinds() == before


async def test_what_was_altered_is_told_and_not_played(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at, at.signed_in("wang") as http:
        (segment,) = (await http.post(at.path)).json()["segments"]
        row = await SegmentRow.get(id=f"{segment['session']}/{segment['segment']}")
        file = Path(row.folder) / f"{segment['segment']}.webm.enc"
        data = bytearray(file.read_bytes())
        data[-400] ^= 1
        file.write_bytes(data)
        refused = await at.piece(http, segment)
        assert (refused.status_code, refused.json()["code"]) == (404, "segment_broken")


async def test_what_the_ledger_does_not_vouch_for_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at, at.signed_in("wang") as http:
        (row,) = await SegmentRow.all()
        journal = Path(row.folder) / f"{row.id.partition('/')[2]}.journal"
        text = journal.read_text()
        journal.write_text(text.replace(text.split('"sha256":"')[2][:64], "0" * 64))
        assert [segment["vouched"] for segment in (await http.post(at.path)).json()["segments"]] == [False]


async def test_a_recording_whose_key_was_destroyed_is_not_there(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at, at.signed_in("wang") as http:
        await SessionKey.filter(session_id=at.session.id).delete()
        refused = await http.post(at.path)
        assert (refused.status_code, refused.json()["code"]) == (404, "no_recording")


async def test_the_draft_is_shown_as_it_stood(tmp_path: Path) -> None:
    async with watched(tmp_path, 3.0) as at, at.signed_in("wang") as http:
        told = (await http.post(at.path)).json()
        assert told["drafts"] == []
        now = int(at.session.house.clock.now().timestamp() * 1000)
        assert (await http.get(at.path + "/draft", params={"at": 0})).json() == {"clauses": [], "seq": 0, "author": ""}
        assert (await http.get(at.path + "/draft", params={"at": "soon"})).status_code == 422
        draft = (await http.get(at.path + "/draft", params={"at": now})).json()
        agreement = (await at.session.house.reader.dossier(at.session.case)).agreement
        assert (draft["seq"] > 0) == (agreement is not None)


async def test_what_is_still_written_is_one_file_for_whoever_plays_it(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        sending = asyncio.create_task(send_media(session, 8.0))
        at = Watched(session, config.app)
        async with at.signed_in("wang") as http:
            async with asyncio.timeout(15):
                while not (found := (await http.post(at.path)).json().get("segments")):
                    await asyncio.sleep(0.3)
            (segment,) = found
            assert segment["state"] == "open" and segment["chunks"] > 1
            path = f"{at.path}/{segment['session']}/{segment['segment']}"
            first = await http.get(path, params={"chunks": segment["chunks"]}, headers={"Range": "bytes=0-9999"})
            await sending
            rest = await http.get(path, params={"chunks": segment["chunks"]}, headers={"Range": "bytes=10000-"})
            assert first.headers["Content-Range"].partition("/")[2] == rest.headers["Content-Range"].partition("/")[2]
            with av.open(io.BytesIO(first.content + rest.content)) as file:
                assert abs(file.duration / 1e3 - segment["duration"]) < 50
                assert sum(1 for _ in file.decode(video=0)) > 20
            assert (await http.get(path, params={"chunks": "many"})).json()["code"] == "malformed"
        await session.recorded(False)
