"""What is wrong with the recordings of live rooms at present, kept in this one place: whoever leads a session is shown it, and so is the operator. Pure."""

from __future__ import annotations

from rooms.media import protocol

LOW = 2 << 30
"""Bytes left on the disk below which it is told: an hour of four people is some 1.5 GB."""
NOT_RECORDED = "recording: it cannot begin"
NOT_WRITTEN = "recording: the disk does not take it"
NOT_ENTERED = "recording: the database does not take its hashes, which wait on the disk"
SLOW = "recording: the disk is too slow"
CANNOT_BEGIN = "it cannot begin"


class RecordingHealth:
    """A recording is that of a session, or of one private talk of it; a room may have both."""

    def __init__(self) -> None:
        self._live: dict[str, str] = {}
        """Recording → its room."""
        self._refused: dict[str, str] = {}
        """Those that could not begin → their rooms."""
        self._failed: dict[str, dict[tuple[str, str], str]] = {}
        """Recording → the seats and parts of them that the disk has not taken of late, and what was said of it."""
        self._paces: dict[str, str] = {}
        self._free: int | None = None

    def began(self, room: str, recording: str, seats: list[str]) -> None:
        """With these seats; what had failed of others is not written any more."""
        self._refused.pop(recording, None)
        self._live[recording] = room
        self._settle(recording, {place: said for place, said in self._failed.get(recording, {}).items() if place[0] in seats})

    def refused(self, room: str, recording: str) -> None:
        self._refused[recording] = room

    def wanted(self, room: str, recordings: set[str]) -> None:
        """Those that the room is to have now: what could not begin of others is over."""
        for one in [one for one, where in self._refused.items() if where == room and one not in recordings]:
            del self._refused[one]

    def ended(self, recording: str) -> None:
        for kept in (self._live, self._refused, self._failed, self._paces):
            kept.pop(recording, None)

    def moved(self, room: str) -> None:
        """Another worker writes the recordings of this room: how fast the former one's went tells nothing any more. What was not written stays told until it is."""
        for recording in [one for one, where in self._live.items() if where == room]:
            self._paces.pop(recording, None)

    def disk(self, free: int) -> None:
        """Bytes that are left."""
        self._free = free

    def hear(self, event: protocol.AnyEvent) -> bool:
        """Whether it is a failure that was not known. What comes late of a recording that is over counts for nothing any more."""
        match event:
            case protocol.RecordingFailed():
                known = self._failed.get(event.session, {})
                fresh = (event.seat, event.part) not in known
                if event.session in self._live:
                    self._failed[event.session] = known | {(event.seat, event.part): event.message}
                return fresh
            case protocol.RecordingPace() if event.session in self._live:
                self._paces[event.session] = event.pace
            case protocol.Segment() if event.session in self._failed and (event.closed or {}).get("reason") != "failed":
                # What follows of it is on the disk again.
                left = {place: said for place, said in self._failed[event.session].items() if place != (event.seat, event.part)}
                self._settle(event.session, left)
        return False

    def rooms(self) -> set[str]:
        """Those that are recorded."""
        return set(self._live.values())

    def failed(self, room: str) -> str:
        """What is said of a recording of this room that does not succeed; empty where all do."""
        if room in self._refused.values():
            return CANNOT_BEGIN
        return next((said for one, places in self._failed.items() if self._live.get(one) == room for said in places.values()), "")

    def warning(self, room: str) -> str:
        """`losing`, `slow`, or `low` where the disk takes everything yet; empty where nothing is to be told."""
        paces = {pace for one, pace in self._paces.items() if self._live.get(one) == room}
        worst = next((pace for pace in ("losing", "slow") if pace in paces), "")
        return worst or ("low" if self.low and room in self.rooms() else "")

    @property
    def low(self) -> bool:
        return self._free is not None and self._free < LOW

    def problem(self, *, behind: bool) -> str:
        """The worst of all, in an English clause; `behind`: the database does not take the hashes."""
        if self._refused:
            return NOT_RECORDED
        if self._failed:
            return NOT_WRITTEN
        if behind:
            return NOT_ENTERED
        if any(pace != "well" for pace in self._paces.values()):
            return SLOW
        return f"recording: only {(self._free or 0) >> 20} MB are left on the disk" if self.low else ""

    def _settle(self, recording: str, places: dict[tuple[str, str], str]) -> None:
        if places:
            self._failed[recording] = places
        else:
            self._failed.pop(recording, None)
