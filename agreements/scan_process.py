"""The sheets of a scanned PDF, drawn in a process of its own with little memory and time, since the file may be hostile: a few KB of it may stand for gigabytes, or for hours of drawing.

    python -m agreements.scan_process LIMIT DPI EDGE < FILE

writes each sheet as its width and height (two big-endian 32-bit integers) and its pixels (RGB). Its exit status is 0; `NO_SCAN` where the file is none, `TOO_MANY` where it has more than LIMIT
sheets or none, and anything else where it needed too much. `sheets_of` is the other side of it.
"""

from __future__ import annotations

import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pypdfium2
from PIL import Image

MEMORY = 1 << 30
"""Bytes of address space: a sheet of A3 at 600 dpi in colour needs a quarter of it."""
SECONDS = 30
"""Of computing, for all sheets: sixty of A4 in colour take a third of it."""
NO_SCAN, TOO_MANY = 3, 4
SIZE = struct.Struct(">II")
ROOT = Path(__file__).resolve().parent.parent


class ScanError(Exception):
    """`status` of the process that drew."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the scan was not drawn: {status}")
        self.status = status


def sheets_of(data: bytes, limit: int, dpi: int, edge: int) -> Iterator[Image.Image]:
    """One after the other; at most `edge` pixels on the longer side. Raises `ScanError`."""
    command = [sys.executable, "-m", "agreements.scan_process", str(limit), str(dpi), str(edge)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            # Where it has ended before, its status says why.
            with suppress(BrokenPipeError):
                process.stdin.write(data)
            with suppress(BrokenPipeError):
                process.stdin.close()
            while len(head := process.stdout.read(SIZE.size)) == SIZE.size:
                wide, high = SIZE.unpack(head)
                pixels = process.stdout.read(wide * high * 3)
                if len(pixels) < wide * high * 3:
                    break
                yield Image.frombytes("RGB", (wide, high), pixels)
            status = process.wait()
        finally:
            process.kill()
    if status:
        raise ScanError(status)


def main(limit: int, dpi: int, edge: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        with pypdfium2.PdfDocument(sys.stdin.buffer.read()) as document:
            if not 1 <= len(document) <= limit:
                return TOO_MANY
            for leaf in document:
                wide, high = leaf.get_size()
                # A page may claim any size: what it is drawn with is bounded, not what it says.
                scale = min(dpi / 72, edge / max(wide, high, 1))
                drawn = leaf.render(scale=scale).to_pil().convert("RGB")
                out.write(SIZE.pack(*drawn.size) + drawn.tobytes())
    except pypdfium2.PdfiumError:
        return NO_SCAN  # locked, damaged, or none at all; also where only a page of it is
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
