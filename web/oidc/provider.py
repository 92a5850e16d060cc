"""The identity provider over HTTP: what it says of itself (Discovery 1.0), its keys, and codes turned into tokens.

Nothing is asked before somebody wants to come in. What it says of itself and its keys are kept for an hour; a token with a key that is not known asks for
the keys once more, at most twice a minute, so that a change of keys is followed and nobody makes us ask without end. Answers have a limit of size and time,
redirections are not followed, and every address is https, or of this machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import structlog

from cases.errors import NotAllowed, Refusal, Unavailable
from evidence.exchange import demand_address
from web.keys import read_secret
from web.oidc import tokens
from web.oidc.attempt import Attempt, address
from web.oidc.tokens import Expected, LoggedOut, Proved, TokenRefused
from web.settings import Settings, SettingsError

log = structlog.get_logger("oidc")

SECONDS = 8.0
"""For one answer, from the first byte of the question to the last of the answer."""
MAX_ANSWER = 256 * 1024
KEPT = 3600.0
KEYS_AGAIN = 30.0
"""Seconds between two questions for the keys."""
QUIET = 5.0
"""Seconds after a provider was away in which it is not asked for its description again."""
BACK = "/api/oidc/back"
"""Path of the address that a provider sends browsers back to."""
WELL_KNOWN = "/.well-known/openid-configuration"

Address = Annotated[str, msgspec.Meta(min_length=8, max_length=500)]


class Description(msgspec.Struct, frozen=True):
    """Discovery 1.0, 3: what we need of it."""

    issuer: Annotated[str, msgspec.Meta(max_length=300)]
    authorization_endpoint: Address
    token_endpoint: Address
    jwks_uri: Address
    code_challenge_methods_supported: list[str] = []
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class Failure(msgspec.Struct, frozen=True):
    error: str = ""


class ProviderAway(Exception):
    """The reason, in an English clause without anything of a person."""


class Provider:
    def __init__(
        self, issuer: str, client: str, secret: str, back: str, claim: str = "sub", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`back`: our address that the browser is sent back to. Raises `ValueError`."""
        demand_address(issuer)
        self.issuer, self.client, self.back, self.claim = issuer, client, back, claim
        self._secret, self._monotonic = secret, monotonic
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, list[tokens.ProviderKey]] = -KEPT, []
        self._asked, self._away_until = -KEYS_AGAIN, 0.0
        self._lock = asyncio.Lock()

    def problem(self) -> str:
        """What did not answer a moment ago, in an English clause. Empty: nothing."""
        return "the identity provider does not answer" if self._monotonic() < self._away_until else ""

    async def begin(self, attempt: Attempt, *, fresh: bool) -> str:
        """Where the browser goes. Raises `Unavailable`."""
        return address((await self._present()).authorization_endpoint, self.client, self.back, attempt, fresh=fresh)

    async def demand_issuer(self, named: str | None) -> None:
        """RFC 9207: an answer that names its provider, or has to, is of this one. Raises `NotAllowed`, `Unavailable`."""
        needed = (await self._present()).authorization_response_iss_parameter_supported
        if (named is None and needed) or (named is not None and named != self.issuer):
            log.warning("an answer of another provider", named=named is not None)
            raise NotAllowed("oidc_answer", "The answer is not of the identity provider that was asked")

    async def prove(self, attempt: Attempt, code: str, now: datetime, since: datetime | None = None) -> Proved:
        """Whose code this is. `since`: the provider has to have asked the person after this moment. Raises `NotAllowed`, `Unavailable`."""
        got = await self._exchange(attempt, code)
        expected = Expected(self.issuer, self.client, attempt.nonce, got.access_token, self.claim, since)
        try:
            header, claims = await self._claims(got.id_token)
            return tokens.demand_identity(claims, header, expected, now)
        except TokenRefused as error:
            log.warning("an ID token was refused", code=error.code)
            raise NotAllowed("oidc_token", "What the identity provider says does not hold", why=error.code) from None

    async def logged_out(self, token: str, now: datetime) -> LoggedOut:
        """Raises `TokenRefused`, `Unavailable`."""
        _, claims = await self._claims(token)
        return tokens.demand_logout(claims, self.issuer, self.client, now)

    async def describe(self) -> Description:
        """Asked for now, and kept. Raises `ProviderAway`."""
        url = self.issuer.removesuffix("/") + WELL_KNOWN
        status, body = await self._ask("GET", url)
        if status != 200:
            raise ProviderAway(f"{url} answers {status}")
        try:
            found = msgspec.json.decode(body, type=Description)
            for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                demand_address(endpoint)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ProviderAway(f"{url}: {error}") from None
        if found.issuer != self.issuer:
            raise ProviderAway(f"{url} is of the issuer {found.issuer!r}, not {self.issuer!r}")
        if found.code_challenge_methods_supported and "S256" not in found.code_challenge_methods_supported:
            raise ProviderAway(f"{url}: without PKCE by S256")
        self._described = self._monotonic(), found
        return found

    async def fresh_keys(self) -> list[tokens.ProviderKey]:
        """Asked for now, and kept. Raises `ProviderAway`."""
        url = (self._described[1] if self._described else await self.describe()).jwks_uri
        self._asked = self._monotonic()
        status, body = await self._ask("GET", url)
        if status != 200:
            raise ProviderAway(f"{url} answers {status}")
        try:
            keys = tokens.keys_of(msgspec.json.decode(body))
        except (msgspec.MsgspecError, TokenRefused) as error:
            raise ProviderAway(f"{url}: {error}") from None
        self._keys = self._monotonic(), keys
        return keys

    async def takes_us(self) -> str:
        """Whether the provider knows the address that it sends browsers back to: asked as nobody, it has to send nobody back (Core 1.0, 3.1.2.6). Empty, or
        what it does instead. Raises `ProviderAway`."""
        asked = {"response_type": "code", "client_id": self.client, "redirect_uri": self.back, "scope": "openid", "prompt": "none"}
        probe = {"state": "probe", "code_challenge": Attempt("probe").challenge, "code_challenge_method": "S256"}
        endpoint = (await self.describe()).authorization_endpoint
        headers: dict[str, str] = {}
        status, _ = await self._ask("GET", f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked | probe)}", headers)
        where = headers.get("location", "")
        return "" if 300 <= status < 400 and where.startswith(self.back) else f"answers {status}, and sends nobody back to {self.back}"

    async def _present(self) -> Description:
        async with self._lock:
            if self._described is not None and self._monotonic() - self._described[0] < KEPT:
                return self._described[1]
            if self._monotonic() < self._away_until:
                raise _away()
            try:
                return await self.describe()
            except ProviderAway as error:
                raise self._gone(error) from None

    async def _claims(self, token: str) -> tuple[tokens.Header, dict[str, Any]]:
        """Raises `TokenRefused`, `Unavailable`."""
        header = tokens.header_of(token)
        async with self._lock:
            since, keys = self._keys
            fitting = tokens.candidates(keys, header)
            waited = self._monotonic() - self._asked >= KEYS_AGAIN
            if (not fitting or self._monotonic() - since >= KEPT) and waited:
                try:
                    fitting = tokens.candidates(await self.fresh_keys(), header)
                except ProviderAway as error:
                    raise self._gone(error) from None
        return header, tokens.claims_of(token, header, fitting)

    async def _exchange(self, attempt: Attempt, code: str) -> Tokens:
        described = await self._present()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back, "code_verifier": attempt.verifier}
        auth: tuple[str, str] | None = (quote(self.client, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
        if "client_secret_basic" not in described.token_endpoint_auth_methods_supported:
            form |= {"client_id": self.client, "client_secret": self._secret}
            auth = None
        try:
            status, body = await self._ask("POST", described.token_endpoint, form=form, auth=auth)
        except ProviderAway as error:
            raise self._gone(error) from None
        if status >= 500 or status == 429:
            raise self._gone(ProviderAway(f"the token endpoint answers {status}"))
        try:
            if status == 200:
                return msgspec.json.decode(body, type=Tokens)
            error_code = msgspec.json.decode(body, type=Failure).error
        except msgspec.MsgspecError:
            error_code = ""
        if error_code == "invalid_grant":
            raise NotAllowed("oidc_state", "This sign-in took too long, or was finished before; please begin again")
        log.error("the identity provider gives no token", status=status, error=error_code[:40])
        raise NotAllowed("oidc_answer", "The identity provider gives no proof to this installation; tell your administrator")

    async def _ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        *,
        form: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body; the answer's header goes into `headers`. Raises `ProviderAway`."""
        got = b""
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http,
                http.stream(method, url, data=form, auth=auth, headers={"Accept": "application/json"}) as answer,
            ):
                async for piece in answer.aiter_bytes():
                    got += piece
                    if len(got) > MAX_ANSWER:
                        raise ProviderAway(f"{url.partition('?')[0]} answers with more than {MAX_ANSWER} bytes")
                if headers is not None:
                    headers.update(answer.headers)
                return answer.status_code, got
        except (TimeoutError, httpx.HTTPError, OSError, ValueError) as error:
            raise ProviderAway(f"{url.partition('?')[0]} does not answer: {type(error).__name__}") from None

    def _gone(self, error: ProviderAway) -> Refusal:
        log.warning("the identity provider is away", reason=str(error))
        self._away_until = self._monotonic() + QUIET
        return _away()


def _away() -> Unavailable:
    return Unavailable("oidc_away", "The identity provider does not answer at present; try again in a moment, or sign in by password")


def provider_of(settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> Provider | None:
    """As the settings name it; asks nobody. None where staff sign in by password alone. Raises `SettingsError`."""
    if not settings.oidc_issuer:
        return None
    try:
        secret = read_secret(Path(settings.oidc_client_secret_file))
        back = f"{settings.base_url}{BACK}"
        return Provider(settings.oidc_issuer, settings.oidc_client_id, secret, back, settings.oidc_claim, monotonic)
    except ValueError as error:
        raise SettingsError(f"HEYI_OIDC_ISSUER or HEYI_OIDC_CLIENT_SECRET_FILE: {error}") from None
