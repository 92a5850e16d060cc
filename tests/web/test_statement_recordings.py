"""Recordings of statements from afar at the server: taken piece by piece, looked into, given with the text, played to who may, and gone when they are taken back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.commands import statements as c
from cases.upload import KEPT, PIECE, SIZE_LIMIT
from storage.database import reads
from storage.models.agreements import FileRow
from storage.models.uploads import UploadRow
from tests.recordings import recording
from tests.web.test_own_pages import accepted, came
from tests.web.test_scheduling import Ground
from tests.web.test_statements import TEXT, asked, give, verified
from web.recording_check import look_into, scratch

pytestmark = pytest.mark.anyio
VIDEO = recording(seconds=2, options={"live": "1"})
MPEG4 = recording("mp4", "mpeg4", "aac", seconds=4, side=480)
"""Of a codec that browsers do not play."""


class Sender:
    """A party's phone."""

    def __init__(self, here: Ground, http: httpx.AsyncClient) -> None:
        self.here, self.http, self.way = here, http, f"/api/cases/{here.case}/statement/recordings"

    async def begin(self, size: int) -> httpx.Response:
        return await self.http.post(self.way, json={"size": size})

    async def piece(self, upload: str, offset: int, data: bytes) -> httpx.Response:
        return await self.http.put(f"{self.way}/{upload}?offset={offset}", content=data)

    async def state(self, upload: str) -> dict[str, Any]:
        return dict((await self.http.get(f"{self.way}/{upload}")).json())

    async def finish(self, upload: str) -> httpx.Response:
        return await self.http.post(f"{self.way}/{upload}/finish")

    async def send(self, data: bytes) -> str:
        """Up to where it is looked into."""
        upload = str((await self.begin(len(data))).json()["upload"])
        for offset in range(0, len(data), PIECE):
            assert (await self.piece(upload, offset, data[offset : offset + PIECE])).status_code == 200
        return upload


@asynccontextmanager
async def ready(folder: Path) -> AsyncIterator[tuple[Ground, httpx.AsyncClient, Sender, httpx.AsyncClient]]:
    """Party 2 was verified; (…, the mediator, its phone, the phone of party 1)."""
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone, here.client() as other:
        for http, party in ((phone, "p2"), (other, "p1")):
            await came(http, (await here.do(c.MakePage(here.case, party)))["url"])
        _, second = await asked(here)
        await verified(here, wang, second)
        yield here, wang, Sender(here, phone), other


def lying(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in (folder / "blobs").rglob("*") if p.is_file() and p.parts[-2] != "photos")


async def test_sent_with_a_cut_given_and_played(folder: Path) -> None:
    data = VIDEO + bytes(PIECE)  # what stands behind a recording is kept as well
    async with ready(folder) as (here, wang, phone, other):
        upload = (await phone.begin(len(data))).json()["upload"]
        assert (await phone.piece(upload, 0, data[: PIECE - 1])).json() == {
            "code": "piece_size", "message": f"This piece has {PIECE} bytes", "detail": {"field": "recording", "limit": PIECE}, "retry": False,
        }  # fmt: skip
        assert (await phone.piece(upload, 0, data[: PIECE + 1])).json()["code"] == "piece_size"
        assert (await phone.piece(upload, PIECE, data[PIECE:])).json()["detail"]["offset"] == 0
        assert (await phone.piece(upload, 0, data[:PIECE])).json()["offset"] == PIECE
        assert (await phone.finish(upload)).json()["code"] == "upload_unfinished"
        assert (await phone.state(upload))["offset"] == PIECE, "after a reload it goes on from here"
        again = await phone.piece(upload, 0, data[:PIECE])
        assert (again.status_code, again.json()["code"], again.json()["detail"]["offset"]) == (409, "wrong_offset", PIECE)
        twice = await asyncio.gather(*(phone.piece(upload, PIECE, data[PIECE:]) for _ in range(2)))
        assert sorted(one.status_code for one in twice) == [200, 409]
        assert (await give(phone.http, here.case, recording=upload)).json()["code"] == "upload_unfinished"
        told = (await phone.finish(upload)).json()
        assert told == (await phone.finish(upload)).json() and told["sha256"] == hashlib.sha256(data).hexdigest()
        assert told["type"] == "video/webm" and 1500 < told["ms"] < 2500
        for name in lying(folder):
            assert VIDEO[2000:2100] not in (folder / name).read_bytes(), "sealed at rest"

        given = (await give(phone.http, here.case, recording=upload)).json()
        assert given == {"sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "number": 1}
        assert given == (await give(phone.http, here.case, recording=upload)).json(), "a resend"
        row = await FileRow.get(kind="recording", case_id=here.case).using_db(reads())
        assert (row.sha256, row.size) == (told["sha256"], len(data))
        assert [name for name in lying(folder) if "uploads" in name] == [] and not await UploadRow.all().using_db(reads()).exists()
        (entry,) = [p for e, _, p in await here.house.reader.ledger(here.case) if e.kind == "statement.given"]
        assert entry is not None and entry["kind"] == "video" and entry["sha256"] == given["sha256"]
        assert entry["recording"] == {"sha256": told["sha256"], "size": len(data), "ms": told["ms"], "type": "video/webm"}
        assert (await here.shown("case", "staff"))["afar"]["statements"]["p2"]["given"]["recording"]["ms"] == told["ms"]

        text = f"/api/cases/{here.case}/statements/p2"
        way = f"{text}/recording"
        assert (await wang.get(text)).json()["recording"] == entry["recording"]
        whole = await wang.get(way)
        assert (whole.status_code, whole.content) == (200, data)
        headers = {name: whole.headers[name] for name in ("content-type", "accept-ranges", "cache-control", "x-content-type-options")}
        assert headers == {
            "content-type": "video/webm", "accept-ranges": "bytes", "cache-control": "private, no-store", "x-content-type-options": "nosniff",
        }  # fmt: skip
        part = await phone.http.get(way, headers={"Range": f"bytes={PIECE - 5}-{PIECE + 4}"})
        assert (part.status_code, part.content) == (206, data[PIECE - 5 : PIECE + 5])
        assert part.headers["content-range"] == f"bytes {PIECE - 5}-{PIECE + 4}/{len(data)}"
        assert (await wang.get(way, headers={"Range": "bytes=-7"})).content == data[-7:]
        beyond = await wang.get(way, headers={"Range": f"bytes={len(data)}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(data)}")
        head = await wang.head(way)
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))
        async with here.client() as stranger:
            assert (await stranger.get(way)).json()["code"] == "signed_out"
        assert (await other.get(way)).json()["code"] == "no_statement", "not before it is shown"
        assert (await wang.get(f"/api/cases/{here.case}/statements/p1/recording")).json()["code"] == "no_statement"


async def test_taken_back_or_replaced_its_bytes_are_gone(folder: Path) -> None:
    async with ready(folder) as (here, wang, phone, _other):
        second = Actor("party", "p2", case_id=here.case)
        before = lying(folder)
        upload = await phone.send(VIDEO)
        assert (await phone.finish(upload)).status_code == 200
        assert (await give(phone.http, here.case, recording=upload)).status_code == 200
        first = set(lying(folder)) - set(before)
        assert len(first) == 2
        await verified(here, wang, second)
        sound = recording("ogg", "", "libopus")
        upload = await phone.send(sound)
        assert (await phone.finish(upload)).json()["type"] == "audio/ogg"
        assert (await give(phone.http, here.case, key="statement-2", recording=upload)).json()["number"] == 2
        assert first.isdisjoint(lying(folder)) and len(set(lying(folder)) - set(before)) == 2
        way = f"/api/cases/{here.case}/statements/p2/recording"
        assert (await wang.get(way)).content == sound
        assert (await here.shown("own", "p2"))["afar"]["mine"]["given"]["kind"] == "voice"
        await here.do(c.WithdrawStatement(here.case), second)
        assert lying(folder) == before and (await wang.get(way)).json()["code"] == "no_statement"
        withdrawn = [p for e, _, p in await here.house.reader.ledger(here.case) if e.kind == "statement.withdrawn"]
        assert withdrawn[0] is not None and withdrawn[0]["recording"]["sha256"] == hashlib.sha256(sound).hexdigest()


async def test_hostile_files(folder: Path) -> None:
    """Looked into, refused, and nothing of them stays."""
    bad = {
        "recording_unreadable": [
            VIDEO[:200],
            TEXT.encode(),
            b"\0",
            b"#EXTM3U\nfile:///etc/passwd\n",
            recording("mp4", "h264", "aac")[:9000],
        ],
        "recording_silent": [recording("webm", "libvpx", "")],
        "recording_kind": [recording("matroska", "libvpx", "libopus"), MPEG4],
        "recording_long": [recording(stretch=330)],
        "recording_short": [recording(seconds=0.5)],
        "recording_picture": [recording("mp4", "h264", "aac", seconds=1, side=2000)],
    }
    async with ready(folder) as (here, _, phone, _other):
        before = lying(folder)
        for code, files in bad.items():
            for data in files:
                here.house.rates._buckets.clear()
                upload = await phone.send(data)
                refused = await phone.finish(upload)
                assert (refused.status_code, refused.json()["code"], refused.json()["detail"]["field"]) == (422, code, "recording")
                assert (await phone.state(upload))["code"] == "no_upload"
                assert (await give(phone.http, here.case, recording=upload)).json()["code"] == "no_upload"
        assert lying(folder) == before and not await UploadRow.all().using_db(reads()).exists()
        for size in (0, -5, SIZE_LIMIT + 1):
            assert (await phone.begin(size)).json()["code"] == "recording_size"
        assert (await phone.piece("x", -1, b"")).json()["code"] == "malformed"


async def test_an_upload_is_its_partys_alone(folder: Path) -> None:
    async with ready(folder) as (here, wang, phone, other):
        assert (await Sender(here, other).begin(10)).json()["code"] == "statement_unasked", "it was not verified"
        upload = (await phone.begin(len(VIDEO))).json()["upload"]
        for http, code in ((other, "no_upload"), (wang, "not_allowed")):
            foreign = Sender(here, http)
            for answer in (await foreign.piece(upload, 0, VIDEO), await foreign.finish(upload), await http.delete(f"{phone.way}/{upload}")):
                assert answer.json()["code"] == code
            assert (await foreign.state(upload))["code"] == code
        assert (await phone.state(upload))["offset"] == 0
        assert (await phone.http.delete(f"{phone.way}/{upload}")).json() == {}
        assert (await phone.piece(upload, 0, VIDEO)).json()["code"] == "no_upload"
        assert (await give(phone.http, here.case, recording=upload)).json()["code"] == "no_upload"
        assert (await give(phone.http, here.case)).status_code == 200, "words alone are a statement as ever"
        assert (await phone.begin(5)).json()["code"] == "identity_first"


async def test_the_oldest_of_three_gives_way_and_a_day_is_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ready(folder) as (here, _, phone, _other):
        before = lying(folder)
        first, second, third = [await phone.send(VIDEO) for _ in range(3)]
        assert (await phone.state(first))["code"] == "no_upload"
        assert (await phone.state(second))["offset"] == (await phone.state(third))["offset"] == len(VIDEO)
        assert len(set(lying(folder)) - set(before)) == 2
        assert (await phone.finish(third)).status_code == 200
        clock, now = here.house.clock, here.house.clock.now()
        monkeypatch.setattr(type(clock), "now", lambda self: now + KEPT + timedelta(minutes=1))
        stated = next(route.endpoint.__self__._recordings for route in here.app.routes if getattr(route, "path", "").endswith("/finish"))
        assert await stated.sweep() == 2 and lying(folder) == before
        assert await stated.sweep() == 0


async def test_a_piece_that_is_cut_off_on_its_way_is_none(folder: Path) -> None:
    async with ready(folder) as (here, _, phone, _other):
        upload = (await phone.begin(len(VIDEO))).json()["upload"]
        heard = [{"type": "http.request", "body": VIDEO[:1000], "more_body": True}, {"type": "http.disconnect"}]
        headers = {**dict(phone.http.headers), "cookie": "; ".join(f"{name}={value}" for name, value in phone.http.cookies.items())}
        scope = {
            "type": "http", "method": "PUT", "path": f"{phone.way}/{upload}", "query_string": b"offset=0", "scheme": "http", "http_version": "1.1",
            "headers": [(name.lower().encode(), value.encode()) for name, value in {**headers, "host": "testserver"}.items()],
            "client": ("203.0.113.77", 40000), "server": ("testserver", 80), "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return heard.pop(0) if len(heard) > 1 else heard[0]

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"origin"]
        await here.app(scope, receive, send)
        assert [one["status"] for one in said if one["type"] == "http.response.start"] == [422]
        assert (await phone.state(upload))["offset"] == 0 and not [name for name in lying(folder) if "uploads" in name]
        assert (await phone.piece(upload, 0, VIDEO)).json()["offset"] == len(VIDEO)


async def test_a_piece_that_is_not_there_any_more_ends_the_upload(folder: Path) -> None:
    async with ready(folder) as (_, _wang, phone, _other):
        upload = await phone.send(VIDEO)
        for path in (folder / "blobs" / "uploads").iterdir():
            path.unlink()  # as after a restored backup
        assert (await phone.finish(upload)).json()["code"] == "no_upload" == (await phone.state(upload))["code"]
        assert not await UploadRow.all().using_db(reads()).exists()


async def test_what_takes_too_long_is_given_up() -> None:
    with scratch() as file:
        file.write(VIDEO)
        assert (await look_into(file)).picture == "vp8"
        with pytest.raises(Exception, match="no recording") as refused:
            await look_into(file, time_limit=0.001)
    assert getattr(refused.value, "code", "") == "recording_unreadable"
