"""The sections of one viewer's downlink: which source is in which, and which offer is under way. Pure.

A source keeps its slot as long as it is watched. A slot that becomes free is given to the next source of the same medium, with a
new SSRC, so that no packet of the former source can be taken for the new one. One offer is under way at a time: changes meanwhile
wait for its answer and are then offered together.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from signaling.negotiation import AUDIO, CAMERA, MAX_SLOTS, DownlinkAnswer, Slot
from signaling.playback import PlayedSection

Watched = tuple[str, str]
"""(source seat, kind)"""


class SlotsExhausted(RuntimeError):
    """A downlink would need more than `MAX_SLOTS` sections."""


class StaleAnswer(ValueError):
    """An answer to an offer that is not under way."""


def _new_ssrc() -> int:
    return secrets.randbelow(0xFFFFFFFF) + 1


class SlotTable:
    """`new_ssrc` may be replaced for tests."""

    def __init__(self, new_ssrc: Callable[[], int] = _new_ssrc) -> None:
        self._new_ssrc = new_ssrc
        self._offered: tuple[Slot, ...] = ()
        self._answered: dict[str, tuple[Slot, frozenset[str]]] = {}
        self.repaired: frozenset[str] = frozenset()
        """MIDs whose retransmissions the viewer takes as streams of their own."""
        self.slots: list[Slot] = []
        self.revision = 0
        self.waiting = False

    def want(self, watched: Iterable[Watched]) -> bool:
        """Arrange the slots for exactly these sources; whether an offer is needed. Raises `SlotsExhausted`, then nothing has changed."""
        wanted = dict.fromkeys(watched)
        slots = [s if not s.seat or (s.seat, s.kind) in wanted else replace(s, seat="") for s in self.slots]
        placed = {(s.seat, s.kind) for s in slots if s.seat}
        for seat, kind in wanted:
            if (seat, kind) not in placed:
                self._place(slots, seat, kind)
        if not slots:
            # A description needs one section to carry the transport.
            slots.append(Slot("0", "", AUDIO, self._new_ssrc()))
        self.slots = slots
        return self.dirty

    def _place(self, slots: list[Slot], seat: str, kind: str) -> None:
        audio = kind == AUDIO
        for place, slot in enumerate(slots):
            # A slot just freed is not reused before the viewer knows that it is free.
            if not slot.seat and (slot.kind == AUDIO) == audio and slot.mid not in self._busy():
                slots[place] = self._slot(slot.mid, seat, kind)
                return
        if len(slots) >= MAX_SLOTS:
            raise SlotsExhausted(f"a downlink has at most {MAX_SLOTS} sections")
        slots.append(self._slot(str(len(slots)), seat, kind))

    def _slot(self, mid: str, seat: str, kind: str) -> Slot:
        return Slot(mid, seat, kind, self._new_ssrc(), 0 if kind == AUDIO else self._new_ssrc())

    def _busy(self) -> set[str]:
        return {slot.mid for slot in self._offered if slot.seat}

    @property
    def dirty(self) -> bool:
        return tuple(self.slots) != self._offered

    def next_offer(self) -> tuple[int, tuple[Slot, ...]] | None:
        """(revision, slots) to offer now, or None while an offer is under way or nothing has changed."""
        if self.waiting or not self.dirty:
            return None
        return self.renew()

    def renew(self) -> tuple[int, tuple[Slot, ...]]:
        """An offer in any case: the first one, or one with new ICE credentials. It supersedes one that is under way."""
        self.revision += 1
        self._offered = tuple(self.slots)
        self.waiting = True
        return self.revision, self._offered

    def check(self, revision: int) -> tuple[Slot, ...]:
        """The slots that the answer with this revision is about. Raises `StaleAnswer`."""
        if not self.waiting or revision != self.revision:
            raise StaleAnswer(f"revision {revision} is not under way")
        return self._offered

    def answered(self, answer: DownlinkAnswer) -> None:
        """Take the answer to the offer under way."""
        self.waiting = False
        self.repaired = answer.repaired
        self._answered = {slot.mid: (slot, answer.accepted.get(slot.mid, frozenset())) for slot in self._offered}

    def ready(self) -> list[tuple[Slot, frozenset[str]]]:
        """The slots that may carry media now, with the codecs the viewer takes: watched, offered, and answered as they stand."""
        known = (self._answered.get(slot.mid) for slot in self.slots if slot.seat)
        current = set(self.slots)
        return [(slot, codecs) for item in known if item is not None for slot, codecs in [item] if slot in current and codecs]


class PlayedSlots:
    """The sections of a player, which it has offered and which stay as they are: sources take turns in them. Has what `SlotTable` has."""

    repaired: frozenset[str] = frozenset()
    revision = 0
    """No offer is ever due."""

    def __init__(self, sections: Sequence[PlayedSection]) -> None:
        self._codecs = {str(place): frozenset(section.codecs) for place, section in enumerate(sections)}
        self.slots = [Slot(str(place), "", AUDIO if s.medium == "audio" else CAMERA, s.ssrc) for place, s in enumerate(sections)]

    def want(self, watched: Iterable[Watched]) -> bool:
        """Fill the sections with the first of these sources that fit; whoever is shown already stays where it is. Never asks for an offer."""
        wanted = list(dict.fromkeys(watched))
        for audio in (True, False):
            own = [slot for slot in self.slots if (slot.kind == AUDIO) == audio]
            chosen = [place for place in wanted if (place[1] == AUDIO) == audio][: len(own)]
            placed = {(slot.seat, slot.kind) for slot in own if (slot.seat, slot.kind) in chosen}
            coming = iter([place for place in chosen if place not in placed])
            for slot in own:
                if (slot.seat, slot.kind) not in placed:
                    seat, kind = next(coming, ("", slot.kind))
                    self.slots[int(slot.mid)] = replace(slot, seat=seat, kind=kind)
        return False

    def next_offer(self) -> None:
        return None

    def renew(self) -> tuple[int, tuple[Slot, ...]]:
        raise StaleAnswer("a player is not offered anything")

    def check(self, revision: int) -> tuple[Slot, ...]:
        raise StaleAnswer(f"revision {revision} is not under way")

    def answered(self, answer: DownlinkAnswer) -> None:
        raise StaleAnswer("a player is not offered anything")

    def ready(self) -> list[tuple[Slot, frozenset[str]]]:
        return [(slot, self._codecs[slot.mid]) for slot in self.slots if slot.seat]
