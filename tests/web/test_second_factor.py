"""The second factor from the first QR code to its reset: what is refused, what locks, what is good once, what lies in the database."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.to_thread import run_sync
from tortoise.backends.base.executor import EXECUTOR_CACHE
from typer.testing import CliRunner

from cases.second_factor import STEP, code_at
from storage.database import reads
from storage.models.people import Account
from storage.models.second_factor import RecoveryCode, SecondFactor
from web.attempts import FAILURES_ALLOWED
from web.commands import cli
from web.composition import open_house
from web.passwords import hash_password
from web.settings import Settings

pytestmark = pytest.mark.anyio
OWN = "http://127.0.0.1:8420"
PASSWORD = "correct horse"


@asynccontextmanager
async def served(folder: Path, synthetic: bool = False, database: str = "") -> AsyncIterator[tuple[Any, Any]]:
    async with open_house(Settings(data=str(folder), media=False, log_level="error", database=database), synthetic) as (house, config):
        if not await Account.filter(id="w").exists():
            await Account.create(id="w", login="wang", name="王某", role="mediator", password_hash=await hash_password(PASSWORD))
        yield house, config.app


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN, headers={"Origin": OWN})


class Phone:
    """Computes codes; each step once, unless it is told to repeat itself."""

    def __init__(self, key: str) -> None:
        self.secret = base64.b32decode(key.replace(" ", ""))
        self._step = int(time.time()) // STEP

    def next(self) -> str:
        """The code of this step, then of the one that follows: both are near enough."""
        code = code_at(self.secret, self._step)
        self._step += 1
        return code


async def sign_in(http: httpx.AsyncClient, code: str | None = None, password: str = PASSWORD) -> str:
    """Empty, or the refusal's code."""
    asked = {"login": "wang", "password": password} | ({} if code is None else {"code": code})
    answer = await http.post("/api/sign-in", json=asked)
    return "" if answer.status_code == 200 else str(answer.json()["code"])


async def refusal(http: httpx.AsyncClient, what: str, body: dict[str, str]) -> str:
    return str((await http.post(f"/api/second-factor/{what}", json=body)).json().get("code", ""))


async def enrol(http: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    begun = (await http.post("/api/second-factor/begin", json={"password": PASSWORD})).json()
    assert begun["qr"].startswith("data:image/svg+xml")
    phone = Phone(begun["key"])
    codes = (await http.post("/api/second-factor/confirm", json={"code": phone.next()})).json()["codes"]
    return phone, codes


def wrong(phone: Phone) -> str:
    """A code that is none of the three."""
    near = {code_at(phone.secret, int(time.time()) // STEP + d) for d in range(-2, 3)}
    return next(code for code in ("000000", "000001", "000002", "000003", "000004", "000005") if code not in near)


async def test_from_the_qr_code_to_off(folder: Path) -> None:
    async with served(folder) as (_, app), client(app) as http, client(app) as other:
        assert await refusal(http, "begin", {"password": PASSWORD}) == "signed_out"
        assert await sign_in(http) == ""
        assert (await http.get("/api/second-factor")).json() == {"on": False, "since": "", "codes": 0}
        assert await refusal(http, "confirm", {"code": "123456"}) == "second_factor_not_begun"
        assert await refusal(http, "begin", {"password": "wrong"}) == "present_password"
        assert await refusal(http, "begin", {}) == "present_password"
        assert await refusal(http, "confirm", {}) == "malformed"

        phone, codes = await enrol(http)
        state = (await http.get("/api/second-factor")).json()
        assert (state["on"], state["codes"], len(codes)) == (True, 10, 10)
        assert await refusal(http, "begin", {"password": PASSWORD}) == "second_factor_on"

        assert await sign_in(other) == "code_needed"
        assert await sign_in(other, "", "wrong") == "wrong_password", (
            "who does not know the password does not learn that there is a second factor"
        )
        assert await sign_in(other, codes[0].lower()) == ""
        assert await sign_in(other, codes[0]) == "wrong_code", "a recovery code is good once"
        good = phone.next()
        assert await sign_in(other, good) == ""
        assert await sign_in(other, good) == "wrong_code", "a code is good once"
        await Account.filter(id="w").update(failures=0)

        assert (await http.get("/api/second-factor")).json()["codes"] == 9
        fresh = (await http.post("/api/second-factor/codes", json={"code": codes[1]})).json()["codes"]
        assert len(fresh) == 10 and not set(fresh) & set(codes)
        assert await refusal(http, "codes", {"code": codes[2]}) == "wrong_code", "the former ones are over"
        assert await refusal(http, "off", {"code": ""}) == "code_needed"
        assert (await http.post("/api/second-factor/off", json={"code": fresh[0]})).status_code == 200
        assert (await http.get("/api/second-factor")).json()["on"] is False
        assert await sign_in(other) == ""
        assert not await RecoveryCode.all().using_db(reads()).count()


async def test_a_link_does_not_lead_around_it(folder: Path) -> None:
    async with served(folder) as (house, app), client(app) as http, client(app) as other:
        assert await sign_in(http) == ""
        _, codes = await enrol(http)
        token = await house.doors.links.issue("account", timedelta(days=1), account="w")
        for code, told in ((None, "code_needed"), ("123", "wrong_code")):
            answer = await other.post("/api/links/exchange", json={"token": token} | ({"code": code} if code else {}))
            assert answer.json()["code"] == told
        assert (await other.post("/api/links/exchange", json={"token": token, "code": codes[0]})).status_code == 200


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def test_guessing_locks_the_account_however_many_come_at_once(folder: Path, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        return await guessed(folder, "")
    database = request.getfixturevalue("cluster").database()
    EXECUTOR_CACHE.clear()  # statements are cached by the connection's name, and this process speaks to two kinds of database
    try:
        await guessed(folder, database)
    finally:
        EXECUTOR_CACHE.clear()


async def guessed(folder: Path, database: str) -> None:
    async with served(folder, database=database) as (house, app), client(app) as http:
        assert await sign_in(http) == ""
        phone, codes = await enrol(http)
        code, found = wrong(phone), []

        async def guess() -> None:
            try:
                await house.doors.own.demand_code("w", code)
            except Exception as refused:
                found.append(refused.code)  # type: ignore[attr-defined]

        async with anyio.create_task_group() as together:
            for _ in range(12):
                together.start_soon(guess)
        assert sorted(found) == ["locked"] * (12 - FAILURES_ALLOWED) + ["wrong_code"] * FAILURES_ALLOWED
        assert await sign_in(http, codes[0]) == "locked"
        assert await refusal(http, "off", {"code": codes[0]}) == "locked"
        await Account.filter(id="w").update(locked_until=None)
        assert await sign_in(http, codes[0]) == "", "and none of it used the code up"


async def test_what_lies_in_the_database_tells_nothing(folder: Path) -> None:
    async with served(folder) as (_, app), client(app) as http:
        assert await sign_in(http) == ""
        phone, codes = await enrol(http)
        row = await SecondFactor.get(account="w", using_db=reads())
        assert phone.secret not in bytes(row.secret) and len(row.secret) == 12 + len(phone.secret) + 16
        # A row that is moved to another account does not open.
        await Account.create(id="x", login="chen", name="陈某", role="mediator", password_hash=await hash_password(PASSWORD))
        await SecondFactor.create(account="x", secret=row.secret, begun_at=row.begun_at, confirmed_at=row.confirmed_at)
        answer = await http.post("/api/sign-in", json={"login": "chen", "password": PASSWORD, "code": phone.next()})
        assert (answer.status_code, answer.json()["code"]) == (503, "second_factor_unreadable")
        hashes = await RecoveryCode.all().using_db(reads()).values_list("hash", flat=True)
    stored = b"".join(path.read_bytes() for path in folder.glob("heyi.sqlite3*"))
    for code in codes:
        assert code.encode() not in stored and code.replace("-", "").encode() not in stored
    assert len(hashes) == 10 and phone.secret not in stored and base64.b32encode(phone.secret) not in stored


async def test_an_operator_resets_it(folder: Path) -> None:
    async with served(folder) as (_, app), client(app) as http:
        assert await sign_in(http) == ""
        await enrol(http)
    done = await run_sync(lambda: CliRunner().invoke(cli, ["account", "wang", "--reset-totp", "--data", str(folder)]))
    assert done.exit_code == 0
    assert (await run_sync(lambda: CliRunner().invoke(cli, ["account", "nobody", "--reset-totp", "--data", str(folder)]))).exit_code == 1
    async with served(folder) as (_, app), client(app) as again:
        again.cookies = http.cookies
        assert (await again.get("/api/me")).json()["code"] == "session_ended"
        assert await sign_in(again) == ""


async def test_nobody_has_one_in_the_demonstration(folder: Path) -> None:
    async with served(folder, synthetic=True) as (_, app), client(app) as http:
        assert await sign_in(http) == ""
        assert (await http.get("/api/second-factor")).json() is None
        assert await refusal(http, "begin", {"password": PASSWORD}) == "not_allowed"
