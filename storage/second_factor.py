"""Second factors at rest: enrolled, confirmed, passed once with each code, removed. The rules of codes are in `cases.second_factor`.

Secrets are encrypted and recovery codes hashed under keys that are derived (HKDF, RFC 5869) from the installation's own, which is not in the
database: whoever has the database alone has neither.
"""

from __future__ import annotations

import hmac
import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import rfc3339
from cases.errors import Conflict, Unavailable
from cases.ports import Clock
from cases.second_factor import fresh_recovery_codes, fresh_secret, parse_code, step_of
from cases.vocabulary import Act
from storage.audit import note
from storage.database import reads
from storage.models.people import Account
from storage.models.second_factor import RecoveryCode, SecondFactor
from storage.writer import Writer

NONCE = 12


class FactorState(msgspec.Struct):
    """`since` in RFC 3339, empty while it is off; `codes`: recovery codes that are left."""

    on: bool
    since: str
    codes: int


class SecondFactorStore:
    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock = writer, clock
        self._cipher = AESGCM(_derived(key, b"heyi.second-factor.secret.v1"))
        self._hash_key = _derived(key, b"heyi.second-factor.recovery.v1")

    async def state(self, account: str) -> FactorState:
        row = await SecondFactor.filter(account=account).using_db(reads()).first()
        if row is None or row.confirmed_at is None:
            return FactorState(False, "", 0)
        left = await RecoveryCode.filter(account=account, used_at=None).using_db(reads()).count()
        return FactorState(True, rfc3339(row.confirmed_at), left)

    async def is_on(self, account: str) -> bool:
        return await SecondFactor.filter(account=account, confirmed_at__not_isnull=True).using_db(reads()).exists()

    async def begin(self, account: str) -> bytes:
        """A fresh secret, which counts once it is confirmed; one that was begun before is forgotten. Raises `Conflict` where it is on."""
        secret = fresh_secret()

        async def job(db: BaseDBAsyncClient) -> None:
            if await SecondFactor.filter(account=account, confirmed_at__not_isnull=True).using_db(db).exists():
                raise Conflict("second_factor_on", "The second factor is on already")
            await SecondFactor.filter(account=account).using_db(db).delete()
            await SecondFactor.create(account=account, secret=self._sealed(account, secret), begun_at=self._clock.now(), using_db=db)

        await self._writer.run(job, _nothing)
        return secret

    async def confirm(self, db: BaseDBAsyncClient, account: str, code: str) -> list[str]:
        """In a transaction: from now on it is asked for; returns the recovery codes, once. Empty: a wrong code. Raises `Conflict` where nothing was begun."""
        row = await SecondFactor.filter(account=account, confirmed_at=None).using_db(db).first()
        if row is None:
            raise Conflict("second_factor_not_begun", "Begin with the QR code first; it may have been begun anew elsewhere")
        plain, recovery = parse_code(code)
        if not plain or recovery or not await self._fits(db, row, plain):
            return []
        await SecondFactor.filter(account=account).using_db(db).update(confirmed_at=self._clock.now())
        await self._note(db, Act.FACTOR_ON, account)
        return await self._fresh_codes(db, account)

    async def passes(self, db: BaseDBAsyncClient, account: str, code: str) -> bool:
        """In a transaction: whether this code, of the phone or of the recovery codes, is good now. It is not good again."""
        plain, recovery = parse_code(code)
        row = await SecondFactor.filter(account=account, confirmed_at__not_isnull=True).using_db(db).first()
        if row is None or not plain:
            return False
        if recovery:
            unused = RecoveryCode.filter(hash=self._hashed(account, plain), account=account, used_at=None)
            return bool(await unused.using_db(db).update(used_at=self._clock.now()))
        return await self._fits(db, row, plain)

    async def renew_codes(self, account: str) -> list[str]:
        """Ten others instead of the recovery codes there were."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            await self._note(db, Act.CODES_RENEWED, account)
            return await self._fresh_codes(db, account)

        return await self._writer.run(job, _nothing)

    async def remove(self, account: str) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            await self._note(db, Act.FACTOR_OFF, account)
            await remove_factor(db, account)

        await self._writer.run(job, _nothing)

    async def _note(self, db: BaseDBAsyncClient, act: Act, account: str) -> None:
        await note(db, self._clock.now(), act, await Account.get(id=account, using_db=db))

    async def _fits(self, db: BaseDBAsyncClient, row: SecondFactor, plain: str) -> bool:
        step = step_of(self._opened(row.account, row.secret), plain, self._clock.now())
        if step is None:
            return False
        # Compared and set at once: of two nodes that were given the same code, one says no.
        return bool(await SecondFactor.filter(account=row.account, last_step__lt=step).using_db(db).update(last_step=step))

    async def _fresh_codes(self, db: BaseDBAsyncClient, account: str) -> list[str]:
        codes = fresh_recovery_codes()
        await RecoveryCode.filter(account=account).using_db(db).delete()
        for code in codes:
            await RecoveryCode.create(hash=self._hashed(account, parse_code(code)[0]), account=account, using_db=db)
        return codes

    def _sealed(self, account: str, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, account.encode())

    def _opened(self, account: str, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(bytes(sealed[:NONCE]), bytes(sealed[NONCE:]), account.encode())
        except InvalidTag:
            # Closed rather than open: with foreign keys nobody comes in by the password alone.
            raise Unavailable("second_factor_unreadable", "The second factor does not open with this installation's keys") from None

    def _hashed(self, account: str, plain: str) -> str:
        return hmac.new(self._hash_key, f"{account}|{plain}".encode(), "sha256").hexdigest()


async def remove_factor(db: BaseDBAsyncClient, account: str) -> None:
    await SecondFactor.filter(account=account).using_db(db).delete()
    await RecoveryCode.filter(account=account).using_db(db).delete()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, purpose).derive(key)


def _nothing(_: object) -> None:
    return None
