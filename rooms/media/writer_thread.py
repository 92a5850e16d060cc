"""The thread that writes a recording: it owns the segments, decides when to begin a new one, and tells what is on the disk.

The event loop never waits for a disk: frames pass through a queue of bounded length; when it is full frames are dropped and counted.
A segment ends when it is old enough (at the next keyframe, so that each one plays by itself), when its tracks change, when its picture does not fit
into the file (H.264 that comes late, or in another size), when nothing came for a while, or when its seat is no longer recorded. A disk that fails
ends the segment at what has reached it, tells so, and the next one is tried.
"""

from __future__ import annotations

import errno
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from rooms.media.assembly import Frame
from rooms.media.files import DISK, Files
from rooms.media.marks import Lost, Marks
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.segments import ChunkRecord, next_number
from signaling.negotiation import AUDIO, SCREEN

MAX_QUEUED = 40
"""Batches of frames: ten seconds."""
SLOW = 12
"""Batches that wait, three seconds of them, from which a disk is called slow: while nothing is lost yet."""
KEYFRAME_GRACE = 3.0
"""Seconds a due rotation waits for a keyframe."""
IDLE = 5.0
"""Seconds without a frame after which a segment is closed, so that its last cluster is on the disk."""
KEYFRAME_EVERY = 10.0
"""Seconds after which another keyframe is asked for: whoever plays from anywhere must find one not far before."""
RETRY_FAILED = 5.0
"""Seconds after a failure until the next segment of that part is tried."""
TELL_EVERY = 2.0
"""Seconds between two reports about one segment."""

Captured = tuple[str, Frame, float, int]
"""(seat, frame, wall time of its capture in s, holes in its track so far)"""
Part = tuple[str, str]
"""(seat, "" or "screen"): what has a file of its own."""


class _Open:
    """A segment with what is decided around it."""

    def __init__(self, muxer: SegmentMuxer, now: float) -> None:
        self.muxer = muxer
        self.heard_at = self.told_at = now
        self.fresh: list[ChunkRecord] = []
        """Chunks that may not have reached the disk."""
        self.untold: list[ChunkRecord] = []
        """Chunks that have reached the disk and are not told yet."""
        self.marks = Marks()
        self.kept_ms = 0
        """Where the last chunk ends that has reached the disk."""
        self.rotate_since: float | None = None
        self.keyframe_at = now


class WriterThread:
    """One per recording. `tell(event)` is called in this thread with a dictionary; `ask_keyframe(seat, kind)` likewise."""

    def __init__(
        self,
        directory: Path,
        key: bytes,
        session: str,
        segment_seconds: float,
        tell: Callable[[dict[str, Any]], None],
        ask_keyframe: Callable[[str, str], None],
        files: Files = DISK,
    ) -> None:
        self._directory = directory
        self._key = key
        self._session = session
        self._segment_seconds = segment_seconds
        self._tell = tell
        self._ask_keyframe = ask_keyframe
        self._files = files
        # Without a bound of its own, so that commands never block the event loop; `frame` keeps the bound.
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._tracks: dict[Part, dict[str, str]] = {}
        self._open: dict[Part, _Open] = {}
        self._failed_at: dict[Part, float] = {}
        self._losing: dict[tuple[str, str], Lost] = {}
        """(seat, kind) → what was dropped since frames were taken last."""
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name=f"recording-{session}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def frames(self, batch: list[Captured]) -> bool:
        """Queue frames; False when they had to be dropped. In batches, since each waking of the thread costs more than a frame does."""
        if self._queue.qsize() >= MAX_QUEUED:
            self.dropped += len(batch)
            for seat, frame, at, _ in batch:
                before = self._losing.get((seat, frame.kind))
                self._losing[seat, frame.kind] = Lost(before.frames + 1 if before else 1, before.since if before else at, at)
            return False
        self._tell_lost()
        self._queue.put(lambda: self._add_all(batch))
        return True

    def _tell_lost(self) -> None:
        if self._losing:
            lost, self._losing = self._losing, {}
            self._queue.put(lambda: self._mark_lost(lost))

    def follow(self, sources: dict[str, dict[str, str]], reason: str) -> None:
        """Record exactly these seats with these tracks (kind → codec). Others are closed with `reason`."""
        self._tell_lost()
        self._queue.put(lambda: self._follow(sources, reason))

    def finish(self, timeout: float = 15.0) -> bool:
        """Close everything and wait for it; whether the thread has ended. Called from outside the event loop."""
        self._tell_lost()
        self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        checked = time.monotonic()
        while True:
            try:
                step = self._queue.get(timeout=0.5)
            except queue.Empty:
                step = _nothing
            if step is None:
                break
            step()
            if time.monotonic() - checked > 0.5:
                checked = time.monotonic()
                self._check(checked)
        for part in list(self._open):
            self._close(part, "ended")

    def _follow(self, sources: dict[str, dict[str, str]], reason: str) -> None:
        wanted: dict[Part, dict[str, str]] = {}
        for seat, kinds in sources.items():
            if main := {k: c for k, c in kinds.items() if k != SCREEN}:
                wanted[seat, ""] = main
            if SCREEN in kinds:
                wanted[seat, SCREEN] = {SCREEN: kinds[SCREEN]}
        for part, tracks in list(self._tracks.items()):
            if part not in wanted:
                self._close(part, reason)
            elif wanted[part] != tracks:
                self._close(part, "tracks")
        self._tracks = wanted

    def _mark_lost(self, lost: dict[tuple[str, str], Lost]) -> None:
        for (seat, kind), frames in lost.items():
            if item := self._open.get(_part(seat, kind)):
                item.marks.lost(kind, frames)

    def _add_all(self, batch: list[Captured]) -> None:
        now, now_ms = time.monotonic(), _wall_ms()
        for seat, frame, at, gaps in batch:
            self._add(_part(seat, frame.kind), frame, at, gaps, now, now_ms)
        for part, item in list(self._open.items()):
            if item.fresh:
                self._keep(part, item)

    def _keep(self, part: Part, item: _Open) -> None:
        """Wait until chunks are on the disk: at once, since a power cut takes the cluster that is being filled as well; and before they are told, since
        the ledger must not have what the disk has not."""
        try:
            item.muxer.sync()
        except OSError as error:
            self._fail(part, error)
            return
        item.kept_ms = max((record.t_last_ms or 0 for record in item.fresh), default=item.kept_ms)
        item.untold += item.fresh
        item.fresh = []

    def _add(self, part: Part, frame: Frame, at: float, gaps: int, now: float, now_ms: int) -> None:
        tracks = self._tracks.get(part)
        if tracks is None or frame.kind not in tracks:
            return
        if self._failed_at and now - self._failed_at.get(part, float("-inf")) < RETRY_FAILED:
            self.dropped += 1
            return
        item = self._open.get(part)
        if item is not None and not item.muxer.takes(frame):
            self._close(part, "picture")
            item = None
        elif item is not None and self._rotates(item, part, frame, at, now):
            self._close(part, "rotated")
            item = None
        try:
            if item is None:
                item = self._open[part] = _Open(SegmentMuxer(self._plan(part, tracks)), now)
                for kind in tracks:
                    if kind != AUDIO and not (frame.kind == kind and frame.keyframe):
                        self._ask_keyframe(part[0], kind)
            item.heard_at = now
            if frame.keyframe and frame.kind != AUDIO:
                item.keyframe_at = now
            item.marks.frame(frame.kind, at, gaps, frame.size)
            item.fresh += item.muxer.add(frame, at, now_ms)
        except Exception as error:
            # Whatever goes wrong with one segment, a fault of ours included, must not end the recording of the others.
            self._fail(part, error)

    def _rotates(self, item: _Open, part: Part, frame: Frame, at: float, now: float) -> bool:
        started = item.muxer.started
        if started is None or at - started < self._segment_seconds:
            return False
        video = next((k for k in item.muxer.tracks if k != AUDIO), None)
        if video is None:
            return True
        if item.rotate_since is None:
            item.rotate_since = now
            self._ask_keyframe(part[0], video)
        return (frame.kind == video and frame.keyframe) or now - item.rotate_since > KEYFRAME_GRACE

    def _plan(self, part: Part, tracks: dict[str, str]) -> SegmentPlan:
        stem = "-".join(filter(None, part))
        name = f"{stem}-{next_number(self._directory, stem):04d}"
        header = {"session": self._session, "seat": part[0], "part": part[1] or "main"}
        return SegmentPlan(self._directory, name, self._key, dict(tracks), header, self._files)

    def _check(self, now: float) -> None:
        for part, item in list(self._open.items()):
            if now - item.heard_at > IDLE:
                self._close(part, "silent")
                continue
            video = next((kind for kind in item.muxer.tracks if kind != AUDIO), None)
            if video and now - item.keyframe_at > KEYFRAME_EVERY:
                item.keyframe_at = now
                self._ask_keyframe(part[0], video)
            if item.untold and now - item.told_at >= TELL_EVERY:
                self._report(part, item, None)
                item.told_at = now

    def _close(self, part: Part, reason: str) -> None:
        item = self._open.pop(part, None)
        if item is None:
            return
        try:
            records, end = item.muxer.close(reason, _wall_ms(), **item.marks.told(item.muxer.begins))
        except (OSError, av.FFmpegError, ValueError) as error:
            self._failed(part, item, error)
            return
        item.untold += item.fresh + records
        if end is not None:
            self._report(part, item, end)

    def _report(self, part: Part, item: _Open, end: dict[str, Any] | None) -> None:
        chunks = [record.as_dict() for record in item.untold]
        item.untold = []
        self._tell({"event": "segment", **self._about(part), "segment": item.muxer.plan.name, "chunks": chunks, "closed": end})

    def _fail(self, part: Part, error: Exception) -> None:
        self._failed(part, self._open.pop(part, None), error)

    def _failed(self, part: Part, item: _Open | None, error: Exception) -> None:
        """The next segment of that part is tried in a while; this one ends with what has reached the disk, which is not to be lost as well."""
        self._failed_at[part] = time.monotonic()
        if item is not None:
            end = item.muxer.abandon("failed", item.kept_ms, **item.marks.told(item.muxer.begins))
            if end is not None:
                self._report(part, item, end)
        cause = errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
        told = {"message": f"{type(error).__name__}: {error}", "cause": cause or type(error).__name__}
        self._tell({"event": "recording_failed", **self._about(part), **told})

    def _about(self, part: Part) -> dict[str, Any]:
        return {"session": self._session, "seat": part[0], "part": part[1] or "main", "directory": str(self._directory)}


def _part(seat: str, kind: str) -> Part:
    return seat, SCREEN if kind == SCREEN else ""


def _nothing() -> None:
    """A turn of the loop without work."""


def _wall_ms() -> int:
    return int(time.time() * 1000)
