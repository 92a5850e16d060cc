"""Standard devices: aiortc's own connections send by WHIP and play by WHEP, over HTTP to the running server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from benchmarks.load import LoadPeer
from cases.vocabulary import SeatRole, SeatState
from rehearsal.clip import load
from rehearsal.peer import HeadlessPeer
from rooms import commands as c
from tests.web.live_session import Session, until
from web.composition import open_house
from web.devices import SDP_LIMIT
from web.settings import Settings

pytestmark = pytest.mark.anyio


class Served:
    """A session, the address of its server, and a device's token."""

    def __init__(self, session: Session, url: str) -> None:
        self.session, self.url = session, url
        self.http = httpx.AsyncClient(base_url=url, timeout=20)
        self.token = self.seat = ""

    async def invite(self, name: str = "法庭摄像机") -> None:
        made = await self.session.do(c.Invite(self.session.case, SeatRole.DEVICE, name=name))
        assert made["whip"].endswith("/whip") and made["whep"].endswith("/whep") and "url" not in made
        self.token, self.seat = made["token"], made["seat"]

    async def post(self, way: str, sdp: str, **headers: str) -> httpx.Response:
        told = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self.token}", **headers}
        return await self.http.post(f"/{way}", content=sdp, headers=told)

    async def admit(self) -> None:
        await until(lambda: self.session.room().seats[self.seat].state is SeatState.LOBBY)
        await self.session.do(c.Admit(self.session.case, self.seat))


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    async with open_house(Settings(data=str(folder / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        config.port, config.loop = 0, "none"
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        session = Session(house)
        await session.begin()
        at = Served(session, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
        try:
            yield at
        finally:
            await at.http.aclose()
            server.should_exit = True
            await asyncio.wait_for(serving, 15)


async def test_a_device_sends_by_whip_and_everybody_sees_it(tmp_path: Path) -> None:
    async with served(tmp_path) as at:
        await at.invite()
        session = at.session
        watcher, device = HeadlessPeer("m", load()), HeadlessPeer("device", load())
        engine = session.media.engine_of(session.id)
        assert engine is not None
        left = ""

        async def send(offer: str) -> str:
            nonlocal left
            answer = await at.post("whip", offer)
            assert answer.status_code == 201, answer.text
            left = answer.headers["Location"]
            return answer.text

        try:
            refused = await at.post("whip", "v=0\r\n")
            assert (refused.status_code, refused.json()["code"]) == (503, "not_admitted")
            assert int(refused.headers["Retry-After"]) > 0
            await at.admit()
            await session.media.settled(session.id)
            await device.publish(send)
            shown = session.media.shown.flags
            await until(lambda: shown.get(session.id, {}).get("seats", {}).get(at.seat, {}).get("up"))
            offered = await engine.subscribe(session.id, "m")
            await engine.answered(session.id, "m", offered.revision, await watcher.handle_offer(offered.sdp))
            await until(lambda: {"audio", "camera"} <= {kind for seat, kind in watcher.received if seat == at.seat})
            await until(lambda: watcher.received[at.seat, "camera"].frames > 20 and watcher.received[at.seat, "audio"].packets > 20)
            # The mediator's mute holds for a machine as well.
            await session.do(c.MuteSeat(session.case, at.seat, "camera"))
            await session.media.settled(session.id)
            await asyncio.sleep(0.3)
            before = watcher.received[at.seat, "camera"].packets
            await asyncio.sleep(1)
            assert watcher.received[at.seat, "camera"].packets == before
            mine = {"Authorization": f"Bearer {at.token}"}
            assert (await at.http.patch(left, headers=mine)).status_code == 405
            assert (await at.http.delete(left.replace(at.seat, "d9"), headers=mine)).status_code == 403
            assert (await at.http.delete(left, headers=mine)).status_code == 200
            await until(lambda: session.room().seats[at.seat].state is SeatState.LEFT)
            # It is known by its token, and comes back without waiting.
            await device.publish(send)
            await until(lambda: session.room().seats[at.seat].present)
        finally:
            await device.close()
            await watcher.close()


async def test_a_player_sees_and_hears_by_whep_and_nothing_of_a_private_talk(tmp_path: Path) -> None:
    async with served(tmp_path) as at:
        await at.invite("墙上的屏幕")
        session = at.session
        engine = session.media.engine_of(session.id)
        assert engine is not None
        source = LoadPeer()
        player = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        frames: dict[str, int] = {}
        tasks: list[asyncio.Task[None]] = []

        async def consume(track: Any) -> None:
            while True:
                await track.recv()
                frames[track.kind] = frames.get(track.kind, 0) + 1

        player.on("track", lambda track: tasks.append(asyncio.ensure_future(consume(track))))
        try:
            await source.connect((await engine.publish(session.id, session.party.id, source.offer())).answer)
            source.play(0)
            for kind in ("audio", "video"):
                player.addTransceiver(kind, "recvonly")
            await player.setLocalDescription(await player.createOffer())
            sdp = player.localDescription.sdp
            assert (await at.post("whep", sdp)).status_code == 503
            await at.admit()
            await session.media.settled(session.id)
            answer = await at.post("whep", sdp)
            assert answer.status_code == 201, answer.text
            assert answer.headers["Content-Type"].startswith("application/sdp")
            await player.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
            await until(lambda: frames.get("audio", 0) > 20 and frames.get("video", 0) > 10)
            await session.do(c.OpenCaucus(session.case, [session.party.id]))
            await until(session.private)
            await asyncio.sleep(0.5)
            before = dict(frames)
            await asyncio.sleep(1.5)
            assert frames["video"] <= before["video"] + 1, "a screen on the wall hears nothing of a private talk"
            await session.close()
            await until(lambda: frames["video"] > before["video"] + 10)
            left = await at.http.delete(answer.headers["Location"], headers={"Authorization": f"Bearer {at.token}"})
            assert left.status_code == 200
            await until(lambda: session.room().seats[at.seat].state is SeatState.LEFT)
        finally:
            for task in tasks:
                task.cancel()
            await player.close()
            await source.close()


async def test_whoever_is_no_device_is_told_why_and_gets_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as at:
        await at.invite()
        assert (await at.http.post("/whip", content="v=0")).status_code == 415
        nobody = await at.http.post("/whip", content="v=0", headers={"Content-Type": "application/sdp"})
        assert (nobody.status_code, nobody.json()["code"]) == (403, "no_token")
        forged = await at.post("whip", "v=0", Authorization="Bearer abc")
        assert (forged.status_code, forged.json()["code"]) == (403, "link_forged")
        person = await at.session.do(c.Invite(at.session.case, SeatRole.OBSERVER, name="旁听员"))
        mine, at.token = at.token, person["url"].partition("#")[2]
        assert (await at.post("whep", "v=0")).json()["code"] == "no_device"
        at.token = mine
        assert (await at.post("whip", "x" * (SDP_LIMIT + 1))).status_code == 413
        await at.post("whip", "v=0")
        await at.admit()
        await at.session.media.settled(at.session.id)
        for way in ("whip", "whep"):
            wrong = await at.post(way, "nonsense")
            assert (wrong.status_code, wrong.json()["code"]) == (422, "media_bad_sdp"), wrong.text
        at.token = ""
        assert (await at.http.options("/whip", headers={"Authorization": "Bearer x"})).status_code == 403
        plain = await at.http.options("/whip")
        assert plain.headers["Accept-Post"] == "application/sdp" and "Link" not in plain.headers
        await at.session.do(c.RemoveSeat(at.session.case, at.seat))
        at.token = mine
        assert (await at.post("whip", "v=0")).json()["code"] == "link_revoked"
        answers = [(await at.post("whip", "v=0")).status_code for _ in range(30)]
        assert 429 in answers
