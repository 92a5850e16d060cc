"""Rights that are withdrawn and given back: an account that is disabled and enabled by the verb `account`, and seats that are removed.

After the withdrawal was acknowledged a page may read for `LOOK_EVERY` more, which is how often a node looks for what no announcement
told it, and for as long as the database was away. Then it is closed, the door does not let it in, and nothing is read any more.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Coroutine
from typing import Any

from rehearsal.client import Refused, Visitor
from rehearsal.server import ROOT
from rehearsal.storm.centre import TOPIC
from rehearsal.storm.ground import ANSWER_WITHIN, CALM_WITHIN, GONE, Books, Ground
from rehearsal.storm.page import Page
from rehearsal.storm.room import Room
from rehearsal.storm.secrets import Secret
from web.vigil import LOOK_EVERY

ACCOUNT, LINK = "chen", "second mediator"
BUSY = 2.0
"""Seconds that a busy machine may need on top."""
WATCHED = 1.0
"""Seconds of silence that are watched after the door did not let somebody in."""


class Rights:
    def __init__(self, ground: Ground, room: Room) -> None:
        self._ground, self._room = ground, room
        self.pages: list[Page] = []
        self.past: list[Page] = []

    async def prepare(self) -> None:
        visitor, _ = await self._ground.visitor(LINK)
        await self._account("--role", "centre")
        self.pages = [Page(self._ground, ACCOUNT, visitor, lambda: [TOPIC]).start()]

    def actors(self) -> list[Coroutine[Any, Any, None]]:
        return [self._disable(self.pages[0]), self._observe()]

    async def _disable(self, page: Page) -> None:
        """The account goes out of use and into use again, while the list that it may read moves on. The last time in the calm, when no kill
        closes the page before the server does."""
        storming = True
        while storming:
            storming = self._ground.blows()
            await self._ground.until_so(lambda: TOPIC in page.following, f"{page.name} reads the list")
            await self._ground.pause(0.2, 1.0)
            page.spared = True
            await self._account("--disable")
            await self._silence(page)
            page.spared = False
            await self._account("--enable")
            self._ground.result.withdrawals += 1
        await self._ground.until_so(lambda: TOPIC in page.following, f"{page.name} reads the list again")

    async def _observe(self) -> None:
        """One observer after the other comes in, watches and is removed; a new invitation lets the next one in."""
        number = 0
        while self._ground.blows():
            number += 1
            made = await self._room.do("m", "invite", f"observer-{number}", role="observer", name="旁听员")
            seat = made["seat"]
            page = await self._enter(seat, made["url"])
            if page is not None:
                page.spared = True
            await self._room.do("m", "remove_seat", seat=seat)
            if page is not None:
                self.pages.remove(page)
                self.past.append(page)
                await self._silence(page)
                await page.stop()
                self._ground.result.withdrawals += 1

    async def _enter(self, seat: str, url: str) -> Page | None:
        """From the link to the first look at the room; None where the link was replaced before it was opened."""
        visitor = await self._open(url)
        if visitor is None:
            return None
        page = Page(self._ground, seat, visitor, self._room.topics).start()
        self.pages.append(page)
        self._room.visitors[seat] = visitor
        await self._room.do(seat, "knock")
        await self._room.do("m", "admit", seat=seat)
        await self._ground.until_so(lambda: self._room.seat(page).get("state") == "admitted", f"{seat} is in")
        await self._ground.pause(0.5, 2.0)
        return page

    async def _open(self, url: str) -> Visitor | None:
        """None where an invitation that was sent twice has made a newer link."""
        while True:
            visitor = Visitor(self._ground.random.choice(self._ground.servers))
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    await visitor.open(url, take_over=True)
                return visitor
            except Refused as refused:
                if refused.code == "link_revoked":
                    return None
                if refused.code != "storage_away":
                    raise
            except (*GONE, ValueError):
                pass
            await self._ground.pause(0.1, 0.3)

    async def _silence(self, page: Page) -> None:
        """The page is closed and turned away within the time in which a node may not have noticed; from then on nothing is read."""
        withdrawn, before = time.monotonic(), page.turned_away
        while page.following or page.turned_away == before:
            if page.following and time.monotonic() > withdrawn + LOOK_EVERY + BUSY + self._away_since(withdrawn):
                self._ground.fault(f"{page.name} still reads {time.monotonic() - withdrawn:.1f} s after losing the right to")
                return
            if time.monotonic() > self._ground.until + CALM_WITHIN:
                self._ground.fault(f"{page.name} was never turned away at the door")
                return
            await self._ground.pause(0.02, 0.05)
        closed = time.monotonic()
        await asyncio.sleep(WATCHED)
        if page.read_at > closed:
            self._ground.fault(f"{page.name} read again after being turned away")

    def _away_since(self, moment: float) -> float:
        """Seconds during which the database has been away since then."""
        return sum(max(0.0, end - max(begin, moment)) for begin, end in self._ground.database_away)

    async def _account(self, *change: str) -> None:
        """`run.py account`, as an operator beside the running servers; until it has succeeded."""
        server = self._ground.servers[0]
        command = [sys.executable, "-c", "from web.commands import cli; cli()", "account", ACCOUNT, *change, "--data", str(server.data)]
        while True:
            done = await asyncio.to_thread(
                subprocess.run, command, cwd=ROOT, env=server.surroundings(), capture_output=True, timeout=60, check=False
            )
            if done.returncode == 0:
                return
            await self._ground.pause(0.1, 0.5)

    async def check(self) -> None:
        return None

    def count(self, books: Books) -> list[Secret]:
        return []
