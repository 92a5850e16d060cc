"""Two links in one browser: the server sees it by the sessions, enters it, and believes nobody who only says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.errors import OutOfTurn, Refusal
from rooms import commands as c
from tests.web.agreeing import agreeing
from tests.web.live_session import OWN, signed_in

pytestmark = pytest.mark.anyio


async def test_a_code_that_was_answered_is_worth_nothing_after_the_device_was_given_away(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        text, session, (one, two) = await at.open_signing(), at.session, at.parties
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=at.app), base_url=OWN, headers={"Origin": OWN}) as http:
            handles = {}
            for seat in (one, two):
                token = await session.house.doors.links.issue(
                    "seat", timedelta(hours=1), case_id=session.case, session_id=session.id, seat=seat.id
                )
                handles[seat.id] = (await http.post("/api/links/exchange", json={"token": token, "take_over": True})).json()["as"]

            async def loaded(seat: Any) -> None:
                await http.post(f"/api/sessions/{session.id}/beside", headers={"X-Heyi-As": handles[seat.id]})

            await loaded(one)
            await at.answer_code(one, text)
            await loaded(one)
            agreement = (await at.dossier()).agreement
            assert agreement is not None and one.id in agreement.codes, "the own page may be loaded again"
            await loaded(two)
            await loaded(one)
            with pytest.raises(Refusal):
                await at.sign(one, "李某", text)
            await at.answer_code(one, text)
            await at.sign(one, "李某", text)


async def test_two_links_in_one_browser_are_one_device(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        session, (one, two) = at.session, at.parties
        path = f"/api/sessions/{session.id}/beside"

        async def link(seat: str) -> str:
            return await session.house.doors.links.issue("seat", timedelta(hours=1), case_id=session.case, session_id=session.id, seat=seat)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=at.app), base_url=OWN, headers={"Origin": OWN}) as http:

            async def opened(seat: str) -> str:
                grant = await http.post("/api/links/exchange", json={"token": await link(seat), "take_over": True})
                return str(grant.json()["as"])

            async def beside(handle: str) -> Any:
                return (await http.post(path, headers={"X-Heyi-As": handle})).json()

            first = await opened(one.id)
            assert await beside(first) == {"seats": []}
            second = await opened(two.id)
            dossier = await at.dossier()
            assert dossier.room is not None
            names = {seat.id: seat.name for seat in dossier.room.seats.values()}
            assert await beside(second) == {"seats": [{"as": first, "seat": one.id, "name": names[one.id]}]}
            assert await beside(first) == {"seats": [{"as": second, "seat": two.id, "name": names[two.id]}]}
            told = [payload for entry, _, payload in await session.house.reader.ledger(session.case) if entry.kind == "seat.beside"]
            assert told == [{"seat": two.id, "with": one.id}], "once"
            handed = [payload for entry, _, payload in await session.house.reader.ledger(session.case) if entry.kind == "seat.handed"]
            assert handed == [{"seat": two.id}, {"seat": one.id}], "who holds it, whenever that changes"
            with pytest.raises(OutOfTurn) as refused:
                await session.do(c.OpenCaucus(session.case, [one.id]))
            assert refused.value.code == "same_device"
            # Somebody else's browser has but the own session, whatever it names.
            http.cookies = httpx.Cookies({name: value for name, value in http.cookies.items() if name == f"heyi_{second}"})
            assert await beside(second) == {"seats": []}
            assert (await beside(first))["code"] == "signed_out"
        async with signed_in(at.app, session, "wang") as desk:
            assert (await desk.post(path)).json()["code"] == "not_seated"
