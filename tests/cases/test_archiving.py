"""The paper file goes to the archive and comes out again: when, by whom, and what cannot be written into it meanwhile."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cases.archiving import SHELF, handle
from cases.case import Case
from cases.commands.archiving import ArchiveCommand, ArchiveFile, TakeOutFile
from cases.commands.casework import FillForm
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.filing import FilingFacts, Item, items_of
from cases.form_filling import fill
from cases.notices import holds, notices_of
from cases.vocabulary import CaseStage, NoticeKind
from realtime.audience import rows
from tests.cases.test_case import ACTORS, NOW, taken

WHOLE = items_of(
    FilingFacts(CaseStage.CLOSED, begun=True, parties=2, verified=2, notified=2, lines=3, record_closed=True, agreement="electronic")
)
LACKING = items_of(
    FilingFacts(CaseStage.CLOSED, begun=True, parties=2, verified=1, notified=2, lines=3, record_closed=True, agreement="electronic")
)
IN = ArchiveFile("k1", "档案室 3 柜")


def closed() -> Case:
    file = taken()
    file.stage = CaseStage.CLOSED
    return file


def do(file: Case, command: ArchiveCommand = IN, who: str = "wang", items: list[Item] = WHOLE, in_session: bool = False) -> list[Any]:
    return handle(file, command, ACTORS[who], NOW, items, in_session)


def refused(file: Case, *given: Any, **named: Any) -> Refusal:
    before = msgspec.json.encode(file)
    with pytest.raises(Refusal) as told:
        do(file, *given, **named)
    assert msgspec.json.encode(file) == before, "a refusal changed the case"
    return told.value


def test_it_goes_in_is_shut_and_comes_out_for_a_reason() -> None:
    file = closed()
    (happened,) = do(file)
    assert (happened.kind, happened.payload) == ("case.archived", {"by": "account:wang", "shelf": "档案室 3 柜"})
    assert file.archived is not None and (file.archived.at, file.archived.by) == (NOW, "王调解员")
    with pytest.raises(OutOfTurn) as shut:
        fill(file, FillForm("k1", "cover", {"kept": "长期"}, 0), ACTORS["wang"], NOW)
    assert shut.value.code == "file_archived" and shut.value.detail["by"] == "王调解员"
    assert refused(file).code == "file_archived"
    (out,) = do(file, TakeOutFile("k1", "补一份送达回证"), "centre")
    assert (out.kind, out.payload) == ("case.file_taken_out", {"by": "account:centre", "reason": "补一份送达回证"})
    assert file.archived is None and file.taken_out is not None and file.taken_out.reason == "补一份送达回证"
    (notice,) = notices_of(file, [out])
    assert (notice.kind, notice.account) == (NoticeKind.FILE_TAKEN_OUT, "wang") and holds(file, notice)
    assert fill(file, FillForm("k1", "cover", {"kept": "长期"}, 0), ACTORS["wang"], NOW)
    assert do(file, who="centre") and file.taken_out is None and not holds(file, notice)


def test_lists_tell_what_is_closed_and_not_archived() -> None:
    def told(file: Case) -> object:
        return rows(file)["centre/139901|staff"]["cases"]["k1"].get("unfiled")

    assert told(taken()) is None
    file = closed()
    assert told(file) is True
    do(file)
    assert told(file) is None
    do(file, TakeOutFile("k1", "补一页"), "centre")
    assert told(file) is True


def test_what_lacks_something_goes_in_for_a_reason_that_stays() -> None:
    file = closed()
    told = refused(file, items=LACKING)
    assert isinstance(told, Invalid) and told.code == "archived_incomplete" and told.detail == {"field": "reason", "missing": ["identity"]}
    (happened,) = do(file, ArchiveFile("k1", reason="被申请人始终没有到场"), items=LACKING)
    assert happened.payload == {"by": "account:wang", "missing": ["identity"], "reason": "被申请人始终没有到场"}
    whole = closed()
    do(whole, ArchiveFile("k1", reason="用不着的话"))
    assert whole.archived is not None and whole.archived.reason == "", "a reason is kept where there is something to it"


@pytest.mark.parametrize("stage", [stage for stage in CaseStage if stage is not CaseStage.CLOSED])
def test_only_the_file_of_a_closed_case(stage: CaseStage) -> None:
    file = closed()
    file.stage = stage
    assert isinstance(refused(file), OutOfTurn) or stage in {CaseStage.REPORTED}


@pytest.mark.parametrize("who", ["chen", "grid", "reporter", "public", "wall", "clock"])
def test_nobody_else(who: str) -> None:
    assert isinstance(refused(closed(), IN, who), NotAllowed)
    file = closed()
    do(file)
    assert isinstance(refused(file, TakeOutFile("k1", "看看"), who), NotAllowed)


def test_the_mediator_does_not_take_it_out() -> None:
    file = closed()
    do(file)
    assert isinstance(refused(file, TakeOutFile("k1", "补一页"), "wang"), NotAllowed)


def test_refusals_that_say_what_is_wrong() -> None:
    assert refused(closed(), in_session=True).code == "session_open"
    assert refused(closed(), TakeOutFile("k1", "看看"), "centre").code == "file_not_archived"
    assert refused(closed(), ArchiveFile("k1", "柜" * (SHELF + 1))).detail["field"] == "shelf"
    file = closed()
    do(file)
    assert refused(file, TakeOutFile("k1", " "), "centre").detail["field"] == "reason"
