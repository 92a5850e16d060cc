"""A public code that was revoked, over HTTP, websockets and the database: what it opens, what it still names, and that others never notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.actor import Actor
from cases.commands.casework import Withdraw
from cases.commands.public_code import RenewCode
from cases.commands.scheduling import FixTime, Proposed, ProposeTimes
from cases.errors import NotFound
from cases.vocabulary import SeatRole
from rooms.commands import Invite
from storage.models.notices import OutboxRow
from storage.public_codes import case_of
from tests.web.test_scheduling import OWN, WANG, Ground, at, ground
from web.scheduling import event_of

pytestmark = pytest.mark.anyio


async def code_of(here: Ground) -> str:
    return (await here.dossier()).case.code


async def renewed(here: Ground) -> tuple[str, str]:
    """The former one, and the one in force."""
    former = await code_of(here)
    made = await here.do(RenewCode(here.case, "印错了地方"))
    assert made == {"code": await code_of(here)} and made["code"] != former
    return former, made["code"]


async def test_it_shows_nothing_and_says_so_and_a_code_that_never_was_says_something_else(folder: Path) -> None:
    async with ground(folder) as here, here.client() as http:
        former, code = await renewed(here)
        assert (await http.get(f"/api/codes/{code}")).status_code == 200
        for known, told in ((former, "code_revoked"), ("HY-ZZZZ-ZZZZ", "no_case")):
            answer = await http.get(f"/api/codes/{known}")
            assert (answer.status_code, answer.json()["code"]) == (404, told)
            with pytest.raises(NotFound, match="revoked" if told == "code_revoked" else "no case"):
                await here.house.doors.admit("", "", known, "203.0.113.5")
        assert [await case_of(one) for one in (former, code, "HY-ZZZZ-ZZZZ")] == [here.case, here.case, None]


async def test_who_has_it_on_an_invitation_comes_in_by_it_and_it_stays_as_hopeless_to_guess(folder: Path) -> None:
    async with ground(folder) as here, here.client() as http:
        made = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        former, code = await renewed(here)
        assert (await http.post("/api/enter", json={"number": former, "code": "12345678"})).json()["code"] == "entry_wrong"
        for number in (former, code):
            entered = await http.post("/api/enter", json={"number": number, "code": made["code"], "take_over": True})
            assert entered.status_code == 200, entered.text


async def test_calendars_keep_their_appointment(folder: Path) -> None:
    async with ground(folder) as here:
        await here.do(ProposeTimes(here.case, [Proposed(at(20), 90)], 0))
        await here.do(FixTime(here.case, 0, 1))
        known = event_of((await here.dossier()).case, WANG, OWN, "")
        former, code = await renewed(here)
        told = event_of((await here.dossier()).case, WANG, OWN, "")
        assert told.uid == known.uid and former in told.uid and code in told.summary


async def test_the_office_finds_the_case_by_it(folder: Path) -> None:
    async with ground(folder) as here, here.wang() as http:
        former, code = await renewed(here)
        for line in (former, former.replace("-", "").lower(), code):
            found = (await http.get("/api/cases", params={"q": line})).json()
            assert [key for key, _ in found["rows"]] == [here.case], line


async def test_it_may_be_revoked_at_any_stage_and_sent_twice_it_is_done_once(folder: Path) -> None:
    async with ground(folder) as here:
        reporter = Actor("reporter", here.case, case_id=here.case)
        first = await here.house.desk.do(RenewCode(here.case), reporter, "key-1")
        assert await here.house.desk.do(RenewCode(here.case), reporter, "key-1") == first
        assert len((await here.dossier()).case.revoked_codes) == 1
        await here.do(Withdraw(here.case), reporter)
        await renewed(here)
        assert await OutboxRow.filter(case_id=here.case, kind="code_renewed").count() == 0, "an invented case is told of on the page alone"
