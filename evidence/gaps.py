"""What is missing from a recording, from when to when, and why: told from what the ledger and the pieces say, not guessed. Pure.

A track is one seat's sound and camera, or its screen, in one session. Its pieces follow one another; what lies between two of them, before the first (while
others were recorded already) and behind the last is missing. Times are ms since 1970; gaps count from the first sample of their session.

Reasons. What happened nearest to the end of the former piece counts; where nothing did, how that piece ended:

    damaged      a piece of the track that cannot be read any more; `note` has its name
    caucus       a private talk: 背对背,不入主录
    withdrawn    a party took back its consent to be recorded
    consent      a party did not agree to be recorded any more, or did not say
    paused       somebody stopped the recording; `note` has what was given as the reason
    left         the seat had left, or was removed
    disk         the disk did not take it
    restart      the recording was cut off: the server or its worker died, or the power went
    silent       nothing was sent: microphone and camera were off
    connection   none of these: what was sent did not arrive
    joined       before the first piece: the track came later than the others
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec

from evidence.manifest import Gap

Reason = Literal["damaged", "caucus", "withdrawn", "consent", "paused", "left", "disk", "restart", "silent", "joined", "connection"]
SEAM = 500
"""Ms between two pieces that are no gap: the next one begins with a keyframe."""
TAIL = 2000
"""Ms by which the last pieces of a session may end apart; and by which a cause may be entered after what it ended."""
CAUSES = frozenset({"caucus.opened", "caucus.closed", "recording.stopped", "recording.failed", "seat.left", "seat.removed"})
BOUNDS = frozenset({"session.opened", "session.ended", "recording.started", "recording.stopped"})
TOLD = CAUSES | BOUNDS
"""Kinds of entries that explain a gap, and those that bound a recording; no others need be given."""
OVER = frozenset({"ended", "archive"})
STOPS: dict[str, Reason] = {"consent": "consent", "unanswered": "consent", "withdrawn": "withdrawn", "caucus": "caucus"}
"""Reasons of `recording.stopped` that nobody gave in words."""


class Piece(msgspec.Struct, frozen=True):
    """One segment. `how` it ended: "whole", "cut", "failed" (by the disk), "silent"; or it is "damaged"."""

    name: str
    session: str
    track: str
    seat: str
    begins: int
    ends: int
    how: Literal["whole", "cut", "failed", "silent", "damaged"]


class Event(msgspec.Struct, frozen=True):
    """An entry of the ledger, with its payload."""

    at: int
    kind: str
    payload: Mapping[str, Any]


def recorded_until(events: Sequence[Event], now: int) -> dict[str, int]:
    """Session → until when it was to be recorded; `now` where it still is. Events in their order."""
    found: dict[str, int] = {}
    session, on = "", False
    for event in events:
        if event.kind == "session.opened":
            session, on = str(event.payload.get("session", "")), False
        elif event.kind == "recording.started":
            on = True
        elif event.kind in {"recording.stopped", "session.ended"} and on:
            found[session], on = event.at, False
    return found | ({session: now} if on else {})


def gaps_of(pieces: Iterable[Piece], events: Sequence[Event], until: Mapping[str, int] | None = None) -> dict[str, tuple[Gap, ...]]:
    """By the name of the readable piece that they lie before; those behind the last one of a track stand at it too, and of a track without one there are none. `until`: session → when its recording was to end,
    for one that broke off in all tracks at once."""
    found: dict[str, tuple[Gap, ...]] = {}
    for _, session in groupby(sorted(pieces, key=lambda one: one.session), key=lambda one: one.session):
        together = sorted(session, key=lambda one: (one.track, one.begins, one.name))
        start, end = min(one.begins for one in together), max(one.ends for one in together)
        end = max(end, (until or {}).get(together[0].session, end))
        for _, track in groupby(together, key=lambda one: one.track):
            found |= _of_track(list(track), start, end, events)
    return found


def _of_track(track: list[Piece], start: int, end: int, events: Sequence[Event]) -> dict[str, tuple[Gap, ...]]:
    found: dict[str, tuple[Gap, ...]] = {}
    former: Piece | None = None
    before: list[Gap] = []
    for one in track:
        gap = _between(one.seat, former, former.ends if former is not None else start, one.begins, start, events)
        before += [gap] if gap is not None else []
        if one.how == "damaged":
            # By itself: what is missing beside it has reasons of its own.
            before.append(Gap(one.begins - start, one.ends - start, "damaged", one.name.rpartition("/")[2]))
        else:
            found[one.name], before = tuple(before), []
        former = one if former is None or one.ends >= former.ends else former
    if former is not None and (behind := _between(former.seat, former, former.ends, end, start, events, TAIL)) is not None:
        before.append(behind)
    if found and before:
        last = [one.name for one in track if one.how != "damaged"][-1]
        found[last] += tuple(before)
    return found


def _between(seat: str, former: Piece | None, since: int, until: int, start: int, events: Sequence[Event], least: int = SEAM) -> Gap | None:
    if until - since < least:
        return None
    # What was entered once the next piece had begun explains nothing of what lies before it.
    reason, note = _why(seat, former, since, [event for event in events if event.at <= until])
    return Gap(since - start, until - start, reason, note or msgspec.UNSET)


def _why(seat: str, former: Piece | None, since: int, events: Sequence[Event]) -> tuple[Reason, str]:
    if former is None:
        return "joined", ""
    causes = [cause for event in events if abs(event.at - since) <= TAIL and (cause := _cause(seat, event, since)) is not None]
    if _inside_a_talk(since, events):
        causes.append((0, "caucus", ""))
    if causes:
        # Whatever happened when it ended is the cause, not what happened while it was missing already.
        _, reason, note = min(causes, key=lambda cause: cause[0])
        return reason, note
    how: dict[str, Reason] = {"failed": "disk", "cut": "restart", "silent": "silent"}
    return how.get(former.how, "connection"), ""


def _cause(seat: str, event: Event, since: int) -> tuple[int, Reason, str] | None:
    """How far from the end of the former piece something happened that explains it, as what, and in which words."""
    distance, about = abs(event.at - since), event.payload.get("seat")
    match event.kind:
        case "caucus.opened" if event.at >= since:
            return distance, "caucus", ""
        case "recording.stopped":
            why = str(event.payload.get("reason", ""))
            if why in OVER:
                return None
            reason: Reason = STOPS.get(why, "paused")
            return distance, reason, str(event.payload.get("text", "")) if reason == "paused" else ""
        case "seat.left" | "seat.removed" if about == seat:
            return distance, "left", ""
        case "recording.failed" if about == seat:
            return distance, "disk", ""
    return None


def _inside_a_talk(at: int, events: Sequence[Event]) -> bool:
    opened = [event.at for event in events if event.kind == "caucus.opened" and event.at <= at]
    closed = [event.at for event in events if event.kind == "caucus.closed" and event.at <= at]
    return bool(opened) and (not closed or max(closed) < max(opened))
