"""The wall in the hands of the centre, on a screen and on a phone; and as a screen that hangs there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import PHONE, WALL, come_in, context, fill_report
from tests.browser.pages.visit import mark, same_visit, shot
from tests.serving import Server, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("wall") / "data") as running:
        yield running


def test_every_number_of_the_wall_opens_its_list_for_the_centre(server: Server, browser: Browser) -> None:
    page = come_in(context(browser, WALL), server, "centre")
    page.get_by_role("link", name="大屏").click()
    page.locator(".tiles").wait_for()
    active = page.locator(".tiles li").nth(1).locator("b > button")
    count = active.inner_text()
    active.press("Enter")
    sheet = page.get_by_role("dialog", name="正在办理")
    expect(sheet.get_by_role("status")).to_have_text(f"共 {count} 件")
    look_at_list = violations(page, "wall list", 16, 43.9)
    assert not look_at_list, "\n".join(look_at_list)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(active).to_be_focused()
    page.locator(".panels").get_by_role("button", name=re.compile("^轻")).click()
    people = page.get_by_role("dialog")
    people.get_by_role("button", name=re.compile("件$")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("手上的案件")
    page.get_by_role("dialog").get_by_role("link").first.click()
    page.locator(".strip").wait_for()
    expect(page).to_have_url(re.compile("/case/"))
    phone = come_in(context(browser, PHONE), server, "centre")
    phone.goto(f"{server.url}/wall?as={phone.evaluate('tab => sessionStorage.getItem(tab)', 'heyi.as')}")
    phone.locator(".tiles").wait_for()
    narrow = violations(phone, "wall on a phone", 16, 43.9)
    assert not narrow, "\n".join(narrow)
    screen = come_in(context(browser, WALL), server, "wall")
    screen.locator(".tiles").wait_for()
    assert screen.locator(".tiles button, .panels button").count() == 0, "a screen that hangs there opens nothing"


def test_a_screen_that_hangs_there_says_what_it_has_not_heard_and_goes_on_by_itself(server: Server, browser: Browser) -> None:
    """On both sizes of screens every panel lies within; over a server that is gone and comes back, with the same page, which nobody touches."""
    screen = come_in(context(browser, WALL), server, "wall")
    screen.locator(".tiles").wait_for()
    for width, height in ((3840, 2160), WALL):
        screen.set_viewport_size({"width": width, "height": height})
        outside = screen.evaluate(
            "() => [...document.querySelectorAll('.tiles, .panels .column > *')].filter((one) => {"
            " const box = one.getBoundingClientRect(); return box.top < 0 || box.left < 0 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1"
            " }).map((one) => one.className)"
        )
        assert outside == [], (width, height)
        shot(screen, f"wall-{height}")
    mark(screen)
    stamp = screen.locator(".stamp")
    expect(stamp).not_to_have_class(re.compile("lost"))
    today = screen.locator(".tiles li").first.locator("b span").last
    before = int(today.inner_text())
    server.stop()
    expect(stamp).to_have_class(re.compile("lost"))
    expect(stamp).to_contain_text("连接断了，正在重连。数字停在")
    assert int(today.inner_text()) == before, "the last numbers stay"
    shot(screen, "wall-lost")
    server.start()
    reporter = context(browser, PHONE).new_page()
    reporter.goto(f"{server.url}/report")
    fill_report(reporter, "墙上的数字会动")
    reporter.get_by_role("button", name="交给综治中心").click()
    expect(reporter.get_by_role("heading", name="收到了")).to_be_visible()
    expect(today).to_have_text(str(before + 1), timeout=20_000)
    expect(stamp).not_to_have_class(re.compile("lost"))
    assert same_visit(screen)
