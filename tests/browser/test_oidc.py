"""Staff sign in on the page of a real OpenID provider, in real Chromium: linked, in, out, and what somebody reads who is not linked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from rehearsal.server import free_port
from tests.browser.own_county import own_county
from tests.browser.people import DESK, People
from tests.browser.sitting import SHOTS
from tests.web.oidc.identity_provider import IdentityProvider, settings_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
NAME = "统一身份认证"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder, port = tmp_path_factory.mktemp("county"), free_port()
    provider = IdentityProvider(f"http://127.0.0.1:{port}")
    try:
        there = {f"HEYI_{name.upper()}": value for name, value in settings_of(provider, folder).items()}
        with own_county(folder, port, **there) as links:
            yield links
    finally:
        provider.end()


def only_here(page: Page) -> None:
    """The provider's page would have its letters from elsewhere."""

    def sent(route: Route) -> None:
        if "127.0.0.1" in route.request.url:
            route.continue_()
        else:
            route.fulfill(body="", content_type="text/css")

    page.route("**/*", sent)


def sign_in_there(page: Page, who: str, *, first: bool = False) -> None:
    """On the provider's own pages. `first`: it asks whether we may know who it is."""
    page.get_by_placeholder("Enter any login").fill(who)
    page.get_by_placeholder("and password").fill("any")
    page.keyboard.press("Enter")
    if first:
        page.get_by_role("button", name="Continue").click()


@pytest.mark.every
def test_an_account_is_linked_and_comes_in_by_the_provider(county: dict[str, str], everybody: People) -> None:
    page = everybody.open(county["own"], DESK)
    only_here(page)
    page.goto(f"{county['own']}/sign-in")
    everybody.look(page, "oidc-01-sign-in-desk", SHOTS)
    page.get_by_role("button", name=f"用{NAME}登录").focus()
    page.keyboard.press("Enter")
    sign_in_there(page, "zhou.county", first=True)
    expect(page.get_by_role("alert")).to_contain_text("还没有关联这里的账号")
    expect(page.get_by_role("button", name=f"换一个{NAME}账号登录")).to_be_visible()
    everybody.look(page, "oidc-02-not-linked-desk", SHOTS)

    page.goto(county["zhou"])
    page.get_by_role("button", name="设密码").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("新密码").fill("correct horse")
    dialog.get_by_label("再输一遍").fill("correct horse")
    dialog.get_by_role("button", name="设密码").click()
    page.get_by_role("link", name="账号").click()
    everybody.look(page, "oidc-03-account-desk", SHOTS)
    page.get_by_role("button", name="关联", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("现在的密码").fill("correct horse")
    everybody.look(page, "oidc-04-link-desk", SHOTS)
    page.keyboard.press("Enter")
    sign_in_there(page, "zhou.county")
    expect(page.get_by_role("status").filter(has_text=f"已经和{NAME}关联")).to_be_visible()
    assert page.url.partition("?")[0].endswith("/account") and "linked" not in page.url
    everybody.look(page, "oidc-05-linked-desk", SHOTS)

    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name=f"用{NAME}登录").click()
    page.wait_for_url(lambda url: url.endswith("/desk"))
    expect(page.get_by_text("周某", exact=True)).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("button", name=f"用{NAME}登录")).to_be_visible()


def test_on_a_phone_somebody_gives_up_there_or_has_a_second_factor_here(county: dict[str, str], everybody: People) -> None:
    page = everybody.open(f"{county['own']}/sign-in")
    only_here(page)
    everybody.look(page, "oidc-06-sign-in-phone", SHOTS)
    page.get_by_role("button", name=f"用{NAME}登录").tap()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("取消了登录")
    assert "refused" not in page.url
    everybody.look(page, "oidc-07-given-up-phone", SHOTS)
    page.goto(f"{county['own']}/sign-in?code=1")
    expect(page.get_by_label("验证码")).to_be_focused()
    expect(page.get_by_label("密码")).to_be_hidden()
    everybody.look(page, "oidc-08-second-factor-phone", SHOTS)
    page.get_by_role("button", name="换个办法登录").tap()
    expect(page.get_by_label("密码")).to_be_visible()
    page.get_by_role("button", name="EN").tap()
    expect(page.get_by_role("button", name=f"Sign in with {NAME}")).to_be_visible()
    everybody.look(page, "oidc-09-english-phone", SHOTS)
