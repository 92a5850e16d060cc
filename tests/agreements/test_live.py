"""The log and the copies made from it."""

import json

import msgspec
import pytest

from agreements.guard import Accepted, Grant
from agreements.live import LiveDocument, LogBroken, filter_awareness

from .conftest import SIGNING_AT, all_kinds

GRANT = all_kinds("p1", 11)


def accept(live, update, grant=GRANT):
    verdict = live.propose(update, grant, "drafting")
    assert isinstance(verdict, Accepted), verdict
    entry = live.entry(grant.seat, SIGNING_AT)
    live.commit()
    return entry


def test_two_nodes_and_a_snapshot_agree(live, client):
    start = live.compact()
    other = LiveDocument(live.name, start)
    writer = client(11)
    entries = []
    for number in range(5):
        writer.write("facts", f"句{number}。")
        entries.append(accept(live, writer.take()))
    other.catch_up(entries)
    late = LiveDocument(live.name, live.compact())
    assert live.content() == other.content() == late.content()
    assert live.head == other.head == late.head
    assert other.compact() == live.compact()


def test_a_refused_update_leaves_no_trace(live, client):
    writer = client(11)
    writer.set_field("performance.deadline", "soon")
    before = live.compact()
    assert live.propose(writer.take(), GRANT, "drafting").code == "bad_field_value"
    assert live.compact() == before
    writer = client(11)
    writer.write("facts", "好。")
    accept(live, writer.take())


def test_abandon_after_the_log_failed(live, client):
    writer = client(11)
    writer.write("facts", "未存。")
    update = writer.take()
    assert isinstance(live.propose(update, GRANT, "drafting"), Accepted)
    with pytest.raises(RuntimeError):
        live.propose(update, GRANT, "drafting")
    live.abandon()
    assert "未存" not in json.dumps(live.content(), ensure_ascii=False)
    accept(live, update)
    assert "未存" in json.dumps(live.content(), ensure_ascii=False)


def test_a_broken_log_is_refused(live, client):
    other = LiveDocument(live.name, live.compact())
    writer = client(11)
    writer.write("facts", "一。")
    entry = accept(live, writer.take())
    for changed in ({"author": "p2"}, {"seq": 3}, {"update": b"\x00\x00"}, {"document": "agreement/c2/1"}):
        with pytest.raises(LogBroken):
            other.catch_up([msgspec.structs.replace(entry, **changed)])
    other.catch_up([entry])
    with pytest.raises(LogBroken):
        other.catch_up([entry])


def awareness(*entries):
    out = bytes([len(entries)])
    for client_id, clock, state in entries:
        text = json.dumps(state, separators=(",", ":")).encode()
        out += bytes([client_id, clock, len(text)]) + text
    return out


def test_awareness_passes_the_own_cursor_only():
    message = awareness((11, 1, {"cursor": {"anchor": 1}, "user": {"name": "m1"}, "x": 1}), (12, 1, {"cursor": None}))
    passed = filter_awareness(message, GRANT, {"name": "p1"})
    assert passed == awareness((11, 1, {"cursor": {"anchor": 1}, "user": {"name": "p1"}}))
    assert filter_awareness(awareness((11, 2, None)), GRANT, {}) == awareness((11, 2, None))
    assert filter_awareness(awareness((12, 1, {})), GRANT, {}) is None


@pytest.mark.parametrize("message", [b"", b"\x01", b"\x01\x0b\x01\x02{x", b"\x00" * 5000, b"\x05\x0b"])
def test_malformed_awareness_is_dropped(message):
    assert filter_awareness(message, Grant("p1", frozenset({11})), {}) is None
