"""What one viewer sees of the pictures it wants, and what one camera need send for all who see it.

`View` carries out what `allocation` decides of one line; `Supply` counts the layers that somebody can use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from rooms.media.allocation import FIRST, LARGE, NOMINAL, SMALL, SPEAKER, Picture, allocate
from rooms.media.down_connection import DownConnection
from rooms.media.encoding import Encoding
from rooms.media.forwarding import Track
from rooms.media.slots import Watched

Shown = Literal["all", "some", "none"]
TOLD_AFTER = 0.5
"""Seconds for which fewer or more pictures must be shown before that is told: a step that fails at once is none."""
LESS_AFTER = 3.0
"""Seconds for which nobody can use a layer before its sender is told; that somebody can is told at once."""
TOLD_AGAIN = 4.0
"""Seconds between two tellings that a layer is wanted which does not come: what was told may have been lost with the line it went by."""
HEADROOM = 1.08
"""What a probe tries, as a factor of what is needed."""


class Offers:
    """What the room's tracks send at one moment, asked once for all their viewers."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._found: dict[Track, list[int | None]] = {}

    def of(self, track: Track) -> list[int | None]:
        """bit/s of each layer from the smallest, None for one that is not sent; empty where none is."""
        found = self._found.get(track)
        if found is None:
            rates = [_rate(track, e) if _sent(track, e, self._now) else None for e in track.encodings]
            found = self._found[track] = rates if any(rate is not None for rate in rates) else []
        return found


class View:
    """`adapt` is called four to ten times a second."""

    def __init__(self) -> None:
        self._told: Shown | None = None
        """Nothing yet, so that the first is told too: of who was here before, by the same seat, another may stand on that seat's page."""
        self._now: Shown | None = None
        self._since = 0.0
        self._lately: set[int] = set()
        """The pictures that were shown when last any was."""
        self._rests = False
        """Whether all are away for a queue to drain."""
        self.calm = False
        """Whether everything fits as it is, so that it need not be looked at again at once."""

    def adapt(self, down: DownConnection, wishes: Mapping[Watched, str], speaker: str | None, offers: Offers, now: float) -> Shown | None:
        """Choose the layers of all pictures; what is to be told, if anything."""
        places = {slot.ssrc: (slot.seat, slot.kind) for slot in down.table.slots}
        fed = [(ssrc, track) for ssrc, track in down.fed.items() if track.video and offers.of(track)]
        pictures = [
            Picture(
                ssrc,
                _priority(places[ssrc], wishes, speaker),
                offers.of(track),
                0 if wishes.get(places[ssrc]) == "low" else len(track.encodings) - 1,
                self._level(ssrc, track.target(down.legs[ssrc])),
                ssrc in self._lately,
            )
            for ssrc, track in fed
        ]
        budget = down.budget
        chosen = allocate(budget, pictures)
        self._rests = not budget
        if any(layer is not None for layer in chosen.layers.values()):
            self._lately = {ssrc for ssrc, _ in fed if chosen.layers[ssrc] is not None}
        self.calm = chosen.next is None
        for ssrc, track in fed:
            leg, layer = down.legs[ssrc], chosen.layers[ssrc]
            before = track.target(leg)
            self.calm = self.calm and layer is not None and layer == before
            if layer is None:
                track.park(leg)
            else:
                track.choose(leg, layer, at_once=down.congestion.full and before is not None and layer < before)
        sound = sum(track.encodings[0].rate for track in down.fed.values() if not track.video)
        down.congestion.carries(chosen.total, sound)
        if chosen.next is not None and down.measured:
            down.congestion.probe(int(chosen.next * HEADROOM), now)
        left_out = sum(layer is None for layer in chosen.layers.values())
        return self._tell("all" if not left_out else "none" if left_out == len(pictures) else "some", now)

    def _level(self, ssrc: int, target: int | None) -> int | None:
        """What a picture is at; one that went only for a queue to drain has not gone."""
        return 0 if target is None and self._rests and ssrc in self._lately else target

    def _tell(self, shown: Shown, now: float) -> Shown | None:
        if shown != self._now:
            self._now, self._since = shown, now
        if shown == self._told or now - self._since < TOLD_AFTER:
            return None
        self._told = shown
        return shown


def _sent(track: Track, encoding: Encoding, now: float) -> bool:
    """Whether an encoding can be chosen. A track without layers has no other; a still screen may send nothing for a while."""
    return not track.layered or encoding.active(now)


def _rate(track: Track, encoding: Encoding) -> int:
    """bit/s; before it is measured, what a camera without layers takes is that of a large one."""
    return encoding.rate or (0 if track.layered else NOMINAL[1])


def _priority(place: Watched, wishes: Mapping[Watched, str], speaker: str | None) -> int:
    if place[1] == "screen":
        return FIRST
    if place[0] == speaker:
        return SPEAKER
    return SMALL if wishes.get(place) == "low" else LARGE


class Supply:
    """The layers of one camera that are worth sending. A client begins with all."""

    def __init__(self) -> None:
        self._told: int | None = None
        self._told_at = 0.0
        self._less_since: float | None = None

    def update(self, camera: Track, wishes: Sequence[str], now: float) -> int | None:
        """How many layers somebody can use, when that is to be told. One at least: whoever comes in shall see something at once."""
        every = len(camera.encodings)
        if self._told is None:
            self._told, self._told_at = every, now
        told = min(self._told, every)
        wanted = every if camera.tap is not None or "full" in wishes else 1
        if wanted >= told:
            self._less_since = None
        elif self._less_since is None:
            self._less_since = now
        if wanted == told:
            smallest, largest = camera.encodings[0], camera.encodings[wanted - 1]
            if not smallest.active(now) or largest.active(now) or now - self._told_at < TOLD_AGAIN:
                return None
        elif self._less_since is not None and now - self._less_since < LESS_AFTER:
            return None
        self._told, self._told_at, self._less_since = wanted, now, None
        return wanted

    def forget(self) -> None:
        """The camera connects anew, and sends everything again."""
        self._told = None
