from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.slots import SlotsExhausted, SlotTable, StaleAnswer
from signaling.negotiation import MAX_SLOTS, PAYLOAD_TYPES, DownlinkAnswer

ALL = frozenset(PAYLOAD_TYPES)
PLACES = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from(["audio", "camera", "screen"])))


def table() -> SlotTable:
    return SlotTable(itertools.count(1).__next__)


def answer(slots: SlotTable) -> None:
    slots.answered(DownlinkAnswer({s.mid: ALL if s.seat else frozenset() for s in slots.check(slots.revision)}, "u", ()))


def carried(slots: SlotTable) -> set[tuple[str, str]]:
    return {(slot.seat, slot.kind) for slot, _ in slots.ready()}


@given(st.lists(st.tuples(PLACES, st.booleans()), max_size=12))
def test_rules_hold_through_any_history(steps: list[tuple[set, bool]]) -> None:
    slots = table()
    used: dict[int, tuple[str, str]] = {}
    for wanted, answers in steps:
        slots.want(sorted(wanted))
        places = {(s.seat, s.kind) for s in slots.slots if s.seat}
        assert places == wanted, "exactly what is wanted has a slot"
        assert [s.mid for s in slots.slots] == [str(n) for n in range(len(slots.slots))], "sections stay in their places"
        for slot in slots.slots:
            if slot.seat:
                assert used.setdefault(slot.ssrc, (slot.seat, slot.kind)) == (slot.seat, slot.kind), "an SSRC has one source for ever"
        assert carried(slots) <= wanted, "nothing that is no longer wanted may carry media"
        slots.next_offer()
        if answers and slots.waiting:
            answer(slots)
    while slots.waiting or slots.next_offer():
        answer(slots)
    assert carried(slots) == (steps[-1][0] if steps else set())


def test_one_offer_at_a_time() -> None:
    slots = table()
    slots.want([("a", "audio")])
    revision, offered = slots.next_offer() or (0, ())
    assert revision == 1 and len(offered) == 1
    slots.want([("a", "audio"), ("b", "audio")])
    assert slots.next_offer() is None and carried(slots) == set()
    with pytest.raises(StaleAnswer):
        slots.check(2)
    answer(slots)
    assert carried(slots) == {("a", "audio")}
    assert slots.next_offer() is not None
    answer(slots)
    with pytest.raises(StaleAnswer):
        slots.check(2)
    assert slots.next_offer() is None


def test_a_freed_slot_is_reused_only_after_its_answer() -> None:
    slots = table()
    slots.want([("a", "camera")])
    slots.renew()
    answer(slots)
    slots.want([("b", "screen")])
    assert [s.seat for s in slots.slots] == ["", "b"]
    slots.next_offer()
    answer(slots)
    slots.want([("b", "screen"), ("c", "camera")])
    assert [s.seat for s in slots.slots] == ["c", "b"]


def test_limits_and_the_first_section() -> None:
    slots = table()
    slots.want([])
    assert len(slots.slots) == 1 and not slots.slots[0].seat
    before = list(slots.slots)
    with pytest.raises(SlotsExhausted):
        slots.want([(str(n), "audio") for n in range(MAX_SLOTS + 1)])
    assert slots.slots == before
