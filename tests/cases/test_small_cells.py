"""A cell that is hidden is not found by adding up the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.small_cells import HIDDEN, SMALL, suppress


@given(st.dictionaries(st.sampled_from("甲乙丙丁戊"), st.integers(0, 9), min_size=1))
def test_a_hidden_cell_cannot_be_computed_from_the_total(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    hidden = {name for name, value in shown.items() if value == HIDDEN}
    assert all(shown[name] == counts[name] for name in counts if name not in hidden)
    assert all(name in hidden for name, count in counts.items() if 0 < count < SMALL)
    assert len(hidden) != 1 or len(counts) == 1
    assert len([name for name in hidden if counts[name] >= SMALL or counts[name] == 0]) <= 1, "no more is hidden than has to be"


def test_an_empty_cell_is_hidden_where_there_is_no_other() -> None:
    assert suppress({"a": 1, "b": 0, "c": 0}) == {"a": HIDDEN, "b": HIDDEN, "c": 0}
