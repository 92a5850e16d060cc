"""Who spoke when in what was recorded: noted beside the recording as it happens, so that playback can show it. It is no evidence of its own, but its hash is in the ledger.

A worker tells twice a second who speaks. What comes close together of one seat is one stretch. Lines are written by a thread of their own, in their order; whoever
enters the hash waits for them there (`noted`). A line that the disk does not take, or for which too many wait, is left out and counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import structlog

from rooms.media.segments import ON_DISK, Shelf

log = structlog.get_logger("media")

NAME = "speakers.jsonl"
TOGETHER = 1500
"""Milliseconds between two reports that are still one stretch."""
TOLD_EVERY = 500
"""Milliseconds that one report stands for."""
MAX_STRETCHES = 20_000
MAX_BYTES = 4 << 20
"""Of a session: some forty times an hour of lively talk. What comes after it is not noted."""
MAX_WAITING = 1000
"""Lines that wait for the disk."""

_writer = ThreadPoolExecutor(1, "speakers")
"""One for all: lines are short, and a disk that hangs holds up nothing but these."""
_room = BoundedSemaphore(MAX_WAITING)


class Speakers:
    """Stretches under way, by session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now: dict[str, dict[str, Any]] = {}

    def hear(self, session: str, seat: str, at: int) -> None:
        """`at` in ms since 1970. Never waits."""
        stretch = self._now.get(session)
        if stretch is not None and stretch["seat"] == seat and at - stretch["to"] < TOGETHER:
            stretch["to"] = at + TOLD_EVERY
            return
        self.end(session)
        self._now[session] = {"seat": seat, "from": at, "to": at + TOLD_EVERY}

    def end(self, session: str) -> None:
        """Have written what is under way."""
        stretch = self._now.pop(session, None)
        if stretch is None:
            return
        if not _room.acquire(blocking=False):
            log.error("speakers not noted", session=session, reason="the disk is too slow")
            return
        _writer.submit(_append, self._folder / session / NAME, json.dumps(stretch) + "\n")


def _append(path: Path, line: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            if file.tell() < MAX_BYTES:
                file.write(line)
    except OSError as error:
        log.error("speakers not noted", session=path.parent.name, reason=type(error).__name__)
    finally:
        _room.release()


async def noted(folder: Path) -> dict[str, Any] | None:
    """What the ledger is told of a session's file as it stands, after all that was to be written: {"bytes", "sha256"}; None where nobody spoke."""
    return await asyncio.get_running_loop().run_in_executor(_writer, _measured, folder / NAME)


def _measured(path: Path) -> dict[str, Any] | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def vouched(data: bytes, entered: Iterable[dict[str, Any]]) -> str:
    """What the ledger's entries say of a file: "yes" of all of it; "partly", where lines came after the last of them (they are still being written, or a crash cut
    them off), or there is none; "no", where it is not what was entered."""
    last = None
    for last in entered:
        if hashlib.sha256(data[: int(last["bytes"])]).hexdigest() != last["sha256"]:
            return "no"
    return "yes" if last is not None and int(last["bytes"]) == len(data) else "partly"


def read(folder: Path, shelf: Shelf = ON_DISK) -> bytes:
    """A session's file; empty where there is none."""
    try:
        return shelf.read(folder / NAME)
    except OSError:
        return b""


def stretches(folder: Path, shelf: Shelf = ON_DISK) -> list[dict[str, Any]]:
    """What was noted in a session's folder: {"seat", "from", "to"}."""
    return parsed(read(folder, shelf))


def parsed(data: bytes) -> list[dict[str, Any]]:
    """Lines that a crash tore are left out."""
    found: list[dict[str, Any]] = []
    for line in data.decode(errors="replace").splitlines()[:MAX_STRETCHES]:
        try:
            one = json.loads(line)
            found.append({"seat": str(one["seat"]), "from": int(one["from"]), "to": int(one["to"])})
        except (ValueError, KeyError, TypeError):
            continue
    return found
