"""One exchange over HTTP with a provider (timestamp service, certificate authority, revocation lists), bounded in time and size. Blocking.

The limit of time is for the whole of it: a socket's own limit begins anew with every byte that drips in. Redirections are not followed, since
what a provider is asked goes to the configured address or nowhere; proxies of the environment are not used.

Errors: `ExchangeError(code)`: unreachable (try again), too_large.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class ExchangeError(OSError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answer(NamedTuple):
    status: int
    body: bytes


def demand_address(url: str, *, plain: bool = False) -> None:
    """Raises `ValueError` unless `url` is https, or http to this machine; `plain`: http to any, for what is signed and no secret."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urllib.parse.urlsplit(""), None
    safe = parts.scheme == "https" or (parts.scheme == "http" and (plain or parts.hostname in LOCAL))
    if not safe or not parts.hostname or port == 0 or parts.username or parts.fragment or not url.isascii() or " " in url:
        raise ValueError(f"a provider is reached by https, or http on this machine; not {url[:200]!r}")


class Whole(NamedTuple):
    """An answer with its header: names in small letters."""

    status: int
    body: bytes
    headers: dict[str, str]


def signed_headers(url: str, body: bytes, secret: bytes, wall: float) -> dict[str, str]:
    """Of our own small protocols (docs/providers.md), under a shared secret. The same body has the same key: that is how a repeated request is known."""
    path, at, hashed = urllib.parse.urlsplit(url).path or "/", str(int(wall)), hashlib.sha256(body).hexdigest()
    said = "\n".join(["POST", path, at, hashed[:32], hashed])
    signature = hmac.new(secret, said.encode(), "sha256").hexdigest()
    return {"Content-Type": "application/json", "Heyi-Time": at, "Idempotency-Key": hashed[:32], "Heyi-Signature": signature}


def exchange(method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float, limit: int) -> Answer:
    """Status and body, at most `limit` bytes, within `seconds`."""
    whole = exchange_whole(method, url, body, headers, seconds, limit)
    return Answer(whole.status, whole.body)


def exchange_whole(method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float, limit: int) -> Whole:
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        line = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=ssl.create_default_context())
    else:
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    late = threading.Event()

    def cut() -> None:
        late.set()
        if line.sock is not None:
            with suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request(method, path, body or None, {"Connection": "close", "Accept-Encoding": "identity", **headers})
        answer = line.getresponse()
        found = answer.read(limit + 1)
        if late.is_set():
            raise ExchangeError("unreachable", f"{url} did not answer within {seconds:g} s")
        if len(found) > limit:
            raise ExchangeError("too_large", f"{url} answered with more than {limit} bytes")
        if answer.length:
            raise ExchangeError("unreachable", f"{url} hung up in the middle of its answer")
        return Whole(answer.status, found, {name.lower(): value for name, value in answer.getheaders()})
    except ExchangeError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = f"did not answer within {seconds:g} s" if late.is_set() else f"does not answer: {error or type(error).__name__}"
        raise ExchangeError("unreachable", f"{url} {why}") from error
    finally:
        timer.cancel()
        line.close()
