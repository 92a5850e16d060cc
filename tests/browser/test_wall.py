"""The wall in the hands of the centre, on a screen and on a phone; and as a screen that hangs there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, WALL, come_in, context, fill_report
from tests.browser.pages.visit import mark, same_visit, shot
from tests.serving import Server, Visitor, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("wall") / "data") as running, ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, receive(running)).result()
        yield running


RECEIVED = [("139901001", kind) for kind in ["邻里"] * 6 + ["物业"] * 4 + ["合同"] * 3 + ["消费"] * 2] + [("139901002", "邻里")] * 5
FOUR_K = (3840, 2160)


async def receive(server: Server) -> None:
    """Cases enough that the two townships need not hide what is in work."""
    centre = Visitor(server)
    await centre.open(server.links["centre"])
    async with centre.connect() as desk:
        for n, (region, kind) in enumerate(RECEIVED):
            told = {"title": f"第 {n + 1} 件", "facts": "来人口述。", "region": region, "name": "吴某", "source": "当事人申请"}
            headers = {"X-Heyi-As": centre.handle, "Origin": server.url, "Idempotency-Key": f"wall-{n}-of-this-test"}
            answer = await centre.http.post("/api/intake", data={"report": json.dumps(told)}, headers=headers)
            assert answer.status_code == 200, answer.text
            await desk.do({"t": "classify", "case": answer.json()["case"], "dispute_type": kind})


def number(within: Locator) -> int:
    return int(re.findall(r"\d+", within.inner_text())[-1])


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
    phone.locator(".map button").first.click()
    phone.get_by_role("dialog").locator(".kinds").wait_for()
    shot(phone, "wall-township-phone")
    narrow = violations(phone, "township on a phone", 16, 43.9)
    assert not narrow, "\n".join(narrow)
    screen = come_in(context(browser, WALL), server, "wall")
    screen.locator(".tiles").wait_for()
    assert screen.locator(".tiles button").count() == 0, "a screen that hangs there opens no list"


def test_from_a_township_to_its_types_and_to_the_cases_of_one(server: Server, browser: Browser) -> None:
    page = come_in(context(browser, DESK), server, "centre")
    page.goto(f"{server.url}/wall?as={page.evaluate('tab => sessionStorage.getItem(tab)', 'heyi.as')}")
    tile = page.locator(".map button").filter(has_text="城关镇")
    count = number(tile)
    tile.press("Enter")
    sheet = page.get_by_role("dialog", name="城关镇正在办理")
    expect(sheet.get_by_role("status")).to_have_text(f"共 {count} 件")
    kinds = sheet.locator(".kinds button")
    expect(kinds.first).to_contain_text("邻里")
    assert sum(number(one) for one in kinds.all()) == count, "the types are all that is in work there"
    assert all(number(one) >= 3 for one in kinds.all()), "of which there are two are not named"
    shot(page, "wall-township-desk")
    of_type = number(kinds.first)
    kinds.first.press("Enter")
    listed = page.get_by_role("dialog", name="城关镇正在办理：邻里")
    expect(listed.get_by_role("status")).to_have_text(f"共 {of_type} 件")
    shot(page, "wall-township-list-desk")
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(sheet).to_be_visible()
    for width, height in (FOUR_K, WALL):
        page.set_viewport_size({"width": width, "height": height})
        shot(page, f"wall-township-sheet-{height}")
    look_at_sheet = violations(page, "township", 16, 43.9)
    assert not look_at_sheet, "\n".join(look_at_sheet)
    screen = come_in(context(browser, WALL), server, "wall")
    screen.locator(".map button").filter(has_text="城关镇").click()
    figures = screen.get_by_role("dialog", name="城关镇正在办理")
    expect(figures.locator(".kinds")).to_contain_text("邻里")
    expect(figures).to_contain_text("这里只看数字")
    assert figures.locator(".kinds button, footer").count() == 0, "who sees figures alone is told so and stops there"
    shot(screen, "wall-township-figures")
    # Live, on both: one more of them.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, once_more(server)).result()
    for shown in (sheet, figures):
        expect(shown.get_by_role("status")).to_have_text(f"共 {count + 1} 件")


async def once_more(server: Server) -> None:
    """The centre's own rate of entering is spent: a grid worker finds one."""
    grid = Visitor(server)
    await grid.open(server.links["grid worker"])
    told = {"title": "再来一件", "facts": "巡查发现。", "region": "139901001", "name": "吴某", "source": "网格员排查"}
    headers = {"X-Heyi-As": grid.handle, "Origin": server.url, "Idempotency-Key": "wall-once-more-of-this"}
    assert (await grid.http.post("/api/intake", data={"report": json.dumps(told)}, headers=headers)).status_code == 200


def test_a_township_has_a_wall_of_its_own_by_a_link_that_the_centre_makes_and_ends(server: Server, browser: Browser) -> None:
    desk = come_in(context(browser, DESK), server, "centre")
    desk.goto(f"{server.url}/wall?as={desk.evaluate('tab => sessionStorage.getItem(tab)', 'heyi.as')}")
    desk.locator(".map button").filter(has_text="城关镇").click()
    desk.get_by_role("link", name="打开城关镇的大屏").click()
    expect(desk.get_by_role("heading", name="城关镇矛盾纠纷调解")).to_be_visible()
    desk.get_by_role("button", name="在别的屏幕上显示").click()
    dialog = desk.get_by_role("dialog", name="在别的屏幕上显示")
    dialog.get_by_role("button", name="生成链接").click()
    link = dialog.locator(".shown").inner_text()
    shot(desk, "wall-township-link")
    desk.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    barriers = violations(desk, "link of a wall", 16, 43.9)
    assert not barriers, "\n".join(barriers)
    screen = context(browser, WALL).new_page()
    screen.goto(link)
    expect(screen.get_by_role("heading", name="城关镇矛盾纠纷调解")).to_be_visible()
    assert screen.locator(".tiles button, .panels button").count() == 0
    expect(screen.locator(".kinds")).to_contain_text("邻里")
    for width, height in (FOUR_K, WALL):
        screen.set_viewport_size({"width": width, "height": height})
        shot(screen, f"wall-of-township-{height}")
    barriers = violations(screen, "wall of a township", 27.9, 0)
    assert not barriers, "\n".join(barriers)
    screen.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    shot(screen, "wall-of-township-phone")
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screen.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    screen.goto(f"{server.url}/wall/139901002?as={screen.evaluate('tab => sessionStorage.getItem(tab)', 'heyi.as')}")
    expect(screen.locator(".closed")).to_be_visible()
    expect(screen.locator(".tiles")).to_have_count(0)
    shot(screen, "wall-of-another-township")
    dialog.get_by_role("button", name="停用链接").click()
    dialog.get_by_role("button", name="停用", exact=True).click()
    expect(dialog.get_by_role("button", name="生成链接")).to_be_visible()
    late = context(browser, WALL).new_page()
    late.goto(link)
    expect(late.get_by_text("链接已更换或收回")).to_be_visible()


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
