"""What was written wrong of a party is put right, by whoever may, with both in the chain; a reporter's telephone by nobody."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Numbering
from cases.casework import handle
from cases.commands.casework import Accept, AddParty, CorrectParty, Dispatch
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.party_correction import handle as correct
from cases.vocabulary import CaseStage, IdentityCheck
from tests.cases.test_case import ACTORS, NOW, case


def accepted() -> Case:
    one = case()
    handle(one, Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"], NOW, Numbering("x"))
    handle(one, Accept("k1"), ACTORS["wang"], NOW, Numbering("x", number="1号"))
    handle(one, AddParty("k1", "冯某", "respondent", "13900005678"), ACTORS["wang"], NOW, Numbering("x"))
    return one


def test_a_telephone_is_corrected_and_the_chain_has_both() -> None:
    one = accepted()
    (event,) = correct(one, CorrectParty("k1", "p3", "本人来电更正", phone="139 0000 9999", address="柳林镇"), ACTORS["wang"], NOW)
    assert (one.party("p3").phone, one.party("p3").address, one.party("p3").name) == ("13900009999", "柳林镇", "冯某")
    assert event.kind == "case.party_corrected"
    assert event.payload == {
        "party": "p3",
        "before": {"phone": "13900005678", "address": ""},
        "after": {"phone": "13900009999", "address": "柳林镇"},
        "reason": "本人来电更正",
        "by": "account:wang",
    }


@pytest.mark.parametrize(
    ("command", "refusal", "code"),
    [
        (CorrectParty("k1", "p3", ""), Invalid, "missing"),
        (CorrectParty("k1", "p3", "写错了"), Invalid, "nothing_corrected"),
        (CorrectParty("k1", "p3", "写错了", phone="13900005678"), Invalid, "nothing_corrected"),
        (CorrectParty("k1", "p3", "写错了", phone="12345"), Invalid, "phone_length"),
        (CorrectParty("k1", "p3", "写错了", id_number="110105194912310021"), Invalid, "id_check_digit"),
        (CorrectParty("k1", "p3", "长" * 201, phone="13900009999"), Invalid, "too_long"),
        (CorrectParty("k1", "p3", "写错了", address="长" * 101), Invalid, "too_long"),
        (CorrectParty("k1", "p9", "写错了", phone="13900009999"), Invalid, "unknown_party"),
        (CorrectParty("k1", "p1", "写错了", phone="13900009999"), NotAllowed, "reporter_phone"),
    ],
)
def test_what_is_refused_changes_nothing(command: CorrectParty, refusal: type[Refusal], code: str) -> None:
    one = accepted()
    before = msgspec.json.encode(one)
    with pytest.raises(refusal) as told:
        correct(one, command, ACTORS["wang"], NOW)
    assert told.value.code == code
    assert msgspec.json.encode(one) == before


def test_the_telephone_of_who_reported_is_the_centres_to_correct_once_it_says_how_it_compared_the_person() -> None:
    one = accepted()
    one.pages = ["p1", "p3"]
    with pytest.raises(Invalid) as told:
        correct(one, CorrectParty("k1", "p1", "本人来过", phone="13900009999"), ACTORS["centre"], NOW)
    assert told.value.code == "identity_unchecked"
    with pytest.raises(NotAllowed):
        correct(one, CorrectParty("k1", "p1", "本人来过", phone="13900009999", checked=IdentityCheck.IN_PERSON), ACTORS["wang"], NOW)
    (event,) = correct(
        one, CorrectParty("k1", "p1", "本人来过", phone="13900009999", checked=IdentityCheck.IN_PERSON), ACTORS["centre"], NOW
    )
    assert (event.payload["checked"], one.party("p1").phone, one.pages) == ("in_person", "13900009999", ["p3"])


def test_a_name_is_corrected_until_a_session_was_opened() -> None:
    one = accepted()
    correct(one, CorrectParty("k1", "p3", "身份证上是另一个字", name="冯莫"), ACTORS["wang"], NOW)
    assert one.party("p3").name == "冯莫"
    one.session_id, one.stage = "k1-1", CaseStage.MEDIATING
    with pytest.raises(OutOfTurn) as told:
        correct(one, CorrectParty("k1", "p3", "写错了", name="冯某"), ACTORS["wang"], NOW)
    assert told.value.code == "name_at_table"
    correct(one, CorrectParty("k1", "p3", "换了号码", phone="13900007777"), ACTORS["wang"], NOW)


def test_whoever_staff_entered_is_corrected_like_others() -> None:
    one = accepted()
    one.entered_by = "wang"
    correct(one, CorrectParty("k1", "p1", "登记时记错一位", phone="13900009999"), ACTORS["wang"], NOW)
    assert one.party("p1").phone == "13900009999"


@given(st.sampled_from(sorted(ACTORS)), st.sampled_from(list(CaseStage)))
def test_only_the_office_corrects_and_only_while_it_matters(who: str, stage: CaseStage) -> None:
    one = accepted()
    one.stage = stage
    open_case = stage in {CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED}
    allowed = (who == "centre" and open_case) or (who == "wang" and stage in {CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED})
    try:
        correct(one, CorrectParty("k1", "p3", "写错了", phone="13900009999"), ACTORS[who], NOW)
    except (NotAllowed, OutOfTurn):
        assert not allowed
    else:
        assert allowed


RIGHT = {"phone": "13900009999", "address": "柳林镇", "id_number": "11010519491231002X", "name": "冯某某", "reason": "本人来电"}
WRONG = {
    "phone": ("12345", "phone_length"),
    "address": ("长" * 101, "too_long"),
    "id_number": ("1101", "id_shape"),
    "name": ("长" * 41, "too_long"),
    "reason": (" ", "missing"),
}


@given(st.sets(st.sampled_from(sorted(WRONG)), min_size=1))
def test_everything_that_is_wrong_is_told_at_once(fields: set[str]) -> None:
    command = CorrectParty("k1", "p3", **{field: WRONG[field][0] if field in fields else text for field, text in RIGHT.items()})
    with pytest.raises(Invalid) as refused:
        correct(accepted(), command, ACTORS["wang"], NOW)
    told = [(refused.value.detail["field"], refused.value.code)]
    told += [(one["field"], one["code"]) for one in refused.value.detail.get("others", [])]
    assert told == [(field, WRONG[field][1]) for field in WRONG if field in fields], "in the order of the form"
