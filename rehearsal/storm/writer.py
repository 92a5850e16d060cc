"""One who writes on a draft while lines are cut and servers killed: types, takes away, loses the line in the middle of it, resumes, sends again, and now
and then sends what must be refused.

Every piece of text that is put in names its writer and its number and is never put in again, so that afterwards it can be counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import Any

import msgpack
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from agreements.schema import read_document
from rehearsal.client import Client, Refused, Visitor
from rehearsal.storm.ground import ANSWER_WITHIN, CUT_BEFORE_THE_ANSWER, GONE, TRY_AGAIN, Ground

ROOT, CLAUSES = "agreement", ("terms-1", "performance")
PIECE = re.compile(r"〔[^〕]*〕")
KEPT = 12
"""Pieces that one writer leaves standing; beyond that it takes one of its own away before it puts another in."""
HONEST = {"draft_rewritten_meanwhile", "draft_clause_locked", "draft_foreign_clause"}
"""Refusals that may meet somebody who means well: the copy is given up and opened anew."""
FOREIGN = 7_777_777


def pieces(doc: Doc[Any]) -> list[str]:
    """Every piece that stands in the text, in order."""
    return [piece for text in texts(doc) for piece in PIECE.findall(str(text))]


def texts(doc: Doc[Any], clauses: tuple[str, ...] = CLAUSES) -> Iterator[XmlText]:
    for clause in doc.get(ROOT, type=XmlFragment).children:
        if isinstance(clause, XmlElement) and clause.attributes["id"] in clauses:
            for paragraph in clause.children:
                if isinstance(paragraph, XmlElement) and paragraph.tag == "paragraph":
                    yield from (part for part in paragraph.children if isinstance(part, XmlText))


class Writer:
    """`stored`: pieces that must stand there once in the end; `gone`: those that must not: taken away, refused, or never permitted."""

    def __init__(self, ground: Ground, name: str, session: str, visitor: Visitor) -> None:
        self._ground, self.name, self._session, self._visitor = ground, name, session, visitor
        self.stored: set[str] = set()
        self.gone: set[str] = set()
        self.doubtful: set[str] = set()
        """Pieces that were refused after a line with them had been cut: they may have arrived by that one."""
        self.edits = self.refusals = 0
        self.content: dict[str, Any] = {}
        """The text as it stood on this copy at the end."""
        self._doc: Doc[Any] | None = None
        self._client, self._document, self._count, self._sent, self._seq = 0, "", 0, 0, 0
        self._putting: set[str] = set()
        self._taking: set[str] = set()
        self._cut: set[str] = set()

    async def write(self) -> None:
        while self._ground.blows():
            with contextlib.suppress(*GONE):
                async with self._ground.connection(self._visitor) as line:
                    if await self.open(line):
                        await self._sit(line)
            await self._ground.pause(0.05, 0.4)

    async def finish(self) -> bool:
        """In the calm: whether everything of one's own is with the server, and the copy is what it holds."""
        with contextlib.suppress(*GONE):
            async with self._ground.connection(self._visitor) as line:
                if await self.open(line) and not self._putting and not self._taking:
                    assert self._doc is not None
                    self.content = read_document(self._doc)
                    return True
        return False

    # one line

    async def open(self, line: Client) -> bool:
        """Open, or go on where the line was cut: take in what the server holds, and send what it lacks."""
        if not await self._ask(line, {"t": "ask", "what": "draft_open", "session": self._session, "client": self._client}):
            return False
        state = next(m for m in reversed(line.others) if m["t"] == "draft_state")
        there: Doc[Any] = Doc()
        there.apply_update(state["state"])
        if self._doc is None or (state["client"], state["document"]) != (self._client, self._document):
            if self._doc is not None:
                self._ground.fault(f"{self.name} was not given back its client id")
            self._doc = Doc(client_id=state["client"])
        self._client, self._document, self._seq = state["client"], state["document"], state["seq"]
        self._doc.apply_update(state["state"])
        self._settle(there)
        if self._putting or self._taking:
            return await self._send(line, self._doc.get_update(there.get_state()))
        return True

    def _settle(self, there: Doc[Any]) -> None:
        """What was on its way when the line was cut, and has arrived."""
        standing = set(pieces(there))
        self._stored(self._putting & standing, self._taking - standing)

    def _stored(self, put: set[str], taken: set[str]) -> None:
        self.stored = (self.stored | put) - taken
        self.gone |= taken
        self._putting -= put
        self._taking -= taken

    async def _sit(self, line: Client) -> None:
        for _ in range(self._ground.random.randint(2, 20)):
            if not self._ground.blows():
                return
            self._hear(line)
            if self._ground.random.random() < 0.1:
                if not await self._offend(line):
                    return
            elif not await self._edit(line):
                return
            await self._ground.pause(0.02, 0.2)
        if self._ground.random.random() < 0.5:
            line.socket.transport.abort()

    def _hear(self, line: Client) -> None:
        assert self._doc is not None
        for message in [m for m in line.others if m["t"] == "draft_remote"]:
            line.others.remove(message)
            self._doc.apply_update(message["update"])
            self._seq = message["seq"]

    async def put(self, line: Client) -> bool:
        """One more piece, on a line that is left in peace."""
        assert self._doc is not None
        before = self._doc.get_state()
        self._putting.add(self._put_in(self._doc))
        return await self._send(line, self._doc.get_update(before))

    async def _edit(self, line: Client) -> bool:
        assert self._doc is not None
        before, own = self._doc.get_state(), sorted(self.stored)
        if len(own) >= KEPT or (own and self._ground.random.random() < 0.2):
            self._take_away(self._doc, self._ground.random.choice(own))
        else:
            self._putting.add(self._put_in(self._doc))
        update = self._doc.get_update(before)
        if self._ground.random.random() < CUT_BEFORE_THE_ANSWER:
            await line.socket.send(msgpack.packb(self._message(update)))
            line.socket.transport.abort()
            self._cut |= self._putting
            return False
        return await self._send(line, update)

    def _put_in(self, doc: Doc[Any], kind: str = "") -> str:
        """Between two pieces, anybody's; where no text is, a new one."""
        self._count += 1
        piece = f"〔{self.name}·{kind}{self._count}〕"
        clause = self._ground.random.choice(CLAUSES)
        found = list(texts(doc, (clause,)))
        if not found or self._ground.random.random() < 0.05:
            paragraph = next(p for c in doc.get(ROOT, type=XmlFragment).children if c.attributes["id"] == clause for p in c.children)
            paragraph.children.append(XmlText(piece))
        else:
            text = self._ground.random.choice(found)
            # Places are counted in UTF-8 bytes.
            ends = [0, *(len(str(text)[: match.end()].encode()) for match in PIECE.finditer(str(text)))]
            text.insert(self._ground.random.choice(ends), piece)
        return piece

    def _take_away(self, doc: Doc[Any], piece: str) -> None:
        for text in texts(doc):
            at = str(text).find(piece)
            if at >= 0:
                begin = len(str(text)[:at].encode())
                del text[begin : begin + len(piece.encode())]
                self._taking.add(piece)
                return

    # what must be refused

    async def _offend(self, line: Client) -> bool:
        """Something that no client of ours sends; that it is stored is a fault. Made on a copy, so that one's own stays good."""
        assert self._doc is not None
        way = self._ground.random.choice((self._noise, self._in_another_name, self._with_a_hole, self._without_a_heading))
        copy: Doc[Any] = Doc(client_id=FOREIGN if way == self._in_another_name else self._client)
        copy.apply_update(self._doc.get_update())
        try:
            await self._request(line, self._message(way(copy)))
        except Refused as refused:
            self.refusals += 1
            return refused.code != "draft_reopen"
        self._ground.fault(f"{self.name}: {way.__name__} was stored")
        return True

    def _noise(self, copy: Doc[Any]) -> bytes:
        return self._ground.random.randbytes(60)

    def _in_another_name(self, copy: Doc[Any]) -> bytes:
        before = copy.get_state()
        self.gone.add(self._put_in(copy, "别人"))
        return bytes(copy.get_update(before))

    def _with_a_hole(self, copy: Doc[Any]) -> bytes:
        """The second of two edits, without the first."""
        self.gone.add(self._put_in(copy, "前"))
        before = copy.get_state()
        self.gone.add(self._put_in(copy, "后"))
        return bytes(copy.get_update(before))

    def _without_a_heading(self, copy: Doc[Any]) -> bytes:
        before = copy.get_state()
        del copy.get(ROOT, type=XmlFragment).children[0]
        return bytes(copy.get_update(before))

    # requests

    def _message(self, update: bytes) -> dict[str, Any]:
        self._sent += 1
        key = f"{self.name}-{self._sent}"
        sent = {"t": "draft_update", "session": self._session, "document": self._document, "update": update, "key": key}
        # With the entry that it was made on, an edit that rewrites what somebody else has changed since is refused.
        return {**sent, "base": self._seq} if self._ground.random.random() < 0.2 else sent

    async def _send(self, line: Client, update: bytes) -> bool:
        """Whether the line is good for more. What is acknowledged is stored; what is refused is on no copy but this one, which is given up."""
        put, taken = set(self._putting), set(self._taking)
        try:
            await self._request(line, self._message(update))
        except GONE:
            self._cut |= put
            raise
        except Refused as refused:
            if refused.code == "draft_reopen" or refused.code in TRY_AGAIN:
                return False
            if refused.code not in HONEST:
                self._ground.fault(f"{self.name} was refused: {refused}")
            self.gone |= put - self._cut
            self.doubtful |= put & self._cut
            self._putting, self._taking = set(), set()
            self._doc, self._client = None, 0
            return False
        self.edits += 1
        self._stored(put, taken)
        return True

    async def _ask(self, line: Client, message: dict[str, Any]) -> bool:
        try:
            await self._request(line, message)
        except Refused as refused:
            if refused.code not in TRY_AGAIN:
                self._ground.fault(f"{self.name} could not open the draft: {refused}")
            return False
        return True

    async def _request(self, line: Client, message: dict[str, Any]) -> None:
        async with asyncio.timeout(ANSWER_WITHIN):
            await line.request(message, message.get("key", ""))
