"""Livelihood matters that are answered: by whom, with which words, who learns what of it, and what they count as."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cases.appointment import Appointment, Slot
from cases.case import Case, Numbering
from cases.casework import handle
from cases.commands import casework as c
from cases.commands.matters import AnswerMatter
from cases.counted import counted
from cases.errors import Invalid, Refusal
from cases.figures import reached
from cases.filing import Doc, FilingFacts, Reason, State, items_of, lacking
from cases.notices import Notice, holds, notices_of
from cases.risk import followed
from cases.satisfaction import OPEN_FOR, until
from cases.tally import Tally
from cases.vocabulary import CaseStage, DisputeKind, MatterOutcome, NoticeKind
from realtime.audience import fragments
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, NOW, apply_command, taken

MENDED = AnswerMatter("k1", MatterOutcome.DONE, "路灯已经换了新灯，今晚亮。")


def matter() -> Case:
    file = taken()
    apply_command(file, c.Classify("k1", "其他", DisputeKind.MATTER), ACTORS["wang"])
    return file


def answer(file: Case, command: AnswerMatter = MENDED, who: str = "wang") -> list[Any]:
    return handle(file, command, ACTORS[who], NOW, Numbering("x"))


def refused(file: Case, command: AnswerMatter = MENDED, who: str = "wang") -> Refusal:
    before = msgspec.json.encode(file)
    with pytest.raises(Refusal) as told:
        answer(file, command, who)
    assert msgspec.json.encode(file) == before, "a refusal changed the case"
    return told.value


def test_it_is_over_with_the_answer_and_whoever_reported_is_told() -> None:
    file = matter()
    (happened,) = answer(file)
    assert (happened.kind, happened.payload) == ("matter.answered", {"outcome": "done", "words": MENDED.words, "by": "account:wang"})
    assert file.stage is CaseStage.CLOSED and (file.history[-1].who, file.history[-1].note) == ("王调解员", "")
    (notice,) = notices_of(file, [happened])
    assert notice == Notice(NoticeKind.MATTER_ANSWERED, party="p1") and holds(file, notice)
    assert until(file, None) == NOW + OPEN_FOR, "it is rated as any other"


def test_a_dispute_is_mediated_and_only_who_handles_it_answers() -> None:
    assert refused(taken()).code == "not_a_matter"
    for who in ("chen", "centre", "reporter", "elsewhere", "wall"):
        assert refused(matter(), who=who).code == "not_allowed"
    answered = matter()
    answer(answered)
    assert refused(answered).code == "wrong_stage"


@pytest.mark.parametrize("words", ["", "  ", "字" * 501])
def test_it_says_something_and_not_too_much(words: str) -> None:
    told = refused(matter(), AnswerMatter("k1", MatterOutcome.ELSEWHERE, words))
    assert isinstance(told, Invalid) and told.detail["field"] == "words"


def test_strangers_read_how_and_not_what() -> None:
    file = matter()
    answer(file)
    shown = fragments(Dossier(file))
    told = {name: (doc.get("outcome"), (doc.get("answer") or {}).get("words")) for name, doc in shown.items() if "outcome" in doc}
    assert told["case/k1|staff"] == told["case/k1|reporter"] == ("done", MENDED.words)
    assert told["code/HY-AAAA-BBBB|public"] == ("done", None)
    assert MENDED.words not in msgspec.json.encode(shown["code/HY-AAAA-BBBB|public"]).decode()


def test_it_is_no_agreement_and_none_that_failed() -> None:
    file = matter()
    answer(file)
    one = counted(file, live=False)
    assert reached(one) == ("reported", "accepted", "closed")
    tally = Tally()
    tally.put("k1", 1, one)
    numbers = tally.numbers(NOW, {}, [])
    assert numbers["success"] is None
    assert followed(file)["outcome"] == "answered"


def test_an_appointment_is_called_off() -> None:
    file = matter()
    file.appointment = Appointment(fixed=Slot(NOW + timedelta(days=1), 60))
    assert [one.kind for one in answer(file)] == ["matter.answered", "appointment.called_off"]


def test_the_paper_file_asks_for_no_mediation() -> None:
    for stage in (CaseStage.ACCEPTED, CaseStage.CLOSED):
        items = {one.doc: one for one in items_of(FilingFacts(stage, matter=True))}
        for doc in (Doc.RIGHTS, Doc.IDENTITY, Doc.RECORD, Doc.AGREEMENT, Doc.RECEIPTS, Doc.VISITS):
            assert (items[doc].state, items[doc].reason) == (State.NONE, Reason.NO_MEDIATION), doc
    assert lacking(items_of(FilingFacts(CaseStage.CLOSED, matter=True))) == []
