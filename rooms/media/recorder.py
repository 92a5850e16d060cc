"""A recording: one more subscriber of a room, which never decodes.

It lives on the event loop. Packets and sender reports are only noted as they come; every quarter of a second they are put together to frames, placed
on the seat's time axis, and handed to the writer thread. In one go, since code that runs a hundred times a second for a packet each finds the
processor's caches cold each time, and costs five times as much. Which seats it follows is decided elsewhere and given to `follow`; nothing is
recorded of a seat that is not in that list.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rooms.media import rtcp
from rooms.media.assembly import Assembler
from rooms.media.files import DISK, Files
from rooms.media.resumption import Resumption, Settled
from rooms.media.rewrite import Stored
from rooms.media.timeline import Timeline
from rooms.media.writer_thread import SLOW, Captured, WriterThread
from signaling.negotiation import AUDIO, CLOCK_RATES

BATCH = 0.25
"""Seconds for which packets are gathered before they are looked at and the writer is woken."""
MAX_SKEW = 5.0
"""Seconds between arrival and the capture that a sender's clock claims; beyond that the clock is not believed."""
COMPLAIN_EVERY = 60.0

_log = logging.getLogger("media.recorder")
Place = tuple[str, str]
"""(seat, kind)"""


class _Source:
    """One track that is followed."""

    def __init__(self, kind: str, codec: str, timeline: Timeline) -> None:
        self.assembler = Assembler(kind, codec)
        self.codec = codec
        self.timeline = timeline
        self.ssrc = -1
        # The clocks of pictures go on by themselves: they tell when a picture was taken.
        self.resumption = Resumption(CLOCK_RATES[codec]) if kind == AUDIO else None


class Recording:
    """`tell(event)` is called on the event loop. `segment_seconds` is the length after which a segment is rotated; `clock` the wall clock in s."""

    def __init__(
        self,
        session: str,
        directory: Path,
        key: bytes,
        segment_seconds: float,
        tell: Callable[[dict[str, Any]], None],
        *,
        files: Files = DISK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Creates `directory` when it is missing. Raises `OSError` and `ValueError` (a key of a wrong length)."""
        if len(key) != 32:
            raise ValueError("a session key has 32 bytes")
        files.make_folder(directory)
        self.session = session
        self._tell = tell
        loop = asyncio.get_running_loop()

        def on_loop(call: Callable[..., None], *arguments: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(call, *arguments)

        self._clock = clock
        self._sources: dict[Place, _Source] = {}
        self._timelines: dict[str, Timeline] = {}
        self._wanted: set[Place] = set()
        self._noted: list[tuple[Place, int, Stored | rtcp.SenderReport, float]] = []
        """(place, SSRC, packet or report, arrival) in the order in which they came; always this one list, which taps hold."""
        self._pace = "well"
        self._flushed_at = 0.0
        self._complained_at = float("-inf")
        self._writer = WriterThread(
            directory,
            key,
            session,
            segment_seconds,
            lambda event: on_loop(tell, event),
            lambda seat, kind: on_loop(self._wanted.add, (seat, kind)),
            files,
        )
        self._writer.start()

    def follow(self, sources: dict[str, dict[str, str]], reason: str) -> None:
        """Record exactly these seats and tracks (seat → kind → codec) from now on; `reason` is noted where one ends."""
        wanted = {(seat, kind): codec for seat, kinds in sources.items() for kind, codec in kinds.items()}
        if {place: source.codec for place, source in self._sources.items()} == wanted:
            return
        self.flush(final=True)
        self._timelines = {seat: self._timelines.get(seat) or Timeline() for seat in sources}
        self._sources = {
            place: source
            if (source := self._sources.get(place)) is not None and source.codec == codec
            else _Source(place[1], codec, self._timelines[place[0]])
            for place, codec in wanted.items()
        }
        self._writer.follow({seat: dict(kinds) for seat, kinds in sources.items()}, reason)

    def tap(self, seat: str, kind: str) -> Callable[[int, Stored], None]:
        """Takes (SSRC, packet) of this track; those of a track that is not followed are ignored."""
        note, clock, place = self._noted.append, self._clock, (seat, kind)

        def tap(ssrc: int, stored: Stored) -> None:
            note((place, ssrc, stored, clock()))

        return tap

    def sender_report(self, seat: str, kind: str, report: rtcp.SenderReport) -> None:
        self._noted.append(((seat, kind), report.ssrc, report, self._clock()))

    @property
    def waiting(self) -> int:
        """Batches that the writer has not taken yet."""
        return self._writer.waiting

    def tick(self) -> None:
        """Hand over what has been gathered for long enough; to be called several times a second."""
        # Also where the wall clock was set back.
        if abs(self._clock() - self._flushed_at) >= BATCH:
            self.flush()

    def flush(self, final: bool = False) -> None:
        """Hand over what has been gathered. `final`: nothing more is waited for."""
        now = self._flushed_at = self._clock()
        noted = self._noted.copy()
        self._noted.clear()
        batch: list[Captured] = []
        for place, ssrc, what, arrival in noted:
            source = self._sources.get(place)
            if source is None:
                continue
            if isinstance(what, rtcp.SenderReport):
                source.timeline.report(place[1], what.ntp, what.rtp, arrival)
                continue
            try:
                batch += self._frames(place, source, ssrc, what, arrival)
            except Exception:
                # One person's odd packet, a fault of ours included, must not cost the others their recording.
                if arrival - self._complained_at > COMPLAIN_EVERY:
                    self._complained_at = arrival
                    _log.exception("recording %s: a packet of %s was left out", self.session, place[0])
        for place, source in self._sources.items():
            if source.resumption is not None:
                batch += self._placed(place, source, source.resumption.release() if final else source.resumption.overdue(now))
        taken = not batch or self._writer.frames(batch)
        if not taken:
            for place, source in self._sources.items():
                source.assembler.wants_keyframe = place[1] != AUDIO
        self._watch_pace(taken)

    def _watch_pace(self, taken: bool) -> None:
        """Told while nothing is lost yet, and believed to be over only when nothing waits any more."""
        waiting = self._writer.waiting
        if not taken:
            pace = "losing"
        elif waiting <= 1:
            pace = "well"
        else:
            pace = "slow" if waiting >= SLOW and self._pace == "well" else self._pace
        if pace != self._pace:
            self._pace = pace
            self._tell({"event": "recording_pace", "session": self.session, "pace": pace})

    def _frames(self, place: Place, source: _Source, ssrc: int, stored: Stored, arrival: float) -> list[Captured]:
        """The frames that a packet completes, and that can be placed by now."""
        found: list[Captured] = []
        if ssrc != source.ssrc:
            found += self._begin(place, source, ssrc)
        sequence, marker, timestamp, _, payload, _ = stored
        for frame in source.assembler.push(ssrc, sequence, marker != 0, timestamp, payload):
            settled = source.resumption.push(frame, arrival) if source.resumption is not None else Settled([(frame, arrival)])
            found += self._placed(place, source, settled)
        return found

    def _begin(self, place: Place, source: _Source, ssrc: int) -> list[Captured]:
        """A track comes from another sender: what was kept of the former is placed by that one's clock."""
        found: list[Captured] = []
        if source.resumption is not None:
            found = self._placed(place, source, source.resumption.release())
            source.resumption = Resumption(CLOCK_RATES[source.codec])
        source.timeline.restart(place[1])
        source.ssrc = ssrc
        return found

    def _placed(self, place: Place, source: _Source, settled: Settled) -> list[Captured]:
        if settled.resumed is not None:
            source.timeline.resume(place[1], *settled.resumed)
        found: list[Captured] = []
        for frame, arrival in settled.frames:
            at = source.timeline.place(place[1], frame.timestamp, CLOCK_RATES[source.codec], arrival)
            found.append((place[0], frame, at if abs(at - arrival) <= MAX_SKEW else arrival, source.assembler.gaps))
        return found

    def keyframes_wanted(self) -> set[Place]:
        """The (seat, kind) that need a keyframe now; to be asked for repeatedly, since one may not come."""
        wanted = {place for place, source in self._sources.items() if source.assembler.wants_keyframe} | (
            self._wanted & self._sources.keys()
        )
        self._wanted.clear()
        return wanted

    async def close(self) -> bool:
        """Close all segments; False when the writer did not end in time."""
        self.flush(final=True)
        self._sources = {}
        return await asyncio.to_thread(self._writer.finish)
