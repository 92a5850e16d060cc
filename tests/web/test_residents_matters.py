"""我的事项 at the server: whose case it is, what is reported by the account's number, and what becomes of a number that was mistyped."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from cases import privacy
from cases.actor import Actor
from cases.case import Photo
from cases.commands.casework import CorrectParty
from cases.commands.statements import MakePage
from cases.material import MATERIAL_LIMIT
from cases.vocabulary import Consent, IdentityCheck, Role, SeatRole, SeatState
from rooms.commands import Admit, GiveConsent, Invite, Knock, OpenSession
from rooms.room import routes
from storage.database import reads
from storage.models.notices import WechatConsent
from storage.work import Outcome
from tests.web.live_session import WANG
from tests.web.town import FENG, LI, NEW, ZHAO, Later, matters, sign_in, town
from web.house import House

pytestmark = pytest.mark.anyio


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(out, "JPEG")
    return out.getvalue()


async def verify(house: House, case: str, seat: str) -> None:
    """The mediator has compared the card with whoever sits there now."""

    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        dossier.room.seats[seat].state, dossier.room.seats[seat].verified = SeatState.ADMITTED, True
        return Outcome()

    await house.store.execute(case, decide)


async def fill(house: House, case: str) -> None:
    """As many photographs as there may be."""

    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        dossier.case.photos += [Photo(f"more-{n}", 1, 1) for n in range(MATERIAL_LIMIT - len(dossier.case.photos))]
        return Outcome()

    await house.store.execute(case, decide)


async def test_a_guests_report_is_found_opened_and_added_to(folder: Path) -> None:
    async with town(folder) as at, at.client() as li, at.client() as stranger:
        assert (await li.get("/api/residents")).json() == {
            "open": True,
            "demonstration": True,
            "privacy": {"version": privacy.VERSION, "date": privacy.DATE, "phone": at.house.settings.office_phone},
            "signed_in": False,
        }
        refused = await sign_in(li, LI, "0.9")
        assert (refused.status_code, refused.json()["code"]) == (422, "privacy_needed")
        at.house.doors.residents._clock = Later(at.house.clock, 2)  # another code is asked for a minute later
        granted = await sign_in(li, "+86 138 0000-1234")
        assert granted.json() == {"as": "me", "where": "/mine"}
        assert (await li.get("/api/residents")).json()["signed_in"] is True
        (own,) = await matters(li)
        assert (own["title"], own["reported"], own["stage"], own["to_do"]) == ("屋檐雨水流向邻家院墙", True, "mediating", [])

        await sign_in(stranger, NEW)
        for path in (f"/api/residents/matters/{own['id']}/p1/open", f"/api/residents/matters/{own['id']}/p1/enter"):
            assert (await stranger.post(path)).json()["code"] == "no_case"
        assert await matters(stranger) == []
        for path in ("/api/photos/x", f"/api/cases/{own['id']}/keeping", f"/api/cases/{own['id']}/bundle", "/api/notices"):
            assert (await li.get(path)).status_code in {403, 404}, "a resident is nobody to a case"
        for path in ("photos", "receipts/photos", "statements"):
            assert (await li.get(f"/api/{path}/{'x' * 100}")).status_code == 404, "longer than any name"

        opened = (await li.post(f"/api/residents/matters/{own['id']}/p1/open")).json()
        assert opened == {"as": f"m{own['id']}", "where": f"/mine/{own['id']}"}
        headers = {"X-Heyi-As": opened["as"], "Idempotency-Key": "photo-key-1"}
        path = f"/api/cases/{own['id']}/photos"
        first = await li.post(path, content=picture(), headers=headers)
        assert first.json() == (await li.post(path, content=picture(), headers=headers)).json(), "sent again it is the same"
        assert (await li.get(f"/api/photos/{first.json()['photo']}", headers={"X-Heyi-As": opened["as"]})).status_code == 200
        for wrong, said in ((b"no picture", "not_a_photo"), (b"x" * (15 * 1024 * 1024 + 1), "photo_size")):
            assert (await li.post(path, content=wrong, headers={**headers, "Idempotency-Key": f"key-{said}"})).json()["code"] == said
        assert (await li.post(path, content=picture(), headers={"X-Heyi-As": opened["as"]})).json()["code"] == "bad_key"
        assert (await stranger.post(path, content=picture(), headers={"Idempotency-Key": "photo-key-2"})).json()["code"] == "no_case"
        dossier = await at.house.reader.dossier(own["id"])
        assert len(dossier.case.photos) == 1
        read = await at.house.reader.dossier_of(f"data/{own['id']}")
        assert read is not None and read.case.id == own["id"], "what the centre is asked for is found"
        await fill(at.house, own["id"])
        assert (await li.post(path, content=picture(), headers={**headers, "Idempotency-Key": "key-full"})).json()[
            "code"
        ] == "material_full"

        # what was opened ends with what it was opened from
        me = headers["X-Heyi-As"]
        assert (await li.get("/api/me", headers={"X-Heyi-As": me})).json()["kind"] == "reporter"
        (here,) = (await li.get("/api/sign-ins")).json()
        assert here["here"] and here["address"] == "203.0.113.*"
        kept = dict(li.cookies)
        await li.post("/api/sign-out?as=me")
        li.cookies.update(kept)
        assert (await li.get("/api/me", headers={"X-Heyi-As": me})).json()["code"] == "session_ended"
        assert (await li.get("/api/residents/matters")).json()["code"] == "session_ended"
        assert (await li.get("/api/residents")).json()["signed_in"] is False


async def test_another_party_sees_it_once_compared_with_the_card_and_enters_by_the_mediators_link(folder: Path) -> None:
    async with town(folder) as at, at.client() as zhao, at.client() as other:
        await sign_in(zhao, ZHAO)
        assert await matters(zhao) == [], "a report is not told to whom it is about"
        case = await at.case("屋檐雨水流向邻家院墙")
        made = await at.house.desk.do(Invite(case, SeatRole.PARTY, party="p2"), WANG, "")
        token = urlsplit(made["url"]).fragment
        assert await matters(zhao) == [], "a number that the other side typed opens nothing"
        assert (await zhao.post(f"/api/residents/matters/{case}/p2/enter")).json()["code"] == "no_case"
        await sign_in(other, NEW)
        for http in (other, zhao):  # whoever has another number than the one on file does not get it by the link either
            await http.post("/api/links/exchange", json={"token": token, "take_over": True})
        assert await matters(zhao) == [], "nor by the link, before the mediator has compared"
        await verify(at.house, case, made["seat"])
        await other.post("/api/links/exchange", json={"token": token, "take_over": True})
        assert await matters(other) == [] == await matters(zhao), "another device is compared anew"
        await verify(at.house, case, made["seat"])
        assert await matters(other) == [] == await matters(zhao), "and its number is not on file"
        await zhao.post("/api/links/exchange", json={"token": token, "take_over": True})
        await verify(at.house, case, made["seat"])
        (own,) = await matters(zhao)
        assert (own["id"], own["title"], own["reported"], own["to_do"], own["enter"]) == (case, None, False, ["enter"], True)
        assert "facts" not in own and "屋檐" not in json.dumps(own, ensure_ascii=False)
        assert (await zhao.post(f"/api/residents/matters/{case}/p2/open")).json()["code"] == "not_allowed"
        where = (await zhao.post(f"/api/residents/matters/{case}/p2/enter")).json()["where"]
        assert where == f"/j#{urlsplit(made['url']).fragment}", "the mediator's own link: the one that went out stays good"
        taken = await zhao.post("/api/links/exchange", json={"token": urlsplit(where).fragment, "take_over": True})
        seat = taken.json()["as"]
        assert (await zhao.get("/api/me", headers={"X-Heyi-As": seat})).json()["kind"] == "seat"
        await at.house.doors.links.revoke_seat(made["session"], made["seat"])
        assert (await zhao.post(f"/api/residents/matters/{case}/p2/enter")).json()["code"] == "no_place"


async def test_who_is_signed_in_reports_by_the_accounts_number(folder: Path) -> None:
    asked = {"title": "路灯不亮", "facts": "村口的路灯坏了一周。", "region": "139901001", "name": "冯某", "phone": ""}

    async def report(http: httpx.AsyncClient, account: str, handle: str = "me", **changes: str) -> httpx.Response:
        form = {"report": json.dumps({**asked, **changes})}
        headers = {"Idempotency-Key": "report-key-1", "X-Heyi-As": handle, "X-Heyi-Account": account}
        return await http.post("/api/reports", data=form, headers=headers)

    async def account_of(http: httpx.AsyncClient) -> str:
        return str((await http.get("/api/residents/me")).json()["id"])

    async with town(folder) as at, at.client() as feng, at.client() as other, at.client() as guest:
        await sign_in(feng, FENG)
        await sign_in(other, NEW)
        fengs, others = await account_of(feng), await account_of(other)
        made = (await report(feng, fengs)).json()
        first = (await at.house.reader.dossier(made["case"])).case.parties[0]
        assert (first.phone, FENG in str(made)) == (FENG, False)
        assert made["case"] in {own["id"] for own in await matters(feng)}
        assert (await report(feng, fengs)).json()["case"] == made["case"], "sent again it is the same"
        theirs = (await report(other, others)).json()["case"]
        assert theirs != made["case"], "under the same key the account's number makes it another report"
        typed = (await report(feng, fengs, phone=ZHAO)).json()["case"]
        assert (await at.house.reader.dossier(typed)).case.parties[0].phone == ZHAO, "what is written counts"
        late = await report(other, fengs)
        assert (late.status_code, late.json()["code"], late.json()["detail"]["field"]) == (422, "other_account", "phone"), (
            "it waited on the device"
        )
        await feng.post("/api/sign-out?as=me")
        for http, handle in ((guest, "me"), (guest, ""), (other, "elsewhere"), (feng, "me")):
            refused = await report(http, fengs, handle)
            assert (refused.status_code, refused.json()["detail"]["field"]) == (422, "phone"), "nobody is signed in there"


async def test_a_mistyped_number_of_who_reported_is_put_right_by_the_centre(folder: Path) -> None:
    async with town(folder) as at, at.client() as stranger, at.client() as right, at.client() as phone:
        case = await at.case("屋檐雨水流向邻家院墙")
        await sign_in(stranger, LI)
        opened = (await stranger.post(f"/api/residents/matters/{case}/p1/open")).json()["as"]
        assert (await stranger.get("/api/me", headers={"X-Heyi-As": opened})).json()["kind"] == "reporter"
        person = (await stranger.get("/api/residents/me")).json()["id"]
        await at.house.doors.residents.claim(person, case, "p1")
        wang, centre = (
            Actor("account", name, name, role, org, "139901")
            for name, role, org in (("wang", Role.MEDIATOR, "committee"), ("centre", Role.CENTRE, "centre"))
        )
        url = (await at.house.desk.do(MakePage(case, "p1"), wang, ""))["url"]
        link = (await phone.post("/api/links/exchange", json={"token": url.partition("#")[2]})).json()["as"]
        session = (await at.house.desk.do(OpenSession(case), wang, ""))["session"]
        seat = (await at.house.desk.do(Invite(case, SeatRole.PARTY, party="p1"), wang, ""))["seat"]
        inside = Actor("seat", seat, case_id=case, session_id=session)
        for command, actor in ((GiveConsent(case, Consent.ONLINE, True), inside), (Knock(case), inside), (Admit(case, seat), wang)):
            await at.house.desk.do(command, actor, "")
        await WechatConsent.create(id="a", case_id=case, party="p1", scene=1, openid=b"sealed", asked_at=datetime.now(UTC))
        put = CorrectParty(case, "p1", "本人带身份证来过", phone=NEW, checked=IdentityCheck.IN_PERSON)
        assert await at.house.desk.do(put, centre, "key-1") == await at.house.desk.do(put, centre, "key-1") == {}
        assert (await stranger.get("/api/me", headers={"X-Heyi-As": opened})).json()["code"] == "session_ended"
        assert (await phone.get("/api/me", headers={"X-Heyi-As": link})).json()["code"] == "session_ended"
        assert await matters(stranger) == [] and (await stranger.get("/api/residents/me")).status_code == 200
        room = (await at.house.reader.dossier(case)).room
        assert room is not None and (room.seats[seat].state, room.seats[seat].device, routes(room)) == (SeatState.INVITED, 1, {"m": []})
        assert not await WechatConsent.all().using_db(reads()).exists(), "the next message would go to the former number's person"
        await sign_in(right, NEW)
        assert [own["id"] for own in await matters(right)] == [case]
