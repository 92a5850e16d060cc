"""The pages around the room in real Chromium: a report's way through the house without a reload, offline, and for everybody's eyes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, WALL, come_in, context, fill_report, photos
from tests.browser.screens import ROOT
from tests.browser.sitting import SHOTS
from tests.serving import Server, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pages") / "data") as running:
        yield running


def mark(page: Page) -> None:
    """A reload would lose it."""
    page.evaluate("window.sameVisit = true")


def same_visit(page: Page) -> bool:
    return bool(page.evaluate("window.sameVisit === true"))


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
    expect(centre.locator(".takers label").first).to_contain_text("区域相符 · 手上")
    expect(centre.locator(".takers label").last).to_contain_text("负责别的乡镇")
    kind = centre.get_by_role("combobox", name="纠纷类型")
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


def test_an_order_that_leaves_the_desk_says_who_took_it(server: Server, browser: Browser) -> None:
    title = "楼道堆物挡住消防门"
    resident = context(browser, PHONE).new_page()
    resident.goto(f"{server.url}/report")
    fill_report(resident, title)
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

    row.get_by_role("button", name="分派").click()
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


def test_what_is_wrong_stands_at_its_field(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/report")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("还有 5 处要补")).to_be_visible()
    expect(page.get_by_label("一句话说说是什么事")).to_be_focused()
    fill_report(page, "路灯不亮", phone="1380000777")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("少了 1 位，请再看看")).to_be_visible()
    expect(page.get_by_label("您的电话")).to_be_focused()


def test_a_report_without_network_is_kept_and_sent_once(server: Server, browser: Browser) -> None:
    title = "水渠被邻居堵住"
    there = context(browser, PHONE)
    page = there.new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, title, township="柳林镇", name="冯某")
    expect(page.get_by_text("已保存在这台手机上")).to_be_visible()
    # The picture takes its time on this phone: until it is kept too, nothing is said to be kept.
    page.evaluate("""() => {
      const draw = HTMLCanvasElement.prototype.toBlob
      HTMLCanvasElement.prototype.toBlob = function (...all) { window.develop = () => draw.apply(this, all) }
    }""")
    page.locator("input[type=file]").set_input_files(photos(1))
    expect(page.get_by_text("已保存在这台手机上")).to_have_count(0)
    page.wait_for_function("() => Boolean(window.develop)")
    page.evaluate("develop()")
    expect(page.get_by_text("已保存在这台手机上")).to_be_visible()
    page.reload()
    expect(page.get_by_label("一句话说说是什么事")).to_have_value(title)
    expect(page.get_by_role("img", name="第 1 张照片")).to_be_visible()

    keys: list[str] = []
    page.on("request", lambda request: keys.append(request.headers.get("idempotency-key", "")) if request.method == "POST" else None)
    # The answer to the first attempt is lost on its way: the server has the report, the phone does not know.
    page.route("**/api/reports", lambda route: (route.fetch(), route.abort()), times=1)
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    there.set_offline(True)
    page.get_by_role("button", name="现在再送一次").click()
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    there.set_offline(False)
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert len(keys) == 2 and keys[0] == keys[1] != ""

    centre = come_in(context(browser, DESK), server, "centre")
    expect(centre.locator(".lines li").filter(has_text=title)).to_have_count(1)


def test_an_unknown_code_is_told_plainly(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/c/HY-0000-0000")
    expect(page.get_by_role("heading", name="没有这个编号")).to_be_visible()
    page.goto(f"{server.url}/desk")
    expect(page.get_by_text("请重新登录，或再点一次您的链接")).to_be_visible()


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
    _shot(page, "past-01-desk")
    page.locator(".list button").filter(has_text="接单").last.click()
    expect(sheet.locator(".changed").filter(has_text="状态").locator("del")).to_have_text("等人接单")
    expect(sheet.locator(".changed").filter(has_text="承办人")).to_contain_text("王调解员")
    _shot(page, "past-02-accepted-desk")
    before.click()
    expect(sheet).to_contain_text("等人接单")
    steps.press("Home")
    expect(before).to_be_disabled()
    expect(sheet.locator(".changed")).to_have_count(0)
    steps.press("End")
    expect(steps).to_have_value(str(last))

    # Whoever has the database alters what an entry says; everything else stays as it was.
    case = page.url.split("/case/")[1].split("/")[0]
    with closing(sqlite3.connect(server.data / "heyi.sqlite3", timeout=20)) as books, books:
        edited = books.execute(
            "UPDATE ledger_payload SET body = replace(body, 'account:', 'account:x') "
            "WHERE entry = (SELECT entry_hash FROM ledger WHERE case_id = ? AND kind = 'case.accepted')",
            (case,),
        )
        assert edited.rowcount == 1
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("有 1 处记录与写入时不符")
    expect(page.get_by_role("alert")).to_contain_text("（接单，")
    _shot(page, "past-03-broken-desk")
    problems += violations(page, "past broken", 16)
    page.set_viewport_size({"width": 360, "height": 640})
    problems += violations(page, "past on a phone", 16)
    _shot(page, "past-04-phone")
    assert not problems, "\n".join(problems)


def _shot(page: Page, name: str) -> None:
    if SHOTS is not None:
        page.screenshot(path=str(SHOTS / f"{name}.png"))


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_pages_are_for_everybody(server: Server, browser: Browser, language: str) -> None:
    """axe finds nothing serious; no text under 16 px (28 on the wall), no page wider than its screen, no target too small to touch."""
    code = server.links["public code"].removeprefix(server.url)
    problems: list[str] = []

    def look(page: Page, name: str, least: float = 16) -> None:
        problems.extend(violations(page, name, least))

    phone = context(browser, PHONE, language)
    page = phone.new_page()
    for path in ("/", "/report", code, "/c/HY-0000-0000", "/sign-in", "/mine", "/verify"):
        page.goto(server.url + path)
        look(page, path)
    page.goto(f"{server.url}/verify")
    page.locator("input[type=file]").set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"x"})
    page.locator(".verdict").wait_for()
    look(page, "verdict")
    phone.close()
    for role, size in (("mediator", DESK), ("mediator", PHONE), ("centre", DESK)):
        there = context(browser, size, language)
        page = come_in(there, server, role)
        page.locator("h1").wait_for()
        look(page, f"{role} {size} /desk")
        if role == "centre":
            page.locator(".lines button").first.click()
            page.get_by_role("dialog").wait_for()
            look(page, "dispatch dialog")
        handle = page.evaluate("sessionStorage.getItem('heyi.as')")
        page.goto(f"{server.url}/desk/cases?as={handle}")
        page.locator("td a").first.wait_for()
        look(page, f"{role} {size} cases")
        page.locator("td a").first.click()
        page.locator(".strip").wait_for()
        look(page, f"{role} {size} case")
        there.close()
    there = context(browser, WALL, language)
    page = come_in(there, server, "wall")
    page.locator(".tiles").wait_for()
    look(page, "wall", least=27.9)
    there.close()
    assert not problems, "\n".join(problems)


def test_first_load_of_the_report_is_small(server: Server) -> None:
    """All that a phone fetches before it can report stays under 200 KB compressed."""
    import gzip

    static = ROOT / "web" / "static"
    index = (static / "index.html").read_text()
    wanted = {Path(name) for name in re.findall(r"/(assets/[^\"]+\.(?:js|css))", index)}
    wanted |= {p.relative_to(static) for name in ("ReportPage", "zh") for p in static.glob(f"assets/{name}-*") if p.suffix != ".gz"}
    seen: set[Path] = set()
    while wanted - seen:
        path = (wanted - seen).pop()
        seen.add(path)
        if path.suffix == ".js" and (path.name.startswith("ReportPage") or path in wanted):
            text = (static / path).read_text()
            wanted |= {Path("assets") / name for name in re.findall(r"from\"\./([^\"]+\.js)\"", text)}
    total = sum(len(gzip.compress((static / path).read_bytes())) for path in seen)
    assert total < 200 * 1024, f"{total} bytes"


def test_a_wrong_telephone_is_corrected_with_the_reason(server: Server, browser: Browser) -> None:
    page = come_in(context(browser, DESK), server, "mediator")
    page.get_by_role("link", name="案件", exact=True).click()
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()
    page.locator("td a").filter(has_text="屋檐雨水").click()
    person = page.locator(".people li").filter(has_text="赵某")
    expect(person).to_contain_text("139****5678")
    person.get_by_role("button", name="更正").click()
    dialog = page.get_by_role("dialog")
    problems = violations(page, "correct", 16)
    assert not problems, "\n".join(problems)
    _shot(page, "correct-party-desk")
    dialog.get_by_label("电话").fill("1390000")
    dialog.get_by_label("怎么知道写错了").fill("本人来电")
    dialog.get_by_role("button", name="更正").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("少了 4 位")
    dialog.get_by_label("电话").fill("13900001111")
    dialog.get_by_role("button", name="更正").click()
    expect(dialog).to_be_hidden()
    expect(person).to_contain_text("139****1111")
