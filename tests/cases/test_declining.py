"""Reports that are not taken up: by whom, with which words, who learns what of it, and the way back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cases.case import Case
from cases.commands import casework as c
from cases.commands.declining import DeclineReport, TakeUp
from cases.counted import counted
from cases.declining import handle
from cases.errors import Invalid, NotAllowed, Refusal
from cases.figures import reached
from cases.notices import Notice, holds, notices_of
from cases.vocabulary import CaseStage, DeclineReason, NoticeKind
from realtime.audience import fragments
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, NOW, apply_command, case, taken

ELSEWHERE = DeclineReport("k1", DeclineReason.ELSEWHERE, "行政处罚不服的，请到县司法局申请行政复议")
SAME = DeclineReport("k1", DeclineReason.SAME, "", same="k9-other")


def do(file: Case, command: Any, who: str = "centre") -> list[Any]:
    return handle(file, command, ACTORS[who], NOW)


def refused(file: Case, command: Any, who: str = "centre") -> Refusal:
    before = msgspec.json.encode(file)
    with pytest.raises(Refusal) as told:
        do(file, command, who)
    assert msgspec.json.encode(file) == before, "a refusal changed the case"
    return told.value


def test_what_is_not_taken_up_is_over_and_says_why() -> None:
    file = case()
    (happened,) = do(file, ELSEWHERE)
    assert happened.kind == "case.declined"
    assert happened.payload == {"why": "elsewhere", "words": ELSEWHERE.words, "by": "account:centre"}
    assert file.stage is CaseStage.DECLINED and (file.history[-1].who, file.history[-1].note) == ("周主任", ELSEWHERE.words)
    assert notices_of(file, [happened]) == [Notice(NoticeKind.REPORT_DECLINED, party="p1")]
    assert reached(counted(file, live=False)) == ("reported",)


def test_where_staff_has_entered_it_nobody_is_told_by_the_system() -> None:
    file = case()
    file.entered_by = "wang"
    assert notices_of(file, do(file, ELSEWHERE)) == []
    assert fragments(Dossier(file))["case/k1|staff"]["declined"]["entered"]


def test_which_other_case_it_is_stands_in_nobody_s_document() -> None:
    file = case()
    (happened,) = do(file, SAME)
    assert happened.payload["same"] == "k9-other"
    shown = fragments(Dossier(file))
    assert shown["case/k1|staff"]["declined"] == {"why": "same", "by": "周主任"}
    assert shown["case/k1|reporter"]["declined"] == {"why": "same"}
    assert not [name for name, doc in shown.items() if "k9-other" in str(doc)]


def test_the_public_page_tells_neither_words_nor_why() -> None:
    file = case()
    do(file, ELSEWHERE)
    public = fragments(Dossier(file))["code/HY-AAAA-BBBB|public"]
    assert public["stage"] == "declined" and "司法局" not in str(public) and "elsewhere" not in str(public)


def test_words_are_needed_where_the_reporter_has_to_know_more() -> None:
    for why in (DeclineReason.ELSEWHERE, DeclineReason.UNCLEAR):
        assert refused(case(), DeclineReport("k1", why, "  ")).detail["field"] == "words"
    assert refused(case(), DeclineReport("k1", DeclineReason.SAME)).code == "missing"
    assert refused(case(), DeclineReport("k1", DeclineReason.SAME, same="k1")).code == "same_itself"
    assert isinstance(refused(case(), DeclineReport("k1", DeclineReason.UNCLEAR, "字" * 501)), Invalid)
    file = case()
    do(file, DeclineReport("k1", DeclineReason.UNCLEAR, "电话打不通", same="k9-other"))
    assert file.declined is not None and not file.declined.same, "another case has nothing to do with it"


@pytest.mark.parametrize("who", sorted(set(ACTORS) - {"centre"}))
def test_nobody_else_declines_or_takes_up(who: str) -> None:
    assert isinstance(refused(case(), ELSEWHERE, who), NotAllowed)
    file = case()
    do(file, ELSEWHERE)
    assert isinstance(refused(file, TakeUp("k1", "再看一看"), who), NotAllowed)


def test_what_lies_with_somebody_is_not_declined() -> None:
    assert refused(taken(), ELSEWHERE).code == "wrong_stage"
    file = case()
    apply_command(file, c.Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"])
    assert refused(file, ELSEWHERE).code == "wrong_stage"


def test_it_is_taken_up_all_the_same_and_goes_on() -> None:
    file = case()
    (declined,) = do(file, ELSEWHERE)
    assert refused(file, TakeUp("k1", " ")).detail["field"] == "reason"
    (happened,) = do(file, TakeUp("k1", "打电话问清楚了"))
    assert happened.payload == {"reason": "打电话问清楚了", "by": "account:centre"}
    assert file.stage is CaseStage.REPORTED and file.declined is None
    (notice,) = notices_of(file, [happened])
    assert notice.kind is NoticeKind.REPORT_TAKEN_UP and holds(file, notice)
    assert not holds(file, notices_of(file, [declined])[0]), "nobody is told any more that it was declined"
    apply_command(file, c.Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"])
    apply_command(file, c.Accept("k1"), ACTORS["wang"])
    assert file.stage is CaseStage.ACCEPTED
