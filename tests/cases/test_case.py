"""The case machine: who is what to a case, orders that are given, taken, refused and let pass. Random walks over all of it: `test_case_walks`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cases import archiving, declining, escalation, joint_mediation, public_code
from cases.actor import SYSTEM, Actor
from cases.case import Case, Numbering, open_case, session_opened, standings
from cases.casework import handle
from cases.commands import casework as c
from cases.commands.archiving import ArchiveCommand
from cases.commands.declining import DecliningCommand
from cases.commands.escalation import EscalationCommand
from cases.commands.joint import JointCommand
from cases.commands.public_code import RenewCode
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn
from cases.filing import FilingFacts, items_of
from cases.notices import Notice, holds, notices_of
from cases.privacy import REPORT_VERSION, REPORT_VERSIONS
from cases.terms import lapsed_for, mark_unanswered
from cases.vocabulary import CaseStage, DispatchMode, DisputeKind, NoticeKind, Role, Standing
from realtime.audience import fragments, why_none
from storage.dossier import Dossier

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
REPORT = c.Report(title="漏水", facts="楼上漏水。", region="139901001", name="李某", phone="13800001234", other_name="赵某")
ACTORS = {
    "centre": Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901"),
    "elsewhere": Actor("account", "far", "外县", Role.CENTRE, "far", "130000"),
    "wang": Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901"),
    "chen": Actor("account", "chen", "陈调解员", Role.MEDIATOR, "committee", "139901"),
    "grid": Actor("account", "grid", "孙网格员", Role.GRID_WORKER, "committee", "139901001"),
    "he": Actor("account", "he", "何调解员", Role.MEDIATOR, "liulin", "139901002"),
    "lin": Actor("account", "lin", "林调解员", Role.MEDIATOR, "liulin", "139901002"),
    "fang": Actor("account", "fang", "方调解员", Role.MEDIATOR, "trade", "139901"),
    "reporter": Actor("reporter", "k1", case_id="k1"),
    "other": Actor("reporter", "k2", case_id="k2"),
    "public": Actor("public", "HY-AAAA-BBBB"),
    "wall": Actor("wall", "139901", role=Role.WALL, region="139901"),
    "clock": SYSTEM,
}


ASSIGNED = c.Dispatch("k1", ["wang", "chen"], DispatchMode.ASSIGN, "", ["县调委会", "县调委会"])
HANDED_OVER = c.Dispatch("k1", ["grid"], DispatchMode.HAND_OVER, "", ["城关镇"])


def case() -> Case:
    return open_case(REPORT, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False)[0]


def apply_command(file: Case, command: object, actor: Actor) -> None:
    if isinstance(command, JointCommand):
        joint_mediation.handle(file, command, actor, NOW)
    elif isinstance(command, EscalationCommand):
        escalation.handle(file, command, actor, NOW)
    elif isinstance(command, DecliningCommand):
        declining.handle(file, command, actor, NOW)
    elif isinstance(command, ArchiveCommand):
        archiving.handle(file, command, actor, NOW, items_of(FilingFacts(file.stage)))
    elif isinstance(command, RenewCode):
        public_code.renew(file, command, actor, Numbering("x", code="HY-CCCC-DDDD"))
    else:
        handle(file, command, actor, NOW, Numbering("x", number="安和人调字〔2026〕第00001号"))


def taken() -> Case:
    """With its lead, 王调解员."""
    file = case()
    apply_command(file, ASSIGNED, ACTORS["centre"])
    apply_command(file, c.Accept("k1"), ACTORS["wang"])
    return file


def test_the_other_sides_telephone_is_not_the_reporters() -> None:
    own = msgspec.structs.replace(REPORT, other_phone="+86 138 0000-1234")
    with pytest.raises(Invalid) as refused:
        open_case(own, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False)
    assert (refused.value.code, refused.value.detail["field"]) == ("other_phone_own", "other_phone")


def test_two_accept_and_the_second_is_told_who_was_faster() -> None:
    file = case()
    handle(file, ASSIGNED, ACTORS["centre"], NOW, Numbering("x"))
    handle(file, c.Accept("k1"), ACTORS["wang"], NOW, Numbering("x", number="1号"))
    with pytest.raises(Conflict) as late:
        handle(file, c.Accept("k1"), ACTORS["chen"], NOW, Numbering("x", number="2号"))
    assert late.value.detail["by"] == "王调解员"
    assert file.number == "1号"


def test_an_order_that_nobody_takes_returns_to_the_pool_and_says_so_to_who_comes_late() -> None:
    file, far = case(), msgspec.structs.replace(ACTORS["chen"], id="nobody")
    handle(file, ASSIGNED, ACTORS["centre"], NOW, Numbering("x"))
    handle(file, c.Refuse("k1", "太忙"), ACTORS["chen"], NOW, Numbering("x"))
    late = file.answer_by
    assert late
    before = Dossier(msgspec.json.decode(msgspec.json.encode(file), type=Case))
    (event,) = mark_unanswered(file, SYSTEM, late)
    assert event.payload == {"to": ["wang"], "answer_by": "2026-03-23T15:59:59.000000Z"}
    assert (file.stage, file.offered_to, file.answer_by, file.unanswered_by) == (CaseStage.REPORTED, [], None, ["wang"])
    assert file.came_back and file.came_back.who == "县调委会" and "desk/wang|own" in fragments(before)
    shown = fragments(Dossier(file))
    assert "desk/wang|own" not in shown and shown["centre/139901|staff"]["cases"]["k1"]["unanswered"] == "县调委会"
    assert shown["code/HY-AAAA-BBBB|public"]["history"][-1] == {
        "stage": "reported",
        "at": "2026-03-23T15:59:59.000000Z",
        "unanswered": True,
    }
    codes = [why_none(actor, "case/k1", Dossier(file)) for actor in (ACTORS["wang"], ACTORS["chen"], far)]
    assert codes == ["order_lapsed", "not_permitted", "not_permitted"], "whoever refused knows, and nobody else that it is there"
    for answer in (c.Accept("k1"), c.Refuse("k1", "太忙")):
        with pytest.raises(Conflict) as told:
            handle(file, answer, ACTORS["wang"], late, Numbering("x", number="1号"))
        assert told.value.code == "order_lapsed"
        with pytest.raises(NotAllowed):
            handle(file, answer, ACTORS["chen"], late, Numbering("x", number="1号"))
    again = c.Dispatch("k1", ["wang"], names=["县调委会"], seen=CaseStage.DISPATCHED)
    handle(file, again, ACTORS["centre"], late, Numbering("x"))  # seen before it came back, and nobody is overruled by it
    assert file.came_back is None and not lapsed_for(file, "wang") and file.unanswered_by == ["wang"]
    handle(file, c.Accept("k1"), ACTORS["wang"], late, Numbering("x", number="1号"))
    assert file.unanswered_by == [], "taken after all"


def test_whoever_has_a_case_is_told_that_it_is_withdrawn() -> None:
    file = taken()
    told = notices_of(file, handle(file, c.Withdraw("k1"), ACTORS["reporter"], NOW, Numbering("x")))
    assert told == [Notice(NoticeKind.CASE_WITHDRAWN, account="wang")] and holds(file, told[0])
    untaken = case()
    assert notices_of(untaken, handle(untaken, c.Withdraw("k1"), ACTORS["reporter"], NOW, Numbering("x"))) == []


def test_whoever_was_offered_an_order_that_another_took_is_told_so() -> None:
    file, far = case(), msgspec.structs.replace(ACTORS["chen"], id="nobody")
    handle(file, ASSIGNED, ACTORS["centre"], NOW, Numbering("x"))
    handle(file, c.Accept("k1"), ACTORS["wang"], NOW, Numbering("x", number="1号"))
    codes = [why_none(actor, "case/k1", Dossier(file)) for actor in (ACTORS["chen"], far)]
    assert codes == ["order_taken", "not_permitted"]


def test_assigning_and_handing_over_are_different_entries() -> None:
    kinds = [handle(case(), command, ACTORS["centre"], NOW, Numbering("x"))[0].kind for command in (ASSIGNED, HANDED_OVER)]
    assert kinds == ["case.assigned", "case.handed_over"]


def test_an_order_refused_by_all_returns_to_the_pool_with_the_reason() -> None:
    file = case()
    handle(file, ASSIGNED, ACTORS["centre"], NOW, Numbering("x"))
    handle(file, c.Refuse("k1", "太忙"), ACTORS["wang"], NOW, Numbering("x"))
    assert file.stage is CaseStage.DISPATCHED
    handle(file, c.Refuse("k1", "相识"), ACTORS["chen"], NOW, Numbering("x"))
    assert file.stage is CaseStage.REPORTED and file.refusals == ["太忙", "相识"]
    with pytest.raises(NotAllowed):
        handle(file, c.Accept("k1"), ACTORS["wang"], NOW, Numbering("x"))


def test_another_countys_centre_has_no_standing() -> None:
    assert standings(case(), ACTORS["elsewhere"]) == ()
    assert standings(case(), ACTORS["centre"]) == (Standing.CENTRE,)


def test_an_unknown_type_is_refused_where_it_stands() -> None:
    with pytest.raises(Invalid) as wrong:
        handle(case(), c.Classify("k1", "天气"), ACTORS["centre"], NOW, Numbering("x"))
    assert wrong.value.detail["field"] == "dispute_type"


def test_an_accepted_case_goes_back_before_its_room_is_opened() -> None:
    numbering = Numbering("x", number="安和人调字〔2026〕第00001号")
    for who, again in (("wang", True), ("centre", False)):
        file = case()
        handle(
            file, c.Dispatch("k1", ["wang", "chen"], DispatchMode.ASSIGN, "", ["县调委会", "县调委会"]), ACTORS["centre"], NOW, numbering
        )
        handle(file, c.Accept("k1"), ACTORS["wang"], NOW, numbering)
        for stranger in ("chen", "reporter", "elsewhere"):
            with pytest.raises(NotAllowed):
                handle(file, c.GiveBack("k1", "我来"), ACTORS[stranger], NOW, numbering)
        with pytest.raises(Invalid):
            handle(file, c.GiveBack("k1", " "), ACTORS[who], NOW, numbering)
        (event,) = handle(file, c.GiveBack("k1", "生病住院", conflict=True), ACTORS[who], NOW, numbering)
        assert event.payload["from"] == "account:wang" and event.payload["number"].endswith("00001号")
        assert (file.stage, file.mediator, file.number, file.due) == (CaseStage.REPORTED, None, "", None)
        assert (file.refused_by, file.conflicted) == ((["wang"], ["wang"]) if again else ([], [])), "a conflict is declared by oneself"
        (notice,) = notices_of(file, [event])
        assert (notice.centre, notice.account) == (("139901001", "") if again else ("", "wang")) and holds(file, notice)
        handle(file, c.Dispatch("k1", ["chen"], DispatchMode.ASSIGN, "", ["县调委会"]), ACTORS["centre"], NOW, numbering)
        handle(file, c.Accept("k1"), ACTORS["chen"], NOW, numbering)
        session_opened(file, "k1-r", NOW, "陈调解员")
        with pytest.raises(OutOfTurn):
            handle(file, c.GiveBack("k1", "太晚了"), ACTORS["chen"], NOW, numbering)


def test_an_order_is_not_undone_by_who_had_not_seen_it() -> None:
    file, _ = open_case(REPORT, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", synthetic=False)
    first = c.Dispatch("k1", ["wang"], names=["县调委会"], seen=CaseStage.REPORTED)
    handle(file, first, ACTORS["centre"], NOW, Numbering("x"))
    before = msgspec.msgpack.encode(file)
    late = c.Dispatch("k1", ["chen"], names=["县调委会"], seen=CaseStage.REPORTED, dispute_type="合同")
    with pytest.raises(Conflict) as refused:
        handle(file, late, ACTORS["centre"], NOW, Numbering("x"))
    assert (refused.value.code, refused.value.detail["by"]) == ("dispatched_meanwhile", "县调委会") and msgspec.msgpack.encode(
        file
    ) == before
    handle(file, c.Dispatch("k1", ["chen"], names=["县调委会"], seen=CaseStage.DISPATCHED), ACTORS["centre"], NOW, Numbering("x"))
    assert file.offered_to == ["chen"]


def test_of_two_who_classify_the_second_is_told_of_the_first() -> None:
    file = case()
    seen = file.dispute_type
    handle(file, c.Classify("k1", "邻里", seen=seen), ACTORS["centre"], NOW, Numbering("x"))
    before = msgspec.json.encode(file)
    with pytest.raises(Conflict) as told:
        handle(file, c.Classify("k1", "合同", seen=seen), ACTORS["centre"], NOW, Numbering("x"))
    assert (told.value.code, told.value.detail["type"]) == ("classified_meanwhile", "邻里") and msgspec.json.encode(file) == before
    handle(file, c.Classify("k1", "合同", seen="邻里"), ACTORS["centre"], NOW, Numbering("x"))
    assert file.dispute_type == "合同"


def test_an_order_classifies_what_it_is_given_with_and_nothing_else() -> None:
    file, _ = open_case(REPORT, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", synthetic=False)

    def give(**more: Any) -> list[str]:
        order = c.Dispatch("k1", ["wang"], names=["县调委会"], **more)
        return [one.kind for one in handle(file, order, ACTORS["centre"], NOW, Numbering("x"))]

    assert give(dispute_type="邻里") == ["case.classified", "case.assigned"] and file.dispute_type == "邻里"
    assert give() == ["case.assigned"] and file.dispute_type == "邻里"
    assert give(kind=DisputeKind.MATTER)[0] == "case.classified" and (file.dispute_type, file.kind) == ("邻里", DisputeKind.MATTER)
    before = msgspec.msgpack.encode(file)
    for wrong in ({"dispute_type": "没有这类"}, {"dispute_type": "合同", "note": "长" * 9999}):
        with pytest.raises(Invalid):
            give(**wrong)
        assert msgspec.msgpack.encode(file) == before, "refused before anything is changed"
    handle(file, c.Accept("k1"), ACTORS["wang"], NOW, Numbering("x", number="1号"))
    handle(file, c.Classify("k1", "合同"), ACTORS["wang"], NOW, Numbering("x"))
    assert file.dispute_type == "合同", "the mediator puts it right"


def test_the_chain_notes_under_which_notice_a_report_was_written() -> None:
    def told(privacy: str) -> object:
        _, (reported,) = open_case(REPORT, Numbering("k1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False, privacy=privacy)
        return reported.payload.get("privacy")

    assert (told(REPORT_VERSION), told("")) == ("1.0", None)
    with pytest.raises(Invalid) as unknown:
        told("9.9")
    assert unknown.value.detail["field"] == "privacy"


def test_the_form_shows_the_version_that_is_in_force() -> None:
    source = (Path(__file__).resolve().parents[2] / "web/client/src/report/notice.ts").read_text(encoding="utf-8")
    assert f"version: '{REPORT_VERSION}'" in source and REPORT_VERSION in REPORT_VERSIONS
