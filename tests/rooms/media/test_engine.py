"""One suite for every engine behind the port, with real media: what the server relies on, whichever carries the rooms."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator

import pytest

from benchmarks.janus_server import ADMIN_KEY, SECRET, JanusServer, own_address
from benchmarks.load import LoadPeer
from rehearsal import clip
from rehearsal.peer import HeadlessPeer
from rooms.media import protocol
from rooms.media.janus import JanusEngine
from rooms.media.port import EngineGone, MediaEngine
from rooms.media.protocol import EngineError
from rooms.media.worker_process import MediaWorkerProcess
from tests.rooms.media.conftest import Stage
from tests.rooms.media.site import a_node

pytestmark = pytest.mark.anyio

UNDER_WAY = 0.15
"""Seconds in which what had left the engine by the reply still arrives in the peer's counts."""


@contextlib.asynccontextmanager
async def embedded(stage: Stage) -> AsyncIterator[MediaEngine]:
    media = await MediaWorkerProcess.start(stage.take, stage.gone.append)
    try:
        yield media
    finally:
        await media.stop()


@contextlib.asynccontextmanager
async def on_a_node(stage: Stage) -> AsyncIterator[MediaEngine]:
    async with a_node() as site, site.worker(stage.take, stage.gone.append) as media:
        yield media


@contextlib.asynccontextmanager
async def janus(stage: Stage) -> AsyncIterator[MediaEngine]:
    server = await JanusServer.start()
    try:
        media = await JanusEngine.start(stage.take, stage.gone.append, url=server.url, secret=SECRET, admin_key=ADMIN_KEY)
        try:
            yield media
        finally:
            await media.stop()
    finally:
        await server.stop()


@pytest.fixture(params=[embedded, on_a_node, janus], ids=["embedded", "node", "janus"])
async def room(request) -> AsyncIterator[Stage]:
    made = Stage()
    async with request.param(made) as made.media:
        await made.media.open_room(made.room)
        try:
            yield made
        finally:
            await made.leave()


async def _refused(call, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        await call
    assert caught.value.code == code, caught.value


async def _seated(stage: Stage, *seats: str) -> None:
    for seat in seats:
        await stage.publish(seat)
        await stage.subscribe(seat)


def _count(stage: Stage, viewer: str, source: str) -> int:
    return stage.peers[viewer].packets_from(source)


async def _flows(stage: Stage, viewer: str, source: str, more: int = 40) -> None:
    """Until so many packets more have come."""
    before = _count(stage, viewer, source)
    await stage.until(lambda: _count(stage, viewer, source) > before + more)


async def _silent(stage: Stage, viewer: str, source: str) -> None:
    await asyncio.sleep(UNDER_WAY)
    before = _count(stage, viewer, source)
    await asyncio.sleep(0.4)
    assert _count(stage, viewer, source) == before


async def test_nobody_hears_anybody_before_a_route_says_so(room: Stage) -> None:
    await _seated(room, "a", "b")
    await room.until(lambda: len(room.of(protocol.Connected)) == 4)
    await _silent(room, "b", "a")
    assert _count(room, "b", "a") == 0
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await _flows(room, "b", "a")
    await room.until(lambda: room.peers["b"].sees_since("a") > 0)
    assert {kind for source, kind in room.peers["b"].received if source == "a"} == {"audio", "camera"}
    assert _count(room, "a", "b") == 0
    assert [(e.seat, sorted(e.kinds)) for e in room.of(protocol.Tracks)] == [("a", ["audio", "camera"]), ("b", ["audio", "camera"])]


async def test_routes_are_in_force_when_the_call_returns(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"], "a": ["b"]})
    await _seated(room, "a", "b")
    await _flows(room, "b", "a")
    await room.media.set_routes(room.room, 2, {"a": ["b"]})
    await _silent(room, "b", "a")
    await _flows(room, "a", "b")
    await room.media.set_routes(room.room, 3, {"a": ["b"], "b": ["a"]})
    await _flows(room, "b", "a")


async def test_changes_while_an_offer_is_not_answered_come_after_it(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await room.publish("a")
    await room.publish("c")
    await room.until(lambda: len(room.of(protocol.Connected)) == 2)
    offer = await room.media.subscribe(room.room, "b")
    assert "a=msid:a a:camera" in offer.sdp
    await room.media.set_routes(room.room, 2, {"b": ["c"]})
    peer = room.peers["b"] = HeadlessPeer("b", clip.load())
    await room.media.answered(room.room, "b", offer.revision, await peer.handle_offer(offer.sdp, fresh=True))
    await _flows(room, "b", "c")
    assert _count(room, "b", "a") == 0


async def test_outsiders_of_a_caucus_receive_nothing(room: Stage) -> None:
    everybody = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}
    await room.media.set_routes(room.room, 1, everybody)
    await _seated(room, "a", "b", "c")
    for viewer, sources in everybody.items():
        for source in sources:
            await _flows(room, viewer, source, 10)
    await room.media.set_routes(room.room, 2, {"a": ["b"], "b": ["a"]})
    await asyncio.sleep(UNDER_WAY)
    before = [_count(room, "c", "a"), _count(room, "c", "b"), _count(room, "a", "c"), _count(room, "b", "c")]
    await _flows(room, "a", "b")
    await _flows(room, "b", "a")
    # Whoever comes in while the caucus lasts hears no more than who was there.
    await room.publish("d")
    await room.subscribe("d")
    await _flows(room, "a", "b")
    assert [_count(room, "c", "a"), _count(room, "c", "b"), _count(room, "a", "c"), _count(room, "b", "c")] == before
    assert not room.peers["d"].received
    await room.media.set_routes(room.room, 3, everybody)
    await _flows(room, "c", "a")


async def test_who_is_muted_is_not_heard(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await room.media.mute(room.room, "a", ["audio"])
    await _seated(room, "a", "b")
    viewer = room.peers["b"]
    await room.until(lambda: ("a", "camera") in viewer.received)
    await _flows(room, "b", "a")
    assert ("a", "audio") not in viewer.received, "muted before there was a connection"
    await room.media.mute(room.room, "a", ["camera"])
    await room.until(lambda: ("a", "audio") in viewer.received)
    await asyncio.sleep(UNDER_WAY)
    camera = viewer.received["a", "camera"].packets
    await _flows(room, "b", "a")
    assert viewer.received["a", "camera"].packets == camera
    await room.media.mute(room.room, "a", [])
    await room.until(lambda: viewer.received["a", "camera"].packets > camera + 10)


async def test_a_window_out_of_sight_costs_nothing(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await _seated(room, "a", "b")
    viewer = room.peers["b"]
    await room.until(lambda: viewer.sees_since("a") > 0)
    await room.media.set_layer(room.room, "b", "a", "camera", "off")
    await asyncio.sleep(UNDER_WAY)
    camera = viewer.received["a", "camera"].packets
    await _flows(room, "b", "a", 20)
    assert viewer.received["a", "camera"].packets == camera
    await room.media.set_layer(room.room, "b", "a", "camera", "full")
    await room.until(lambda: viewer.received["a", "camera"].packets > camera + 10)


async def test_who_is_put_out_neither_sends_nor_receives(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"], "a": ["b"]})
    await _seated(room, "a", "b")
    await _flows(room, "b", "a")
    await _flows(room, "a", "b", 5)
    await room.media.kick(room.room, "a")
    await _silent(room, "b", "a")
    await _silent(room, "a", "b")
    assert sorted((await room.media.stats(room.room))["seats"]) == ["b"]
    await _refused(room.media.restart_ice_down(room.room, "a"), "no_seat")


async def test_who_comes_back_is_heard_again(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await _seated(room, "a", "b")
    await _flows(room, "b", "a")
    await room.peers["a"].drop_uplink()
    await room.until(lambda: any((e.seat, e.direction) == ("a", "up") for e in room.of(protocol.Disconnected)))
    await _silent(room, "b", "a")
    await room.publish("a")
    await _flows(room, "b", "a")
    # The viewer's connection anew, too.
    await room.subscribe("b")
    await _flows(room, "b", "a")


async def test_who_stops_sending_is_gone_and_may_begin_again(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await _seated(room, "a", "b")
    await _flows(room, "b", "a")
    await room.media.unpublish(room.room, "a")
    await _silent(room, "b", "a")
    assert room.of(protocol.Tracks)[-1] == protocol.Tracks(room=room.room, seat="a", kinds=[])
    await room.publish("a")
    await _flows(room, "b", "a")


class Roamer(LoadPeer):
    """Changes its network: new credentials of its own, then those of the engine's newest description."""

    def renew(self) -> None:
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)

    async def adopt(self, sdp: str) -> None:
        """Until a check under the engine's new credentials was answered."""
        ufrag, password = (re.search(rf"a=ice-{name}:(\S+)", sdp)[1] for name in ("ufrag", "pwd"))
        assert ufrag != self._remote[0]
        self._remote = (ufrag, password, self._remote[2])
        self._checked.clear()
        await asyncio.wait_for(self._checked.wait(), 10)


async def test_ice_is_restarted_and_media_go_on(room: Stage) -> None:
    media, hall = room.media, room.room
    await media.set_routes(hall, 1, {"b": ["a"]})
    source, viewer = Roamer(address=own_address()), Roamer(address=own_address())
    try:
        await source.connect((await media.publish(hall, "a", source.offer())).answer)
        source.play(0)
        await room.until(lambda: len(room.of(protocol.Connected)) == 1)
        offer = await media.subscribe(hall, "b")
        await media.answered(hall, "b", offer.revision, viewer.answer(offer.sdp))
        await viewer.connect(offer.sdp)
        await room.until(lambda: viewer.packets > 100)
        source.renew()
        await source.adopt(await media.restart_ice_up(hall, "a", source.offer()))
        viewer.renew()
        offer = await media.restart_ice_down(hall, "b")
        assert "a=msid:a a:camera" in offer.sdp
        await media.answered(hall, "b", offer.revision, viewer.answer(offer.sdp))
        await viewer.adopt(offer.sdp)
        before = viewer.packets
        await room.until(lambda: viewer.packets > before + 100)
        assert not room.of(protocol.Disconnected)
    finally:
        await source.close()
        await viewer.close()


async def test_what_is_asked_wrongly_is_refused(room: Stage) -> None:
    media, hall = room.media, room.room
    await _refused(media.publish("cellar", "a", "v=0"), "no_room")
    await _refused(media.publish(hall, "a", "nonsense"), "bad_sdp")
    await _refused(media.publish(hall, "a b", "v=0"), "bad_request")
    await _refused(media.publish(hall, "a", "x" * 70_000), "bad_request")
    await _refused(media.answered(hall, "nobody", 1, "v=0"), "no_seat")
    offer = await media.subscribe(hall, "a")
    await _refused(media.answered(hall, "a", offer.revision + 1, "v=0"), "stale_answer")
    await _refused(media.answered(hall, "a", offer.revision, "v=0"), "bad_sdp")
    await _refused(media.restart_ice_up(hall, "a", "v=0"), "no_seat")
    await media.set_routes(hall, 5, {"a": ["a", "b"]})
    await _refused(media.set_routes(hall, 5, {}), "stale_epoch")
    await _refused(media.set_routes(hall, 4, {}), "stale_epoch")
    await _refused(media.set_routes(hall, 6, {"a": [f"s{n}" for n in range(99)]}), "bad_request")
    await _refused(media.start_recording(hall, "s", ["a"], "/proc/nowhere", bytes(32)), "recording")
    await media.kick(hall, "nobody")
    await media.stop_recording(hall, "none")
    await media.close_room("cellar")
    await media.open_room(hall)
    assert await media.ping() < 5
    assert (await media.stats())["rooms"] == [hall]


async def test_seats_and_rooms_are_bounded(room: Stage) -> None:
    for number in range(protocol.MAX_SEATS):
        await room.media.mute(room.room, f"s{number}", [])
    await _refused(room.media.mute(room.room, "more", []), "full")
    for number in range(protocol.MAX_ROOMS - 1):
        await room.media.open_room(f"r{number}")
    await _refused(room.media.open_room("more"), "full")


async def test_a_room_that_is_closed_lets_everybody_go(room: Stage) -> None:
    await room.media.set_routes(room.room, 1, {"b": ["a"]})
    await _seated(room, "a", "b")
    await _flows(room, "b", "a")
    await room.media.close_room(room.room)
    await _silent(room, "b", "a")
    await _refused(room.media.subscribe(room.room, "b"), "no_room")
    await room.media.open_room(room.room)
    assert (await room.media.stats(room.room))["epoch"] == -1


async def test_a_janus_that_dies_is_told_once() -> None:
    gone: list[str] = []
    server = await JanusServer.start()
    try:
        media = await JanusEngine.start(lambda event: None, gone.append, url=server.url, secret=SECRET, admin_key=ADMIN_KEY)
        await media.open_room("hall")
        await server.stop()
        with pytest.raises(EngineGone):
            await media.ping()
        await asyncio.sleep(0)
        assert len(gone) == 1
        await media.stop()
    finally:
        await server.stop()
    with pytest.raises(EngineGone):
        await JanusEngine.start(lambda event: None, url=server.url)


async def test_a_room_left_by_a_server_that_died_is_made_anew_and_empty() -> None:
    stage, server = Stage(), await JanusServer.start()
    keys = {"url": server.url, "secret": SECRET, "admin_key": ADMIN_KEY}
    peer = HeadlessPeer("a", clip.load())
    try:
        former = await JanusEngine.start(stage.take, **keys)
        await former.open_room("hall")
        peer_answer = await former.subscribe("hall", "a")
        assert peer_answer.revision == 1
        newer = await JanusEngine.start(stage.take, **keys)
        await newer.open_room("hall")
        with pytest.raises(EngineError):
            await former.subscribe("hall", "b")
        assert (await newer.subscribe("hall", "b")).revision == 1
        for engine in (former, newer):
            await engine.stop()
        with pytest.raises(EngineGone, match="403"):
            await JanusEngine.start(stage.take, url=server.url, secret="wrong")
        other = await JanusEngine.start(stage.take, url=server.url, secret=SECRET, admin_key="wrong")
        await _refused(other.open_room("hall"), "internal")
        await other.stop()
    finally:
        await peer.close()
        await server.stop()
