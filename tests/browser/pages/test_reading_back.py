"""A case read back step by step in real Chromium, and an entry that somebody edited."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, come_in, context
from tests.browser.pages.visit import shot
from tests.sealed import alter_payload
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_case_is_read_back_and_an_edited_entry_is_shown(server: Server, browser: Browser) -> None:
    desk, problems = context(browser, DESK), list[str]()
    page = come_in(desk, server, "mediator")
    page.get_by_role("link", name="案件", exact=True).click()
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()
    # The home page has a table too, and cases whose course began elsewhere have nothing to be read back.
    page.locator("td a").filter(has_text="屋檐雨水").click()
    page.get_by_role("link", name="回看每一步").click()
    expect(page.get_by_text("都核对过了，没有改动")).to_be_visible()
    steps = page.get_by_role("slider", name="选一个时间")
    last = int(str(steps.get_attribute("max")))
    before, after = page.get_by_role("button", name="上一步"), page.get_by_role("button", name="下一步")
    expect(after).to_be_disabled()
    sheet = page.locator(".sheet")
    problems += violations(page, "past", 16)
    shot(page, "past-01-desk")
    page.locator(".list button").filter(has_text="接单").last.click()
    expect(sheet.locator(".changed").filter(has_text="状态").locator("del")).to_have_text("等人接单")
    expect(sheet.locator(".changed").filter(has_text="承办人")).to_contain_text("王调解员")
    shot(page, "past-02-accepted-desk")
    before.click()
    expect(sheet).to_contain_text("等人接单")
    steps.press("Home")
    expect(before).to_be_disabled()
    expect(sheet.locator(".changed")).to_have_count(0)
    steps.press("End")
    expect(steps).to_have_value(str(last))

    # Whoever has the database alters what an entry says; everything else stays as it was.
    case = page.url.split("/case/")[1].split("/")[0]
    alter_payload(server.data, case, "case.accepted", lambda body: body.replace("account:", "account:x"))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("有 1 处记录与写入时不符")
    expect(page.get_by_role("alert")).to_contain_text("（接单，")
    shot(page, "past-03-broken-desk")
    problems += violations(page, "past broken", 16)
    page.set_viewport_size({"width": 360, "height": 640})
    problems += violations(page, "past on a phone", 16)
    shot(page, "past-04-phone")
    assert not problems, "\n".join(problems)
