"""Accounts made and altered from the command line, also while servers run: they notice by `changed_at`."""

from __future__ import annotations

import secrets
from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import SystemClock
from cases.errors import Conflict, NotFound
from cases.identity import parse_name, parse_text
from cases.vocabulary import Role
from storage.database import close_database, open_database
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.second_factor import remove_factor
from storage.sign_ins import end_all
from storage.writer import Writer
from web.doors import Doors
from web.keys import load_key
from web.passwords import hash_password
from web.settings import Settings

LINK_DAYS = 7
"""For coming in without a password; one is chosen then."""


async def make_administrator(settings: Settings, login: str, name: str, password: str) -> None:
    """Raises `Conflict` when the name to sign in with is taken, `Invalid` for a password that is too short."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashed = await hash_password(password)
    await open_database(settings.database_url)
    try:
        login = parse_text(login, "login", 60)
        if await Account.filter(login=login).exists():
            raise Conflict("login_taken", f"There is already an account called {login}")
        await Account.create(id=secrets.token_hex(8), login=login, name=parse_name(name), role=Role.ADMINISTRATOR, password_hash=hashed)
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
        account.password_hash, account.changed_at = "", now
        await account.save(update_fields=["password_hash", "changed_at"])
        # Whoever is in by an older way could otherwise choose the password first.
        await Link.filter(kind="account", account=account.id, revoked_at=None).update(revoked_at=now)
        await Login.filter(kind="account", account=account.id, ended_at=None).update(ended_at=now, ended_why="password_changed")
        doors = Doors(writer, SystemClock(), load_key(settings.folder, "links"), frozenset())
        return f"{settings.base_url}/j#{await doors.issue('account', timedelta(days=LINK_DAYS), account=account.id)}"
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

        await writer.run(job, lambda _: None)
    finally:
        await writer.stop()
        await close_database()


async def alter(login: str, *, disabled: bool | None = None, role: Role | None = None) -> str:
    """The same in an open database; returns the account's id."""
    account = await Account.filter(login=login).first()
    if account is None:
        raise NotFound("no_account", f"There is no account called {login}")
    if disabled is not None:
        account.disabled = disabled
    if role is not None:
        account.role = role
    account.changed_at = SystemClock().now()
    await account.save(update_fields=["disabled", "role", "changed_at"])
    return account.id
