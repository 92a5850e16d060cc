"""Who is there, speaks and types: short-lived flags of rooms and cases, shown to those whom `audience.live_views` names, never stored."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from cases.errors import NotAllowed
from cases.vocabulary import SeatRole
from realtime.audience import live_views
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.live import LiveDocs
from realtime.messages import Typing
from rooms.handling import seat_of
from rooms.room import Room
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Committed

log = structlog.get_logger("flags")

TYPING_SECONDS = 6.0
"""A typing flag goes out by itself: the line may be cut before the client says that it stopped."""

RETRY = 1.0
"""Seconds between two attempts to read a room, when the database does not answer."""

Doc = dict[str, Any]

_BY_ACCOUNT = frozenset({SeatRole.MEDIATOR, SeatRole.CO_MEDIATOR})
"""Who sits in these has come by the own account, and is known by it."""


class Flags:
    """`tell` takes what one source says of a room, whole: {"seats": {seat: {flag: value}}, "speaking": seat, …}."""

    def __init__(self, hub: Hub, reader: Reader, live: LiveDocs) -> None:
        self._hub, self._reader, self._live = hub, reader, live
        self._said: dict[str, dict[str, Doc]] = {}
        self._views: dict[str, set[str]] = {}
        self._caucus: dict[str, str] = {}
        self._typing: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._showing: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        hub.on_presence = self._came_or_went

    def __call__(self, committed: Committed) -> None:
        room = committed.after.room
        if room is not None and room.id in self._said:
            self._show(room.id)

    def follow(self, dossier: Dossier) -> None:
        """What another node has committed of a room whose people are here too."""
        if dossier.room is not None and dossier.room.id in self._said:
            self._show(dossier.room.id)

    def tell(self, room_id: str, source: str, flags: Doc) -> None:
        said = self._said.setdefault(room_id, {})
        if said.get(source, {}) != flags:
            said[source] = flags
            self._show(room_id)

    # typing

    async def handle(self, connection: Connection, message: Typing) -> None:
        dossier = await self._reader.dossier_of(f"room/{message.session}")
        room = dossier.room if dossier else None
        seat = seat_of(room, connection.actor) if room is not None and room.id == message.session else None
        if room is None or seat is None or not seat.present or room.ended_at is not None:
            raise NotAllowed("not_seated", "You have no seat in this session")
        self._set_typing(room.id, seat.id, message.on)

    def left(self, connection: Connection) -> None:
        return None

    def _set_typing(self, room_id: str, seat: str, on: bool) -> None:
        timer = self._typing.pop((room_id, seat), None)
        if timer is not None:
            timer.cancel()
        if on:
            loop = asyncio.get_running_loop()
            self._typing[room_id, seat] = loop.call_later(TYPING_SECONDS, self._set_typing, room_id, seat, False)
        writers = [s for r, s in self._typing if r == room_id]
        self.tell(room_id, "typing", {"seats": {s: {"typing": True} for s in writers}} if writers else {})

    # presence

    def _came_or_went(self, topic: str) -> None:
        kind, _, name = topic.partition("/")
        if kind == "room":
            self._said.setdefault(name, {})
            self._show(name)
            return
        people = {}
        for account in self._hub.presence.people(topic):
            here = self._hub.readers.of_account(account)
            if here:
                people[account] = here[0].actor.name  # type: ignore[attr-defined]
        self._live.contribute(f"here/{name}|staff", "presence", {"people": people} if people else {})

    # showing

    def _show(self, room_id: str) -> None:
        """Read the room as it is now and show its flags by that: what is remembered could be older than a caucus."""
        if room_id in self._showing:
            self._again.add(room_id)
            return
        task = asyncio.get_running_loop().create_task(self._show_now(room_id))
        self._showing[room_id] = task
        task.add_done_callback(lambda _: self._shown(room_id))

    def _shown(self, room_id: str) -> None:
        del self._showing[room_id]
        if room_id in self._again:
            self._again.discard(room_id)
            self._show(room_id)

    async def _show_now(self, room_id: str) -> None:
        try:
            dossier = await self._reader.dossier_of(f"room/{room_id}")
        except Exception as error:
            log.warning("flags not shown yet", room=room_id, reason=type(error).__name__)
            await asyncio.sleep(RETRY)
            self._again.add(room_id)
            return
        room = dossier.room if dossier else None
        if room is None or room.id != room_id or room.ended_at is not None:
            self._forget(room_id)
            return
        caucus = room.caucus.id if room.caucus else ""
        if self._caucus.get(room_id, "") != caucus:
            self._caucus[room_id] = caucus
            self._hush(room_id)
        said = {**self._said.get(room_id, {}), "presence": self._online(room)}
        self._said[room_id] = said
        views = live_views(room)
        for view, seats in views.items():
            for source in ("media", "presence", "typing"):
                self._live.contribute(f"live/{room_id}|{view}", source, of_seats(said.get(source, {}), seats))
        # A caucus that has ended leaves nothing. The plenary's flags stand still while one is on.
        over = {v for v in self._views.get(room_id, ()) if v.startswith("caucus-") and v not in views}
        self._views[room_id] = self._views.get(room_id, set()) - over | views.keys()
        self._withdraw(room_id, over)

    def _hush(self, room_id: str) -> None:
        """Where a caucus begins or ends, nobody is shown as typing or speaking: that was on the other side of the wall."""
        for key in [k for k in self._typing if k[0] == room_id]:
            self._typing.pop(key).cancel()
        said = self._said.get(room_id, {})
        said.pop("typing", None)
        for source, flags in list(said.items()):
            said[source] = {k: v for k, v in flags.items() if k != "speaking"}

    def _online(self, room: Room) -> Doc:
        of_account = {s.party: s.id for s in room.seats.values() if s.role in _BY_ACCOUNT and not s.revoked}
        here = [of_account.get(person, person) for person in self._hub.presence.people(f"room/{room.id}")]
        return {"seats": {seat: {"online": True} for seat in here if seat in room.seats}} if here else {}

    def online(self, room: Room) -> frozenset[str]:
        """Seats whose people have the room open, here or on another node."""
        shown = [self._live.merged(f"live/{room.id}|{view}").get("seats", {}) for view in live_views(room)]
        return frozenset(seat for seats in shown for seat, about in seats.items() if about.get("online"))

    def _forget(self, room_id: str) -> None:
        self._said.pop(room_id, None)
        self._caucus.pop(room_id, None)
        self._withdraw(room_id, self._views.pop(room_id, set()))

    def _withdraw(self, room_id: str, views: set[str]) -> None:
        for view in views:
            self._live.withdraw(f"live/{room_id}|{view}")

    async def stop(self) -> None:
        for timer in self._typing.values():
            timer.cancel()
        for task in list(self._showing.values()):
            task.cancel()
        await asyncio.gather(*self._showing.values(), return_exceptions=True)


def of_seats(flags: Doc, seats: frozenset[str]) -> Doc:
    """The part of some flags that tells of these seats."""
    shown: Doc = {k: v for k, v in flags.items() if k not in {"seats", "speaking"}}
    inside = {seat: about for seat, about in flags.get("seats", {}).items() if seat in seats}
    if inside:
        shown["seats"] = inside
    if flags.get("speaking") in seats:
        shown["speaking"] = flags["speaking"]
    return shown
