"""Which of a person's windows has the media of a seat. Pure: a seat has one connection up and one down, and two windows would take them from each other for ever.

The window that asks last has them. The one before steps aside for good: what it asks later, when a phone wakes up in it or its line comes back, is not heard, and only
a person's own step, by which a page comes in as another window, takes them back. A window that does not say which it is ("") is another one with every line.
"""

from __future__ import annotations

from typing import Generic, TypeVar

Held = tuple[str, str]
"""A room's and a seat's id."""
REMEMBERED = 4096
"""Windows that stepped aside, and seats whose window has lost its line. The oldest is forgotten first: at worst it takes the media back by itself once more, as
after a restart of the server, which remembers none."""


Line = TypeVar("Line")


class Windows(Generic[Line]):
    """`Line` is what a window is reached by, compared by identity."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._holders: dict[Held, tuple[str, Line]] = {}
        self._cut: dict[Held, str] = {}
        """The window that had a seat's media when its line ended: it may come back to them, as long as no other asked."""
        self._aside: dict[tuple[Held, str], None] = {}
        self._remembered = remembered

    def stepped_aside(self, seat: Held, window: str) -> bool:
        return (seat, window) in self._aside

    def take(self, seat: Held, window: str, line: Line) -> Line | None:
        """Give `window` the media of `seat`. Returns the line of another window that had them and has to be told."""
        before, had = self._holders.get(seat, (self._cut.pop(seat, ""), None))
        self._holders[seat] = (window, line)
        if had is line or (window and window == before):
            return None
        if before:
            self._aside[seat, before] = None
            self._forget(self._aside)
        return had

    def left(self, line: Line) -> None:
        for seat in [seat for seat, (_, holder) in self._holders.items() if holder is line]:
            window, _ = self._holders.pop(seat)
            if window:
                self._cut.pop(seat, None)
                self._cut[seat] = window
                self._forget(self._cut)

    def _forget(self, kept: dict[Held, str] | dict[tuple[Held, str], None]) -> None:
        if len(kept) > self._remembered:
            kept.pop(next(iter(kept)))  # type: ignore[arg-type]
