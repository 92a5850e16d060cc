"""A device that others have made: GStreamer's webrtcbin sends by WHIP and plays by WHEP, its own DTLS, SRTP, encoders and decoders included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import LoadPeer
from rehearsal.clip import load
from rehearsal.peer import HeadlessPeer
from tests.web.live_session import until
from tests.web.test_devices import Served, served

pytestmark = pytest.mark.anyio

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("gstreamer_device.py")


class Device:
    """What the process says."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def last(self, key: str) -> Any:
        return next((line[key] for line in reversed(self.said) if key in line), None)


@asynccontextmanager
async def device(way: str, at: Served) -> AsyncIterator[Device]:
    process = await asyncio.create_subprocess_exec(
        SYSTEM_PYTHON, str(SCRIPT), way, f"{at.url}/{way}", at.token, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    made = Device()

    async def listen() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            made.said.append(json.loads(line))

    ear = asyncio.create_task(listen())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()
        await ear


async def test_gstreamer_sends_by_whip(tmp_path: Path) -> None:
    async with served(tmp_path) as at:
        await at.invite()
        session, watcher = at.session, HeadlessPeer("m", load())
        engine = session.media.engine_of(session.id)
        assert engine is not None
        assert (await at.post("whip", "v=0\r\n")).status_code == 503
        await at.admit()
        await session.media.settled(session.id)
        try:
            async with device("whip", at) as camera:
                await until(lambda: camera.last("status"))
                assert camera.last("status") == 201, camera.said
                await until(lambda: camera.last("state") == "connected")
                offered = await engine.subscribe(session.id, "m")
                await engine.answered(session.id, "m", offered.revision, await watcher.handle_offer(offered.sdp))
                await until(lambda: {"audio", "camera"} <= {kind for seat, kind in watcher.received if seat == at.seat})
                await until(lambda: watcher.received[at.seat, "camera"].frames > 20 and watcher.received[at.seat, "audio"].packets > 50)
        finally:
            await watcher.close()


async def test_gstreamer_plays_by_whep(tmp_path: Path) -> None:
    async with served(tmp_path) as at:
        await at.invite("墙上的屏幕")
        session, source = at.session, LoadPeer()
        engine = session.media.engine_of(session.id)
        assert engine is not None
        assert (await at.post("whep", "v=0\r\n")).status_code == 503
        await at.admit()
        await session.media.settled(session.id)
        try:
            await source.connect((await engine.publish(session.id, session.party.id, source.offer())).answer)
            source.play(0)
            async with device("whep", at) as screen:
                await until(lambda: screen.last("status"))
                assert screen.last("status") == 201, screen.said
                await until(lambda: min((screen.last("decoded") or {"": 0}).values()) > 20)
        finally:
            await source.close()
