"""Residents' accounts at the server: in by a code to the telephone, to another number, and no accounts where no code can be sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cases import phone_code, privacy
from storage.database import reads
from storage.models.residents import PhoneCodeRow, Resident
from tests.web.sms_gateway import TOKEN, SmsGateway
from tests.web.town import FENG, LI, NEW, Later, Town, code_of, matters, own_code, sign_in, town, wrong_for
from web.composition import open_house
from web.rates import LIMITS
from web.settings import Settings

pytestmark = pytest.mark.anyio


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
