"""What follows for the recordings from whatever happens in a room: the session's, and that of a private talk. Pure.

Everything that changes a room goes through `settled`, also what the clock and other devices do: so that no recording begins or ends without an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cases.clock import rfc3339, whole_seconds
from cases.ports import Happened
from cases.vocabulary import Consent, SessionStage
from rooms.room import Room, recorded_apart


def settled(room: Room, now: datetime, change: Callable[[], list[Happened]]) -> list[Happened]:
    """Make a change; what happened, with what it brought about for the recordings. Raises what the change raises, with nothing settled."""
    before, paused = _apart(room), (room.paused_at, room.pause_reason)
    events = change()
    turned = settle_recording(room, now)
    if turned:
        room.epoch += 1
        events = [*events, _told(room, turned, now, *paused)]
    return [*events, *_settle_apart(room, before, events)]


def _told(room: Room, turned: str, now: datetime, paused_at: datetime | None, why: str) -> Happened:
    """The entry: why it stopped, in words where there are some; or since when it had stood still, and why, where it goes on again."""
    told: dict[str, Any] = {"reason": room.pause_reason}
    if turned == "stopped" and room.pause_words:
        told["text"] = room.pause_words
    elif turned == "started" and paused_at is not None:
        told |= {"since": rfc3339(paused_at), "seconds": whole_seconds(paused_at.timestamp(), now.timestamp()), "after": why}
    return Happened(f"recording.{turned}", told)


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
        room.paused_at, room.pause_words = None, ""
        return "started"
    room.recording_since, room.paused_at = None, now
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


def _settle_apart(room: Room, before: tuple[str, list[str]], events: list[Happened]) -> list[Happened]:
    """The recording of a private talk follows what its people consent to; told in that talk's own chain alone."""
    (talk, former), (now_on, seats) = before, _apart(room)
    if talk != now_on or former == seats:
        return []
    room.epoch += 1
    if bool(former) == bool(seats):
        return []
    withdrawn = any(event.kind == "consent.withdrawn" and event.payload["point"] == Consent.CAUCUS for event in events)
    # Where the session's own recording stands still, the talk's does by the same reason.
    stopped = room.pause_reason if not room.recording else "withdrawn" if withdrawn else "consent"
    why = "" if seats else stopped
    return [Happened("recording.started" if seats else "recording.stopped", {"reason": why}, chain=talk)]
