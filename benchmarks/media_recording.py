"""What a recording adds to forwarding, per participant and minute, hashing and encryption included: with and without it, in turns; beside aiortc's
`MediaRecorder`, which records one participant of the same media in a process of its own."""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

import av

from benchmarks.figures import Figure, figure
from benchmarks.media_engines import ROOT, Ours

SAMPLES, SAMPLE_SECONDS, SETTLED = 11, 3.0, 1.0
PEER_SECONDS = 4
"""Of media that `MediaRecorder` is given in each round."""
ROOM = "bench"
"""As `Engine.gather` names it."""


async def _cpu(engine: Ours, seconds: float) -> float:
    """Used in so many seconds, after some in which what has just begun or ended has settled: keyframes that are asked for are no running cost."""
    await asyncio.sleep(SETTLED)
    # The worker's own count, which is finer than the kernel's ticks: the difference is small.
    before = (await engine.media.stats())["cpu_s"]
    await asyncio.sleep(seconds)
    return float((await engine.media.stats())["cpu_s"] - before)


async def recording(seats: int, samples: int = SAMPLES, seconds: float = SAMPLE_SECONDS, peer_seconds: int = PEER_SECONDS) -> list[Figure]:
    engine, added, theirs = Ours(), [], []
    names = [f"p{n}" for n in range(seats)]
    with tempfile.TemporaryDirectory(prefix="heyi-recording-") as directory:
        try:
            await engine.start()
            await engine.gather(seats, 0)
            # Nobody watches; recordings may follow all of them.
            await engine.media.set_routes(ROOM, 1 << 62, {}, names)
            engine.play()
            without = await _cpu(engine, seconds)
            for number in range(samples):
                session = f"bench{number}"
                await engine.media.start_recording(ROOM, session, names, str(Path(directory, session)), secrets.token_bytes(32))
                used = await _cpu(engine, seconds)
                await engine.media.stop_recording(ROOM, session)
                before, without = without, await _cpu(engine, seconds)
                # Beside what was before and after it: what else the machine does comes and goes.
                added.append((used - (before + without) / 2) * 60 / seconds / seats)
        finally:
            await engine.stop()
        for number in range(samples):
            theirs.append(await _media_recorder(peer_seconds, Path(directory, f"{number}.webm")) * 60 / peer_seconds)
    ratios = [ours / peer for ours, peer in zip(added, theirs, strict=True)]
    name = "recording.vs_mediarecorder"
    return [
        figure("recording.cpu", "CPU s/participant-minute", added, goal=0.15),
        figure(name, "times", ratios, goal=0.01, digits=4),
        figure(f"{name}.cost", "CPU s/participant-minute", added, peer="aiortc MediaRecorder", theirs=theirs),
    ]


async def _media_recorder(seconds: int, target: Path) -> float:
    """CPU seconds for so many seconds of one participant."""
    command = [sys.executable, "-m", "benchmarks.peers.media_recorder", str(seconds), str(target)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, "MediaRecorder failed"
    with av.open(str(target)) as made:
        assert sorted(stream.codec_context.name for stream in made.streams) == ["opus", "vp8"], "it must have recorded both"
        assert (made.duration or 0) / 1e6 > seconds - 0.5, "it must have recorded all of it"
    return float(told)
