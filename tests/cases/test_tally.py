"""The numbers of a county: kept by changes, they are those of a count from the beginning, and each means what it says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.clock import COUNTY_TIME, midnights
from cases.counted import ACTIVE, Counted
from cases.figures import SOON_DAYS, reached
from cases.tally import Tally
from cases.vocabulary import CaseStage, RiskLevel
from tests.cases.counts import MEDIATORS, NOW, TOWNSHIPS, counts

CHANGES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | counts()), max_size=40)


def of(stage: CaseStage = CaseStage.ACCEPTED, **more: Any) -> Counted:
    return Counted(**{"region": "139901001", "dispute_type": "邻里", "stage": stage, "mediator": "", "reported_at": NOW, **more})


def shown(*cases: Counted, now: datetime = NOW) -> dict[str, Any]:
    tally = Tally()
    for number, one in enumerate(cases):
        tally.put(str(number), 1, one)
    return tally.numbers(now, TOWNSHIPS, MEDIATORS)


@given(CHANGES)
def test_whatever_happened_the_numbers_are_those_of_a_count_from_the_beginning(changes: list[tuple[str, Counted | None]]) -> None:
    kept, now_counts = Tally(), {}
    for seq, (case, one) in enumerate(changes):
        kept.put(case, seq, one)
        now_counts[case] = one
    anew = Tally()
    for case, one in sorted(now_counts.items()):
        anew.put(case, 1, one)
    assert kept.encoded() == anew.encoded()
    assert kept.numbers(NOW, TOWNSHIPS, MEDIATORS) == anew.numbers(NOW, TOWNSHIPS, MEDIATORS)


@given(st.lists(counts(), max_size=30))
def test_each_number_is_what_a_plain_count_finds(cases: list[Counted]) -> None:
    told = shown(*cases)
    local = [one.reported_at.astimezone(COUNTY_TIME).date() for one in cases]
    today = NOW.astimezone(COUNTY_TIME).date()
    this_month = [one for one, day in zip(cases, local, strict=True) if (day.year, day.month) == (today.year, today.month)]
    active = [one for one in cases if one.stage in ACTIVE]
    assert told["today"] == sum(day == today for day in local)
    assert told["active"] == len(active) and told["rooms"] == sum(one.live for one in cases)
    assert told["overdue"] == sum(one.due is not None and one.due < NOW for one in active)
    assert told["due_soon"] == sum(one.due is not None and one.due >= NOW and midnights(NOW, one.due) <= SOON_DAYS for one in active)
    assert told["trend"] == [sum(day == today - timedelta(days=29 - ago) for day in local) for ago in range(30)]
    assert told["funnel"] == {
        step: sum(step in reached(one) for one in this_month) for step in ("reported", "accepted", "mediating", "agreed", "closed")
    }
    assert all(told["alerts"][level] == sum(one.risk == level for one in cases) for level in RiskLevel)
    loads = Counter(one.mediator for one in active if one.mediator)
    assert told["loads"]["light"] == sum(loads[who] <= 3 for who in MEDIATORS) and sum(told["loads"].values()) == len(MEDIATORS)
    waits = [
        int((one.accepted_at - one.reported_at).total_seconds()) for one in this_month if one.accepted_at and "accepted" in reached(one)
    ]
    assert told["waits"].get("accepted") == (int(median(waits)) if len(waits) >= 3 else None)


def test_what_is_older_than_what_is_known_is_left_aside() -> None:
    tally = Tally()
    tally.put("a", 7, of(CaseStage.CLOSED))
    tally.put("a", 6, of(CaseStage.MEDIATING))
    assert tally.numbers(NOW, TOWNSHIPS, [])["active"] == 0 and tally.seq_of("a") == 7


def test_days_begin_at_midnight_in_the_county() -> None:
    late = NOW - timedelta(hours=8, minutes=30)  # half past midnight in the county, still yesterday in UTC
    told = shown(of(reported_at=late), of(reported_at=NOW - timedelta(hours=9, minutes=30)))
    assert told["today"] == 1 and told["trend"][-2:] == [1, 1]


def test_due_soon_counts_days_of_the_county_not_hours() -> None:
    """The same moments as in the client's progress.test.ts: the wall and the desks tell one number."""
    evening = datetime(2026, 3, 13, 15, 30, tzinfo=UTC)  # half past eleven at night in the county
    soon = [datetime(2026, 3, 13, 15, 45, tzinfo=UTC), datetime(2026, 3, 16, 15, 59, tzinfo=UTC)]
    later = [datetime(2026, 3, 16, 16, 1, tzinfo=UTC), datetime(2026, 3, 13, 15, 29, tzinfo=UTC)]
    assert [shown(of(due=due), now=evening)["due_soon"] for due in soon] == [1, 1]
    assert [shown(of(due=due), now=evening)["due_soon"] for due in later] == [0, 0]
    early = datetime(2026, 3, 13, 16, 30, tzinfo=UTC)  # half past midnight: three midnights are nearly four days
    assert shown(of(due=datetime(2026, 3, 17, 15, 0, tzinfo=UTC)), now=early)["due_soon"] == 1


def test_success_is_of_what_ended_this_month() -> None:
    before = NOW - timedelta(days=30)
    ended = [of(CaseStage.AGREED, agreed_at=NOW, ended_at=NOW), of(CaseStage.CLOSED, agreed_at=NOW, ended_at=NOW)]
    assert (
        shown(
            *ended, of(CaseStage.FAILED, mediated_at=before, ended_at=NOW), of(CaseStage.FAILED, mediated_at=before, ended_at=before), of()
        )["success"]
        == 67
    )
    assert shown(of())["success"] is None


def test_last_year_is_shown_when_there_was_one() -> None:
    assert shown(of())["last_year"] is None
    told = shown(of(reported_at=datetime(2025, 3, 18, 2, tzinfo=UTC)), of(reported_at=datetime(2025, 2, 17, 2, tzinfo=UTC)))
    assert told["last_year"][29] == 1 and told["last_year"][0] == 1 and sum(told["last_year"]) == 2
    leap = datetime(2024, 2, 29, 4, tzinfo=UTC)
    assert shown(of(reported_at=datetime(2023, 2, 28, 4, tzinfo=UTC)), now=leap)["last_year"][29] == 1


def test_types_beyond_the_first_four_and_small_ones_are_one_cell_without_names() -> None:
    many = [
        of(dispute_type=kind)
        for kind, times in (("邻里", 9), ("合同", 7), ("物业", 5), ("消费", 4), ("旅游", 2), ("其他", 1))
        for _ in range(times)
    ]
    assert shown(*many)["types"] == {"邻里": 9, "合同": 7, "物业": 5, "消费": 4, "rest": 3}
    assert shown(*many[:-1])["types"] == {"邻里": 9, "合同": 7, "物业": 5, "rest": 6}
    assert shown(*[of(dispute_type="其他")] * 5)["types"] == {"rest": 5}, "it would read like the rest"


def test_alerts_name_places_and_types_and_no_sensitive_ones() -> None:
    blue = of(risk=RiskLevel.BLUE, risk_at=NOW)
    red = of(risk=RiskLevel.RED, risk_at=NOW - timedelta(hours=3), dispute_type="婚姻家庭")
    rows = shown(blue, blue, red, blue)["alerts"]["rows"]
    assert [row["level"] for row in rows] == ["red", "blue", "blue"]
    assert rows[0] == {"level": "red", "township": "城关镇", "type": "民事", "at": "2026-03-17T22:00:00Z", "stage": "accepted"}


def test_voices_are_told_from_three_on() -> None:
    closed = of(CaseStage.CLOSED, ended_at=NOW, asked=2, answered=1, content=1)
    assert shown(closed, closed)["voices"] is None
    assert shown(closed, closed, closed)["voices"] == {"content": 100, "answered": 50}
    assert shown(*[of(CaseStage.CLOSED, ended_at=NOW - timedelta(days=400), asked=1, answered=1)] * 3)["voices"] is None
