from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.ledger import GENESIS, Entry, LedgerBroken, append, canonical_json, check_chain, check_payload, new_salt

payloads = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.booleans(), max_size=4)


def chain(bodies: list[dict]) -> list[Entry]:
    entries, prev = [], GENESIS
    for seq, body in enumerate(bodies, 1):
        entries.append(append("case", seq, f"2026-03-18T06:00:{seq % 60:02d}.000000Z", "kind", body, new_salt(), prev))
        prev = entries[-1].entry_hash
    return entries


@given(st.lists(payloads, max_size=6))
def test_a_chain_holds_and_ends_at_its_head(bodies: list[dict]) -> None:
    entries = chain(bodies)
    head = entries[-1].entry_hash if entries else GENESIS
    assert check_chain(entries, head=head) == head


@given(st.lists(payloads, min_size=2, max_size=6), st.data())
def test_every_change_of_a_chain_is_found(bodies: list[dict], data: st.DataObject) -> None:
    entries = chain(bodies)
    head = entries[-1].entry_hash
    at = data.draw(st.integers(0, len(entries) - 1))
    kind = data.draw(st.sampled_from(["drop", "swap", "at", "kind", "payload_hash", "chain", "cut"]))
    broken = list(entries)
    if kind == "drop":
        del broken[at]
    elif kind == "swap":
        other = (at + 1) % len(broken)
        broken[at], broken[other] = broken[other], broken[at]
    elif kind == "cut":
        broken.pop()
    else:
        broken[at] = replace(broken[at], **{kind: "0" * 64})
    with pytest.raises(LedgerBroken):
        check_chain(broken, head=head)


def test_a_payload_is_bound_to_its_entry() -> None:
    salt = new_salt()
    entry = append("case", 1, "2026-03-18T06:00:00.000000Z", "consent", {"seat": "s1"}, salt, GENESIS)
    check_payload(entry, {"seat": "s1"}, salt)
    with pytest.raises(LedgerBroken):
        check_payload(entry, {"seat": "s2"}, salt)
    with pytest.raises(LedgerBroken):
        check_payload(entry, {"seat": "s1"}, new_salt())


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"amount": 1.5})
    with pytest.raises(TypeError):
        canonical_json([{"a": [0.1]}])
