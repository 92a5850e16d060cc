"""Receipts never exceed what is owed, only the office's word counts, and a refusal leaves a case as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import performance
from cases.actor import SYSTEM, Actor
from cases.case import Case, Mediator, Numbering, Person, standings
from cases.casework import handle as handle_case
from cases.commands import performance as c
from cases.commands.casework import CloseCase
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, Refusal, TooMuch
from cases.obligation import OPEN, Obligation, State, fen
from cases.permissions import may
from cases.vocabulary import CaseStage, DisputeKind, Role, Standing

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
TODAY = "2026-11-27"
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
LI, ZHAO = (Actor("seat", seat, case_id="k", session_id="k-1") for seat in ("s1", "s2"))
PARTY = {"s1": "p1", "s2": "p2"}


def case(stage: CaseStage = CaseStage.AGREED) -> Case:
    """李某 (p1) owes 赵某 (p2) 1800 yuan by the end of the month, and a gutter without a day."""
    one = Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        parties=[Person("p1", "李某", "applicant"), Person("p2", "赵某", "respondent"), Person("p3", "钱某", "respondent")],
    )  # fmt: skip
    money = Obligation("", "李某支付赵某1800.00元", "", "p1", "p2", "1800.00", "2026-11-30")
    performance.begin(one, [money, Obligation("", "李某装水落管", "", "p1", "p2")])
    return one


def do(one: Case, command: Any, actor: Actor = WANG, now: datetime = NOW) -> Any:
    held = (Standing.PARTY,) if actor.kind == "seat" else standings(one, actor)
    (happened,) = performance.handle(one, command, actor, held, PARTY.get(actor.id, ""), now)
    return happened


def first(one: Case) -> Obligation:
    assert one.performance is not None
    return one.performance.obligations[0]


def refused(one: Case, command: Any, actor: Actor = WANG) -> Refusal:
    before = msgspec.json.encode(one)
    with pytest.raises(Refusal) as found:
        do(one, command, actor)
    assert msgspec.json.encode(one) == before
    return found.value


def test_both_sides_say_it_and_the_office_confirms() -> None:
    one = case()
    told = do(one, c.TellReceipt("k", "o1", TODAY, "800.00", note="微信转账"), LI)
    assert (told.kind, told.payload["by"]) == ("receipt.told", "p1")
    assert first(one).state is State.DUE, "a word alone does not count"
    assert refused(one, c.AnswerReceipt("k", "o1", "r1", True), LI).code == "own_receipt"
    do(one, c.AnswerReceipt("k", "o1", "r1", True, "收到了"), ZHAO)
    assert isinstance(refused(one, c.ConfirmReceipt("k", "o1", "r1"), ZHAO), NotAllowed)
    do(one, c.ConfirmReceipt("k", "o1", "r1"))
    assert first(one).state is State.PARTLY and first(one).receipts[0].answer is not None
    assert refused(one, c.ConfirmReceipt("k", "o1", "r1"), CENTRE).code == "receipt_settled"
    assert refused(one, c.AnswerReceipt("k", "o1", "r1", False), ZHAO).code == "receipt_settled"
    rest = do(one, c.TellReceipt("k", "o1", TODAY), ZHAO)
    assert rest.payload["amount"] == "1000.00", "without a sum it is the rest"
    do(one, c.ConfirmReceipt("k", "o1", "r2"), CENTRE)
    assert first(one).state is State.DONE
    assert refused(one, c.NoteReceipt("k", "o1", TODAY)).code == "nothing_owed"


def test_a_mistake_is_taken_back_and_stays_to_be_seen() -> None:
    one = case()
    do(one, c.NoteReceipt("k", "o1", TODAY))
    assert first(one).state is State.DONE
    assert refused(one, c.TakeBackReceipt("k", "o1", "r1", "")).code == "missing"
    do(one, c.TakeBackReceipt("k", "o1", "r1", "记错了案子"))
    assert first(one).state is State.DUE
    (kept,) = first(one).receipts
    assert kept.taken_back is not None and kept.taken_back.reason == "记错了案子"
    assert refused(one, c.TakeBackReceipt("k", "o1", "r1", "再来")).code == "receipt_settled"
    do(one, c.NoteReceipt("k", "o1", TODAY, "1800.00"))


def test_a_party_takes_back_its_own_word_until_it_is_confirmed() -> None:
    one = case()
    do(one, c.TellReceipt("k", "o1", TODAY, "800.00"), LI)
    assert refused(one, c.TakeBackReceipt("k", "o1", "r1", "没有的事"), ZHAO).code == "not_your_word"
    taken = do(one, c.TakeBackReceipt("k", "o1", "r1", "多写了一个零"), LI)
    back = first(one).receipts[0].taken_back
    assert taken.payload["by"] == "p1" and back is not None and back.by == "李某"
    do(one, c.TellReceipt("k", "o1", TODAY, "80.00"), LI)
    do(one, c.ConfirmReceipt("k", "o1", "r2"))
    assert refused(one, c.TakeBackReceipt("k", "o1", "r2", "反悔"), LI).code == "receipt_settled"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.NoteReceipt("k", "o1", TODAY, "1800.01"), "more_than_owed"),
        (c.NoteReceipt("k", "o1", "2026-11-28"), "date_ahead"),
        (c.NoteReceipt("k", "o1", "2000-01-01"), "date_before_report"),
        (c.PlanVisit("k", "2099-01-01", "visit"), "date_far"),
        (c.SetObligation("k", "返还定金", due="2099-01-01"), "date_far"),
        (c.NoteReceipt("k", "o1", "2026-W47-5"), "date_shape"),
        (c.NoteReceipt("k", "o1", "2026-02-30"), "date_shape"),
        (c.NoteReceipt("k", "o1", TODAY, "1800"), "amount_shape"),
        (c.NoteReceipt("k", "o1", TODAY, "0.00"), "amount_shape"),
        (c.NoteReceipt("k", "o2", TODAY, "5.00"), "amount_not_owed"),
        (c.NoteReceipt("k", "o9", TODAY), "no_entry"),
        (c.NoteReceipt("k", "o1", TODAY, note="字" * 501), "too_long"),
        (c.ConfirmReceipt("k", "o1", "r1"), "no_entry"),
        (c.SetObligation("k", "修院墙", debtor="p9"), "unknown_party"),
        (c.SetObligation("k", "修院墙", debtor="p1", creditor="p1"), "same_party"),
        (c.SetObligation("k", "字" * 301), "too_long"),
        (c.SetObligation("k", " "), "missing"),
        (c.StateBreach("k", "o1", "不是", on=False), "no_breach"),
        (c.PlanVisit("k", "明天", "telephone"), "date_shape"),
        (c.PlanVisit("k", "2026-11-26", "telephone"), "date_past"),
        (c.NoteVisit("k", "v1", TODAY, "都好", True), "no_entry"),
    ],
)
def test_what_is_refused_and_why(command: Any, code: str) -> None:
    assert refused(case(), command).code == code


def test_nobody_speaks_for_others() -> None:
    one = case()
    qian = Actor("seat", "s3", case_id="k", session_id="k-1")
    assert refused(one, c.TellReceipt("k", "o1", TODAY), qian).code == "not_your_obligation"
    assert refused(one, c.NoteReceipt("k", "o1", TODAY), LI).code == "not_allowed"
    assert refused(one, c.SetObligation("k", "修院墙"), CENTRE).code == "not_allowed"
    assert refused(one, c.StateBreach("k", "o1", "没付"), CENTRE).code == "not_allowed"
    closed = case(CaseStage.CLOSED)
    assert isinstance(refused(closed, c.NoteReceipt("k", "o1", TODAY)), OutOfTurn)


def test_the_mediator_completes_the_schedule_and_receipts_bind_it() -> None:
    one = case()
    entered = do(one, c.SetObligation("k", "修好院墙", debtor="p1", creditor="p2", due="2026-12-20"))
    assert entered.payload["id"] == "o3"
    do(one, c.DropObligation("k", "o3", "重复了"))
    assert do(one, c.SetObligation("k", "修好院墙")).payload["id"] == "o4", "an id is never given twice"
    do(one, c.NoteReceipt("k", "o1", TODAY, "500.00"))
    fixed: dict[str, Any] = {"obligation": "o1", "debtor": "p1", "creditor": "p2"}
    for wrong in ({"amount": "499.99"}, {"amount": ""}, {"amount": "1800.00", "debtor": "p3"}):
        assert refused(one, c.SetObligation("k", "付款", **(fixed | wrong))).code == "receipts_stand"
    assert refused(one, c.DropObligation("k", "o1", "错")).code == "receipts_stand"
    do(one, c.SetObligation("k", "付款", amount="500.00", **fixed))
    assert first(one).state is State.DONE


def test_waiver_and_breach() -> None:
    one = case()
    breach = do(one, c.StateBreach("k", "o1", "催了三次没有付"))
    assert breach.kind == "obligation.breached" and first(one).state is State.BREACHED
    assert isinstance(refused(one, c.StateBreach("k", "o1", "再说一次")), Conflict)
    do(one, c.StateBreach("k", "o1", "记错人了", on=False))
    assert first(one).state is State.DUE
    do(one, c.WaiveObligation("k", "o1", "赵某当面说不要了"))
    assert first(one).state is State.WAIVED
    assert refused(one, c.StateBreach("k", "o1", "没付")).code == "nothing_owed"


def test_what_is_past_its_day_is_noted_once_and_again_for_another_day() -> None:
    one, late = case(), datetime(2026, 11, 30, 16, 1, tzinfo=UTC)  # a minute into December in the county
    assert not performance.lateness(one, late - timedelta(minutes=2))
    (noted,) = performance.mark_overdue(one, SYSTEM, late)
    assert noted.payload == {"obligation": "o1", "due": "2026-11-30"}
    assert performance.mark_overdue(one, SYSTEM, late + timedelta(days=9)) == []
    do(one, c.SetObligation("k", "付款", "o1", debtor="p1", creditor="p2", amount="1800.00", due="2026-12-05"))
    assert not performance.lateness(one, late)
    assert len(performance.mark_overdue(one, SYSTEM, late + timedelta(days=6))) == 1
    with pytest.raises(NotAllowed):
        performance.mark_overdue(one, WANG, late)


def test_follow_ups() -> None:
    one = case()
    do(one, c.PlanVisit("k", "2026-12-20", "telephone"))
    assert refused(one, c.NoteVisit("k", "v1", "2026-12-20", "都好", True)).code == "date_ahead"
    do(one, c.NoteVisit("k", "v1", TODAY, "双方都说履行得好", True), CENTRE)
    assert refused(one, c.NoteVisit("k", "v1", TODAY, "又一次", True)).code == "visit_noted"


def test_limits() -> None:
    one = case()
    assert one.performance is not None
    for _ in range(performance.VISIT_LIMIT):
        do(one, c.PlanVisit("k", TODAY, "visit"))
    assert isinstance(refused(one, c.PlanVisit("k", TODAY, "visit")), TooMuch)
    for _ in range(performance.RECEIPT_LIMIT):
        do(one, c.NoteReceipt("k", "o1", TODAY, "0.01"))
    assert isinstance(refused(one, c.NoteReceipt("k", "o1", TODAY, "0.01")), TooMuch)
    while len(one.performance.obligations) < performance.OBLIGATION_LIMIT:
        do(one, c.SetObligation("k", "又一件"))
    assert isinstance(refused(one, c.SetObligation("k", "太多了")), TooMuch)
    performance.begin(one, [Obligation("", "一件") for _ in range(performance.OBLIGATION_LIMIT + 3)])
    assert (len(one.performance.obligations), one.performance.left_out) == (performance.OBLIGATION_LIMIT, 3)


def test_a_case_that_still_owes_is_closed_with_a_reason_only() -> None:
    one = case()
    with pytest.raises(Invalid) as wrong:
        handle_case(one, CloseCase("k"), WANG, NOW, Numbering("x"))
    assert wrong.value.code == "still_owed" and one.stage is CaseStage.AGREED
    (closed,) = handle_case(one, CloseCase("k", "赵某已向法院起诉"), WANG, NOW, Numbering("x"))
    assert closed.payload["owed"] == ["o1", "o2"] and one.history[-1].note == "赵某已向法院起诉"
    done = case()
    do(done, c.NoteReceipt("k", "o1", TODAY))
    do(done, c.WaiveObligation("k", "o2", "不装了"))
    handle_case(done, CloseCase("k"), WANG, NOW, Numbering("x"))


AMOUNTS = st.sampled_from(["", "0.01", "600.00", "1200.00", "1800.00", "9999.00"])
NAMES = st.sampled_from(["o1", "o2", "o3"])
RECEIPTS = st.sampled_from(["r1", "r2", "r3"])
COMMANDS = st.one_of(
    st.builds(c.TellReceipt, st.just("k"), NAMES, st.just(TODAY), AMOUNTS, st.booleans()),
    st.builds(c.NoteReceipt, st.just("k"), NAMES, st.just(TODAY), AMOUNTS, st.booleans()),
    st.builds(c.AnswerReceipt, st.just("k"), NAMES, RECEIPTS, st.booleans()),
    st.builds(c.ConfirmReceipt, st.just("k"), NAMES, RECEIPTS),
    st.builds(c.TakeBackReceipt, st.just("k"), NAMES, RECEIPTS, st.just("错")),
    st.builds(c.WaiveObligation, st.just("k"), NAMES, st.just("不要了")),
    st.builds(c.StateBreach, st.just("k"), NAMES, st.just("没付"), st.booleans()),
    st.builds(c.DropObligation, st.just("k"), NAMES, st.just("错")),
    st.builds(
        c.SetObligation,
        st.just("k"),
        st.just("付款"),
        st.sampled_from(["", "o1", "o2"]),
        st.just(""),
        st.just("p1"),
        st.just("p2"),
        AMOUNTS,
    ),
)


@given(st.lists(st.tuples(st.sampled_from([WANG, CENTRE, LI, ZHAO]), COMMANDS), max_size=25))
def test_random_walks(steps: list[tuple[Actor, Any]]) -> None:
    one = case()
    for actor, command in steps:
        before = msgspec.json.encode(one)
        held = (Standing.PARTY,) if actor.kind == "seat" else standings(one, actor)
        try:
            (happened,) = performance.handle(one, command, actor, held, PARTY.get(actor.id, ""), NOW)
        except Refusal:
            assert msgspec.json.encode(one) == before, "a refusal changed the case"
            continue
        assert may(held, performance.action_of(command, PARTY.get(actor.id, "")), one.stage)
        assert happened.payload["by"] in {actor.ledger_name, PARTY.get(actor.id)}
        assert one.performance is not None
        for owed in one.performance.obligations:
            assert not owed.amount or owed.confirmed <= owed.told <= fen(owed.amount)
            assert all(receipt.confirmed for receipt in owed.receipts if not receipt.party), "the office's own word counts at once"
            assert (owed.state in OPEN) == (owed in one.performance.open())
        assert msgspec.json.decode(msgspec.json.encode(one), type=Case) == one


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_a_day_is_over_when_the_next_has_begun(due: date, today: date) -> None:
    assert Obligation("o1", "付款", due=due.isoformat()).overdue(today) == (today > due)


def test_an_unknown_case_has_nothing() -> None:
    assert isinstance(refused(case(), c.DropObligation("k", "o7", "错")), NotFound)
