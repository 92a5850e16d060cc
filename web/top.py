"""The screen of `run.py top`: connections, rooms, rates and slowest readers of a running server, again every second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from web.keys import load_key
from web.operator import KEY
from web.settings import Settings

RATES = {
    "events": "events",
    "deliveries": "deliveries",
    "bytes": "bytes out",
    "commands": "commands",
    "from_ring": "resumed from rings",
    "from_database": "resumed from the database",
    "from_snapshot": "fresh snapshots",
    "cuts": "connections cut",
}


class NoServer(RuntimeError):
    """The sentence says what to do."""


def watch(settings: Settings, pause: float = 1.0) -> Iterator[dict[str, Any]]:
    """What the server says of itself, again and again. Raises `NoServer`."""
    if not (settings.folder / "keys").exists():
        raise NoServer(f"There is no data folder {settings.folder}; name the server's with --data")
    key = load_key(settings.folder, KEY).hex()
    scheme = "https" if settings.tls_certificate or settings.tls else "http"
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    # On this machine, by its own address: the certificate names the public one.
    with httpx.Client(base_url=f"{scheme}://{host}:{settings.port}", verify=False, timeout=5) as http:  # noqa: S501
        while True:
            try:
                answer = http.get("/api/operator/load", headers={"Authorization": f"Bearer {key}"})
            except httpx.HTTPError as error:
                raise NoServer(f"No server answers on port {settings.port} ({type(error).__name__}); name it with --port") from None
            if answer.status_code == 403:
                raise NoServer("The server on this port uses another data folder; name it with --data")
            if answer.status_code != 200:
                raise NoServer(f"The server on this port answers {answer.status_code}; is it Heyi of this version?")
            yield answer.json()
            time.sleep(pause)


def run(settings: Settings) -> None:
    """Until Ctrl-C. Raises `NoServer` when there is none at the start; later it waits for it to come back."""
    before: dict[str, Any] | None = None
    with Live(screen=True, auto_refresh=False) as live:
        while True:
            try:
                for now in watch(settings):
                    live.update(screen(now, before), refresh=True)
                    before = now
            except NoServer as missing:
                if before is None:
                    raise
                live.update(Text(f"{missing}\nWaiting for it … (Ctrl-C ends this)", style="yellow"), refresh=True)
                time.sleep(1)


def screen(now: dict[str, Any], before: dict[str, Any] | None) -> RenderableType:
    """One picture of the server; rates are since `before`, where it was the same process."""
    same = before is not None and before["node"] == now["node"] and now["at"] > before["at"]
    seconds = now["at"] - before["at"] if same and before else 0.0
    head = Table.grid(padding=(0, 3))
    cpu = f"{100 * (now['cpu_seconds'] - before['cpu_seconds']) / seconds:.0f} %" if seconds and before else "…"
    head.add_row(f"[bold]和议 Heyi[/bold] node {now['node']}", f"CPU {cpu}", f"memory {now['memory'] / 2**20:.0f} MiB", _problems(now))
    kinds = "  ".join(f"{kind} {count}" for kind, count in sorted(now["by_kind"].items()))
    head.add_row(f"connections [bold]{now['connections']}[/bold]", kinds, f"rooms {now['rooms']}", f"waiting writes {now['waiting']}")
    rates = Table(title="a second", title_justify="left", box=None, show_header=False, padding=(0, 2))
    for key, title in RATES.items():
        rate = (now["totals"][key] - before["totals"][key]) / seconds if seconds and before else None
        rates.add_row(title, "…" if rate is None else f"{rate:,.0f}")
    for key, title in (("loop_lag", "event loop late"), ("publish", "commit to last write")):
        rates.add_row(title, _interval(now[key], before[key] if same and before else None))
    topics = Table("stream", "readers", "offset", "ring", title="most read", title_justify="left", box=None)
    for row in now["topics"]:
        topics.add_row(row["stream"], str(row["readers"]), str(row["offset"]), f"{row['ring'] / 1024:.0f} KiB")
    slow = Table("bytes waiting", "kind", "sign-in", "topics", title="slowest readers", title_justify="left", box=None)
    for row in now["slowest"]:
        slow.add_row(f"{row['held']:,}", row["kind"], row["login"], str(row["topics"]))
    if not now["slowest"]:
        slow.add_row("none waits", "", "", "")
    media = Table("media worker", "process", "rooms", "CPU", "", title="media", title_justify="left", box=None)
    for row in now["media_workers"]:
        media.add_row(
            str(row["worker"]), str(row["pid"] or "–"), str(row["rooms"]), f"{100 * row['cpu']:.0f} %", f"[red]{row['problem']}[/red]"
        )
    body = Table.grid(padding=(1, 4))
    body.add_row(rates, topics)
    return Group(head, body, media, slow)


def _problems(now: dict[str, Any]) -> str:
    return f"[red]{'; '.join(now['problems'])}[/red]" if now["problems"] else "[green]healthy[/green]"


def _interval(now: dict[str, float], before: dict[str, float] | None) -> str:
    count = now["count"] - (before["count"] if before else 0)
    total = now["sum"] - (before["sum"] if before else 0)
    return f"{1000 * total / count:.1f} ms" if count else "–"
