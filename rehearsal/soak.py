"""`run.py soak`: hours of storms over whole installations, each with another seed, which is printed so that a fault can be looked for again; hours of
people who come to rooms and go; once ten thousand steps of everybody who tries every command, none of which may be left out; and once a recording of half an hour whose clocks drift apart, in simulated time."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from rehearsal.comings import Outcome, come_and_go
from rehearsal.recorded import Together, together
from rehearsal.services import postgres_programs, redis_installed
from rehearsal.storm import kinds
from rehearsal.storm.ground import Result
from rehearsal.trying import COMMANDS
from rehearsal.walks import Walked, walk

console = Console(stderr=True)
SECONDS = 120.0
"""Length of one storm."""
STEPS = 10_000
"""Of a walk."""
RECORDED, DRIFT = 1800.0, 200.0
"""Seconds of a recording, and ppm by which its clocks drift."""


def soak(hours: float, seed: int, only: str = "") -> dict[str, Any]:
    """{"ok", "recordings", "walk", "storms": [results], "rooms": result}: half of the time for storms and for rooms, or all of it for `only` one of them; `only`
    may be "recordings" or "walks" too, which take their own time of a minute and of some minutes."""
    share = hours if only else hours / 2
    recordings = _recordings() if only in {"", "recordings"} else None
    walked = _walk(seed) if only in {"", "walks"} else None
    storms = _storms(share, seed) if only in {"", "storms"} else []
    rooms = _rooms(share, seed) if only in {"", "rooms"} else None
    ok = not any(result.faults for result in [*storms, rooms, recordings, walked] if result is not None) and not (walked and walked.never)
    plain = [msgspec.to_builtins(result) for result in storms]
    return {
        "ok": ok,
        "recordings": msgspec.to_builtins(recordings),
        "walk": msgspec.to_builtins(walked),
        "storms": plain,
        "rooms": msgspec.to_builtins(rooms),
    }


def _recordings() -> Together:
    console.print(f"[dim]a recording of {RECORDED / 60:.0f} minutes whose clocks drift apart, in simulated time[/dim]")
    found = asyncio.run(together(RECORDED, DRIFT))
    console.print(f"  picture beside sound {found.sound_ms:.0f} ms, two people beside each other {found.people_ms:.0f} ms")
    for fault in found.faults:
        console.print(f"  [red]{fault}[/red]")
    return found


def _walk(seed: int) -> Walked:
    console.print(f"[dim]{STEPS:,} steps through an installation, seed {seed}[/dim]")
    with tempfile.TemporaryDirectory(prefix="heyi-walk-") as folder:
        walked = asyncio.run(walk(Path(folder) / "data", seed, STEPS))
    console.print(
        f"  of {len(COMMANDS)} commands {len(walked.tried)} tried by somebody who may, {len(walked.done)} taken; "
        f"{sum(walked.done.values())} steps taken, {sum(walked.refused.values())} refused in {len(walked.refused)} ways"
    )
    if walked.never:
        console.print(f"  [red]never tried by anybody who may: {', '.join(walked.never)}[/red]")
    for fault in walked.faults:
        console.print(f"  [red]{fault}[/red]")
    return walked


def _rooms(hours: float, seed: int) -> Outcome:
    seconds = max(20.0, hours * 3600)
    console.print(f"[dim]people come to rooms and go, seed {seed}, {seconds:.0f} s[/dim]")
    outcome = come_and_go(seed, seconds)
    happened = ", ".join(f"{count} × {name}" for name, count in sorted(outcome.happened.items()))
    early, late = (size / 2**20 for size in outcome.memory)
    console.print(f"  {happened}; memory {early:.0f} → {late:.0f} MiB, tasks {outcome.tasks}, open files {outcome.files}")
    for fault in outcome.faults:
        console.print(f"  [red]{fault}[/red]")
    if not outcome.faults:
        console.print("  [green]nothing left behind[/green]")
    return outcome


def _storms(hours: float, seed: int) -> list[Result]:
    """One storm at least, however short the time."""
    installations: list[Callable[[Path, int, float], Result]] = [kinds.on_sqlite]
    if postgres_programs() is not None and redis_installed():
        installations.append(kinds.on_postgres)
    else:
        console.print("[yellow]PostgreSQL or redis-server is not installed: one node on SQLite alone is tried[/yellow]")
    ends = time.monotonic() + hours * 3600
    results: list[Result] = []
    while not results or time.monotonic() < ends:
        blow = installations[len(results) % len(installations)]
        length = max(5.0, min(SECONDS, ends - time.monotonic()))
        folder = Path(tempfile.mkdtemp(prefix="heyi-storm-"))
        console.print(f"[dim]storm {len(results) + 1}: {blow.__name__.removeprefix('on_')}, seed {seed}, {length:.0f} s[/dim]")
        result = blow(folder, seed, length)
        results.append(result)
        _tell(result, folder)
        seed += 1
    return results


def _tell(result: Result, folder: Path) -> None:
    troubles = ", ".join(f"{count} × {name}" for name, count in sorted(result.troubles.items()))
    console.print(
        f"  {result.acknowledged} commands acknowledged ({result.sent} sent), {result.events} events followed, "
        f"{result.resumes} resumed, {result.snapshots} snapshots; {result.lines} lines said in and around {result.talks} private talks, "
        f"rights withdrawn {result.withdrawals} times; {result.edits} edits of a draft, {result.refusals} bad ones refused; {troubles}"
    )
    if not result.faults:
        shutil.rmtree(folder, ignore_errors=True)
        console.print("  [green]nothing lost, nothing twice, nothing told to others[/green]")
        return
    for fault in result.faults:
        console.print(f"  [red]{fault}[/red]")
    console.print(f"  Data and logs are kept in {folder}; run it again with --seed {result.seed}")
