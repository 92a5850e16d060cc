"""A provider that proves identities, over HTTP, by the small protocol of docs/providers.md: a licensed one behind an adapter of its own.

    POST URL/begin     {"key", "name", "id_number", "back"} → {"token", "url"}
    POST URL/outcome   {"token"} → {"state", "reason", "reference"}

Signed as requests to a certificate authority are. What is not answered, or with 5xx, is asked once more; nothing of the answers is believed beyond its shape.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from cases.ports import IdentityCheck, IdentityOutcome, NotProved
from evidence.exchange import ExchangeError, demand_address, exchange, signed_headers
from web.keys import read_secret
from web.settings import Settings, SettingsError

SECONDS = 5.0
"""For one try, of two."""
TRIES = 2
MAX_REPLY = 16 * 1024
LEAST_SECRET = 16
THREADS = 4
Answer = TypeVar("Answer")


class Begun(msgspec.Struct, frozen=True):
    token: Annotated[str, msgspec.Meta(min_length=8, max_length=200)]
    url: Annotated[str, msgspec.Meta(max_length=2000)]


class Found(msgspec.Struct, frozen=True):
    state: Literal["open", "passed", "failed"]
    reason: Annotated[str, msgspec.Meta(max_length=40, pattern="^[a-z_]*$")] = ""
    reference: Annotated[str, msgspec.Meta(max_length=100)] = ""


class RemoteIdentity:
    """Implements `IdentityCheck`."""

    def __init__(self, name: str, url: str, secret: bytes, seconds: float = SECONDS, wall: Callable[[], float] = time.time) -> None:
        """Raises `ValueError`."""
        demand_address(url)
        if len(secret) < LEAST_SECRET:
            raise ValueError(f"the secret shared with the provider of identities has at least {LEAST_SECRET} bytes")
        self._threads = ThreadPoolExecutor(THREADS, "identity")
        self.name, self._url, self._secret, self._seconds, self._wall = name, url.rstrip("/"), secret, seconds, wall

    async def begin(self, key: str, name: str, id_number: str, back: str) -> tuple[str, str]:
        body = msgspec.json.encode({"key": key, "name": name, "id_number": id_number, "back": back})
        begun = await self._run(self._ask, "begin", body, Begun)
        try:
            demand_address(begun.url)
        except ValueError:
            raise NotProved("the provider's page is not reached by https") from None
        return begun.token, begun.url

    async def outcome(self, token: str) -> IdentityOutcome:
        found = await self._run(self._ask, "outcome", msgspec.json.encode({"token": token}), Found)
        return IdentityOutcome(found.state, found.reason, found.reference)

    async def _run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """In threads of its own: a provider that is silent keeps nobody from signing in, which waits for threads too."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _ask(self, what: str, body: bytes, kind: type[Answer]) -> Answer:
        url = f"{self._url}/{what}"
        for left in reversed(range(TRIES)):
            try:
                status, answer = exchange(
                    "POST", url, body, signed_headers(url, body, self._secret, self._wall()), self._seconds, MAX_REPLY
                )
            except ExchangeError as error:
                if error.code == "unreachable" and left:
                    continue
                raise NotProved(str(error)) from error
            if (status >= 500 or status == 429) and left:
                continue
            if status != 200:
                raise NotProved(f"{url} answers {status}")
            try:
                return msgspec.json.decode(answer, type=kind)
            except msgspec.MsgspecError as error:
                raise NotProved(f"{url}: the answer cannot be read: {error}") from error
        raise AssertionError("unreachable")


def identity_of(settings: Settings) -> IdentityCheck | None:
    """As the settings name it; None where the mediator's eyes decide alone. Raises `SettingsError`."""
    if not settings.identity_url:
        return None
    try:
        secret = read_secret(Path(settings.identity_secret_file)).encode()
        return RemoteIdentity(settings.identity_name, settings.identity_url, secret)
    except ValueError as error:
        raise SettingsError(f"HEYI_IDENTITY_URL or HEYI_IDENTITY_SECRET_FILE: {error}") from None
