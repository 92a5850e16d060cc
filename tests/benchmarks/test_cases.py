"""The benchmark of a county does what it says, at a size that proves it and measures nothing."""

from __future__ import annotations

import pytest
import uvloop

from benchmarks import cases
from benchmarks.parts import chosen, each_once
from rehearsal.services import postgres_programs


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.services, pytest.mark.every])])
def test_a_small_county_is_measured(kind: str) -> None:
    if kind == "postgresql" and postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    found = {one.name: one for one in uvloop.run(cases.running(kind, cases=700, share=0.05))}
    assert {name: one.goal for name, one in found.items()} == {
        f"cases.lists.p95.{kind}": 50,
        f"cases.search.p95.{kind}": 50,
        f"cases.page.p95.{kind}": 50,
        f"cases.change.p99.{kind}": 300,
        f"cases.wall.per_event.{kind}": 5,
    }
    assert all(one.value > 0 for one in found.values())
    assert len(found[f"cases.change.p99.{kind}"].samples["ours"]) == 9


def test_a_part_is_chosen_by_its_figures() -> None:
    assert list(each_once(chosen(cases.parts(), ["cases.search.p95.sqlite"]))) == ["cases.search.p95.sqlite"]
    assert len(each_once(chosen(cases.parts(), ["cases.wall"]))) == 2
