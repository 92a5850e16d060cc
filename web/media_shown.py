"""What the media engines tell of a room, as its people see it: live flags of those who sit together, and messages to single seats."""

from __future__ import annotations

from typing import Any

import structlog

from realtime.hub import Hub
from realtime.messages import Event, MediaLayers, MediaOffer
from realtime.patch import apply
from rooms.media import protocol
from rooms.room import Room
from web.flags import Flags
from web.recording_health import RecordingHealth

log = structlog.get_logger("media")


OWN = frozenset({"recording_failed", "recording_warning"})
"""Flags that no worker tells."""


class MediaShown:
    def __init__(self, hub: Hub, flags: Flags, health: RecordingHealth) -> None:
        self._hub, self._flags, self._health = hub, flags, health
        self.flags: dict[str, dict[str, Any]] = {}
        """Room → what is shown of it."""

    def hear(self, event: protocol.AnyEvent) -> None:
        match event:
            case protocol.Offer():
                self.tell(event.room, event.seat, MediaOffer(event.room, event.revision, event.sdp))
            case protocol.Layers():
                self.tell(event.room, event.seat, MediaLayers(event.room, event.layers))
            case protocol.Speaking():
                self.show(event.room, {"speaking": event.seat})
            case protocol.SameRoom():
                self.show(event.room, {"seats": {event.seat: {"echo": event.other or None}}})
            case protocol.QualityChanged():
                self.show(event.room, {"seats": {event.seat: {"quality": event.quality}}})
            case protocol.Pictures():
                self.show(event.room, {"seats": {event.seat: {"pictures": event.shown}}})
            case protocol.Connected() | protocol.Disconnected():
                state = isinstance(event, protocol.Connected)
                self.show(event.room, {"seats": {event.seat: {event.direction: state}}})
            case protocol.Tracks():
                self.show(event.room, {"seats": {event.seat: {"kinds": event.kinds}}})
            case protocol.RecordingFailed() | protocol.RecordingPace() | protocol.Segment():
                self.recorded(event.room)

    def show(self, room: str, patch: dict[str, Any]) -> None:
        """Flags are for those who sit together: `Flags` shows them to whom the audience's rules name at this moment."""
        shown = self.flags[room] = apply(self.flags.get(room, {}), patch)
        self._flags.tell(room, "media", shown)

    def begin(self, room: str) -> None:
        """A worker has the room which knows of nothing that a former one told: all of that is taken back, and told anew as people connect. What is wrong with
        its recording we know ourselves."""
        self._health.moved(room)
        if room in self.flags:
            self.recorded(room)
            self.flags[room] = {name: said for name, said in self.flags[room].items() if name in OWN}
            self._flags.tell(room, "media", self.flags[room])

    def renew(self, before: Room | None, after: Room) -> None:
        """Who spoke last inside a caucus is not told outside, nor the other way."""
        was, now = before.caucus if before else None, after.caucus
        if (was is None) != (now is None):
            self.show(after.id, {"speaking": None})

    def recorded(self, room: str) -> None:
        """What is wrong with its recording now, or nothing any more. A disk that is nearly full while it takes everything yet is told as long as there is time to end in
        order."""
        shown = self.flags.get(room, {})
        now = {"recording_failed": self._health.failed(room) or None, "recording_warning": self._health.warning(room) or None}
        if any(shown.get(name) != said for name, said in now.items()):
            self.show(room, now)

    def disk_told(self) -> None:
        for room in self._health.rooms():
            self.recorded(room)

    def forget(self, room: str) -> None:
        self.flags.pop(room, None)

    def connect_again(self, room: Room) -> None:
        """Ask everybody in a room to connect anew, as they do by themselves on an offer without a description."""
        for seat in room.present():
            self.tell(room.id, seat.id, MediaOffer(room.id, 0, ""))

    def tell(self, room: str, seat: str, message: MediaOffer | MediaLayers | Event) -> None:
        """To every connection that reads this seat's view of the room."""
        stream = self._hub.streams.all.get(f"room/{room}|{seat}")
        for reader in list(stream.readers) if stream else []:
            self._hub.send(reader, message)
