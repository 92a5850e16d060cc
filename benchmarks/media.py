"""Figures of the media plane.

`forward` measures the worker's CPU per 1,000 packets delivered for P publishers × V viewers who each watch all of them.
`recording` measures what a recording adds per participant and minute. The load comes from this process, the worker is another one.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from pathlib import Path

import uvloop

from benchmarks.figures import Figure, figure
from benchmarks.load import LoadPeer
from rooms.media.control import MediaWorkerProcess

GOALS = {(4, 3): 47.4, (8, 3): 34.6, (8, 8): 20.5}
"""CPU ms/1000 packets of the prototype of this design, on the machine where it was first measured."""
SAMPLE_SECONDS = 3.0
SAMPLES = 3
ROOM = "bench"


async def _crowd(media: MediaWorkerProcess, publishers: int, viewers: int) -> tuple[list[LoadPeer], list[LoadPeer]]:
    sources, watchers = [f"p{n}" for n in range(publishers)], [f"v{n}" for n in range(viewers)]
    await media.open_room(ROOM)
    await media.set_routes(ROOM, 1, {w: sources for w in watchers}, sources)
    up, down = [], []
    for number, seat in enumerate(sources):
        peer = LoadPeer()
        await peer.connect((await media.publish(ROOM, seat, peer.offer())).answer)
        peer.play(number / 30 / publishers)
        up.append(peer)
    for seat in watchers:
        peer = LoadPeer()
        offer = await media.subscribe(ROOM, seat)
        await media.answered(ROOM, seat, offer.revision, peer.answer(offer.sdp))
        await peer.connect(offer.sdp)
        down.append(peer)
    await asyncio.sleep(1.5)
    return up, down


async def _cpu(media: MediaWorkerProcess) -> float:
    return float((await media.stats())["cpu_s"])


async def forward(publishers: int, viewers: int) -> list[Figure]:
    """CPU ms of the worker per 1,000 media packets that arrived at viewers."""
    media = await MediaWorkerProcess.start(lambda event: None)
    peers = []
    try:
        up, down = await _crowd(media, publishers, viewers)
        peers = up + down
        samples, expected, arrived = [], 0, 0
        for _ in range(SAMPLES):
            cpu, packets, sent = await _cpu(media), sum(p.packets for p in down), sum(p.sent for p in up)
            await asyncio.sleep(SAMPLE_SECONDS)
            delivered = sum(p.packets for p in down) - packets
            samples.append(((await _cpu(media)) - cpu) * 1e6 / delivered)
            arrived += delivered
            expected += (sum(p.sent for p in up) - sent) * viewers
        name = f"forward {publishers} publishers x {viewers} viewers"
        lost = max(0.0, 1 - arrived / expected) * 100
        return [
            figure(name, "CPU ms/1000 packets", samples, goal=GOALS[publishers, viewers], digits=1),
            figure(f"{name}: not delivered", "%", [lost], goal=1.0, digits=2),
        ]
    finally:
        await asyncio.gather(*(p.close() for p in peers))
        await media.stop()


async def recording(seats: int) -> list[Figure]:
    """CPU seconds that recording adds, per participant and minute: with and without it, in turns."""
    media = await MediaWorkerProcess.start(lambda event: None)
    peers: list[LoadPeer] = []
    added = []
    names = [f"p{n}" for n in range(seats)]
    with tempfile.TemporaryDirectory() as directory:
        try:
            peers, _ = await _crowd(media, seats, 0)
            for number in range(SAMPLES):
                used = []
                for session in ("", f"bench{number}"):
                    if session:
                        await media.start_recording(ROOM, session, names, str(Path(directory, session)), secrets.token_bytes(32))
                        await asyncio.sleep(1)  # the keyframes that it asks for are not its running cost
                    before = await _cpu(media)
                    await asyncio.sleep(SAMPLE_SECONDS)
                    used.append((await _cpu(media)) - before)
                await media.stop_recording(ROOM, session)
                added.append((used[1] - used[0]) * 60 / SAMPLE_SECONDS / seats)
        finally:
            await asyncio.gather(*(p.close() for p in peers))
            await media.stop()
    return [figure(f"recording of {seats}, added to forwarding", "CPU s/participant-minute", added, goal=0.041)]


async def _forwarding() -> list[Figure]:
    return [f for publishers, viewers in GOALS for f in await forward(publishers, viewers)]


def run_forwarding() -> list[Figure]:
    return uvloop.run(_forwarding())


def run_recording() -> list[Figure]:
    return uvloop.run(recording(4))
