"""A wrapping key that never leaves its PKCS#11 token: a smart card, a hardware security module, or SoftHSM.

The token encrypts and decrypts with CKM_AES_GCM (PKCS#11 v3.0, 6.13.3) under a nonce that we choose. Its module is foreign code that may block
for as long as it likes, so one thread of ours, which nothing waits for at the end, makes all calls one after the other.

A call that does not return in time fails, and so does every other at once until it does. What fails is tried once more in a new session
(`evidence/token_door.py`): that is how a token comes back that was pulled out. Then calls are refused at once for some seconds.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass

from evidence.token_door import Door, PinNotTaken, close
from storage.wrapping import NONCE, TAG, KeyAway, KeyUnknown, NotOpened, PinRefused, WrappingError

SECONDS = 5.0
"""How long a call may take."""
CLOSES_WITHIN = 2.0
"""Seconds that closing waits at most."""
QUIET = 2.0
"""Seconds after a failure in which nothing is tried."""
PREFIX = "pkcs11:"
LONGEST_ID = 64

T = TypeVar("T")
Work = Callable[[pkcs11.Session], Any]


class Token:
    """`module`: path of the PKCS#11 library; `label` names the token; `pin` reads the user's PIN, anew for every login."""

    def __init__(self, module: str, label: str, pin: Callable[[], str], quiet: float = QUIET) -> None:
        self._module, self._label, self._quiet = module, label, quiet
        self._door = Door(module, label, pin)
        self._session: pkcs11.Session | None = None
        self._wait_until = 0.0
        self._problem = ""
        self._stuck = False
        self._calls: queue.SimpleQueue[tuple[Work, bool, Callable[[Any, BaseException | None], None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="pkcs11", daemon=True)
        self._thread.start()

    def problem(self) -> str:
        """Why the last call failed, in an English clause. Empty: it did not."""
        return self._problem

    def close(self) -> None:
        """Log out and end the thread, when its last call returns; waited for, unless the token hangs. All sessions of a process share one login (PKCS#11 v3.0, 5.6.8), so
        that whoever opened the token next would find itself logged in, and then not any more."""
        self._calls.put(None)
        if not self._stuck:
            self._thread.join(CLOSES_WITHIN)

    async def key(self, label: str) -> TokenKey:
        """The AES key of this label. Raises `WrappingError`."""
        return TokenKey(self, await self.call(lambda session: _id_of(_only(session, {Attribute.LABEL: label}, label), label)))

    def key_named(self, name: str) -> TokenKey:
        """The key that a row names; whether it is there shows when it is used."""
        return TokenKey(self, bytes.fromhex(name.removeprefix(PREFIX)))

    async def make_key(self, label: str) -> TokenKey:
        """A new AES-256 key that cannot be extracted. Raises `WrappingError`, also where there is one of this label."""

        def work(session: pkcs11.Session) -> bytes:
            if list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label})):
                raise WrappingError(f"the token {self._label} has a key {label} already")
            key = session.generate_key(
                KeyType.AES,
                256,
                id=os.urandom(16),
                label=label,
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            return _id_of(key, label)

        return TokenKey(self, await self.call(work, write=True))

    async def call(self, work: Callable[[pkcs11.Session], T], write: bool = False) -> T:
        """The result of `work` in the token's thread, in a session that is logged in. Raises `WrappingError`."""
        if self._stuck:
            # Rooms wait for this: not once more for as long.
            raise KeyAway(self._problem)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def tell(result: Any, error: BaseException | None) -> None:
            if not future.done():
                future.set_exception(error) if error is not None else future.set_result(result)

        def answer(result: Any, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(tell, result, error)
            except RuntimeError:
                pass  # the loop has ended; nobody waits any more

        self._calls.put((work, write, answer))
        try:
            return await asyncio.wait_for(future, SECONDS)
        except TimeoutError:
            self._problem, self._stuck = f"the PKCS#11 token {self._label} does not answer", True
            raise KeyAway(self._problem) from None

    # in the thread

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            work, write, answer = call
            result: Any = None
            error: Exception | None = None
            try:
                result = self._attempt(work, write)
                self._problem = ""
            except (KeyAway, PinRefused) as caught:
                error, self._problem = caught, str(caught)
            except Exception as caught:
                error = caught
            self._stuck = False
            answer(result, error)
        self._forget()

    def _attempt(self, work: Work, write: bool) -> Any:
        if time.monotonic() < self._wait_until:
            raise KeyAway(self._problem or f"the PKCS#11 token {self._label} is away")
        if write:
            self._forget()
        try:
            if self._session is not None:
                try:
                    return work(self._session)
                except pkcs11.PKCS11Error:
                    self._door.stale = True
                    self._forget()
            self._session = self._door.open(write)
        except PinNotTaken as error:
            raise PinRefused(str(error)) from None
        except pkcs11.PKCS11Error as error:
            self._door.stale, self._wait_until = True, time.monotonic() + self._quiet
            raise KeyAway(_sentence(self._module, self._label, error)) from None
        try:
            return work(self._session)
        except _Missing as error:
            raise KeyUnknown(f"the PKCS#11 token {self._label} has no AES key {error}") from None
        except pkcs11.PKCS11Error as error:
            raise NotOpened(f"the PKCS#11 token {self._label} refuses: {type(error).__name__}") from None
        finally:
            if write:
                self._forget()

    def _forget(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            close(session)


class TokenKey:
    """One AES key of a token, by its CKA_ID. Implements `storage.wrapping.WrappingKey`."""

    def __init__(self, token: Token, key_id: bytes) -> None:
        self._token, self._id = token, key_id
        self.name = PREFIX + key_id.hex()

    async def wrap(self, key: bytes, session: str) -> bytes:
        nonce = os.urandom(NONCE)
        sealed = await self._token.call(
            lambda at: self._find(at).encrypt(key, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, session.encode(), TAG * 8))
        )
        return nonce + sealed

    async def unwrap(self, wrapped: bytes, session: str) -> bytes:
        parameters = GCMParams(wrapped[:NONCE], session.encode(), TAG * 8)
        try:
            return await self._token.call(
                lambda at: self._find(at).decrypt(wrapped[NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
            )
        except NotOpened as error:
            raise NotOpened(f"The key of session {session} does not open: {error}") from None

    async def extractable(self) -> bool:
        """Whether the token would hand the key out."""
        return await self._token.call(lambda at: bool(self._find(at)[Attribute.EXTRACTABLE]))

    def _find(self, session: pkcs11.Session) -> Any:
        return _only(session, {Attribute.ID: self._id}, self.name)


def _sentence(module: str, label: str, error: pkcs11.PKCS11Error) -> str:
    if isinstance(error, pkcs11.NoSuchToken):
        return f"there is no PKCS#11 token {label} behind {module}"
    if isinstance(error, pkcs11.MultipleTokensReturned):
        return f"there are several PKCS#11 tokens {label} behind {module}; give them different labels"
    return f"the PKCS#11 token {label} does not answer: {str(error) or type(error).__name__}"


def _id_of(key: Any, label: str) -> bytes:
    """Rows name the key by it, so that it may be given another label, and others may stand beside it."""
    if not 0 < len(key.id) <= LONGEST_ID:
        raise KeyUnknown(
            f"the AES key {label} needs a CKA_ID of 1 to {LONGEST_ID} bytes, by which what it wraps names it; it has {len(key.id)}"
        )
    return bytes(key.id)


def _only(session: pkcs11.Session, attributes: dict[Attribute, Any], named: str) -> Any:
    # Asked for at every call: a handle of a token that was away may be another object's by now.
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, **attributes}))
    if not found:
        raise _Missing(named)
    if len(found) > 1:
        raise KeyUnknown(f"the token has {len(found)} AES keys {named}; there must be one")
    return found[0]


class _Missing(pkcs11.PKCS11Error):
    """A token that is away shows no keys either, so that this is tried again like any other failure."""
