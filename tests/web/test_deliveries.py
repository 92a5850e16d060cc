"""Who was told of what, read: of a case by who handles it, of a county by its system administrator, and by nobody else; masked, and a page at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cases.vocabulary import Channel
from storage import deliveries
from storage.deliveries import PAGE, Sought
from storage.models.cases import CaseRow
from storage.models.notices import OutboxRow
from tests.web.agreeing import agreeing
from tests.web.live_session import signed_in
from tests.web.post import PARTY, Kept, opened
from tests.web.test_administration import at, code, served

pytestmark = pytest.mark.anyio


async def test_of_a_case_with_names_and_of_the_county_without(folder: Path) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS) as post:
        case = await post.order("wang", "li")
        for channel in (Channel.PAGE, Channel.SMS):
            await post.courier(channel, Kept()).round()
        due = await post.owing("2026-05-05")
        rows, count = await deliveries.of_case(case)
        assert count == len(rows) == 3 and {(row.channel, row.state, row.address) for row in rows} == {
            ("page", "sent", ""),
            ("sms", "sent", "138****1111"),
        }
        assert all(row.to and not row.party and row.settled and not row.next for row in rows)
        assert PARTY not in str(rows)
        all_of_it = await deliveries.of_county("139901")
        assert len(all_of_it) == await OutboxRow.all().count() and [row.id for row in all_of_it] == sorted(
            (row.id for row in all_of_it), reverse=True
        )
        assert await deliveries.waiting("139901") == {"page": 1, "sms": 1}
        assert {row.state for row in await deliveries.of_county("139901", Sought(state="waiting"))} == {"waiting"}
        assert {row.channel for row in await deliveries.of_county("139901", Sought(channel=Channel.SMS))} == {"sms"}
        assert [row.id for row in await deliveries.of_county("139901", Sought(before=all_of_it[0].id))] == [row.id for row in all_of_it[1:]]
        assert await deliveries.of_county("139902") == [] and await deliveries.waiting("139902") == {}
        assert await CaseRow.filter(id=due).exists()


async def test_of_a_party_the_name_on_the_page_of_its_case_alone(folder: Path) -> None:
    async with agreeing(folder) as place:
        session = place.session
        row: dict[str, Any] = {"channel": "sms", "kind": "session_fixed", "case_id": session.case, "entered_at": session.house.clock.now()}
        await OutboxRow.create(key="a" * 32, party="p1", state="given_up", reason="no_address", **row)
        for index in range(PAGE):
            await OutboxRow.create(key=f"{index:032}", party="p1", state="sent", address="138****1234", **row)
        where = f"/api/cases/{session.case}/deliveries"
        for who in ("wang", "centre"):
            async with signed_in(place.app, session, account=who) as http:
                told = (await http.get(where)).json()
                assert told["count"] >= PAGE + 1
                (gone,) = [one for one in told["deliveries"] if one["state"] == "given_up"]
                assert (gone["to"], gone["reason"], gone["party"]) == ("李某", "no_address", "p1")
        for who in ("chen", "grid1", "liu"):
            async with signed_in(place.app, session, account=who) as http:
                assert (await http.get(where)).status_code == 403, who
        async with signed_in(place.app, session, seat=session.party.id) as http:
            assert (await http.get(where)).status_code == 403
        first = await deliveries.of_county("139901")
        assert len(first) == PAGE and all(not one.party and one.to != "李某" for one in first)


async def test_what_is_asked_wrongly_is_said(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        assert (await http.get(at("deliveries"))).json() == {"deliveries": [], "waiting": {}}
        for query in ("channel=pigeon", "state=lost", "before=-1", "before=x"):
            answer = await http.get(at(f"deliveries?{query}"))
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), query
            assert answer.json()["detail"]["field"] == query.partition("=")[0]
        assert await code((await place.enter("aud")).get(at("deliveries"))) == "not_allowed"
        assert await code((await place.enter("wang")).get(at("deliveries"))) == "no_page"
