"""`bench draft`: ten people who write on one agreement, beside Hocuspocus when asked; and opening a draft with a long history."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks import hub_peers
from benchmarks.agreements import judging
from benchmarks.draft_sides import Side, hocuspocus, ours
from benchmarks.draft_writers import EDITS_A_SECOND, WRITERS
from benchmarks.figures import Figure, figure
from benchmarks.parts import Part, chosen, each_once, run_parts

ROUNDS, SECONDS = 5, 6.0
WARM_UP = 2.0
HISTORY = 10_000
OPENINGS = 7
LATENCY, COST, RATIO = 50.0, 1.2, 1.0
OPEN, OPEN_MEMORY = 10.0, 2.0


async def writing(writers: int = WRITERS, rounds: int = ROUNDS, seconds: float = SECONDS, peers: bool = False) -> list[Figure]:
    """What an edit costs the server, and how long it takes to everybody. With `peers` Hocuspocus takes turns with ours."""
    costs: dict[str, list[float]] = {}
    latencies: dict[str, list[float]] = {}
    async with contextlib.AsyncExitStack() as stack:
        sides: list[Side] = [await stack.enter_async_context(ours(writers))]
        if peers:
            sides.append(await stack.enter_async_context(hocuspocus(writers, sides[0].state)))
        for side in sides:
            await side.slice(WARM_UP)
        for _ in range(rounds):
            for side in sides:
                cost, took = await side.slice(seconds)
                costs.setdefault(side.name, []).append(cost)
                latencies.setdefault(side.name, []).append(_quantile(took, 0.99))
                latencies.setdefault(f"{side.name}.p50", []).append(_quantile(took, 0.5))
        for side in sides:
            side.agree()
    mine, name = sides[0].name, f"{writers} writers, {EDITS_A_SECOND} edits/s each"
    found = [
        figure("draft.latency.p50", "ms", latencies[f"{mine}.p50"], digits=1),
        figure("draft.latency.p99", "ms", latencies[mine], goal=LATENCY, digits=1),
        figure("draft.cpu_per_1000", f"CPU s/1000 edits of {name}", costs[mine], goal=COST, digits=2),
    ]
    if peers:
        theirs = sides[1].name
        ratios = [a / b for a, b in zip(costs[mine], costs[theirs], strict=True)]
        found += [
            figure("draft.vs_hocuspocus", "times", ratios, goal=RATIO),
            figure("draft.vs_hocuspocus.cost", "CPU s/1000 edits", costs[mine], peer=theirs, theirs=costs[theirs], digits=2),
            figure("draft.vs_hocuspocus.latency.p99", "ms", latencies[mine], peer=theirs, theirs=latencies[theirs], digits=1),
        ]
    return found


def _quantile(samples: list[float], share: float) -> float:
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


async def opening(edits: int = HISTORY, openings: int = OPENINGS) -> list[Figure]:
    """From the database to the bytes that the first reader gets, by a process that has just started; and what it then holds more."""
    with tempfile.TemporaryDirectory(prefix="heyi-bench-", dir=os.environ.get("HEYI_BENCH_DIR")) as folder:
        took, held = [], []
        await _run("make", folder, str(edits))
        for _ in range(openings):
            milliseconds, mebibytes = (await _run("open", folder)).split()
            took.append(float(milliseconds))
            held.append(float(mebibytes))
    return [
        figure("draft.open", f"ms, {edits} edits", took, goal=OPEN, digits=1),
        figure("draft.open.memory", "MiB", held, goal=OPEN_MEMORY, digits=1),
    ]


async def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.draft_opening", *arguments]
    ran = await asyncio.to_thread(
        subprocess.run, command, cwd=Path(__file__).resolve().parent.parent, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def parts(peers: bool) -> dict[str, Part]:
    written = partial(writing, peers=peers)
    # One part under all the names that its figures begin with.
    return {
        "draft.latency": written,
        "draft.cpu_per_1000": written,
        "draft.vs_hocuspocus": written,
        "draft.open": opening,
        "draft.check": judging,
        "draft.guard": judging,
    }


def run(only: Sequence[str] = (), peers: bool = False) -> list[Figure]:
    """Measure; with `peers` also beside Hocuspocus, which is installed first. Ends the program when a part failed."""
    if peers:
        hub_peers.install()
    return run_parts(each_once(chosen(parts(peers), only)))
