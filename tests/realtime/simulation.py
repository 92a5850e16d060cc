"""One case in memory with the real rules, the real audience and a real hub: what is missing is only the database and the sockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cases.actor import Actor
from cases.case import Case, Mediator, Person
from cases.errors import Refusal
from cases.ports import Happened
from cases.vocabulary import CaseStage, Consent, DisputeKind, Role, SeatRole
from realtime import audience, patch
from realtime.hub import Hub
from realtime.live import LiveDocs
from realtime.streams import Stream
from rooms import commands as c
from rooms.handling import acknowledge_routes, handle, invite, open_room
from rooms.record_keeping import note
from storage.dossier import Dossier
from storage.work import Committed
from web.flags import Flags

BEGIN = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor(kind="account", id="wang", name="王调解员", role=Role.MEDIATOR, org="committee", region="139901")
CENTRE = Actor(kind="account", id="centre", name="周主任", role=Role.CENTRE, org="centre", region="139901")
CODE = "HY-AAAA-BBBB"


class Listener:
    """A reader that keeps what it was sent, each frame with the step in which it came."""

    def __init__(self, actor: Actor, world: World) -> None:
        self.actor, self._world = actor, world
        self.login = self.address = f"{actor.kind}-{actor.id}"
        self.topics: dict[str, Stream] = {}
        self.frames: list[tuple[int, bytes]] = []

    @property
    def account(self) -> str:
        return self.actor.id if self.actor.kind == "account" else ""

    def write(self, data: bytes) -> None:
        self.frames.append((self._world.step, data))

    answer = write

    def close(self, code: int, reason: str) -> None:
        self._world.hub.leave(self)

    @property
    def heard(self) -> bytes:
        return b"".join(data for _, data in self.frames)

    @property
    def trace(self) -> list[tuple[int, int]]:
        """What somebody can see who only measures: when, and how many bytes."""
        return [(step, len(data)) for step, data in self.frames]


class World:
    """`parties` and `experts` sit admitted in a room; every one of them, the mediator, the centre and the public page listen."""

    def __init__(self, parties: int, experts: int) -> None:
        self.step = 0
        self._now = BEGIN
        people = [
            Person(id=f"p{n}", name=f"当事人{n}", capacity="applicant", phone=f"1380000{n:04d}", id_number=f"11010519491231{n:04d}")
            for n in range(1, parties + 1)
        ]
        case = Case(
            id="case",
            code=CODE,
            kind=DisputeKind.DISPUTE,
            stage=CaseStage.MEDIATING,
            title="相邻排水",
            facts="事实经过。",
            region="139901001",
            region_name="城关镇",
            place="",
            source="当事人申请",
            reported_at=BEGIN,
            parties=people,
            mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
            session_id="case-r1",
        )
        room, _ = open_room("case-r1", "case", WANG, BEGIN)
        self.dossier = Dossier(case, room)
        self.at: dict[str, int] = {}
        self.entered: list[Happened] = []
        self.hub = Hub(self, self.now, "n1")  # type: ignore[arg-type]
        self.flags = Flags(self.hub, self, LiveDocs(self.hub.streams.show_live, lambda live: None))  # type: ignore[arg-type]
        for person in people:
            self._seat(c.Invite("case", SeatRole.PARTY, party=person.id), person.name)
        for n in range(experts):
            self._seat(c.Invite("case", SeatRole.EXPERT, name=f"专家{n}"), "")
        self.listeners = {seat: Listener(WANG if seat == "m" else self.actor(seat), self) for seat in room.seats}
        self.listeners["centre"] = Listener(CENTRE, self)
        self.listeners["public"] = Listener(Actor("public", CODE), self)

    # what the hub reads

    async def dossier_of(self, topic: str) -> Dossier:
        return self.dossier

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        return "e", self.at.get(stream, 0), audience.fragments(self.dossier).get(stream, {})

    async def since(self, stream: str, epoch: str, offset: int) -> None:
        return None

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]:
        return {}

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    # what happens

    def actor(self, seat: str) -> Actor:
        return WANG if seat == "m" else Actor("seat", seat, case_id="case", session_id="case-r1")

    def _seat(self, command: c.Invite, name: str) -> None:
        room = self.dossier.room
        assert room is not None
        seat, _ = invite(room, command, name)
        for point in (Consent.ONLINE, Consent.RECORDING, Consent.EXPERT) if command.party else ():
            handle(room, c.GiveConsent("case", point, True), self.actor(seat.id), BEGIN, self.dossier.facts(), "")
        handle(room, c.Knock("case"), self.actor(seat.id), BEGIN, self.dossier.facts(), "")
        handle(room, c.Admit("case", seat.id), WANG, BEGIN, self.dossier.facts(), "")

    async def listen(self) -> None:
        for name, listener in self.listeners.items():
            self.hub.join(listener)
            topics = {"centre": ["case/case"], "public": [f"code/{CODE}"]}.get(name, ["room/case-r1", "live/case-r1"])
            for topic in topics:
                await self.hub.subscribe(listener, topic, "", 0)
        await self.settle()

    async def do(self, seat: str, command: Any) -> bool:
        """A command of somebody in the room; whether it was permitted."""
        before = msgspec.convert(msgspec.to_builtins(self.dossier), Dossier)
        room = self.dossier.room
        assert room is not None
        try:
            happened = handle(room, command, self.actor(seat), self.now(), self.dossier.facts(), f"case-c{self.step}")
            happened = [*happened, *note(room, happened, self._now)]
            if room.caucus is not None and not room.caucus.open:
                acknowledge_routes(room, room.epoch, self._now)
        except Refusal:
            self.dossier = before
            return False
        self.entered += happened
        await self.publish(before)
        return True

    async def publish(self, before: Dossier) -> None:
        """What changed goes to those who read it."""
        old, new = audience.fragments(before), audience.fragments(self.dossier)
        for name in sorted(old.keys() | new.keys()):
            change = patch.diff(old.get(name, {}), new.get(name, {}))
            if change:
                self.at[name] = self.at.get(name, 0) + 1
                self.hub.streams.publish(name, "e", self.at[name], change)
        self.hub.revise(self.dossier)
        self.flags(Committed("case", before, self.dossier, [], []))
        await self.settle()

    async def settle(self) -> None:
        """Until nothing is left to be done, and whoever was told to ask again has asked."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def follow_again(self) -> None:
        """What a page may try when a topic is gone or new: everybody asks for the live stream and for the caucus."""
        for name, listener in self.listeners.items():
            room = self.dossier.room
            topics = ["live/case-r1", f"caucus/{room.caucus.id}" if room and room.caucus else ""]
            for topic in topics if name not in {"centre", "public"} else []:
                if topic and topic not in listener.topics:
                    await self.hub.subscribe(listener, topic, "", 0)
        await self.settle()
