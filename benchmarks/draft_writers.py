"""Those who write: each a Yjs document and a websocket, sixteen edits a second and a move of the cursor with each.

A writer types in a clause of its own, letter by letter, and takes the older half away when it has written some sixty, so that the text keeps its size and only
its history grows. Every copy takes in what the others wrote; at the end all copies must read the same, or there is no figure.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Protocol

from pycrdt import Doc, XmlElement, XmlText
from websockets.asyncio.client import ClientConnection

from agreements.schema import fragment, read_document
from agreements.update_format import read_state_vector, read_update, varint

WRITERS = 10
EDITS_A_SECOND = 16
LONGEST, HAN = 60, 3
"""Characters, and bytes of one, in which pycrdt counts."""
SETTLES_WITHIN = 30.0
LETTERS = "申请人应当按期向被申请人支付墙面修复费用"


def add_clauses(doc: Doc[Any], count: int, words: str = "被申请人应当按期向申请人支付墙面修复费用。") -> None:
    """Clauses to write in, one for each."""
    with doc.transaction():
        for number in range(count):
            clause = XmlElement("clause", {"id": clause_of(number), "kind": "terms", "title": ""})
            fragment(doc).children.append(clause)
            clause.children.append(paragraph := XmlElement("paragraph"))
            paragraph.children.append(XmlText(words))


def clause_of(number: int) -> str:
    return f"terms-bench-{number}"


class Wire(Protocol):
    """How one server's protocol carries updates and cursors."""

    def update(self, update: bytes) -> bytes: ...

    def cursor(self, update: bytes) -> bytes: ...

    def read(self, frame: bytes) -> bytes | None:
        """The update of somebody else that this frame carries, if it carries one."""
        ...


class Clockwatch:
    """When each edit was sent, by its author's clock after it, and how long it took to reach each of the others, in milliseconds. By the clock, since Hocuspocus
    tells edits merged, and to their author as well."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], float] = {}
        self.took: list[float] = []

    def goes(self, client: int, clock: int) -> None:
        self._sent[client, clock] = time.perf_counter()

    def came(self, update: bytes, reader: int) -> int:
        """How many edits of others this update brings."""
        now, before = time.perf_counter(), len(self.took)
        for client, clock, length in read_update(update).blocks:
            for end in range(clock + 1, clock + length + 1):
                at = self._sent.get((client, end))
                if at is not None and client != reader:
                    self.took.append((now - at) * 1000)
        return len(self.took) - before


class Writer:
    def __init__(self, number: int, client: int, state: bytes, socket: ClientConnection, wire: Wire, watch: Clockwatch) -> None:
        self.doc: Doc[Any] = Doc(client_id=client)
        self.doc.apply_update(state)
        self._client, self._socket, self._wire, self._watch = client, socket, wire, watch
        before = self.doc.get_state()
        clause = next(c for c in fragment(self.doc).children if c.attributes["id"] == clause_of(number))  # type: ignore[union-attr]
        own = XmlText("写")
        clause.children[0].children.append(own)  # type: ignore[union-attr]
        self._own, self._cursors, self.received = own, 0, 0
        self._start = before
        self._reading = asyncio.create_task(self._read())

    async def begin(self) -> None:
        """Send the place that this writer made for itself."""
        await self._send(self._start)

    async def _send(self, before: bytes) -> None:
        """What was edited since that state."""
        update = self.doc.get_update(before)
        self._watch.goes(self._client, read_state_vector(self.doc.get_state())[self._client])
        await self._socket.send(self._wire.update(update))

    async def write(self, until: float, offset: float) -> int:
        """Write until then, on the loop's clock; how many edits it was."""
        loop, made = asyncio.get_running_loop(), 0
        at = loop.time() + offset
        while at < until:
            await asyncio.sleep(max(0.0, at - loop.time()))
            before = self.doc.get_state()
            with self.doc.transaction():
                if len(self._own) > LONGEST * HAN:
                    del self._own[: LONGEST * HAN // 2]
                self._own.insert(len(self._own), LETTERS[made % len(LETTERS)])
            await self._send(before)
            await self._socket.send(self._wire.cursor(self._cursor()))
            made += 1
            at += 1 / EDITS_A_SECOND
        return made

    def content(self) -> dict[str, Any]:
        return read_document(self.doc)

    def _cursor(self) -> bytes:
        """An awareness update of y-protocols, as y-prosemirror's cursor makes it."""
        self._cursors += 1
        place = {"type": None, "tname": None, "item": {"client": self._client, "clock": self._cursors}, "assoc": -1}
        text = json.dumps({"cursor": {"anchor": place, "head": place}}).encode()
        return b"".join((varint(1), varint(self._client), varint(self._cursors), varint(len(text)), text))

    async def _read(self) -> None:
        async for frame in self._socket:
            assert isinstance(frame, bytes)
            update = self._wire.read(frame)
            if update is not None:
                self.doc.apply_update(update)
                self.received += self._watch.came(update, self._client)

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._socket.close()


async def write_together(writers: list[Writer], seconds: float) -> int:
    """All of them write; returns the number of edits when everybody has everything."""
    loop = asyncio.get_running_loop()
    before = [w.received for w in writers]
    until = loop.time() + seconds
    gap = 1 / EDITS_A_SECOND / len(writers)
    made = await asyncio.gather(*(w.write(until, gap * n) for n, w in enumerate(writers)))
    total = sum(made)
    await settled(lambda: all(w.received - b == total - m for w, b, m in zip(writers, before, made, strict=True)))
    return total


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SETTLES_WITHIN):
        while not condition():
            await asyncio.sleep(0.01)
