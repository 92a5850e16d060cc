"""A livelihood matter in real Chromium: given to a grid worker, who accepts and answers it on a phone; its reporter reads what came of it and rates it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report
from tests.browser.pages.visit import mark, same_visit, shot
from tests.serving import Server

pytestmark = pytest.mark.browser
TITLE = "菜市场门口的路灯不亮"
WORDS = "路灯所当天换了新灯，晚上七点看过，亮了。"


def calm(page: Page, name: str) -> None:
    look = violations(page, name, 16)
    assert not look, "\n".join(look)
    shot(page, name)


def test_it_is_answered_read_and_rated(server: Server, browser: Browser) -> None:
    reporter = context(browser, PHONE).new_page()
    reporter.goto(f"{server.url}/report")
    reporter.get_by_text("水电路灯等民生事").click()
    fill_report(reporter, TITLE)
    reporter.get_by_label("发生了什么").fill("坏了一周，晚上看不见路。")
    reporter.get_by_role("button", name="交给综治中心").click()
    reporter.get_by_role("link", name="看我反映的全部内容").click()
    expect(reporter.get_by_text("办理，答复")).to_be_visible()
    public = f"{server.url}{reporter.get_by_role('link', name='看公开进度页').get_attribute('href')}"
    mark(reporter)

    centre = come_in(context(browser, DESK), server, "centre")
    centre.locator(".lines li").filter(has_text=TITLE).get_by_role("button", name="分派").click()
    centre.get_by_role("checkbox", name="孙网格员").check()
    centre.get_by_role("button", name="派出去").click()
    expect(centre.get_by_role("dialog")).to_have_count(0)

    grid = come_in(context(browser, PHONE), server, "grid worker")
    grid.locator("article").filter(has_text=TITLE).get_by_role("button", name="接单").click()
    grid.get_by_role("link", name=TITLE).first.click()
    expect(reporter.get_by_role("heading", name="经办人去办，办好了答复您")).to_be_visible()
    expect(reporter.get_by_text("我不能到场")).to_have_count(0)
    calm(grid, "answering-01-accepted-phone")
    grid.get_by_role("button", name="答复，办结").click()
    dialog = grid.get_by_role("dialog")
    yes = dialog.get_by_role("button", name="答复，办结")
    dialog.get_by_text("要找别的部门").click()
    expect(dialog.get_by_label("该找哪个部门，怎么找")).to_be_visible()
    expect(yes).to_be_disabled()
    dialog.get_by_text("已经办好").click()
    dialog.get_by_label("怎么办的").fill(WORDS)
    calm(grid, "answering-02-dialog-phone")
    yes.click()
    expect(grid.get_by_role("status").filter(has_text="已经答复，这件办结了")).to_be_visible()
    calm(grid, "answering-03-answered-phone")

    # What came of it stands on the page that was open all the time, and how well it was done can be said there.
    expect(reporter.get_by_role("heading", name="办好了")).to_be_visible()
    expect(reporter.get_by_text(WORDS)).to_be_visible()
    assert same_visit(reporter)
    calm(reporter, "answering-04-reporter-phone")
    expect(reporter.get_by_role("heading", name="这件事办得怎么样？")).to_be_visible()

    anybody = context(browser, PHONE).new_page()
    anybody.goto(public)
    expect(anybody.get_by_role("heading", name="办好了")).to_be_visible()
    expect(anybody.get_by_text("已经答复")).to_be_visible()
    expect(anybody.get_by_text(WORDS)).to_have_count(0)
    calm(anybody, "answering-05-public-phone")

    # The office reads it too, in the words of a matter, and its paper file asks for no mediation.
    centre.goto(grid.url.replace(grid.url.split("?")[-1], centre.url.split("?")[-1]) if "?" in grid.url else grid.url)
    expect(centre.get_by_text(WORDS)).to_be_visible()
    expect(centre.get_by_text("民生事项，办理答复，没有进行调解").first).to_be_visible()
    calm(centre, "answering-06-office-desk")
