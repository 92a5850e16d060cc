"""One try to come in by the identity provider, bound to the browser that began it. Pure.

The browser keeps one secret, in a cookie of its own that ends after ten minutes; state, nonce and the PKCE verifier are derived from it. Of the secret
the database has a hash alone: whoever reads the table can neither answer for the browser nor use a code that was overheard.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit

import msgspec

LASTS = timedelta(minutes=10)
OPEN_AT_ONCE = 5
"""Tries that one browser has open, in several tabs; the oldest give way."""
COOKIE = "oidc_"
MARK = 12
"""Characters of the state that the cookie's name has."""
SECRET = re.compile("[A-Za-z0-9_-]{43}")


class Attempt(msgspec.Struct, frozen=True):
    secret: str

    @property
    def key(self) -> str:
        """By which the database knows it."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """RFC 7636, 4.1: 43 characters."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """RFC 7636, 4.2: S256."""
        return _base64url(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def cookie(self) -> str:
        return COOKIE + self.state[:MARK]

    def _derived(self, purpose: str) -> str:
        return _base64url(hmac.new(self.secret.encode(), f"heyi.oidc.{purpose}".encode(), "sha256").digest())


def begin() -> Attempt:
    return Attempt(secrets.token_urlsafe(32))


def open_in(cookies: str) -> list[Attempt]:
    """The tries that a browser's cookies have, in the order in which it sends them: of one path, the oldest first (RFC 6265, 5.4)."""
    try:
        jar = SimpleCookie(cookies)
    except CookieError:
        return []
    found = [Attempt(morsel.value) for morsel in jar.values() if SECRET.fullmatch(morsel.value)]
    return [attempt for attempt in found if attempt.cookie in jar and jar[attempt.cookie].value == attempt.secret]


def answered(attempts: list[Attempt], state: str) -> Attempt | None:
    """The one that an answer is to."""
    return next((a for a in attempts if hmac.compare_digest(a.state.encode(), state.encode(errors="replace"))), None)


def address(endpoint: str, client: str, back: str, attempt: Attempt, *, fresh: bool = False) -> str:
    """Where the browser goes. `fresh`: whoever is signed in at the provider already is asked again."""
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": back,
        "scope": "openid profile",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    }
    if fresh:
        asked |= {"prompt": "login", "max_age": "0"}
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
