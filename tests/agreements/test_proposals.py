"""What a draft that was written apart would change, clause by clause, and nothing of it but its words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc

from agreements.live import LiveDocument, make_entry
from agreements.proposals import LIMIT, Change, ClauseGone, apply_change, compare, digest_of
from agreements.schema import fragment, read_document
from agreements.seed import SERVER_CLIENT, SERVER_GRANT, seed_content
from agreements.update_format import read_state_vector
from cases.errors import Refusal
from evidence.ledger import GENESIS
from rehearsal.hand import Hand


def clause(key: str, *texts: str, kind: str = "terms", title: str = "") -> dict[str, Any]:
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": text}] if text else []} for text in texts]
    return {"id": key, "kind": kind, "title": title, "status": "open", "locked_by": "", "blocks": blocks}


def listing(key: str, *texts: str) -> dict[str, Any]:
    items = [[{"type": "paragraph", "content": [{"type": "text", "text": text}]}] for text in texts]
    sum_ = {"type": "field", "key": "sum", "field": "amount", "value": "1800.00"}
    last = {"type": "paragraph", "content": [{"type": "text", "text": "共"}, sum_, {"type": "text", "text": "。"}]}
    return {**clause(key, "分期给付："), "blocks": [{"type": "ordered_list", "items": items}, last]}


WORDS = st.text("赔付修缮墙面元年月。", max_size=6)
CLAUSES = st.one_of(
    st.builds(lambda texts, title: ("", texts, title), st.lists(WORDS, min_size=1, max_size=3), st.sampled_from(["", "付款"])),
    st.builds(lambda texts: ("list", texts, ""), st.lists(WORDS.filter(bool), min_size=1, max_size=3)),
)


def drawn(key: str, made: tuple[str, list[str], str]) -> dict[str, Any]:
    kind, texts, title = made
    return listing(key, *texts) if kind else clause(key, *texts, title=title)


@st.composite
def texts(draw: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Everybody's text at the beginning; what it became apart; what it became meanwhile."""
    base = [drawn(f"t-{n}", draw(CLAUSES)) for n in range(draw(st.integers(1, 4)))]

    def edited(prefix: str) -> list[dict[str, Any]]:
        out = []
        for one in base:
            what = draw(st.sampled_from(["same", "same", "other", "gone", "before"]))
            if what == "before":
                out.append(drawn(f"{prefix}-{len(out)}", draw(CLAUSES)))
            if what != "gone":
                out.append(drawn(one["id"], draw(CLAUSES)) if what == "other" else copy.deepcopy(one))
        for _ in range(draw(st.integers(0, 2))):
            if out:
                moved = out.pop(draw(st.integers(0, len(out) - 1)))
                out.insert(draw(st.integers(0, len(out))), moved)
        return out or [drawn(f"{prefix}-x", draw(CLAUSES))]

    return base, edited("a"), edited("b")


def accepted(state: bytes, change: Change) -> bytes:
    """As the server enters it: judged by the guard."""
    live = LiveDocument("d", make_entry("d", 1, "server", "2026-11-27T00:00:00Z", state, GENESIS))
    verdict = live.propose(apply_change(state, change), SERVER_GRANT, "drafting")
    assert type(verdict).__name__ == "Accepted", verdict
    live.entry("m", "2026-11-27T00:00:01Z")
    live.commit()
    return live.updates_since()


def plain(state: bytes) -> list[dict[str, Any]]:
    doc: Doc[Any] = Doc()
    doc.apply_update(state)
    return list(read_document(doc)["clauses"])


@given(texts())
def test_accepting_all_makes_of_everybodys_text_what_was_written_apart(made: Any) -> None:
    base, apart, _ = made
    found = compare(base, apart, base)
    assert not any(one.crosses for one in found)
    state = seed_content({"version": 1, "clauses": base})
    for change in (one.change for one in found):
        state = accepted(state, change)
    assert plain(state) == apart
    assert set(read_state_vector(_state_vector(state))) == {SERVER_CLIENT}


def _state_vector(state: bytes) -> bytes:
    doc: Doc[Any] = Doc()
    doc.apply_update(state)
    return bytes(doc.get_state())


@given(texts())
def test_what_was_left_alone_is_not_proposed_and_what_crosses_is_told(made: Any) -> None:
    base, apart, present = made
    was, becomes, now = ({one["id"]: one for one in text} for text in (base, apart, present))
    found = compare(base, apart, present)
    assert len({(one.change.clause, one.change.how == "moved") for one in found}) == len(found)
    common = was.keys() & becomes.keys() & now.keys()
    before, wished, stands = ([key for key in text if key in common] for text in (was, becomes, now))
    moves = {one.change.clause for one in found if one.change.how == "moved"}
    assert moves <= common
    if wished in (before, stands):
        assert not moves
    for key in was.keys() | becomes.keys():
        told = next((one for one in found if one.change.clause == key and one.change.how != "moved"), None)
        if was.get(key) == becomes.get(key) or becomes.get(key) == now.get(key):
            assert told is None
        else:
            assert told is not None and told.crosses == (was.get(key) != now.get(key))
    for one in found:
        change = one.change
        if change.how == "moved":
            state = seed_content({"version": 1, "clauses": present})
            near = next((key for key in change.behind if key in now), None)
            try:
                order = [clause["id"] for clause in plain(accepted(state, change))]
            except ClauseGone:
                # it stands there as long as the one before it has not been moved itself
                order = list(now)
            assert order.index(change.clause) == (order.index(near) + 1 if near else 0)
            assert sorted(order) == sorted(now)
            continue
        assert (change.how == "added") == (change.clause not in now)
        assert (change.how == "removed") == (change.clause not in becomes)
        assert bool(change.against) == (change.how != "added")
        # each by itself can be accepted as the text stands now
        if len(now) > 1 or change.how != "removed":
            after = {one["id"]: one for one in plain(accepted(seed_content({"version": 1, "clauses": present}), change))}
            assert after.get(change.clause) == becomes.get(change.clause)
            assert {key: text for key, text in after.items() if key != change.clause} == {
                key: text for key, text in now.items() if key != change.clause
            }


@given(texts())
def test_the_pieces_say_what_was_and_what_would_be(made: Any) -> None:
    base, apart, present = made
    for one in compare(base, apart, present):
        told = one.change.told()
        assert [list(piece) for piece in one.change.pieces] == told["pieces"]
        assert "".join(text for op, text in told["pieces"] if op != "removed") == one.change.after
        assert "id" not in told and "content" not in told


def test_a_clause_that_only_moved_is_moved_alone_and_keeps_lock_and_status() -> None:
    base = [clause("a", "甲。"), clause("b", "乙。", title="付款"), clause("c", "丙。"), clause("d", "丁。")]
    present = [{**one, "locked_by": "m", "status": "agreed"} if one["id"] == "a" else one for one in base]
    (one,) = compare(base, [base[1], base[2], base[0], base[3]], present)
    assert one.change.told() == {"how": "moved", "heading": "第一条", "pieces": [["same", "甲。"]], "beside": "第三条"}
    assert not one.crosses
    after = plain(accepted(seed_content({"version": 1, "clauses": present}), one.change))
    assert after == [base[1], base[2], present[0], base[3]]
    with pytest.raises(ClauseGone):
        apply_change(seed_content({"version": 1, "clauses": after}), one.change)
    (first,) = compare(base, [base[3], *base[:3]], base)
    assert (first.change.clause, first.change.beside) == ("d", "")
    (crossed,) = compare(base, [base[1], base[0], *base[2:]], [*base[:2], base[3], base[2]])
    assert crossed.crosses


def test_locks_and_status_are_neither_proposed_nor_undone() -> None:
    base = [clause("a", "原文。"), clause("b", "不变。")]
    apart = [{**clause("a", "改过。"), "locked_by": "s1", "status": "agreed"}, {**clause("b", "不变。"), "status": "proposed"}]
    present = [{**clause("a", "原文。"), "locked_by": "m"}, clause("b", "不变。")]
    (one,) = compare(base, apart, present)
    assert not one.crosses and one.change.heading == "第一条"
    after = plain(accepted(seed_content({"version": 1, "clauses": present}), one.change))
    assert (after[0]["locked_by"], after[0]["status"], after[0]["blocks"]) == ("m", "open", apart[0]["blocks"])


def test_a_clause_that_was_changed_since_is_not_replaced() -> None:
    base = [clause("a", "原文。"), clause("b", "另一条。")]
    changes = [one.change for one in compare(base, [clause("a", "改过。"), clause("c", "新的。")], base)]
    assert [(one.clause, one.how) for one in changes] == [("a", "changed"), ("c", "added"), ("b", "removed")]
    since = seed_content({"version": 1, "clauses": [clause("a", "别人改的。"), clause("b", "别人改的。"), clause("c", "已有。")]})
    for change in changes:
        with pytest.raises(ClauseGone):
            apply_change(since, change)
    for change in changes[::2]:
        with pytest.raises(ClauseGone):
            apply_change(seed_content({"version": 1, "clauses": [clause("d", "都没了。")]}), change)


def test_what_stays_of_a_clause_is_left_alone() -> None:
    base = [clause("a", "一。", "二。", "三。")]
    (one,) = compare(base, [clause("a", "一。", "二改。", "三。")], base)
    state = seed_content({"version": 1, "clauses": base})
    hand = Hand(77, state)
    hand.write("a", "同时写的。")  # at the end of the first paragraph, in the same moment
    doc: Doc[Any] = Doc()
    doc.apply_update(state)
    doc.apply_update(apply_change(state, one.change))
    doc.apply_update(hand.take())
    assert [str(child) for paragraph in fragment(doc).children[0].children for child in paragraph.children] == [  # type: ignore[union-attr]
        "一。",
        "同时写的。",
        "二改。",
        "三。",
    ]


def test_the_hash_is_of_everything_that_is_shown_and_done() -> None:
    base = [clause("a", "原文。"), clause("b", "另一条。")]
    digests = {
        digest_of([one.change for one in compare(base, apart, base)])
        for apart in ([clause("a", "改。"), base[1]], [clause("a", "改"), base[1]], [base[0]])
    }
    assert len(digests) == 3 and all(len(one) == 64 for one in digests)
    again = [clause("a", "改。"), base[1]]
    assert digest_of([one.change for one in compare(base, again, base)]) in digests


def test_there_is_a_limit_of_clauses() -> None:
    base = [clause("a", "原文。")]
    apart = [base[0], *(clause(f"n-{n}", "新。") for n in range(LIMIT + 1))]
    with pytest.raises(Refusal) as refused:
        compare(base, apart, base)
    assert refused.value.code == "too_many_changes"
    assert len(compare(base, apart[:-1], base)) == LIMIT
