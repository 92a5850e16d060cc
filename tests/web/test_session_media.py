"""A mediation session with real encoded media over the real protocol: lobby, admission, seeing each other, caucus, recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from rehearsal.clip import Clip
from rehearsal.clip import load as load_clip
from rehearsal.peer import HeadlessPeer
from tests.serving import Client, Refused, Server, Visitor, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(tmp_path_factory.mktemp("clip"))


class Seat:
    """Somebody in the room: websocket and headless peer."""

    def __init__(self, client: Client, seat: str, session: str, case: str, clip: Clip) -> None:
        self.client, self.seat, self.session, self.case = client, seat, session, case
        self.peer = HeadlessPeer(seat, clip)
        self._fresh = True
        self._offers = asyncio.create_task(self._answer_offers())

    async def ask(self, what: str, **more: object) -> dict:
        return await self.client.request({"t": "ask", "what": what, "session": self.session, **more})

    async def connect(self) -> None:
        async def send(offer: str) -> str:
            return (await self.ask("publish", sdp=offer))["sdp"]

        await self.peer.publish(send)
        offered = await self.ask("subscribe_media")
        answer = await self.peer.handle_offer(offered["sdp"], fresh=True)
        await self.ask("answer", sdp=answer, revision=offered["revision"])

    async def _answer_offers(self) -> None:
        while True:
            await self.client.until(lambda: any(m["t"] == "media_offer" for m in self.client.others), 300)
            offers = [m for m in self.client.others if m["t"] == "media_offer"]
            self.client.others[:] = [m for m in self.client.others if m["t"] != "media_offer"]
            answer = await self.peer.handle_offer(offers[-1]["sdp"])
            await self.ask("answer", sdp=answer, revision=offers[-1]["revision"])

    async def do(self, t: str, **more: object) -> dict:
        return await self.client.do({"t": t, "case": self.case, **more})

    async def hears(self, *others: str, seconds: float = 8.0) -> None:
        before = {o: self.peer.packets_from(o) for o in others}
        async with asyncio.timeout(seconds):
            while any(self.peer.packets_from(o) < before[o] + 20 for o in others):
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        self._offers.cancel()
        await asyncio.gather(self._offers, return_exceptions=True)
        await self.peer.close()


@asynccontextmanager
async def session(server: Server, clip: Clip, recording: bool = True) -> AsyncIterator[dict[str, Seat]]:
    async with AsyncExitStack() as stack:
        wang = Visitor(server)
        await wang.open(server.links["mediator"])
        mediator = await stack.enter_async_context(wang.connect())
        desk = await mediator.follow("desk/wang")
        case = next(k for k, row in desk["cases"].items() if row["stage"] == "mediating")
        room = (await mediator.follow(f"case/{case}"))["session"]
        seats = {"m": Seat(mediator, "m", room, case, clip)}
        stack.push_async_callback(seats["m"].close)
        await mediator.follow(f"room/{room}")
        for link, seat in (("party 1", "s1"), ("party 2", "s2")):
            visitor = Visitor(server)
            await visitor.open(server.links[link], take_over=True)
            client = await stack.enter_async_context(visitor.connect())
            seats[seat] = Seat(client, seat, room, case, clip)
            stack.push_async_callback(seats[seat].close)
            await client.follow(f"room/{room}")
            await seats[seat].do("consent", point="online", given=True)
            await seats[seat].do("consent", point="recording", given=recording)
            await seats[seat].do("consent", point="expert", given=True)
            await seats[seat].do("knock")
            await mediator.until(lambda s=seat: mediator.docs[f"room/{room}"]["seats"][s]["state"] == "lobby")
            await seats["m"].do("admit", seat=seat)
            await seats["m"].do("verify_identity", seat=seat)
        yield seats


async def test_a_session_with_media(tmp_path: Path, clip: Clip) -> None:
    with serving(tmp_path / "data") as server:
        async with session(server, clip) as seats:
            await asyncio.gather(*(seat.connect() for seat in seats.values()))
            await asyncio.gather(seats["m"].hears("s1", "s2"), seats["s1"].hears("m", "s2"), seats["s2"].hears("m", "s1"))
            room = seats["m"].session
            assert seats["s1"].client.docs[f"room/{room}"]["recording"] is True

            await seats["m"].do("move_stage", to="notice")
            for party in ("s1", "s2"):
                await seats[party].do("confirm_notice")
            await seats["m"].do("move_stage", to="statements")

            await seats["m"].do("open_caucus", seats=["s1"])
            outsider = seats["s2"].client
            await outsider.until(lambda: "waiting" in outsider.docs[f"room/{room}"])
            await seats["m"].client.until(lambda: seats["m"].client.docs[f"room/{room}"]["caucus"]["open"])
            frames, packets = len(outsider.frames), sum(seats["s2"].peer.packets_from(o) for o in ("m", "s1"))
            await seats["m"].do("say", text="底价多少")
            await seats["s1"].do("say", text="一千八")
            await seats["m"].hears("s1")
            assert sum(seats["s2"].peer.packets_from(o) for o in ("m", "s1")) == packets, "an outsider received media of a caucus"
            assert len(outsider.frames) == frames, "an outsider received a frame while the caucus talked"
            with pytest.raises(Refused):
                await seats["s2"].do("say", text="在吗")
            caucus = seats["m"].client.docs[f"room/{room}"]["caucus"]["id"]
            await outsider.follow(f"caucus/{caucus}")
            assert outsider.gone[f"caucus/{caucus}"] == "not_permitted"
            await seats["m"].do("close_caucus")
            await seats["s2"].hears("m", "s1")
            assert "底价".encode() not in b"".join(outsider.frames)


async def test_one_refusal_and_the_session_goes_on_unrecorded(tmp_path: Path, clip: Clip) -> None:
    with serving(tmp_path / "data") as server:
        async with session(server, clip, recording=False) as seats:
            await asyncio.gather(*(seat.connect() for seat in seats.values()))
            await seats["m"].hears("s1", "s2")
            assert seats["m"].client.docs[f"room/{seats['m'].session}"]["recording"] is False
        assert not list((tmp_path / "data" / "recordings").rglob("*.enc"))
