"""Finding a case in real Chromium: by any piece of it at the desk, by its code for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.driving import DESK, PHONE, come_in, context
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_case_is_found_by_any_piece_of_it(server: Server, browser: Browser) -> None:
    page = come_in(context(browser, DESK), server, "mediator")
    page.get_by_role("link", name="案件", exact=True).click()
    page.wait_for_url(lambda url: "/desk/cases" in url)  # the desk that is left has a field to seek in as well
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()
    sought = page.get_by_role("searchbox")
    sought.fill("墙面受潮")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("屋檐雨水流向邻家院墙")
    expect(page.get_by_text("共 1 件")).to_be_visible()
    if SHOTS is not None:
        page.screenshot(path=str(SHOTS / "desk-found.png"))
    sought.fill("没有这样的事情")
    expect(page.get_by_text("没有符合的案件")).to_be_visible()
    sought.fill("")
    expect(rows.first).to_be_visible()
    assert rows.count() >= 1


def test_an_unknown_code_is_told_plainly(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/c/HY-0000-0000")
    expect(page.get_by_role("heading", name="没有这个编号")).to_be_visible()
    page.goto(f"{server.url}/desk")
    expect(page.get_by_text("请重新登录，或再点一次您的链接")).to_be_visible()
