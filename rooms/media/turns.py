"""When which room of a worker has its turn. Pure.

Every room has one each 20 ms. All at once, twenty rooms would keep a packet that arrives meanwhile waiting for as long as all of them take; so they are
spread over the interval, and their reports, one a second, over the second.
"""

from __future__ import annotations

from dataclasses import dataclass

TICK = 0.02
SLOTS = 8
"""Parts of the interval."""
REPORT_EVERY = 50
"""Turns between two reports of one room: one second."""


@dataclass(slots=True)
class _Place:
    slot: int
    turns: int


class Turns:
    """Rooms by name. `step` counts the slots that have passed."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._added = 0
        self.step = 0

    def add(self, room: str) -> None:
        """In the slot with the fewest rooms."""
        taken = [place.slot for place in self._places.values()]
        slot = min(range(SLOTS), key=taken.count)
        # Their first reports lie apart as well.
        self._places[room] = _Place(slot, self._added * 7 % REPORT_EVERY)
        self._added += 1

    def remove(self, room: str) -> None:
        self._places.pop(room, None)

    def next(self) -> list[tuple[str, bool]]:
        """Go on to the next slot that has rooms, a whole round where there is none: (room, whether it reports) of those whose turn it is."""
        for _ in range(SLOTS):
            self.step += 1
            due = [(room, place) for room, place in self._places.items() if place.slot == self.step % SLOTS]
            if due:
                break
        for _, place in due:
            place.turns = (place.turns + 1) % REPORT_EVERY
        return [(room, place.turns == 0) for room, place in due]
