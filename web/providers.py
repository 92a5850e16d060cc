"""Who stands behind a signature in this installation, by its settings: the embedded authority and timestamp service, or licensed ones over HTTP;
and where the keys of platform and seals lie.

The heavy parts of signing run in worker processes and ask the timestamp service from there; the authority is asked from a thread. No transaction
spans such a call: where a provider is away, the signing ends with `timestamp_away` or `authority_away`, nothing is kept of it, and it may be tried
again. For some seconds after a provider did not answer everybody is told so at once, since each try occupies one of few worker processes.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog

from agreements.authority import AuthorityError, CertificateAuthority, EmbeddedAuthority, Standing, Trust, one_time_credential
from agreements.authority_remote import RemoteAuthority
from agreements.signing import SigningError
from agreements.standing import FileKeys, Run, StandingKeys, TokenKeys
from cases.errors import OutOfTurn, Unavailable
from evidence.chain import Anchors, read_anchors
from evidence.cms import Credential
from evidence.revocation import RevocationError, RevocationLists
from evidence.timestamp import Timestamper, TimestampError, timestamp
from evidence.timestamp_remote import RemoteService
from evidence.token_key import Token, TokenError
from web.keys import read_secret
from web.settings import Settings, SettingsError

log = structlog.get_logger("providers")

QUIET = 15.0
"""Seconds after a provider did not answer in which it is not asked again."""
PLATFORM = "和议平台"


class OutsideStamps:
    """The timestamp service of somebody else, with its lists."""

    def __init__(self, url: str, anchors: Anchors, lists: RevocationLists, policy: str) -> None:
        self.url, self.anchors, self.lists, self.policy = url, anchors, lists, policy

    def at_hand(self, at: datetime) -> tuple[RemoteService, Trust]:
        """Blocking. Raises `TimestampError`."""
        try:
            crls = self.lists.current(at)
        except RevocationError as error:
            raise TimestampError("unreachable" if error.code == "unreachable" else "untrusted", str(error)) from error
        return RemoteService(self.url, self.anchors, crls, self.policy), Trust(self.anchors.roots, self.anchors.others, crls)


class Providers:
    """`embedded` is there where it serves, or served once: its agreements are still proved."""

    def __init__(
        self,
        embedded: EmbeddedAuthority | None,
        authority: CertificateAuthority,
        standing: Standing,
        stamps: OutsideStamps | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._embedded, self._authority, self._standing, self._stamps, self._monotonic = embedded, authority, standing, stamps, monotonic
        self._away: dict[str, tuple[float, str]] = {}
        self.label = authority.label
        roots = [*(authority.anchors.roots if isinstance(authority, RemoteAuthority) else ()), *([_root(embedded)] if embedded else [])]
        self.signing_anchor = _fingerprint(roots[0])
        self.stamp_anchor = "" if stamps is None else ",".join(map(_fingerprint, stamps.anchors.roots))
        published = dict.fromkeys(map(_fingerprint, [*roots, *(stamps.anchors.roots if stamps else ())]))
        self.anchors = ",".join(published)
        """Fingerprints of all roots that this installation's proofs may lead to, the present signers' first."""

    @property
    def own_stamps(self) -> Timestamper | None:
        """The embedded timestamp service, for whoever asks it by HTTP."""
        return self._embedded.timestamper() if self._embedded is not None else None

    def problem(self) -> str:
        """What did not answer a moment ago, in an English clause. Empty: nothing."""
        return "; ".join(reason for until, reason in self._away.values() if self._monotonic() < until)

    async def at_hand(self, now: datetime) -> tuple[Trust, Timestamper]:
        """What signing needs beside a credential. Raises `Refusal`."""
        with self.answering():
            trust = await asyncio.to_thread(self._authority.trust, now)
            if self._stamps is None:
                assert self._embedded is not None
                return trust.joined(
                    self._embedded.trust(now)
                ) if self._embedded is not self._authority else trust, self._embedded.timestamper(now)
            service, its = await asyncio.to_thread(self._stamps.at_hand, now)
            return trust.joined(its), service

    @property
    def embedded(self) -> bool:
        """Whether anything that is made now is made by services of our own."""
        return bool(self.label) or self._stamps is None

    async def roots(self, trust: Trust, now: datetime) -> tuple[bytes, ...]:
        """That a file made now may lead to, also one that was begun before the providers changed."""
        return (await self.proof(trust, now)).roots

    async def proof(self, trust: Trust, now: datetime) -> Trust:
        """What lies beside evidence: also of the embedded authority, where something was signed before another took its place."""
        return trust.joined(self._embedded.trust(now)) if self._embedded is not None else trust

    async def one_time(self, name: str, role: str, now: datetime) -> Credential:
        """A key and certificate for one signature. Raises `Refusal`."""
        with self.answering():
            return await asyncio.to_thread(one_time_credential, self._authority, name, role, now)

    @property
    def organisation(self) -> str:
        """Of the subjects of signers' certificates; empty where the authority decides."""
        return self._authority.organisation

    async def certify(self, request: bytes, now: datetime) -> tuple[bytes, ...]:
        """A signing request (PKCS#10, DER) of a key that its holder keeps → its certificate and those above it. Raises `Refusal`."""
        with self.answering():
            return await asyncio.to_thread(self._authority.issue, request, now)

    async def platform(self, now: datetime, certificate: str = "") -> Credential:
        """`certificate`: the one by which the platform certified what is to be signed for now (SHA-256, hex). Raises `Refusal`."""
        with self.answering(key=True):
            for standing in (self._standing, self._embedded) if certificate else ():
                former = await asyncio.to_thread(standing.former, certificate) if standing is not None else None
                if former is not None:
                    return former
            return await asyncio.to_thread(self._standing.platform, now)

    async def seal(self, committee: str, now: datetime) -> Credential:
        """Raises `Refusal`."""
        with self.answering(key=True):
            return await asyncio.to_thread(self._standing.seal, committee, now)

    @contextmanager
    def answering(self, *, key: bool = False) -> Iterator[None]:
        """Around what asks providers: their errors become refusals that a person can act on. `key`: whether one of the lasting keys is needed."""
        for kind, (until, reason) in self._away.items():
            if self._monotonic() < until and (key or kind != "key"):
                raise _refusal(kind, reason)
        try:
            yield
        except (TimestampError, AuthorityError) as error:
            kind = "timestamp" if isinstance(error, TimestampError) else "authority"
            log.error("a provider does not serve", kind=kind, code=error.code, reason=str(error))
            if error.code == "unreachable":
                self._away[kind] = self._monotonic() + QUIET, str(error)
            raise _refusal(kind, str(error)) from None
        except TimeoutError:
            raise _refusal("key", "no worker process is free") from None
        except TokenError as error:
            log.error("the token does not sign", code=error.code, reason=str(error))
            # A PIN that was refused is not sent again, by no other worker process either, before the next start.
            self._away["key"] = (math.inf if error.code == "pin_refused" else self._monotonic() + QUIET), str(error)
            raise _refusal("key", str(error)) from None
        except SigningError as error:
            raise OutOfTurn(f"signing_{error.code}", str(error)) from None


def _refusal(kind: str, reason: str) -> Unavailable:
    if kind == "key":
        return Unavailable("signing_key_away", f"The token with the keys of platform and seals does not sign; nothing is lost: {reason}")
    if kind == "timestamp":
        return Unavailable(
            "timestamp_away", f"The timestamp service does not serve at the moment; nothing is lost, please try again: {reason}"
        )
    return Unavailable(
        "authority_away", f"The certificate authority does not serve at the moment; nothing is lost, please try again: {reason}"
    )


def providers_of(settings: Settings, now: datetime, run: Run) -> Providers:
    """As the settings name them; asks nobody. `run` calls a function in a worker process. Raises `SettingsError`, `AuthorityError`."""
    authority, stamps = _outside_authority(settings), _outside_stamps(settings)
    folder = settings.folder / "keys" / "ca"
    embedded = EmbeddedAuthority(folder, now) if authority is None or stamps is None or (folder / "root.crt").exists() else None
    in_token = settings.signing_keys == "token"
    if authority is None:
        assert embedded is not None
        if not in_token:
            return Providers(embedded, embedded, embedded, stamps)
    who: CertificateAuthority | None = authority or embedded
    assert who is not None
    root = authority.anchors.roots[0] if authority is not None else _root(embedded)
    own = settings.folder / "keys" / f"ca-{_fingerprint(root)[:16]}"
    keys = TokenKeys(own, token_of(settings), run) if in_token else FileKeys(own)
    return Providers(embedded, who, StandingKeys(own, who, keys, f"{PLATFORM}（{who.label}）" if who.label else PLATFORM), stamps)


def token_of(settings: Settings) -> Token:
    """The token of the signing keys. Raises `SettingsError`."""
    try:
        read_secret(Path(settings.pkcs11_pin_file))
    except ValueError as error:
        raise SettingsError(f"HEYI_PKCS11_PIN_FILE: {error}") from None
    return Token(settings.pkcs11_module, settings.pkcs11_token, settings.pkcs11_pin_file)


def _outside_authority(settings: Settings) -> RemoteAuthority | None:
    if not settings.authority_url:
        return None
    anchors = _anchors("HEYI_AUTHORITY_ROOT", settings.authority_root)
    try:
        secret = read_secret(Path(settings.authority_secret_file)).encode()
    except ValueError as error:
        raise SettingsError(f"HEYI_AUTHORITY_SECRET_FILE: {error}") from None
    lists = _lists("HEYI_AUTHORITY_CRLS", settings.authority_crls, anchors)
    try:
        return RemoteAuthority(settings.authority_url, secret, anchors, lists)
    except ValueError as error:
        raise SettingsError(f"HEYI_AUTHORITY_URL or HEYI_AUTHORITY_SECRET_FILE: {error}") from None


def _outside_stamps(settings: Settings) -> OutsideStamps | None:
    if not settings.timestamp_url:
        return None
    anchors = _anchors("HEYI_TIMESTAMP_ROOT", settings.timestamp_root)
    stamps = OutsideStamps(
        settings.timestamp_url, anchors, _lists("HEYI_TIMESTAMP_CRLS", settings.timestamp_crls, anchors), settings.timestamp_policy
    )
    try:
        RemoteService(stamps.url, anchors)
    except ValueError as error:
        raise SettingsError(f"HEYI_TIMESTAMP_URL: {error}") from None
    return stamps


def _anchors(name: str, path: str) -> Anchors:
    try:
        return read_anchors(Path(path).read_bytes())
    except OSError as error:
        raise SettingsError(f"{name}: {path} cannot be read: {error.strerror}") from None
    except Exception as error:
        raise SettingsError(f"{name}: {path} holds no certificates (PEM) that lead to a root: {error}") from None


def _lists(name: str, urls: str, anchors: Anchors) -> RevocationLists:
    try:
        return RevocationLists(tuple(filter(None, re.split(r"[\s,]+", urls))), (*anchors.roots, *anchors.others))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def _root(embedded: EmbeddedAuthority | None) -> bytes:
    assert embedded is not None
    return embedded.chain()[-1]


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


async def probe(settings: Settings, now: datetime) -> int:
    """Whether what is configured elsewhere answers, a certificate not asked for: how many revocation lists there are. Raises `SettingsError`,
    `AuthorityError`, `TimestampError`."""
    authority, stamps, lists = _outside_authority(settings), _outside_stamps(settings), 0
    if authority is not None:
        lists += len((await asyncio.to_thread(authority.trust, now)).crls)
    if stamps is not None:
        service, its = await asyncio.to_thread(stamps.at_hand, now)
        await asyncio.to_thread(timestamp, b"probe", service, now)
        lists += len(its.crls)
    return lists
