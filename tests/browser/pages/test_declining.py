"""A report that the centre does not take up, in real Chromium: found among those alike, told to who reported it, and taken up all the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report
from tests.browser.pages.visit import mark, same_visit, shot
from tests.serving import Server

pytestmark = pytest.mark.browser


def report(browser: Browser, server: Server, title: str) -> Page:
    """The reporter's page of it."""
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, title)
    page.get_by_role("button", name="交给综治中心").click()
    page.get_by_role("link", name="看我反映的全部内容").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page


def calm(page: Page, name: str) -> None:
    look = violations(page, name, 16)
    assert not look, "\n".join(look)
    shot(page, name)


def test_what_was_reported_twice_is_declined_and_taken_up_again(server: Server, browser: Browser) -> None:
    report(browser, server, "后院的枣树越过院墙")
    reporter = report(browser, server, "枣树越过院墙又落叶")
    mark(reporter)
    centre = come_in(context(browser, DESK), server, "centre")
    centre.locator(".lines li").filter(has_text="枣树越过院墙又落叶").get_by_role("link", name="枣树越过院墙又落叶").click()
    centre.get_by_role("button", name="不受理", exact=True).click()
    dialog = centre.get_by_role("dialog")
    yes = dialog.get_by_role("button", name="不受理", exact=True)
    expect(yes).to_be_disabled()
    dialog.get_by_text("不归人民调解办理").click()
    expect(yes).to_be_disabled()
    dialog.get_by_label("告诉反映人该找哪里").fill("绿化的事请找镇自然资源所")
    expect(yes).to_be_enabled()
    dialog.get_by_text("同一件事，已经反映过").click()
    expect(yes).to_be_disabled()
    # proposed as alike, and found by its words as well
    dialog.get_by_label("和哪一件是同一件").fill("后院的枣树")
    one = dialog.get_by_role("radio", name="后院的枣树越过院墙")
    one.check()
    calm(centre, "declining-01-dialog-desk")
    centre.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    calm(centre, "declining-02-dialog-phone")
    centre.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    yes.click()
    expect(centre.get_by_role("status").filter(has_text="这件不受理了")).to_be_visible()
    card = centre.locator("section").filter(has=centre.get_by_role("heading", name="没有受理"))
    expect(card.get_by_role("link")).to_contain_text("同一件：HY-")
    calm(centre, "declining-03-case-desk")

    expect(reporter.get_by_role("heading", name="为什么没有另行受理")).to_be_visible()
    expect(reporter.get_by_text("这件事已经有人反映过")).to_be_visible()
    calm(reporter, "declining-04-mine-phone")

    card.get_by_role("button", name="重新受理").click()
    centre.get_by_role("dialog").get_by_label("为什么重新受理").fill("去看了，是另一棵树")
    centre.get_by_role("dialog").get_by_role("button", name="重新受理").click()
    expect(centre.get_by_role("status").filter(has_text="重新受理了，可以分派")).to_be_visible()
    expect(centre.get_by_role("button", name="分派")).to_be_visible()
    expect(reporter.get_by_role("heading", name="中心选调解员")).to_be_visible()
    assert same_visit(reporter)
