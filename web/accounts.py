"""Accounts made and altered from the command line, also while servers run: they notice by `changed_at`."""

from __future__ import annotations

import secrets
from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from cases.clock import SystemClock
from cases.errors import Conflict, NotFound
from cases.identity import parse_name, parse_text
from cases.vocabulary import Act, Role
from storage.audit import OPERATOR, note
from storage.database import close_database, open_database
from storage.models.people import Account, Region
from storage.provider_links import remove_provider_link
from storage.second_factor import remove_factor
from storage.sign_ins import end_all, revoke_links
from storage.writer import Writer
from web.doors import Doors
from web.keys import load_key
from web.passwords import hash_password
from web.settings import Settings

BY = (OPERATOR, "")
LINK_DAYS = 7
"""For coming in without a password; one is chosen then."""


async def make_administrator(
    settings: Settings, login: str, name: str, password: str, role: Role = Role.SYSTEM_ADMIN, region: str = ""
) -> None:
    """Of the whole installation, or of a region. Raises `Conflict` when the name to sign in with is taken, `NotFound` for a region that is not
    there, `Invalid` for a password that is too short."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashed = await hash_password(password)
    await open_database(settings.database_url)
    try:
        login = parse_text(login, "login", 60)
        if await Account.filter(login=login).exists():
            raise Conflict("login_taken", f"There is already an account called {login}")
        if region and not await Region.filter(code=region).exists():
            raise NotFound("no_region", f"There is no region {region}")
        async with in_transaction("default") as db:
            made = await Account.create(
                id=secrets.token_hex(8), login=login, name=parse_name(name), role=role, region=region, password_hash=hashed, using_db=db
            )
            await note(db, SystemClock().now(), Act.CREATED, made, BY, detail=str(role))
    finally:
        await close_database()


async def alter_account(settings: Settings, login: str, *, disabled: bool | None = None, role: Role | None = None) -> None:
    """Change what an account may do. Raises `NotFound` when nobody signs in under that name."""
    await open_database(settings.database_url)
    try:
        await alter(login, disabled=disabled, role=role)
    finally:
        await close_database()


async def let_in(settings: Settings, login: str) -> str:
    """A link for somebody who forgot the password, which is forgotten with it. Raises `NotFound`."""
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        account = await Account.filter(login=login).first()
        if account is None:
            raise NotFound("no_account", f"There is no account called {login}")
        now = SystemClock().now()

        async def job(db: BaseDBAsyncClient) -> None:
            await Account.filter(id=account.id).using_db(db).update(password_hash="", changed_at=now)
            # Whoever is in by an older way could otherwise choose the password first.
            await revoke_links(db, account.id, now)
            await remove_provider_link(db, account.id)
            await end_all(db, account.id, now, "password_changed")
            await note(db, now, Act.RESET, account, BY, detail="password")

        await writer.run(job, lambda _: None)
        doors = Doors(writer, SystemClock(), load_key(settings.folder, "links"), frozenset())
        return f"{settings.base_url}/j#{await doors.links.issue('account', timedelta(days=LINK_DAYS), account=account.id)}"
    finally:
        await writer.stop()
        await close_database()


async def forget_factor(settings: Settings, login: str) -> None:
    """For somebody whose phone is lost: the second factor is off, and whoever is signed in is out. Raises `NotFound`."""
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        account = await Account.filter(login=login).first()
        if account is None:
            raise NotFound("no_account", f"There is no account called {login}")

        async def job(db: BaseDBAsyncClient) -> None:
            await remove_factor(db, account.id)
            await end_all(db, account.id, SystemClock().now(), "ended")
            await note(db, SystemClock().now(), Act.FACTOR_OFF, account, BY)

        await writer.run(job, lambda _: None)
    finally:
        await writer.stop()
        await close_database()


async def alter(login: str, *, disabled: bool | None = None, role: Role | None = None) -> str:
    """The same in an open database; returns the account's id."""
    account = await Account.filter(login=login).first()
    if account is None:
        raise NotFound("no_account", f"There is no account called {login}")
    acts = []
    if disabled is not None:
        account.disabled = disabled
        acts.append((Act.LOCKED if disabled else Act.UNLOCKED, ""))
    if role is not None:
        acts.append((Act.ALTERED, f"{account.role} → {role}"))
        account.role = role
    account.changed_at = SystemClock().now()
    async with in_transaction("default") as db:
        await account.save(update_fields=["disabled", "role", "changed_at"], using_db=db)
        for act, detail in acts:
            await note(db, account.changed_at, act, account, BY, detail=detail)
    return account.id
