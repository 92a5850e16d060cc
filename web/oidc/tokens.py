"""What a token of the identity provider has to be before anything that it says is believed. Pure: time and keys are arguments.

ID tokens by OpenID Connect Core 1.0, 3.1.3.7; logout tokens by OpenID Connect Back-Channel Logout 1.0, 2.6. Signatures by joserfc. The algorithm comes from
our list and has to fit the type of the key, never the other way round: neither `none` nor a shared secret (HS256) is in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import warnings
from datetime import datetime, timedelta
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

MAX_TOKEN = 16 * 1024
"""Characters."""
MAX_KEYS = 50
LEEWAY = timedelta(seconds=60)
"""By which the provider's clock may differ from ours."""
MAX_AGE = timedelta(minutes=10)
"""Since a token was issued."""
LEAST_RSA = 2048
FITS = {"RS256": "RSA", "PS256": "RSA", "ES256": "P-256", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}
"""Algorithms that are accepted, with the keys that each needs."""
HASHES = {"EdDSA": "sha512", "Ed25519": "sha512"}
"""Of at_hash, where it is not SHA-256."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

Key = RSAKey | ECKey | OKPKey


class TokenRefused(ValueError):
    """`code`: what is wrong, named after the part of the token that is."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str = ""


class ProviderKey(msgspec.Struct, frozen=True):
    """A public key for signatures. `fits`: a value of `FITS`; `alg`: the only algorithm it is for, where its owner says so."""

    key: Any
    fits: str
    kid: str
    alg: str


class Proved(msgspec.Struct, frozen=True):
    """Who somebody is at the provider, and how well the provider knows. `session`: of the provider, where it says."""

    subject: str
    name: str
    session: str
    methods: tuple[str, ...]


class Expected(msgspec.Struct, frozen=True):
    """`name`: the claim that may be compared with the name to sign in with. `since`: the person was asked again at that moment or later."""

    issuer: str
    client: str
    nonce: str
    access_token: str = ""
    name: str = "sub"
    since: datetime | None = None


class LoggedOut(msgspec.Struct, frozen=True):
    """Whose session at the provider is over: by session, by person, or both. `key` is the same when it is told again."""

    subject: str
    session: str
    key: str


def keys_of(document: Any) -> list[ProviderKey]:
    """Keys of a JWKS (RFC 7517) that we can use; others are passed over, as the RFC asks (5). Raises `TokenRefused`."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise TokenRefused("jwks", f"the provider's keys are a list of at most {MAX_KEYS}")
    found = []
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
            continue
        public: Any = {name: entry[name] for name in ("kty", "n", "e", "crv", "x", "y") if isinstance(entry.get(name), str)}
        try:
            key = import_key(public) if public.get("kty") in {"RSA", "EC", "OKP"} else None
        except (JoseError, ValueError, KeyError, TypeError):
            continue
        fits = "RSA" if isinstance(key, RSAKey) and key.public_key.key_size >= LEAST_RSA else public.get("crv", "")
        if isinstance(key, Key) and fits in FITS.values():
            found.append(ProviderKey(key, fits, _text(entry, "kid"), _text(entry, "alg")))
    return found


def header_of(token: str) -> Header:
    """Which key signed it, before anything is believed. Raises `TokenRefused`."""
    if len(token) > MAX_TOKEN:
        raise TokenRefused("size", f"a token has at most {MAX_TOKEN} characters")
    try:
        header = jws.extract_compact(token.encode(), registry=_registry()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused("malformed", f"not a signed token: {error}") from None
    alg = _text(header, "alg")
    if alg not in FITS:
        raise TokenRefused("alg", "the algorithm is not one of " + ", ".join(FITS))
    if "crit" in header:
        raise TokenRefused("crit", "the token has critical parts that are not known here")
    return Header(alg, _text(header, "kid"))


def candidates(keys: list[ProviderKey], header: Header) -> list[ProviderKey]:
    """Which may have signed. None: the keys may be old ones."""
    fitting = [key for key in keys if key.fits == FITS[header.alg] and key.alg in {"", header.alg}]
    return [key for key in fitting if key.kid == header.kid] if header.kid else fitting


def claims_of(token: str, header: Header, keys: list[ProviderKey]) -> dict[str, Any]:
    """What it says, signed by one of these keys. Raises `TokenRefused`."""
    if not keys:
        raise TokenRefused("kid", "no key of the provider has signed this")
    for candidate in keys:
        try:
            with warnings.catch_warnings(
                action="ignore", category=SecurityWarning
            ):  # RFC 9864 would have EdDSA called Ed25519; providers do not
                payload = jws.deserialize_compact(token, candidate.key, algorithms=[header.alg], registry=_registry()).payload
        except (JoseError, ValueError, TypeError):
            continue
        try:
            claims = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            claims = None
        if not isinstance(claims, dict):
            raise TokenRefused("malformed", "the token holds no object")
        return claims
    raise TokenRefused("signature", "the signature is none of the provider's")


def demand_identity(claims: dict[str, Any], header: Header, expected: Expected, now: datetime) -> Proved:
    """Who it is. Raises `TokenRefused` for an ID token that is of another provider, for another client, over, or not the answer to our question."""
    _demand_ours(claims, expected.issuer, expected.client, now)
    _demand(
        not isinstance(claims.get("aud"), list) or len(claims["aud"]) == 1 or "azp" in claims,
        "azp",
        "for several, and for none of them first",
    )
    _demand(claims.get("azp", expected.client) == expected.client, "azp", "for another client first")
    _demand(_instant(claims, "exp") > now.timestamp() - LEEWAY.total_seconds(), "exp", "over")
    _demand(hmac.compare_digest(_text(claims, "nonce").encode(errors="replace"), expected.nonce.encode()), "nonce", "not to our question")
    if expected.access_token and "at_hash" in claims:
        half = _half_hash(expected.access_token, header.alg)
        _demand(hmac.compare_digest(_text(claims, "at_hash").encode(errors="replace"), half.encode()), "at_hash", "of another access token")
    if expected.since is not None:
        _demand(
            _instant(claims, "auth_time") >= expected.since.timestamp() - LEEWAY.total_seconds(), "auth_time", "the person was not asked"
        )
    methods = claims.get("amr")
    return Proved(
        _subject(claims, required=True),
        _text(claims, expected.name).strip(),
        _text(claims, "sid"),
        tuple(m for m in methods if isinstance(m, str)) if isinstance(methods, list) else (),
    )


def demand_logout(claims: dict[str, Any], issuer: str, client: str, now: datetime) -> LoggedOut:
    """Whose session is over. Raises `TokenRefused`."""
    _demand_ours(claims, issuer, client, now)
    if "exp" in claims:
        _demand(_instant(claims, "exp") > now.timestamp() - LEEWAY.total_seconds(), "exp", "over")
    events = claims.get("events")
    _demand(isinstance(events, dict) and isinstance(events.get(LOGOUT), dict), "events", "no logout")
    _demand("nonce" not in claims, "nonce", "an ID token is no logout token")
    subject, session, key = _subject(claims, required=False), _text(claims, "sid"), _text(claims, "jti")
    _demand(bool(subject or session), "sub", "of nobody")
    _demand(bool(key), "jti", "without a number of its own")
    return LoggedOut(subject, session, key)


def _registry() -> jws.JWSRegistry:
    """Header parameters that are not known are passed over (RFC 7515, 4)."""
    return jws.JWSRegistry(algorithms=list(FITS), strict_check_header=False)


def _demand_ours(claims: dict[str, Any], issuer: str, client: str, now: datetime) -> None:
    _demand(claims.get("iss") == issuer, "iss", "of another provider")
    audience = claims.get("aud")
    _demand(audience == client or (isinstance(audience, list) and client in audience), "aud", "for another client")
    issued, at, leeway = _instant(claims, "iat"), now.timestamp(), LEEWAY.total_seconds()
    _demand(at - MAX_AGE.total_seconds() - leeway <= issued <= at + leeway, "iat", "issued long ago, or not yet; compare the clocks")


def _demand(holds: bool, code: str, reason: str) -> None:
    if not holds:
        raise TokenRefused(code, f"{code}: {reason}")


def _subject(claims: dict[str, Any], *, required: bool) -> str:
    """Core 1.0, 2: at most 255 characters of ASCII."""
    subject = _text(claims, "sub")
    _demand(bool(subject or not required) and subject.isascii() and len(subject) <= 255, "sub", "of nobody")
    return subject


def _instant(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    _demand(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value), name, "no time")
    return float(claims[name])


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _half_hash(token: str, alg: str) -> str:
    """Core 1.0, 3.1.3.6."""
    digest = hashlib.new(HASHES.get(alg, "sha256"), token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
