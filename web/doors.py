"""How people come in: sign-in of staff, invitation links, and the cookie that follows from either.

A link's token is signed, expires, and can be revoked. It stands in the fragment of the address, so that no log and no Referer sees it.
A seat's link is exchanged once for a session cookie; opened on another device it takes the seat over only after the person has said so,
and the identity must be compared again. Links of accounts and walls may be opened on several devices.

The cookie is called `heyi_<handle>`. The handle is no secret: a tab names it (`?as=`), so that several people's pages can be open in one
browser, as on a shared computer or in the demonstration. Without a handle the tab means `main`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

import msgspec
from itsdangerous import BadSignature, URLSafeSerializer
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.actor import Actor
from cases.errors import NotAllowed, NotFound
from cases.ports import Clock
from cases.vocabulary import ADMIN_ROLES, Act, Role
from realtime.readers import Admission
from storage.administration import AdministrationStore
from storage.audit import note
from storage.calendars import Calendars
from storage.database import reads
from storage.gathering import Gathering
from storage.models.cases import CaseRow
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.organisations import OrganisationStore
from storage.second_factor import SecondFactorStore
from storage.sign_ins import ACCOUNT_LINKS, STAFF_HOURS, SignInStore
from storage.writer import Writer
from web.attempts import Attempts
from web.came import Came
from web.own_account import OwnAccount
from web.passwords import verify_password
from web.rates import Rates

SEAT_HOURS = 24
REPORTER_DAYS = 180
MAIN = "main"
UNKNOWN = Came()
LOGIN_ID, CODE = re.compile("[0-9a-f]{16}"), re.compile("[0-9A-Z-]{1,20}")
"""Characters of a login's id and at most of a public code, as the tables have them."""


class Grant(msgspec.Struct):
    """A fresh session: the cookie to set, and where the browser should go."""

    handle: str
    secret: str
    login: str
    max_age: int
    where: str
    taken_over: list[str] = []  # the logins that this one replaced
    case_id: str = ""
    session_id: str = ""
    seat: str = ""


class Doors:
    def __init__(self, writer: Writer, clock: Clock, link_key: bytes, own_hosts: frozenset[str]) -> None:
        self._writer, self._clock, self._own_hosts = writer, clock, own_hosts
        self.rates = Rates()
        self.sign_ins = SignInStore(writer, clock)
        self.factors = SecondFactorStore(writer, clock, link_key)
        self.administration = AdministrationStore(writer, clock)
        self.organisations = OrganisationStore(writer, clock)
        self.calendars = Calendars(writer, clock)
        self._attempts = Attempts(writer, clock)
        self.own = OwnAccount(writer, clock, self.factors, self._attempts)
        self._logins: Gathering[str, Login] = Gathering(_logins)
        self._accounts: Gathering[str, Account] = Gathering(_accounts)
        self._signer = URLSafeSerializer(link_key, salt="heyi.link.v1")

    # who is there

    async def admit(self, cookies: str, handle: str, public_code: str = "", address: str = "") -> Admission:
        """Who asks. Without a session, the holder of a public code is let in to that code's page alone."""
        try:
            jar = SimpleCookie(cookies)
        except CookieError:
            jar = SimpleCookie()
        name = f"heyi_{handle or MAIN}"
        if name in jar and not public_code:
            return await self._by_secret(jar[name].value)
        if public_code:
            self.rates.spend("code", address)
            if not CODE.fullmatch(public_code) or not await CaseRow.filter(code=public_code).using_db(reads()).exists():
                raise NotFound("no_case", "There is no case with this code")
            return Admission(Actor(kind="public", id=public_code))
        raise NotAllowed("signed_out", "Please sign in or open your link again")

    async def _by_secret(self, value: str) -> Admission:
        login_id, _, secret = value.partition(".")
        fits = LOGIN_ID.fullmatch(login_id)  # anything else would cost those who are read together with it
        login = await self._logins.get(login_id) if fits else None
        if login is None or not hmac.compare_digest(login.secret_hash, _hash(secret)):
            raise NotAllowed("signed_out", "Please sign in or open your link again")
        actor = await self._present(login)
        if actor.kind == "account":
            self.sign_ins.saw(login.id)
        return Admission(actor, login.id, login.expires_at)

    async def _present(self, login: Login) -> Actor:
        if login.ended_at is not None or login.expires_at <= self._clock.now():
            raise NotAllowed("session_ended", "This session has ended; please sign in or open your link again")
        return await self._actor(login)

    async def actor_of(self, login_id: str) -> Actor:
        """Who a sign-in is by now. Raises `NotAllowed` when it has ended or its account is no longer in use."""
        login = await self._logins.get(login_id)
        if login is None:
            raise NotAllowed("signed_out", "Please sign in or open your link again")
        return await self._present(login)

    async def changes_since(self, moment: datetime) -> tuple[list[tuple[str, str]], list[str]]:
        """Sign-ins that ended since then, with why, and accounts that were altered since then: by any node or process."""
        ended = await Login.filter(ended_at__gte=moment).using_db(reads()).values_list("id", "ended_why")
        accounts = await Account.filter(changed_at__gte=moment).using_db(reads()).values_list("id", flat=True)
        return [(str(i), str(why)) for i, why in ended], [str(a) for a in accounts]

    async def _actor(self, login: Login) -> Actor:
        if login.kind == "seat":
            return Actor(kind="seat", id=login.seat, case_id=login.case_id, session_id=login.session_id)
        if login.kind == "reporter":
            return Actor(kind="reporter", id=login.case_id, case_id=login.case_id)
        if login.kind == "wall":
            return Actor(kind="wall", id=login.region, region=login.region, role=Role.WALL)
        account = await self._accounts.get(login.account)
        if account is None or account.disabled:
            raise NotAllowed("account_disabled", "This account is no longer in use; ask your administrator")
        return Actor(kind="account", id=account.id, name=account.name, role=Role(account.role), org=account.org, region=account.region)

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        """A browser names its page's origin on every websocket and unsafe request; only our own is served. No origin: not a browser."""
        if origin is None:
            return True
        netloc = urlsplit(origin).netloc.lower()
        return bool(netloc) and (netloc == (host or "").lower() or netloc in self._own_hosts)

    # sign-in

    async def sign_in(self, login_name: str, password: str, code: str = "", came: Came = UNKNOWN) -> Grant:
        """Raises `NotAllowed` for wrong data, and without `code` where there is a second factor; `TooMuch` while locked."""
        now = self._clock.now()
        account = await Account.filter(login=login_name.strip()).using_db(reads()).first()
        if account is not None:
            self._attempts.demand_open(account)
        good = await verify_password(account.password_hash if account else "", password)
        if account is None or not good or account.disabled:
            if account is not None:
                await self._attempts.failed(account.id, came.address)
            raise NotAllowed("wrong_password", "Name or password is wrong")
        if await self.factors.is_on(account.id):
            await self.own.demand_code(account.id, code, came.address)
        return await self._writer.run(lambda db: self._grant_account(db, account.id, now, MAIN, came), _nothing)

    async def _grant_account(self, db: BaseDBAsyncClient, account_id: str, now: datetime, handle: str, came: Came) -> Grant:
        account = await Account.get(id=account_id, using_db=db)
        if account.disabled:
            raise NotAllowed("account_disabled", "This account is no longer in use; ask your administrator")
        account.failures, account.locked_until = 0, None
        await account.save(using_db=db, update_fields=["failures", "locked_until"])
        await note(db, now, Act.SIGNED_IN, account, address=came.address, detail=came.browser)
        where = "/desk" if account.role in {Role.CENTRE, Role.MEDIATOR, Role.GRID_WORKER} else "/"
        where = "/administration" if account.role in ADMIN_ROLES else where
        return await self._open(
            db,
            handle,
            timedelta(hours=STAFF_HOURS),
            where,
            kind="account",
            account=account.id,
            region=account.region,
            address=came.address,
            browser=came.browser,
        )

    async def sign_out(self, login_id: str) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            login = await Login.get(id=login_id, using_db=db)
            await Login.filter(id=login_id).using_db(db).update(ended_at=self._clock.now(), ended_why="signed_out")
            if login.kind == "account":
                await note(db, self._clock.now(), Act.SIGNED_OUT, await Account.get(id=login.account, using_db=db))

        await self._writer.run(job, _nothing)

    # links

    async def issue(self, kind: str, lifetime: timedelta, **where: str) -> str:
        """Make a link of kind seat, account, once (an account's, for one use) or wall; return its token. An older unused link to the same seat is revoked."""

        async def job(db: BaseDBAsyncClient) -> str:
            now = self._clock.now()
            if kind == "seat":
                older = Link.filter(session_id=where["session_id"], seat=where["seat"], revoked_at=None)
                await older.using_db(db).update(revoked_at=now)
            link = await Link.create(id=secrets.token_hex(12), kind=kind, expires_at=now + lifetime, using_db=db, **where)
            return link.id

        return str(self._signer.dumps(await self._writer.run(job, _nothing)))

    async def exchange(self, token: str, take_over: bool, handle: str = "", code: str = "", came: Came = UNKNOWN) -> Grant:
        """A link's token for a session. Raises `NotAllowed` with what is wrong: forged, expired, revoked, used on another device, or without the
        code of an account that has a second factor."""
        link_id = self._read(token)
        entered = _usable(await Link.filter(id=link_id).using_db(reads()).first(), self._clock.now())
        if entered.kind in ACCOUNT_LINKS and await self.factors.is_on(entered.account):
            await self.own.demand_code(entered.account, code, came.address)

        async def job(db: BaseDBAsyncClient) -> Grant:
            now = self._clock.now()
            link = _usable(await Link.filter(id=link_id).using_db(db).first(), now)
            return await self._enter(db, link, now, take_over, handle, came)

        return await self._writer.run(job, _nothing)

    async def device(self, token: str) -> Actor:
        """The seat of a link that is used by a device, each time anew, without a session. Raises `NotAllowed` with what is wrong."""
        link = _usable(await Link.filter(id=self._read(token), kind="seat").using_db(reads()).first(), self._clock.now())
        return Actor(kind="seat", id=link.seat, case_id=link.case_id, session_id=link.session_id)

    def _read(self, token: str) -> str:
        """The link's id."""
        try:
            return str(self._signer.loads(token[:400]))
        except BadSignature:
            raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one") from None

    async def _enter(self, db: BaseDBAsyncClient, link: Link, now: datetime, take_over: bool, handle: str, came: Came) -> Grant:
        chosen = handle or secrets.token_hex(4)
        if link.kind == "once" and not await Link.filter(id=link.id, used_at=None).using_db(db).update(used_at=now):
            raise NotAllowed("link_spent", "This link was used before; ask your administrator for a new one")
        if link.kind in ACCOUNT_LINKS:
            return await self._grant_account(db, link.account, now, chosen, came)
        if link.kind == "wall":
            return await self._open(db, chosen, timedelta(days=365), f"/wall/{link.seat or ''}", kind="wall", region=link.account)
        # Of the seat, not of the link alone: a new link ends what was entered by an older one that may be in wrong hands.
        there = Login.filter(session_id=link.session_id, seat=link.seat, ended_at=None, expires_at__gt=now)
        former = [str(i) for i in await there.using_db(db).values_list("id", flat=True)]
        if former and not take_over:
            raise NotAllowed("link_used", "This link is already open on another device", can_take_over=True)
        if former:
            await Login.filter(id__in=former).using_db(db).update(ended_at=now, ended_why="taken_over")
        await Link.filter(id=link.id).using_db(db).update(used_at=now)
        left = min(timedelta(hours=SEAT_HOURS), link.expires_at - now)
        grant = await self._open(
            db,
            chosen,
            left,
            f"/join/{link.session_id}",
            kind="seat",
            case_id=link.case_id,
            session_id=link.session_id,
            seat=link.seat,
            link=link.id,
        )
        grant.taken_over, grant.case_id, grant.session_id, grant.seat = former, link.case_id, link.session_id, link.seat
        return grant

    async def revoke_seat(self, session_id: str, seat: str) -> list[str]:
        """End a seat's links and sessions at once; returns the logins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            await Link.filter(session_id=session_id, seat=seat, revoked_at=None).using_db(db).update(revoked_at=now)
            ended = await Login.filter(session_id=session_id, seat=seat, ended_at=None).using_db(db).values_list("id", flat=True)
            there = Login.filter(session_id=session_id, seat=seat, ended_at=None).using_db(db)
            await there.update(ended_at=now, ended_why="revoked")
            return [str(e) for e in ended]

        return await self._writer.run(job, _nothing)

    async def reporter(self, case_id: str) -> Grant:
        """The session of whoever has just reported a case, so that the page can follow it."""

        async def job(db: BaseDBAsyncClient) -> Grant:
            return await self._open(db, f"r{case_id}", timedelta(days=REPORTER_DAYS), f"/mine/{case_id}", kind="reporter", case_id=case_id)

        return await self._writer.run(job, _nothing)

    async def _open(self, db: BaseDBAsyncClient, handle: str, lifetime: timedelta, where: str, **fields: str) -> Grant:
        login_id, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
        await Login.create(id=login_id, secret_hash=_hash(secret), expires_at=self._clock.now() + lifetime, using_db=db, **fields)
        return Grant(handle, f"{login_id}.{secret}", login_id, int(lifetime.total_seconds()), where)


def _usable(link: Link | None, now: datetime) -> Link:
    if link is None:
        raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one")
    if link.revoked_at is not None:
        raise NotAllowed("link_revoked", "This link was replaced or withdrawn; ask the mediator for a new one")
    if link.expires_at <= now:
        raise NotAllowed("link_expired", "This link has expired; ask the mediator for a new one")
    return link


async def _logins(ids: list[str]) -> dict[str, Login]:
    return {login.id: login for login in await Login.filter(id__in=ids).using_db(reads())}


async def _accounts(ids: list[str]) -> dict[str, Account]:
    return {account.id: account for account in await Account.filter(id__in=ids).using_db(reads())}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _nothing(_: object) -> None:
    return None
