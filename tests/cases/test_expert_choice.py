"""Whom the mediator is proposed of the pool: everybody is either proposed with reasons or left out with one, in an order that follows the rules."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Person
from cases.expert_choice import Candidate, Choice, Sought, choose, fits, nearness
from cases.expert_invitation import Invitation
from cases.experts import Entry, Tally
from cases.vocabulary import CaseStage, DisputeKind, ExpertKind, InvitationState, Mediation

NOW = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)
ALWAYS, NEVER = [list(range(24))] * 7, [list[int]()] * 7
NEAR = ("139901001", "139901", "139901002", "139902001")
MARKS = frozenset({"mark-of-a-party"})


def case(*experts: Invitation) -> Case:
    return Case(
        id="case",
        code="HY-AAAA-BBBB",
        kind=DisputeKind.DISPUTE,
        stage=CaseStage.MEDIATING,
        title="相邻排水",
        facts="",
        region=NEAR[0],
        region_name="城关镇",
        place="",
        source="当事人申请",
        reported_at=NOW,
        dispute_type="邻里",
        parties=[Person("p1", "李某", "applicant", "13800001234"), Person("p2", "赵某", "respondent")],
        experts=list(experts),
    )


def conflicted(expert: str, state: InvitationState = InvitationState.CONFLICT) -> Invitation:
    return Invitation("x1", expert, "某某", "lawyer", "case-r1", "e1", NOW, NOW, 10, "事由", state)


def one(
    key: str,
    *,
    name: str = "",
    versed: bool = True,
    region: str = NEAR[1],
    free: bool = True,
    load: int = 0,
    mean: int = 0,
    away: str = "",
    mark: str = "",
) -> Candidate:
    week = ALWAYS if free else NEVER
    entry = Entry(name or f"专家{key}", "lawyer", "people", region, "", ["邻里"] if versed else ["合同"], week=week, away_until=away)
    return Candidate(key, entry, mark, Tally(0, load, 5 if mean else 0, mean))


candidates = st.builds(
    one,
    key=st.integers(0, 10**6).map(str),
    name=st.sampled_from(["李某", "王律师", "钱医生", "孙工"]),
    versed=st.booleans(),
    region=st.sampled_from(NEAR),
    free=st.booleans(),
    load=st.integers(0, 6),
    mean=st.sampled_from([0, 100, 300, 420, 500]),
    away=st.sampled_from(["", "2026-03-15", "2026-03-16", "2026-04-01"]),
    mark=st.sampled_from(["", "another", "mark-of-a-party"]),
)
pools = st.lists(candidates, max_size=12, unique_by=lambda each: each.id)


def chosen(pool: list[Candidate], *experts: Invitation) -> Choice:
    return choose(case(*experts), "邻里", pool, MARKS, NOW)


@given(pools, st.randoms())
def test_everybody_once_whatever_order_the_pool_is_in(pool: list[Candidate], random: object) -> None:
    found = chosen(pool)
    told = [each.id for each in found.proposed] + [each.id for each in found.left_out]
    assert sorted(told) == sorted(each.id for each in pool)
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chosen(shuffled).proposed == found.proposed


@given(pools)
def test_nobody_is_proposed_who_has_an_interest_or_is_away(pool: list[Candidate]) -> None:
    found = chosen(pool)
    by_id = {each.id: each for each in pool}
    for each in found.proposed:
        entry = by_id[each.id].entry
        assert (
            entry.name not in {"李某", "赵某"}
            and by_id[each.id].mark not in MARKS
            and (not entry.away_until or entry.away_until < "2026-03-16")
        )
    for each in found.left_out:
        assert each.code != "away" or each.word >= "2026-03-16"


@given(pools)
def test_reasons_say_what_the_order_is_made_of(pool: list[Candidate]) -> None:
    by_id = {each.id: each for each in pool}
    for each in chosen(pool).proposed:
        codes = [reason.code for reason in each.reasons]
        of = by_id[each.id]
        assert ("speciality" in codes) == ("邻里" in of.entry.specialities)
        assert ("available" in codes) != ("unavailable" in codes)
        assert ("rating" in codes) == bool(of.tally.mean), "a mean of too few is told nowhere"
        assert len({"same_place", "covers_place", "county"} & set(codes)) == 1 and "load" in codes


@given(pools, st.sampled_from(["versed", "near", "free", "load", "mean"]))
def test_who_becomes_better_in_one_thing_does_not_fall(pool: list[Candidate], better: str) -> None:
    before = [each.id for each in chosen(pool).proposed]
    for place, key in enumerate(before):
        old = next(each for each in pool if each.id == key)
        entry, tally = old.entry, old.tally
        changed = {
            "versed": lambda entry=entry: {"entry": msgspec.structs.replace(entry, specialities=["邻里"])},
            "near": lambda entry=entry: {"entry": msgspec.structs.replace(entry, region=NEAR[0])},
            "free": lambda entry=entry: {"entry": msgspec.structs.replace(entry, week=ALWAYS)},
            "load": lambda tally=tally: {"tally": msgspec.structs.replace(tally, open=0, sessions=0)},
            "mean": lambda tally=tally: {"tally": msgspec.structs.replace(tally, ratings=5, mean=500)},
        }[better]()
        after = chosen([msgspec.structs.replace(each, **changed) if each.id == key else each for each in pool])
        assert [each.id for each in after.proposed].index(key) <= place


def test_the_order_of_the_rules() -> None:
    pool = [
        one("a", versed=False, region=NEAR[0]),
        one("b", region=NEAR[2]),
        one("c", region=NEAR[1], free=False),
        one("d", region=NEAR[1], load=3),
        one("e", region=NEAR[1], load=1, mean=250),
        one("f", region=NEAR[1], load=1),
        one("g", region=NEAR[1], load=1, mean=450),
        one("h", region=NEAR[0], free=False, load=6),
    ]
    assert [each.id for each in chosen(pool).proposed] == ["h", "g", "f", "e", "d", "c", "b", "a"]


def test_who_declared_an_interest_is_left_out_of_this_case_and_who_had_no_time_is_not() -> None:
    pool = [one("a"), one("b")]
    assert [(each.id, each.code) for each in chosen(pool, conflicted("a")).left_out] == [("a", "declared")]
    assert chosen(pool, conflicted("a", InvitationState.DECLINED)).left_out == []


def test_nearness_follows_the_tree_of_regions() -> None:
    assert [nearness(NEAR[0], region) for region in NEAR] == [0, 1, 2, 3]


@given(
    pools,
    st.builds(
        Sought,
        kind=st.sampled_from(["", *ExpertKind]),
        mediation=st.sampled_from(["", *Mediation]),
        region=st.sampled_from(["", *NEAR]),
        free=st.booleans(),
    ),
)
def test_a_filter_only_takes_away(pool: list[Candidate], sought: Sought) -> None:
    for each in pool:
        if fits(each, sought, NOW):
            assert not sought.kind or each.entry.kind == sought.kind
            assert not sought.free or each.entry.week == ALWAYS
        assert fits(each, Sought(), NOW)


def test_filters() -> None:
    liu = one("liu", name="刘律师", region=NEAR[0])
    for sought, found in [
        (Sought(kind="lawyer"), True),
        (Sought(kind="doctor"), False),
        (Sought(mediation="judicial"), False),
        (Sought(speciality="邻里"), True),
        (Sought(speciality="合同"), False),
        (Sought(language="dialect"), False),
        (Sought(region="139901"), True),
        (Sought(region=NEAR[2]), False),
        (Sought(words="刘"), True),
        (Sought(words="王"), False),
        (Sought(free=True), True),
    ]:
        assert fits(liu, sought, NOW) is found, sought
