"""`run.py rehearse`: both variants against a real server process of their own, a table of steps, one JSON object on request."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import as_json as figures_as_json
from benchmarks.figures import show
from rehearsal import clip
from rehearsal.figures import figures
from rehearsal.play import Play, Step
from rehearsal.script import WHOLE
from rehearsal.server import serving

console = Console(stderr=True)


def rehearse(keep: Path | None, as_json: bool) -> int:
    """Exit code 0 only if every step of both variants held."""
    folder = Path(tempfile.mkdtemp(prefix="heyi-rehearsal-"))
    try:
        plays = asyncio.run(_play(folder))
        kept = _keep(plays, keep) if keep else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ok = all(step.ok for play in plays for step in play.steps)
    _print(plays)
    found = figures(plays)
    show(found)
    if as_json:
        steps = [asdict(step) for play in plays for step in play.steps]
        told = {"ok": ok, "steps": steps, "figures": figures_as_json(found), "bundle": str(kept) if kept else None}
        print(json.dumps(told, ensure_ascii=False))
    return 0 if ok else 1


async def _play(folder: Path) -> list[Play]:
    sample = clip.load()
    plays = []
    for recording in (True, False):
        place = folder / ("recorded" if recording else "written")
        place.mkdir()
        with serving(place / "data") as server:
            play = Play(server, sample, place, recording=recording, told=_tell)
            console.print(f"[bold]{'With recording' if recording else 'One party refuses the recording'}[/bold]")
            plays.append(play)
            async with play:
                held = await play.run(WHOLE)
            if not held:
                console.print(server.log.read_text()[-3000:], markup=False)
                break
    return plays


def _tell(step: Step) -> None:
    mark = "[green]✓[/green]" if step.ok else "[red]✗[/red]"
    console.print(f"  {mark} {step.name}  [dim]{step.ms} ms  {step.detail}[/dim]")


def _keep(plays: list[Play], keep: Path) -> Path | None:
    keep.mkdir(parents=True, exist_ok=True)
    kept = None
    for play in plays:
        if play.bundle and play.bundle.exists():
            name = f"{'recorded' if play.recording else 'written'}-{play.bundle.name}"
            target = Path(shutil.copy2(play.bundle, keep / name))
            kept = kept or target
    return kept


def _print(plays: list[Play]) -> None:
    table = Table(title="Rehearsal 演练")
    for column in ("step", "ok", "ms"):
        table.add_column(column, justify="right" if column == "ms" else "left")
    for play in plays:
        for step in play.steps:
            table.add_row(step.name, "✓" if step.ok else "✗", str(step.ms))
    table.add_row("[bold]all[/bold]", "", str(sum(step.ms for play in plays for step in play.steps)))
    console.print(table)
