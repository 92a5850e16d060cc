"""The wall of a township tells its own numbers, truly, and beside the walls of its county nothing small can be computed from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clock import COUNTY_TIME, midnights
from cases.counted import ACTIVE, Counted
from cases.figures import SOON_DAYS, STEPS, reached
from cases.small_cells import HIDDEN, REST, SMALL, apart, shares, suppress
from cases.tally import Tally
from cases.township_wall import document, kinds, tables
from cases.vocabulary import CaseStage, RiskLevel
from tests.cases.counts import MEDIATORS, NOW, TOWNSHIPS, counts

CHANGES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | counts()), max_size=40)
Cells = tuple[int, ...]


def tallied(cases: Iterable[Counted]) -> Tally:
    tally = Tally()
    for number, one in enumerate(cases):
        tally.put(str(number), 1, one)
    return tally


def walls(tally: Tally) -> dict[str, dict[str, Any]]:
    told = tables(tally, TOWNSHIPS, NOW)
    return {code: document(tally, told, code, NOW, TOWNSHIPS, MEDIATORS) for code in TOWNSHIPS}


@given(CHANGES)
def test_whatever_happened_each_wall_is_that_of_a_count_from_the_beginning(changes: list[tuple[str, Counted | None]]) -> None:
    kept, now_counts = Tally(), dict[str, Counted | None]()
    before, former = walls(kept), tables(kept, TOWNSHIPS, NOW)
    for seq, (case, one) in enumerate(changes):
        moved = kept.put(case, seq, one)
        now_counts[case] = one
        after, told = walls(kept), tables(kept, TOWNSHIPS, NOW)
        others = [code for code in TOWNSHIPS if code not in moved and told.of(code) == former.of(code)]
        assert all(after[code] == before[code] for code in others), "what neither moved nor is told otherwise need not be shown again"
        before, former = after, told
    assert walls(kept) == walls(tallied(one for one in now_counts.values() if one))


@given(st.lists(counts(), max_size=60))
def test_what_is_told_is_true_of_the_own_cases_and_never_small(cases: list[Counted]) -> None:
    told, county = walls(tallied(cases)), tallied(cases).numbers(NOW, TOWNSHIPS, MEDIATORS)
    for code, wall in told.items():
        own = [one for one in cases if one.region == code]
        active = [one for one in own if one.stage in ACTIVE]
        months = Counter(f"{one.reported_at.astimezone(COUNTY_TIME):%Y-%m}" for one in own)
        now = [one for one in own if f"{one.reported_at.astimezone(COUNTY_TIME):%Y-%m}" == "2026-03"]
        plain = {
            "active": len(active),
            "overdue": sum(one.due is not None and one.due < NOW for one in active),
            "due_soon": sum(one.due is not None and one.due >= NOW and midnights(NOW, one.due) <= SOON_DAYS for one in active),
            **{step: sum(step in reached(one) for one in now) for step in STEPS},
            **{f"2025-{month:02}": months[f"2025-{month:02}"] for month in range(4, 13)},
            **{f"2026-{month:02}": months[f"2026-{month:02}"] for month in (1, 2, 3)},
        }
        shown = {name: wall[name] for name in ("active", "overdue", "due_soon")} | wall["funnel"]
        shown |= dict(zip([name for name in plain if name.startswith("20")], wall["months"], strict=True))
        assert all(value in (HIDDEN, plain[name]) and value not in (1, 2) for name, value in shown.items()), code
        assert wall["active"] == county["townships"][code] and wall["funnel"]["reported"] == wall["months"][-1]
        kinds_of = Counter(one.dispute_type for one in active)
        named = {kind: count for kind, count in wall["kinds"].items() if kind != REST}
        assert all(count == kinds_of[kind] >= SMALL for kind, count in named.items()) and "其他" not in named
        if wall["active"] == HIDDEN:
            assert wall["kinds"] == {REST: HIDDEN} and wall["loads"] is None and wall["due_soon"] == wall["overdue"] == HIDDEN
        else:
            assert sum(wall["kinds"].values()) == len(active)
        assert all(wall["alerts"][level] == sum(one.risk == level for one in own) for level in RiskLevel)


def test_nothing_of_another_township_is_in_it() -> None:
    here, there = sorted(TOWNSHIPS)[:2]
    cases = [Counted(there, "邻里", CaseStage.MEDIATING, "wang", NOW, live=True, risk=RiskLevel.RED, risk_at=NOW)] * 9
    cases += [Counted(there, "物业", CaseStage.CLOSED, "chen", NOW, closed_at=NOW, ended_at=NOW, asked=2, answered=2, content=2)] * 5
    found, empty = walls(tallied(cases))[here], walls(Tally())[here]
    assert found["months"][-1] == HIDDEN, "it would say that all of the county's are the other's"
    assert found | {"months": empty["months"], "funnel": empty["funnel"]} == empty


def test_what_a_township_does_not_tell_is_the_countys_alone() -> None:
    """Days, rooms, and how many of a type are in work in the whole county: the types of a township could be taken from that."""
    wall = walls(Tally())[min(TOWNSHIPS)]
    assert set(wall) == {"active", "due_soon", "overdue", "success", "kinds", "months", "funnel", "waits", "alerts", "loads", "voices"}
    assert "kinds" not in Tally().numbers(NOW, TOWNSHIPS, [])
    late = [Counted(min(TOWNSHIPS), "邻里", CaseStage.REPORTED, "", NOW - timedelta(days=40 * n)) for n in (0, 0, 0, 1, 1, 1)]
    month = walls(tallied([*late, *(Counted(max(TOWNSHIPS), "邻里", CaseStage.REPORTED, "", one.reported_at) for one in late)]))
    assert month[min(TOWNSHIPS)]["months"] == [0] * 10 + [3, 3] == month[max(TOWNSHIPS)]["months"]


# What can be computed: every table that would look the same is tried.


def small(value: int) -> bool:
    return 0 < value < SMALL


def computed(tried: Iterator[tuple[Cells, object, object]], largest: int) -> list[object]:
    """What tells a small cell to who reads all walls, and does not tell it to who reads the county's alone. `tried`: cells, what the county's wall shows of
    them, what those of the townships show. Without what only tables with the largest count look like: others beside them were not tried."""
    county, all_walls = defaultdict[object, list[Cells]](list), defaultdict[object, list[Cells]](list)
    for cells, of_county, of_townships in tried:
        county[of_county].append(cells)
        all_walls[(of_county, of_townships)].append(cells)

    def answers(alike: list[Cells], at: int) -> set[int]:
        return {cells[at] for cells in alike}

    return [
        (key, alike)
        for key, alike in all_walls.items()
        if any(max(cells) < largest for cells in alike)
        for at in range(len(alike[0]))
        if len(answers(alike, at)) == 1 and small(alike[0][at]) and len(answers(county[key[0]], at)) > 1  # type: ignore[index]
    ]


@pytest.mark.parametrize(("names", "types", "largest"), [("ab", ("邻里", "物业", "其他"), 4), ("abc", ("邻里", "其他"), 3)])
def test_no_type_of_a_township_is_computed_from_all_the_walls(names: str, types: tuple[str, ...], largest: int) -> None:
    def tried() -> Iterator[tuple[Cells, object, object]]:
        for cells in product(range(largest + 1), repeat=len(names) * len(types)):
            rows = {name: dict(zip(types, cells[at * len(types) :], strict=False)) for at, name in enumerate(names)}
            active = suppress({name: sum(row.values()) for name, row in rows.items()})
            yield cells, (tuple(active.values()), sum(cells)), tuple(str(kinds(active[name], row)) for name, row in rows.items())

    assert computed(tried(), largest) == []


@pytest.mark.parametrize(("names", "largest"), [("ab", 6), ("abc", 3)])
def test_no_part_of_what_is_in_work_is_computed_from_all_the_walls(names: str, largest: int) -> None:
    """Terms that end soon and those that are over, of which the county's wall tells the sums. What is left of the whole is a cell as well."""

    def tried() -> Iterator[tuple[Cells, object, object]]:
        for rows in product(
            [(d, o, rest) for d, o, rest in product(range(largest + 1), repeat=3) if d + o + rest <= largest], repeat=len(names)
        ):
            wholes = dict(zip(names, map(sum, rows), strict=True))
            shown, parts = suppress(wholes), {name: row[:2] for name, row in zip(names, rows, strict=True)}
            sums = tuple(map(sum, zip(*rows, strict=True)))
            yield (*sum(rows, ()), *wholes.values()), (tuple(shown.values()), sums), tuple(shares(shown, parts).values())

    assert computed(tried(), largest) == []


@pytest.mark.parametrize(("names", "largest"), [("ab", 7), ("abc", 4)])
def test_no_step_of_a_month_is_computed_from_all_the_walls(names: str, largest: int) -> None:
    """Received, of those accepted, and of those mediated: the county's wall tells the sum of each, and of no township any."""

    def step(wholes: dict[str, int | str], cells: dict[str, int]) -> dict[str, int | str]:
        parts = shares(wholes, {name: (count,) for name, count in cells.items()})
        return apart({name: part for name, (part,) in parts.items()}, [name for name, whole in wholes.items() if whole == 0])

    def tried() -> Iterator[tuple[Cells, object, object]]:
        courses = [(a, b, c) for a, b, c in product(range(largest + 1), repeat=3) if a >= b >= c]
        for rows in product(courses, repeat=len(names)):
            received, accepted, mediated = (dict(zip(names, column, strict=True)) for column in zip(*rows, strict=True))
            first = apart(suppress(received))
            second = step(first, accepted)
            shown = tuple(tuple(one.values()) for one in (first, second, step(second, mediated)))
            yield sum(rows, ()), tuple(map(sum, zip(*rows, strict=True))), shown

    assert computed(tried(), largest) == []
