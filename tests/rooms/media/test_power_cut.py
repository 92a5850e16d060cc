"""What a power cut leaves of a recording: everything up to two seconds before, whenever it comes."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from rehearsal.clip import load
from rehearsal.sender import KINDS, SSRC, Sender
from rooms.media import rtcp
from rooms.media.files import DISK
from rooms.media.recorder import Recording
from rooms.media.segments import read_segment, recover
from tests.rooms.media.volatile_disk import VolatileDisk, put_back

pytestmark = pytest.mark.anyio
KEY = bytes(range(32))
SECONDS, LOOK_EVERY, LOST = 5.0, 0.03, 2.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def speak(recording: Recording, seats: list[str], seconds: float, look: Callable[[], None]) -> None:
    """Everybody sends in real time; `look` is called all the while."""
    taps = {(seat, kind): recording.tap(seat, kind) for seat in seats for kind in KINDS}
    arrivals, began = Sender(load()).arrivals(seconds), time.time()
    for at, kind, what in arrivals:
        while time.time() - began < at:
            recording.tick()
            look()
            await asyncio.sleep(LOOK_EVERY)
        for seat in seats:
            if isinstance(what, rtcp.SenderReport):
                recording.sender_report(seat, kind, what)
            else:
                taps[seat, kind](SSRC[kind], what)


async def test_whenever_the_power_goes_all_but_two_seconds_are_there_and_play(tmp_path: Path) -> None:
    """Two hundred moments of one recording, at each of which the power could have gone."""
    disk, told = VolatileDisk(tmp_path), []
    seats = ["a", "b"]
    recording = Recording("s1", tmp_path / "recordings" / "s1", KEY, 3.0, told.append, files=disk)
    recording.follow(dict.fromkeys(seats, KINDS), "")
    cuts: list[tuple[float, dict[str, bytes], int]] = []
    await speak(recording, seats, SECONDS, lambda: cuts.append((time.time(), disk.left(), len(told))))
    assert await recording.close()

    assert len(cuts) > 50
    began = cuts[0][0]
    for number, (at, left, heard) in enumerate(cuts):
        folder = tmp_path / "after" / str(number)
        put_back(left, folder)
        found = recover(folder / "recordings" / "s1") if left else []
        for seat in seats:
            ends = [
                (one.header["wall_start_ms"] + max([c["t_last_ms"] or 0 for c in one.chunks], default=0)) / 1000
                for one in found
                if one.header["seat"] == seat
            ]
            assert at - max(ends, default=began) < LOST, f"{at - began:.2f} s after the beginning"
        # What the ledger was told of is on the disk.
        known = {(one.header["segment"], c["i"]): c["sha256"] for one in found for c in one.chunks}
        for event in told[:heard]:
            for chunk in event["chunks"]:
                assert known[event["segment"], chunk["i"]] == chunk["sha256"]
    # One that was begun less than a second before has nothing yet.
    last = [one for one in recover(tmp_path / "after" / str(len(cuts) - 1) / "recordings" / "s1") if one.chunks]
    assert {one.header["seat"] for one in last} == set(seats)
    for one in last:
        data = b"".join(read_segment(one.path, KEY))
        with av.open(io.BytesIO(data)) as file:
            assert sum(1 for _ in file.decode(video=0)) > 10


async def test_names_that_nobody_waited_for_are_lost(tmp_path: Path) -> None:
    """That the disk of this test forgets what it should: a file that was synced, in a folder that was not."""
    disk = VolatileDisk(tmp_path)
    (tmp_path / "new").mkdir()
    file = disk.create(tmp_path / "new" / "a")
    file.write(b"one")
    file.sync()
    file.write(b"two")
    assert disk.left() == {}
    disk.sync_folder(tmp_path / "new")
    assert disk.left() == {}
    disk.make_folder(tmp_path / "new")
    assert disk.left() == {"new/a": b"one"}
    file.close()


def test_the_disk_appends_and_makes_folders(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    DISK.make_folder(folder)
    DISK.make_folder(folder)
    file = DISK.create(folder / "c")
    file.write(b"12")
    file.write(b"3")
    file.sync()
    DISK.sync_folder(folder)
    file.close()
    assert (folder / "c").read_bytes() == b"123"
    with pytest.raises(FileExistsError):
        DISK.create(folder / "c")
    with pytest.raises(OSError):
        DISK.create(tmp_path / "none" / "d")
