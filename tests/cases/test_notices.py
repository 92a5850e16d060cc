"""Who is told of what, and that nothing personal is in it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import performance
from cases.actor import SYSTEM
from cases.calendar import STATUTORY
from cases.case import Case, Numbering
from cases.casework import handle
from cases.commands.casework import Accept, Dispatch
from cases.commands.performance import TellReceipt
from cases.commands.statements import AgreeStatements, AnswerIdentity, AskIdentity, AskStatement, ProposeStatement, WithdrawStatement
from cases.errors import NotAllowed, OutOfTurn
from cases.notices import OF_PARTIES, ON, TELLS, Notice, channels_of, holds, notices_of
from cases.obligation import Said
from cases.ports import Happened
from cases.terms import mark_unanswered, unanswered, watch
from cases.vocabulary import CaseStage, Channel, DisputeKind, NoticeKind
from tests.cases.test_performance import CENTRE, NOW, TODAY, WANG, case, do, first
from tests.cases.test_scheduling import REPORTER
from tests.cases.test_scheduling import WANG as MEDIATOR
from tests.cases.test_scheduling import case as stated
from tests.cases.test_stating import LINKED, give
from tests.cases.test_stating import do as state
from web.notice_texts import SMS_LIMIT, TEXTS, link_of, mail, number_of, sms, text_of, wechat


def reported() -> Case:
    one = case(CaseStage.REPORTED)
    one.performance, one.mediator = None, None
    return one


def test_an_order_is_offered_taken_or_not_answered() -> None:
    one = reported()
    told = notices_of(one, handle(one, Dispatch("k", ["wang", "chen"], names=["甲", "乙"]), CENTRE, NOW, Numbering("n")))
    assert told == [Notice(NoticeKind.ORDER_OFFERED, account=account) for account in ("wang", "chen")]
    assert all(holds(one, notice) for notice in told)
    assert one.answer_by is not None
    late = one.answer_by
    (near, _) = notices_of(one, watch(one, SYSTEM, late - timedelta(hours=30), STATUTORY))
    assert near == Notice(NoticeKind.ORDER_DUE, account="wang") and holds(one, near)
    assert not unanswered(one, late - timedelta(seconds=1)) and mark_unanswered(one, SYSTEM, NOW) == []
    with pytest.raises(NotAllowed):
        mark_unanswered(one, CENTRE, late)
    (centre,) = notices_of(one, mark_unanswered(one, SYSTEM, late))
    assert centre == Notice(NoticeKind.ORDER_UNANSWERED, centre="139901001") and holds(one, centre)
    assert not any(holds(one, notice) for notice in (*told, near)), "nobody is offered it any more"
    with pytest.raises(OutOfTurn):
        mark_unanswered(one, SYSTEM, late + timedelta(days=9))
    handle(one, Dispatch("k", ["chen"], names=["乙"]), CENTRE, late, Numbering("n"))
    assert not holds(one, told[0]) and holds(one, told[1]) and not holds(one, centre)
    assert unanswered(one, late + timedelta(days=9)), "given to others, it waits anew"
    handle(one, Accept("k"), msgspec.structs.replace(WANG, id="chen"), late, Numbering("n", "安和人调字〔2026〕第00001号"))
    assert not holds(one, told[1]) and not unanswered(one, late + timedelta(days=9))
    with pytest.raises(OutOfTurn):
        mark_unanswered(one, SYSTEM, late + timedelta(days=9))


def test_what_is_owed_is_told_to_who_owes_it_and_to_the_desk() -> None:
    one = case()
    near = performance.remind(one, SYSTEM, NOW)
    assert [event.payload["obligation"] for event in near] == ["o1"], "due in three days; the other has no day"
    with pytest.raises(NotAllowed):
        performance.remind(one, WANG, NOW)
    told = notices_of(one, near)
    assert told == [
        Notice(NoticeKind.OBLIGATION_DUE, account="wang", about="o1"),
        Notice(NoticeKind.OBLIGATION_DUE, party="p1", about="o1"),
    ]
    assert [channels_of(notice, one) for notice in told] == [{Channel.PAGE}, {Channel.SMS, Channel.WECHAT}]
    assert performance.remind(one, SYSTEM, NOW + timedelta(days=1)) == [], "once for a day that was agreed"
    late = NOW + timedelta(days=4)
    told += notices_of(one, performance.mark_overdue(one, SYSTEM, late))
    assert [notice.party for notice in told] == ["", "p1", "", "p1"] and all(holds(one, notice) for notice in told)
    do(one, TellReceipt("k", "o1", TODAY), msgspec.structs.replace(WANG, kind="seat", id="s1"), late)
    assert all(holds(one, notice) for notice in told), "a party's word alone settles nothing"
    first(one).waived = Said("赵某不要了", "王调解员", late)
    assert not any(holds(one, notice) for notice in told)


def test_an_invented_case_is_told_of_on_the_page_alone() -> None:
    one = case()
    one.synthetic = True
    for kind in NoticeKind:
        assert channels_of(Notice(kind, account="wang"), one) == {Channel.PAGE}
        assert channels_of(Notice(kind, party="p1"), one) == set()


def test_nobody_is_told_of_anything_else() -> None:
    assert notices_of(case(), [Happened("case.refused", {"reason": "我是他的亲戚"}), Happened("chat.said", {"text": "好"})]) == []
    assert notices_of(reported(), [Happened("session.opened", {})]) == [], "a case without a mediator has nobody to tell"
    assert {"case.assigned", "case.handed_over", "session.opened"} < set(TELLS)


@given(st.sampled_from(sorted(TEXTS)), st.sampled_from(["zh", "en"]), st.integers(0, 400), st.booleans(), st.sampled_from(DisputeKind))
def test_texts_are_short_and_have_nothing_of_the_case_but_its_number(
    kind: NoticeKind, language: str, long: int, staff: bool, about: DisputeKind
) -> None:
    one = case()
    one.facts, one.title, one.number = "不该出现的经过", "不该出现的事由", "安和人调字〔2026〕第00001号"
    link = link_of(one, "https://heyi.example.cn" + "/x" * long, staff=staff)
    text, (subject, body) = sms(kind, about, language, number_of(one), link), mail(kind, about, language, number_of(one), link)
    assert len(text) <= SMS_LIMIT and (text.endswith(link) or link not in text)
    assert "https" not in text or text.endswith(link), "a link that is cut off leads nowhere"
    for said in (text, subject, body):
        assert one.number in said
        assert not any(word in said for word in ("不该出现", "李", "赵", "钱", "王调解员", "1800", "排水"))


def test_every_way_has_its_words() -> None:
    assert set(ON) == set(NoticeKind)
    beside = {kind for kind, channels in ON.items() if channels - {Channel.PAGE}} | OF_PARTIES
    assert set(TEXTS) == beside and all(set(texts) == {"zh", "en"} for texts in TEXTS.values())
    assert number_of(reported()) == "HY-AAAA-BBBB"


@pytest.mark.parametrize("kind", sorted(OF_PARTIES))
def test_whoever_reported_a_livelihood_matter_is_told_in_no_words_of_a_dispute(kind: NoticeKind) -> None:
    said = [text_of(kind, DisputeKind.MATTER, language) for language in ("zh", "en")] + list(
        wechat(kind, DisputeKind.MATTER, "HY-AAAA-BBBB")
    )
    found = [text for text in said for word in ("矛盾", "纠纷", "对方", "调解", "dispute", "mediat", "part") if word in text.lower()]
    assert not found
    assert text_of(kind, DisputeKind.DISPUTE, "zh") == TEXTS[kind]["zh"]


def test_statements_from_afar_proposed_possible_and_given() -> None:
    one = stated(CaseStage.ACCEPTED)
    (proposed,) = notices_of(one, state(one, ProposeStatement("k", "p2"), MEDIATOR))
    assert proposed == Notice(NoticeKind.STATEMENT_PROPOSED, party="p2") and holds(one, proposed)
    assert notices_of(one, state(one, AgreeStatements("k", True), REPORTER)) == [], "not all yet"
    (may_be_given,) = notices_of(one, state(one, AgreeStatements("k", True), LINKED))
    assert may_be_given == Notice(NoticeKind.STATEMENT_OPEN, party="p2") and holds(one, may_be_given) and not holds(one, proposed)
    state(one, AskIdentity("k", "p2"), MEDIATOR)
    state(one, AnswerIdentity("k", "123456"), LINKED)
    (told,) = notices_of(one, give(one))
    assert told == Notice(NoticeKind.STATEMENT_GIVEN, account="wang", about="p2") and holds(one, told) and not holds(one, may_be_given)
    assert channels_of(told, one) <= {Channel.PAGE, Channel.EMAIL}
    assert channels_of(proposed, one) <= {Channel.SMS, Channel.WECHAT}
    state(one, WithdrawStatement("k"), LINKED)
    assert not holds(one, told)
    assert notices_of(one, state(stated(CaseStage.ACCEPTED), AskStatement("k", "在外地"), LINKED)) == [], "who asks knows of it"


def test_who_asks_may_be_the_last_who_agrees_and_who_agreed_may_be_proposed_one() -> None:
    one = stated(CaseStage.ACCEPTED)
    state(one, ProposeStatement("k", "p2"), MEDIATOR)
    state(one, AgreeStatements("k", True), LINKED)
    (open_now,) = notices_of(one, state(one, AskStatement("k", "在外地"), REPORTER))
    assert open_now == Notice(NoticeKind.STATEMENT_OPEN, party="p2") and holds(one, open_now), "not to who asked"
    another = stated(CaseStage.ACCEPTED)
    state(another, AskStatement("k", "在外地"), REPORTER)
    state(another, AgreeStatements("k", True), LINKED)
    (proposed,) = notices_of(another, state(another, ProposeStatement("k", "p2"), MEDIATOR))
    assert proposed == Notice(NoticeKind.STATEMENT_OPEN, party="p2") and holds(another, proposed)
