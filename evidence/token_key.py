"""Signing keys that never leave a PKCS#11 token (a hardware security module, a card, SoftHSM): P-256, CKM_ECDSA over a SHA-256 (PKCS#11 v3.0, 2.3.6).

The functions here are called in worker processes, each of which has the token's module and one session to itself: a module keeps one state for a
whole process, and the server's own process uses it for the keys of recordings. A module is foreign code that may block, so each call has a thread
and a limit of time; while one hangs, all others fail at once. A call that fails is made once more in a new session (`token_door.py`).

Errors: `TokenError(code)`: unreachable (try again), pin_refused, unknown_key.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from evidence.token_door import Door, PinNotTaken, close

SECONDS = 5.0
T = TypeVar("T")


class TokenError(OSError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[TokenError], tuple[str, str]]:
        return TokenError, (self.code, str(self))  # whole out of a process pool


class Token(msgspec.Struct, frozen=True):
    """`module`: path of the PKCS#11 library; `label` names the token; `pin_file` has the user's PIN, read anew for every login."""

    module: str
    label: str
    pin_file: str


class TokenKey(msgspec.Struct, frozen=True):
    """Implements `evidence.cms.KeyElsewhere`. `id` is the key's CKA_ID, `public` its SubjectPublicKeyInfo in DER."""

    token: Token
    id: bytes
    public: bytes

    def sign(self, data: bytes) -> bytes:
        from pkcs11 import Attribute, Mechanism, ObjectClass
        from pkcs11.util.ec import encode_ecdsa_signature

        def work(session: Any) -> bytes:
            found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: self.id}))
            if len(found) != 1:
                raise TokenError(
                    "unknown_key", f"the PKCS#11 token {self.token.label} has {len(found)} signing keys {self.id.hex()}, not one"
                )
            raw = found[0].sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA)
            return bytes(encode_ecdsa_signature(raw))

        return _call(self.token, work)

    def public_key(self) -> bytes:
        return self.public


def make_key(token: Token, label: str) -> TokenKey:
    """A new key that cannot be extracted. Raises `TokenError`."""
    from pkcs11 import Attribute, KeyType, MechanismFlag
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    number = os.urandom(16)

    def work(session: Any) -> bytes:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        public, _ = session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            id=number,
            label=label,
            store=True,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        return bytes(encode_ec_public_key(public))

    return TokenKey(token, number, _call(token, work, write=True))


def sees(token: Token) -> int:
    """How many signing keys it shows to whoever has the PIN. Raises `TokenError`."""
    from pkcs11 import Attribute, ObjectClass

    return _call(token, lambda session: len(list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))))


def may_leave(key: TokenKey) -> bool:
    """Whether the token would hand the key out. Raises `TokenError`."""
    from pkcs11 import Attribute, ObjectClass

    def work(session: Any) -> bool:
        (found,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key.id})
        return bool(found[Attribute.EXTRACTABLE]) or not found[Attribute.SENSITIVE]

    return _call(key.token, work)


class _Process:
    """What this process has of tokens."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sessions: dict[Token, Any] = {}
        self._doors: dict[Token, Door] = {}

    def door(self, token: Token) -> Door:
        if token not in self._doors:
            self._doors[token] = Door(token.module, token.label, lambda: Path(token.pin_file).read_text().strip(), self.sessions.clear)
        return self._doors[token]


_here = _Process()


def _call(token: Token, work: Callable[[Any], T], write: bool = False) -> T:
    done: list[T | BaseException] = []

    def run() -> None:
        try:
            done.append(_attempt(token, work, write))
        except BaseException as error:
            done.append(error)
        finally:
            _here.lock.release()

    if not _here.lock.acquire(timeout=SECONDS):
        raise TokenError("unreachable", f"the PKCS#11 token {token.label} does not answer")
    thread = threading.Thread(target=run, name="token", daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not done:
        raise TokenError("unreachable", f"the PKCS#11 token {token.label} does not answer within {SECONDS:g} s")
    result = done[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _attempt(token: Token, work: Callable[[Any], T], write: bool) -> T:
    import pkcs11

    session, door = _here.sessions.pop(token, None), _here.door(token)
    if session is not None and not write:
        try:
            result = work(session)
        except (pkcs11.PKCS11Error, TokenError):
            # A token that is away shows no keys either.
            door.stale = True
            close(session)
        else:
            _here.sessions[token] = session
            return result
    elif session is not None:
        close(session)
    try:
        session = door.open(write)
        result = work(session)
    except PinNotTaken as error:
        raise TokenError("pin_refused", str(error)) from None
    except pkcs11.PKCS11Error as error:
        door.stale = True
        raise TokenError("unreachable", f"the PKCS#11 token {token.label} does not serve: {error or type(error).__name__}") from None
    except TokenError:
        door.stale = True
        raise
    if write:
        close(session)
    else:
        _here.sessions[token] = session
    return result
