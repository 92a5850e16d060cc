"""How people come in: sign-in of staff and of residents, invitation links, and the cookie that follows from either.

The link of a seat, or of a party's own page, is exchanged once for a session cookie; opened again in the browser that has that cookie, it leads back. Opened on another device it
takes the seat over only after the person has said so, and the identity must be compared again. Links of accounts and walls may be opened on several devices.

The cookie is called `heyi_<handle>`. The handle is no secret: a tab names it (`?as=`), so that several people's pages can be open in one
browser, as on a shared computer or in the demonstration. Without a handle the tab means `main`.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.actor import Actor
from cases.errors import NotAllowed, NotFound
from cases.ports import Clock
from cases.vocabulary import ADMIN_ROLES, Act, Role
from realtime.readers import Admission
from storage import erasing, public_codes, wechat_consents
from storage.administration import AdministrationStore
from storage.audit import note
from storage.calendars import Calendars
from storage.database import reads
from storage.experts import ExpertStore
from storage.gathering import Gathering
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.organisations import OrganisationStore
from storage.residents import ResidentStore
from storage.second_factor import SecondFactorStore
from storage.sign_ins import ACCOUNT_LINKS, LASTS, SignInStore, end_within, owner_of
from storage.writer import Writer
from web.attempts import Attempts
from web.came import Came
from web.grants import Grant, hash_of, open_login
from web.links import FEED, PAGE, Links, usable
from web.own_account import OwnAccount
from web.passwords import verify_password
from web.rates import Rates
from web.resident_doors import ResidentDoors

log = structlog.get_logger("doors")
SEAT_HOURS = 24
REPORTER_DAYS = 180
MAIN = "main"
LOGIN_LENGTH = 60
"""Characters of the longest name to sign in with."""
UNKNOWN = Came()
LOGIN_ID, CODE = re.compile("[0-9a-f]{16}"), re.compile("[0-9A-Z-]{1,20}")
"""Characters of a login's id and at most of a public code, as the tables have them."""


class Doors:
    def __init__(self, writer: Writer, clock: Clock, link_key: bytes, own_hosts: frozenset[str]) -> None:
        self._writer, self._clock, self._own_hosts = writer, clock, own_hosts
        self.rates = Rates()
        self.sign_ins = SignInStore(writer, clock)
        self.factors = SecondFactorStore(writer, clock, link_key)
        self.administration = AdministrationStore(writer, clock)
        self.organisations = OrganisationStore(writer, clock)
        self.calendars = Calendars(writer, clock)
        self.experts = ExpertStore(writer, clock, link_key)
        self.residents = ResidentStore(writer, clock, link_key)
        self.of_residents = ResidentDoors(writer, clock, self.residents)
        self._attempts = Attempts(writer, clock)
        self.own = OwnAccount(writer, clock, self.factors, self._attempts)
        self._logins: Gathering[str, Login] = Gathering(_logins)
        self._accounts: Gathering[str, Account] = Gathering(_accounts)
        self.links = Links(writer, clock, link_key)
        self.codes_spent: Callable[[str], Awaitable[None]] = _untold
        """Told of a case whose entry codes were guessed at until none is in force."""

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
            if not CODE.fullmatch(public_code):
                raise NotFound("no_case", "There is no case with this code")
            await public_codes.demand_in_force(public_code)
            return Admission(Actor(kind="public", id=public_code))
        raise NotAllowed("signed_out", "Please sign in or open your link again")

    def handles(self, cookies: str) -> list[str]:
        """Of the sessions that these cookies name, whether they are in force or not."""
        try:
            jar = SimpleCookie(cookies)
        except CookieError:
            return []
        return [name.removeprefix("heyi_") for name in jar if name.startswith("heyi_")]

    def _held(self, cookies: str, login: Login) -> tuple[str, str] | None:
        """Handle and value of the cookie that has this session; None where another browser has it."""
        try:
            jar = SimpleCookie(cookies)
        except CookieError:
            return None
        for name, morsel in jar.items():
            login_id, _, secret = morsel.value.partition(".")
            if name.startswith("heyi_") and login_id == login.id and hmac.compare_digest(login.secret_hash, hash_of(secret)):
                return name.removeprefix("heyi_"), morsel.value
        return None

    async def _by_secret(self, value: str) -> Admission:
        login_id, _, secret = value.partition(".")
        fits = LOGIN_ID.fullmatch(login_id)  # anything else would cost those who are read together with it
        login = await self._logins.get(login_id) if fits else None
        if login is None or not hmac.compare_digest(login.secret_hash, hash_of(secret)):
            raise NotAllowed("signed_out", "Please sign in or open your link again")
        actor = await self._present(login)
        if actor.kind in LASTS:
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
        if login.kind == "party":
            return Actor(kind="party", id=login.seat, case_id=login.case_id)
        if login.kind == "reporter":
            return Actor(kind="reporter", id=login.case_id, case_id=login.case_id)
        if login.kind == "resident":
            return Actor(kind="resident", id=login.account)
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
        named = login_name.strip()
        # No account has a longer one, and the database's library refuses to look for it.
        account = await Account.filter(login=named).using_db(reads()).first() if len(named) <= LOGIN_LENGTH else None
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

    async def enter_proved(self, account_id: str, came: Came, provider: str) -> Grant:
        """A session of an account that the identity provider has proved, under the provider's. Raises `NotAllowed` when it is no longer in use."""
        now = self._clock.now()
        return await self._writer.run(lambda db: self._grant_account(db, account_id, now, MAIN, came, provider), _nothing)

    async def _grant_account(
        self, db: BaseDBAsyncClient, account_id: str, now: datetime, handle: str, came: Came, provider: str = ""
    ) -> Grant:
        account = await Account.get(id=account_id, using_db=db)
        if account.disabled:
            raise NotAllowed("account_disabled", "This account is no longer in use; ask your administrator")
        account.failures, account.locked_until = 0, None
        await account.save(using_db=db, update_fields=["failures", "locked_until"])
        by = "by the identity provider" if provider else ""
        await note(db, now, Act.SIGNED_IN, account, address=came.address, detail=", ".join(filter(None, (came.browser, by))))
        where = "/desk" if account.role in {Role.CENTRE, Role.MEDIATOR, Role.GRID_WORKER} else "/"
        where = "/administration" if account.role in ADMIN_ROLES else where
        return await open_login(
            db,
            self._clock.now(),
            handle,
            LASTS["account"],
            where,
            kind="account",
            account=account.id,
            region=account.region,
            address=came.address,
            browser=came.browser,
            provider=provider,
        )

    async def sign_out(self, login_id: str) -> list[str]:
        """The sign-ins that ended: this one, and a resident's cases that were opened from it."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            login, now = await Login.get(id=login_id, using_db=db), self._clock.now()
            await Login.filter(id=login_id).using_db(db).update(ended_at=now, ended_why="signed_out")
            if login.kind in LASTS:
                await note(db, now, Act.SIGNED_OUT, await owner_of(db, login.account, login.kind))
            return [login_id, *(await end_within(db, [login_id], now, "signed_out") if login.kind == "resident" else [])]

        return await self._writer.run(job, _nothing)

    # links

    async def end_number(self, case_id: str, party: str) -> list[str]:
        """What hangs on the telephone of who reported, when that is another one: the link to the own page, a resident's claim, a message allowed by WeChat, and the case
        where it was opened from an account. Returns the sign-ins that ended. A guest's session stays: it hangs on the browser that reported."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            ended, now = await self.links.end_page(db, case_id, party), self._clock.now()
            await self.residents.unclaim(db, case_id, party)
            await wechat_consents.forget(db, case_id, party)
            there = Login.filter(kind="reporter", case_id=case_id, ended_at=None).exclude(account="").using_db(db)
            opened = [str(one) for one in await there.values_list("id", flat=True)]
            await Login.filter(id__in=opened).using_db(db).update(ended_at=now, ended_why="revoked")
            return [*ended, *opened]

        return await self._writer.run(job, _nothing)

    async def enter(self, number: str, code: str, take_over: bool, came: Came = UNKNOWN, cookies: str = "") -> Grant:
        """The number of a case and an entry code for the session that its link gives. Raises `NotAllowed`, with one answer for whatever is wrong."""
        case_id = await public_codes.case_of(number)

        async def job(db: BaseDBAsyncClient) -> tuple[Grant | None, bool]:
            now = self._clock.now()
            link, spent = await self.links.of_code(db, case_id or "", code)
            return (await self._enter(db, link, now, take_over, "", came, cookies) if link is not None else None), spent

        grant, spent = await self._writer.run(job, _nothing)
        if spent:
            try:
                await self.codes_spent(str(case_id))
            except Exception as error:
                # Whoever guessed is answered as any other; that nobody could be told is no affair of theirs.
                log.error("spent entry codes told nobody", reason=type(error).__name__)
        if grant is None:
            raise NotAllowed(
                "entry_wrong", "Number or entry code is wrong, or the code is no longer in force; ask the mediator for a new one"
            )
        return grant

    async def exchange(
        self, token: str, take_over: bool, handle: str = "", code: str = "", came: Came = UNKNOWN, cookies: str = ""
    ) -> Grant:
        """A link's token for a session; the present one where `cookies` have it, since that browser has the seat already. Raises `NotAllowed` with what
        is wrong: forged, expired, revoked, used on another device, or without the code of an account that has a second factor."""
        link_id = self.links.read(token)
        known = await Link.filter(id=link_id).exclude(kind=FEED).using_db(reads()).first()
        if known is not None and known.revoked_at is not None and known.case_id and await erasing.is_erased(known.case_id):
            raise NotAllowed("case_erased", "The file of this case was destroyed; there is nothing of it any more")
        entered = usable(known, self._clock.now())
        if entered.kind in ACCOUNT_LINKS and await self.factors.is_on(entered.account):
            await self.own.demand_code(entered.account, code, came.address)

        async def job(db: BaseDBAsyncClient) -> Grant:
            now = self._clock.now()
            link = usable(await Link.filter(id=link_id).using_db(db).first(), now)
            return await self._enter(db, link, now, take_over, handle, came, cookies)

        return await self._writer.run(job, _nothing)

    async def _enter(
        self, db: BaseDBAsyncClient, link: Link, now: datetime, take_over: bool, handle: str, came: Came, cookies: str
    ) -> Grant:
        chosen = handle or secrets.token_hex(4)
        if link.kind == "once" and not await Link.filter(id=link.id, used_at=None).using_db(db).update(used_at=now):
            raise NotAllowed("link_spent", "This link was used before; ask your administrator for a new one")
        if link.kind in ACCOUNT_LINKS:
            return await self._grant_account(db, link.account, now, chosen, came)
        if link.kind == "wall":
            return await open_login(
                db, self._clock.now(), chosen, timedelta(days=365), f"/wall/{link.seat or ''}", kind="wall", region=link.account
            )
        # Of the seat, not of the link alone: a new link ends what was entered by an older one that may be in wrong hands.
        where = f"/own/{link.case_id}" if link.kind == PAGE else f"/join/{link.session_id}"
        there = Login.filter(
            kind=link.kind, case_id=link.case_id, session_id=link.session_id, seat=link.seat, ended_at=None, expires_at__gt=now
        )
        present = await there.using_db(db)
        former = [login.id for login in present]
        own = self._held(cookies, present[0]) if len(present) == 1 and not take_over else None
        if own is not None:
            return Grant(*own, present[0].id, int((present[0].expires_at - now).total_seconds()), where)
        if former and not take_over:
            raise NotAllowed("link_used", "This link is already open on another device", can_take_over=True)
        if former:
            await Login.filter(id__in=former).using_db(db).update(ended_at=now, ended_why="taken_over")
        await Link.filter(id=link.id).using_db(db).update(used_at=now)
        left = min(timedelta(hours=SEAT_HOURS), link.expires_at - now)
        grant = await open_login(
            db,
            self._clock.now(),
            chosen,
            left,
            where,
            kind=link.kind,
            case_id=link.case_id,
            session_id=link.session_id,
            seat=link.seat,
            link=link.id,
        )
        grant.taken_over, grant.case_id, grant.session_id, grant.seat = former, link.case_id, link.session_id, link.seat
        return grant

    async def reporter(self, case_id: str) -> Grant:
        """The session of whoever has just reported a case, so that the page can follow it."""

        async def job(db: BaseDBAsyncClient) -> Grant:
            return await open_login(
                db, self._clock.now(), f"r{case_id}", timedelta(days=REPORTER_DAYS), f"/mine/{case_id}", kind="reporter", case_id=case_id
            )

        return await self._writer.run(job, _nothing)


async def _logins(ids: list[str]) -> dict[str, Login]:
    return {login.id: login for login in await Login.filter(id__in=ids).using_db(reads())}


async def _accounts(ids: list[str]) -> dict[str, Account]:
    return {account.id: account for account in await Account.filter(id__in=ids).using_db(reads())}


def _nothing(_: object) -> None:
    return None


async def _untold(_: str) -> None:
    return None
