"""What is kept of a resident at the server: taken away, and gone with the account."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.commands.statements import AgreeStatements, AskStatement
from storage.audit_reading import page as audit_page
from storage.database import reads
from storage.models.doors import Login
from storage.models.residents import Claim, PhoneCodeRow, Resident
from storage.work import Outcome
from tests.recordings import recording
from tests.web.test_scheduling import Ground
from tests.web.test_statements import verified
from tests.web.town import FENG, LI, Later, matters, own_code, sign_in, town, wrong_for

pytestmark = pytest.mark.anyio


async def export(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/api/residents/export", json={"code": await own_code(http)})


def zipped(answer: httpx.Response) -> Any:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return json.loads(archive.read("data.json"))


def known(compared: bool) -> Any:
    """Who reported gave an address and the number of the card, with which there was a comparison or not."""

    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        first = dossier.case.parties[0]
        first.id_number, first.address = "139901199001011234", "东街"
        for seat in dossier.room.parties():
            seat.verified = compared
        return Outcome()

    return decide


async def test_data_are_taken_away_and_the_account_goes(folder: Path) -> None:
    async with town(folder) as at, at.client() as feng, at.client() as again:
        await sign_in(feng, FENG)
        await feng.post("/api/residents/me/name", json={"name": "冯某"})
        (own,) = await matters(feng)
        opened = (await feng.post(f"/api/residents/matters/{own['id']}/p1/open")).json()["as"]
        assert (await feng.get("/api/residents/export?as=me")).status_code == 404, "no link of another page takes it away"
        answer = await export(feng)
        assert "attachment" in answer.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None and set(archive.namelist()) >= {"index.html", "data.json"}
            data, shown = json.loads(archive.read("data.json")), archive.read("index.html").decode()
        assert data["account"]["phone"] == FENG and data["cases"][0]["me"]["name"] == "冯某" and data["cases"][0]["title"] == own["title"]
        assert FENG in shown and own["title"] in shown
        assert "13900000012" not in str(data), "of the other side nothing"
        assert not {"id_number", "address"} & set(data["cases"][0]["me"]), "there are none of him"
        for compared, id_number, address in ((False, "139901********1234", "***"), (True, "139901199001011234", "东街")):
            await at.house.store.execute(own["id"], known(compared))
            me = zipped(await export(feng))["cases"][0]["me"]
            assert (me["id_number"], me["address"]) == (id_number, address), "a telephone alone is not told them"
        acts = {row.act for row in await audit_page("139901")}
        assert {"registered", "signed_in", "name_corrected", "data_exported"} <= acts

        resident = (await feng.get("/api/residents/me")).json()["id"]
        assert (await feng.request("DELETE", "/api/residents/me", json={"why": "because", "code": "000000"})).json()["code"] == "malformed"
        code = await own_code(feng)
        for wrong in (wrong_for(code), ""):
            refused = await feng.request("DELETE", "/api/residents/me", json={"why": "withdrawn", "code": wrong})
            assert refused.json()["code"] in {"phone_code_wrong", "code_shape"} and refused.status_code == 422
            taken = await feng.post("/api/residents/export", json={"code": wrong})
            assert taken.json()["code"] == refused.json()["code"], "a session alone neither deletes nor takes away"
        cookies = dict(feng.cookies)
        assert (await feng.request("DELETE", "/api/residents/me", json={"why": "withdrawn", "code": code})).status_code == 200
        feng.cookies.update(cookies)
        for handle in ("me", opened):
            assert (await feng.get("/api/me", headers={"X-Heyi-As": handle})).json()["code"] == "session_ended"
        assert not await Resident.all().using_db(reads()).exists() and not await Claim.all().using_db(reads()).exists()
        (row,) = await PhoneCodeRow.all().using_db(reads())
        assert row.hash == "" and row.count > 4, "how many went to the number today counts on"
        assert {row.address for row in await Login.filter(kind="resident").using_db(reads())} == {""}
        newest = (await audit_page("139901"))[0]
        assert (newest.act, newest.subject, newest.detail) == ("consent_withdrawn", resident, "")
        assert (await at.house.reader.dossier(own["id"])).case.party("p1").phone == FENG, "the case's file is the committee's"

        await sign_in(again, FENG)
        assert (await again.get("/api/residents/me")).json()["id"] != resident and len(await matters(again)) == 1


async def test_an_own_statement_is_among_what_is_taken_away(folder: Path) -> None:
    async with town(folder) as at, at.client() as li, at.client() as mediator:
        await sign_in(li, LI)
        (own,) = await matters(li)
        case, clip = own["id"], recording()
        opened = {"X-Heyi-As": (await li.post(f"/api/residents/matters/{case}/p1/open")).json()["as"]}
        here = Ground(at.house, at.app, case)
        first, second = (Actor("party", party, case_id=case) for party in ("p1", "p2"))
        await here.do(AskStatement(case, "在外地打工"), first)
        await here.do(AgreeStatements(case, True), second)
        token = await at.house.doors.links.issue("account", timedelta(hours=1), account="wang")
        mediator.headers["X-Heyi-As"] = (await mediator.post("/api/links/exchange", json={"token": token})).json()["as"]
        await verified(here, mediator, first)
        way = f"/api/cases/{case}/statement/recordings"
        upload = (await li.post(way, json={"size": len(clip)}, headers=opened)).json()["upload"]
        await li.put(f"{way}/{upload}?offset=0", content=clip, headers=opened)
        assert (await li.post(f"{way}/{upload}/finish", headers=opened)).status_code == 200
        said = {"text": "墙是我砌的", "recording": upload}
        given = await li.post(f"/api/cases/{case}/statement", json=said, headers={**opened, "Idempotency-Key": "statement-1"})
        assert given.status_code == 200
        at.house.doors.residents._clock = Later(at.house.clock, 2)
        with zipfile.ZipFile(io.BytesIO((await export(li)).content)) as archive:
            assert archive.testzip() is None
            (told,) = json.loads(archive.read("data.json"))["cases"]
            assert told["statement"]["text"] == "墙是我砌的" and told["statement"]["sha256"] == given.json()["sha256"]
            assert archive.read(told["statement"]["recording"]) == clip
            assert "墙是我砌的" in archive.read("index.html").decode()
