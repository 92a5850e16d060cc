"""The risk platform over HTTP, by the small protocol of docs/providers.md: the platform itself, or an adapter of whoever has the contract with it.

    POST URL/reports                 a version → {"key", "hash", "receipt"}
    GET  URL/reports?after=KEY       what it holds → {"items": [{"key", "hash"}], "next"}

Every try is signed anew, with its own time and nonce. An acknowledgement counts where it names the key and the hash of what was sent: nothing else does.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from cases.ports import ClockOff, NotDelivered, RiskPlatform
from evidence.exchange import ExchangeError, Whole, demand_address, exchange_whole
from web.keys import read_secret
from web.settings import Settings, SettingsError

SECONDS = 10.0
MAX_REPLY = 64 * 1024
LEAST_SECRET = 16
THREADS = 8
WINDOW = 300
"""Seconds by which a request's time may differ from the platform's."""
NEVER = frozenset({400, 410, 413, 422})
_CODE = re.compile(r"[a-z][a-z_]{0,30}")
Answer = TypeVar("Answer")
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Taken(msgspec.Struct, frozen=True):
    key: str
    hash: str
    receipt: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Item(msgspec.Struct, frozen=True):
    key: Key
    hash: Hash


class Held(msgspec.Struct, frozen=True):
    items: Annotated[list[Item], msgspec.Meta(max_length=400)]
    next: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Why(msgspec.Struct, frozen=True):
    code: str = ""


class RemoteRiskPlatform:
    """Implements `RiskPlatform`."""

    def __init__(self, url: str, secret: bytes, seconds: float = SECONDS, wall: Callable[[], float] = time.time) -> None:
        """Raises `ValueError`."""
        demand_address(url)
        if urllib.parse.urlsplit(url).query:
            raise ValueError("the address of the risk platform has no query: paths are added to it")
        if len(secret) < LEAST_SECRET:
            raise ValueError(f"the secret shared with the risk platform has at least {LEAST_SECRET} bytes")
        self._url, self._secret, self._seconds, self._wall = url.rstrip("/"), secret, seconds, wall
        self._threads = ThreadPoolExecutor(THREADS, "risk")

    async def take(self, key: str, body: bytes) -> str:
        answer = await self._ask("POST", f"{self._url}/reports", body, {"Content-Type": "application/json", "Idempotency-Key": key})
        taken = _read(answer, Taken)
        if (taken.key, taken.hash) != (key, hashlib.sha256(body).hexdigest()):
            raise NotDelivered("garbled")
        return taken.receipt

    async def held(self, after: str) -> tuple[list[tuple[str, str]], str]:
        answer = await self._ask("GET", f"{self._url}/reports?{urllib.parse.urlencode({'after': after})}", b"", {})
        page = _read(answer, Held)
        return [(item.key, item.hash) for item in page.items], page.next

    async def _ask(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Whole:
        """In threads of its own: a platform that is silent keeps nobody from signing in, which waits for threads too."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._exchange, method, url, body, headers)

    def _exchange(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Whole:
        now = self._wall()
        try:
            signed = signed_headers(method, url, body, self._secret, now)
            answer = exchange_whole(method, url, body, headers | signed, self._seconds, MAX_REPLY)
        except ExchangeError as error:
            raise NotDelivered("away" if error.code == "unreachable" else "garbled") from error
        if answer.status in {200, 201}:
            return answer
        ahead = _ahead(answer.headers.get("date", ""), now)
        if answer.status in {401, 403} and abs(ahead) > WINDOW - self._seconds:
            raise ClockOff(ahead)
        wait = answer.headers.get("retry-after", "")
        raise NotDelivered(
            _reason(answer),
            final=answer.status in NEVER or answer.status == 409,
            after=float(wait) if re.fullmatch("[0-9]{1,5}", wait) else 0.0,
        )


def signed_headers(method: str, url: str, body: bytes, secret: bytes, wall: float) -> dict[str, str]:
    """Over method, path with its query, time, nonce and the hash of the body."""
    parts = urllib.parse.urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    at, nonce = str(int(wall)), secrets.token_hex(16)
    said = "\n".join([method, path, at, nonce, hashlib.sha256(body).hexdigest()])
    return {"Heyi-Time": at, "Heyi-Nonce": nonce, "Heyi-Signature": hmac.new(secret, said.encode(), "sha256").hexdigest()}


def risk_platform_of(settings: Settings) -> RiskPlatform | None:
    """As the settings name it; None where there is none. Raises `SettingsError`."""
    if not settings.risk_url:
        return None
    try:
        return RemoteRiskPlatform(settings.risk_url, read_secret(Path(settings.risk_secret_file)).encode())
    except ValueError as error:
        raise SettingsError(f"HEYI_RISK_URL or HEYI_RISK_SECRET_FILE: {error}") from None


def _read(answer: Whole, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError:
        raise NotDelivered("garbled") from None


def _ahead(date: str, now: float) -> int:
    """Seconds by which the clock of whoever answered is ahead of ours; 0 where it does not say."""
    try:
        return round(parsedate_to_datetime(date).timestamp() - now)
    except (TypeError, ValueError):
        return 0


def _reason(answer: Whole) -> str:
    """What the platform says why, as far as it is a word; else how it answered."""
    try:
        code = msgspec.json.decode(answer.body, type=Why).code
    except msgspec.MsgspecError:
        code = ""
    return f"platform_{code}" if _CODE.fullmatch(code) else f"answered_{answer.status}"
