"""A cell that is hidden is not found by adding up the others, nor by trying every table that would look the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.small_cells import HIDDEN, REST, SMALL, gather, suppress

TABLES = st.dictionaries(st.sampled_from("甲乙丙丁戊己庚"), st.integers(0, 12), min_size=1)
Shown = dict[str, int | str]


def alike(names: str, largest: int, show: Callable[[dict[str, int]], Shown]) -> list[tuple[Shown, list[tuple[int, ...]]]]:
    """What can be shown of tables with these cells, and which tables look so: the same cells in the same order, and the same sum. Without those that only
    tables with the largest count look like: others beside them were not tried."""
    found: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(largest + 1), repeat=len(names)):
        found[(sum(counts), *show(dict(zip(names, counts, strict=True))).items())].append(counts)
    return [(dict(key[1:]), tables) for key, tables in found.items() if any(max(one) < largest for one in tables)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("names", "largest"), [("ab", 12), ("abc", 12), ("abcd", 9), ("abcde", 6)])
def test_no_hidden_cell_has_a_single_answer_for_whoever_knows_the_sum_and_the_rule(names: str, largest: int) -> None:
    for shown, tables in alike(names, largest, suppress):
        for at, name in enumerate(names):
            if shown[name] == HIDDEN:
                assert len({table[at] for table in tables}) > 1, (shown, tables)


@pytest.mark.parametrize(("names", "largest", "most"), [("abcde", 6, 1), ("abcde", 6, 2), ("abcdef", 4, 3)])
def test_no_cell_without_a_name_has_a_single_answer(names: str, largest: int, most: int) -> None:
    for shown, tables in alike(names, largest, lambda counts: gather(counts, most, names[-1])):
        for at, name in enumerate(names):
            if REST in shown and name not in shown:
                assert len({table[at] for table in tables}) > 1, (shown, tables)


@given(TABLES)
def test_no_small_cell_is_shown_and_what_is_shown_is_true(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    assert list(shown) == list(counts)
    assert all(shown[name] == HIDDEN for name, count in counts.items() if 0 < count < SMALL)
    assert all(shown[name] in {HIDDEN, count} for name, count in counts.items())
    small = sum(0 < count < SMALL for count in counts.values())
    assert sum(value == HIDDEN for value in shown.values()) <= 2 * small + 1, "no more is hidden than those beside a small one"


@given(TABLES, st.integers(1, 4))
def test_what_is_gathered_is_the_whole(counts: dict[str, int], most: int) -> None:
    shown = gather(counts, most, never="戊")
    named = [name for name in shown if name != REST]
    assert len(named) <= most and "戊" not in named
    assert all(shown[name] == counts[name] >= SMALL for name in named)
    if shown.get(REST) == HIDDEN:
        assert 0 < sum(counts.values()) < SMALL and not named
    else:
        assert sum(int(value) for value in shown.values()) == sum(counts.values())
        assert int(shown.get(REST, SMALL)) >= SMALL
    others = [count for name, count in counts.items() if name not in {*named, "戊"}]
    assert all(counts[name] >= max(others, default=0) for name in named)


def test_of_types_that_only_the_ranking_told_apart_none_can_be_computed() -> None:
    assert gather({"物业": 9, "邻里": 4, "消费": 2, "合同": 2, "旅游": 2}, 4, ()) == {"物业": 9, "邻里": 4, "rest": 6}
    assert gather({"物业": 9, "邻里": 4, "消费": 1}, 4, ()) == {"物业": 9, "rest": 5}
    assert gather({"物业": 2}, 4, ()) == {"rest": HIDDEN} and gather({}, 4, ()) == {}


def test_a_small_cell_hides_the_one_beside_it_whatever_that_is() -> None:
    assert suppress({"a": 1, "b": 0, "c": 0, "d": 9}) == {"a": HIDDEN, "b": HIDDEN, "c": 0, "d": 9}
    assert suppress({"a": 4, "b": 5, "c": 20, "d": 7, "e": 2}) == {"a": 4, "b": 5, "c": HIDDEN, "d": HIDDEN, "e": HIDDEN}
