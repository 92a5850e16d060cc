"""What the identity provider's word opens here: a session for a linked account, a link for whoever is signed in, and nothing for anybody else.

Nobody is created by the provider. An account is found by its link to a person (issuer and `sub`); where the settings name another claim, an account of the
office whose name to sign in with is that claim is linked the first time it comes, and by its person ever after. Administrators are linked by themselves alone.
A second factor of ours is asked for all the same, but of accounts of the office whose provider says that it asked for more than one (`amr` has `mfa`, RFC 8176).
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from cases.clock import rfc3339
from cases.errors import Conflict, NotAllowed, NotFound, Unavailable
from cases.ports import Clock
from cases.vocabulary import ADMIN_ROLES
from storage.database import reads
from storage.models.people import Account
from storage.provider_links import ProviderLinkStore, hashed
from web.came import Came
from web.doors import Doors
from web.grants import Grant
from web.oidc import attempt as attempts
from web.oidc.attempt import Attempt
from web.oidc.provider import Provider
from web.oidc.tokens import Proved, TokenRefused

TOLD = 1_000
"""Logout tokens that are remembered, so that one that is sent again ends nothing new."""


class Begun(msgspec.Struct, frozen=True):
    """`former`: cookies of tries that gave way."""

    url: str
    attempt: Attempt
    former: list[str]


class Answer(msgspec.Struct, frozen=True):
    """What came with the browser beside the state, by the names of RFC 6749, 4.1.2, and RFC 9207."""

    code: str = ""
    iss: str | None = None
    error: str = ""


class Returned(msgspec.Struct, frozen=True):
    """`grant`: somebody is in. `linked`: an account is linked. Neither: the second factor is asked for."""

    grant: Grant | None = None
    linked: bool = False


class ProviderDoors:
    def __init__(self, doors: Doors, links: ProviderLinkStore, provider: Provider | None, clock: Clock) -> None:
        self._doors, self.links, self._provider, self._clock = doors, links, provider, clock
        self._told: OrderedDict[str, None] = OrderedDict()

    @property
    def provider(self) -> Provider:
        """Raises `NotFound` where there is none."""
        if self._provider is None:
            raise NotFound("oidc_off", "No identity provider is connected here")
        return self._provider

    @property
    def connected(self) -> bool:
        return self._provider is not None

    async def begin(self, cookies: str, *, fresh: bool = False, login: str = "") -> Begun:
        """A browser goes to the provider. `login`: the sign-in that links its account. Raises `NotFound`, `Unavailable`."""
        attempt = attempts.begin()
        url = await self.provider.begin(attempt, fresh=fresh or bool(login))
        there = attempts.open_in(cookies)
        former = there[: max(0, len(there) - attempts.OPEN_AT_ONCE + 1)]
        await self.links.begin(attempt.key, attempts.LASTS, login, [old.key for old in former])
        return Begun(url, attempt, [old.cookie for old in former])

    async def link(self, account_id: str, login: str, password: str, cookies: str) -> Begun:
        """The same, to link one's own account. Raises `NotAllowed` without the present password, `Conflict` where it is linked."""
        if self.provider and await self.links.since(account_id) is not None:
            raise Conflict("oidc_linked", "This account is linked already; unlink it first")
        await self._doors.own.demand_password(account_id, password)
        return await self.begin(cookies, login=login)

    async def links_by(self, attempt: Attempt | None) -> bool:
        """Whether this try is to link an account that is signed in."""
        return attempt is not None and await self.links.links(attempt.key)

    async def back(self, attempt: Attempt | None, answer: Answer, came: Came) -> Returned:
        """The browser is back. Raises `NotAllowed` with what is wrong, `Conflict`, `Unavailable`; the try is used up by any of them."""
        row = await self.links.take(attempt.key) if attempt is not None else None
        if attempt is None or row is None:
            raise _over()
        await self.provider.demand_issuer(answer.iss)
        if answer.error:
            raise _said(answer.error)
        since = row.expires_at - attempts.LASTS if row.login else None
        proved = await self.provider.prove(attempt, answer.code, self._clock.now(), since)
        person = hashed(self.provider.issuer, proved.subject)
        if row.login:
            actor = await self._doors.actor_of(row.login)
            await self.links.link(actor.id, row.login, person, came.address)
            return Returned(linked=True)
        session = hashed(self.provider.issuer, proved.session or proved.subject)
        account = await self._account(proved, person, came.address)
        if await self._needs_code(account, proved):
            await self.links.wait_for_code(attempt.key, account.id, session, attempts.LASTS)
            return Returned()
        return Returned(await self._doors.enter_proved(account.id, came, session))

    async def finish(self, cookies: str, code: str, came: Came) -> tuple[Grant, list[str]]:
        """The second factor of an account that the provider has proved: its session, and cookies that are over. Raises `NotAllowed`, `TooMuch`."""
        there = {attempt.key: attempt for attempt in attempts.open_in(cookies)}
        row = await self.links.waiting(list(there)[: attempts.OPEN_AT_ONCE])
        if self.provider is None or row is None:
            raise _over()
        await self._doors.own.demand_code(row.account, code, came.address)
        grant = await self._doors.enter_proved(row.account, came, row.session)
        await self.links.forget(row.id)
        return grant, [there[row.id].cookie]

    async def state(self, account_id: str) -> dict[str, object]:
        """Of an account, for its owner. Raises `NotFound`."""
        since = await self.links.since(account_id) if self.provider else None
        _, password = await self._doors.own.has_password(account_id)
        return {"linked": since is not None, "since": rfc3339(since) if since else "", "password": password}

    async def unlink(self, account_id: str, login: str, password: str) -> list[str]:
        """Returns the sign-ins that ended with it. Raises `NotAllowed` without the present password, `Conflict` where there is no other way in."""
        if not (await self._doors.own.has_password(account_id))[1]:
            raise Conflict("oidc_only_way", "Choose a password first: without one and without the link you could not come in")
        await self._doors.own.demand_password(account_id, password)
        return await self.links.unlink(account_id, login)

    async def logged_out(self, token: str) -> list[str]:
        """The provider says that somebody is out. Returns the sign-ins that ended. Raises `TokenRefused`, `NotFound`, `Unavailable`."""
        told = await self.provider.logged_out(token, self._clock.now())
        if told.key in self._told:
            raise TokenRefused("jti", "this was told before")
        self._told[told.key] = None
        if len(self._told) > TOLD:
            self._told.popitem(last=False)
        issuer = self.provider.issuer
        return await self.links.end(hashed(issuer, told.subject), hashed(issuer, told.session) if told.session else "")

    async def _account(self, proved: Proved, person: str, address: str) -> Account:
        account = await self.links.account_of(person)
        if account is None and self.provider.claim != "sub" and proved.name:
            account = await self._named(proved.name, person, address)
        if account is None:
            raise NotAllowed("oidc_not_linked", "Nobody has linked an account here to this person of the identity provider")
        if account.disabled:
            raise NotAllowed("account_disabled", "This account is no longer in use; ask your administrator")
        return account

    async def _named(self, name: str, person: str, address: str) -> Account | None:
        account = await Account.filter(login=name[:60], disabled=False).using_db(reads()).first()
        if account is None or account.login != name or account.role in ADMIN_ROLES:
            return None
        try:
            await self.links.adopt(account.id, person, address)
        except Conflict:
            return None
        return account

    async def _needs_code(self, account: Account, proved: Proved) -> bool:
        believed = account.role not in ADMIN_ROLES and "mfa" in proved.methods
        return not believed and await self._doors.factors.is_on(account.id)


def _over() -> NotAllowed:
    return NotAllowed("oidc_state", "This sign-in took too long, was finished before, or began in another browser; please begin again")


def _said(error: str) -> NotAllowed | Unavailable:
    """RFC 6749, 4.1.2.1: the provider's words beside it are shown to nobody."""
    if error == "access_denied":
        return NotAllowed("oidc_denied", "The sign-in was given up at the identity provider")
    if error in {"server_error", "temporarily_unavailable"}:
        return Unavailable("oidc_away", "The identity provider does not answer at present; try again in a moment, or sign in by password")
    return NotAllowed("oidc_answer", "The identity provider did not let you in; tell your administrator")
