"""Staff sign in by a real OpenID provider: linked, not linked, denied, away, replayed, in two tabs; with its keys changed and its clock wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from anyio.to_thread import run_sync

import web.composition
from storage.models.audit import AuditEntry
from storage.models.people import Account
from storage.models.provider_links import ProviderAttempt, ProviderLink
from storage.models.second_factor import SecondFactor
from tests.web.oidc.identity_provider import IdentityProvider, Person, key, settings_of
from tests.web.test_second_factor import OWN, PASSWORD, client, enrol, sign_in
from web.doctor_services import check_oidc
from web.doors import UNKNOWN
from web.oidc.attempt import OPEN_AT_ONCE
from web.oidc.provider import BACK, provider_of
from web.passwords import hash_password
from web.rates import LIMITS
from web.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    there = IdentityProvider(OWN)
    yield there
    there.end()


@asynccontextmanager
async def served(
    folder: Path, provider: IdentityProvider, monotonic: Callable[[], float] = time.monotonic, **more: Any
) -> AsyncIterator[tuple[Any, Any]]:
    settings = Settings(data=str(folder), media=False, log_level="error", **settings_of(provider, folder), **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web.composition, "provider_of", lambda settings: provider_of(settings, monotonic))
        async with web.composition.open_house(settings) as (house, config):
            hashed = await hash_password(PASSWORD)
            await Account.create(id="w", login="wang", name="王某", role="mediator", password_hash=hashed)
            await Account.create(id="s", login="security", name="安某", role="security_admin", password_hash=hashed)
            yield house, config.app


class Steady:
    """A clock that is put forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def forward(self, seconds: float) -> None:
        self._ahead += seconds


async def begin(http: httpx.AsyncClient, path: str = "begin", **asked: Any) -> str:
    answer = await http.post(f"/api/oidc/{path}", json=asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def at_provider(who: Person, url: str, **how: Any) -> str:
    return await run_sync(lambda: who.go(url, **how))


async def back(http: httpx.AsyncClient, where: str) -> str:
    """Where the browser is sent after it is back."""
    answer = await http.get(where)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


async def through(http: httpx.AsyncClient, who: Person, path: str = "begin", **asked: Any) -> str:
    return await back(http, await at_provider(who, await begin(http, path, **asked)))


async def linked(app: Any, who: Person, login: str = "wang") -> None:
    async with client(app) as http:
        await http.post("/api/sign-in", json={"login": login, "password": PASSWORD})
        assert await through(http, who, "link", password=PASSWORD) == "/account?linked=1"


async def test_an_account_is_linked_by_its_owner_comes_in_and_is_unlinked(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (_, app), client(app) as http, client(app) as other:
        assert (await other.get("/api/oidc")).json() == {"name": "统一身份认证"}
        who = Person("wang.at.county")
        assert await through(other, who) == "/sign-in?refused=oidc_not_linked", "nobody is created by the provider"

        assert (await http.get("/api/oidc/link")).json()["code"] == "signed_out"
        assert await sign_in(http) == ""
        assert (await http.get("/api/oidc/link")).json() == {"name": "统一身份认证", "linked": False, "since": "", "password": True}
        assert (await http.post("/api/oidc/link", json={"password": "wrong"})).json()["code"] == "present_password"
        url = await begin(http, "link", password=PASSWORD)
        assert "prompt=login" in url and "max_age=0" in url, "the person is asked again"
        assert await back(http, await at_provider(who, url)) == "/account?linked=1"
        state = (await http.get("/api/oidc/link")).json()
        assert state["linked"] and state["since"]
        assert (await http.post("/api/oidc/link", json={"password": PASSWORD})).json()["code"] == "oidc_linked"

        assert await through(other, who) == "/desk"
        assert (await other.get("/api/me")).json()["id"] == "w"
        assert not [name for name in other.cookies if name.startswith("oidc_")], "the try's cookie is gone"

        assert (await http.request("DELETE", "/api/oidc/link", json={"password": "wrong"})).json()["code"] == "present_password"
        assert (await http.request("DELETE", "/api/oidc/link", json={"password": PASSWORD})).json() == {"ended": 1}
        assert (await other.get("/api/me")).json()["code"] == "session_ended", "who came by the provider is out"
        assert await through(other, who) == "/sign-in?refused=oidc_not_linked"
        acts = [(entry.act, entry.detail) for entry in await AuditEntry.filter(subject="w").order_by("id")]
        acts = [(act, detail) for act, detail in acts if act != "attempt_failed"]
        assert [act for act, _ in acts[:5]] == ["signed_in", "provider_linked", "signed_in", "provider_unlinked", "sign_ins_ended"], acts
        assert acts[2][1] == "by the identity provider"
    with closing(sqlite3.connect(folder / "heyi.sqlite3")) as database:
        assert "wang.at.county" not in "\n".join(database.iterdump()), "who it is at the provider lies nowhere"


async def test_who_is_locked_or_another_stays_out(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (house, app), client(app) as http:
        who = Person("p1")
        await linked(app, who)
        await sign_in(http, password=PASSWORD)
        await Account.create(id="v", login="li", name="李某", role="centre", password_hash=await hash_password(PASSWORD))
        async with client(app) as second:
            await second.post("/api/sign-in", json={"login": "li", "password": PASSWORD})
            assert await through(second, who, "link", password=PASSWORD) == "/account?refused=oidc_taken"
            url = await begin(second, "link", password=PASSWORD)
            where = await at_provider(Person("p2"), url)
            await second.post("/api/sign-out")
            assert await back(second, where) == "/account?refused=session_ended", "who has signed out meanwhile links nothing"
        await Account.filter(id="w").update(disabled=True)
        async with client(app) as third:
            assert await through(third, who) == "/sign-in?refused=account_disabled"
            assert await back(third, await at_provider(who, await begin(third), give_up=False)) == "/sign-in?refused=account_disabled"
            assert await back(third, await at_provider(Person("p3"), await begin(third, fresh=True), give_up=True)) == (
                "/sign-in?refused=oidc_denied"
            )
        await Account.filter(id="w").update(disabled=False)
        grant = await house.doors.enter_proved("s", UNKNOWN, "")
        await house.doors.administration.reset(await house.doors.actor_of(grant.login), "w")
        assert await ProviderLink.all().count() == 0, "a reset forgets the link too"


async def test_an_answer_is_good_once_in_its_own_browser_and_for_ten_minutes(
    folder: Path, provider: IdentityProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    async with served(folder, provider) as (_, app), client(app) as http, client(app) as stranger:
        who = Person("p1")
        await linked(app, who)
        where = await at_provider(who, await begin(http))
        assert await back(stranger, where) == "/sign-in?refused=oidc_state", "another browser has not asked"
        assert await back(http, where.replace("state=", "state=x")) == "/sign-in?refused=oidc_state"
        assert await back(http, where) == "/desk"
        assert await back(http, where) == "/sign-in?refused=oidc_state", "replayed"

        # The code of one try in another: the verifier is not that of the code.
        first, second = await at_provider(who, await begin(http)), await begin(http)
        code = parse_qs(urlsplit(first).query)["code"][0]
        mixed = {"state": parse_qs(urlsplit(second).query)["state"][0], "code": code, "iss": provider.issuer}
        assert await back(http, f"{BACK}?{urlencode(mixed)}") == "/sign-in?refused=oidc_state"

        wrong = (await at_provider(who, await begin(http))).replace(str(provider.port), "1")
        assert await back(http, wrong) == "/sign-in?refused=oidc_answer", "of another provider (RFC 9207)"
        silent = await at_provider(who, await begin(http))
        assert await back(http, silent.partition("&iss=")[0]) == "/sign-in?refused=oidc_answer", "it says that it always names itself"
        twice = await at_provider(who, await begin(http))
        assert await back(http, twice + "&code=other") == "/sign-in?refused=oidc_answer"
        assert await back(http, f"{BACK}?code={'x' * 5000}") == "/sign-in?refused=oidc_answer"

        late = await at_provider(who, await begin(http))
        await ProviderAttempt.all().update(expires_at="2020-01-01T00:00:00+00:00")
        assert await back(http, late) == "/sign-in?refused=oidc_state"
        await begin(http)
        assert await ProviderAttempt.all().count() == 1, "what is over goes"
        told = "".join(capfd.readouterr())
        assert "an answer of another provider" in told
        assert not [word for word in (code, "p1", parse_qs(urlsplit(wrong).query)["state"][0]) if word in told], (
            "no log has a code or a person"
        )


async def test_two_tabs_and_no_more_than_five_tries_of_a_browser(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (_, app), client(app) as http:
        who = Person("p1")
        await linked(app, who)
        one, two = await begin(http), await begin(http)
        assert await back(http, await at_provider(who, two)) == "/desk"
        assert await back(http, await at_provider(who, one)) == "/desk", "each tab has a try of its own"
        urls = [await begin(http) for _ in range(OPEN_AT_ONCE + 2)]
        assert len([name for name in http.cookies if name.startswith("oidc_")]) == OPEN_AT_ONCE
        assert await back(http, await at_provider(who, urls[0])) == "/sign-in?refused=oidc_state", "the oldest gave way"
        assert await back(http, await at_provider(who, urls[-1])) == "/desk"


async def test_a_flood_is_slowed_down(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (_, app), client(app) as http:
        codes = [(await http.get(f"{BACK}?state=x")).headers["Location"] for _ in range(LIMITS["oidc"][1] + 1)]
        assert codes[0] == "/sign-in?refused=oidc_state"
        assert codes[-1].startswith("/sign-in?refused=too_fast&seconds=")
        assert (await http.post("/api/oidc/begin", json={})).status_code == 429
        told = [(await http.post("/api/oidc/logout", data={"logout_token": "x"})).status_code for _ in range(LIMITS["oidc_logout"][1] + 20)]
        assert set(told[:100]) == {400} and 429 in told
        foreign = await http.post("/api/oidc/begin", json={}, headers={"Origin": "https://elsewhere.example"})
        assert foreign.json()["code"] == "foreign_origin"


async def test_the_second_factor_is_asked_for_all_the_same(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (_, app), client(app) as http, client(app) as other:
        who = Person("p1")
        await linked(app, who)
        await sign_in(http)
        _, codes = await enrol(http)
        assert await through(other, who) == "/sign-in?code=1"
        assert (await other.get("/api/me")).json()["code"] == "signed_out"
        assert (await http.post("/api/oidc/code", json={"code": codes[0]})).json()["code"] == "oidc_state", (
            "another browser waits for nothing"
        )
        assert (await other.post("/api/oidc/code", json={"code": "AAAA-AAAA-AAAA"})).json()["code"] == "wrong_code"
        assert (await other.post("/api/oidc/code", json={"code": codes[0]})).json() == {"as": "main", "where": "/desk"}
        assert (await other.get("/api/me")).json()["id"] == "w"
        assert (await other.post("/api/oidc/code", json={"code": codes[1]})).json()["code"] == "oidc_state"
        assert await through(other, who) == "/sign-in?code=1"
        await http.request("DELETE", "/api/oidc/link", json={"password": PASSWORD})
        late = await other.post("/api/oidc/code", json={"code": codes[1]})
        assert late.json()["code"] == "oidc_state", "unlinked meanwhile: the second factor alone opens nothing"


async def test_more_than_one_factor_at_the_provider_is_believed_but_for_administrators(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (house, app):
        office, admin = Person("wang.mfa"), Person("security.mfa")
        await linked(app, office)
        await linked(app, admin, "security")
        for account in ("w", "s"):
            await house.doors.factors.begin(account)
        async with client(app) as http:
            assert await through(http, office) == "/desk", "what was begun is not on"
        await SecondFactor.all().update(confirmed_at=house.clock.now())
        async with client(app) as http:
            assert await through(http, office) == "/desk"
            assert await through(http, admin) == "/sign-in?code=1"


async def test_a_name_links_an_account_of_the_office_once_and_its_person_ever_after(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider, oidc_claim="preferred_username") as (_, app), client(app) as http:
        assert await through(http, Person("security")) == "/sign-in?refused=oidc_not_linked", "administrators are linked by themselves"
        assert await through(http, Person("Wang")) == "/sign-in?refused=oidc_not_linked"
        assert await through(http, Person("wang")) == "/desk"
        await Account.filter(id="w").update(login="wang2")
        assert await through(http, Person("wang")) == "/desk", "by the person, whatever the name is"
        await Account.filter(id="w").update(login="p9")
        assert await through(http, Person("p9")) == "/sign-in?refused=oidc_not_linked", "a name that went to another person opens nothing"


async def test_keys_are_changed_the_provider_is_away_in_the_middle_and_its_clock_is_wrong(folder: Path, provider: IdentityProvider) -> None:
    steady = Steady()
    async with served(folder, provider, steady) as (house, app), client(app) as http:
        who = Person("p1")
        await linked(app, who)
        for number, alg in enumerate(("ES256", "PS256", "EdDSA")):
            provider.end()
            provider.start(key(alg, f"next-{number}"))
            steady.forward(60)
            assert await through(http, Person("p1")) == "/desk", f"{alg}: keys are asked for again"
        provider.end()
        provider.start(key("RS256", "too-soon"))
        assert await through(http, Person("p1")) == "/sign-in?refused=oidc_token", "not again within half a minute"
        steady.forward(60)

        where = await at_provider(Person("p1"), await begin(http))
        provider.end()
        assert await back(http, where) == "/sign-in?refused=oidc_away"
        assert "the identity provider does not answer" in house.problems()
        steady.forward(3600)
        answer = await http.post("/api/oidc/begin", json={})
        assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, "oidc_away", True)
        steady.forward(60)
        provider.start(key("RS256", "wrong-clock"), shift=-1200)
        assert await through(http, Person("p1")) == "/sign-in?refused=oidc_token"
        provider.end()
        provider.start(key("RS256", "right-clock"), shift=30)
        steady.forward(60)
        assert await through(http, Person("p1")) == "/desk", "half a minute off is let pass"


async def test_who_is_out_at_the_provider_is_out_here(folder: Path, provider: IdentityProvider) -> None:
    async with served(folder, provider) as (_, app), client(app) as http, client(app) as kept, client(app) as second:
        who, elsewhere = Person("p1"), Person("p1")
        await linked(app, who)
        await sign_in(kept)
        assert await through(http, who) == "/desk"
        assert await through(second, elsewhere) == "/desk"
        told = await run_sync(lambda: provider.told_of(lambda: who.sign_out(provider.issuer)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN) as itself:
            assert (await itself.post("/api/oidc/logout", content=told)).status_code == 200
            assert (await itself.post("/api/oidc/logout", content=told)).json()["error_description"] == "jti", "told before"
            for token, code in (("", "malformed"), ("a.b.c", "malformed"), ("x" * 17_000, "size")):
                answer = await itself.post("/api/oidc/logout", data={"logout_token": token})
                assert (answer.status_code, answer.json()["error_description"]) == (400, code)
        assert (await http.get("/api/me")).json()["code"] == "session_ended"
        assert (await second.get("/api/me")).json()["id"] == "w", "another session at the provider"
        assert (await kept.get("/api/me")).json()["id"] == "w", "came by password"


async def test_the_doctor_sees_what_keeps_staff_out(tmp_path: Path, provider: IdentityProvider) -> None:
    there = settings_of(provider, tmp_path)
    assert (await check_oidc(Settings())).status == "ok"
    found = await check_oidc(Settings(**there))
    assert found.status == "ok" and found.detail.endswith(f"{OWN}{BACK}"), found
    for wrong in (
        {"public_url": "https://other.example"},  # not registered with the provider
        {"oidc_client_id": "nobody"},
        {"oidc_issuer": provider.issuer + "/"},  # not its name
        {"oidc_issuer": "http://127.0.0.1:9"},
        {"oidc_issuer": "http://county.example"},  # in the clear
        {"oidc_client_secret_file": str(tmp_path / "none")},
    ):
        found = await check_oidc(Settings(**there | wrong))
        assert (found.status, bool(found.zh), bool(found.en)) == ("fail", True, True), (wrong, found)
