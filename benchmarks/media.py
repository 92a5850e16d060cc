"""Figures of the media plane: python -m benchmarks.media [forward] [recording]

`forward` measures the worker's CPU per 1,000 packets delivered for P publishers × V viewers who each watch all of them.
`recording` measures what a recording adds per participant and minute. The load comes from this process, the worker is another one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import sys
import tempfile
from typing import Any

import uvloop

from benchmarks.load import LoadPeer
from rooms.media.control import MediaWorkerProcess

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


async def forward(publishers: int, viewers: int) -> dict[str, Any]:
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
        name = f"forward {publishers}x{viewers}"
        value = round(statistics.median(samples), 1)
        return {"name": name, "value": value, "unit": "CPU ms/1000 packets", "samples": samples, "delivered_share": arrived / expected}
    finally:
        await asyncio.gather(*(p.close() for p in peers))
        await media.stop()


async def recording(seats: int) -> dict[str, Any]:
    """CPU seconds that recording adds, per participant and minute."""
    media = await MediaWorkerProcess.start(lambda event: None)
    peers = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            peers, _ = await _crowd(media, seats, 0)
            seconds = SAMPLE_SECONDS * 2
            figures = []
            for on in (False, True):
                if on:
                    names = [f"p{n}" for n in range(seats)]
                    await media.start_recording(ROOM, "bench", names, directory, secrets.token_bytes(32))
                    await asyncio.sleep(1)
                before = await _cpu(media)
                await asyncio.sleep(seconds)
                figures.append((await _cpu(media)) - before)
            await media.stop_recording(ROOM, "bench")
        finally:
            await asyncio.gather(*(p.close() for p in peers))
            await media.stop()
    value = round((figures[1] - figures[0]) * 60 / seconds / seats, 3)
    return {"name": "recording", "value": value, "unit": "CPU s/participant-minute", "samples": figures}


async def _main(chosen: list[str]) -> list[dict[str, Any]]:
    figures = []
    if "forward" in chosen:
        figures += [await forward(4, 3), await forward(8, 3), await forward(8, 8)]
    if "recording" in chosen:
        figures.append(await recording(4))
    return figures


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["forward", "recording"]
    if unknown := set(wanted) - {"forward", "recording"}:
        sys.exit(f"unknown benchmark: {', '.join(sorted(unknown))}")
    print(json.dumps(uvloop.run(_main(wanted)), indent=1))
