"""One run of a script against a real server process: its people, its steps with their times, what it measured.

A step is a coroutine function that gets the play and returns a few words about what was seen; the first that does not hold ends the run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.client import Client, Refused, Visitor
from rehearsal.clip import Clip
from rehearsal.seat import Seat
from rehearsal.server import Server

STEP_WITHIN = 60
"""Seconds after which a step counts as failed."""


@dataclass
class Step:
    name: str
    ok: bool
    ms: int
    detail: str = ""


@dataclass
class Play:
    """Use: `async with play: await play.run(script)`. `recording` False plays the variant in which a party refuses to be recorded."""

    server: Server
    clip: Clip
    folder: Path
    recording: bool = True
    told: Callable[[Step], None] = lambda step: None
    steps: list[Step] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)
    """Milliseconds by what was measured."""
    visitors: dict[str, Visitor] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    case: str = ""
    code: str = ""
    session: str = ""
    host: str = ""
    """Login of the mediator who was faster."""
    wall_before: dict[str, Any] = field(default_factory=dict)
    hash: str = ""
    bundle: Path | None = None
    anchor: str = ""

    async def __aenter__(self) -> Play:
        self.stack = await AsyncExitStack().__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.stack.aclose()

    async def run(self, script: Iterable[tuple[str, Act]]) -> bool:
        """Play these steps; True when every one held."""
        for name, act in script:
            if not await self._step(name, act):
                return False
        return True

    async def _step(self, name: str, act: Act) -> bool:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(STEP_WITHIN):
                detail, ok = await act(self), True
        except (AssertionError, TimeoutError, Refused, KeyError, StopIteration, OSError) as error:
            detail, ok = f"{type(error).__name__}: {error}", False
        step = Step(name, ok, round((time.perf_counter() - began) * 1000), detail)
        self.steps.append(step)
        self.told(step)
        return ok

    def measured(self, name: str, seconds: float) -> None:
        self.samples.setdefault(name, []).append(seconds * 1000)

    # people

    def visitor(self) -> Visitor:
        """Somebody with cookies of his own, let go with the play."""
        visitor = Visitor(self.server)
        self.stack.push_async_callback(visitor.http.aclose)
        return visitor

    async def visit(self, role: str, link: str = "", code: str = "") -> Client:
        """Come in by a link or a public code."""
        visitor = self.visitors[role] = self.visitor()
        if link:
            await visitor.open(link, take_over=True)
        client = self.clients[role] = await self.stack.enter_async_context(visitor.connect(code=code))
        return client

    def take_seat(self, seat: str, client: Client) -> Seat:
        taken = self.seats[seat] = Seat(client, seat, self.session, self.case, self.clip)
        self.stack.push_async_callback(taken.close)
        return taken

    async def enter(self, seat: str, link: str, consents: dict[str, bool]) -> float:
        """From the link through the lobby into the room; when the mediator said 请进, on the monotonic clock."""
        client = await self.visit(seat, link)
        await client.follow(f"room/{self.session}")
        guest = self.take_seat(seat, client)
        for point, given in consents.items():
            await guest.do("consent", point=point, given=given)
        await guest.do("knock")
        mediator = self.seats["m"]
        await mediator.client.until(lambda: mediator.doc["seats"][seat]["state"] == "lobby")
        admitted = time.monotonic()
        await mediator.do("admit", seat=seat)
        return admitted


Act = Callable[[Play], Awaitable[str]]
