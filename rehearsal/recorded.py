"""What is recorded of senders in simulated time, as fast as it can be taken, and what the recording shows: picture beside sound, and two people
beside each other in the film. Times are those of the packets; nothing waits for a clock."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import msgspec

from rehearsal.clip import load
from rehearsal.sender import KINDS, SSRC, Sender
from rooms.media import rtcp
from rooms.media.composite import assemble, render
from rooms.media.composite_plan import Order, Piece, Plan
from rooms.media.composite_source import open_piece
from rooms.media.recorder import Recording
from rooms.media.segments import recover

KEY = bytes(range(32))
SEGMENT, LOOKED_AT = 6.0, 6.0
"""Seconds: of a segment, and of the recording's end that is looked at."""
SOUND, PEOPLE = 40.0, 80.0
"""Milliseconds that picture and sound, and two people, may be apart."""
AHEAD = 8
"""Batches that may wait for the writer."""
FONT = (
    Path(__file__).resolve().parent.parent / "web/client/node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
)

Tell = Callable[[dict[str, Any]], None]


@dataclass
class _Clock:
    now: float

    def read(self) -> float:
        return self.now


async def record(
    folder: Path, senders: dict[str, Sender], seconds: float, *, key: bytes = KEY, segment: float = SEGMENT, tell: Tell = lambda event: None
) -> list[Piece]:
    """Record seats → senders in segments of so many seconds; `tell` takes what a worker would tell. The segments in order."""
    clock = _Clock(next(iter(senders.values())).began)
    began = clock.now
    recording = Recording(folder.name, folder, key, segment, tell, clock=clock.read)
    recording.follow(dict.fromkeys(senders, KINDS), "")
    taps = {(seat, kind): recording.tap(seat, kind) for seat in senders for kind in KINDS}
    streams = [_of(seat, sender, seconds) for seat, sender in senders.items()]
    for at, seat, kind, what in heapq.merge(*streams, key=lambda one: one[0]):
        clock.now = began + at
        if isinstance(what, rtcp.SenderReport):
            recording.sender_report(seat, kind, what)
        else:
            taps[seat, kind](SSRC[kind], what)
        recording.tick()
        while recording.waiting > AHEAD:  # noqa: ASYNC110  (the writer is a thread that tells nothing of this)
            await asyncio.sleep(0.001)
    assert await recording.close(), "the writer must end"
    return [
        Piece(
            one.header["segment"],
            one.header["seat"],
            "main",
            int(one.header["wall_start_ms"]),
            max(int(c["t_last_ms"] or 0) for c in one.chunks),
            True,
            len(one.chunks),
        )
        for one in recover(folder)
    ]


def _of(seat: str, sender: Sender, seconds: float) -> Iterator[tuple[float, str, str, Any]]:
    return ((at, seat, kind, what) for at, kind, what in sender.arrivals(seconds))


class Together(msgspec.Struct, frozen=True):
    """The largest offsets in ms, and what of them is too much."""

    sound_ms: float
    people_ms: float
    faults: list[str]


async def together(seconds: float, ppm: float) -> Together:
    """Record so long with clocks that drift by `ppm`, and look at the end of it."""
    sound = 1000 * max(map(abs, await picture_beside_sound(seconds, ppm)))
    people = 1000 * max(map(abs, await people_beside_each_other(seconds, ppm)))
    faults = [f"picture and sound are {sound:.0f} ms apart"] if sound > SOUND else []
    faults += [f"two people are {people:.0f} ms apart"] if people > PEOPLE else []
    return Together(sound, people, faults)


async def picture_beside_sound(seconds: float, ppm: float) -> list[float]:
    """Seconds by which the picture comes after the sound, at each flash of the last `SEGMENT` of a recording."""
    with tempfile.TemporaryDirectory(prefix="heyi-sync-") as name:
        folder = Path(name)
        pieces = await record(folder, {"a": Sender(load(), ppm=ppm, day_wrong=-3e7)}, seconds)
        return await asyncio.to_thread(_apart, folder, pieces[-1] if pieces[-1].duration > 5000 else pieces[-2])


def _apart(folder: Path, piece: Piece) -> list[float]:
    with open_piece(folder, KEY, piece) as container:
        flashes, beeps = flashes_and_beeps(container)
    assert len(flashes) >= 4 and beeps, "the clip flashes and beeps each second"
    return [flash - min(beeps, key=lambda beep: abs(beep - flash)) for flash in flashes]


def flashes_and_beeps(container: Any) -> tuple[list[float], list[float]]:
    """Seconds at which the clip's picture turns white and at which its tone begins."""
    flashes, beeps, white, loud_at = [], [], True, -1.0
    for frame in container.decode():
        if isinstance(frame, av.VideoFrame):
            bright = bytes(memoryview(frame.planes[0])[: frame.width * 4 : 16])
            now_white = sum(bright) / len(bright) > 200
            if now_white and not white:
                flashes.append(frame.time)
            white = now_white
        else:
            samples = memoryview(frame.planes[0]).cast("B").cast("f")
            loud = next((place for place, value in enumerate(samples) if abs(value) > 0.1), None)
            if loud is not None:
                at = frame.time + loud / frame.sample_rate
                if at - loud_at > 0.5:
                    beeps.append(at)
                loud_at = frame.time + frame.samples / frame.sample_rate
    return flashes, beeps


async def people_beside_each_other(seconds: float, day_ppm: float) -> list[float]:
    """Seconds by which one person flashes after the other in the film of a recording's end, at each flash. Both flash at the same true moments; the clock
    of one phone runs fast by `day_ppm` and is a year behind, the other's slow, and its line is slower by 40 ms."""
    with tempfile.TemporaryDirectory(prefix="heyi-skew-") as name:
        folder = Path(name)
        senders = {
            "a": Sender(load(), day_ppm=day_ppm, day_wrong=-3e7, delay=0.02),
            "b": Sender(load(), day_ppm=-day_ppm, day_wrong=4000.0, delay=0.06, jitter=0.03, seed=2),
        }
        pieces = await record(folder, senders, seconds)
        ended = max(piece.ends for piece in pieces)
        return await asyncio.to_thread(_filmed, folder, [piece for piece in pieces if piece.ends > ended - 1000 * LOOKED_AT])


def _filmed(folder: Path, pieces: list[Piece]) -> list[float]:
    names = {piece.seat: piece.seat for piece in pieces}
    order = Order(str(folder), KEY, str(folder / "film"), str(FONT), pieces, names, [], [], [], 0)
    render(order, lambda done, whole: None)
    assemble(order, folder / "film.mp4")
    plan = Plan(order)
    # Both are there only in the middle: a tile is elsewhere while one is alone.
    began = min(piece.begins for piece in pieces)
    since = (max(min(p.begins for p in pieces if p.seat == seat) for seat in names) - began) / 1000 + 0.2
    until = (min(max(p.ends for p in pieces if p.seat == seat) for seat in names) - began) / 1000 - 0.2
    boxes = dict(plan.scene(int((since + until) * 500)).tiles)
    # A spot in the clip's foot that flashes, beside the name.
    spots = {seat: (int(box.top + box.height * 0.55), int(box.left + box.width * 0.02)) for (seat, _), box in boxes.items()}
    seen: dict[str, list[tuple[float, float]]] = {seat: [] for seat in spots}
    with av.open(str(folder / "film.mp4")) as film:
        for frame in film.decode(video=0):
            if since < frame.time < until:
                plane = memoryview(frame.planes[0])
                for seat, (row, column) in spots.items():
                    at = row * frame.planes[0].line_size + column
                    seen[seat].append((frame.time, sum(plane[at : at + 24]) / 24))
    flashes = {seat: [at for (_, before), (at, now) in itertools.pairwise(levels) if now - before > 60] for seat, levels in seen.items()}
    assert len(flashes["a"]) >= 4 and flashes["b"], "the clip flashes each second"
    return [min((b - a for b in flashes["b"]), key=abs) for a in flashes["a"]]
