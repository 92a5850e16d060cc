"""Joint mediation: who is asked, who wins, what a share opens and when it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cases.case import Case, session_failed, session_opened, standings
from cases.commands import joint as c
from cases.commands.casework import GiveBack
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, Refusal, TooMuch
from cases.finding import account_word, scope_of
from cases.joint_mediation import CASE_LIMIT, OPEN_LIMIT, assisting, desks, handle, why_not
from cases.notices import holds, notices_of
from cases.proposing import Candidate
from cases.vocabulary import NoticeKind, ShareState, Standing
from tests.cases.test_case import ACTORS, NOW, apply_command, taken

ASK = c.AskJoint("k1", "liulin", "涉及两镇", ["he", "lin"], "柳林镇调委会")


def do(file: Case, command: Any, who: str) -> list[Any]:
    return handle(file, command, ACTORS[who], NOW)


def joined() -> Case:
    file = taken()
    do(file, ASK, "wang")
    do(file, c.JoinCase("k1", "j1"), "he")
    return file


def test_two_take_it_and_the_second_is_told_who_was_faster() -> None:
    file = joined()
    with pytest.raises(Conflict) as late:
        do(file, c.JoinCase("k1", "j1"), "lin")
    assert late.value.code == "joint_taken" and late.value.detail["by"] == "何调解员"
    assert do(file, c.JoinCase("k1", "j1"), "he") == [], "sent twice, done once"
    assert [standings(file, ACTORS[who]) for who in ("he", "lin")] == [(Standing.ASSISTANT,), ()]
    assert desks(file) == {"he"} and account_word("he") in scope_of(file) and account_word("lin") not in scope_of(file)


def test_each_declines_by_the_own_word_and_the_last_one_for_the_organisation() -> None:
    file = taken()
    (asked,) = do(file, ASK, "centre")
    told = notices_of(file, [asked])
    assert [(one.kind, one.account) for one in told] == [(NoticeKind.JOINT_ASKED, "he"), (NoticeKind.JOINT_ASKED, "lin")]
    (first,) = do(file, c.DeclineJoint("k1", "j1", "走不开"), "he")
    assert notices_of(file, [first]) == [] and not holds(file, told[0]) and holds(file, told[1])
    with pytest.raises(NotAllowed):
        do(file, c.JoinCase("k1", "j1"), "he")
    (second,) = do(file, c.DeclineJoint("k1", "j1", "是他亲戚", conflict=True), "lin")
    assert [one.account for one in notices_of(file, [second])] == ["wang"]
    assert (file.joint[0].state, file.joint[0].declined, file.conflicted) == (ShareState.DECLINED, ["走不开", "是他亲戚"], ["lin"])
    assert file.joint[0].declined_by == [ACTORS["he"].name, ACTORS["lin"].name]
    do(file, ASK, "wang")
    with pytest.raises(NotAllowed) as interested:
        do(file, c.JoinCase("k1", "j2"), "lin")
    assert interested.value.code == "joint_interest"
    do(file, c.JoinCase("k1", "j2"), "he")


@pytest.mark.parametrize(("command", "who"), [(c.LeaveJoint("k1", "调走了", True), "he"), (c.ReleaseJoint("k1", "j1", "已谈妥"), "wang")])
def test_who_leaves_or_is_released_has_no_part_any_more(command: Any, who: str) -> None:
    file = joined()
    for reason in ("", "   "):
        with pytest.raises(Invalid):
            do(file, type(command)(*[reason if field == "reason" else getattr(command, field) for field in command.__struct_fields__]), who)
    (told,) = do(file, command, who)
    assert standings(file, ACTORS["he"]) == () and not assisting(file) and desks(file) == set()
    assert [one.account for one in notices_of(file, [told])] == (["wang"] if who == "he" else ["he"])
    assert file.conflicted == (["he"] if who == "he" else [])
    with pytest.raises(Refusal):
        do(file, command, who)


def test_a_request_is_taken_back_before_it_is_answered() -> None:
    file = taken()
    do(file, ASK, "wang")
    (told,) = do(file, c.ReleaseJoint("k1", "j1", "不用了"), "centre")
    assert {one.account for one in notices_of(file, [told])} == {"he", "lin"}
    for command in (c.JoinCase("k1", "j1"), c.DeclineJoint("k1", "j1", "忙")):
        with pytest.raises(OutOfTurn) as answered:
            do(file, command, "he")
        assert answered.value.code == "joint_answered", "whoever was asked is told so, nobody else"
        with pytest.raises(NotAllowed):
            do(file, command, "chen")
    with pytest.raises(OutOfTurn) as over:
        do(file, c.ReleaseJoint("k1", "j1", "不用了"), "wang")
    assert over.value.code == "joint_over"
    with pytest.raises(NotFound):
        do(file, c.ReleaseJoint("k1", "j9", "不用了"), "wang")


def test_limits() -> None:
    file = taken()
    for command, code in (
        (c.AskJoint("k1", "committee", "x", ["chen"], ""), "joint_own"),
        (c.AskJoint("k1", "liulin", "x", [], ""), "joint_nobody"),
        (c.AskJoint("k1", "liulin", " ", ["he"], ""), "missing"),
        (c.AskJoint("k1", "liulin", "多" * 501, ["he"], ""), "too_long"),
    ):
        with pytest.raises(Refusal) as refused:
            do(file, command, "wang")
        assert refused.value.code == code
    for number in range(OPEN_LIMIT):
        do(file, c.AskJoint("k1", f"org{number}", "一起调", ["he"], ""), "wang")
    with pytest.raises(Conflict):
        do(file, c.AskJoint("k1", "org0", "一起调", ["he"], ""), "wang")
    with pytest.raises(TooMuch) as full:
        do(file, ASK, "wang")
    assert full.value.code == "joint_open" and full.value.detail["limit"] == OPEN_LIMIT
    for share in list(file.joint):
        do(file, c.ReleaseJoint("k1", share.id, "换一家"), "wang")
    while len(file.joint) < CASE_LIMIT:
        do(file, ASK, "wang")
        do(file, c.ReleaseJoint("k1", file.joint[-1].id, "换一家"), "wang")
    with pytest.raises(TooMuch) as spent:
        do(file, ASK, "wang")
    assert spent.value.code == "joint_spent"


def test_shares_go_with_the_lead_and_requests_with_the_mediation() -> None:
    file = joined()
    apply_command(file, GiveBack("k1", "生病住院"), ACTORS["wang"])
    assert file.joint[0].state is ShareState.ENDED and standings(file, ACTORS["he"]) == ()
    file = joined()
    do(file, c.AskJoint("k1", "trade", "懂行业", ["fang"], "行业调委会"), "wang")
    session_opened(file, "k1-r", NOW, "王调解员")
    assert [share.open for share in file.joint] == [True, True]
    session_failed(file, NOW, "谈不拢")
    assert [share.state for share in file.joint] == [ShareState.JOINED, ShareState.ENDED]
    assert standings(file, ACTORS["he"]) == (Standing.ASSISTANT,), "who assisted reads on, as the lead does"
    with pytest.raises(OutOfTurn):
        do(file, c.LeaveJoint("k1", "走了"), "he")


def test_an_interest_is_judged_as_with_a_lead_and_the_place_of_work_is_not() -> None:
    file, today = taken(), date(2026, 3, 18)
    file.conflicted = ["declared"]
    other = taken()
    other.id, other.mediator.account = "k9", "side"  # type: ignore[union-attr]
    for mine, theirs in zip(file.parties, reversed(other.parties), strict=True):
        theirs.name, theirs.phone = mine.name, mine.phone
    out = {
        "namesake": Candidate("namesake", "李某", "139901002"),
        "number": Candidate("number", "钱某", "139901002", phone="13800001234"),
        "declared": Candidate("declared", "孙某", "139901"),
        "side": Candidate("side", "周某", "139901"),
        "away": Candidate("away", "吴某", "139901", away_until=today),
        "back": Candidate("back", "吴某", "139901002", away_until=today - timedelta(days=1)),
    }
    found = {key: why_not(file, one, [other], today) for key, one in out.items()}
    assert {key: one.code if one else "" for key, one in found.items()} == {
        "namesake": "is_party", "number": "is_party", "declared": "declared", "side": "other_side", "away": "away", "back": "",
    }  # fmt: skip
