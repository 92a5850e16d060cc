"""A party rates once and within its days; a low rating asks for exactly one call; the mediator learns nothing early and nobody's name ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases import performance, satisfaction
from cases.actor import Actor
from cases.case import Case, Mediator, Person, Step, standings
from cases.commands import rating as c
from cases.commands.performance import NoteVisit, PlanVisit
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, Refusal
from cases.rating import HIGHEST, LOW, LOWEST
from cases.satisfaction import OPEN_FOR, WORDS_LIMIT
from cases.vocabulary import CaseStage, DisputeKind, Mark, Role, Standing
from realtime.audience import fragments, view_of
from rooms.handling import open_room
from storage.dossier import Dossier

ENDED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOW = ENDED + timedelta(days=7)
TODAY = "2026-11-27"
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
PARTY, PEOPLE = (Standing.PARTY,), ("p1", "p2", "p3")


def case(stage: CaseStage = CaseStage.AGREED) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=ENDED, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        parties=[Person("p1", "李小明", "applicant"), Person("p2", "赵某", "respondent"), Person("p3", "钱大有", "respondent")],
        history=[Step(stage, ENDED)], agreed_at=ENDED if stage is CaseStage.AGREED else None,
    )  # fmt: skip


def rate(one: Case, party: str = "p2", score: int = 5, words: str = "", now: datetime = NOW, ended: datetime | None = ENDED) -> Any:
    return satisfaction.rate(one, party, PARTY, score, [Mark.QUICK, Mark.FAIR], words, ended, now)


def do(one: Case, command: Any, actor: Actor = CENTRE) -> Any:
    return satisfaction.handle(one, command, actor, standings(one, actor), NOW)


def refused(one: Case, act: Any) -> Refusal:
    before = msgspec.json.encode(one)
    with pytest.raises(Refusal) as found:
        act()
    assert msgspec.json.encode(one) == before
    return found.value


def shown(one: Case) -> dict[str, Any]:
    """What everybody is shown, with a session that has ended."""
    room, _ = open_room("k-1", "k", WANG, ENDED)
    room.ended_at = ENDED
    return fragments(Dossier(one, room))


def read_by(actor: Actor, one: Case) -> dict[str, Any]:
    """What this account reads of the case, on all its pages."""
    topics = ["case/k", "ratings/k", "code/HY-AAAA-BBBB", f"desk/{actor.id}", f"centre/{actor.region}", "room/k-1"]
    room, _ = open_room("k-1", "k", WANG, ENDED)
    room.ended_at = ENDED
    file = Dossier(one, room)
    return {topic: shown(one).get(f"{topic}|{view}", {}) for topic in topics if (view := view_of(actor, topic, file)) is not None}


def test_a_party_rates_once() -> None:
    one = case()
    (told,) = rate(one, words=" 讲得明白 ")
    assert (told.kind, told.chain, told.payload["marks"]) == ("rating.given", performance.APART, ["fair", "quick"])
    assert one.ratings[0].words == "讲得明白"
    assert refused(one, lambda: rate(one)).code == "rated_already"
    rate(one, "p1")
    assert isinstance(refused(one, lambda: rate(one, "p9")), Invalid), "a party that was never there"


@pytest.mark.parametrize("stage", [CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED])
def test_from_the_end_of_the_session_for_sixty_days(stage: CaseStage) -> None:
    one = case(stage)
    assert refused(one, lambda: rate(one, now=ENDED + OPEN_FOR)).code == "rating_over"
    rate(one, now=ENDED + OPEN_FOR - timedelta(seconds=1))
    goes_on = case(CaseStage.AGREED)
    assert refused(goes_on, lambda: rate(goes_on, ended=None)).code == "session_open"
    rate(case(CaseStage.CLOSED), ended=None)


@pytest.mark.parametrize("stage", [s for s in CaseStage if s not in {CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED}])
def test_not_while_it_goes_on_nor_when_it_was_withdrawn(stage: CaseStage) -> None:
    assert isinstance(refused(one := case(stage), lambda: rate(one)), OutOfTurn)
    with pytest.raises(NotAllowed):
        satisfaction.rate(case(), "p1", (Standing.ASSIGNEE,), 5, [], "", ENDED, NOW)


def test_what_is_given_has_limits() -> None:
    one = case()
    for score in (LOWEST - 1, HIGHEST + 1):
        assert refused(one, lambda score=score: rate(one, score=score)).code == "score"
    assert refused(one, lambda: rate(one, words="字" * (WORDS_LIMIT + 1))).code == "too_long"
    rate(one, words="字" * WORDS_LIMIT)


@pytest.mark.parametrize("stage", [CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED])
def test_a_low_rating_asks_for_a_call_which_the_centre_notes(stage: CaseStage) -> None:
    one = case(stage)
    assert refused(one, lambda: do(one, c.AnswerRating("k", "p2", TODAY, "问了", True))).code == "no_rating"
    _, planned = rate(one, score=LOW)
    assert (planned.kind, planned.chain, planned.payload["on"]) == ("visit.planned", performance.APART, "2026-11-30")
    assert shown(one)["centre/139901|staff"]["cases"]["k"]["unhappy"] == 1
    answer = c.AnswerRating("k", "p2", TODAY, "嫌时间太长，已解释", True)
    assert isinstance(refused(one, lambda: do(one, answer, WANG)), NotAllowed)
    assert refused(one, lambda: do(one, c.AnswerRating("k", "p2", "2026-11-28", "问了", True))).code == "date_ahead"
    (noted,) = do(one, answer)
    assert (noted.kind, noted.chain) == ("visit.noted", performance.APART)
    assert "unhappy" not in shown(one)["centre/139901|staff"]["cases"]["k"]
    assert isinstance(refused(one, lambda: do(one, answer)), Conflict)


def test_the_mediator_does_not_find_the_call_among_the_follow_ups() -> None:
    one = case()
    rate(one, score=1)
    held = (Standing.ASSIGNEE,)
    with pytest.raises(NotFound) as hidden:
        performance.handle(one, NoteVisit("k", "r1", TODAY, "问了", True), WANG, held, "", NOW)
    assert hidden.value.code == "no_entry"
    (planned,) = performance.handle(one, PlanVisit("k", TODAY, "visit"), WANG, held, "", NOW)
    assert planned.payload["visit"] == "v1", "no gap in the numbers tells of it"


def test_words_reach_the_mediator_when_the_centre_lets_them() -> None:
    one = case(CaseStage.CLOSED)
    rate(one, "p1", 5, "很公道")
    rate(one, "p2", 4)
    assert isinstance(refused(one, lambda: do(one, c.ReleaseWords("k", "p1"), WANG)), NotAllowed)
    assert refused(one, lambda: do(one, c.ReleaseWords("k", "p2"))).code == "no_rating", "nothing was written"
    assert read_by(WANG, one)["ratings/k"] == {"scores": [5, 4], "marks": {"fair": 2, "quick": 2}}
    (told,) = do(one, c.ReleaseWords("k", "p1"))
    assert told.kind == "rating.released" and do(one, c.ReleaseWords("k", "p1")) == []
    assert read_by(WANG, one)["ratings/k"]["words"] == ["很公道"]
    centre = read_by(CENTRE, one)["ratings/k"]["ratings"]
    assert (centre["p1"]["name"], centre["p1"]["capacity"], centre["p1"]["released"]) == ("李*明", "applicant", "周主任")


acts = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.sampled_from([*PEOPLE, "p9"]), st.integers(0, 6), st.sampled_from(["", "甲句话", "乙句话"])),
        st.tuples(st.just("answer"), st.sampled_from(PEOPLE), st.just(0), st.just("")),
        st.tuples(st.just("release"), st.sampled_from(PEOPLE), st.just(0), st.just("")),
        st.tuples(st.just("plan"), st.just(""), st.just(0), st.just("")),
    ),
    max_size=12,
)


@example([("rate", "p1", 1, "")], CaseStage.AGREED)
@given(acts, st.sampled_from([CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED]))
def test_whatever_is_done(doing: list[tuple[str, str, int, str]], stage: CaseStage) -> None:
    one = case(stage)
    for what, party, score, words in doing:
        before, read = msgspec.json.encode(one), read_by(WANG, one)
        try:
            match what:
                case "rate":
                    happened = rate(one, party, score, words)
                case "answer":
                    happened = do(one, c.AnswerRating("k", party, TODAY, "问了", False))
                case "release":
                    happened = do(one, c.ReleaseWords("k", party))
                case _:
                    happened = performance.handle(one, PlanVisit("k", TODAY, "visit"), WANG, (Standing.ASSIGNEE,), "", NOW)
        except Refusal:
            assert msgspec.json.encode(one) == before
            continue
        if what != "plan":
            assert all(event.chain == performance.APART for event in happened)
            if stage is not CaseStage.CLOSED:
                assert read_by(WANG, one) == read, "nothing moves for the mediator while the case is open"
    assert len({rating.party for rating in one.ratings}) == len(one.ratings)
    state = one.performance
    raised = [visit.rating for visit in state.visits if visit.rating] if state is not None else []
    assert sorted(raised) == sorted(rating.party for rating in one.ratings if rating.low)
    kept = {rating.words for rating in one.ratings if rating.words and not rating.released}
    open_ = {rating.words for rating in one.ratings if rating.released}
    told = str(read_by(WANG, one).get("ratings/k", {}))
    assert not any(words in told for words in kept - open_) and not any(person in told for person in PEOPLE)
    everybody = [doc for name, doc in shown(one).items() if not name.startswith(("ratings/", "centre/"))]
    assert not any(words and words in str(everybody) for words in kept | open_)
