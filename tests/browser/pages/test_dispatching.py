"""From the report over the centre to who takes it, in real Chromium: everybody's page goes on without a reload."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, WebSocketRoute, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, WALL, come_in, context, fill_report, photos
from tests.browser.pages.visit import mark, same_visit, shot
from tests.browser.sitting import IN_VIEW
from tests.sealed import alter, states
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_report_reaches_everybody_without_a_reload(server: Server, browser: Browser) -> None:
    title = "楼上漏水，天花板掉皮"
    centre = come_in(context(browser, DESK), server, "centre")
    mediator = come_in(context(browser, PHONE), server, "mediator")
    wall = come_in(context(browser, WALL), server, "wall")
    expect(centre.get_by_role("heading", name="周主任")).to_be_visible()
    expect(mediator.get_by_role("heading", name="王调解员")).to_be_visible()
    received = wall.locator(".tiles li").nth(0).locator("b > span")
    accepted = wall.locator(".panels li").filter(has_text="接单").locator("b")
    before, taken = int(received.inner_text()), int(accepted.inner_text())
    for page in (centre, mediator, wall):
        mark(page)

    resident = context(browser, PHONE).new_page()
    resident.goto(f"{server.url}/report")
    fill_report(resident, title)
    # What is written of a township is proposed, and what was chosen stays until somebody taps.
    place = resident.get_by_label("具体地点")
    place.fill("柳林镇东街")
    resident.get_by_role("button", name="选柳林镇").click()
    expect(resident.get_by_role("button", name="选柳林镇")).to_be_hidden()
    resident.get_by_text("城关镇", exact=True).click()
    expect(resident.get_by_role("button", name="选柳林镇")).to_be_visible()
    place.fill("东街")
    expect(resident.get_by_role("button", name="选柳林镇")).to_be_hidden()
    resident.locator("input[type=file]").set_input_files(photos(2))
    expect(resident.get_by_role("img", name="第 2 张照片")).to_be_visible()
    resident.get_by_role("button", name="交给综治中心").click()
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    expect(resident.get_by_role("img", name="二维码")).to_be_visible()
    resident.get_by_role("link", name="看进度").click()
    expect(resident.get_by_role("heading", name="中心选调解员")).to_be_visible()
    mark(resident)

    row = centre.locator(".lines li").filter(has_text=title)
    expect(row).to_contain_text("新到")
    expect(row).to_contain_text("附 2 张照片")
    row.get_by_role("button", name="分派").click()
    expect(centre.get_by_role("button", name=re.compile("^邻里：写到.*漏水"))).to_be_visible()
    look = violations(centre, "dispatch", 16)
    assert not look, "\n".join(look)
    expect(centre.locator(".takers label").first).to_contain_text("负责全县 · 调解员的职责 · 手上")
    expect(centre.locator(".takers label").last).to_contain_text("负责别的乡镇")
    # What is missing is said where it is seen, and not behind the buttons.
    centre.get_by_role("button", name="派出去").click()
    missing = centre.get_by_role("dialog").get_by_role("alert")
    expect(missing).to_contain_text("请选要派给谁")
    assert missing.evaluate(IN_VIEW)
    kind = centre.get_by_role("combobox", name="类型")
    kind.click()
    kind.fill("损害")
    centre.get_by_role("option", name="损害赔偿").click()
    centre.get_by_role("checkbox", name="王调解员").check()
    centre.get_by_role("button", name="派出去").click()
    expect(centre.get_by_role("status").filter(has_text="已派给 王调解员")).to_be_visible()

    order = mediator.locator("article").filter(has_text=title)
    expect(order).to_contain_text("吴*")  # who reported stays masked until the order is accepted
    expect(resident.get_by_role("heading", name="等调解员接单")).to_be_visible()
    order.get_by_role("button", name="接单").click()
    expect(mediator.get_by_role("status").filter(has_text="已接单")).to_be_visible()
    expect(mediator.get_by_role("table")).to_contain_text(title)

    expect(resident.get_by_role("heading", name="约时间，在线调解")).to_be_visible()
    assert "吴" not in resident.locator("main").inner_text()
    expect(received).to_have_text(str(before + 1))
    expect(accepted).to_have_text(str(taken + 1))
    assert all(same_visit(page) for page in (centre, mediator, wall, resident))


def test_the_slower_of_two_is_told_who_was_faster(server: Server, browser: Browser) -> None:
    title = "路边果树遮挡红绿灯"
    resident = context(browser, PHONE).new_page()
    resident.goto(f"{server.url}/report")
    fill_report(resident, title)
    resident.get_by_role("button", name="交给综治中心").click()
    resident.get_by_role("link", name="看我反映的全部内容").click()
    expect(resident.get_by_role("heading", name="我反映的内容")).to_be_visible()
    resident.goto(server.url)
    resident.get_by_role("link", name="反映的事").click()  # the phone remembers where its own report is
    expect(resident.get_by_role("heading", name=title)).to_be_visible()
    centre = come_in(context(browser, DESK), server, "centre")
    centre.locator(".lines li").filter(has_text=title).get_by_role("button", name="分派").click()
    centre.get_by_role("checkbox", name="王调解员").check()
    centre.get_by_role("checkbox", name="陈调解员").check()
    centre.get_by_role("button", name="派出去").click()

    # What the server tells the slower one is held up on its way, as on a weak line.
    held: list[str | bytes] = []
    holding = False

    def line(socket: WebSocketRoute) -> None:
        there = socket.connect_to_server()
        there.on_message(lambda message: held.append(message) if holding else socket.send(message))
        lines.append(socket)

    lines: list[WebSocketRoute] = []
    slow_context = context(browser, DESK)
    slow_context.route_web_socket("**/hub*", line)
    slow = come_in(slow_context, server, "second mediator")
    order = slow.locator("article").filter(has_text=title)
    expect(order).to_be_visible()
    holding = True
    fast = come_in(context(browser, DESK), server, "mediator")
    fast.locator("article").filter(has_text=title).get_by_role("button", name="接单").click()
    expect(resident.get_by_text("王调解员负责这件事")).to_be_visible()
    order.get_by_role("button", name="接单").click()
    slow.wait_for_timeout(300)
    holding = False
    for message in held:
        lines[-1].send(message)
    expect(slow.get_by_role("alert")).to_contain_text("王调解员先接了这一单")
    expect(order).to_have_count(0)


def time_is_over(server: Server, title: str, browser: Browser) -> None:
    """The end of the time to answer is moved back; that the calendar was altered makes the clock look at once."""
    over = {"answer_by": "2026-01-01T00:00:00Z", "answer_term": None}
    alter(server.data, next(case["id"] for case in states(server.data) if case["title"] == title), lambda case, room: case.update(over))
    admin = come_in(context(browser, DESK), server, "system administrator")
    admin.evaluate(
        """as => fetch('/api/administration/calendar', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Heyi-As': as},
           body: JSON.stringify({day: '2026-12-30', working: false, name: '停电'})}).then(answer => { if (!answer.ok) throw answer.status })""",
        parse_qs(urlsplit(admin.url).query).get("as", [""])[0],
    )


def test_an_order_that_leaves_the_desk_says_who_took_it(server: Server, browser: Browser) -> None:
    title = "楼道堆物挡住消防门"
    resident = context(browser, PHONE).new_page()
    resident.goto(f"{server.url}/report")
    fill_report(resident, title)
    resident.get_by_label("具体地点").fill("柳林镇东街")
    resident.get_by_role("button", name="交给综治中心").click()
    expect(resident.get_by_role("heading", name="收到了")).to_be_visible()
    centre = come_in(context(browser, DESK), server, "centre")
    fast = come_in(context(browser, DESK), server, "mediator")
    idle = come_in(context(browser, DESK), server, "second mediator")
    row = centre.locator(".lines li").filter(has_text=title)

    # the telephone by which the case was reported is put right only by who says how the person was compared; what is asked for is in view
    row.get_by_role("link", name=title).click()
    centre.get_by_role("button", name=re.compile("^更正")).first.click()
    box = centre.get_by_role("dialog")
    box.get_by_label("电话").fill("13700009999")
    box.get_by_label("怎么知道写错了").fill("本人来窗口")
    box.get_by_role("button", name="更正", exact=True).click()
    expect(box.get_by_role("combobox")).to_be_focused()
    box.get_by_role("combobox").select_option("in_person")
    box.get_by_role("button", name="更正", exact=True).click()
    expect(centre.get_by_text("137****9999")).to_be_visible()
    centre.go_back()

    # a township that the words name is proposed, and put right with the order where the centre taps it
    row.get_by_role("button", name="分派").click()
    centre.get_by_role("button", name="柳林镇：写到柳林镇").click()
    expect(centre.get_by_role("button", name="柳林镇：写到柳林镇")).to_be_hidden()
    shot(centre, "placing-01-dispatch")
    expect(row).to_contain_text("城关镇")
    centre.get_by_role("checkbox", name="陈调解员").check()
    centre.get_by_role("button", name="派出去").click()
    expect(centre.get_by_text("已派给 陈调解员")).to_be_visible()

    # whose time to answer is over has it no more; the centre has it again, and reads who let it go back
    expect(idle.locator("article").filter(has_text=title)).to_be_visible()
    time_is_over(server, title, browser)
    expect(idle.locator("article").filter(has_text=title)).to_have_count(0)
    expect(idle.get_by_role("status").filter(has_text=f"《{title}》的接单期限已过")).to_be_visible()
    expect(row).to_contain_text("期限内没人接单")
    expect(row).to_contain_text("柳林镇 · ")
    case_id = str(row.get_by_role("link", name=title).get_attribute("href"))
    idle.goto(f"{server.url}{case_id}?{idle.url.partition('?')[2]}")
    expect(idle.get_by_role("heading", name="接单期限已过")).to_be_visible()
    shot(idle, "pool-01-late")
    idle.go_back()
    shot(centre, "pool-02-centre")
    row.get_by_role("link", name=title).click()
    expect(centre.get_by_text("期限内没人接单，退回中心重新分派")).to_be_visible()
    shot(centre, "pool-03-case")
    centre.go_back()
    row.get_by_role("button", name="分派").click()
    expect(centre.locator(".takers label").filter(has_text="陈调解员")).to_contain_text("上次没有接单")
    shot(centre, "pool-04-dispatch")
    centre.get_by_role("checkbox", name="陈调解员").check()
    centre.get_by_role("button", name="派出去").click()
    expect(centre.get_by_text("已派给 陈调解员")).to_be_visible()

    # one who has an interest gives it back; the centre is asked before it sends it there again
    idle.locator("article").filter(has_text=title).get_by_role("button", name="退回").click()
    idle.get_by_label("退回的原因").fill("是我亲戚")
    idle.get_by_role("checkbox").check()
    idle.get_by_role("dialog").get_by_role("button", name="退回", exact=True).click()
    expect(centre.get_by_text("已派给 陈调解员")).to_have_count(0)
    row.get_by_role("button", name="分派").click()
    for name in ("王调解员", "陈调解员"):
        centre.get_by_role("checkbox", name=name).check()
    centre.get_by_role("button", name="派出去").click()
    expect(centre.get_by_role("alert")).to_contain_text("陈调解员：本人申明与本案有利害关系")
    centre.get_by_role("button", name="仍然派出去").click()
    order = idle.locator("article").filter(has_text=title)
    expect(order).to_be_visible()
    fast.locator("article").filter(has_text=title).get_by_role("button", name="接单").click()
    expect(order).to_have_count(0)
    expect(idle.get_by_role("status").filter(has_text=f"《{title}》王调解员先接了")).to_be_visible()
