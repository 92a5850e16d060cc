"""A public code in real Chromium that came into the wrong hands: revoked by the office while somebody follows it, and by whoever reported."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report
from tests.browser.pages.visit import mark, same_visit, shot
from tests.serving import Server

pytestmark = pytest.mark.browser
TITLE = "受理单的二维码被人拍走"
CODE = re.compile(r"HY-[2-9A-Z]{4}-[2-9A-Z]{4}")


def calm(page: Page, name: str) -> None:
    look = violations(page, name, 16)
    assert not look, "\n".join(look)
    shot(page, name)


def code_on(page: Page) -> str:
    found = CODE.search(page.get_by_role("main").inner_text())
    assert found is not None
    return found.group()


def test_it_is_revoked_by_the_office_and_by_whoever_reported(server: Server, browser: Browser) -> None:
    telephone = context(browser, PHONE)
    reporter = telephone.new_page()
    reporter.goto(f"{server.url}/report")
    fill_report(reporter, TITLE)
    reporter.get_by_role("button", name="交给综治中心").click()
    reporter.get_by_role("link", name="看我反映的全部内容").click()
    expect(reporter.get_by_role("heading", name=TITLE)).to_be_visible()
    first = code_on(reporter)
    mark(reporter)
    stranger = context(browser, PHONE).new_page()
    stranger.goto(f"{server.url}/c/{first}")
    expect(stranger.get_by_role("heading", name=first)).to_be_visible()
    mark(stranger)

    centre = come_in(context(browser, DESK), server, "centre")
    centre.get_by_role("link", name=TITLE).first.click()
    card = centre.get_by_role("region", name="编号和二维码")
    expect(card.get_by_text(first)).to_be_visible()
    assert card.get_by_role("img", name="看进度的二维码").evaluate("image => image.naturalWidth") > 0
    calm(centre, "code-01-office-desk")
    card.get_by_role("button", name="作废，换新编号").click()
    dialog = centre.get_by_role("dialog", name=f"作废编号 {first}，换一个新的？")
    expect(dialog.get_by_role("button", name="作废，换新的")).to_be_disabled()
    dialog.get_by_label("为什么要换").fill("受理单在大厅被人拍了照")
    calm(centre, "code-02-dialog-desk")
    dialog.get_by_role("button", name="作废，换新的").click()
    expect(card.get_by_text(f"已作废：{first}")).to_be_visible()
    second = card.locator("strong").inner_text()
    assert CODE.fullmatch(second) and second != first
    calm(centre, "code-03-office-after-desk")

    # Whoever followed it sees no more of it at once, and learns nothing of the new one; whoever reported has the new one.
    expect(stranger.get_by_role("heading", name="这个编号已作废")).to_be_visible()
    assert same_visit(stranger) and second not in stranger.content()
    calm(stranger, "code-04-revoked-phone")
    stranger.reload()
    expect(stranger.get_by_role("heading", name="这个编号已作废")).to_be_visible()
    stranger.goto(f"{server.url}/c/HY-ZZZZ-ZZZZ")
    expect(stranger.get_by_role("heading", name="没有这个编号")).to_be_visible()
    expect(reporter.get_by_role("main").get_by_text(second)).to_be_visible()
    assert same_visit(reporter)

    reporter.get_by_role("button", name="编号被不该知道的人知道了？换一个").click()
    dialog = reporter.get_by_role("dialog", name=f"作废编号 {second}，换一个新的？")
    calm(reporter, "code-05-own-dialog-phone")
    dialog.get_by_role("button", name="先不换").click()
    assert code_on(reporter) == second
    reporter.get_by_role("button", name="编号被不该知道的人知道了？换一个").click()
    reporter.get_by_role("dialog").get_by_role("button", name="作废，换新的").click()
    expect(reporter.get_by_role("status").filter(has_text="已换成 HY-")).to_be_visible()
    third = code_on(reporter)
    assert third not in {first, second}
    calm(reporter, "code-06-own-after-phone")
    # What this phone remembers of it leads on.
    home = telephone.new_page()
    home.goto(server.url)
    expect(home.get_by_text(third)).to_be_visible()
    for row in (f"/c/{third}", f"/c/{third.lower()}"):
        stranger.goto(server.url + row)
        expect(stranger.get_by_role("heading", name=third)).to_be_visible()
