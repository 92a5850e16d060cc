from __future__ import annotations

from collections.abc import Callable

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.patch import apply
from realtime.streams import BATCH_BYTES, HOT_BURST, HOT_RATE, RING_EVENTS, TICK, LiveStream, Stream, frame


def payload(data: bytes) -> dict:
    (found,) = payloads(data)
    return found


def payloads(data: bytes) -> list[dict]:
    """The messages of all frames in one write."""
    found = []
    while data:
        short = data[1]
        start = 2 if short < 126 else 4 if short == 126 else 10
        size = short if short < 126 else int.from_bytes(data[2:start], "big")
        found.append(msgpack.unpackb(data[start : start + size]))
        data = data[start + size :]
    return found


class Clock:
    """A timer that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], object]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        self.due.append((self.now + delay, callback))

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while self.due and min(self.due, key=lambda d: d[0])[0] <= until:
            at, callback = min(self.due, key=lambda d: d[0])
            self.due.remove((at, callback))
            self.now = at
            callback()
        self.now = until


class Held:
    """A reader: the offsets that reached it, and how many writes they came in."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.writes = 0

    def write(self, data: bytes) -> None:
        self.writes += 1
        self.offsets += [m["offset"] for m in payloads(data)]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_are_those_of_rfc_6455(size: int) -> None:
    data = frame(bytes(size))
    assert data[0] == 0x82
    assert len(data) == size + (2 if size < 126 else 4 if size < 65536 else 10)


def test_everybody_gets_the_same_bytes_once() -> None:
    stream = Stream("case/1|staff", "e", 0)
    one, two = [], []
    stream.attach("a", one.append)
    stream.attach("b", two.append)
    stream.publish(1, {"x": 1})
    stream.publish(1, {"x": 1})
    assert one == two and len(one) == 1 and one[0] is two[0]
    assert payload(one[0]) == {"t": "event", "topic": "case/1", "offset": 1, "patch": {"x": 1}}


@given(st.integers(1, 2 * RING_EVENTS), st.integers(0, 2 * RING_EVENTS))
def test_the_ring_gives_all_that_was_missed_or_says_that_it_cannot(published: int, held: int) -> None:
    stream = Stream("t|v", "e", 0)
    for offset in range(1, published + 1):
        stream.publish(offset, {"n": offset})
    missed = stream.since(held)
    if missed is None:
        assert held > published or held < published - RING_EVENTS
    else:
        assert [payload(m)["offset"] for m in missed] == list(range(held + 1, published + 1))


def test_nobody_resumes_across_a_hole() -> None:
    stream = Stream("t|v", "e", 0)
    stream.publish(1, {"n": 1})
    stream.publish(5, {"n": 5})
    assert stream.since(1) is None
    assert stream.since(4) is not None


def hot_stream() -> tuple[Stream, Clock, Held]:
    """A stream that has just become hot, and a reader that held everything so far."""
    clock, reader = Clock(), Held()
    stream = Stream("t|v", "e", 0, clock)
    for offset in range(1, 2 * HOT_BURST + 1):
        stream.publish(offset, {})
    clock.advance(TICK)
    stream.attach("reader", reader.write)
    return stream, clock, reader


def test_a_calm_stream_writes_at_once() -> None:
    clock, reader = Clock(), Held()
    stream = Stream("t|v", "e", 0, clock)
    stream.attach("reader", reader.write)
    for offset in range(1, 200):
        stream.publish(offset, {})
        assert reader.offsets[-1] == offset
        clock.advance(1 / HOT_RATE)
    assert reader.writes == 199


def test_a_hot_stream_writes_once_a_tick_and_calms_down() -> None:
    stream, clock, reader = hot_stream()
    first = stream.offset + 1
    for offset in range(first, first + 10):
        stream.publish(offset, {})
        assert not reader.writes
    clock.advance(TICK)
    assert (reader.writes, reader.offsets) == (1, list(range(first, first + 10)))
    clock.advance(2 * HOT_BURST / HOT_RATE)
    stream.publish(first + 10, {})
    assert reader.writes == 2


def test_a_tick_ends_before_it_would_fill_a_connection() -> None:
    stream, _, reader = hot_stream()
    stream.publish(stream.offset + 1, {"text": "x" * BATCH_BYTES})
    assert reader.writes == 1


def test_a_reader_that_leaves_during_a_tick_is_written_nothing_more() -> None:
    stream, clock, reader = hot_stream()
    held = stream.offset
    stream.publish(held + 1, {})
    stream.detach("reader")
    clock.advance(TICK)
    assert not reader.writes
    assert stream.since(held) is not None, "it resumes from where it was"


def test_a_reader_with_a_fresh_snapshot_is_let_in_behind_what_waits() -> None:
    stream, clock, reader = hot_stream()
    stream.publish(stream.offset + 1, {})
    fresh = Held()
    stream.attach("fresh", fresh.write)
    assert (reader.writes, fresh.writes) == (1, 0)
    clock.advance(TICK)
    assert (reader.writes, fresh.writes) == (1, 0)


def test_an_event_that_would_be_written_at_once_does_not_overtake_what_waits() -> None:
    clock, reader = Clock(), Held()
    stream = Stream("t|v", "e", 0, clock)
    stream.attach("reader", reader.write)
    for offset in range(1, HOT_BURST + 1):
        stream.publish(offset, {})
    clock.advance(0.6 / HOT_RATE)
    stream.publish(HOT_BURST + 1, {})  # just hot
    assert reader.writes == HOT_BURST
    clock.advance(0.96 * TICK)
    stream.publish(HOT_BURST + 2, {})  # just calm again
    clock.advance(TICK)
    assert reader.offsets == list(range(1, HOT_BURST + 3))


steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 40)),
        st.tuples(st.just("wait"), st.sampled_from([0.001, 0.01, TICK, 0.2, 2.0])),
        st.tuples(st.just("leave"), st.integers(0, 3)),
        st.tuples(st.just("come"), st.integers(0, 3)),
        st.tuples(st.just("flush"), st.just(0)),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_the_ticks_every_reader_gets_every_event_once_in_order(steps: list[tuple[str, float]]) -> None:
    """Readers come, leave and resume from where they were, in the middle of ticks; nobody misses anything, nobody waits longer than a tick."""
    clock = Clock()
    stream = Stream("t|v", "e", 0, clock)
    readers = [Held() for _ in range(4)]
    for reader in readers:
        reader.offsets = [0]
    published: dict[int, float] = {}
    for what, amount in steps:
        number = int(amount)
        match what:
            case "publish":
                for _ in range(number):
                    stream.publish(stream.offset + 1, {})
                    published[stream.offset] = clock.now
            case "wait":
                clock.advance(amount)
            case "leave":
                stream.readers.pop(number, None)
            case "come":
                reader = readers[number]
                missed = stream.since(reader.offsets[-1]) if number not in stream.readers else []
                if missed is None:  # further back than the ring: an honest snapshot
                    reader.offsets = [stream.offset]
                for data in missed or []:
                    reader.write(data)
                stream.attach(number, reader.write)
            case "flush":
                stream.flush()
        for number in stream.readers:
            late = range(readers[number].offsets[-1] + 1, stream.offset + 1)
            assert all(clock.now < published[offset] + TICK for offset in late)
    clock.advance(TICK)
    for number, reader in enumerate(readers):
        assert reader.offsets == list(range(reader.offsets[0], reader.offsets[-1] + 1))
        if number in stream.readers:
            assert reader.offsets[-1] == stream.offset


documents = st.dictionaries(
    st.sampled_from("abc"), st.integers(0, 3) | st.dictionaries(st.sampled_from("xy"), st.integers(0, 3)), max_size=3
)


@given(st.lists(documents, max_size=10))
def test_an_old_live_snapshot_and_its_events_equal_a_fresh_one(states: list[dict]) -> None:
    stream = LiveStream("live/1|room")
    held, received = dict(stream.doc), []
    stream.readers = {"a": received.append}
    for state in states:
        stream.replace(state)
    for data in received:
        held = apply(held, payload(data)["patch"])
    assert held == stream.doc
