"""What a recording adds to forwarding, per participant and minute: with and without it, in turns."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, figure
from benchmarks.media_engines import Ours

SAMPLES, SAMPLE_SECONDS, KEYFRAME_SECONDS = 3, 3.0, 1.0
ROOM = "bench"
"""As `Engine.gather` names it."""


async def _cpu(engine: Ours) -> float:
    # The worker's own count, which is finer than the kernel's ticks: the difference is small.
    return float((await engine.media.stats())["cpu_s"])


async def recording(seats: int, samples: int = SAMPLES, seconds: float = SAMPLE_SECONDS) -> list[Figure]:
    engine, added = Ours(), []
    names = [f"p{n}" for n in range(seats)]
    with tempfile.TemporaryDirectory() as directory:
        try:
            await engine.start()
            await engine.gather(seats, 0)
            # Nobody watches; recordings may follow all of them.
            await engine.media.set_routes(ROOM, 1 << 62, {}, names)
            engine.play()
            await asyncio.sleep(KEYFRAME_SECONDS)
            for number in range(samples):
                used = []
                for session in ("", f"bench{number}"):
                    if session:
                        await engine.media.start_recording(ROOM, session, names, str(Path(directory, session)), secrets.token_bytes(32))
                        await asyncio.sleep(KEYFRAME_SECONDS)  # the keyframes that it asks for are not its running cost
                    before = await _cpu(engine)
                    await asyncio.sleep(seconds)
                    used.append(await _cpu(engine) - before)
                await engine.media.stop_recording(ROOM, f"bench{number}")
                added.append((used[1] - used[0]) * 60 / seconds / seats)
        finally:
            await engine.stop()
    return [figure("recording.cpu", "CPU s/participant-minute", added, goal=0.15)]
