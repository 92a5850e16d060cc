"""The recordings of one room: which are running, whom each may follow, and the taps on tracks that follow from it.

A seat is recorded by a session only while three things agree: the session was started for it, the newest routes list it, and it sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rooms.media import protocol, rtcp
from rooms.media.forwarding import Tap, Track
from rooms.media.protocol import EngineError
from rooms.media.recorder import Recording
from rooms.media.rewrite import Stored

MAX_RECORDINGS = 8
"""At once in one room: the plenary's and those of caucuses."""


_EVENTS: dict[str, Callable[..., protocol.Event]] = {
    "segment": protocol.Segment,
    "recording_failed": protocol.RecordingFailed,
    "recording_pace": protocol.RecordingPace,
}


class Recordings:
    """`emit` takes events for the server. Changes take effect at the next `follow`."""

    def __init__(self, room: str, emit: Callable[[protocol.Event], None]) -> None:
        self._room = room
        self._emit = emit
        self._running: dict[str, tuple[Recording, frozenset[str]]] = {}
        self._allowed: dict[str, frozenset[str]] | frozenset[str] = frozenset()

    @property
    def sessions(self) -> list[str]:
        return sorted(self._running)

    def allow(self, recorded: Mapping[str, list[str]] | list[str]) -> None:
        """Take the list that came with new routes: seats for all sessions, or seats by session."""
        if isinstance(recorded, Mapping):
            self._allowed = {session: frozenset(seats) for session, seats in recorded.items()}
        else:
            self._allowed = frozenset(recorded)

    def start(self, session: str, seats: list[str], directory: str, key: bytes, segment_seconds: float) -> None:
        """Begin a recording, or change the seats of one that runs. Raises `EngineError`."""
        running = self._running.get(session)
        if running is not None:
            self._running[session] = (running[0], frozenset(seats))
            return
        if len(self._running) >= MAX_RECORDINGS:
            raise EngineError("full", f"a room has at most {MAX_RECORDINGS} recordings at once")
        try:
            recording = Recording(session, Path(directory), key, segment_seconds, self._told)
        except (OSError, ValueError) as error:
            raise EngineError("recording", str(error)) from None
        self._running[session] = (recording, frozenset(seats))

    def take(self, session: str) -> Recording | None:
        """Remove a recording, to be closed by the caller once its taps are gone."""
        running = self._running.pop(session, None)
        return running[0] if running is not None else None

    def follow(self, tracks: Mapping[str, Mapping[str, Track]], reason: str) -> None:
        """Set the taps on all tracks of the room (seat → kind → track) and tell each recording whom it follows."""
        taps: dict[tuple[str, str], list[Recording]] = {}
        for session, (recording, seats) in self._running.items():
            allowed = self._allowed if isinstance(self._allowed, frozenset) else self._allowed.get(session, frozenset())
            followed = {name: tracks[name] for name in sorted(seats & allowed & tracks.keys()) if tracks[name]}
            for name, kinds in followed.items():
                for kind in kinds:
                    taps.setdefault((name, kind), []).append(recording)
            recording.follow({name: {kind: track.codec for kind, track in kinds.items()} for name, kinds in followed.items()}, reason)
        for name, kinds in tracks.items():
            for kind, track in kinds.items():
                track.tap = _tap(name, kind, taps[name, kind]) if (name, kind) in taps else None

    def sender_report(self, name: str, kind: str, report: rtcp.SenderReport) -> None:
        for recording, _ in self._running.values():
            recording.sender_report(name, kind, report)

    def tick(self) -> Iterator[tuple[str, str]]:
        """Let them hand over what they have gathered; the (seat, kind) that some recording needs a keyframe of."""
        for recording, _ in self._running.values():
            recording.tick()
            yield from recording.keyframes_wanted()

    async def close(self) -> None:
        """End all; everything is on the disk when this returns."""
        for session in self.sessions:
            if (recording := self.take(session)) is not None:
                await recording.close()

    def _told(self, event: dict[str, Any]) -> None:
        fields = {k: v for k, v in event.items() if k != "event"}
        self._emit(_EVENTS[event["event"]](room=self._room, **fields))


def _tap(name: str, kind: str, recordings: list[Recording]) -> Tap:
    taps = [recording.tap(name, kind) for recording in recordings]
    if len(taps) == 1:
        return taps[0]

    def tap(ssrc: int, stored: Stored) -> None:
        for take in taps:
            take(ssrc, stored)

    return tap
