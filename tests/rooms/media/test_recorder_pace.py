"""A disk that is slow: told while nothing is lost, told when something is, and when it is over."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal.clip import load
from rehearsal.sender import KINDS, SSRC, Sender
from rooms.media import recorder, rtcp, writer_thread
from rooms.media.recorder import Recording
from tests.rooms.media.failing_disk import FailingDisk

pytestmark = pytest.mark.anyio


async def test_a_slow_disk_is_told_early_and_its_gap_is_in_the_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "BATCH", 0.0)
    disk, told = FailingDisk(), list[dict[str, Any]]()
    recording = Recording("s1", tmp_path, bytes(32), 300.0, told.append, files=disk)
    recording.follow({"a": KINDS}, "")
    taps = {kind: recording.tap("a", kind) for kind in KINDS}
    paces = lambda: [event["pace"] for event in told if event["event"] == "recording_pace"]  # noqa: E731
    arrivals = iter(Sender(load()).arrivals(60))

    def send() -> None:
        _, kind, what = next(arrivals)
        if isinstance(what, rtcp.SenderReport):
            recording.sender_report("a", kind, what)
        else:
            taps[kind](SSRC[kind], what)
        recording.flush()

    async def until(pace: str) -> None:
        deadline = time.monotonic() + 15
        while paces()[-1:] != [pace]:
            assert time.monotonic() < deadline, paces()
            send()
            await asyncio.sleep(0.002)

    for _ in range(400):
        send()
        while recording.waiting > 4:
            await asyncio.sleep(0.001)
    disk.quick.clear()
    await until("slow")
    assert recording.waiting < writer_thread.MAX_QUEUED and recording._writer.dropped == 0, "nothing is lost yet"
    await until("losing")
    disk.quick.set()
    await until("well")
    assert await recording.close()
    await asyncio.sleep(0)
    assert paces()[-3:] == ["slow", "losing", "well"]
    (closed,) = (event["closed"] for event in told if event["event"] == "segment" and event["closed"])
    assert closed["dropped"] == recording._writer.dropped > 0
    assert "disk" in {mark["what"] for mark in closed["marks"]}
