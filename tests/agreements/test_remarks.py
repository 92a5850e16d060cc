"""Remarks on the draft: who may settle whose, and what limits them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from agreements.commands import AnswerRemark, MakeRemark, ReopenRemark, SettleRemark
from agreements.proposals import Change
from agreements.remarks import (
    ALL_REPLIES_LIMIT,
    LIMIT,
    OPEN_LIMIT,
    REPLIES_LIMIT,
    REPLY_LIMIT,
    SETTLED_TOLD,
    Remark,
    answer,
    make,
    propose,
    reopen,
    settle,
    told,
    told_settled,
)
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
        "proposal": None,
        "replies": None,
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


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value.code


def test_it_is_answered_by_whoever_may_remark_until_it_is_settled() -> None:
    remarks = made()
    for seat, text in (("s2", "不少了"), ("m", " 折中呢 "), ("s1", "可以")):
        answer(remarks, AnswerRemark("c", 1, text), seat, NOW)
    assert [(reply["seat"], reply["text"]) for reply in told(remarks)["1"]["replies"]] == [
        ("s2", "不少了"),
        ("m", "折中呢"),
        ("s1", "可以"),
    ]
    assert refusal(lambda: answer(remarks, AnswerRemark("c", 1, " "), "s2", NOW)) == "missing"
    assert refusal(lambda: answer(remarks, AnswerRemark("c", 1, "字" * (REPLY_LIMIT + 1)), "s2", NOW)) == "too_long"
    assert refusal(lambda: answer(remarks, AnswerRemark("c", 2, "好"), "s2", NOW)) == "no_remark"
    settle(remarks, SettleRemark("c", 1), "m", True)
    assert refusal(lambda: answer(remarks, AnswerRemark("c", 1, "好"), "s2", NOW)) == "remark_settled"
    assert len(told_settled(remarks)["1"]["replies"]) == 3, "what was said stays"


def test_there_is_a_limit_of_replies_to_one_and_to_all() -> None:
    remarks = made()
    for number in range(1, ALL_REPLIES_LIMIT // REPLIES_LIMIT + 2):
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s1", NOW)
        for _ in range(REPLIES_LIMIT):
            if sum(len(one.replies) for one in remarks) < ALL_REPLIES_LIMIT:
                answer(remarks, AnswerRemark("c", number, "好"), "s2", NOW)
    assert refusal(lambda: answer(remarks, AnswerRemark("c", 1, "好"), "s2", NOW)) == "too_many_replies"
    assert refusal(lambda: answer(remarks, AnswerRemark("c", len(remarks), "好"), "s2", NOW)) == "too_many_replies"


@pytest.mark.parametrize(("seat", "mediator", "opens"), [("m", True, True), ("s1", False, True), ("s2", False, False)])
def test_it_is_opened_again_by_whoever_made_it_or_the_mediator(seat: str, mediator: bool, opens: bool) -> None:
    remarks = made()
    assert refusal(lambda: reopen(remarks, ReopenRemark("c", 1), seat, mediator)) == "remark_open"
    settle(remarks, SettleRemark("c", 1), "m", True)
    assert told(remarks) == {} and told_settled(remarks)["1"]["settled"] == "done"
    if opens:
        (happened,) = reopen(remarks, ReopenRemark("c", 1), seat, mediator)
        assert happened.payload == {"remark": 1, "seat": seat} and "1" in told(remarks) and told_settled(remarks) == {}
    else:
        assert refusal(lambda: reopen(remarks, ReopenRemark("c", 1), seat, mediator)) == "not_yours"


def test_what_stands_in_the_text_is_not_opened_again_and_no_more_than_may_be_open() -> None:
    remarks = made(quote="一千元", wording="二千元")
    settle(remarks, SettleRemark("c", 1, True), "m", True)
    propose(remarks, [Change("terms-1", "removed", "第一条", (("removed", "一千元"),))], "m", NOW)
    settle(remarks, SettleRemark("c", 2), "m", True)
    for number in (1, 2):
        assert refusal(lambda number=number: reopen(remarks, ReopenRemark("c", number), "m", True)) == "not_reopened"
    for _ in range(OPEN_LIMIT + 1):
        make(remarks, MakeRemark("c", "terms-1", "再看看"), "s2", NOW)
        settle(remarks, SettleRemark("c", len(remarks)), "m", True)
    assert len(told_settled(remarks)) == SETTLED_TOLD
    for number in range(3, OPEN_LIMIT + 3):
        reopen(remarks, ReopenRemark("c", number), "m", True)
    assert refusal(lambda: reopen(remarks, ReopenRemark("c", OPEN_LIMIT + 3), "m", True)) == "too_many_remarks"
