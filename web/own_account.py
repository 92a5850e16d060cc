"""What an account does with its own ways in: the password chosen and changed, the second factor begun, confirmed and demanded."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import NotAllowed
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note
from storage.database import reads
from storage.models.people import Account
from storage.second_factor import SecondFactorStore
from storage.sign_ins import end_all, revoke_links
from storage.writer import Writer
from web.attempts import Attempts
from web.passwords import hash_password, verify_password

WRONG_CODE = "The code is wrong, was used before, or is over; wait for the next one"


class OwnAccount:
    def __init__(self, writer: Writer, clock: Clock, factors: SecondFactorStore, attempts: Attempts) -> None:
        self._writer, self._clock, self._factors, self._attempts = writer, clock, factors, attempts

    async def demand_code(self, account_id: str, code: str, address: str = "") -> None:
        """Raises `NotAllowed` unless this is a code of the account's second factor that is good now; `TooMuch` while locked."""
        if not code:
            raise NotAllowed("code_needed", "This account has a second factor: the code of its authenticator is needed too")
        if not await self._attempts.guess(account_id, lambda db: self._factors.passes(db, account_id, code), address):
            raise NotAllowed("wrong_code", WRONG_CODE)

    async def begin_factor(self, account_id: str, present: str) -> tuple[str, bytes]:
        """(the name to sign in with, the secret to be confirmed). Raises `NotAllowed`, `TooMuch`, `Conflict`."""
        account = await Account.get(id=account_id, using_db=reads())
        await self._demand_password(account, present)
        return account.login, await self._factors.begin(account_id)

    async def confirm_factor(self, account_id: str, code: str) -> list[str]:
        """The recovery codes. Raises `NotAllowed` for a wrong code, `TooMuch`, `Conflict`."""
        codes = await self._attempts.guess(account_id, lambda db: self._factors.confirm(db, account_id, code))
        if not codes:
            raise NotAllowed("wrong_code", WRONG_CODE)
        return codes

    async def demand_password(self, account_id: str, present: str) -> None:
        """Raises `NotAllowed` unless this is the account's password, where it has one; `TooMuch` while locked."""
        await self._demand_password(await Account.get(id=account_id, using_db=reads()), present)

    async def _demand_password(self, account: Account, present: str) -> None:
        self._attempts.demand_open(account)
        if account.password_hash and not await verify_password(account.password_hash, present):
            await self._attempts.failed(account.id)
            raise NotAllowed("present_password", "The present password is wrong")

    async def has_password(self, account_id: str) -> tuple[str, bool]:
        """(the name that an account signs in with, whether it has a password)."""
        account = await Account.get(id=account_id, using_db=reads())
        return account.login, bool(account.password_hash)

    async def set_work(self, account_id: str, speciality: str, away_until: str) -> None:
        """What the centre's proposals go by. `away_until`: a day, or empty."""

        async def job(db: BaseDBAsyncClient) -> None:
            account = await Account.get(id=account_id, using_db=db)
            if (account.speciality, account.away_until) != (speciality, away_until):
                await Account.filter(id=account_id).using_db(db).update(speciality=speciality, away_until=away_until)
                await note(db, self._clock.now(), Act.WORK_ALTERED, account, detail=away_until)

        await self._writer.run(job, lambda _: None)

    async def note_sought(self, account_id: str, by: str, found: int) -> None:
        """That cases were sought by a number of somebody's; `by`: phone or identity, `found`: how many there were."""

        async def job(db: BaseDBAsyncClient) -> None:
            await note(db, self._clock.now(), Act.SOUGHT_BY_NUMBER, await Account.get(id=account_id, using_db=db), detail=f"{by} {found}")

        await self._writer.run(job, lambda _: None)

    async def set_password(self, account_id: str, login_id: str, present: str, new: str) -> list[str]:
        """Choose a password. `present` is asked for where there is one. Ends the account's links and all its sign-ins but `login_id`, which are
        returned: whoever came by a lost link is out. Raises `NotAllowed`, `TooMuch`, `Invalid`."""
        now = self._clock.now()
        await self._demand_password(await Account.get(id=account_id, using_db=reads()), present)
        hashed = await hash_password(new)

        async def job(db: BaseDBAsyncClient) -> list[str]:
            await Account.filter(id=account_id).using_db(db).update(password_hash=hashed, failures=0, locked_until=None)
            await note(db, now, Act.PASSWORD_CHOSEN, await Account.get(id=account_id, using_db=db))
            await revoke_links(db, account_id, now)
            return await end_all(db, account_id, now, "password_changed", but=login_id)

        return await self._writer.run(job, lambda _: None)
