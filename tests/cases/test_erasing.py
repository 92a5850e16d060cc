"""A file that is destroyed: who may, when, and that nothing personal is left of it, whatever a case may have."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from cases import keeping
from cases.actor import SYSTEM
from cases.case import Case, Erased, Person, Step
from cases.commands.keeping import ApproveDestruction, AskDestruction, PlaceHold, WithdrawDestruction
from cases.counted import counted
from cases.data_request import DataRequest, Wish
from cases.erasing import anonymise
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.vocabulary import CaseStage
from realtime.audience import fragments
from storage.dossier import Dossier
from tests.cases.test_keeping import CENTRE, FINISHED, NOW, OTHER, SOME, WANG, WEEK, case

NONE: dict[str, Any] = {"open": False, "sessions": [], "segments": 0, "bytes": 0}
YEARS = 730
SECRET = "私"
"""Stands in every text of a case that is filled with all there can be."""
STAYS = {
    "id", "code", "region_name", "source", "entered_by", "number", "numbers", "revoked_codes", "dispute_type", "destroyed_by",
    "destroyed_asked_by", "parties.id", "parties.capacity", "mediator.account", "mediator.org", "mediator.org_name",
    "erased.by", "erased.asked_by", "erased.reason", "risk.sync.trouble", "risk.sync.receipt",
}  # fmt: skip
"""Texts that a stub has of its case, beside its region: none of them is of a party."""


def filled(kind: inspect.Type, place: str, draw: Any) -> Any:
    """Something of a type, all of it there, every text with its place in it."""
    match kind:
        case inspect.StructType():
            return kind.cls(**{f.name: filled(f.type, f"{place}.{f.name}".lstrip("."), draw) for f in kind.fields})
        case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
            return [filled(kind.item_type, place, draw) for _ in range(draw(st.integers(1, 2)))]
        case inspect.TupleType():
            return tuple(filled(one, place, draw) for one in kind.item_types)
        case inspect.DictType():
            return {filled(kind.key_type, place, draw): filled(kind.value_type, place, draw)}
        case inspect.UnionType():
            return filled(next(one for one in kind.types if not isinstance(one, inspect.NoneType)), place, draw)
        case inspect.EnumType():
            return draw(st.sampled_from(list(kind.cls)))
        case inspect.LiteralType():
            return draw(st.sampled_from(list(kind.values)))
        case inspect.StrType():
            return f"{SECRET}{place}{SECRET}"
        case inspect.DateTimeType():
            return draw(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1))).replace(tzinfo=UTC)  # noqa: DTZ001
        case inspect.BoolType():
            return draw(st.booleans())
        case inspect.IntType():
            return draw(st.integers(1, 5))
    raise AssertionError(kind)


@st.composite
def full_cases(draw: st.DrawFn) -> Case:
    one: Case = filled(inspect.type_info(Case), "", draw)
    one.stage = draw(st.sampled_from(FINISHED))
    one.region = "139901001"  # it names streams
    for rating in one.ratings:
        rating.party = one.parties[0].id
    return one


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for key, one in value.items() for part in (key, one) for text in texts(part)}
    if isinstance(value, list):
        return {text for one in value for text in texts(one)}
    return {value} if isinstance(value, str) and not isinstance(value, enum.Enum) else set()


@given(full_cases())
def test_no_text_of_a_case_is_left_but_those_that_are_named(one: Case) -> None:
    before = msgspec.json.encode(one)
    stub = anonymise(one)
    assert msgspec.json.encode(one) == before, "the case itself is as it was"
    places = {place for text in texts(msgspec.to_builtins(stub)) for place in text.split(SECRET)[1::2]}
    assert places - STAYS == set()
    assert "parties.name" in before.decode() and "facts" in before.decode(), "this would else prove nothing"
    assert counted(stub, False) == counted(one, False), "and it counts as before"
    assert stub.reporter is None or stub.reporter.name == ""
    for name, document in fragments(Dossier(stub)).items():
        shown = {place for text in texts({name: document}) for place in text.split(SECRET)[1::2]}
        assert shown - STAYS == set(), name
        if not name.startswith(("case/", "desk/", "centre/")) or name.endswith("|reporter"):
            assert not any(place.startswith("erased.") for place in shown), name


def agreed(days_ago: int) -> Case:
    one = case()
    one.agreed_at = NOW - timedelta(days=days_ago + 10)
    one.history = [Step(CaseStage.AGREED, one.agreed_at), Step(CaseStage.CLOSED, NOW - timedelta(days=days_ago))]
    one.parties = [Person("p1", "赵明", "applicant", "13800005555"), Person("p2", "钱某", "respondent")]
    return one


def ask(one: Case, reason: str = "保管期限已满", recorded: dict[str, Any] = NONE) -> None:
    keeping.handle(one, AskDestruction("k", reason, "file"), WANG, NOW, recorded, WEEK, file_kept=YEARS)


def test_two_people_a_wait_and_the_day_until_which_it_is_kept() -> None:
    with pytest.raises(OutOfTurn) as early:
        ask(agreed(YEARS - 1))
    assert early.value.code == "file_kept" and early.value.detail["until"].startswith("2026-11-26")
    one = agreed(YEARS)
    ask(one)
    approve = ApproveDestruction("k", "file")
    for actor, moment, command, code in (
        (CENTRE, NOW + WEEK, ApproveDestruction("k"), "no_recording"),
        (CENTRE, NOW, approve, "destruction_waits"),
        (WANG, NOW + WEEK, approve, "second_person"),
        (OTHER, NOW + WEEK, approve, "not_allowed"),
        (CENTRE, NOW + WEEK, AskDestruction("k", "再来"), "no_recording"),
        (CENTRE, NOW + WEEK, AskDestruction("k", "再来", "file"), "destruction_asked"),
        (CENTRE, NOW + WEEK, WithdrawDestruction("k", "再来"), "destruction_not_asked"),
    ):
        with pytest.raises(Refusal) as refused:
            keeping.handle(one, command, actor, moment, NONE, WEEK, file_kept=YEARS)
        assert refused.value.code == code and one.erased is None
    (gone,) = keeping.handle(one, approve, CENTRE, NOW + WEEK, NONE, WEEK, file_kept=YEARS)
    assert (gone.kind, gone.payload["reason"], gone.payload["asked_by"]) == ("case.erased", "保管期限已满", "account:wang")
    assert one.erased == Erased(NOW + WEEK, "周主任", "王调解员", "保管期限已满") and one.destruction is None and one.destroyed_at is None


def test_who_approves_the_file_has_not_approved_the_recordings_nor_the_other_way_round() -> None:
    for asked, approved in (("file", "recordings"), ("recordings", "file")):
        one = agreed(YEARS)
        keeping.handle(one, AskDestruction("k", "到期", asked), WANG, NOW, SOME, WEEK, file_kept=YEARS)  # type: ignore[arg-type]
        with pytest.raises(OutOfTurn) as refused:
            keeping.handle(one, ApproveDestruction("k", approved), CENTRE, NOW + WEEK, SOME, WEEK, file_kept=YEARS)  # type: ignore[arg-type]
        assert refused.value.code == "destruction_not_asked" and one.erased is None and one.destroyed_at is None


def test_recordings_go_with_the_file_and_a_request_for_deletion_is_answered_by_it() -> None:
    one = agreed(YEARS)
    one.requests = [DataRequest("d1", "p1", Wish.DELETION, "请删除", NOW, NOW + WEEK)]
    ask(one, recorded=SOME)
    keeping.let_go(one, SYSTEM, "到期", NOW, SOME)
    assert one.destruction is not None, "a policy that takes the recordings meanwhile leaves it asked for"
    happened = keeping.handle(one, ApproveDestruction("k", "file"), CENTRE, NOW + WEEK, SOME, WEEK, file_kept=YEARS)
    assert [event.kind for event in happened] == ["recording.destroyed", "data.answered", "case.erased"]
    assert one.destroyed_at == NOW + WEEK


def test_a_hold_another_request_and_a_stage_stand_against_it() -> None:
    held = agreed(YEARS)
    ask(held)
    placed, ended = keeping.handle(held, PlaceHold("k", "法院调取"), CENTRE, NOW, NONE)
    assert ended.kind == "case.erasure_withdrawn" and held.destruction is None
    asked = agreed(YEARS)
    asked.requests = [DataRequest("d1", "p1", Wish.ACCESS, "要一份", NOW, NOW + WEEK)]
    open_yet = agreed(YEARS)
    open_yet.stage = CaseStage.AGREED
    for one, code in ((held, "on_hold"), (asked, "requests_open"), (open_yet, "case_not_closed")):
        with pytest.raises(OutOfTurn) as refused:
            ask(one)
        assert refused.value.code == code, placed


def test_without_an_agreement_nothing_has_it_kept_once_it_is_over() -> None:
    for stage in FINISHED:
        one = case(stage)
        one.history = [Step(stage, NOW)]
        ask(one)
        assert one.destruction is not None and one.destruction.what == "file"


@pytest.mark.parametrize("reason", ["赵明要求删除", "电话13800005555", "证号 139901199001011237 的人要求"])
def test_a_reason_that_stays_names_nobody(reason: str) -> None:
    one = agreed(YEARS)
    with pytest.raises(Invalid) as refused:
        ask(one, reason)
    assert refused.value.code == "reason_personal" and one.destruction is None


def test_nobody_else_asks() -> None:
    with pytest.raises(NotAllowed):
        keeping.handle(agreed(YEARS), AskDestruction("k", "到期", "file"), OTHER, NOW, NONE, WEEK)
