from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.patch import apply, diff, without_nulls

values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(st.text(max_size=3), values, max_size=5)


@given(documents, documents)
def test_a_difference_leads_from_before_to_after(before: dict, after: dict) -> None:
    assert apply(before, diff(before, after)) == after


@given(documents)
def test_equal_documents_differ_by_nothing(document: dict) -> None:
    assert diff(document, document) == {}


@given(documents, documents)
def test_applying_does_not_change_what_it_was_given(before: dict, after: dict) -> None:
    copy = apply(before, {})
    apply(before, diff(before, after))
    assert before == copy


def test_true_and_one_are_different() -> None:
    assert diff({"a": True}, {"a": 1}) == {"a": 1}


def test_absent_things_are_absent() -> None:
    assert without_nulls({"a": None, "b": [{"c": None}], "d": {"e": None}}) == {"b": [{}], "d": {}}
