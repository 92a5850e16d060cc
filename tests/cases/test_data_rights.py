"""Requests about personal data: asked by who reported, answered by the centre, once, in time, and with a ground where it is no."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.calendar import STATUTORY, working_days_between
from cases.commands.data import AnswerData, AskData
from cases.data_request import Ground, Wish
from cases.data_rights import ANSWER_WITHIN, CHAIN, MOST, handle, next_due
from cases.errors import Conflict, Invalid, NotAllowed, Refusal
from cases.notices import Notice, holds, notices_of
from cases.vocabulary import CaseStage, NoticeKind, Role
from realtime.audience import fragments, view_of
from storage.dossier import Dossier
from tests.cases.test_satisfaction import CENTRE, WANG, case

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
ELSEWHERE = Actor("account", "far", "外县", Role.CENTRE, "far", "130000")
REPORTER = Actor("reporter", "k", case_id="k")
COMMANDS = st.one_of(
    st.builds(AskData, st.just("k"), st.sampled_from(Wish), st.just("我的电话写错了")),
    st.builds(
        AnswerData, st.just("k"), st.sampled_from(["d1", "d2", "d9"]), st.booleans(), st.just("理由"), st.sampled_from([None, *Ground])
    ),
)
WHO = st.sampled_from([REPORTER, CENTRE, WANG, Actor("reporter", "other", case_id="other"), Actor("resident", "r")])


def test_the_centre_is_told_of_a_request_and_who_asked_of_its_answer() -> None:
    one = case(CaseStage.ACCEPTED)
    (asked,) = notices_of(one, handle(one, AskData("k", Wish.CORRECTION, "我的电话写错了"), REPORTER, NOW, STATUTORY))
    assert asked == Notice(NoticeKind.DATA_ASKED, centre=one.region, about="d1") and holds(one, asked)
    (told,) = notices_of(one, handle(one, AnswerData("k", "d1", True, "已更正"), CENTRE, NOW, STATUTORY))
    assert told == Notice(NoticeKind.DATA_ANSWERED, party=one.parties[0].id, about="d1")
    assert holds(one, told) and not holds(one, asked), "what is answered waits for nobody"


@given(st.lists(st.tuples(COMMANDS, WHO), max_size=60), st.sampled_from(CaseStage))
def test_of_any_course_every_answer_is_given_once_and_grounded(steps: list, stage: CaseStage) -> None:
    one, asked, answered = case(stage), 0, 0
    for command, actor in steps:
        try:
            (happened,) = handle(one, command, actor, NOW, STATUTORY)
        except Refusal:
            continue
        assert happened.chain == CHAIN
        if isinstance(command, AskData):
            assert actor is REPORTER
            asked += 1
        else:
            assert actor is CENTRE
            answered += 1
    given_ = [request.answer for request in one.requests if request.answer]
    assert (len(one.requests), len(given_)) == (asked, answered)
    assert all(answer.granted != (answer.ground is not None) for answer in given_)
    waiting = [request.wish for request in one.requests if request.answer is None]
    assert len(waiting) == len(set(waiting)) and (next_due(one) is None) == (not waiting)
    assert all(working_days_between(request.at, request.due) == ANSWER_WITHIN for request in one.requests)


def test_nobody_but_the_centre_and_who_asked_reads_it() -> None:
    one = case()
    handle(one, AskData("k", Wish.DELETION, "请删掉我的住址"), REPORTER, NOW, STATUTORY)
    shown = fragments(Dossier(one))
    assert {name for name, doc in shown.items() if "住址" in str(doc)} == {"data/k|centre", "case/k|reporter"}
    assert shown["centre/139901|staff"]["cases"]["k"]["data_due"]
    readers = [view_of(actor, "data/k", Dossier(one)) for actor in (CENTRE, WANG, ELSEWHERE, REPORTER, Actor("resident", "r"))]
    assert readers == ["centre", None, None, None, None], "not its mediator either"
    handle(one, AnswerData("k", "d1", False, "协议须保存", Ground.FILE_KEPT), CENTRE, NOW, STATUTORY)
    shown = fragments(Dossier(one))
    assert shown["case/k|reporter"]["requests"]["d1"]["answer"]["ground"] == "file_kept"
    assert "data_due" not in shown["centre/139901|staff"]["cases"]["k"]


def test_limits_are_told() -> None:
    one = case()
    with pytest.raises(NotAllowed):
        handle(one, AskData("k", Wish.ACCESS, "看看"), Actor("account", "x", role=Role.MEDIATOR), NOW, STATUTORY)
    for words in ("", "长" * 501):
        with pytest.raises(Invalid):
            handle(one, AskData("k", Wish.ACCESS, words), REPORTER, NOW, STATUTORY)
    handle(one, AskData("k", Wish.ACCESS, "看看"), REPORTER, NOW, STATUTORY)
    with pytest.raises(Conflict):
        handle(one, AskData("k", Wish.ACCESS, "再看看"), REPORTER, NOW, STATUTORY)
    for number in range(1, MOST):
        handle(one, AnswerData("k", f"d{number}", True, "好"), CENTRE, NOW, STATUTORY)
        handle(one, AskData("k", Wish.ACCESS, "再看看"), REPORTER, NOW, STATUTORY)
    handle(one, AnswerData("k", f"d{MOST}", True, "好"), CENTRE, NOW, STATUTORY)
    with pytest.raises(Conflict):
        handle(one, AnswerData("k", "d1", True, "好"), CENTRE, NOW, STATUTORY)
    with pytest.raises(Invalid) as many:
        handle(one, AskData("k", Wish.ACCESS, "再看看"), REPORTER, NOW, STATUTORY)
    assert many.value.code == "too_many_requests"
