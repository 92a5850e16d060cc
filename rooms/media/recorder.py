"""A recording: one more subscriber of a room, which never decodes.

It lives on the event loop, puts packets together to frames, places them on the seat's time axis, and hands them to its writer
thread. Which seats it follows is decided elsewhere and given to `follow`; nothing is recorded of a seat that is not in that list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rooms.media import rtcp
from rooms.media.assembly import Assembler
from rooms.media.resumption import Resumption, Settled
from rooms.media.rewrite import Stored
from rooms.media.timeline import Timeline
from rooms.media.writer_thread import Captured, WriterThread
from signaling.negotiation import AUDIO, CLOCK_RATES

BATCH = 0.1
"""Seconds for which frames are gathered before the writer is woken."""
MAX_SKEW = 5.0
"""Seconds between arrival and the capture that a sender's clock claims; beyond that the clock is not believed."""


class _Source:
    """One track that is followed."""

    def __init__(self, kind: str, codec: str) -> None:
        self.assembler = Assembler(kind, codec)
        self.codec = codec
        self.ssrc = -1
        # The clocks of pictures go on by themselves: they tell when a picture was taken.
        self.resumption = Resumption(CLOCK_RATES[codec]) if kind == AUDIO else None


class Recording:
    """`tell(event)` is called on the event loop. `segment_seconds` is the length after which a segment is rotated."""

    def __init__(self, session: str, directory: Path, key: bytes, segment_seconds: float, tell: Callable[[dict[str, Any]], None]) -> None:
        """Creates `directory` when it is missing. Raises `OSError` and `ValueError` (a key of a wrong length)."""
        if len(key) != 32:
            raise ValueError("a session key has 32 bytes")
        directory.mkdir(parents=True, exist_ok=True)
        self.session = session
        loop = asyncio.get_running_loop()

        def on_loop(call: Callable[..., None], *arguments: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(call, *arguments)

        self._sources: dict[tuple[str, str], _Source] = {}
        self._timelines: dict[str, Timeline] = {}
        self._wanted: set[tuple[str, str]] = set()
        self._batch: list[Captured] = []
        self._flushed_at = 0.0
        self._writer = WriterThread(
            directory,
            key,
            session,
            segment_seconds,
            lambda event: on_loop(tell, event),
            lambda seat, kind: on_loop(self._wanted.add, (seat, kind)),
        )
        self._writer.start()

    def follow(self, sources: dict[str, dict[str, str]], reason: str) -> None:
        """Record exactly these seats and tracks (seat → kind → codec) from now on; `reason` is noted where one ends."""
        wanted = {(seat, kind): codec for seat, kinds in sources.items() for kind, codec in kinds.items()}
        if {place: source.codec for place, source in self._sources.items()} == wanted:
            return
        self._release()
        self.flush(time.time())
        self._sources = {
            place: source if (source := self._sources.get(place)) is not None and source.codec == codec else _Source(place[1], codec)
            for place, codec in wanted.items()
        }
        self._timelines = {seat: self._timelines.get(seat) or Timeline() for seat in sources}
        self._writer.follow({seat: dict(kinds) for seat, kinds in sources.items()}, reason)

    def packet(self, seat: str, kind: str, ssrc: int, stored: Stored) -> None:
        """Take one packet of a followed track; packets of others are ignored."""
        source = self._sources.get((seat, kind))
        if source is None:
            return
        if ssrc != source.ssrc:
            self._begin(seat, kind, source, ssrc)
        sequence, marker, timestamp, _, payload, _ = stored
        frames = source.assembler.push(ssrc, sequence, marker != 0, timestamp, payload)
        if not frames:
            return
        arrival = time.time()
        for frame in frames:
            self._place(seat, kind, source, source.resumption.push(frame, arrival) if source.resumption else Settled([(frame, arrival)]))
        if arrival - self._flushed_at > BATCH:
            self.flush(arrival)

    def flush(self, now: float) -> None:
        """Hand over what has been gathered; `now` is the wall time."""
        for (seat, kind), source in self._sources.items():
            if source.resumption is not None:
                self._place(seat, kind, source, source.resumption.overdue(now))
        batch, self._batch = self._batch, []
        self._flushed_at = now
        if batch and not self._writer.frames(batch):
            for place, source in self._sources.items():
                source.assembler.wants_keyframe = place[1] != AUDIO

    def sender_report(self, seat: str, kind: str, report: rtcp.SenderReport) -> None:
        if (seat, kind) in self._sources:
            self._timelines[seat].report(kind, report.ntp, report.rtp, time.time())

    def keyframes_wanted(self) -> set[tuple[str, str]]:
        """The (seat, kind) that need a keyframe now; to be asked for repeatedly, since one may not come."""
        wanted = {place for place, source in self._sources.items() if source.assembler.wants_keyframe} | (
            self._wanted & self._sources.keys()
        )
        self._wanted.clear()
        return wanted

    async def close(self) -> bool:
        """Close all segments; False when the writer did not end in time."""
        self._release()
        self.flush(time.time())
        self._sources = {}
        return await asyncio.to_thread(self._writer.finish)

    def _begin(self, seat: str, kind: str, source: _Source, ssrc: int) -> None:
        """A track comes from another sender: what was kept of the former is placed by that one's clock."""
        if source.resumption is not None:
            self._place(seat, kind, source, source.resumption.release())
            source.resumption = Resumption(CLOCK_RATES[source.codec])
        self._timelines[seat].restart(kind)
        source.ssrc = ssrc

    def _release(self) -> None:
        """Nothing more is waited for."""
        for (seat, kind), source in self._sources.items():
            if source.resumption is not None:
                self._place(seat, kind, source, source.resumption.release())

    def _place(self, seat: str, kind: str, source: _Source, settled: Settled) -> None:
        timeline = self._timelines[seat]
        if settled.resumed is not None:
            timeline.resume(kind, *settled.resumed)
        for frame, arrival in settled.frames:
            at = timeline.place(kind, frame.timestamp, CLOCK_RATES[source.codec], arrival)
            if abs(at - arrival) > MAX_SKEW:
                at = arrival
            self._batch.append((seat, frame, at, source.assembler.gaps))
