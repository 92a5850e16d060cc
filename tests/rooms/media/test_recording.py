"""Recordings by a real worker: both tracks, sync, routes, and what is left after kill -9."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import signal
import time
from pathlib import Path

import av
import pytest

from benchmarks.media_layered import LayeredPeer
from benchmarks.media_uplink import recorded
from rehearsal.clip import FRAME_RATE
from rehearsal.recorded import flashes_and_beeps
from rooms.media import protocol
from rooms.media.segments import read_segment, recover
from tests.rooms.media.conftest import Stage

pytestmark = pytest.mark.anyio
KEY = bytes(range(32))


def _plain(path: Path) -> tuple[bytes, bool]:
    reader = read_segment(path, KEY)
    return b"".join(reader), reader.closed


def _flashes_and_beeps(data: bytes) -> tuple[list[float], list[float]]:
    with av.open(io.BytesIO(data)) as container:
        return flashes_and_beeps(container)


async def _record(stage: Stage, directory: Path, seats: list[str]) -> None:
    await stage.media.set_routes(stage.room, 1, {}, seats)
    await stage.media.start_recording(stage.room, "s1", seats, str(directory), KEY)
    for seat in seats:
        await stage.publish(seat)


async def test_a_recording_has_both_tracks_in_sync(stage: Stage, tmp_path: Path) -> None:
    await _record(stage, tmp_path, ["a", "b"])
    await asyncio.sleep(6.0)
    # b leaves the plenary: nothing of it is recorded from the reply on.
    await stage.media.set_routes(stage.room, 2, {}, ["a"])
    await asyncio.sleep(0.7)
    await stage.media.stop_recording(stage.room, "s1")

    ends = {event.segment: event.closed for event in stage.of(protocol.Segment) if event.closed}
    assert set(ends) == {"a-0001", "b-0001"}
    assert ends["b-0001"]["reason"] == "routes" and ends["a-0001"]["reason"] in ("ended", "routes")
    assert ends["a-0001"]["duration_ms"] > ends["b-0001"]["duration_ms"] + 400
    for name, end in ends.items():
        data, closed = _plain(tmp_path / f"{name}.webm.enc")
        assert closed and len(data) == end["bytes"] and end["gaps"] == 0
        assert end["codecs"] == {"audio": "opus", "camera": "vp8"}
        flashes, beeps = _flashes_and_beeps(data)
        assert len(flashes) >= 4 and len(beeps) >= 4
        # After the first sender reports (0.5 to 1.5 s) flash and beep coincide within a frame and a half.
        assert abs(flashes[-1] - beeps[-1]) < 1.5 / FRAME_RATE, (flashes, beeps)
    told = [chunk for event in stage.of(protocol.Segment) for chunk in event.chunks if event.segment == "a-0001"]
    assert told == [dict(c) for c in next(r for r in recover(tmp_path) if r.header["seat"] == "a").chunks]


async def test_kill_loses_at_most_two_seconds(stage: Stage, tmp_path: Path) -> None:
    await _record(stage, tmp_path, ["a"])
    await asyncio.sleep(4.5)
    killed_at = time.time()
    os.kill(stage.media.pid, signal.SIGKILL)
    await stage.until(lambda: bool(stage.gone), 1.0)

    left = recover(tmp_path)
    assert [r.end for r in left] == [None]
    data, closed = _plain(left[0].path)
    assert not closed
    with av.open(io.BytesIO(data)) as container:
        last = {kind: 0.0 for kind in ("audio", "video")}
        for packet in container.demux():
            if packet.pts is not None:
                last[packet.stream.type] = float(packet.pts * packet.time_base)
    started = left[0].header["wall_start_ms"] / 1000
    assert killed_at - started - min(last.values()) < 2.1, (killed_at - started, last)


async def test_rotation_starts_each_segment_at_a_keyframe(stage: Stage, tmp_path: Path) -> None:
    await stage.media.open_room(stage.room, protocol.RoomSettings(segment_seconds=2))
    await _record(stage, tmp_path, ["a"])
    await stage.until(lambda: len([e for e in stage.of(protocol.Segment) if e.closed]) >= 2)
    await stage.media.close_room(stage.room)
    for found in recover(tmp_path):
        assert found.end is not None
        data, closed = _plain(found.path)
        assert closed
        with av.open(io.BytesIO(data)) as container:
            first = next(p for p in container.demux(video=0) if p.size)
            assert first.is_keyframe and float(first.pts * first.time_base) < 0.2
        assert json.loads((tmp_path / f"{found.header['segment']}.journal").read_text().splitlines()[0])["container"] == "webm"


async def test_a_caucus_is_recorded_only_by_its_own_session(stage: Stage, tmp_path: Path) -> None:
    hall, other = tmp_path / "hall", tmp_path / "caucus"
    await _record(stage, hall, ["a", "b"])
    await stage.until(lambda: len(stage.of(protocol.Segment)) >= 2)
    await stage.media.set_routes(stage.room, 2, {}, {"s1": [], "caucus": ["a"]})
    await stage.media.start_recording(stage.room, "caucus", ["a"], str(other), KEY)
    await stage.until(lambda: any(e.session == "caucus" for e in stage.of(protocol.Segment)))
    size = sum(p.stat().st_size for p in hall.iterdir())
    await asyncio.sleep(1.2)
    assert sum(p.stat().st_size for p in hall.iterdir()) == size
    await stage.media.stop_recording(stage.room, "caucus")
    assert [r.header["segment"] for r in recover(other)] == ["a-0001"]
    assert all(r.end["reason"] == "routes" for r in recover(hall))


async def test_a_camera_in_layers_is_recorded_at_the_best_that_comes(stage: Stage, tmp_path: Path) -> None:
    """Large, then small alone as a browser on a narrow line sends it, then large again: one file that plays through, with its time kept."""
    await stage.media.set_routes(stage.room, 1, {}, ["a"])
    await stage.media.start_recording(stage.room, "s1", ["a"], str(tmp_path), KEY)
    peer = LayeredPeer()
    try:
        await peer.connect((await stage.media.publish(stage.room, "a", peer.offer())).answer)
        peer.play(0)
        await asyncio.sleep(3.0)
        large = peer.layers.pop()
        await asyncio.sleep(3.0)
        peer.layers.append(large)
        await asyncio.sleep(3.0)
        await stage.media.stop_recording(stage.room, "s1")
    finally:
        await peer.close()
    (segment,) = recover(tmp_path)
    data, closed = _plain(segment.path)
    assert closed
    with av.open(io.BytesIO(data)) as container:
        shown = [(frame.time, frame.height) for frame in container.decode(video=0)]
    heights = [height for _, height in shown]
    changes = [b for a, b in itertools.pairwise(heights) if a != b]
    assert changes in ([180, 360], [360, 180, 360]), changes
    times = [at for at, _ in shown]
    assert times == sorted(times)
    assert 8.0 < times[-1] - times[0] < 9.8, "nine seconds stay nine seconds"
    # At each change the picture waits for the keyframe that was asked for.
    assert max(b - a for a, b in itertools.pairwise(times)) < 2.0
    assert heights.count(360) > 100 and heights.count(180) > 45


async def test_a_line_up_that_loses_is_recorded_without_a_hole() -> None:
    """5 % both ways and up to 50 ms more of delay, with repair."""
    found = await recorded(6.0, seed=3)
    assert found.repeated > 15, "the line did lose"
    assert found.errors == 0 and found.audio_gap <= 0.06, found
    assert found.pictures > 0.95 * 30 * found.seconds
