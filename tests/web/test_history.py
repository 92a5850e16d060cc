"""The draft's history over HTTP: for those who may see the agreement, and nothing for whoever waits outside a private talk."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.actor import Actor
from cases.vocabulary import Consent
from rooms import commands as c
from tests.web.live_session import signed_in
from tests.web.test_clauses import drafting

pytestmark = pytest.mark.anyio


async def test_for_those_who_may_see_the_agreement(tmp_path: Path) -> None:
    async with drafting(tmp_path) as (session, app):
        url = f"/api/agreements/{session.case}/history"
        async with signed_in(app, session, "wang") as http:
            assert (await http.get(url)).json()["code"] == "no_agreement"
            # The draft begins when it is first asked for.
            await http.post(f"/api/agreements/{session.case}/clauses", json={"clause": "nothing", "title": "x"})
            told = (await http.get(url)).json()
            assert [(one["number"], one["author"]) for one in told["versions"]] == [(1, "server")]
            clauses = (await http.get(f"{url}/1")).json()["clauses"]
            assert {one["state"] for one in clauses} == {"added"} and clauses[0]["id"] == "parties"
            assert {one["state"] for one in (await http.get(f"{url}/1?since=1")).json()["clauses"]} == {"same"}
            for path, code in (
                ("/2", "no_version"),
                ("/1?since=2", "no_version"),
                ("/1?since=x", "malformed"),
                ("/1?since=1234567890", "malformed"),
            ):
                assert (await http.get(url + path)).json()["code"] == code
        async with signed_in(app, session, "centre") as http:
            assert (await http.get(url)).status_code == 200
        async with signed_in(app, session, "chen") as http:
            assert (await http.get(url)).json()["code"] in {"no_agreement", "no_case"}
        async with signed_in(app, session, seat=session.party.id) as http:
            assert (await http.get(url)).status_code == 200


async def test_nothing_for_whoever_waits_outside_a_private_talk(tmp_path: Path) -> None:
    async with drafting(tmp_path) as (session, app):
        url = f"/api/agreements/{session.case}/history"
        (two,) = (seat.id for seat in session.room().parties() if seat.id != session.party.id)
        other = Actor("seat", two, case_id=session.case, session_id=session.id)
        await session.do(c.GiveConsent(session.case, Consent.ONLINE, True), other)
        await session.do(c.Knock(session.case), other)
        await session.do(c.Admit(session.case, two))
        async with signed_in(app, session, "wang") as http:
            await http.post(f"/api/agreements/{session.case}/clauses", json={"clause": "nothing", "title": "x"})
        await session.do(c.OpenCaucus(session.case, [two]))
        async with signed_in(app, session, seat=session.party.id) as http:
            assert (await http.get(url)).json()["code"] == "caucus_waiting"
        for inside in ({"seat": two}, {"account": "wang"}):
            async with signed_in(app, session, **inside) as http:
                assert (await http.get(url)).status_code == 200
