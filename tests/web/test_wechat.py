"""One consent, one message: asked on WeChat's page, taken by the next notice to that party, told by SMS instead where it is not delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cases.errors import NotAllowed
from cases.ports import Letter, NotDelivered
from cases.vocabulary import Channel, NoticeKind
from storage.database import reads
from storage.models.notices import WechatConsent
from storage.pruning import WECHAT_KEPT, prune
from storage.wechat_consents import LASTS, WechatConsents
from storage.work import Outcome
from tests.serving import Visitor, serving
from tests.web.post import PARTY, Kept, Post, opened
from tests.web.test_report_to_accept import report
from tests.web.wechat_platform import APP, SECRET, TEMPLATE, WechatServer
from web.performance import PerformanceDesk
from web.rates import LIMITS
from web.settings import Settings, SettingsError, read_settings
from web.telling import wechat_of
from web.wechat import WechatAccount, WechatNotifier

pytestmark = pytest.mark.anyio
OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ0"


@pytest.fixture(scope="module")
def running() -> Iterator[WechatServer]:
    server = WechatServer()
    yield server
    server.end()


@pytest.fixture
def wechat(running: WechatServer) -> WechatServer:
    running.mode("ok")
    return running


def account_at(server: WechatServer, within: float = 5.0) -> WechatAccount:
    return WechatAccount(APP, SECRET, TEMPLATE, server.url, server.url, within)


def consents_of(post: Post) -> WechatConsents:
    return WechatConsents(post.writer, post.clock, b"k" * 32)


def allow(question: str) -> dict[str, str]:
    """What the person's browser brings back after 同意."""
    page = httpx.get(question).text
    found = re.search(r'id="confirm" href="([^"]*)"', page)
    assert found is not None, page
    return {name: values[0] for name, values in parse_qs(urlsplit(unescape(found[1])).query).items()}


async def allowed(post: Post, server: WechatServer, case_id: str) -> None:
    consents = consents_of(post)
    state, scene = await consents.ask(case_id, "p1")
    await consents.give(state, allow(account_at(server).question(state, scene, "http://127.0.0.1/back"))["openid"])


async def owed(post: Post) -> str:
    return await post.owing("2026-05-06")


async def test_the_next_notice_goes_by_wechat_and_the_one_after_by_sms(folder: Path, wechat: WechatServer) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS, Channel.WECHAT) as post:
        case_id = await owed(post)
        await allowed(post, wechat, case_id)
        desk, sms = PerformanceDesk(post.store, post.reader, post.clock), Kept()
        courier = post.courier(Channel.WECHAT, WechatNotifier(account_at(wechat), consents_of(post)))
        before = len(wechat.told()["messages"])
        assert await desk.look_at_the_clock() == 1
        assert [row.channel for row in await post.rows(party="p1")] == ["wechat"]
        await courier.round()
        (message,) = wechat.told()["messages"][before:]
        code = (await post.reader.dossier(case_id)).case.code
        assert message["url"] == f"https://heyi.example.cn/c/{code}" and "三天内到期" in message["data"]["content"]["value"]
        assert not any(word in str(message) for word in ("郑", "漏水", PARTY)), "nothing personal in it"
        assert not await WechatConsent.all().using_db(reads()).exists(), "who it was is kept no longer than needed"
        post.clock.move(days=3)
        assert await desk.look_at_the_clock() == 1
        await post.courier(Channel.SMS, sms).round()
        assert [one.to for one in sms.letters] == [PARTY]
        states = [(row.channel, row.state, row.tries, row.address) for row in await post.rows(party="p1")]
        assert states == [("wechat", "sent", 1, ""), ("sms", "sent", 1, "138****5555")]


async def test_what_wechat_does_not_deliver_is_told_by_sms(folder: Path, wechat: WechatServer) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS, Channel.WECHAT) as post:
        await allowed(post, wechat, await owed(post))
        await PerformanceDesk(post.store, post.reader, post.clock).look_at_the_clock()
        courier, sms = post.courier(Channel.WECHAT, WechatNotifier(account_at(wechat), consents_of(post))), Kept()
        wechat.mode("busy")
        await courier.round()
        (row,) = await post.rows(party="p1")
        assert (row.state, row.reason) == ("waiting", "answered_-1")
        wechat.mode("refused")
        post.clock.move(seconds=30)
        await courier.round()
        given_up, instead = await post.rows(party="p1")
        assert (given_up.state, given_up.reason) == ("given_up", "answered_43101") and instead.channel == "sms"
        await post.courier(Channel.SMS, sms).round()
        assert [one.to for one in sms.letters] == [PARTY] and instead.key != given_up.key
        assert not await WechatConsent.all().using_db(reads()).exists()


async def test_at_night_it_waits_and_after_a_day_it_is_an_sms(folder: Path, wechat: WechatServer) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS, Channel.WECHAT) as post:
        await allowed(post, wechat, await owed(post))
        post.clock.move(hours=10.5)  # 22:30
        await PerformanceDesk(post.store, post.reader, post.clock).look_at_the_clock()
        kept = Kept()
        courier = post.courier(Channel.WECHAT, kept)
        await courier.round()
        assert not kept.letters
        post.clock.move(hours=10)
        kept.fails = NotDelivered("away")
        await courier.round()
        post.clock.move(hours=30)
        await courier.round()
        assert [(row.channel, row.reason) for row in await post.rows(party="p1")] == [("wechat", "too_late"), ("sms", "")]


async def test_what_is_settled_meanwhile_is_told_by_nothing(folder: Path, wechat: WechatServer) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS, Channel.WECHAT) as post:
        case_id = await owed(post)
        await allowed(post, wechat, case_id)
        await PerformanceDesk(post.store, post.reader, post.clock).look_at_the_clock()

        def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
            dossier.case.performance.obligations.clear()
            return Outcome()

        await post.store.execute(case_id, decide)
        kept = Kept()
        await post.courier(Channel.WECHAT, kept).round()
        assert not kept.letters and [(row.channel, row.reason) for row in await post.rows(party="p1")] == [("wechat", "settled")]


@pytest.mark.parametrize(
    ("mode", "reason", "final", "after"),
    [
        ("busy", "answered_-1", False, 0),
        ("quota", "answered_45009", False, 3600),
        ("refused", "answered_43101", True, 0),
        ("wrong_text", "answered_47003", True, 0),
        ("failing", "answered_500", False, 0),
        ("silent", "silent", False, 0),
        ("garbage", "garbage", False, 0),
        ("endless", "garbage", False, 0),
    ],
)
async def test_every_way_in_which_it_is_bad(wechat: WechatServer, mode: str, reason: str, final: bool, after: float) -> None:
    wechat.mode(mode)
    with pytest.raises(NotDelivered) as failure:
        await account_at(wechat, within=0.5 if mode == "silent" else 10).send(
            OPENID, 7, "人民调解通知", "有一项到期", "https://heyi.example.cn"
        )
    assert (failure.value.reason, failure.value.final, failure.value.after) == (reason, final, after)


async def test_a_token_is_asked_for_once_and_anew_when_it_is_not_known(wechat: WechatServer) -> None:
    account, before = account_at(wechat), wechat.told()["tokens"]
    for forgotten in (False, False, True):
        if forgotten:
            wechat.forget()
        brought = allow(account.question("state", 7, "http://127.0.0.1/back"))
        await account.send(brought["openid"], 7, "人民调解通知", "有一项到期", "")
    assert wechat.told()["tokens"] - before == 2
    wechat.forget()
    wechat.mode("locked")
    with pytest.raises(NotDelivered, match="token_40164"):
        await account.send(OPENID, 7, "人民调解通知", "有一项到期", "")
    with pytest.raises(NotDelivered, match="away"):
        await WechatAccount(APP, SECRET, TEMPLATE, "http://127.0.0.1:9", "").send(OPENID, 7, "", "", "")


async def test_a_question_is_answered_once_and_in_time(folder: Path) -> None:
    async with opened(folder) as post:
        consents = consents_of(post)
        first, _ = await consents.ask("case", "p1")
        second, _ = await consents.ask("case", "p1")
        with pytest.raises(NotAllowed, match="over"):
            await consents.asked(first)
        await consents.give(second, OPENID)
        with pytest.raises(NotAllowed, match="over"):
            await consents.give(second, OPENID)
        (row,) = await WechatConsent.all().using_db(reads())
        assert OPENID.encode() not in bytes(row.openid or b"")
        third, _ = await consents.ask("case", "p1")
        await consents.give(third, OPENID)
        assert await WechatConsent.all().using_db(reads()).count() == 1, "one at a time"
        late, _ = await consents.ask("case", "p2")
        post.clock.move(minutes=LASTS.total_seconds() / 60 + 1)
        with pytest.raises(NotAllowed, match="over"):
            await consents.asked(late)
        post.clock.move(days=WECHAT_KEPT.days + 1)
        await prune(post.writer, {}, post.clock.now())
        assert not await WechatConsent.all().using_db(reads()).exists()


async def test_without_a_consent_nothing_goes_out(folder: Path, wechat: WechatServer) -> None:
    async with opened(folder) as post:
        letter = Letter("k" * 32, NoticeKind.OBLIGATION_DUE, "case/p1", "case", "HY")
        with pytest.raises(NotDelivered, match="no_consent"):
            await WechatNotifier(account_at(wechat), consents_of(post)).deliver(letter)


async def test_a_reporter_allows_it_in_the_own_browser_alone(tmp_path: Path, wechat: WechatServer) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    named = {"HEYI_WECHAT_APP_ID": APP, "HEYI_WECHAT_SECRET_FILE": str(secret), "HEYI_WECHAT_TEMPLATE": TEMPLATE}
    with serving(tmp_path / "data", HEYI_MEDIA="false", HEYI_WECHAT_API=wechat.url, HEYI_WECHAT_CONFIRM=wechat.url, **named) as server:
        me, made = await report(server, "wechat-key-1")
        stranger, other = await report(server, "wechat-key-2")
        url, own = f"/api/cases/{made['case']}/wechat", {"as": me.handle}
        assert (await me.http.get(url, params=own)).json() == {"open": True, "since": None}
        for visitor, handle in ((stranger, stranger.handle), (Visitor(server), "")):
            assert (await visitor.http.get(url, params={"as": handle})).json()["code"] in {"no_case", "signed_out"}

        async def back(visitor: Visitor, brought: dict[str, str]) -> str:
            answer = await visitor.http.get("/api/wechat/back", params={"as": me.handle, **brought}, follow_redirects=False)
            assert answer.status_code == 303
            return str(answer.headers["location"])

        async def question() -> dict[str, str]:
            return allow((await me.http.post(url, params=own)).json()["where"])

        brought = await question()
        brought.pop("as")
        assert "another_browser" in await back(stranger, brought)
        page = f"/mine/{made['case']}?as={me.handle}&wechat="
        assert await back(me, {**brought, "scene": "0"}) == page + "failed"
        assert await back(me, {**brought, "openid": "<b>"}) == page + "failed"
        assert await back(me, brought) == page + "allowed"
        assert "attempt_over" in await back(me, brought)
        assert "no_page" in await back(me, {"reserved": "x" * 3000})
        assert (await me.http.get(url, params=own)).json()["since"]
        assert (await me.http.delete(url, params=own)).status_code == 200
        assert (await me.http.get(url, params=own)).json()["since"] is None
        brought = await question()
        brought.pop("as")
        assert (
            await back(me, {name: brought[name] for name in ("reserved", "scene", "template_id")} | {"action": "cancel"})
            == page + "cancelled"
        )
        codes = [
            (await stranger.http.get(f"/api/cases/{other['case']}/wechat", params={"as": stranger.handle})).status_code
            for _ in range(LIMITS["wechat"][1] + 2)
        ]
        assert codes[0] == 200 and codes[-1] == 429


async def test_where_there_is_none_the_page_does_not_offer_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data", HEYI_MEDIA="false") as server:
        me, made = await report(server, "wechat-key-3")
        url, own = f"/api/cases/{made['case']}/wechat", {"as": me.handle}
        assert (await me.http.get(url, params=own)).json() == {"open": False, "since": None}
        assert (await me.http.post(url, params=own)).json()["code"] == "wechat_off"


def test_settings(tmp_path: Path) -> None:
    for environment, name in (
        ({"HEYI_WECHAT_APP_ID": APP}, "HEYI_WECHAT_SECRET_FILE"),
        ({"HEYI_WECHAT_API": "api.weixin.qq.com"}, "HEYI_WECHAT_API"),
        ({"HEYI_WECHAT_CONFIRM": "https://x/y"}, "HEYI_WECHAT_CONFIRM"),
    ):
        with pytest.raises(SettingsError, match=name):
            read_settings(environment)
    assert wechat_of(Settings()) is None
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with pytest.raises(SettingsError, match=r"HEYI_WECHAT_SECRET_FILE.*chmod 600"):
        wechat_of(Settings(wechat_app_id=APP, wechat_secret_file=str(secret), wechat_template=TEMPLATE))
