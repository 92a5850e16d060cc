"""Feedback as it is written, read back, and read as aiortc's author would cut it: in pieces."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media import rtcp
from rooms.media.transport_cc import MAX_REPORTED, REFERENCE, TICK, Arrivals, Feedback, parse


def read(message: bytes | None) -> Feedback:
    assert message is not None
    (report,) = rtcp.parse(message)
    assert isinstance(report, Feedback)
    assert report.missing == list(report.arrivals).count(None)
    return report


def numbered(feedback: Feedback) -> list[tuple[int, float | None]]:
    return [(number & 0xFFFF, at) for number, at in enumerate(feedback.arrivals, feedback.first)]


@given(
    start=st.integers(0, 0xFFFF),
    steps=st.lists(st.tuples(st.integers(1, 12), st.floats(0, 3)), min_size=1, max_size=80),
    begun=st.floats(0, 100_000),
)
def test_what_arrived_is_read_back(start: int, steps: list[tuple[int, float]], begun: float) -> None:
    arrivals, sent, now, number = Arrivals(), {}, begun, start
    for ahead, pause in steps:
        number, now = number + ahead, now + pause
        arrivals.note(number & 0xFFFF, now)
        sent[number & 0xFFFF] = now
    told = numbered(read(arrivals.feedback(1, 2)))
    assert [n for n, _ in told] == [n & 0xFFFF for n in range(start + steps[0][0], number + 1)]
    clock = {n: at for n, at in told if at is not None}
    assert clock.keys() == sent.keys()
    first = next(iter(sent))
    for n, at in sent.items():
        # The reference has 24 bits of 64 ms; only differences mean something.
        assert clock[n] - clock[first] == pytest.approx(at - sent[first], abs=2 * TICK)


def test_gaps_wraps_and_latecomers_are_told() -> None:
    arrivals = Arrivals()
    for number in (65534, 65535, 1):
        arrivals.note(number, 5.0)
    told = numbered(read(arrivals.feedback(1, 2)))
    assert [(n, at is None) for n, at in told] == [(65534, False), (65535, False), (0, True), (1, False)]
    assert arrivals.feedback(1, 2) is None
    arrivals.note(0, 5.1)
    arrivals.note(2, 5.1)
    assert [(n, at is None) for n, at in numbered(read(arrivals.feedback(1, 2)))] == [(0, False), (1, True), (2, False)]


def test_a_message_is_bounded() -> None:
    arrivals = Arrivals()
    arrivals.note(0, 1.0)
    arrivals.note(20_000, 1.5)
    told = numbered(read(arrivals.feedback(1, 2)))
    assert len(told) == MAX_REPORTED and told[-1][0] == 20_000 and told[-1][1] is not None


def test_every_kind_of_chunk_is_read() -> None:
    head = struct.pack("!HHI", 10, 20, 3 << 8)
    # A run of three small ones, a vector of fourteen one-bit symbols with one set, a vector of seven with one large.
    chunks = struct.pack("!HHH", 1 << 13 | 3, 0x8000 | 1 << 13, 0xC000 | 2 << 12)
    body = head + chunks + bytes([4, 4, 4, 8]) + struct.pack("!h", -400)
    told = parse(body)
    arrivals = numbered(told)
    assert told.missing == len(arrivals) - 5
    assert [n for n, at in arrivals if at is not None] == [10, 11, 12, 13, 27]
    assert arrivals[0][1] == pytest.approx(3 * REFERENCE + 4 * TICK)
    assert arrivals[17][1] == pytest.approx(3 * REFERENCE + 20 * TICK - 400 * TICK)


@given(st.binary(max_size=60))
def test_nonsense_is_refused_by_its_type(body: bytes) -> None:
    message = struct.pack("!BBHII", 0x8F, 205, 2 + -(-len(body) // 4), 1, 2) + body + bytes(-len(body) % 4)
    try:
        rtcp.parse(message)
    except rtcp.RtcpError:
        pass


def test_what_nobody_is_told_of_does_not_pile_up() -> None:
    arrivals = Arrivals()
    for number in range(0, 30_000_000, 20_000):
        arrivals.note(number & 0xFFFF, 1.0)
    assert len(arrivals._came) == MAX_REPORTED
    assert len(read(arrivals.feedback(1, 2)).arrivals) <= MAX_REPORTED
