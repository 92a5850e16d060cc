"""kill -9 in the middle of a recorded session: of the media worker, of the whole server. What was recorded plays, the talk goes on."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import time
import zipfile
from contextlib import AsyncExitStack
from pathlib import Path

import av
import psutil
import pytest

from evidence.verifier import verify_file
from rehearsal import clip
from rehearsal.client import Visitor
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.seat import Seat
from rehearsal.steps.meeting import statements
from rooms.media.segments import recover
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
LOST = 2.0
"""Seconds that a kill may cost."""


async def until_media(play: Play) -> None:
    """Everybody sits and is recorded."""
    assert await play.run(until(statements)), play.steps[-1]


def worker_of(server: Server) -> psutil.Process:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    return next(p for p in children if "rooms.media.worker" in " ".join(p.cmdline()))


async def recordings(play: Play) -> dict[str, bytes]:
    host = play.visitors["wang"] if play.host == "wang" else play.visitors["chen"]
    answer = await host.http.get(f"/api/cases/{play.case}/bundle", params={"as": host.handle})
    assert answer.status_code == 200, answer.text
    path = play.folder / "bundle.zip"
    path.write_bytes(answer.content)
    report = verify_file(path)
    assert report.ok, [c for c in report.checks if c.status == "fail"]
    with zipfile.ZipFile(path) as bundle:
        play.manifest = json.loads(bundle.read("manifest.json"))  # type: ignore[attr-defined]
        return {n: bundle.read(n) for n in bundle.namelist() if n.startswith("recordings/")}


def lost(play: Play, killed: float) -> dict[str, float]:
    """Of every seat the seconds before the moment `killed` that are in none of its segments."""
    ends: dict[str, float] = {}
    for found in recover(play.folder / "data" / "recordings" / play.session):
        begins, seat = found.header["wall_start_ms"], found.header["seat"]
        if begins < killed * 1000:
            last = max((chunk["t_last_ms"] or 0 for chunk in found.chunks), default=0)
            ends[seat] = max(ends.get(seat, 0.0), (begins + last) / 1000)
    return {seat: killed - end for seat, end in ends.items()}


def frames(data: bytes) -> int:
    with av.open(io.BytesIO(data)) as container:
        return sum(1 for frame in container.decode() if isinstance(frame, av.VideoFrame))


@pytest.mark.every
async def test_the_media_worker_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        async with Play(server, clip.load(), tmp_path) as play:
            await until_media(play)
            seats = play.seats
            await seats["m"].hears("s1", "s2", packets=100)
            killed = time.time()
            os.kill(worker_of(server).pid, signal.SIGKILL)
            # The server asks everybody to connect anew; a browser does so by itself, and so do these peers.
            for seat in seats.values():
                await seat.client.until(lambda seat=seat: any(m["t"] == "media_offer" and not m["sdp"] for m in seat.client.others), 15)
            await asyncio.gather(*(seat.connect() for seat in seats.values()))
            await seats["m"].hears("s1", "s2", packets=60)
            await seats["m"].do("set_recording", on=False, why="other", reason="测试结束")
            found = await recordings(play)
    tracks = {name.split("/")[1].split("-")[0] for name in found}
    assert tracks == {"m", "s1", "s2"}
    assert len([n for n in found if n.startswith("recordings/s1-")]) >= 2, "the recording goes on in a new segment"
    assert all(frames(data) > 0 for data in found.values())
    missing = lost(play, killed)
    assert missing.keys() == tracks and max(missing.values()) <= LOST, missing
    gaps = [gap for r in play.manifest["recordings"] for gap in r["gaps"]]  # type: ignore[attr-defined]
    assert any(gap["reason"] == "restart" for gap in gaps), play.manifest["recordings"]  # type: ignore[attr-defined]


@pytest.mark.every
async def test_the_server_is_killed(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    play = Play(server, clip.load(), tmp_path)
    try:
        async with play:
            await until_media(play)
            await play.seats["m"].hears("s1", "s2", packets=100)
            killed = time.time()
            server.stop(signal.SIGKILL)
            for seat in play.seats.values():
                await seat.close()
        missing = lost(play, killed)
        assert missing.keys() == {"m", "s1", "s2"} and max(missing.values()) <= LOST, missing
        handles = {role: (visitor.handle, visitor.cookies()) for role, visitor in play.visitors.items()}
        again = Server(tmp_path / "data", server.port).start()
        try:
            async with AsyncExitStack() as stack:
                await resume(play, again, stack, handles)
        finally:
            again.stop()
    finally:
        server.stop(signal.SIGKILL)


async def resume(play: Play, server: Server, stack: AsyncExitStack, handles: dict[str, tuple[str, str]]) -> None:
    """The same cookies find the same seats; the recording goes on in new segments, and the manifest explains the gap."""
    seats: dict[str, Seat] = {}
    for role, seat in ((play.host, "m"), ("s1", "s1"), ("s2", "s2")):
        visitor = Visitor(server)
        stack.push_async_callback(visitor.http.aclose)
        visitor.handle, cookies = handles[role]
        for cookie in cookies.split("; "):
            name, _, value = cookie.partition("=")
            visitor.http.cookies.set(name, value)
        play.visitors[role] = visitor
        client = await stack.enter_async_context(visitor.connect())
        room = await client.follow(f"room/{play.session}")
        assert room["own"]["state"] == "admitted", "the seat was lost"
        seats[seat] = Seat(client, seat, play.session, play.case, play.clip)
        stack.push_async_callback(seats[seat].close)
    await asyncio.gather(*(seat.connect() for seat in seats.values()))
    await seats["m"].hears("s1", "s2", packets=100)
    await seats["m"].do("set_recording", on=False, why="other", reason="测试结束")
    found = await recordings(play)
    assert all(frames(data) > 0 for data in found.values())
    for track in ("m", "s1", "s2"):
        assert len([n for n in found if n.startswith(f"recordings/{track}-")]) >= 2, found.keys()
    manifest = play.manifest  # type: ignore[attr-defined]
    assert any(gap["reason"] == "restart" for r in manifest["recordings"] for gap in r["gaps"]), manifest["recordings"]
