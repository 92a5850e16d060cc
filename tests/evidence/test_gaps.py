"""What is missing from a recording is told once, in its place, with its reason."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.gaps import SEAM, TAIL, Event, Piece, gaps_of, recorded_until
from evidence.manifest import Gap

T = 1_800_000_000_000


def piece(name: str, begins: int, ends: int, how: Any = "whole", *, track: str = "s1", session: str = "c1-1") -> Piece:
    return Piece(name, session, track, track.partition("-")[0], T + begins, T + ends, how)


def event(at: int, kind: str, **payload: Any) -> Event:
    return Event(T + at, kind, payload)


def told(gap: Gap) -> tuple[Any, ...]:
    return (gap.from_ms, gap.to_ms, gap.reason, *([] if gap.note is msgspec.UNSET else [gap.note]))


ENTRIES: list[tuple[str, list[Event], tuple[Any, ...]]] = [
    ("a talk", [event(10_100, "caucus.opened"), event(19_000, "caucus.closed")], ("caucus",)),
    ("a talk that began before the end was written", [event(8500, "caucus.opened")], ("caucus",)),
    ("consent taken back", [event(9900, "recording.stopped", reason="withdrawn")], ("withdrawn",)),
    ("a refusal, and what earlier versions called one taken back", [event(9900, "recording.stopped", reason="consent")], ("consent",)),
    ("a party that never answered", [event(9900, "recording.stopped", reason="unanswered")], ("consent",)),
    ("a pause", [event(10_050, "recording.stopped", reason="mediator", text="休息")], ("paused", "休息")),
    ("a pause without a word", [event(10_050, "recording.stopped", reason="mediator")], ("paused",)),
    ("who left", [event(10_000, "seat.left", seat="s1")], ("left",)),
    ("who was removed", [event(10_000, "seat.removed", seat="s1")], ("left",)),
    ("somebody else who left", [event(10_000, "seat.left", seat="s2")], ("connection",)),
    ("a full disk", [event(10_000, "recording.failed", seat="s1")], ("disk",)),
    ("a pause long before", [event(2000, "recording.stopped", reason="mediator")], ("connection",)),
    ("nothing", [], ("connection",)),
    ("a pause for a talk", [event(9990, "recording.stopped", reason="caucus"), event(10_000, "caucus.opened")], ("caucus",)),
    (
        "who left, and a pause while away",
        [event(10_000, "seat.left", seat="s1"), event(15_000, "recording.stopped", reason="mediator")],
        ("left",),
    ),
    (
        "a talk that was over",
        [event(8500, "caucus.opened"), event(9500, "caucus.closed"), event(10_010, "seat.left", seat="s1")],
        ("left",),
    ),
]


@pytest.mark.parametrize(("name", "events", "reason"), ENTRIES)
def test_the_reason_is_what_the_ledger_says(name: str, events: list[Event], reason: tuple[Any, ...]) -> None:
    found = gaps_of([piece("a", 0, 10_000), piece("b", 20_000, 30_000)], events)
    assert found["a"] == () and [told(gap) for gap in found["b"]] == [(10_000, 20_000, *reason)]


@pytest.mark.parametrize(("how", "reason"), [("cut", "restart"), ("failed", "disk"), ("silent", "silent"), ("whole", "connection")])
def test_else_it_is_how_the_former_piece_ended(how: Any, reason: str) -> None:
    found = gaps_of([piece("a", 0, 10_000, how), piece("b", 20_000, 30_000)], [])
    assert [gap.reason for gap in found["b"]] == [reason]


def test_who_comes_later_joined_and_who_goes_before_the_end_left() -> None:
    pieces = [piece("m-1", 0, 60_000, track="m"), piece("a", 20_000, 30_000)]
    found = gaps_of(pieces, [event(30_100, "seat.left", seat="s1")])
    assert [told(gap) for gap in found["a"]] == [(0, 20_000, "joined"), (30_000, 60_000, "left")]
    assert found["m-1"] == ()


def test_a_recording_that_broke_off_everywhere_lacks_its_end() -> None:
    opened = [event(0, "session.opened", session="c1-1"), event(10, "recording.started")]
    pieces = [piece("a", 0, 10_000, "cut"), piece("m-1", 0, 10_000, "cut", track="m")]
    until = recorded_until(opened, T + 60_000)
    assert until == {"c1-1": T + 60_000}, "it was never stopped"
    found = gaps_of(pieces, opened, until)
    assert [told(gap) for name in ("a", "m-1") for gap in found[name]] == [(10_000, 60_000, "restart")] * 2
    stopped = [*opened, event(10_900, "recording.stopped", reason="mediator"), event(90_000, "session.ended")]
    assert recorded_until(stopped, T + 99_000) == {"c1-1": T + 10_900}
    assert gaps_of(pieces, stopped, recorded_until(stopped, T + 99_000)) == {"a": (), "m-1": ()}


def test_another_session_is_no_gap() -> None:
    day = 86_400_000
    found = gaps_of([piece("a", 0, 10_000), piece("b", day, day + 5000, session="c1-2")], [])
    assert found == {"a": (), "b": ()}


def test_a_damaged_piece_is_a_gap_with_its_name_also_at_the_end() -> None:
    pieces = [
        piece("a", 0, 10_000),
        piece("x", 10_000, 20_000, "damaged"),
        piece("b", 20_000, 30_000),
        piece("y", 30_000, 30_000, "damaged"),
    ]
    found = gaps_of(pieces, [])
    assert "x" not in found and "y" not in found
    assert [told(gap) for gap in found["b"]] == [(10_000, 20_000, "damaged", "x"), (30_000, 30_000, "damaged", "y")]


def test_beside_a_damaged_piece_other_reasons_are_told() -> None:
    pieces = [piece("a", 0, 10_000), piece("x", 10_100, 11_000, "damaged"), piece("b", 60_000, 70_000)]
    found = gaps_of(pieces, [event(11_100, "caucus.opened"), event(59_000, "caucus.closed")])
    assert [told(gap) for gap in found["b"]] == [(10_100, 11_000, "damaged", "x"), (11_000, 60_000, "caucus")]
    assert gaps_of([piece("x", 0, 1000, "damaged")], []) == {}


@pytest.mark.parametrize(("how", "reason"), [("cut", "restart"), ("failed", "disk"), ("silent", "silent"), ("whole", "connection")])
def test_what_happens_while_it_is_missing_already_is_no_cause(how: Any, reason: str) -> None:
    later = [event(70_000, "recording.stopped", reason="consent"), event(75_000, "seat.left", seat="s1")]
    found = gaps_of([piece("a", 0, 10_000, how), piece("b", 90_000, 99_000)], later)
    assert [gap.reason for gap in found["b"]] == [reason]


def test_seams_and_the_end_of_a_session_are_no_gaps() -> None:
    pieces = [piece("a", 0, 10_000), piece("b", 10_000 + SEAM - 1, 30_000), piece("m-1", 0, 30_000 + TAIL - 1, track="m")]
    assert gaps_of(pieces, [event(30_000, "recording.stopped", reason="ended")]) == {"a": (), "b": (), "m-1": ()}


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 5000), st.sampled_from(["s1", "s2", "s2-screen"])), min_size=1, max_size=12))
def test_pieces_and_gaps_make_up_the_whole_time(steps: list[tuple[int, int, str]]) -> None:
    at, pieces = dict.fromkeys(["s1", "s2", "s2-screen"], 0), []
    for number, (pause, length, track) in enumerate(steps):
        begins = at[track] + pause
        at[track] = begins + length
        pieces.append(piece(f"p{number}", begins, at[track], track=track))
    found, start = gaps_of(pieces, []), min(one.begins for one in pieces)
    end = max(one.ends for one in pieces)
    for track in {one.track for one in pieces}:
        own = [one for one in pieces if one.track == track]
        missing = sorted((gap.from_ms + start, gap.to_ms + start) for one in own for gap in found[one.name])
        spans = sorted([*((one.begins, one.ends) for one in own), *missing])
        assert all(a[1] <= b[0] < a[1] + SEAM for a, b in pairwise(spans)), "nothing twice, and no hole but seams"
        assert spans[0][0] - start < SEAM and end - spans[-1][1] < TAIL


def test_a_pause_after_the_next_piece_began_does_not_explain_what_was_cut_before() -> None:
    """A worker that died and came back within a second, and somebody who paused soon after."""
    pieces = [piece("a", 0, 10_000, "cut"), piece("b", 10_900, 11_600)]
    events = [event(0, "session.opened"), event(11_650, "recording.stopped", reason="mediator", text="休息")]
    assert [told(gap) for gap in gaps_of(pieces, events)["b"]] == [(10_000, 10_900, "restart")]
