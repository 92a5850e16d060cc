"""What a resident's list reads out of a case: from the room, the frozen text and the performance, for each party its own."""

from __future__ import annotations

from datetime import timedelta

from agreements.agreement import Agreement
from agreements.ceremony import Ceremony, Signer, Stage
from cases.acting import Acting, Capacity
from cases.matters import Doing, to_do
from cases.obligation import Answer, Obligation, Performance, Receipt
from cases.vocabulary import CaseStage, SeatRole
from rooms.handling import open_room
from rooms.room import Seat
from storage.dossier import Dossier
from tests.cases.test_satisfaction import ENDED, NOW, WANG, case
from web.matters import facts_of

SIGNERS = (Signer("s1", "party"), Signer("s2", "party"), Signer("m", "mediator"))


def sitting(stage: CaseStage = CaseStage.MEDIATING) -> Dossier:
    room, _ = open_room("k-1", "k", WANG, ENDED)
    room.seats |= {"s1": Seat("s1", SeatRole.PARTY, "李小明", party="p1"), "s2": Seat("s2", SeatRole.PARTY, "赵某", party="p2")}
    return Dossier(case(stage), room, Agreement("k-1"))


def doing(dossier: Dossier, party: str, link: bool = True) -> list[Doing]:
    return to_do(facts_of(dossier, party, link, NOW))


def test_the_frozen_text_waits_for_who_has_not_confirmed_and_not_signed() -> None:
    one = sitting()
    assert one.agreement is not None
    assert doing(one, "p1") == doing(one, "p2") == [Doing.ENTER]
    one.agreement.ceremony = Ceremony(SIGNERS, Stage.CONFIRMING, clauses=("c1", "c2"), confirmed=frozenset({("s1", "c1"), ("s1", "c2")}))
    assert doing(one, "p1") == [Doing.ENTER] and doing(one, "p2") == [Doing.CONFIRM, Doing.ENTER]
    one.agreement.ceremony = Ceremony(SIGNERS, Stage.SIGNING, clauses=("c1",), signed=("s2",))
    assert doing(one, "p1") == [Doing.SIGN, Doing.ENTER] and doing(one, "p2") == [Doing.ENTER]
    assert doing(one, "p1", link=False) == [], "without a link the mediator has to make one"
    assert doing(one, "p3") == [], "who was not invited is told nothing"


def test_who_is_represented_is_not_let_in_in_the_agents_place() -> None:
    one = sitting()
    assert one.room is not None
    one.room.seats["s2"].acts = Acting("孙某", "赵某", Capacity.GUARDIAN)
    assert doing(one, "p2") == [] and doing(one, "p1") == [Doing.ENTER]


def test_receipts_of_the_other_side_what_is_owed_and_the_rating() -> None:
    one = sitting(CaseStage.AGREED)
    assert one.room is not None
    one.room.ended_at = ENDED
    told = Receipt("r1", "2026-11-25", NOW, party="p2")
    one.case.performance = Performance([Obligation("o1", "修好屋檐", debtor="p2", creditor="p1", receipts=[told])])
    assert doing(one, "p1", link=False) == [Doing.ANSWER_RECEIPT, Doing.RATE], "on the page of the own report"
    assert doing(one, "p2") == [Doing.PERFORM, Doing.RATE] and doing(one, "p2", link=False) == []
    told.answer = Answer("p1", True, NOW)
    assert doing(one, "p1") == [Doing.RATE]
    assert to_do(facts_of(one, "p1", True, ENDED + timedelta(days=61))) == []
