"""Who spoke when in what was recorded: noted beside the recording as it happens, so that playback can show it. Nothing of it is evidence.

A worker tells twice a second who speaks. What comes close together of one seat is one stretch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rooms.media.segments import ON_DISK, Shelf

NAME = "speakers.jsonl"
TOGETHER = 1500
"""Milliseconds between two reports that are still one stretch."""
TOLD_EVERY = 500
"""Milliseconds that one report stands for."""
MAX_STRETCHES = 20_000


class Speakers:
    """Stretches under way, by session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now: dict[str, dict[str, Any]] = {}

    def hear(self, session: str, seat: str, at: int) -> None:
        """`at` in ms since 1970. Raises `OSError` where a stretch that has ended cannot be written."""
        stretch = self._now.get(session)
        if stretch is not None and stretch["seat"] == seat and at - stretch["to"] < TOGETHER:
            stretch["to"] = at + TOLD_EVERY
            return
        self.end(session)
        self._now[session] = {"seat": seat, "from": at, "to": at + TOLD_EVERY}

    def end(self, session: str) -> None:
        """Write what is under way."""
        stretch = self._now.pop(session, None)
        if stretch is not None:
            with (self._folder / session / NAME).open("a", encoding="utf-8") as file:
                file.write(json.dumps(stretch) + "\n")


def stretches(folder: Path, shelf: Shelf = ON_DISK) -> list[dict[str, Any]]:
    """What was noted in a session's folder: {"seat", "from", "to"}; lines that a crash tore are left out."""
    found: list[dict[str, Any]] = []
    try:
        lines = shelf.read(folder / NAME).decode(errors="replace").splitlines()[:MAX_STRETCHES]
    except OSError:
        return []
    for line in lines:
        try:
            one = json.loads(line)
            found.append({"seat": str(one["seat"]), "from": int(one["from"]), "to": int(one["to"])})
        except (ValueError, KeyError, TypeError):
            continue
    return found
