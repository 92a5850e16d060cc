"""A live session: a mediator and two parties write lines, and the mediator withdraws with one party again and again.

The party outside keeps asking for the private talk by its name, as a curious page might: it must never get a byte of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Coroutine
from functools import partial
from itertools import pairwise
from typing import Any

from rehearsal.client import Refused, Visitor
from rehearsal.storm.ground import Books, Ground
from rehearsal.storm.page import Page
from rehearsal.storm.secrets import Secret
from rooms.room import CHAT_LIMIT

PEOPLE = {"m": "mediator", "s1": "party 1", "s2": "party 2"}
PARTIES = ("s1", "s2")
NEVER_SHOWN = ("13800001234", "13900005678", "安和县城关镇东街")
"""Telephone numbers and address of the demonstration's parties."""
FACTS, STAFF = "愿意在线调解", frozenset({"m", "centre"})
"""From the facts of their case, which staff alone read in a room."""
NOT_SAID = {"caucus_waiting", "other_talk"}
"""Answers to a line that came too late for the talk it was written in."""

LEDGER = (
    "SELECT l.case_id, l.chain, l.kind, p.body, l.prev_hash, l.entry_hash FROM ledger l JOIN ledger_payload p ON p.entry = l.entry_hash "
    "ORDER BY l.chain, l.seq"
)


def mark(talk: str) -> str:
    """What is written in every line of a private talk, and nowhere else."""
    return f"密谈{talk.rpartition('-')[2]}"


class Room:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.pages: list[Page] = []
        self.past: list[Page] = []
        self.visitors: dict[str, Visitor] = {}
        self.session = self.case = ""
        self.talk = ""
        """The private talk that is on, as far as the mediator's page has seen."""
        self._said: list[tuple[str, str, str]] = []  # talk, seat, text: acknowledged
        self._refused: list[str] = []

    # everybody comes in

    async def prepare(self) -> None:
        for seat, link in PEOPLE.items():
            self.visitors[seat], where = await self._ground.visitor(link)
            self.session = where.removeprefix("/join/") if seat in PARTIES else ""
        self.case = self.session.partition("-")[0]
        for seat in PARTIES:
            for point in ("online", "recording", "expert"):
                await self.do(seat, "consent", point=point, given=True)
            await self.do(seat, "knock")
            await self.do("m", "admit", seat=seat)
            await self.do("m", "verify_identity", seat=seat)
        await self.do("m", "move_stage", to="notice")
        for seat in PARTIES:
            await self.do(seat, "confirm_notice")
        await self.do("m", "move_stage", to="statements")
        # The second party sits there on two devices.
        self.pages = [self._page(seat).start() for seat in ("m", "s1", "s2", "s2")]
        await self._ground.until_so(lambda: all("seats" in self.doc(seat) for seat in PEOPLE), "everybody sees the room")

    def _page(self, seat: str) -> Page:
        more = [f"case/{self.case}", f"here/{self.case}"] if seat == "m" else []
        return Page(self._ground, seat, self.visitors[seat], lambda: [*self.topics(), *more])

    def topics(self) -> list[str]:
        """What any page of the room asks for; whether it is permitted is for the server to say."""
        return [f"room/{self.session}", f"live/{self.session}", *([f"caucus/{self.talk}"] if self.talk else [])]

    def doc(self, seat: str) -> dict[str, Any]:
        return next(p.docs for p in self.pages if p.name == seat).get(f"room/{self.session}", {})

    def seat(self, page: Page) -> dict[str, Any]:
        """What a page shows of its own seat."""
        return dict(page.docs.get(f"room/{self.session}", {}).get("own", {}))

    async def do(self, who: str, t: str, key: str = "", may_refuse: Collection[str] = (), /, **more: Any) -> dict[str, Any]:
        command = {"t": t, "case": self.case, **more}
        return await self._ground.do(self.visitors[who], command, key or f"{who}-{t}-{'-'.join(map(str, more.values()))}", may_refuse)

    # what goes on

    def actors(self) -> list[Coroutine[Any, Any, None]]:
        return [self._withdraw(), *(self._write(seat) for seat in PEOPLE)]

    async def _withdraw(self) -> None:
        """Open a private talk with one party, stay a while, close it. Half of the time whoever is inside has read everything before."""
        number = 0
        while self._ground.blows():
            number += 1
            seat = self._ground.random.choice(PARTIES)
            await self.do("m", "open_caucus", f"open-{number}", seats=[seat])
            await self._ground.until_so(lambda: self.doc("m").get("caucus", {}).get("open", False), f"the private talk {number} opens")
            talk = self.talk = self.doc("m")["caucus"]["id"]
            await self._ground.pause(0.5, 2.0)
            if self._ground.random.random() < 0.5:
                written = [text for where, _, text in self._said if where == talk]
                await self._ground.until_so(partial(self._read, seat, talk, written), f"everybody inside reads talk {number}")
            self.talk = ""
            await self.do("m", "close_caucus", f"close-{number}")
            self._ground.result.talks += 1
            await self._ground.until_so(lambda: "caucus" not in self.doc("m"), f"the private talk {number} is over")
            await self._ground.pause(0.2, 0.8)

    def _read(self, seat: str, talk: str, written: list[str]) -> bool:
        """Whether mediator and this party see each of these lines of the private talk once."""
        for page in self.pages:
            if page.name in {"m", seat}:
                lines = Counter(line["text"] for line in page.docs.get(f"caucus/{talk}", {}).get("lines", {}).values())
                if any(lines[text] != 1 for text in written):
                    return False
        return True

    async def _write(self, seat: str) -> None:
        """Say something wherever one's page says that one is. A line that the server refuses must not stand anywhere."""
        count = 0
        while self._ground.blows():
            count += 1
            talk = self.doc(seat).get("caucus", {}).get("id", "")
            text = f"{seat}的第{count}句{mark(talk) if talk else ''}。"
            try:
                await self.do(seat, "say", f"say-{seat}-{count}", NOT_SAID, text=text, talk=talk)
            except Refused:
                self._refused.append(text)
            else:
                self._said.append((talk, seat, text))
                self._ground.result.lines += 1
            await self._ground.pause(0.05, 0.4)

    # what must hold

    async def check(self) -> None:
        if "caucus" in self.doc("m") or any("waiting" in self.doc(seat) for seat in PARTIES):
            self._ground.fault("somebody still waits outside of a private talk that is over")

    def count(self, books: Books) -> list[Secret]:
        """The ledger, and what the pages show, against what was acknowledged. Returns what those outside may not know."""
        rows = [row[1:] for row in books(LEDGER) if row[0] == self.case]
        key = self._ground.key_of(books, self.case)
        entries = [(chain, kind, json.loads(key.open(own_hash, body))) for chain, kind, body, _, own_hash in rows]
        lines = [(chain.partition("/")[2], said["seat"], said["text"]) for chain, kind, said in entries if kind == "chat.said"]
        self._compare_lines(lines)
        for earlier, later in pairwise(rows):
            if earlier[0] == later[0] and later[3] != earlier[4]:
                self._ground.fault(f"the chain {later[0]} is broken")
        talks = [said for _, kind, said in entries if kind == "caucus.opened"]
        if len(talks) != self._ground.result.talks:
            self._ground.fault(f"{self._ground.result.talks} private talks were held, {len(talks)} were entered")
        inside = [Secret(mark(t["caucus"]), frozenset({"m", *t["seats"]})) for t in talks]
        return [*inside, *(Secret(text) for text in NEVER_SHOWN), Secret(FACTS, STAFF)]

    def _compare_lines(self, lines: list[tuple[str, str, str]]) -> None:
        entered = Counter(lines)
        for line in self._said:
            if entered[line] != 1:
                self._ground.fault(f"{line} was acknowledged and stands {entered[line]} times in the ledger")
        for text in {text for _, _, text in lines} & set(self._refused):
            self._ground.fault(f"{text} was refused and stands in the ledger")
        plenary = [(seat, text) for talk, seat, text in lines if not talk][-CHAT_LIMIT:]
        for seat in PEOPLE:
            shown = [(line["seat"], line["text"]) for _, line in sorted(self.doc(seat).get("lines", {}).items())]
            if shown != plenary:
                self._ground.fault(f"{seat} sees {len(shown)} lines, the ledger has {len(plenary)}; they differ")
