"""Residents at the server: in by a telephone, to the own cases and no other, with the own data taken away, and gone."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from cases import phone_code, privacy
from cases.actor import Actor
from cases.case import Photo
from cases.commands.casework import CorrectParty
from cases.commands.statements import AgreeStatements, AskStatement, MakePage
from cases.material import MATERIAL_LIMIT
from cases.vocabulary import IdentityCheck, Role, SeatRole, SeatState
from rooms.commands import Invite
from storage.audit import page as audit_page
from storage.database import reads
from storage.models.cases import CaseRow
from storage.models.doors import Login
from storage.models.residents import Claim, PhoneCodeRow, Resident
from storage.work import Outcome
from tests.recordings import recording
from tests.web.live_session import OWN, WANG
from tests.web.sms_gateway import TOKEN, SmsGateway
from tests.web.test_scheduling import Ground
from tests.web.test_statements import verified
from web.demonstration import plant
from web.house import House
from web.rates import LIMITS
from web.server import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio
LI, ZHAO, FENG, NEW = "13800001234", "13900005678", "13800000011", "13700002222"


class Town:
    def __init__(self, house: House, app: Any) -> None:
        self.house, self.app = house, app

    def client(self, host: str = "203.0.113.5") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(host, 40000))
        return httpx.AsyncClient(transport=transport, base_url=OWN, headers={"Origin": OWN, "X-Heyi-As": "me"})

    async def case(self, title: str) -> str:
        for row in await CaseRow.all().using_db(reads()):
            if (await self.house.reader.dossier(row.id)).case.title == title:
                return row.id
        raise AssertionError(title)


@asynccontextmanager
async def town(folder: Path, **settings: str) -> AsyncIterator[Town]:
    """The demonstration's county; with settings of a gateway, a house that is none."""
    chosen = Settings(data=str(folder), media=False, log_level="error", **settings)  # type: ignore[arg-type]
    async with open_house(chosen, synthetic=not settings) as (house, config):
        await plant(house)
        yield Town(house, config.app)


async def code_of(http: httpx.AsyncClient, phone: str) -> str:
    return str((await http.post("/api/residents/code", json={"phone": phone})).json()["shown"])


async def sign_in(http: httpx.AsyncClient, phone: str, agreed: str = privacy.VERSION) -> httpx.Response:
    return await http.post("/api/residents/sign-in", json={"phone": phone, "code": await code_of(http, phone), "agreed": agreed})


async def own_code(http: httpx.AsyncClient) -> str:
    """To the number of the account that is signed in."""
    return str((await http.post("/api/residents/me/code")).json()["shown"])


async def export(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post("/api/residents/export", json={"code": await own_code(http)})


async def matters(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await http.get("/api/residents/matters")).json()["matters"])


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "red").save(out, "JPEG")
    return out.getvalue()


async def test_a_guests_report_is_found_opened_and_added_to(folder: Path) -> None:
    async with town(folder) as at, at.client() as li, at.client() as stranger:
        assert (await li.get("/api/residents")).json() == {
            "open": True,
            "demonstration": True,
            "privacy": {"version": privacy.VERSION, "date": privacy.DATE, "phone": at.house.settings.office_phone},
        }
        refused = await sign_in(li, LI, "0.9")
        assert (refused.status_code, refused.json()["code"]) == (422, "privacy_needed")
        at.house.doors.residents._clock = Later(at.house.clock, 2)  # another code is asked for a minute later
        granted = await sign_in(li, "+86 138 0000-1234")
        assert granted.json() == {"as": "me", "where": "/mine"}
        (own,) = await matters(li)
        assert (own["title"], own["reported"], own["stage"], own["to_do"]) == ("屋檐雨水流向邻家院墙", True, "mediating", [])

        await sign_in(stranger, NEW)
        for path in (f"/api/residents/matters/{own['id']}/p1/open", f"/api/residents/matters/{own['id']}/p1/enter"):
            assert (await stranger.post(path)).json()["code"] == "no_case"
        assert await matters(stranger) == []
        for path in ("/api/photos/x", f"/api/cases/{own['id']}/keeping", f"/api/cases/{own['id']}/bundle", "/api/notices"):
            assert (await li.get(path)).status_code in {403, 404}, "a resident is nobody to a case"

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
        await at.house.doors.revoke_seat(made["session"], made["seat"])
        assert (await zhao.post(f"/api/residents/matters/{case}/p2/enter")).json()["code"] == "no_place"


async def test_a_code_is_guessed_by_nobody_and_tells_nobody_who_is_known(folder: Path) -> None:
    async with town(folder) as at, at.client() as known, at.client() as unknown:
        await sign_in(known, LI)
        answers = []
        for phone in (LI, NEW):
            asked = await unknown.post("/api/residents/code", json={"phone": phone})
            wrong = await unknown.post("/api/residents/sign-in", json={"phone": phone, "code": "000000", "agreed": privacy.VERSION})
            answers.append((asked.status_code, set(asked.json()), wrong.status_code, wrong.json()))
        assert answers[0] == answers[1]
        never = await unknown.post("/api/residents/sign-in", json={"phone": "13600003333", "code": "000000", "agreed": privacy.VERSION})
        assert never.json() == answers[0][3], "nor whether a code was asked for"
        assert (await unknown.post("/api/residents/code", json={"phone": NEW})).json()["code"] == "code_too_soon"
        for phone, said in (("0318-8821234", "phone_mobile"), ("1380000", "phone_length"), ("", "phone_shape")):
            assert (await unknown.post("/api/residents/code", json={"phone": phone})).json()["code"] == said

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("storage.residents.HOUSE_MOST", 2)
            assert (await unknown.post("/api/residents/code", json={"phone": "13600003333"})).json()["code"] == "codes_of_house_spent"
        code = await code_of(unknown, "13600003333")
        guess = {"phone": "13600003333", "code": wrong_for(code), "agreed": privacy.VERSION}
        await asyncio.gather(*(unknown.post("/api/residents/sign-in", json=guess) for _ in range(3 * phone_code.TRIES)))
        late = await unknown.post("/api/residents/sign-in", json={"phone": "13600003333", "code": code, "agreed": privacy.VERSION})
        assert late.json()["code"] == "phone_code_wrong", "five wrong ones use it up"
        row = await PhoneCodeRow.get(id=at.house.doors.residents._index("13600003333"), using_db=reads())
        assert code not in row.hash and row.tries == phone_code.TRIES and "13600003333" not in row.id
        _, burst = LIMITS["phone_code"]
        statuses = [(await unknown.post("/api/residents/code", json={"phone": NEW})).json()["code"] for _ in range(burst)]
        assert statuses[0] == "code_too_soon" and statuses[-1] == "too_fast"
        (resident,) = await Resident.all().using_db(reads())
        raw = b"|".join([resident.phone_index.encode(), resident.phone, resident.name, resident.key])
        assert LI.encode() not in raw


async def test_another_number_is_claimed_and_changed_by_a_code_to_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(folder) as at, at.client() as http, at.client("198.51.100.9") as elsewhere, at.client() as beside:
        await sign_in(http, NEW)
        case = await at.case("屋檐雨水流向邻家院墙")
        public = (await at.house.reader.dossier(case)).case.code
        right = await code_of(http, LI)
        for claimed, phone, code, said in (
            (public, LI, wrong_for(right), "phone_code_wrong"),
            (public, NEW, await code_of(http, NEW), "not_this_number"),
            ("HY-AAAA-AAAA", LI, right, "not_this_number"),
        ):
            answer = await http.post("/api/residents/claims", json={"case": claimed, "phone": phone, "code": code})
            assert answer.json()["code"] == said
        good = {"case": public.lower(), "phone": LI, "code": right}  # what failed for another reason has not used it up
        assert (await http.post("/api/residents/claims", json=good)).json() == {"case": case}
        assert [own["id"] for own in await matters(http)] == [case]
        assert (await http.post("/api/residents/claims", json=good)).json()["code"] == "phone_code_wrong", "a code is good once"

        await sign_in(elsewhere, FENG)
        (followed,) = await matters(elsewhere)
        assert followed["stage"] == "agreed" and "rate" in followed["to_do"]
        at.house.doors.residents._clock = Later(at.house.clock, 2)
        move = {"phone": FENG, "code": await code_of(http, FENG), "present": await own_code(http)}
        wrong = await http.post("/api/residents/me/number", json={**move, "present": wrong_for(move["present"])})
        assert (wrong.json()["code"], wrong.json()["detail"]["field"]) == ("phone_code_wrong", "present"), (
            "a session alone does not move it"
        )
        for _ in range(2):
            taken = await http.post("/api/residents/me/number", json=move)
            assert taken.json()["code"] == "number_taken", "and both codes stay good"
        assert (await elsewhere.post("/api/residents/me/name", json={"name": "冯\u202e某"})).json()["code"] == "name_character"
        assert (await elsewhere.post("/api/residents/me/name", json={"name": " 冯某 "})).status_code == 200
        at.house.doors.residents._clock = Later(at.house.clock, 4)
        await sign_in(beside, FENG)
        opened = (await beside.post(f"/api/residents/matters/{followed['id']}/p1/open")).json()["as"]
        monkeypatch.setattr("web.matters.LISTED", 1)  # more than one list holds
        move = {"phone": "13511112222", "code": await code_of(elsewhere, "13511112222"), "present": await own_code(elsewhere)}
        told: list[str] = []
        at.house.nodes.end = lambda ended, code, why: told.extend(ended)  # type: ignore[method-assign]
        moved = await elsewhere.post("/api/residents/me/number", json=move)
        assert moved.json() == {"phone": "135****2222"}
        assert len(told) == 2, "what is open elsewhere closes at once, the own case with it"
        assert (await beside.get("/api/me", headers={"X-Heyi-As": opened})).json()["code"] == "session_ended"
        assert (await elsewhere.post("/api/residents/me/number", json=move)).json()["code"] == "phone_code_wrong"
        me = (await elsewhere.get("/api/residents/me")).json()
        assert (me["name"], me["phone"], me["consent"]) == ("冯某", "135****2222", privacy.VERSION)
        assert [own["id"] for own in await matters(elsewhere)] == [followed["id"]], "the cases of the former number stay"


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
        acts = {row.act for row in await audit_page("139901", 0)}
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
        newest = (await audit_page("139901", 0))[0]
        assert (newest.act, newest.subject, newest.detail) == ("consent_withdrawn", resident, "")
        assert (await at.house.reader.dossier(own["id"])).case.party("p1").phone == FENG, "the case's file is the committee's"

        await sign_in(again, FENG)
        assert (await again.get("/api/residents/me")).json()["id"] != resident and len(await matters(again)) == 1


async def test_a_code_goes_by_sms_and_without_a_gateway_there_are_no_accounts(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    gateway = SmsGateway()
    try:
        async with town(folder, sms_url=gateway.url, sms_token_file=str(secret)) as at, at.client() as http:
            asked = (await http.post("/api/residents/code", json={"phone": NEW})).json()
            assert set(asked) == {"again", "until"}, "a real house does not show it"
            (letter,) = gateway.told()
            assert letter["to"] == NEW and "核实" in letter["text"]
            code = letter["text"].partition("验证码 ")[2][:6]
            entered = await http.post("/api/residents/sign-in", json={"phone": NEW, "code": code, "agreed": privacy.VERSION})
            assert entered.status_code == 200
            gateway.mode("failing")
            failed = await http.post("/api/residents/code", json={"phone": LI})
            assert (failed.status_code, failed.json()["code"], failed.json()["retry"]) == (503, "code_not_sent", True)
    finally:
        gateway.end()
    async with open_house(Settings(data=str(tmp_path / "other"), media=False, log_level="error")) as (house, config):
        http = Town(house, config.app).client()
        assert (await http.get("/api/residents")).json()["open"] is False
        assert (await http.post("/api/residents/code", json={"phone": LI})).json()["code"] == "residents_off"
        await http.aclose()


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


class Later:
    def __init__(self, clock: Any, minutes: int) -> None:
        self._clock, self._minutes = clock, minutes

    def now(self) -> Any:
        return self._clock.now() + timedelta(minutes=self._minutes)


def wrong_for(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


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
        token = await at.house.doors.issue("account", timedelta(hours=1), account="wang")
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
        put = CorrectParty(case, "p1", "本人带身份证来过", phone=NEW, checked=IdentityCheck.IN_PERSON)
        assert await at.house.desk.do(put, centre, "key-1") == await at.house.desk.do(put, centre, "key-1") == {}
        assert (await stranger.get("/api/me", headers={"X-Heyi-As": opened})).json()["code"] == "session_ended"
        assert (await phone.get("/api/me", headers={"X-Heyi-As": link})).json()["code"] == "session_ended"
        assert await matters(stranger) == [] and (await stranger.get("/api/residents/me")).status_code == 200
        await sign_in(right, NEW)
        assert [own["id"] for own in await matters(right)] == [case]
