"""`bench cases`: lists, search, pages and the wall of a county with a hundred thousand cases, on SQLite and on PostgreSQL, each with a server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import case_visits
from benchmarks.figures import Figure, figure
from benchmarks.parts import Part, chosen, each_once, run_parts
from rehearsal.server import Server
from rehearsal.services import postgres, postgres_programs

CASES = 100_000
LISTS, SEARCHES, PAGES, REPORTS, EVENTS = 30, 90, 300, 12, 2000
LOOKED_AT, CHANGED, COUNTED = 50.0, 300.0, 5.0
PLANTED_WITHIN = 360
FIGURES = ("cases.lists.p95", "cases.search.p95", "cases.page.p95", "cases.change.p99", "cases.wall.per_event")


async def running(kind: str, cases: int = CASES, share: float = 1.0) -> list[Figure]:
    """All figures of one database. `share`: of the samples that are taken otherwise."""
    with _database(kind) as (folder, url):
        surroundings = {"HEYI_MEDIA": "false", **({"HEYI_DATABASE": url} if kind == "postgresql" else {})}
        server = Server(folder, None, **surroundings)
        # The demonstration's people come first, then the county's three years.
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.stop)
        planted = (await _run("benchmarks.case_ground", url, str(cases), str(folder))).split()
        events = [float(one) for one in json.loads(await _run("benchmarks.case_tally", url, str(int(EVENTS * share))))]
        await asyncio.to_thread(server.start)
        try:
            lists = await case_visits.lists(server, max(5, int(LISTS * share)))
            searches = await case_visits.searches(server, max(14, int(SEARCHES * share)))
            pages = await case_visits.pages(server, planted, max(5, int(PAGES * share)))
            changed = await case_visits.changes(server, max(1, int(REPORTS * share)))
        finally:
            await asyncio.to_thread(server.stop)
    of = f"ms, {cases} cases, {kind}"
    return [
        figure(f"cases.lists.p95.{kind}", of, lists, goal=LOOKED_AT, digits=1, quantile=0.95),
        figure(f"cases.search.p95.{kind}", of, searches, goal=LOOKED_AT, digits=1, quantile=0.95),
        figure(f"cases.page.p95.{kind}", of, pages, goal=LOOKED_AT, digits=1, quantile=0.95),
        figure(f"cases.change.p99.{kind}", of, changed, goal=CHANGED, digits=1, quantile=0.99),
        figure(f"cases.wall.per_event.{kind}", f"CPU {of}", events, goal=COUNTED, digits=2, quantile=0.99),
    ]


@contextlib.contextmanager
def _database(kind: str) -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="heyi-bench-", dir=os.environ.get("HEYI_BENCH_DIR")) as above:
        folder = Path(above) / "data"
        if kind == "sqlite":
            yield folder, f"sqlite://{folder / 'heyi.sqlite3'}"
            return
        assert postgres_programs() is not None, "PostgreSQL is not installed; Debian's package is called postgresql"
        with postgres() as database:
            yield folder, database.url


async def _run(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    ran = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        timeout=PLANTED_WITHIN,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def parts() -> dict[str, Part]:
    sides = {kind: partial(running, kind) for kind in ("sqlite", "postgresql")}
    return {f"{name}.{kind}": part for kind, part in sides.items() for name in FIGURES}


def run(only: Sequence[str] = ()) -> list[Figure]:
    """Measure. Ends the program when a part failed."""
    return run_parts(each_once(chosen(parts(), only)))
