"""Ports that rules and drivers share. Implementations arrive as arguments; `run.py`'s composition chooses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from cases.vocabulary import NoticeKind


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Happened(msgspec.Struct, frozen=True):
    """Something that goes into the ledger. `payload` is JSON without floats; personal data in it stays beside the chain."""

    kind: str
    payload: dict[str, Any]
    chain: str = "main"


class Letter(msgspec.Struct, frozen=True):
    """One notice on its way to one person by one channel. `to`: an account's id, a mail address, a telephone number, or for WeChat whose consent it
    takes; `key` is the same whenever it is tried again. `number`: the case as people call it. There is nothing personal in the text. `link` where the channel has a place
    of its own for it."""

    key: str
    kind: NoticeKind
    to: str
    case_id: str
    number: str
    language: str = "zh"
    subject: str = ""
    text: str = ""
    link: str = ""


class NotDelivered(Exception):
    """`reason` is a short code for the log. `final`: trying again cannot help. `after`: seconds that the other side asks to wait."""

    def __init__(self, reason: str, *, final: bool = False, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.final, self.after = reason, final, after


class Notifier(Protocol):
    """A channel by which people are told."""

    async def deliver(self, letter: Letter) -> None:
        """Returns once the other side has taken it. Raises `NotDelivered`. The same key again is told once, as far as the other side keeps keys."""
        ...


class ClockOff(NotDelivered):
    """The other side refused for the time of the request. `seconds`: how far its clock is ahead of ours, as its answer says."""

    def __init__(self, seconds: int) -> None:
        super().__init__("clock_off")
        self.seconds = seconds


class RiskPlatform(Protocol):
    """The risk early-warning platform (命案风险预警平台) of city or province."""

    async def take(self, key: str, body: bytes) -> str:
        """Returns the platform's own number of it (may be empty) once it has taken this version. Raises `NotDelivered`. The same key and body again get the
        same answer and are one version; another body under a known key is refused for good."""
        ...

    async def held(self, after: str) -> tuple[list[tuple[str, str]], str]:
        """Some of what it holds, as (key, SHA-256 of the body) in the order of the keys, from behind `after` on; and what to ask with next, empty at the end."""
        ...


class CodeWay(Protocol):
    """How a one-time code comes to whoever is to sign."""

    at_desk: bool
    """Whether the mediator reads it out: to that person alone in the picture, whose face was compared with the card."""

    async def bring(self, key: str, to: str, code: str) -> None:
        """Returns once it is on its way. Raises `NotDelivered`, after which it is told at the desk. `key` as of a letter; `to`: a telephone number, or empty."""
        ...


class IdentityOutcome(msgspec.Struct, frozen=True):
    """`reason` of a failure: mismatch (not this person), no_person (no such name and number), cancelled, or other. `reference`: of the provider's own record."""

    state: Literal["open", "passed", "failed"]
    reason: str = ""
    reference: str = ""


class NotProved(Exception):
    """The provider did not answer, or not as it should. `reason` is an English clause for the log."""


class IdentityCheck(Protocol):
    """A provider that compares a face with the police's photograph (实人核验). Its page is on its own site; what it found is asked by the server."""

    name: str
    """As people know it."""

    async def begin(self, key: str, name: str, id_number: str, back: str) -> tuple[str, str]:
        """(token, address of the page to send the person to). The person comes back to `back`. The same key gives the same. Raises `NotProved`."""
        ...

    async def outcome(self, token: str) -> IdentityOutcome:
        """Raises `NotProved`."""
        ...


class Blobs(Protocol):
    """Bytes by name. Names are slash-separated and chosen by the server; a name is written once."""

    async def put(self, name: str, data: bytes | Iterator[bytes]) -> None:
        """Bytes, or their pieces one after the other: then they are asked for in a thread."""
        ...

    async def get(self, name: str) -> bytes:
        """Raises `KeyError` when there is no such blob."""
        ...

    def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...

    async def delete(self, name: str) -> None:
        """Harmless where there is none."""
        ...
