"""What stands in the window's title, in real Chromium: every page says what it is, in its language, and nobody's name stands in one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_residents_pages_say_what_they_are(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    heard = page.locator("[aria-live=polite].announced")
    page.goto(server.url)
    expect(page).to_have_title("首页 · 和议")
    expect(heard).to_have_text("")
    page.get_by_role("link", name="我要反映").click()
    expect(page).to_have_title("我要反映 · 和议")
    expect(heard).to_have_text("我要反映")
    fill_report(page, "楼上赵某家漏水", name="钱某")
    page.get_by_role("button", name="交给综治中心").click()
    code = page.get_by_text(re.compile(r"^HY-....-....$")).inner_text()
    page.get_by_role("link", name="看我反映的全部内容").click()
    expect(page).to_have_title(f"我反映的事 {code} · 和议")
    page.get_by_role("button", name="EN").click()
    expect(page).to_have_title(f"What I reported {code} · Heyi")
    page.goto(f"{server.url}/c/{code}")
    expect(page).to_have_title(f"Progress {code} · Heyi")
    page.goto(f"{server.url}/c/{code.replace('-', '').lower()}")
    expect(page).to_have_url(f"{server.url}/c/{code}")
    expect(page).to_have_title(f"Progress {code} · Heyi")
    page.goto(f"{server.url}/c/HY-0000-0000")
    expect(page.get_by_role("heading", name="There is no such code")).to_be_visible()
    expect(page).to_have_title("Progress · Heyi")
    page.go_back()
    expect(page).to_have_title(f"Progress {code} · Heyi")
    page.goto(f"{server.url}/nowhere")
    expect(page).to_have_title("No such page · Heyi")
    assert violations(page, "no such page") == []


def test_staffs_pages_and_the_room_say_what_they_are(server: Server, browser: Browser) -> None:
    page = come_in(context(browser, DESK), server, "mediator")
    expect(page).to_have_title("工作台 · 和议")
    page.get_by_role("link", name="案件", exact=True).click()
    expect(page).to_have_title("案件列表 · 和议")
    page.locator("td a").first.click()
    expect(page).to_have_title(re.compile(r"^案件 \S+ · 和议$"))
    expert = come_in(context(browser, PHONE), server, "expert")
    expect(expert).to_have_title("准备进入调解室 · 和议")
