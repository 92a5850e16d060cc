"""A whole session on a real server, with headless people: how long the first picture takes, and how long a dead media worker costs.

The server is `run.py demo` as a process of its own; people connect by its websocket as a browser does, and decode the first picture of
everybody. No browser is measured here: the page's own work, and opening a camera, come on top.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.figures import Figure, figure
from benchmarks.media_rooms import quantile
from rehearsal import clip
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.seat import Seat
from rehearsal.server import Server, serving
from rehearsal.steps.meeting import statements

JOINS, KILLS = 12, 5
JOIN_P50, JOIN_P95, KILLED = 0.8, 2.0, 5.0
ROUNDS = 3


async def sessions(joins: int = JOINS, kills: int = KILLS) -> list[Figure]:
    """Connect again and again, then kill the worker again and again."""
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder, serving(Path(folder) / "data") as server:
        async with Play(server, clip.load(), Path(folder)) as play:
            assert await play.run(until(statements)), play.steps[-1]
            seats = list(play.seats.values())
            waits = [await _join(seats[n % len(seats)], seats) for n in range(joins)]
            gaps = [await _kill(server, seats) for _ in range(kills)]
    rounds = [waits[n::ROUNDS] for n in range(ROUNDS)]
    return [
        figure("media.join.p50", "s", [statistics.median(r) for r in rounds], goal=JOIN_P50, digits=3),
        figure("media.join.p95", "s", [quantile(waits, 0.95)], goal=JOIN_P95, digits=3),
        figure("media.worker_killed.gap", "s", gaps, goal=KILLED, digits=2),
    ]


async def _join(seat: Seat, seats: list[Seat]) -> float:
    """Seconds from beginning to connect until the first picture of somebody else was decoded."""
    for counts in seat.peer.received.values():
        counts.picture_at = 0.0
    began = time.monotonic()
    await seat.connect()
    return await seat.sees(*(other.seat for other in seats if other is not seat)) - began


async def _kill(server: Server, seats: list[Seat]) -> float:
    """Seconds from the worker's death until everybody gets everybody's packets again. Everybody connects anew when the server says so."""
    for seat in seats:
        seat.client.others.clear()
    began = time.monotonic()
    os.kill(_worker(server), signal.SIGKILL)
    await asyncio.gather(*(_again(seat) for seat in seats))
    await asyncio.gather(*(seat.hears(*(o.seat for o in seats if o is not seat), packets=1) for seat in seats))
    gap = time.monotonic() - began
    await asyncio.sleep(1.0)
    return gap


async def _again(seat: Seat) -> None:
    await seat.client.until(lambda: any(m["t"] == "media_offer" and not m["sdp"] for m in seat.client.others), 15)
    seat.client.others[:] = [m for m in seat.client.others if m["t"] != "media_offer" or m["sdp"]]
    await seat.connect()


def _worker(server: Server) -> int:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    return next(p.pid for p in children if "rooms.media.worker" in " ".join(p.cmdline()))
