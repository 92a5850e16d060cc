"""A session in a house of this process, in which one party sits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx

from cases.actor import Actor
from cases.vocabulary import Consent, Role, SeatRole, SessionStage
from rehearsal.clip import load
from rehearsal.peer import HeadlessPeer
from rooms import commands as c
from rooms.media.worker_process import MediaWorkerProcess
from rooms.room import Room
from web.demonstration import plant
from web.house import House
from web.media import MediaRooms

OWN = "http://127.0.0.1:8420"
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")


class Session:
    """A house in this process with a session in which one party sits, ready for a private talk."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.media = next(listener for listener in house.nodes.listeners if isinstance(listener, MediaRooms))
        self.case = self.id = ""

    async def begin(self) -> None:
        await plant(self.house)
        room = self.media.open_rooms()[0]
        self.case, self.id = room.case_id, room.id
        made = await self.do(c.Invite(self.case, SeatRole.PARTY, party="p1"))
        self.party = party = Actor("seat", made["seat"], case_id=self.case, session_id=self.id)
        if not room.caucuses:
            await self.do(c.GiveConsent(self.case, Consent.ONLINE, True), party)
            await self.do(c.Knock(self.case), party)
            await self.do(c.Admit(self.case, party.id))
            await self.do(c.VerifyIdentity(self.case, party.id))
            await self.do(c.MoveStage(self.case, SessionStage.NOTICE))
            await self.do(c.ConfirmNotice(self.case), party)
            await self.do(c.MoveStage(self.case, SessionStage.STATEMENTS))
        await self.media.settled(self.id)

    async def do(self, command: Any, actor: Actor = WANG) -> dict[str, Any]:
        return await self.house.desk.do(command, actor, "")

    def room(self) -> Room:
        """As the media rooms know it."""
        return next(room for room in self.media.open_rooms() if room.id == self.id)

    def private(self) -> bool:
        caucus = self.room().caucus
        return caucus is not None and caucus.open

    async def recorded(self, given: bool) -> None:
        """The party consents to the recording, or does not any more."""
        await self.do(c.GiveConsent(self.case, Consent.RECORDING, given), self.party)
        await self.media.settled(self.id)

    async def close(self) -> None:
        await self.do(c.CloseCaucus(self.case))
        await self.media.settled(self.id)


@asynccontextmanager
async def signed_in(app: Any, session: Session, account: str = "", seat: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an account, or who came by the link of a seat of this session."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN, headers={"Origin": OWN}) as http:
        whose = {"account": account} if account else {"case_id": session.case, "session_id": session.id, "seat": seat}
        token = await session.house.doors.links.issue("account" if account else "seat", timedelta(hours=1), **whose)
        http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token, "take_over": False})).json()["as"]
        yield http


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def engine_of(session: Session) -> MediaWorkerProcess:
    engine = session.media.engine_of(session.id)
    assert isinstance(engine, MediaWorkerProcess)
    return engine


async def send_media(session: Session, seconds: float) -> None:
    """The party sends sound and picture."""
    peer, engine = HeadlessPeer(session.party.id, load()), engine_of(session)

    async def send(offer: str) -> str:
        return (await engine.publish(session.id, session.party.id, offer)).answer

    try:
        await peer.publish(send)
        await asyncio.sleep(seconds)
    finally:
        await peer.close()
