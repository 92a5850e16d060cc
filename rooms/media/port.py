"""The port through which the server reaches a media engine.

`worker_process.MediaWorkerProcess` is the embedded one, `remote_worker.RemoteWorker` one on another machine, `janus.JanusEngine` a Janus.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rooms.media import protocol

EventHandler = Callable[[protocol.AnyEvent], None]
"""Called on the event loop, in the order of events; must not block."""


@dataclass(frozen=True, slots=True)
class Published:
    """The answer to a client's offer, and the kinds the seat sends."""

    answer: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer for a seat's downlink, to be answered under its revision."""

    revision: int
    sdp: str


class EngineGone(ConnectionError):
    """The engine has ended, or did not reply in time. Its rooms must be opened again on another one."""


class MediaControl(Protocol):
    """The engine protocol as calls (see `rooms.media.protocol` for its rules). All raise `EngineError` and `EngineGone`."""

    async def open_room(self, room: str, settings: protocol.RoomSettings | None = None) -> None: ...

    async def close_room(self, room: str) -> None: ...

    async def publish(self, room: str, seat: str, offer: str) -> Published: ...

    async def unpublish(self, room: str, seat: str) -> None: ...

    async def subscribe(self, room: str, seat: str) -> Offered: ...

    async def play(self, room: str, seat: str, offer: str) -> str:
        """The answer to a player, whose sections are filled as the engine sees fit; `unsupported` where it cannot."""

    async def answered(self, room: str, seat: str, revision: int, answer: str) -> None: ...

    async def set_routes(
        self,
        room: str,
        epoch: int,
        routes: Mapping[str, Sequence[str]],
        recorded: Mapping[str, Sequence[str]] | Sequence[str] = (),
    ) -> None:
        """Returns once the routes are in force."""

    async def set_layer(self, room: str, seat: str, source: str, kind: Literal["camera", "screen"], layer: protocol.Layer) -> None: ...

    async def mute(self, room: str, seat: str, kinds: Sequence[str]) -> None: ...

    async def kick(self, room: str, seat: str) -> None: ...

    async def restart_ice_up(self, room: str, seat: str, offer: str) -> str: ...

    async def restart_ice_down(self, room: str, seat: str) -> Offered: ...

    async def start_recording(self, room: str, session: str, seats: Sequence[str], directory: str, key: bytes) -> None: ...

    async def stop_recording(self, room: str, session: str) -> None:
        """Returns once all segments are closed and their last events have been sent."""

    async def stats(self, room: str = "") -> dict[str, Any]: ...

    async def ping(self) -> float:
        """Seconds until the reply."""


class MediaEngine(MediaControl, Protocol):
    """An engine that runs, and how it is ended."""

    async def stop(self) -> None: ...


StartEngine = Callable[[EventHandler, Callable[[str], None]], Awaitable[MediaEngine]]
"""Starts an engine, or another after one has gone: takes what hears its events and what is told, once, why it has gone. Raises `EngineGone`."""
