from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.messages import MESSAGE_LIMIT, Hello, Ping
from realtime.session import BURST, RATE, Close, Code, Session, State

HELLO = msgpack.packb({"t": "hello", "version": 1})
PING = msgpack.packb({"t": "ping"})


def ready() -> Session:
    session = Session(0.0)
    assert isinstance(session.receive(HELLO, 0.0), Hello)
    return session


def closing(session: Session, data: bytes, now: float = 1.0) -> Code:
    with pytest.raises(Close) as close:
        session.receive(data, now)
    assert session.state is State.CLOSED
    return close.value.code


def test_hello_comes_first() -> None:
    assert closing(Session(0.0), PING) is Code.MALFORMED


def test_hello_comes_once() -> None:
    assert closing(ready(), HELLO) is Code.MALFORMED


def test_another_version_is_told_so() -> None:
    assert closing(Session(0.0), msgpack.packb({"t": "hello", "version": 2})) is Code.VERSION


def test_the_rate_is_limited_and_recovers() -> None:
    session = ready()
    for _ in range(int(BURST) - 1):
        assert isinstance(session.receive(PING, 0.0), Ping)
    assert closing(session, PING, 0.0) is Code.TOO_FAST
    patient = ready()
    for second in range(50):
        for _ in range(int(RATE)):
            patient.receive(PING, float(second + 1))


@given(st.binary(max_size=200))
def test_nonsense_closes_and_never_raises_anything_else(data: bytes) -> None:
    session = ready()
    try:
        session.receive(data, 1.0)
    except Close as close:
        assert close.code is Code.MALFORMED


@pytest.mark.parametrize(
    "message",
    [
        {"t": "do", "key": "k", "command": {"t": "accept"}},
        {"t": "do", "key": "k", "command": {"t": "accept", "case": "c", "extra": 1}},
        {"t": "do", "key": "k", "command": {"t": "drop_tables", "case": "c"}},
        {"t": "subscribe"},
        {"t": "subscribe", "topic": 7},
        {"t": "unknown"},
        [],
        "hello",
        None,
    ],
)
def test_messages_that_are_not_of_the_protocol(message: object) -> None:
    assert closing(ready(), msgpack.packb(message)) is Code.MALFORMED


def test_the_size_limit_leaves_room_for_a_draft_update() -> None:
    assert MESSAGE_LIMIT >= 128 * 1024
