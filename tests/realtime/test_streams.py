from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.patch import apply
from realtime.streams import RING_EVENTS, LiveStream, Stream, frame


def payload(data: bytes) -> dict:
    size = data[1]
    start = 2 if size < 126 else 4 if size == 126 else 10
    return msgpack.unpackb(data[start:])


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_are_those_of_rfc_6455(size: int) -> None:
    data = frame(bytes(size))
    assert data[0] == 0x82
    assert len(data) == size + (2 if size < 126 else 4 if size < 65536 else 10)


def test_everybody_gets_the_same_bytes_once() -> None:
    stream = Stream("case/1|staff", "e", 0)
    one, two = [], []
    stream.readers = {"a": one.append, "b": two.append}
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
