"""The backplane: how the nodes of one installation tell each other what they have committed. At most once, in no promised order.

It is a wake-up, not a store. What it loses is found again: a node that sees a gap in a stream reads the database, heads are announced
after the events themselves, and whoever was cut off compares all its streams with the database before it trusts the backplane again.

Announcements
    Changed   a commit: the steps of its streams, and the case whose readers must be asked again
    Heads     where streams stand that moved lately, so that the loss of a stream's last event is noticed too
    Ended     sign-ins that ended: their connections close at once, on whichever node they are
    Live      what one source on one node says of a live stream, whole; told again every few seconds, forgotten when its node is silent
    Joined    a node that has just come and knows no live streams: the others tell theirs
    Drafted   where a draft's log stands, whose entries the others read from the database; and cursors, which nobody keeps
    Missed    a node that could not tell what it did: the others compare with the database
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec


class Step(msgspec.Struct, array_like=True, frozen=True):
    """One step of one stream, as `storage.work.Change` has it."""

    stream: str
    epoch: str
    offset: int
    patch: dict[str, Any]


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """`county`: whose wall may have moved; empty: none."""

    case: str
    steps: list[Step]
    county: str = ""


class Heads(msgspec.Struct, frozen=True, tag="heads"):
    """Stream → (epoch, offset)."""

    heads: dict[str, tuple[str, int]]


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    logins: list[str]
    code: int
    reason: str


class Live(msgspec.Struct, frozen=True, tag="live"):
    """An empty document takes the contribution back."""

    stream: str
    source: str
    doc: dict[str, Any]


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    pass


class Missed(msgspec.Struct, frozen=True, tag="missed"):
    pass


class Drafted(msgspec.Struct, frozen=True, tag="drafted"):
    """`seq`: the last entry of the draft's log, as far as the announcing node knows; `cursors`: of people there, for those who have it open elsewhere."""

    case: str
    document: str
    seq: int
    cursors: bytes = b""


Announcement = Changed | Heads | Ended | Live | Joined | Missed | Drafted
Receive = Callable[[str, Announcement], None]


class Envelope(msgspec.Struct, array_like=True, frozen=True):
    """What travels: the announcing node, and its announcement."""

    node: str
    body: Announcement


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Envelope)


def pack(node: str, announcement: Announcement) -> bytes:
    return _encoder.encode(Envelope(node, announcement))


def unpack(data: bytes) -> Envelope:
    """Raises `msgspec.DecodeError` or its subclass `ValidationError` for what no node of this version has written."""
    return _decoder.decode(data)


class Backplane(Protocol):
    """One node's end of it."""

    async def start(self, receive: Receive, caught_up: Callable[[], None]) -> None:
        """`receive(node, announcement)` gets what other nodes announce, never our own. `caught_up()` is called each time that the line
        is there (again): what was announced before may have been missed."""

    def announce(self, announcement: Announcement) -> None:
        """Never waits and never fails; while the line is down the announcement is lost, and counted."""

    def problem(self) -> str:
        """An English clause for the health page; empty: it works."""

    async def stop(self) -> None: ...


class MemoryBackplane:
    """The nodes of one process. `Exchange` stands for the wire; a single node has one to itself."""

    def __init__(self, node: str, exchange: Exchange | None = None) -> None:
        self.node = node
        self._exchange = exchange or Exchange()

    async def start(self, receive: Receive, caught_up: Callable[[], None]) -> None:
        self._exchange.nodes[self.node] = receive
        caught_up()

    def announce(self, announcement: Announcement) -> None:
        if len(self._exchange.nodes) < 2:
            return
        data = pack(self.node, announcement)  # as on a wire: nobody shares an object with another node
        for node, receive in list(self._exchange.nodes.items()):
            if node != self.node:
                receive(self.node, unpack(data).body)

    def problem(self) -> str:
        return ""

    async def stop(self) -> None:
        self._exchange.nodes.pop(self.node, None)


class Exchange:
    def __init__(self) -> None:
        self.nodes: dict[str, Receive] = {}
