"""The demonstration's county with its residents, as a house that tests come into by HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from cases import privacy
from storage.database import reads
from storage.models.cases import CaseRow
from tests.web.live_session import OWN
from web.composition import open_house
from web.demonstration import plant
from web.house import House
from web.settings import Settings

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


async def matters(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await http.get("/api/residents/matters")).json()["matters"])


class Later:
    def __init__(self, clock: Any, minutes: int) -> None:
        self._clock, self._minutes = clock, minutes

    def now(self) -> Any:
        return self._clock.now() + timedelta(minutes=self._minutes)


def wrong_for(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)
