"""What evidence costs after the session: one film of it, and checking an hour of four people offline."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from agreements.authority import EmbeddedAuthority
from benchmarks.figures import Figure, figure
from benchmarks.media_engines import Ours
from cases.clock import rfc3339
from evidence.bundle import Contents, write_bundle
from evidence.ledger import GENESIS, Entry, append, new_salt
from evidence.manifest import Recording, Segment
from rooms.media.composite_plan import Moment, Order, Piece, Stretch
from rooms.media.segments import recover

ROOT = Path(__file__).resolve().parent.parent
FONT = ROOT / "web/client/node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
ROOM, SESSION = "bench", "bench0"
FILMED = 30.0
"""Seconds of a session of four that are filmed."""
HOUR, PEOPLE, RATE = 3600, 4, 810_000
"""Seconds, people, and bit/s of each: VP8 of 360p and Opus."""


async def composite(seats: int = 4, seconds: float = FILMED) -> list[Figure]:
    """CPU of a film per minute of session, in the process that makes it."""
    engine, key = Ours(), secrets.token_bytes(32)
    names = [f"p{n}" for n in range(seats)]
    with tempfile.TemporaryDirectory(prefix="heyi-film-") as directory:
        folder = Path(directory)
        try:
            await engine.start()
            await engine.gather(seats, 0)
            await engine.media.set_routes(ROOM, 1 << 62, {}, names)
            engine.play()
            await engine.media.start_recording(ROOM, SESSION, names, str(folder), key)
            await asyncio.sleep(seconds)
            await engine.media.stop_recording(ROOM, SESSION)
        finally:
            await engine.stop()
        order = _order(folder, key)
        began = min(piece.begins for piece in order.pieces)
        filmed = (max(piece.ends for piece in order.pieces) - began) / 1000
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "rooms.media.composite"]
        await asyncio.to_thread(
            subprocess.run, command, input=msgspec.msgpack.encode(order), cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=600
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return [figure("recording.composite", "CPU s/minute of session", [used * 60 / filmed], goal=30.0)]


def _order(folder: Path, key: bytes) -> Order:
    pieces = [
        Piece(
            found.header["segment"],
            found.header["seat"],
            "main",
            int(found.header["wall_start_ms"]),
            max(int(chunk["t_last_ms"] or 0) for chunk in found.chunks),
            True,
            len(found.chunks),
        )
        for found in recover(folder)
    ]
    at = min(piece.begins for piece in pieces)
    speakers = [Stretch(f"p{n % 4}", at + 4000 * n, at + 4000 * n + 3500) for n in range(60)]
    names = {f"p{n}": f"第{n + 1}人" for n in range(8)}
    return Order(str(folder), key, str(folder / "film"), str(FONT), pieces, names, [Moment(at, "各自陈述")], speakers, [], 480)


async def verify() -> list[Figure]:
    """An hour of four people in one bundle, checked by the program that lies in it: seconds, and its memory."""
    return await asyncio.to_thread(_verified)


def _verified() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="heyi-verify-", dir=os.environ.get("HEYI_BENCH_DIR")) as directory:
        bundle = _bundle(Path(directory))
        # The kernel's word on its own memory: rusage would begin with that of the process that started it.
        program = "import sys, json, re; from evidence.verifier import verify_file; r = verify_file(sys.argv[1], None);"
        program += "print(json.dumps([r.ok, int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])]))"
        began = time.monotonic()
        ran = subprocess.run([sys.executable, "-c", program, str(bundle)], cwd=ROOT, capture_output=True, check=True, timeout=600)
        took = time.monotonic() - began
        holds, memory = json.loads(ran.stdout)
        assert holds, "the bundle must hold"
    return [
        figure("recording.verify", "s", [took], goal=20.0),
        figure("recording.verify.memory", "MB", [memory / 1024], goal=200.0),
    ]


SEGMENT, TOLD = 300, 2
"""Seconds of a segment, and between two entries of the ledger about it."""


def _bundle(folder: Path) -> Path:
    """Noise of the size of such recordings, entered second by second as a server does: a hash does not know the difference."""
    now = datetime.now(UTC)
    authority = EmbeddedAuthority(folder / "ca", now)
    second = secrets.token_bytes(RATE // 8)
    chunk = {"sha256": hashlib.sha256(second).hexdigest(), "bytes": len(second)}
    whole = hashlib.sha256(second * SEGMENT).hexdigest()
    entries: list[Entry] = []
    payloads: dict[int, tuple[Any, str]] = {}
    recordings = []
    for number in range(1, HOUR // SEGMENT + 1):
        for at in range(0, SEGMENT, TOLD):
            for person in range(PEOPLE):
                told: dict[str, Any] = {
                    "segment": f"s{person}-{number:04d}",
                    "seat": f"s{person}",
                    "part": "main",
                    "chunks": [{"i": at + n, **chunk} for n in range(TOLD)],
                }
                if at + TOLD == SEGMENT:
                    told["closed"] = {"sha256": whole, "bytes": len(second) * SEGMENT, "chunks": SEGMENT, "reason": "rotated"}
                salt, seq = new_salt(), len(entries) + 1
                previous = entries[-1].entry_hash if entries else GENESIS
                entries.append(append("bench", seq, rfc3339(now), "recording.segment", told, salt, previous))
                payloads[seq] = (told, salt)
        for person in range(PEOPLE):
            path = folder / f"s{person}-{number:04d}.webm"
            with path.open("wb") as file:
                for _ in range(SEGMENT):
                    file.write(second)
            size = len(second) * SEGMENT
            recordings.append((Recording(f"recordings/{path.name}", f"s{person}", (Segment(1, size, whole),)), path))
    trust = authority.trust(now)
    anchors = {"root.crt": trust.root, **{f"list-{n}.crl": data for n, data in enumerate(trust.crls, 1)}}
    out = folder / "bench.heyi.zip"
    contents = Contents(case="bench", entries=entries, payloads=payloads, recordings=recordings, anchors=anchors)
    write_bundle(out, contents, authority.platform(), authority.timestamper(), now)
    return out
