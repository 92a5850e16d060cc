"""What a room's audio levels tell: who speaks, and which seats hear one and the same room. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rooms.media import protocol
from rooms.media.echo import Echo, Pair
from rooms.media.loudness import Loudness

Hears = Callable[[str, str], bool]
"""Whether the first seat hears the second."""


class Hearing:
    """`hear` every tick, `judge` once a second; both return events for the server."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._loudness = Loudness()
        self._echo = Echo()
        self._same: set[Pair] = set()

    def hear(self, levels: Mapping[str, int], now: float) -> list[protocol.Event]:
        """Take the level, in −dBov, of each microphone that is on."""
        for seat, level in levels.items():
            self._loudness.hear(seat, level, now)
        if len(levels) > 1:
            self._echo.hear(levels)
        speaker = self._loudness.poll(now)
        return [protocol.Speaking(room=self._room, seat=speaker[0], level=speaker[1])] if speaker is not None else []

    def judge(self, now: float, hears: Hears) -> list[protocol.Event]:
        fresh, gone = self._echo.judge(now)
        events = self._over(gone)
        for one, other in fresh:
            # Whoever cannot hear the other does not howl, and may not learn of him.
            if hears(one, other) and hears(other, one):
                self._same.add((one, other))
                events += [protocol.SameRoom(room=self._room, seat=seat, other=to) for seat, to in ((one, other), (other, one))]
        return events

    def separate(self) -> list[protocol.Event]:
        """Who hears whom has changed: what was heard before may not tell of whoever is behind a wall by now."""
        self._echo = Echo()
        return self._over(list(self._same))

    def latest(self, seats: Iterable[str]) -> str | None:
        """Whoever of these spoke last."""
        return self._loudness.latest(seats)

    def forget(self, seat: str) -> None:
        self._loudness.forget(seat)
        self._echo.forget(seat)

    def _over(self, pairs: Iterable[Pair]) -> list[protocol.Event]:
        told = [pair for pair in pairs if pair in self._same]
        self._same.difference_update(told)
        return [protocol.SameRoom(room=self._room, seat=seat, other="") for pair in told for seat in pair]
