"""What a node looks after by itself: sign-ins that end, accounts whose rights change, streams that fell behind, history that is old,
recordings past their time, files that nothing refers to.

Announcements of other nodes come at once by the backplane; this is the second way, which needs nothing but the database. It is also how the
server learns what another process did, such as an operator who disables an account at the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from cases.errors import Refusal
from cases.ports import Clock
from realtime.hub import Hub
from realtime.live import REFRESH
from realtime.metrics import LOOP_LAG
from realtime.session import Code
from storage.pruning import prune
from storage.writer import Writer
from web.doors import Doors
from web.nodes import Nodes

log = structlog.get_logger("vigil")

TICK = 1.0
LOOK_EVERY = 2.0
"""Seconds between two looks for sign-ins that ended and accounts that changed."""
COMPARE_EVERY = 60.0
"""Seconds between two comparisons of all streams with the database while the backplane works; while it does not, `LOOK_EVERY`."""
SEEN_EVERY = 60.0
PRUNE_EVERY = 600.0
HOURLY = 3600.0
MARGIN = timedelta(seconds=30)
"""How far the clocks of two nodes may differ."""
END_CODES = {"signed_out": Code.SIGNED_OUT, "taken_over": Code.TAKEN_OVER, "revoked": Code.REVOKED}


class Vigil:
    def __init__(
        self,
        hub: Hub,
        nodes: Nodes,
        doors: Doors,
        writer: Writer,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hourly: Mapping[str, Callable[[], Awaitable[int]]] | None = None,
    ) -> None:
        """`hourly`: what takes files away, by name, on the node that has them: recordings past their time, and what nothing refers to."""
        self._hourly = hourly or {}
        self._hub, self._nodes, self._doors, self._writer, self._clock, self._pause = hub, nodes, doors, writer, clock, pause
        self._looked = clock.now()
        self._due: dict[str, float] = {}

    async def run(self) -> None:
        """Never returns. Expiry has a loop of its own: it needs no database, and must not wait for one that is slow. So has what goes through the files, for which
        neither rights nor who is there may wait."""
        await asyncio.gather(self._watch_clock(), self._take_turns(self.tick), self._take_turns(self.tick_hourly))

    async def _watch_clock(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await self._pause(TICK)
            LOOP_LAG.observe(max(0.0, loop.time() - before - TICK))
            self.expire()

    async def _take_turns(self, tick: Callable[[float], Awaitable[None]]) -> None:
        while True:
            await self._pause(TICK)
            await tick(asyncio.get_running_loop().time())

    async def tick(self, now: float) -> None:
        """Do what is due. What fails is tried again at its next turn."""
        compare_every = LOOK_EVERY if self._nodes.backplane.problem() else COMPARE_EVERY
        turns: list[tuple[str, float, Callable[[], Awaitable[Any]]]] = [
            ("look", LOOK_EVERY, self.look),
            ("live", REFRESH, self._tell),
            ("compare", compare_every, self._nodes.compare_with_database),
            ("seen", SEEN_EVERY, self._note_seen),
            ("prune", PRUNE_EVERY, self._prune),
        ]
        await self._do(turns, now)

    async def tick_hourly(self, now: float) -> None:
        await self._do([(name, HOURLY, work) for name, work in self._hourly.items()], now)

    async def _do(self, turns: list[tuple[str, float, Callable[[], Awaitable[Any]]]], now: float) -> None:
        for name, every, work in turns:
            if now - self._due.setdefault(name, now) >= every:
                self._due[name] = now
                try:
                    await work()
                except Exception as error:
                    log.warning("not done, tried again later", what=name, reason=f"{type(error).__name__}: {error}"[:200])

    def expire(self) -> None:
        for login in self._hub.readers.ended(self._clock.now()):
            self._hub.close_login(login, Code.SIGNED_OUT, "the sign-in has expired")

    async def look(self) -> None:
        """What the database knows and no announcement told."""
        now = self._clock.now()
        ended, accounts = await self._doors.changes_since(self._looked - MARGIN)
        self._looked = now  # only now: a look that failed must not lose what happened meanwhile
        for login, why in ended:
            self._hub.close_login(login, END_CODES.get(why, Code.SIGNED_OUT), why or "the sign-in has ended")
        for account in accounts:
            await self.reauthorise(account)

    async def reauthorise(self, account: str) -> None:
        """Ask who somebody is, for each connection of an account that is here."""
        for reader in self._hub.readers.of_account(account):
            try:
                actor = await self._doors.actor_of(reader.login)
            except Refusal as refusal:
                reader.close(Code.REVOKED, refusal.code)  # type: ignore[attr-defined]
                continue
            if actor != reader.actor:  # type: ignore[attr-defined]
                await self._hub.reauthorise(reader, actor)  # type: ignore[arg-type]

    async def _tell(self) -> None:
        self._nodes.tell_live()
        self._nodes.announce_heads()

    async def _note_seen(self) -> None:
        await self._doors.sign_ins.note(self._hub.readers.logins())

    async def _prune(self) -> None:
        self._hub.drop_idle()
        moved, self._nodes.moved = self._nodes.moved, {}
        await prune(self._writer, moved, self._clock.now())
