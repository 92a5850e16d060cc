"""Wrong passwords and wrong codes, counted together for each account: five lock it for a quarter of an hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import TooMuch
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note
from storage.models.people import Account
from storage.writer import Writer

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
T = TypeVar("T")


class Attempts:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    def demand_open(self, account: Account) -> None:
        """Raises `TooMuch` while the account is locked."""
        now = self._clock.now()
        if account.locked_until is not None and account.locked_until > now:
            minutes = int((account.locked_until - now).total_seconds() // 60) + 1
            raise TooMuch("locked", f"Too many wrong passwords or codes; try again in {minutes} minutes", minutes=minutes)

    async def guess(self, account_id: str, attempt: Callable[[BaseDBAsyncClient], Awaitable[T]], address: str = "") -> T:
        """Try something that must not be guessed, under the account's row: of any number that come at once, no more than five are looked at.
        What is false or empty counts as a failure. Raises `TooMuch` while the account is locked."""

        async def job(db: BaseDBAsyncClient) -> T:
            account = await Account.filter(id=account_id).select_for_update().using_db(db).get()
            self.demand_open(account)
            result = await attempt(db)
            if not result:
                await self._count(db, account, address)
            return result

        return await self._writer.run(job, lambda _: None)

    async def failed(self, account_id: str, address: str = "") -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            await self._count(db, await Account.filter(id=account_id).select_for_update().using_db(db).get(), address)

        await self._writer.run(job, lambda _: None)

    async def _count(self, db: BaseDBAsyncClient, account: Account, address: str) -> None:
        account.failures += 1
        await note(db, self._clock.now(), Act.ATTEMPT_FAILED, account, address=address)
        if account.failures >= FAILURES_ALLOWED:
            account.failures, account.locked_until = 0, self._clock.now() + LOCKED_FOR
            await note(db, self._clock.now(), Act.LOCKED_OUT, account, address=address)
        # These two alone: who was disabled since we read must stay so.
        await account.save(using_db=db, update_fields=["failures", "locked_until"])
