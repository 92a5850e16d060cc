"""Accounts linked to persons of the identity provider, and the tries to come in by it, each good once. Every link and unlinking with its entry in the log."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from cases.errors import Conflict, NotAllowed
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note
from storage.database import reads
from storage.models.doors import Login
from storage.models.people import Account
from storage.models.provider_links import ProviderAttempt, ProviderLink
from storage.writer import Writer


def hashed(issuer: str, name: str) -> str:
    """Of a person or a session at the provider: by it they are known again, and nothing is told of them."""
    return hashlib.sha256(f"{issuer}\0{name}".encode()).hexdigest()


class ProviderLinkStore:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    # tries

    async def begin(self, key: str, lasts: timedelta, login: str, former: list[str]) -> None:
        """A try of a browser. `former`: of the same browser, that give way; whatever is over goes too."""

        async def job(db: BaseDBAsyncClient) -> None:
            now = self._clock.now()
            await ProviderAttempt.filter(expires_at__lte=now).using_db(db).delete()
            if former:
                await ProviderAttempt.filter(id__in=former).using_db(db).delete()
            await ProviderAttempt.create(id=key, login=login, expires_at=now + lasts, using_db=db)

        await self._writer.run(job, _nothing)

    async def take(self, key: str) -> ProviderAttempt | None:
        """The try that the browser comes back with, once. None: it is over, was taken, or never was."""

        async def job(db: BaseDBAsyncClient) -> ProviderAttempt | None:
            now = self._clock.now()
            there = ProviderAttempt.filter(id=key, used_at=None, expires_at__gt=now)
            return await ProviderAttempt.get(id=key, using_db=db) if await there.using_db(db).update(used_at=now) else None

        return await self._writer.run(job, _nothing)

    async def links(self, key: str) -> bool:
        """Whether this try links an account that is signed in."""
        return await ProviderAttempt.filter(id=key).exclude(login="").using_db(reads()).exists()

    async def forget(self, key: str) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            await ProviderAttempt.filter(id=key).using_db(db).delete()

        await self._writer.run(job, _nothing)

    async def wait_for_code(self, key: str, account: str, session: str, lasts: timedelta) -> None:
        """The provider has proved an account that has a second factor here."""

        async def job(db: BaseDBAsyncClient) -> None:
            until = self._clock.now() + lasts
            await ProviderAttempt.filter(id=key).using_db(db).update(account=account, session=session, expires_at=until)

        await self._writer.run(job, _nothing)

    async def waiting(self, keys: list[str]) -> ProviderAttempt | None:
        """The newest of these tries whose account waits for its code."""
        there = ProviderAttempt.filter(id__in=keys, expires_at__gt=self._clock.now()).exclude(account="")
        return await there.using_db(reads()).order_by("-expires_at").first()

    # links

    async def account_of(self, person: str) -> Account | None:
        link = await ProviderLink.filter(id=person).using_db(reads()).first()
        return await Account.filter(id=link.account).using_db(reads()).first() if link is not None else None

    async def since(self, account: str) -> datetime | None:
        link = await ProviderLink.filter(account=account).using_db(reads()).first()
        return link.since if link is not None else None

    async def link(self, account: str, login: str, person: str, address: str) -> None:
        """By the account's owner, who is signed in by `login`. Raises `Conflict`, and `NotAllowed` when that has ended meanwhile."""

        async def job(db: BaseDBAsyncClient) -> None:
            now = self._clock.now()
            there = Login.filter(id=login, kind="account", account=account, ended_at=None, expires_at__gt=now)
            if not await there.using_db(db).exists() or await Account.filter(id=account, disabled=True).using_db(db).exists():
                raise NotAllowed("signed_out", "Please sign in or open your link again")
            await enter_link(db, now, account, person, address)

        await self._writer.run(job, _nothing)

    async def adopt(self, account: str, person: str, address: str) -> None:
        """Link an account that the provider's claim names, the first time. Raises `Conflict` where it is somebody else's already."""

        async def job(db: BaseDBAsyncClient) -> None:
            await enter_link(db, self._clock.now(), account, person, address, detail="by its name")

        await self._writer.run(job, _nothing)

    async def unlink(self, account: str, but: str) -> list[str]:
        """Returns the sign-ins that came by the provider and have ended with it, all but `but`."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            if await remove_provider_link(db, account):
                await note(db, now, Act.PROVIDER_UNLINKED, await Account.get(id=account, using_db=db))
            return await _end(db, Login.filter(account=account).exclude(provider="").exclude(id=but), now)

        return await self._writer.run(job, _nothing)

    async def end(self, person: str, session: str) -> list[str]:
        """The provider says that a session there is over, or, without `session`, every one of a person. Returns the sign-ins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            if session:
                await ProviderAttempt.filter(session=session).using_db(db).delete()
                return await _end(db, Login.filter(provider=session), now)
            link = await ProviderLink.filter(id=person).using_db(db).first()
            return await _end(db, Login.filter(account=link.account).exclude(provider=""), now) if link is not None else []

        return await self._writer.run(job, _nothing)


async def enter_link(db: BaseDBAsyncClient, now: datetime, account: str, person: str, address: str, detail: str = "") -> None:
    """In a transaction. Raises `Conflict` where either of the two is linked already."""
    if await ProviderLink.filter(account=account).using_db(db).exists():
        raise Conflict("oidc_linked", "This account is linked already; unlink it first")
    if await ProviderLink.filter(id=person).using_db(db).exists():
        raise Conflict("oidc_taken", "This person of the identity provider has another account here")
    try:
        await ProviderLink.create(id=person, account=account, since=now, using_db=db)
    except IntegrityError:  # another node was first
        raise Conflict("oidc_taken", "This person of the identity provider has another account here") from None
    await note(db, now, Act.PROVIDER_LINKED, await Account.get(id=account, using_db=db), address=address, detail=detail)


async def remove_provider_link(db: BaseDBAsyncClient, account: str) -> int:
    """How many there were: one, or none. Whoever waits for the second factor after the provider's word waits in vain."""
    await ProviderAttempt.filter(account=account).using_db(db).delete()
    return int(await ProviderLink.filter(account=account).using_db(db).delete())


async def _end(db: BaseDBAsyncClient, logins: QuerySet[Login], now: datetime) -> list[str]:
    there = logins.filter(kind="account", ended_at=None).using_db(db)
    rows = await there
    ended = [row.id for row in rows]
    if ended:
        await Login.filter(id__in=ended).using_db(db).update(ended_at=now, ended_why="ended")
        for account in sorted({row.account for row in rows}):
            await note(db, now, Act.SIGN_INS_ENDED, await Account.get(id=account, using_db=db), detail=f"{len(ended)}, by the provider")
    return ended


def _nothing(_: object) -> None:
    return None
