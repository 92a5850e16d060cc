"""A public code that is revoked: by whom, what the former shows, what it still names, and who is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, Numbering
from cases.commands.public_code import RenewCode
from cases.errors import Invalid, OutOfTurn, Refusal, TooMuch
from cases.finding import phrases_of, words_of
from cases.notices import Notice, channels_of, holds, notices_of
from cases.public_code import LIMIT, renew
from cases.vocabulary import Channel, NoticeKind
from realtime.audience import fragments, view_of, why_none
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, taken

FORMER, NEW = "HY-AAAA-BBBB", "HY-CCCC-DDDD"
ASKED = RenewCode("k1", "二维码被人拍走了")


def revoke(file: Case, command: RenewCode = ASKED, who: str = "wang", code: str = NEW, signing: bool = False) -> list[Any]:
    return renew(file, command, ACTORS[who], Numbering("x", code=code), signing)


def refused(file: Case, command: RenewCode = ASKED, who: str = "wang", signing: bool = False) -> Refusal:
    before = msgspec.json.encode(file)
    with pytest.raises(Refusal) as told:
        revoke(file, command, who, signing=signing)
    assert msgspec.json.encode(file) == before, "a refusal changed the case"
    return told.value


def test_another_one_takes_its_place_and_the_former_shows_nothing() -> None:
    file = taken()
    (happened,) = revoke(file)
    assert happened.kind == "case.code_renewed"
    assert happened.payload == {"former": FORMER, "code": NEW, "by": "account:wang", "why": ASKED.why}
    assert (file.code, file.revoked_codes, file.first_code) == (NEW, [FORMER], FORMER)
    dossier = Dossier(file)
    shown = fragments(dossier)
    assert f"code/{NEW}|public" in shown and f"code/{FORMER}|public" not in shown
    holder = Actor("public", FORMER)
    for actor in (holder, ACTORS["centre"], ACTORS["wang"], ACTORS["reporter"]):
        assert view_of(actor, f"code/{FORMER}", dossier) is None
        assert why_none(actor, f"code/{FORMER}", dossier) == "code_revoked"
    assert view_of(holder, f"code/{NEW}", dossier) is None, "who has the former does not read by the new one either"
    assert view_of(Actor("public", NEW), f"code/{NEW}", dossier) == "public"


def test_of_two_who_revoke_one_code_the_second_revokes_no_other() -> None:
    file = taken()
    revoke(file, RenewCode("k1", "二维码被人拍走了", FORMER))
    told = refused(file, RenewCode("k1", "二维码被人拍走了", FORMER))
    assert (told.code, told.detail["now"]) == ("code_renewed_already", NEW)
    revoke(file, RenewCode("k1", "又被人拍走了", NEW), code="HY-EEEE-FFFF")
    assert file.revoked_codes == [FORMER, NEW]


def test_nobody_but_the_office_reads_a_former_code() -> None:
    file = taken()
    revoke(file)
    for name, doc in fragments(Dossier(file)).items():
        assert (FORMER in msgspec.json.encode(doc).decode()) == (name == "case/k1|staff"), name


def test_the_former_one_still_finds_the_case_for_the_office_and_the_first_names_it_for_good() -> None:
    file = taken()
    revoke(file)
    revoke(file, code="HY-EEEE-FFFF")
    assert (file.first_code, file.revoked_codes) == (FORMER, [FORMER, NEW])
    for code in (FORMER, NEW, file.code):
        (hy, first, second) = phrases_of(code)
        assert {*hy.words, *first.words, *second.words} <= set(words_of(file)), code


def test_the_office_says_why_and_whoever_reported_need_not() -> None:
    file = taken()
    assert isinstance(told := refused(file, RenewCode("k1")), Invalid) and told.detail["field"] == "why"
    assert isinstance(refused(file, RenewCode("k1", "话" * (NOTE_LIMIT + 1))), Invalid)
    (happened,) = revoke(file, RenewCode("k1"), "reporter")
    assert "why" not in happened.payload and happened.payload["by"] == "reporter:k1"


@pytest.mark.parametrize("who", ["elsewhere", "chen", "grid", "other", "public", "wall"])
def test_nobody_else_revokes_it(who: str) -> None:
    assert refused(taken(), ASKED, who).code == "not_allowed"


def test_not_while_pages_that_carry_it_are_being_signed() -> None:
    file = taken()
    assert isinstance(told := refused(file, signing=True), OutOfTurn) and told.code == "code_being_signed"
    assert (
        isinstance(refused(file, ASKED, "other", signing=True), Refusal)
        and refused(file, ASKED, "other", signing=True).code == "not_allowed"
    )


def test_codes_are_not_used_up_without_end() -> None:
    file = taken()
    for n in range(LIMIT):
        revoke(file, code=f"HY-AAAA-{n:04}")
    assert isinstance(told := refused(file), TooMuch) and told.detail["limit"] == LIMIT


def test_whoever_reported_is_told_unless_it_was_the_own_wish_and_who_has_a_page_is() -> None:
    file = taken()
    file.pages = ["p1", "p2"]
    to = [Notice(NoticeKind.CODE_RENEWED, party=party, about=NEW) for party in ("p1", "p2")]
    assert notices_of(file, revoke(file)) == to
    assert all(holds(file, one) and channels_of(one, file) == {Channel.SMS, Channel.WECHAT} for one in to)
    later = revoke(file, RenewCode("k1"), "reporter", "HY-EEEE-FFFF")
    assert notices_of(file, later) == [Notice(NoticeKind.CODE_RENEWED, party="p2", about="HY-EEEE-FFFF")]
    assert not any(holds(file, one) for one in to), "the one that they were to be told of is revoked itself"
