"""A case that staff enters, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context
from tests.browser.pages.visit import mark, same_visit
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_grid_worker_enters_what_was_found(server: Server, browser: Browser) -> None:
    title = "楼道堆物，两家争吵"
    phone, desk = context(browser, PHONE, scale=2), context(browser, DESK)
    centre, page = come_in(desk, server, "centre"), come_in(phone, server, "grid worker")
    mark(centre)
    page.get_by_role("link", name="登记").click()
    send = page.get_by_role("button", name="交给综治中心")
    send.click()
    expect(page.get_by_text("还有 4 处要补")).to_be_visible()
    expect(page.get_by_label("一句话说说是什么事")).to_be_focused()
    page.get_by_label("一句话说说是什么事").fill(title)
    page.get_by_label("发生了什么").fill("三单元楼道堆满纸箱，两家为此吵过两次")
    page.get_by_text("城关镇", exact=True).click()
    page.get_by_label("当事人一方的姓名").fill("孙某")
    expect(page.get_by_text("已保存在这台设备上")).to_be_visible()
    problems = violations(page, "intake", 16)
    if SHOTS is not None:
        page.screenshot(path=str(SHOTS / "intake-01-phone.png"), full_page=True)
    phone.set_offline(True)
    send.click()
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    phone.set_offline(False)
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    problems += violations(page, "intake done", 16)
    if SHOTS is not None:
        page.screenshot(path=str(SHOTS / "intake-02-done-phone.png"), full_page=True)
    expect(centre.locator(".lines li").filter(has_text=title)).to_have_count(1)
    assert same_visit(centre)
    centre.get_by_role("link", name="登记").click()
    expect(centre.get_by_text("公安机关移交")).to_be_visible()
    problems += violations(centre, "intake at the centre", 16)
    if SHOTS is not None:
        centre.screenshot(path=str(SHOTS / "intake-03-centre-desk.png"))
    assert not problems, "\n".join(problems)
