"""What follows for the recordings from whatever happens in a room: the session's, and that of a private talk. Pure.

Everything that changes a room goes through `settled`, also what the clock and other devices do: so that no recording begins or ends without an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cases.ports import Happened
from cases.vocabulary import Consent, SessionStage
from rooms.room import Room, recorded_apart


def settled(room: Room, now: datetime, change: Callable[[], list[Happened]]) -> list[Happened]:
    """Make a change; what happened, with what it brought about for the recordings. Raises what the change raises, with nothing settled."""
    before = _apart(room)
    events = change()
    turned = settle_recording(room, now)
    if turned:
        room.epoch += 1
        events = [*events, Happened(f"recording.{turned}", {"reason": room.pause_reason})]
    return [*events, *_settle_apart(room, before)]


def recording_allowed(room: Room) -> bool:
    parties = [s for s in room.parties() if s.present]
    return bool(parties) and all(s.consents.get(Consent.RECORDING) for s in parties)


def settle_recording(room: Room, now: datetime) -> str:
    """Bring the recording in line with consent and wish; return "started", "stopped" or ""."""
    should = room.recording_wanted and recording_allowed(room) and room.ended_at is None and room.stage is not SessionStage.ARCHIVE
    if should == room.recording:
        return ""
    room.recording = should
    if should:
        room.recording_since, room.pause_reason, room.was_recorded = now, "", True
        return "started"
    room.recording_since = None
    room.pause_reason = room.pause_reason or _why(room)
    return "stopped"


def _why(room: Room) -> str:
    """Why a recording stopped that nobody paused."""
    if room.ended_at is not None:
        return "ended"
    if room.stage is SessionStage.ARCHIVE:
        return "archive"
    refused = any(s.present and s.consents.get(Consent.RECORDING) is False for s in room.parties())
    return "consent" if refused else "unanswered"


def _apart(room: Room) -> tuple[str, list[str]]:
    return (room.caucus.id, recorded_apart(room)) if room.caucus is not None else ("", [])


def _settle_apart(room: Room, before: tuple[str, list[str]]) -> list[Happened]:
    """The recording of a private talk follows what its people consent to; told in that talk's own chain alone."""
    (talk, former), (now_on, seats) = before, _apart(room)
    if talk != now_on or former == seats:
        return []
    room.epoch += 1
    if bool(former) == bool(seats):
        return []
    return [Happened("recording.started" if seats else "recording.stopped", {"reason": "" if seats else "consent"}, chain=talk)]
