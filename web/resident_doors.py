"""How residents come in: into the account by a proved number, and from it to the own reports."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import NotAllowed
from cases.ports import Clock
from storage.models.doors import Login
from storage.residents import ResidentStore
from storage.sign_ins import LASTS
from storage.writer import Writer
from web.came import Came
from web.grants import Grant, open_login

RESIDENT = "me"
"""The handle of a resident's session: beside that of staff, of a guest's report and of a seat in the same browser."""


class ResidentDoors:
    def __init__(self, writer: Writer, clock: Clock, residents: ResidentStore) -> None:
        self._writer, self._clock, self._residents = writer, clock, residents

    async def resident(self, phone: str, code: str, consent: str, came: Came) -> Grant:
        """The session of whoever has this number, by its code, and has just agreed to the notice; registered by it, where there was no account."""

        async def job(db: BaseDBAsyncClient) -> Grant:
            resident = await self._residents.enter(db, phone, code, consent, came.address, came.browser)
            who = {"account": resident, "address": came.address, "browser": came.browser}
            return await open_login(db, self._clock.now(), RESIDENT, LASTS["resident"], "/mine", kind="resident", **who)

        return await self._writer.run(job, _nothing)

    async def own_case(self, login: str, resident: str, case_id: str) -> Grant:
        """The session in which a resident follows the own report; it ends with the sign-in that it was opened from."""

        async def job(db: BaseDBAsyncClient) -> Grant:
            # Locked: what ends the sign-in meanwhile waits, and then ends this too.
            from_ = await Login.filter(id=login, ended_at=None).select_for_update().using_db(db).first()
            if from_ is None:
                raise NotAllowed("session_ended", "This session has ended; please sign in or open your link again")
            left = from_.expires_at - self._clock.now()
            return await open_login(
                db,
                self._clock.now(),
                f"m{case_id}",
                left,
                f"/mine/{case_id}",
                kind="reporter",
                case_id=case_id,
                account=resident,
                link=login,
            )

        return await self._writer.run(job, _nothing)


def _nothing(_: object) -> None:
    return None
