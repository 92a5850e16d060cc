"""Revocation lists of a provider, fetched by HTTP (RFC 5280, 4.2.1.13), kept while they are valid, and fetched anew long before they end.

A signature at level B-LT carries the list of every authority in its chain, so that signing needs them at hand. Blocking, and safe for threads.

Errors: `RevocationError(code)`: unreachable (try again), not_accepted (what came is no valid list of one of the configured authorities).
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from cryptography import x509

from evidence.exchange import ExchangeError, demand_address, exchange
from evidence.verifier import DAMAGED, load_certificate

SECONDS = 5.0
MAX_LIST = 10 * 2**20
MAX_AGE = timedelta(hours=1)
"""What was revoked is known here an hour later at most, while the provider answers."""
QUIET = timedelta(minutes=1)
"""After a failure, while the former list is still valid."""


class RevocationError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RevocationLists:
    """`issuers`: certificates (DER) of the authorities whose lists lie at `urls`. http will do: lists are signed."""

    def __init__(self, urls: tuple[str, ...], issuers: tuple[bytes, ...], seconds: float = SECONDS) -> None:
        for url in urls:
            demand_address(url, plain=True)
        self._urls, self._seconds = urls, seconds
        self._issuers = [load_certificate(der) for der in issuers]
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def current(self, at: datetime) -> tuple[bytes, ...]:
        """DER, one for each address, all valid at `at`. Raises `RevocationError`."""
        with self._lock:
            return tuple(self._one(url, at) for url in self._urls)

    def _one(self, url: str, at: datetime) -> bytes:
        kept = self._kept.get(url)
        if kept is not None and kept.fetched <= at < kept.again:
            return kept.der
        try:
            self._kept[url] = kept = self._fetched(url, at)
        except RevocationError:
            if kept is None or not at < kept.ends:
                raise
            kept.again = min(at + QUIET, kept.ends)
        return kept.der

    def _fetched(self, url: str, at: datetime) -> _Kept:
        try:
            status, der = exchange("GET", url, b"", {"Accept": "application/pkix-crl"}, self._seconds, MAX_LIST)
        except ExchangeError as error:
            raise RevocationError("unreachable" if error.code == "unreachable" else "not_accepted", str(error)) from error
        if status != 200:
            raise RevocationError("unreachable", f"{url} answers {status}")
        try:
            read = x509.load_der_x509_crl(der)
            ours = any(read.issuer == one.subject and read.is_signature_valid(one.public_key()) for one in self._issuers)  # type: ignore[arg-type]
            begins, ends = read.last_update_utc, read.next_update_utc
        except DAMAGED as error:
            raise RevocationError("not_accepted", f"{url}: no revocation list can be read: {error}") from error
        if not ours:
            raise RevocationError("not_accepted", f"{url}: the list is not signed by a configured authority")
        if ends is None or not begins <= at < ends:
            raise RevocationError("not_accepted", f"{url}: the list is valid from {begins} to {ends}, not now")
        return _Kept(der, at, min(at + MAX_AGE, at + (ends - at) * 3 / 4), ends)


class _Kept:
    def __init__(self, der: bytes, fetched: datetime, again: datetime, ends: datetime) -> None:
        self.der, self.fetched, self.again, self.ends = der, fetched, again, ends
