"""A media node: whom it serves, whom it refuses and why, and that nothing of a worker is left when it says so."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import psutil
import pytest

from benchmarks.load import LoadPeer
from benchmarks.media_clip import clip
from rooms.media import protocol
from rooms.media.framing import Framer
from rooms.media.node import GREETING_BYTES
from rooms.media.port import EngineGone
from rooms.media.remote_worker import FENCE, SILENCE
from rooms.media.segments import recover
from tests.rooms.media.site import Site, a_node
from web.node_tls import server_side

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with a_node() as made:
        yield made


async def until(condition, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def _said(site: Site, data: bytes, context: ssl.SSLContext | None = None) -> list[dict]:
    """What the node answers to these first words."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=context or server_side(site.folder))
    try:
        writer.write(data)
        async with asyncio.timeout(10):
            return Framer().feed(await reader.read())
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"worker": 2}, "has 2 workers"),
        ({"secret": "x" * 32}, "does not see the server's folder"),
        ({"folder": "/nowhere"}, "mounted here under the same path"),
    ],
)
async def test_who_asks_for_what_is_not_there_is_told_why(site: Site, changed: dict, why: str) -> None:
    began = time.monotonic()
    with pytest.raises(EngineGone, match=why):
        await site.connect(**changed)
    assert site.node.running == [] and time.monotonic() - began < FENCE, "nobody waits for what never was"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not a greeting"),
        (msgspec.msgpack.encode({"worker": 0}), "not a greeting"),
        (msgspec.msgpack.encode({"folder": "x" * 2 * GREETING_BYTES}), "at most 4096 bytes"),
    ],
)
async def test_nonsense_is_refused_and_costs_the_others_nothing(site: Site, words: bytes, why: str) -> None:
    worker = await site.connect()
    (answer,) = await _said(site, words)
    assert answer["event"] == "refused" and why in answer["reason"]
    assert await worker.ping() < 1
    await worker.stop()


async def test_a_stranger_does_not_get_a_word_in(site: Site, tmp_path: Path) -> None:
    with pytest.raises((ssl.SSLError, OSError)):
        await _said(site, msgspec.msgpack.encode(site.greeting()), server_side(tmp_path))
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nobody.check_hostname, nobody.verify_mode = False, ssl.CERT_NONE
    # In TLS 1.3 the client learns of its refusal with the first answer, or finds the connection gone.
    try:
        assert await _said(site, msgspec.msgpack.encode(site.greeting()), nobody) == []
    except OSError:
        pass
    assert site.node.running == []


async def test_the_newest_server_has_the_node(site: Site) -> None:
    lost: list[str] = []
    old = await site.connect(gone=lost.append)
    other = await site.connect(gone=lost.append, worker=1)
    new = await site.connect(token=6)
    assert lost == ["the media worker has ended"] * 2 and old.over and other.over
    assert not psutil.pid_exists(old.pid) and not psutil.pid_exists(other.pid)
    with pytest.raises(EngineGone, match="another server has taken over"):
        await site.connect(worker=1)
    assert await new.ping() < 1
    await new.stop()


async def test_the_same_server_that_comes_again_gets_a_fresh_worker(site: Site) -> None:
    old = await site.connect()
    new = await site.connect()
    assert old.over and new.pid != old.pid
    await new.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_end_of_a_worker_is_told_at_once(site: Site, how: signal.Signals) -> None:
    lost: list[str] = []
    worker = await site.connect(gone=lost.append)
    began = time.monotonic()
    os.kill(worker.pid, how)
    await until(lambda: lost)
    await worker.stop()
    assert worker.over and time.monotonic() - began < FENCE, "nobody waits for what is known to be over"


async def test_a_worker_that_hangs_is_given_up_and_is_gone_before_anybody_goes_on(site: Site) -> None:
    lost: list[str] = []
    worker = await site.connect(gone=lost.append)
    os.kill(worker.pid, signal.SIGSTOP)
    await until(lambda: lost)
    await worker.stop()
    await until(lambda: not psutil.pid_exists(worker.pid), 2)
    assert site.node.running == []


async def test_a_worker_that_nobody_asks_ends_by_itself_with_its_recording_whole(site: Site) -> None:
    """As when the line to the server is cut without a word, or the node hangs: its rooms may be elsewhere by now."""
    clip()  # encoded before the worker waits for a question
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, ssl=server_side(site.folder))
    framer, ids, events = Framer(), iter(range(1, 99)), []

    async def ask(request: type[protocol.Request], **fields) -> dict:
        number = next(ids)
        writer.write(msgspec.msgpack.encode(request(id=number, **fields)))
        while True:
            for message in framer.feed(await reader.read(65536)):
                if message.get("id") == number:
                    return message
                events.append(message)

    key, folder = secrets.token_bytes(32), site.recordings / "s"
    peer = LoadPeer()
    try:
        writer.write(msgspec.msgpack.encode(site.greeting()))
        assert framer.feed(await reader.read(65536))[0]["event"] == "hello"
        await ask(protocol.OpenRoom, room="hall")
        answer = await ask(protocol.Publish, room="hall", seat="a", offer=peer.offer())
        await ask(protocol.Record, room="hall", session="s", on=True, seats=["a"], directory=str(folder), key=key)
        await ask(protocol.SetRoutes, room="hall", epoch=1, routes={}, recorded=["a"])
        await peer.connect(answer["sdp"])
        peer.play(0)
        for _ in range(6):
            await asyncio.sleep(0.5)
            await ask(protocol.Ping)
        asked = time.monotonic()
        async with asyncio.timeout(10):
            events += framer.feed(await reader.read(1 << 20))
            while events[-1] != {"event": "over"}:
                events += framer.feed(await reader.read(1 << 20))
        assert time.monotonic() - asked > SILENCE - 0.2
    finally:
        await peer.close()
        writer.close()
    closed = [event["closed"] for event in events if event.get("event") == "segment" and event["closed"]]
    (found,) = recover(folder)
    assert [end["sha256"] for end in closed] == [found.end["sha256"]], "its last hash has reached the server"


async def test_a_node_that_is_to_end_takes_nobody_and_is_idle_when_the_last_has_gone(site: Site) -> None:
    worker = await site.connect()
    site.node.draining = True
    with pytest.raises(EngineGone, match="about to end"):
        await site.connect(worker=1)
    assert not site.node.idle.is_set() and await worker.ping() < 1
    await worker.stop()
    assert worker.over
    await asyncio.wait_for(site.node.idle.wait(), 5)
