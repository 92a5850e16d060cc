"""A Janus VideoRoom (1.1 or newer) as the media engine, for an operator who runs a farm of them. Implements `MediaControl`.

Only this server speaks to Janus; browsers see descriptions, and media. Rooms are private, with a secret that is also their PIN, so that nobody who knows
no more than the room's number gets in. Number and secret are made of the room's id and the keys of the configuration: after a crash
the former room is found, destroyed and made anew, empty. Janus does not record for us, and tells its counts over its admin interface alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from rooms.media import protocol
from rooms.media.janus_room import JanusRoom, engine_error
from rooms.media.janus_session import Document, JanusError, JanusSession, Reply
from rooms.media.port import EngineGone, EventHandler, MediaEngine, Offered, Published
from rooms.media.protocol import EngineError

WEAK_SECONDS = 4.0
"""How long a seat is told to have a weak connection after Janus last said so."""
_ROOM_EXISTS, _INVALID_ELEMENT = 427, 430
_SETTINGS = {
    "is_private": True,
    "publishers": protocol.MAX_SEATS,
    "bitrate": 2_500_000,
    "fir_freq": 0,
    "audiocodec": "opus",
    "videocodec": "vp8,h264",
    "audiolevel_event": True,
    "audio_active_packets": 25,
    "audio_level_average": 60,
    "dummy_publisher": True,
    "dummy_streams": [{"codec": "opus"}],
}


class JanusEngine:
    """Made by `start`, ended by `stop`; `on_gone(reason)` tells when Janus went away."""

    def __init__(self, session: JanusSession, on_event: EventHandler, keys: str) -> None:
        self._session = session
        self._on_event = on_event
        self._key = keys.encode() or secrets.token_bytes(32)
        self._admin: Document = {}
        self._strings = False
        self._desk = 0
        self._rooms: dict[str, JanusRoom] = {}
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._weak: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._spoke: tuple[str, str, float] = ("", "", 0.0)

    @classmethod
    async def start(
        cls,
        on_event: EventHandler,
        on_gone: Callable[[str], None] = lambda reason: None,
        *,
        url: str,
        secret: str = "",
        admin_key: str = "",
    ) -> JanusEngine:
        """Connect to the Janus at `url` (ws:// or wss://). `secret` is its `api_secret`, `admin_key` that of its VideoRoom plugin.

        Raises `EngineGone`.
        """
        try:
            session = await JanusSession.open(url, secret)
        except JanusError as error:
            raise EngineGone(str(error)) from None
        self = cls(session, on_event, secret + admin_key)
        self._admin = {"admin_key": admin_key} if admin_key else {}
        session.on_event = self._take
        try:
            self._desk = await session.attach()
            self._strings = await self._wants_text()
        except (JanusError, EngineGone) as error:
            await session.close()
            raise EngineGone(str(error)) from None
        session.on_gone = on_gone
        return self

    async def stop(self) -> None:
        """End all rooms and the session."""
        self._session.on_gone = lambda reason: None
        self._on_event = lambda event: None
        for name in list(self._rooms):
            try:
                await self.close_room(name)
            except (EngineError, EngineGone):
                # The session's end takes its connections with it.
                pass
        for task in list(self._tasks):
            task.cancel()
        for timer in self._weak.values():
            timer.cancel()
        await self._session.close()

    async def open_room(self, room: str, settings: protocol.RoomSettings | None = None) -> None:
        _check(protocol.OpenRoom(id=0, room=room))
        async with self._opening:
            if room in self._rooms:
                return
            if len(self._rooms) >= protocol.MAX_ROOMS:
                raise EngineError("full", f"at most {protocol.MAX_ROOMS} rooms")
            digest = hmac.digest(self._key, room.encode(), hashlib.sha256)
            number, secret = int.from_bytes(digest[:6], "big"), digest[6:].hex()
            place: int | str = str(number) if self._strings else number
            await self._create({"request": "create", "room": place, "secret": secret, "pin": secret, **_SETTINGS, **self._admin})
            made = JanusRoom(room, self._session, place, secret, await self._session.attach(), self._tell)
            await made.enter()
            self._rooms[room] = made

    async def close_room(self, room: str) -> None:
        _check(protocol.CloseRoom(id=0, room=room))
        closing = self._rooms.pop(room, None)
        if closing is not None:
            async with closing.lock:
                await closing.close()

    async def publish(self, room: str, seat: str, offer: str) -> Published:
        _check(protocol.Publish(id=0, room=room, seat=seat, offer=offer))
        async with self._room(room) as found:
            return await found.publish(seat, offer)

    async def unpublish(self, room: str, seat: str) -> None:
        _check(protocol.Unpublish(id=0, room=room, seat=seat))
        async with self._room(room) as found:
            await found.unpublish(seat)

    async def subscribe(self, room: str, seat: str) -> Offered:
        _check(protocol.Subscribe(id=0, room=room, seat=seat))
        async with self._room(room) as found:
            return await found.subscribe(seat)

    async def play(self, room: str, seat: str, offer: str) -> str:
        raise EngineError("unsupported", "Janus answers no players: its VideoRoom offers by itself")

    async def answered(self, room: str, seat: str, revision: int, answer: str) -> None:
        _check(protocol.Answered(id=0, room=room, seat=seat, revision=revision, answer=answer))
        async with self._room(room) as found:
            await found.answered(seat, revision, answer)

    async def set_routes(
        self,
        room: str,
        epoch: int,
        routes: Mapping[str, Sequence[str]],
        recorded: Mapping[str, Sequence[str]] | Sequence[str] = (),
    ) -> None:
        plain = {listener: list(sources) for listener, sources in routes.items()}
        _check(protocol.SetRoutes(id=0, room=room, epoch=epoch, routes=plain))
        async with self._room(room) as found:
            await found.set_routes(epoch, plain)

    async def set_layer(self, room: str, seat: str, source: str, kind: Literal["camera", "screen"], layer: protocol.Layer) -> None:
        _check(protocol.SetLayer(id=0, room=room, seat=seat, source=source, kind=kind, layer=layer))
        async with self._room(room) as found:
            await found.set_layer(seat, source, kind, layer)

    async def mute(self, room: str, seat: str, kinds: Sequence[str]) -> None:
        chosen: list[Any] = list(kinds)
        _check(protocol.Mute(id=0, room=room, seat=seat, kinds=chosen))
        async with self._room(room) as found:
            await found.mute(seat, chosen)

    async def kick(self, room: str, seat: str) -> None:
        _check(protocol.Kick(id=0, room=room, seat=seat))
        async with self._room(room) as found:
            await found.kick(seat)

    async def restart_ice_up(self, room: str, seat: str, offer: str) -> str:
        _check(protocol.RestartIce(id=0, room=room, seat=seat, direction="up", sdp=offer))
        async with self._room(room) as found:
            return await found.restart_up(seat, offer)

    async def restart_ice_down(self, room: str, seat: str) -> Offered:
        _check(protocol.RestartIce(id=0, room=room, seat=seat, direction="down"))
        async with self._room(room) as found:
            return await found.restart_down(seat)

    async def start_recording(self, room: str, session: str, seats: Sequence[str], directory: str, key: bytes) -> None:
        raise EngineError("recording", "Janus does not record for us: its files are neither encrypted nor hashed into the record")

    async def stop_recording(self, room: str, session: str) -> None:
        """None is ever running."""

    async def stats(self, room: str = "") -> dict[str, Any]:
        if not room:
            return {"engine": "janus", "rooms": list(self._rooms)}
        async with self._room(room) as found:
            return found.stats()

    async def ping(self) -> float:
        before = time.monotonic()
        try:
            await self._session.keep_alive()
        except JanusError as error:
            raise EngineGone(str(error)) from None
        return time.monotonic() - before

    def _room(self, name: str) -> _Locked:
        if name not in self._rooms:
            raise EngineError("no_room", f"room {name} is not open")
        return _Locked(self._rooms[name])

    async def _create(self, body: Document) -> None:
        try:
            await self._session.ask(self._desk, body)
        except JanusError as error:
            if error.code != _ROOM_EXISTS:
                raise engine_error(error) from None
        else:
            return
        try:
            # Left by a server that ended badly. Whoever is still in it is put out.
            await self._session.ask(self._desk, {"request": "destroy", "room": body["room"], "secret": body["secret"]})
            await self._session.ask(self._desk, body)
        except JanusError as error:
            raise engine_error(error) from None

    async def _wants_text(self) -> bool:
        """Whether this Janus names rooms by text (`string_ids`) and not by numbers."""
        try:
            await self._session.ask(self._desk, {"request": "exists", "room": 1})
        except JanusError as error:
            if error.code != _INVALID_ELEMENT:
                raise
            return True
        return False

    def _tell(self, event: Any) -> None:
        self._on_event(event)

    def _take(self, handle: int, message: Document) -> None:
        """What Janus tells unasked. Each is carried out in its room's turn."""
        for room in self._rooms.values():
            if handle == room.desk:
                self._heard(room, message.get("plugindata", {}).get("data", {}))
                return
            if (found := room.find(handle)) is not None:
                self._spawn(self._serve(room, handle, message))
                if message["janus"] == "slowlink":
                    self._slow(room.name, found[0])
                return

    async def _serve(self, room: JanusRoom, handle: int, message: Document) -> None:
        async with room.lock:
            found = room.find(handle)
            if found is None:
                return
            try:
                match message["janus"]:
                    case "webrtcup":
                        await room.connected(*found)
                    case "hangup" | "detached":
                        await room.lost(*found, str(message.get("reason", "Janus ended the connection")))
                    case "event" if "jsep" in message:
                        data = message.get("plugindata", {}).get("data", {})
                        await room.offered(found[0], Reply(data, str(message["jsep"]["sdp"])))
            except (EngineError, EngineGone) as error:
                # The connection is not what the routes say: it ends.
                self._tell(protocol.Disconnected(room=room.name, seat=found[0], direction=found[1], reason=str(error)))

    def _heard(self, room: JanusRoom, data: Document) -> None:
        if data.get("videoroom") != "talking" or (seat := room.speaker(data["id"])) is None:
            return
        now = time.monotonic()
        if self._spoke[:2] != (room.name, seat) or now - self._spoke[2] > 0.5:
            self._spoke = (room.name, seat, now)
            self._tell(protocol.Speaking(room=room.name, seat=seat, level=round(data.get("audio-level-dBov-avg", 0))))

    def _slow(self, room: str, seat: str) -> None:
        def better() -> None:
            del self._weak[room, seat]
            self._tell(protocol.QualityChanged(room=room, seat=seat, quality="good", loss=0.0, rtt=0.0))

        if (timer := self._weak.pop((room, seat), None)) is not None:
            timer.cancel()
        else:
            self._tell(protocol.QualityChanged(room=room, seat=seat, quality="weak", loss=0.0, rtt=0.0))
        self._weak[room, seat] = asyncio.get_running_loop().call_later(WEAK_SECONDS, better)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Locked:
    """A room in its turn: requests about one room are served in order."""

    def __init__(self, room: JanusRoom) -> None:
        self._room = room

    async def __aenter__(self) -> JanusRoom:
        await self._room.lock.acquire()
        return self._room

    async def __aexit__(self, *_: object) -> None:
        self._room.lock.release()


def _check(request: protocol.Request) -> None:
    """Raises `EngineError` where the embedded engine would find the request malformed."""
    try:
        msgspec.convert(msgspec.to_builtins(request), type(request))
    except msgspec.ValidationError as error:
        raise EngineError("bad_request", str(error)) from None


if TYPE_CHECKING:
    _implements: type[MediaEngine] = JanusEngine
