"""The engine protocol on the embedded worker: refusals, limits, hostile peers, and death."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import sys
import time

import msgpack
import pytest

from benchmarks.load import LoadPeer
from rooms.media import protocol
from rooms.media.port import EngineGone, MediaControl
from rooms.media.protocol import EngineError
from rooms.media.worker_process import MediaWorkerProcess
from signaling.dtls import SrtpError
from tests.rooms.media.conftest import Stage

pytestmark = pytest.mark.anyio


async def _refused(call, code: str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        await call
    assert caught.value.code == code, caught.value
    return caught.value


async def test_what_is_asked_wrongly_is_refused_and_costs_nothing(stage: Stage) -> None:
    media: MediaControl = stage.media
    hall = stage.room
    await _refused(media.publish("cellar", "a", "v=0"), "no_room")
    assert "v=0" in (await _refused(media.publish(hall, "a", "nonsense"), "bad_sdp")).message
    await _refused(media.publish(hall, "a b", "v=0"), "bad_request")
    await _refused(media.publish(hall, "a", "x" * 70_000), "bad_request")
    await _refused(media.publish(hall, "a", "x" * (protocol.MAX_MESSAGE + 1)), "bad_request")
    await _refused(media.answered(hall, "nobody", 1, "v=0"), "no_seat")
    offer = await media.subscribe(hall, "a")
    await _refused(media.answered(hall, "a", offer.revision + 1, "v=0"), "stale_answer")
    await _refused(media.answered(hall, "a", offer.revision, "v=0"), "bad_sdp")
    await _refused(media.restart_ice_up(hall, "a", "v=0"), "no_seat")
    await media.set_routes(hall, 5, {"a": ["a", "b"]})
    await _refused(media.set_routes(hall, 5, {}), "stale_epoch")
    await _refused(media.set_routes(hall, 6, {"a": [f"s{n}" for n in range(99)]}), "bad_request")
    await _refused(media.start_recording(hall, "s", ["a"], "/proc/nowhere", bytes(32)), "recording")
    await _refused(media.start_recording(hall, "s", ["a"], "/tmp", b"short"), "recording")
    await media.kick(hall, "nobody")
    await media.stop_recording(hall, "none")
    await media.close_room("cellar")
    assert await media.ping() < 1
    assert (await media.stats())["rooms"] == [hall]


async def test_seats_and_rooms_are_bounded(stage: Stage) -> None:
    for number in range(protocol.MAX_SEATS):
        await stage.media.mute(stage.room, f"s{number}", [])
    assert (await _refused(stage.media.mute(stage.room, "more", []), "full")).retry
    for number in range(protocol.MAX_ROOMS - 1):
        await stage.media.open_room(f"r{number}")
    await _refused(stage.media.open_room("more"), "full")


async def test_hostile_datagrams_do_not_touch_others(stage: Stage) -> None:
    """A real uplink keeps its packets while the port is flooded, and forged media of another address goes nowhere."""
    await stage.media.set_routes(stage.room, 1, {"b": ["a"]})
    source, viewer = LoadPeer(), LoadPeer()
    try:
        await source.connect((await stage.media.publish(stage.room, "a", source.offer())).answer)
        offer = await stage.media.subscribe(stage.room, "b")
        await stage.media.answered(stage.room, "b", offer.revision, viewer.answer(offer.sdp))
        await viewer.connect(offer.sdp)
        source.play(0)
        await stage.until(lambda: viewer.packets > 50)
        noise = random.Random(7)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(2000):
                first = noise.choice([0, 1, 22, 63, 128, 144, 200])
                stranger.sendto(bytes([first]) + noise.randbytes(noise.randrange(1400)), ("127.0.0.1", stage.media.port))
                if number % 100 == 0:
                    await asyncio.sleep(0.01)
        # The peer itself sends rubbish under its own keys, too.
        for _ in range(200):
            media = noise.choice([b"\x80", b"\xa0", b"\x81", b"\x90"]) + noise.randbytes(11) + noise.randbytes(noise.randrange(4, 60))
            for seal, data in (
                (source._secure.protect, media[:1] + b"\x60" + media[2:]),
                (source._secure.protect_rtcp, b"\x81\xcd\x00\x02" + noise.randbytes(8)),
                (source._secure.protect_rtcp, b"\x9f\xc8\x00\x01" + noise.randbytes(4)),
            ):
                # The library refuses to seal some of it.
                with contextlib.suppress(SrtpError):
                    source.send(seal(data))
            source.send(b"\x90\x60" + noise.randbytes(40))
            await asyncio.sleep(0.001)
        before = viewer.packets
        await stage.until(lambda: viewer.packets > before + 100)
        seat = (await stage.media.stats(stage.room))["seats"]["a"]
        assert seat["refused"] >= 200 and seat["up"]["audio"]["lost"] == 0
    finally:
        await source.close()
        await viewer.close()


async def test_paused_layers_and_kicks(stage: Stage) -> None:
    await stage.media.set_routes(stage.room, 1, {"b": ["a"]})
    await stage.publish("a")
    await stage.publish("b")
    await stage.subscribe("b")
    viewer = stage.peers["b"]
    await stage.until(lambda: ("a", "camera") in viewer.received and viewer.received["a", "camera"].packets > 10)
    await stage.media.set_layer(stage.room, "b", "a", "camera", "off")
    await asyncio.sleep(0.05)
    camera, audio = viewer.received["a", "camera"].packets, viewer.received["a", "audio"].packets
    await stage.until(lambda: viewer.received["a", "audio"].packets > audio + 15)
    assert viewer.received["a", "camera"].packets == camera
    await stage.media.set_layer(stage.room, "b", "a", "camera", "full")
    await stage.until(lambda: viewer.received["a", "camera"].packets > camera + 10)
    assert viewer.received["a", "camera"].gaps == 0
    await stage.media.kick(stage.room, "a")
    before = viewer.packets_from("a")
    await asyncio.sleep(0.2)
    assert viewer.packets_from("a") == before
    assert sorted((await stage.media.stats(stage.room))["seats"]) == ["b"]
    await stage.peers["b"].drop_uplink()
    await stage.until(lambda: any(e.seat == "b" and e.direction == "up" for e in stage.of(protocol.Disconnected)))


async def test_death_is_noticed_and_calls_fail(stage: Stage) -> None:
    os.kill(stage.media.pid, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(EngineGone):
        await stage.media.ping()
    await stage.until(lambda: bool(stage.gone), 1.0)
    assert time.monotonic() - began < 1.0 and len(stage.gone) == 1


async def test_a_worker_that_cannot_start_is_told() -> None:
    with pytest.raises(EngineGone, match="exited with 3"):
        await MediaWorkerProcess.start(lambda event: None, command=(sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(EngineGone):
        await MediaWorkerProcess.start(lambda event: None, bind="0.0.0.0")


async def test_the_worker_leaves_when_the_server_talks_nonsense(tmp_path) -> None:
    path = str(tmp_path / "control")
    got: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_unix_server(lambda reader, writer: got.put_nowait(writer), path)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rooms.media.worker", "--control", path, stderr=asyncio.subprocess.DEVNULL
    )
    writer = await asyncio.wait_for(got.get(), 10)
    writer.write(msgpack.packb({"id": 1, "op": "no such thing"}))
    writer.write(b"\xc1 nonsense")
    assert await asyncio.wait_for(worker.wait(), 10) == 0
    writer.close()
    server.close()
