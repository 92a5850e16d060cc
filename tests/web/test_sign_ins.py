"""An account's own sign-ins over HTTP: what is told of each, what ends, and who has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.models.people import Account
from web.composition import open_house
from web.passwords import hash_password
from web.settings import Settings

pytestmark = pytest.mark.anyio
OWN = "http://127.0.0.1:8420"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Any, Any]]:
    async with open_house(Settings(data=str(folder), media=False, log_level="error")) as (house, config):
        yield house, config.app


def client(app: Any, host: str = "203.0.113.77") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(host, 40000))
    return httpx.AsyncClient(transport=transport, base_url=OWN, headers={"Origin": OWN, "User-Agent": FIREFOX})


async def test_where_an_account_is_signed_in(folder: Path) -> None:
    async with served(folder) as (house, app), client(app) as here, client(app, "198.51.100.9") as there, client(app) as third:
        assert (await here.get("/api/sign-ins")).json()["code"] == "signed_out"
        hashed = await hash_password("correct horse")
        await Account.create(id="w", login="wang", name="王某", role="mediator", region="139901", password_hash=hashed)
        for http in (here, there, third):
            answer = await http.post("/api/sign-in", json={"login": "wang", "password": "correct horse"})
            assert answer.status_code == 200
        rows = (await here.get("/api/sign-ins")).json()
        assert {(row["browser"], row["address"], row["here"]) for row in rows} == {
            ("Firefox, Linux", "203.0.113.*", True),
            ("Firefox, Linux", "198.51.100.*", False),
            ("Firefox, Linux", "203.0.113.*", False),
        }
        assert all(row["since"] == row["seen"] for row in rows)

        remote = next(row["id"] for row in rows if row["address"].startswith("198"))
        assert (await here.delete(f"/api/sign-ins/{remote}")).status_code == 200
        assert (await there.get("/api/sign-ins")).json()["code"] == "session_ended"
        for unknown in (remote, "0" * 16, "x" * 400):
            assert (await here.delete(f"/api/sign-ins/{unknown}")).json()["code"] == "no_sign_in"
        assert (await here.delete("/api/sign-ins", headers={"Origin": "https://elsewhere.example"})).json()["code"] == "foreign_origin"
        assert (await here.delete("/api/sign-ins")).json() == {"ended": 1}
        assert (await third.get("/api/me")).status_code == 403
        assert len((await here.get("/api/sign-ins")).json()) == 1

        token = await house.doors.links.issue("wall", timedelta(days=1), account="139901", seat="")
        wall = (await there.post("/api/links/exchange", json={"token": token})).json()["as"]
        there.headers["X-Heyi-As"] = wall
        assert (await there.get("/api/sign-ins")).json()["code"] == "not_allowed"
        assert (await there.delete("/api/sign-ins")).json()["code"] == "not_allowed"
