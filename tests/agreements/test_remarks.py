"""Remarks on the draft: who may settle whose, and what limits them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agreements.commands import MakeRemark, SettleRemark
from agreements.remarks import LIMIT, OPEN_LIMIT, Remark, make, settle, told
from cases.errors import Refusal

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


def made(seat: str = "s1", **more: str) -> list[Remark]:
    remarks: list[Remark] = []
    make(remarks, MakeRemark("c", "terms-1", **{"text": "太少了", **more}), seat, NOW)
    return remarks


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": " "}, "missing"),
        ({"text": "x" * 501}, "too_long"),
        ({"quote": "x" * 201}, "too_long"),
        ({"quote": "一千元", "wording": "x" * 1001}, "too_long"),
        ({"quote": "一千\n元"}, "one_paragraph"),
        ({"quote": "一千元", "wording": "\u202e二千元"}, "forbidden_character"),
        ({"quote": "一千元", "wording": "一千元"}, "nothing_to_accept"),
    ],
)
def test_what_is_refused(more: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        made(**more)
    assert refused.value.code == code


def test_there_is_a_limit_of_open_ones() -> None:
    remarks = made()
    for _ in range(OPEN_LIMIT - 1):
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
    with pytest.raises(Refusal) as refused:
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
    assert refused.value.code == "too_many_remarks"
    settle(remarks, SettleRemark("c", 1), "m", True)
    make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
    assert remarks[-1].id == OPEN_LIMIT + 1


@pytest.mark.parametrize(
    ("seat", "mediator", "accept", "outcome"),
    [
        ("m", True, True, "accepted"),
        ("m", True, False, "done"),
        ("s1", False, False, "withdrawn"),
        ("s1", False, True, "not_yours"),
        ("s2", False, False, "not_yours"),
    ],
)
def test_who_settles_what(seat: str, mediator: bool, accept: bool, outcome: str) -> None:
    remarks = made(quote="一千元", wording="二千元")
    command = SettleRemark("c", 1, accept)
    if outcome == "not_yours":
        with pytest.raises(Refusal) as refused:
            settle(remarks, command, seat, mediator)
        assert refused.value.code == outcome and remarks[0].open
        return
    found, (happened,) = settle(remarks, command, seat, mediator)
    assert (found.settled, happened.payload["settled"]) == (outcome, outcome)
    assert told(remarks) == {}
    with pytest.raises(Refusal) as again:
        settle(remarks, command, seat, mediator)
    assert again.value.code == "remark_settled"


def test_only_a_wording_can_be_accepted() -> None:
    with pytest.raises(Refusal) as refused:
        settle(made(), SettleRemark("c", 1, True), "m", True)
    assert refused.value.code == "nothing_to_accept"
    with pytest.raises(Refusal) as none:
        settle(made(), SettleRemark("c", 9), "m", True)
    assert none.value.code == "no_remark"


def test_a_wording_without_words_to_replace_is_a_remark_only() -> None:
    assert told(made(wording="二千元"))["1"] == {
        "clause": "terms-1",
        "seat": "s1",
        "at": "2026-11-27T02:00:00.000000Z",
        "text": "太少了",
        "quote": None,
        "wording": None,
    }


def test_there_is_a_limit_of_all() -> None:
    remarks = made()
    for number in range(1, LIMIT):
        settle(remarks, SettleRemark("c", number), "m", True)
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
    settle(remarks, SettleRemark("c", LIMIT), "m", True)
    with pytest.raises(Refusal) as refused:
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
    assert refused.value.code == "too_many_remarks"
