"""On both databases: what was counted is read back as it was, and the list behind each number of the wall is as long as the number says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.backends.base.executor import EXECUTOR_CACHE

from cases.clock import COUNTY_TIME
from cases.counted import Counted
from cases.errors import Invalid
from cases.figures import STEPS
from cases.tally import Tally
from cases.township_wall import document, tables
from cases.vocabulary import RiskLevel
from storage import counting
from storage.counted_lists import cases_of
from storage.database import close_database, open_database, reads, writes
from storage.models.counts import CaseCount
from tests.cases.counts import MEDIATORS, NOW, TOWNSHIPS, counts
from tests.schema import INSTALLATION

COUNTY = "139901"


@dataclass
class Table:
    loop: asyncio.AbstractEventLoop


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    database = request.getfixturevalue("cluster").database() if request.param == "postgresql" else ""
    loop = asyncio.new_event_loop()

    def opened(url: str) -> Iterator[Table]:
        loop.run_until_complete(open_database(url, INSTALLATION))
        try:
            yield Table(loop)
        finally:
            loop.run_until_complete(close_database())
            EXECUTOR_CACHE.clear()

    try:
        if request.param == "sqlite":
            yield from opened(f"sqlite://{tmp_path_factory.mktemp('counts') / 'heyi.sqlite3'}")
        else:
            yield from opened(database)
    finally:
        loop.close()


async def put(cases: list[Counted]) -> Tally:
    await CaseCount.all().using_db(writes()).delete()
    await counting.enter(writes(), [counting.Row(f"c{n:03}", n + 1, False, False, one) for n, one in enumerate(cases)])
    # Neither of these counts among real ones.
    await counting.enter(writes(), [counting.Row("synthetic", 1, True, False, one) for one in cases[:1]])
    await counting.enter(writes(), [counting.Row("trial", 1, False, True, one) for one in cases[:1]])
    tally = Tally()
    async for rows in counting.everything(reads(), False):
        for case, seq, one in rows:
            tally.put(case, seq, one)
    assert await counting.read(reads(), ["c000", "synthetic", "trial", "nothing"], False) == {"c000": (1, cases[0])} if cases else True
    return tally


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(counts(), max_size=25))
def test_every_number_opens_as_many_as_it_says(table: Table, cases: list[Counted]) -> None:
    async def compare() -> None:
        tally = await put(cases)
        anew = Tally()
        for n, one in enumerate(cases):
            anew.put(f"c{n:03}", n + 1, one)
        assert tally.encoded() == anew.encoded(), "what is read back is what was counted"
        told = anew.numbers(NOW, TOWNSHIPS, MEDIATORS)

        async def behind(number: str, of: str = "", region: str = COUNTY) -> int:
            return await cases_of(region, False, number, of, NOW).count()

        for number in ("today", "active", "rooms", "due_soon", "overdue"):
            assert await behind(number) == told[number], number
        beside = tables(anew, TOWNSHIPS, NOW)
        for code in TOWNSHIPS:
            own = document(anew, beside, code, NOW, TOWNSHIPS, MEDIATORS)
            kinds = [kind for kind in own["kinds"] if kind != "rest"]
            shown = [("active", "", own["active"]), ("active", "", told["townships"][code])]
            shown += [(name, "", own[name]) for name in ("due_soon", "overdue")]
            shown += [("kind", kind, own["kinds"][kind]) for kind in kinds]
            shown += [("other_kinds", ",".join(kinds), own["kinds"].get("rest", 0))] if own["active"] != "*" else []
            shown += [("step", step, own["funnel"][step]) for step in STEPS]
            shown += [("month", month, own["months"][at]) for at, month in ((-1, "2026-03"), (-2, "2026-02"), (0, "2025-04"))]
            shown += [("alert", level, own["alerts"][level]) for level in RiskLevel]
            for number, of, count in shown:
                assert await behind(number, of, code) == count or count == "*", (code, number, of)
        assert sum([await behind("active", "", code) for code in TOWNSHIPS]) == told["active"]
        named = [kind for kind in told["types"] if kind != "rest"]
        for kind in named:
            assert await behind("type", kind) == told["types"][kind], kind
        if told["types"].get("rest", "*") != "*":
            assert await behind("other_types", ",".join(named)) == told["types"]["rest"]
        assert [await behind("step", step) for step in STEPS] == [told["funnel"][step] for step in STEPS]
        assert [await behind("alert", level) for level in RiskLevel] == [told["alerts"][level] for level in RiskLevel]
        assert await behind("days") == sum(told["trend"]) + sum(
            one.reported_at.astimezone(COUNTY_TIME).date() > NOW.date() for one in cases
        )
        assert await behind("day", "2026-03-18") == told["today"] == told["trend"][29]
        mediated = [one for one in cases if one.ended_at is not None and (one.agreed_at or one.mediated_at)]
        assert await behind("success") == sum(
            f"{one.ended_at.astimezone(COUNTY_TIME):%Y-%m}" >= "2026-03" for one in mediated if one.ended_at
        )
        assert sum([await behind("mediator", who) for who in MEDIATORS]) == sum(bool(one.mediator) for one in cases if one.ended_at is None)

    table.loop.run_until_complete(compare())


@pytest.mark.parametrize(
    ("number", "of", "code"),
    [
        ("", "", "unknown_number"),
        ("township", "139901001", "unknown_number"),
        ("type", "<b>", "unknown_number"),
        ("kind", "", "unknown_number"),
        ("month", "2026-13", "malformed"),
        ("month", "2026-03-01", "malformed"),
        ("month", "2025-03", "unknown_number"),
        ("month", "2026-04", "unknown_number"),
        ("step", "x", "unknown_number"),
        ("alert", "green", "unknown_number"),
        ("mediator", "", "unknown_number"),
        ("day", "2026-02-30", "malformed"),
        ("day", "2026-02-16", "unknown_number"),
        ("day", "2026-03-19", "unknown_number"),
    ],
)
def test_numbers_that_no_wall_has(number: str, of: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        cases_of(COUNTY, False, number, of, NOW)
    assert refused.value.code == code
