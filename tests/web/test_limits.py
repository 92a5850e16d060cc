"""Each limit of `web.rates` where it is asked for: as many requests as it allows at once pass it, one more is told to wait."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import web.rates
from agreements.commands import PrepareSignature
from cases.actor import Actor
from cases.commands.experts import InviteExpert
from cases.errors import Refusal, TooMuch
from cases.vocabulary import SeatRole
from rooms import commands as c
from storage.referrers import Referrers
from tests.web.live_session import WANG, signed_in
from tests.web.town import Town, sign_in
from web.composition import open_house
from web.demonstration import plant
from web.keys import load_key
from web.rates import LIMITS
from web.settings import Settings
from web.signed_requests import signature_of

pytestmark = pytest.mark.anyio

NOBODY = ""
"""Whom only the address tells from others."""
CASE, SESSION, PARTY = "{case}", "{session}", "{party}"
KEY = {"Idempotency-Key": "limit-0001"}
FORM = {"files": {"photos": ("1.jpg", b"x", "image/jpeg")}, "data": {"report": "{}"}}
VOICE = {
    "files": {"spoken": ("spoken", b"no voice", "audio/webm")},
    "data": {"report": json.dumps({"title": "楼上漏水", "facts": "", "region": "139901001", "name": "郑某", "phone": "13800005555"})},
    "headers": KEY,
}

# Name: who (an account, `seat`, `resident`, or nobody), method, address, what else is sent
ASKED: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "sign_in": (NOBODY, "POST", "/api/sign-in", {"json": {}}),
    "exchange": (NOBODY, "POST", "/api/links/exchange", {"json": {"token": "x"}}),
    "report": (NOBODY, "POST", "/api/reports", {"headers": KEY}),
    "spoken": (NOBODY, "POST", "/api/reports", VOICE),
    "code": (NOBODY, "GET", "/api/codes/HY-AAAA-AAAA", {}),
    "verify": (NOBODY, "POST", "/api/verify", {"content": b"x"}),
    "timestamp": (NOBODY, "POST", "/tsa", {"content": b"x"}),
    "history": (NOBODY, "GET", f"/api/agreements/{CASE}/history/1", {}),
    "device": (NOBODY, "POST", "/whip", {"content": b"x"}),
    "rating": (NOBODY, "POST", "/api/ratings/read", {"json": {"token": "x"}}),
    "phone_code": (NOBODY, "POST", "/api/residents/code", {"json": {"phone": "0318-8821234"}}),
    "phone_answer": (NOBODY, "POST", "/api/residents/sign-in", {"json": {}}),
    "referral_from": (NOBODY, "POST", "/api/referrals", {"json": {}}),
    "referral_files": (NOBODY, "POST", "/api/referrals", FORM),
    "here": (NOBODY, "GET", "/api/sessions/here?page=desk", {}),
    "feed": (NOBODY, "GET", "/calendar/x.ics", {}),
    "search": ("wang", "GET", "/api/cases?q=HY", {}),
    "administration": ("system", "GET", "/api/administration", {}),
    "contact": ("wang", "POST", "/api/contact", {"json": {}}),
    "risk_compared": ("centre", "POST", "/api/risk/compare", {}),
    "reveal": ("wang", "POST", f"/api/cases/{CASE}/people/{PARTY}/reveal", {"json": {"reason": "curious"}}),
    "experts": ("wang", "GET", "/api/experts?page=0", {}),
    "past": ("wang", "GET", f"/api/cases/{CASE}/past?at=x", {}),
    "paper_file": ("wang", "GET", f"/api/cases/{CASE}/file/99.pdf", {}),
    "intake": ("grid1", "POST", "/api/intake", {"headers": KEY}),
    "times": ("wang", "GET", f"/api/cases/{CASE}/times", {}),
    "invitation": ("wang", "POST", f"/api/cases/{CASE}/invitation.pdf", {"json": {}}),
    "wall_link": ("centre", "GET", "/api/wall/139901/link", {}),
    "statement_read": ("wang", "GET", f"/api/cases/{CASE}/identity-codes", {}),
    "resident": ("resident", "GET", "/api/residents/me", {}),
    "export": ("resident", "POST", "/api/residents/export", {"json": {"code": "000000"}}),
    "own_copy": ("seat", "GET", f"/api/cases/{CASE}/bundle", {}),
    "identity": ("seat", "POST", f"/api/sessions/{SESSION}/identity", {"json": {}}),
    "wechat": ("seat", "GET", f"/api/cases/{CASE}/wechat", {}),
    "statement": ("seat", "POST", f"/api/cases/{CASE}/statement", {"json": {}, "headers": KEY}),
    "statement_upload": ("seat", "POST", f"/api/cases/{CASE}/statement/recordings", {"json": {}}),
    "statement_piece": ("seat", "GET", f"/api/cases/{CASE}/statement/recordings/x", {}),
    "statement_play": ("seat", "GET", f"/api/cases/{CASE}/statements/{PARTY}/recording", {}),
}
ELSEWHERE = {
    "oidc": "web/oidc/test_doors.py",
    "oidc_logout": "web/oidc/test_doors.py",
    "notice": "web/test_courier.py",
    "paper": "web/test_paper.py",
}
"""Asked for where there is a provider of identities, or a text that is being signed, or by what goes out: the tests that go past these."""
TESTS = Path(__file__).resolve().parents[1]


class Standing:
    """The demonstration's county, in which nothing comes back to a bucket: time stands still."""

    def __init__(self, at: Town, stack: AsyncExitStack) -> None:
        self.at, self._stack, self._hosts = at, stack, 0
        self._there: dict[str, httpx.AsyncClient] = {}
        self.case = self.id = self.seat = ""

    async def begin(self) -> Standing:
        self.case = await self.at.case("屋檐雨水流向邻家院墙")
        dossier = await self.at.house.reader.dossier(self.case)
        assert dossier.room is not None
        self.id = dossier.room.id
        self.seat = (await self.at.house.desk.do(c.Invite(self.case, SeatRole.PARTY, party="p1"), WANG, ""))["seat"]
        return self

    async def client(self) -> httpx.AsyncClient:
        """From an address that nobody has come from yet."""
        self._hosts += 1
        return await self._stack.enter_async_context(self.at.client(f"198.51.100.{self._hosts}"))

    async def who(self, name: str) -> httpx.AsyncClient:
        if name == "resident":
            http = await self.client()
            await sign_in(http, f"137000{self._hosts:05}")
            return http
        if name == NOBODY:
            return await self.client()
        if name not in self._there:
            whose = {"seat": self.seat} if name == "seat" else {"account": name}
            self._there[name] = await self._stack.enter_async_context(signed_in(self.at.app, self, **whose))  # type: ignore[arg-type]
        return self._there[name]

    @property
    def house(self) -> Any:
        return self.at.house

    def address(self, pattern: str) -> str:
        return pattern.format(case=self.case, session=self.id, party="p1")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One for all of these tests, which share a house."""
    return "asyncio"


@pytest.fixture(scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    moment = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web.rates, "time", SimpleNamespace(monotonic=lambda: moment))
        folder = tmp_path_factory.mktemp("limits") / "data"
        settings = Settings(data=str(folder), media=False, warm=False, log_level="error")
        async with open_house(settings, synthetic=True) as (house, config), AsyncExitStack() as stack:
            await plant(house)
            yield await Standing(Town(house, config.app), stack).begin()


async def spent(name: str, ask: Callable[[int], Awaitable[httpx.Response]]) -> None:
    """What `ask` asks for the nth time is limited by this name."""
    _, most = LIMITS[name]
    answers = [await ask(n) for n in range(most + 1)]
    codes = [answer.json()["code"] if answer.status_code >= 400 and answer.content else "" for answer in answers]
    assert "too_fast" not in codes[:most], f"{name}: {codes.index('too_fast')} of {most}"
    assert (answers[most].status_code, codes[most]) == (429, "too_fast"), name
    assert 0 < int(answers[most].headers["Retry-After"]) <= 60 / LIMITS[name][0] + 1


@pytest.mark.parametrize("name", list(ASKED))
async def test_one_more_than_it_allows_is_told_to_wait(standing: Standing, name: str) -> None:
    who, method, address, sent = ASKED[name]
    http = await standing.who(who)
    await spent(name, lambda n: http.request(method, standing.address(address), **sent))


async def test_an_entry_code_is_tried_slowly_by_address_and_by_case(standing: Standing) -> None:
    here = await standing.client()

    async def enter(http: httpx.AsyncClient, number: str) -> httpx.Response:
        return await http.post("/api/enter", json={"number": number, "code": "12345678"})

    await spent("entry", lambda n: enter(here, f"HY-AAAA-A{n:03}"))
    elsewhere = [await standing.client() for _ in range(LIMITS["entry_case"][1] + 1)]
    await spent("entry_case", lambda n: enter(elsewhere[n], "HY-BBBB-BBBB"))


async def test_a_system_refers_so_many_from_wherever(standing: Standing) -> None:
    writer = standing.house.doors._writer
    key = load_key(standing.house.settings.folder, "links")
    made, secret = await Referrers(writer, standing.house.clock, key).make("12345", "12345转办", "139901", ("", ""))
    addresses = [await standing.client() for _ in range(2)]

    async def refer(n: int) -> httpx.Response:
        at = str(int(standing.house.clock.now().timestamp()))
        signed = signature_of("POST", "/api/referrals", at, "", b"{}", bytes.fromhex(secret))
        headers = {"Heyi-System": made.id, "Heyi-Time": at, "Heyi-Signature": signed}
        return await addresses[n % 2].post("/api/referrals", content=b"{}", headers=headers)

    await spent("referral", refer)


async def test_an_expert_is_invited_so_often(standing: Standing) -> None:
    codes = []
    for _ in range(LIMITS["expert_invited"][1] + 1):
        with pytest.raises(Refusal) as refused:
            await standing.house.desk.do(InviteExpert(standing.case, "nobody", "看一看"), WANG, "")
        codes.append(refused.value.code)
    assert "too_fast" not in codes[:-1] and codes[-1] == "too_fast"
    assert isinstance(refused.value, TooMuch)


async def test_a_file_with_room_for_a_signature_is_made_so_often(standing: Standing) -> None:
    codes = []
    for _ in range(LIMITS["signature"][1] + 1):
        with pytest.raises(Refusal) as refused:
            asked = PrepareSignature(standing.case, "0" * 64, b"", b"", "", "李某", True)
            await standing.house.desk.do(asked, Actor("seat", standing.seat, case_id=standing.case, session_id=standing.id), "")
        codes.append(refused.value.code)
    assert "too_fast" not in codes[:-1] and codes[-1] == "too_fast"


async def test_a_case_takes_so_many_photographs(standing: Standing) -> None:
    http = await standing.client()
    report = {"title": "漏水", "facts": "楼上漏水", "region": "139901001", "name": "郑某", "phone": "13800005555"}
    made = (await http.post("/api/reports", data={"report": json.dumps(report)}, headers=KEY)).json()
    http.headers["X-Heyi-As"] = made["as"]
    address = f"/api/cases/{made['case']}/photos"
    await spent("photograph", lambda n: http.post(address, content=b"no picture", headers={"Idempotency-Key": f"picture-{n:04}"}))


def test_every_limit_is_tried() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    for name in LIMITS.keys() - ASKED.keys():
        there = (TESTS / ELSEWHERE[name]).read_text(encoding="utf-8") if name in ELSEWHERE else own
        assert f'spent("{name}"' in there or f'LIMITS["{name}"]' in there, f"no test goes past {name}"
    assert not ASKED.keys() & ELSEWHERE.keys() and (ASKED.keys() | ELSEWHERE.keys()) <= LIMITS.keys(), "and nothing that there is not"
