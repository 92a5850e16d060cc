"""Accounts as administrators see and alter them; every change with its entry in the log, in one transaction. Who may is decided before."""

from __future__ import annotations

import secrets
from datetime import timedelta

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from cases.actor import Actor
from cases.clock import rfc3339
from cases.errors import Conflict, Invalid, NotFound
from cases.ports import Clock
from cases.vocabulary import TAKING_ROLES, Act, Role
from storage.audit import note
from storage.database import reads
from storage.models.doors import Login
from storage.models.people import Account, Organisation, Region
from storage.models.second_factor import SecondFactor
from storage.organisations import by_of, demand_own_numbers, demand_region
from storage.provider_links import remove_provider_link
from storage.second_factor import remove_factor
from storage.sign_ins import STAFF_HOURS, end_all, revoke_links
from storage.writer import Writer

PAGE = 20


class AccountRow(msgspec.Struct):
    """`signed_in`: in how many places; `seen`: the last time, RFC 3339, or empty; `own`: the administrator's own."""

    id: str
    login: str
    name: str
    role: str
    organisation: str
    region: str
    locked: bool
    password: bool
    factor: bool
    signed_in: int
    seen: str
    own: bool


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """What the system administrator says of an account."""

    name: str
    role: Role
    organisation: str
    region: str


class AdministrationStore:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    async def find(self, actor: Actor, words: str, page: int) -> tuple[list[AccountRow], int]:
        """(twenty accounts of the actor's region, by login; how many there are). `words`: a piece of login or name."""
        asked = Account.filter(region__startswith=actor.region)
        if words:
            asked = asked.filter(Q(login__icontains=words) | Q(name__icontains=words))
        rows = await asked.using_db(reads()).order_by("login").offset((page - 1) * PAGE).limit(PAGE)
        ids = [row.id for row in rows]
        now = self._clock.now()
        open_now: dict[str, list[Login]] = {}
        for login in await Login.filter(kind="account", account__in=ids, ended_at=None, expires_at__gt=now).using_db(reads()):
            open_now.setdefault(login.account, []).append(login)
        with_factor = (
            await SecondFactor.filter(account__in=ids, confirmed_at__not_isnull=True).using_db(reads()).values_list("account", flat=True)
        )
        return [_row(row, open_now.get(row.id, []), row.id in with_factor, actor) for row in rows], await asked.using_db(reads()).count()

    async def account(self, actor: Actor, key: str) -> Account:
        """Raises `NotFound` for one that does not exist, or is of another region."""
        found = await Account.filter(id=key, region__startswith=actor.region).using_db(reads()).first()
        if found is None:
            raise NotFound("no_account", "There is no such account")
        return found

    async def places(self, actor: Actor) -> tuple[list[Organisation], list[Region]]:
        organisations = await Organisation.filter(region__startswith=actor.region).using_db(reads()).order_by("name")
        return organisations, await Region.filter(code__startswith=actor.region).using_db(reads()).order_by("code")

    async def create(self, actor: Actor, login: str, wanted: Wanted) -> str:
        """The id. Raises `Conflict` when the name to sign in with is taken, `Invalid` for a place that is not there."""

        async def job(db: BaseDBAsyncClient) -> str:
            if await Account.filter(login=login).using_db(db).exists():
                raise Conflict("login_taken", f"There is already an account called {login}")
            await self._demand_place(db, actor, wanted)
            made = await Account.create(id=secrets.token_hex(8), login=login, using_db=db, **_columns(wanted))
            await note(db, self._clock.now(), Act.CREATED, made, by_of(actor), detail=said(_columns(wanted)))
            return made.id

        return await self._writer.run(job, _nothing)

    async def alter(self, actor: Actor, key: str, wanted: Wanted) -> None:
        """Raises `Invalid` for a place that is not there. Connections that are open follow within seconds."""

        async def job(db: BaseDBAsyncClient) -> None:
            await self._demand_place(db, actor, wanted)
            account = await Account.get(id=key, using_db=db)
            before, after = said(_of(account)), _columns(wanted)
            await Account.filter(id=key).using_db(db).update(**after, changed_at=self._clock.now())
            await note(db, self._clock.now(), Act.ALTERED, account, by_of(actor), detail=f"{before} → {said(after)}")

        await self._writer.run(job, _nothing)

    async def lock(self, actor: Actor, key: str) -> list[str]:
        """Nobody comes in by it any more. Returns the sign-ins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            await Account.filter(id=key).using_db(db).update(disabled=True, changed_at=now)
            await note(db, now, Act.LOCKED, await Account.get(id=key, using_db=db), by_of(actor))
            return await end_all(db, key, now, "ended")

        return await self._writer.run(job, _nothing)

    async def unlock(self, actor: Actor, key: str) -> None:
        """Also from the lock that wrong passwords brought about."""

        async def job(db: BaseDBAsyncClient) -> None:
            now = self._clock.now()
            await Account.filter(id=key).using_db(db).update(disabled=False, failures=0, locked_until=None, changed_at=now)
            await note(db, now, Act.UNLOCKED, await Account.get(id=key, using_db=db), by_of(actor))

        await self._writer.run(job, _nothing)

    async def end_sign_ins(self, actor: Actor, key: str) -> list[str]:
        async def job(db: BaseDBAsyncClient) -> list[str]:
            ended = await end_all(db, key, self._clock.now(), "ended")
            await note(
                db, self._clock.now(), Act.SIGN_INS_ENDED, await Account.get(id=key, using_db=db), by_of(actor), detail=str(len(ended))
            )
            return ended

        return await self._writer.run(job, _nothing)

    async def reset(self, actor: Actor, key: str) -> list[str]:
        """Password, second factor, links and the identity provider's person are forgotten. Returns the sign-ins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            await Account.filter(id=key).using_db(db).update(password_hash="", failures=0, locked_until=None, changed_at=now)
            await remove_factor(db, key)
            await remove_provider_link(db, key)
            await revoke_links(db, key, now)
            await note(db, now, Act.RESET, await Account.get(id=key, using_db=db), by_of(actor))
            return await end_all(db, key, now, "ended")

        return await self._writer.run(job, _nothing)

    async def _demand_place(self, db: BaseDBAsyncClient, actor: Actor, wanted: Wanted) -> None:
        inside = Organisation.filter(id=wanted.organisation, region__startswith=actor.region)
        organisation = await inside.using_db(db).first()
        if organisation is None:
            raise Invalid("no_organisation", "There is no such organisation", field="organisation")
        if wanted.role in TAKING_ROLES:
            await demand_own_numbers(db, organisation.id, organisation.short_name)
        await demand_region(db, actor, wanted.region)


def _columns(wanted: Wanted) -> dict[str, str]:
    return {"name": wanted.name, "role": str(wanted.role), "org": wanted.organisation, "region": wanted.region}


def _of(account: Account) -> dict[str, str]:
    return {"role": account.role, "org": account.org, "region": account.region}


def said(columns: dict[str, str]) -> str:
    """For the log, which has no names."""
    return " ".join(columns[key] for key in ("role", "org", "region"))


def _row(account: Account, open_now: list[Login], factor: bool, actor: Actor) -> AccountRow:
    seen = max((login.seen_at or login.expires_at - timedelta(hours=STAFF_HOURS) for login in open_now), default=None)
    return AccountRow(
        account.id,
        account.login,
        account.name,
        account.role,
        account.org,
        account.region,
        account.disabled,
        bool(account.password_hash),
        factor,
        len(open_now),
        rfc3339(seen) if seen else "",
        account.id == actor.id,
    )


def _nothing(_: object) -> None:
    return None
