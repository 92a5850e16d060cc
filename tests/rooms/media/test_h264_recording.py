"""A real Chromium that sends nothing but H.264, recorded by a real worker: mute, camera off and on, another size, a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rooms.media import protocol
from rooms.media.segments import Recovered, recover
from tests.rooms.media.chromium import seated
from tests.rooms.media.conftest import Stage
from tests.rooms.media.h264_clip import KEY, plain
from tests.rooms.media.test_muxer import Found, playable

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture
async def recorded(stage: Stage, tmp_path: Path) -> AsyncIterator[tuple[Stage, Any, Path]]:
    async with seated(stage, "a"):
        page = stage.peers["a"].page  # type: ignore[attr-defined]
        await stage.media.set_routes(stage.room, 1, {}, ["a"])
        await stage.media.start_recording(stage.room, "s1", ["a"], str(tmp_path), KEY)
        await page.evaluate("publish(false, 'video/H264')")
        await stage.until(lambda: any(_is_mp4(found) and found.chunks for found in recover(tmp_path)))
        yield stage, page, tmp_path


async def test_what_a_browser_sends_is_a_file_that_plays(recorded: tuple[Stage, Any, Path]) -> None:
    stage, page, folder = recorded
    # A browser begins with a small picture, and sends a large one when it has found the line to be wide enough.
    await asyncio.sleep(5)
    await page.evaluate("unmute(false)")
    await asyncio.sleep(2.5)
    await page.evaluate("unmute(true)")
    await page.evaluate("shoot(false)")
    await asyncio.sleep(2.5)
    await page.evaluate("shoot(true)")
    await asyncio.sleep(2.5)
    await page.evaluate("scale(2)")
    await asyncio.sleep(4)
    await stage.media.stop_recording(stage.room, "s1")
    segments = [found for found in recover(folder) if _is_mp4(found)]
    files = [Found(plain(found.path)) for found in segments]
    # How often a browser changes the size by itself depends on how busy the machine is; the last change was ours.
    heights = [{height for _, height, _ in file.shown} for file in files]
    assert max(heights[-1]) <= 180 and all(len(found) == 1 for found in heights) and len(heights) > 1, heights
    shown: list[float] = []
    beeps: list[float] = []
    for found, file in zip(segments, files, strict=True):
        assert found.end is not None and found.end["gaps"] == 0 and file.codecs == ["h264", "opus"]
        # A busy browser may send no picture for a while, which ends a segment too.
        assert found.end["reason"] in ({"ended"} if found is segments[-1] else {"picture", "silent"})
        assert len(file.shown) == len(Found(playable(found.path)).shown)
        began = found.header["wall_start_ms"] / 1000
        shown += [began + at for at, _, _ in file.shown]
        beeps += [began + at for at in file.beeps]
    pauses = sorted(later - at for at, later in pairwise(shown))
    assert 2.2 < pauses[-1] < 4 and pauses[0] > 0 and pauses[-2] < 1, "the camera was off, and one change of files costs no second"
    assert max(later - beep for beep, later in pairwise(beeps)) > 2.2, "the microphone was muted"
    assert len(shown) > 150


async def test_a_kill_loses_at_most_two_seconds(recorded: tuple[Stage, Any, Path]) -> None:
    stage, _, folder = recorded
    await asyncio.sleep(3.5)
    killed_at = time.time()
    os.kill(stage.media.pid, signal.SIGKILL)
    await stage.until(lambda: bool(stage.gone), 1.0)
    left = recover(folder)
    assert left[-1].end is None and left[-1].path.name.endswith(".mp4.enc")
    # The newest may have nothing yet: the browser found the line to be wider, or narrower, a moment ago.
    ends = [one.header["wall_start_ms"] / 1000 + Found(plain(one.path)).shown[-1][0] for one in left[-2:] if one.chunks and _is_mp4(one)]
    assert killed_at - max(ends) < 2.1
    assert not stage.of(protocol.RecordingFailed)


def _is_mp4(one: Recovered) -> bool:
    return one.header["container"] == "mp4"
