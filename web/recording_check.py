"""Looking into a file that somebody sent as a recording, in a process of its own with little memory and time (`rooms/media/probe.py`). The file never lies on the disk in plain."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from cases.errors import Invalid
from cases.recorded import Found

log = structlog.get_logger("recordings")

ROOT = Path(__file__).resolve().parents[1]
TIME_LIMIT = 20.0
"""Seconds."""


def scratch() -> BinaryIO:
    """A file without a name: in memory where the system has that, else one that is gone when it is closed."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("recording"), "w+b")
    return tempfile.TemporaryFile()


async def look_into(file: BinaryIO, time_limit: float = TIME_LIMIT) -> Found:
    """Raises `Invalid` where it is no recording, or broken, or takes too long."""
    file.flush()
    file.seek(0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rooms.media.probe", str(file.fileno()), cwd=ROOT, pass_fds=(file.fileno(),),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(time_limit):
            said, _ = await process.communicate()
    except TimeoutError:
        said = b'{"error": "it took too long"}'
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.convert(json.loads(said), Found)
    except (ValueError, msgspec.ValidationError):
        log.info("a recording cannot be read", reason=_reason(said), code=process.returncode)
        raise Invalid("recording_unreadable", "This file is no recording, or it is damaged", field="recording") from None


def _reason(said: bytes) -> str:
    try:
        return str(json.loads(said)["error"])
    except (ValueError, KeyError, TypeError):
        return "the process ended"
