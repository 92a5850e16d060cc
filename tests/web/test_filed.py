"""What the paper file has of a case: whose word it prints, what it masks, and when it says that a case was over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from cases.answered import Answered
from cases.case import Case, Mediator, Person, Step
from cases.filled_form import FilledForm
from cases.obligation import Obligation, Performance, Receipt, Said, Visit
from cases.vocabulary import CaseStage, DisputeKind, MatterOutcome, SeatRole
from rooms.room import Room, Seat
from storage.dossier import Dossier
from web.filed import file_facts, filing_facts

NOW = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
SAID = Said("", "王调解员", NOW)
LI = "11010519491231002X"


def case(**other: Any) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=CaseStage.AGREED, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        parties=[Person("p1", "李某", "applicant", "13800001234", LI, "东街"), Person("p2", "李某", "respondent")], history=[Step(CaseStage.AGREED, NOW)], **other,
    )  # fmt: skip


def seats() -> Room:
    room = Room("k-1", "k", NOW)
    for seat, party in (("s1", "p1"), ("s2", "p2")):
        room.seats[seat] = Seat(seat, SeatRole.PARTY, "李某", party=party)
    return room


def test_people_by_what_they_signed_and_what_was_filled_in() -> None:
    one = case(forms={"people": FilledForm({"p1.nation": "满族", "p2.age": "40"}, 1, "王调解员", NOW)})
    facts = file_facts(Dossier(one, seats()), [], {"party.2.id": "440524188001010014", "party.2.address": "西街"})
    first, second = facts.people
    assert (first.id_number, first.sex, first.age, first.nation, first.phone) == ("110105********002X", "女", "76", "满族", "13800001234")
    assert (second.id_number, second.address, second.age) == ("440524********0014", "西街", "40")
    assert LI not in repr(facts)
    assert facts.reported_on == date(2026, 11, 28), "a day of the county"


def test_who_was_verified_by_what_way_the_last_time() -> None:
    entries = [
        ("identity.verified", "2026-11-27T01:00:00.000000Z", {"seat": "s1", "method": "card compared on video"}),
        ("identity.verified", "2026-11-27T02:00:00.000000Z", {"seat": "s1", "method": "provider", "provider": "eid", "reference": "R-7"}),
        ("identity.failed", "2026-11-27T02:00:00.000000Z", {"seat": "s2", "provider": "eid"}),
        ("identity.verified", "2026-11-27T02:00:00.000000Z", {"seat": "gone", "method": "provider"}),
        ("notice.confirmed", "2026-11-27T03:00:00.000000Z", {"seat": "s2"}),
    ]
    facts = file_facts(Dossier(case(), seats()), entries, {})
    (proof,) = facts.proofs
    assert (proof.key, proof.how, proof.at) == ("p1", "实人核验服务核验通过（eid，R-7）", "2026年11月27日 10:00")
    assert [notice.key for notice in facts.notices] == ["p2"], "people of the same name are told apart"


@pytest.mark.parametrize(("amounts", "closed"), [(["1000.00", "800.00"], date(2026, 12, 9)), (["1000.00"], None), ([], None)])
def test_over_when_all_is_performed(amounts: list[str], closed: date | None) -> None:
    receipts = [Receipt(f"r{n}", f"2026-12-0{9 - n}", NOW, amount=amount, confirmed=SAID) for n, amount in enumerate(amounts)]
    owed = Obligation("o1", "修缮款", debtor="p1", creditor="p2", amount="1800.00", receipts=receipts)
    assert file_facts(Dossier(case(performance=Performance([owed]))), [], {}).closed_on == closed


def test_an_agreement_that_is_not_kept_here() -> None:
    assert filing_facts(Dossier(case())).agreement == ""
    assert filing_facts(Dossier(case(agreed_at=NOW))).agreement == "elsewhere"


def test_a_side_without_a_seat_is_neither_verified_nor_told() -> None:
    room = seats()
    for seat in room.seats.values():
        seat.verified = seat.notice = True
    assert filing_facts(Dossier(case(), room)).parties == 2
    del room.seats["s2"]
    known = filing_facts(Dossier(case(), room))
    assert (known.parties, known.verified, known.notified) == (2, 1, 1)


def test_what_was_not_confirmed_or_was_taken_back_is_no_receipt_and_a_ratings_visit_no_follow_up() -> None:
    receipts = [Receipt("r1", "2026-12-01", NOW, "p1", "10.00"), Receipt("r2", "2026-12-01", NOW, amount="20.00", confirmed=SAID, taken_back=SAID), Receipt("r3", "2026-12-02", NOW, amount="30.00", note="现金", confirmed=SAID)]  # fmt: skip
    visits = [Visit("v1", "2026-12-05", "telephone", "王调解员", NOW, "都好", True), Visit("v2", "2026-12-20", "visit", "王调解员", NOW),
              Visit("r1", "2026-12-06", "telephone", "周主任", NOW, "对调解员不满", False, "p1")]  # fmt: skip
    dossier = Dossier(case(performance=Performance([Obligation("o1", "修缮款", "", "p1", "p2", "1800.00", receipts=receipts)], visits)))
    facts, known = file_facts(dossier, [], {}), filing_facts(dossier)
    assert [(one.amount, one.note) for one in facts.receipts] == [("30.00", "现金")] and known.receipts == 1
    assert [one.outcome for one in facts.visits] == ["都好"] and known.visits == 1
    assert "不满" not in repr(facts.visits) and "对调解员" not in repr(facts)


def test_what_was_not_kept_is_told_in_the_statement_on_the_file() -> None:
    breach = Said("三次没有付", "王调解员", NOW)
    owed = [
        Obligation("o1", "第一期", debtor="p1", creditor="p2", amount="500.00", due="2026-11-20", breach=breach),
        Obligation("o2", "第二期", debtor="p1", creditor="p2", amount="500.00", due="2026-12-20"),
        Obligation("o3", "道歉", debtor="p1", creditor="p2", waived=SAID, breach=breach),
    ]
    one = case(performance=Performance(owed))
    waived = "“道歉”2026年11月28日由王调解员认定未按协议履行：三次没有付，后由对方放弃。"
    assert file_facts(Dossier(one), [], {}).noteworthy == [
        "“第一期”（2026年11月20日前）2026年11月28日由王调解员认定未按协议履行：三次没有付。",
        waived,
    ]
    one.stage = CaseStage.CLOSED
    assert file_facts(Dossier(one), [], {}).noteworthy == [
        "“第一期”（2026年11月20日前）2026年11月28日由王调解员认定未按协议履行：三次没有付，结案时尚未履行完毕。",
        "“第二期”（2026年12月20日前）结案时尚未履行完毕。",
        waived,
    ]


def test_a_matter_that_was_answered_says_so() -> None:
    one = case(answered=Answered(MatterOutcome.DONE, "换了新灯", "王调解员", NOW))
    one.kind, one.stage, one.history = DisputeKind.MATTER, CaseStage.CLOSED, [Step(CaseStage.CLOSED, NOW)]
    facts = file_facts(Dossier(one), [], {})
    assert (facts.result, facts.noteworthy) == ("办理答复：已办成", ["2026年11月28日由王调解员答复：换了新灯"])
    assert filing_facts(Dossier(one)).matter and not filing_facts(Dossier(one, seats())).matter
