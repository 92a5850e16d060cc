"""Somebody in the room: a websocket, a headless peer, and a hand on the draft."""

from __future__ import annotations

import asyncio
from typing import Any

from rehearsal.client import Client
from rehearsal.clip import Clip
from rehearsal.hand import Hand
from rehearsal.peer import HeadlessPeer


class Seat:
    def __init__(self, client: Client, seat: str, session: str, case: str, clip: Clip) -> None:
        self.client, self.seat, self.session, self.case = client, seat, session, case
        self.peer = HeadlessPeer(seat, clip)
        self.hand: Hand | None = None
        self._document = ""
        self.answered = 0  # offers of the downlink that were answered
        self._offers = asyncio.create_task(self._answer_offers())

    @property
    def doc(self) -> dict[str, Any]:
        """The seat's view of the room."""
        return self.client.docs.get(f"room/{self.session}", {})

    async def do(self, t: str, **more: object) -> dict[str, Any]:
        return await self.client.do({"t": t, "case": self.case, **more})

    async def ask(self, what: str, **more: object) -> dict[str, Any]:
        return await self.client.request({"t": "ask", "what": what, "session": self.session, **more})

    # media

    async def connect(self) -> None:
        async def send(offer: str) -> str:
            return str((await self.ask("publish", sdp=offer))["sdp"])

        await self.peer.publish(send)
        offered = await self.ask("subscribe_media")
        answer = await self.peer.handle_offer(offered["sdp"], fresh=True)
        await self.ask("answer", sdp=answer, revision=offered["revision"])

    async def _answer_offers(self) -> None:
        while True:
            await self.client.until(lambda: any(m["t"] == "media_offer" and m["sdp"] for m in self.client.others), 600)
            offers = [m for m in self.client.others if m["t"] == "media_offer" and m["sdp"]]
            self.client.others[:] = [m for m in self.client.others if m not in offers]
            answer = await self.peer.handle_offer(offers[-1]["sdp"])
            await self.ask("answer", sdp=answer, revision=offers[-1]["revision"])
            self.answered += 1

    async def hears(self, *others: str, packets: int = 20, seconds: float = 8.0) -> None:
        """Until that many more packets of each of the others have come. Raises `TimeoutError`."""
        before = {o: self.peer.packets_from(o) for o in others}
        async with asyncio.timeout(seconds):
            while any(self.peer.packets_from(o) < before[o] + packets for o in others):  # noqa: ASYNC110  (counted by aiortc's callbacks)
                await asyncio.sleep(0.02)

    async def sees(self, *others: str, seconds: float = 8.0) -> float:
        """Until a picture of each of the others was decoded; when the first of them was, on the monotonic clock. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while not all(self.peer.sees_since(o) for o in others):  # noqa: ASYNC110  (decoded in aiortc's callbacks)
                await asyncio.sleep(0.02)
        return min(self.peer.sees_since(o) for o in others)

    # drafting

    async def open_draft(self) -> Hand:
        await self.ask("draft_open")
        states = [m for m in self.client.others if m["t"] == "draft_state"]
        self.client.others[:] = [m for m in self.client.others if m["t"] != "draft_state"]
        self._document = states[-1]["document"]
        self.hand = Hand(states[-1]["client"], states[-1]["state"])
        return self.hand

    async def save(self) -> dict[str, Any]:
        """Send what the hand has edited; returns when the server has stored it."""
        assert self.hand is not None
        update = self.hand.take()
        return await self.client.request({"t": "draft_update", "session": self.session, "document": self._document, "update": update})

    def receive(self) -> None:
        """Take in what others wrote."""
        assert self.hand is not None
        for message in [m for m in self.client.others if m["t"] == "draft_remote"]:
            self.client.others.remove(message)
            self.hand.receive(message["update"])

    async def close(self) -> None:
        self._offers.cancel()
        await asyncio.gather(self._offers, return_exceptions=True)
        await self.peer.close()
