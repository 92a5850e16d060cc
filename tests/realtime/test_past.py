from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.clock import rfc3339
from cases.moment import CHAIN, stood
from evidence.ledger import GENESIS, Entry, append, new_salt
from realtime.past import MOST, Fault, faults, folded, moments, standing_at
from realtime.patch import apply, diff

CASE = "c1"
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
values = st.none() | st.integers(0, 3) | st.text(max_size=2) | st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2), max_size=2)
documents = st.lists(st.dictionaries(st.sampled_from("abcd"), values.filter(lambda v: v is not None), max_size=4), min_size=1, max_size=8)
Line = tuple[Entry, str, dict[str, Any] | None]


def written(states: list[dict[str, Any]], talk: bool = False) -> list[Line]:
    """The ledger of a case that stood so, one after the other, a minute apart; `talk`: with an entry of a private talk."""
    main: list[Line] = []
    apart: list[Line] = []
    last, before = GENESIS, {}
    for n, document in enumerate(states):
        at = T0 + timedelta(minutes=n)
        for kind, when in (("chat.said", at - timedelta(seconds=30)), ("case.classified", at)):
            entry, salt = _entry(CASE, main, when, kind, {"by": "account:wang", "n": n}, last)
            main.append((entry, salt, {"by": "account:wang", "n": n}))
            last = entry.entry_hash
        if document != before:
            said = stood(diff(before, document), main[-1][0].seq, last).payload
            head = apart[-1][0].entry_hash if apart else GENESIS
            entry, salt = _entry(f"{CASE}/{CHAIN}", apart, at, "case.stood", said, head)
            apart.append((entry, salt, said))
            before = document
    inside: list[Line] = []
    if talk:
        entry, salt = _entry(f"{CASE}/k1", inside, T0, "chat.said", {"text": "低于五千不谈"}, GENESIS)
        inside.append((entry, salt, {"text": "低于五千不谈"}))
    return main + inside + apart


def _entry(chain: str, so_far: list[Line], at: datetime, kind: str, payload: dict[str, Any], head: str) -> tuple[Entry, str]:
    salt = new_salt()
    return append(chain, len(so_far) + 1, rfc3339(at), kind, payload, salt, head), salt


@given(documents)
def test_at_every_time_the_case_stands_as_it_was_shown(states: list[dict[str, Any]]) -> None:
    found = moments(written(states), CASE)
    assert standing_at(found, T0 - timedelta(seconds=1)) is None
    for n, document in enumerate(states):
        held = standing_at(found, T0 + timedelta(minutes=n, seconds=59))
        assert (held[1] if held else {}) == document
    assert all(one.kinds == ["case.classified"] and one.by == "account:wang" for one in found)


@given(documents, st.integers(1, 9))
def test_folding_the_earliest_changes_no_later_moment(states: list[dict[str, Any]], most: int) -> None:
    found = moments(written(states), CASE)
    few = folded(found, most)
    assert len(few) == min(most, len(found))
    assert [one.seq for one in few] == [one.seq for one in found[len(found) - len(few) :]]
    for one in few:
        at = datetime.fromisoformat(one.at)
        assert standing_at(few, at)[1] == standing_at(found, at)[1]  # type: ignore[index]


def test_a_case_of_very_many_changes_is_told_from_a_moment_on() -> None:
    found = moments(written([{"a": n} for n in range(1, MOST + 3)]), CASE)
    few = folded(found)
    assert len(found) == MOST + 2 and len(few) == MOST
    assert few[0].patch == {"a": 3}


def test_what_was_redacted_is_left_out_and_is_no_fault() -> None:
    lines = written([{"a": 1}, {"a": 2}, {"a": 3}])
    at = next(n for n, line in enumerate(lines) if line[0].kind == "case.stood" and line[0].seq == 2)
    lines[at] = (lines[at][0], lines[at][1], None)
    assert [one.seq for one in moments(lines, CASE)] == [1, 3]
    assert faults(lines, CASE) == []


@given(documents.filter(lambda states: states[0] != {}), st.data())
def test_whatever_row_is_edited_is_found_at_its_place(states: list[dict[str, Any]], data: st.DataObject) -> None:
    lines = written(states, talk=True)
    assert faults(lines, CASE) == []
    at = data.draw(st.integers(0, len(lines) - 1))
    entry, salt, payload = lines[at]
    assert payload is not None
    how = data.draw(st.sampled_from(["payload", "kind", "at", "anew"]))
    match how:
        case "payload":
            lines[at] = (entry, salt, apply(payload, {"n": 99}))
        case "kind":
            lines[at] = (replace(entry, kind="case.closed"), salt, payload)
        case "at":
            lines[at] = (replace(entry, at=rfc3339(T0 + timedelta(days=9))), salt, payload)
        case "anew":
            # Whoever writes the entry anew with all its hashes breaks the next one, or what another chain says of it.
            if entry.chain != CASE:
                return
            told = apply(payload, {"n": 99})
            lines[at] = (append(entry.chain, entry.seq, entry.at, entry.kind, told, salt, entry.prev_hash), salt, told)
    found = faults(lines, CASE)
    assert any(one.chain == entry.chain and one.seq in {entry.seq, entry.seq + 1} for one in found), (how, entry, found)


@given(documents.filter(lambda states: states[0] != {}), st.data())
def test_whatever_row_is_missing_is_found(states: list[dict[str, Any]], data: st.DataObject) -> None:
    lines = written(states)
    count = sum(line[0].chain == CASE for line in lines)
    at = data.draw(st.integers(0, count - 1))
    last_named = max(line[2]["head"]["seq"] for line in lines if line[0].kind == "case.stood" and line[2])
    if at >= last_named:
        return  # nothing but the end that no moment has named yet: seen from a bundle's timestamp alone
    del lines[at]
    assert faults(lines, CASE)


def test_an_end_that_was_cut_off_is_found_by_the_chain_that_names_it() -> None:
    lines = written([{"a": 1}, {"a": 2}])
    gone = [line for line in lines if not (line[0].chain == CASE and line[0].seq > 2)]
    assert [(one.what, one.seq, one.chain) for one in faults(gone, CASE)] == [("cut", 4, CASE)]


def test_a_fault_says_where_and_what() -> None:
    lines = written([{"a": 1}])
    entry, salt, payload = lines[0]
    lines[0] = (entry, salt, {**(payload or {}), "by": "account:chen"})
    assert faults(lines, CASE) == [Fault(CASE, 1, "chat.said", entry.at, "payload")]


def test_why_a_party_was_corrected_is_read_also_where_no_page_shows_what_was() -> None:
    lines = written([{"a": 1}, {"a": 2}])
    main = [line for line in lines if line[0].chain == CASE]
    said = {"by": "account:wang", "reason": "身份证号抄错一位"}
    at = T0 + timedelta(minutes=5)
    entry, salt = _entry(CASE, main, at, "case.party_corrected", said, main[-1][0].entry_hash)
    *_, before, last = moments([*main, (entry, salt, said), *(line for line in lines if line[0].chain != CASE)], CASE)
    assert (last.at, last.kinds, last.by, last.reason) == (rfc3339(at), ["case.party_corrected"], "account:wang", "身份证号抄错一位")
    assert (last.patch, last.seq, before.reason) == ({}, before.seq, "")


def test_a_correction_that_shows_says_why() -> None:
    lines = written([{"a": 1}])
    said = {"by": "account:wang", "reason": "电话少一位"}
    corrected = [(replace(one[0], kind="case.party_corrected"), one[1], said) if one[0].kind == "case.classified" else one for one in lines]
    (only,) = moments(corrected, CASE)
    assert (only.reason, only.patch) == ("电话少一位", {"a": 1})
