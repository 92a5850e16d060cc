"""Reporting in real Chromium: what is missing stands at its field, nothing is lost without a network, and a phone has little to fetch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report, photos
from tests.browser.pages.visit import shot
from tests.browser.screens import ROOT
from tests.serving import Server

pytestmark = pytest.mark.browser
LASTS = re.compile(r"^0:00 / 0:0[1-9]$")
TAG = "<img src=x onerror='ran=1'>"
TAPS = """() => document.addEventListener('pointerup', (event) => {
  if (event.target.closest('input:not([type=radio], [type=checkbox], [type=file]), textarea, select')) return
  sessionStorage.setItem('taps', 1 + Number(sessionStorage.getItem('taps')))
}, true)"""
"""Counts what is touched but for fields that are written in."""
PLAYS = (
    "v => v.play().then(() => new Promise(done => { const look = () => v.currentTime > 0.2 ? done(true) : setTimeout(look, 50); look() }))"
)


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
    # What is written is text, whatever it looks like, and turns no line around.
    shown = f"水渠被邻居堵住{TAG}"
    title = f"\u200f{shown}\u202e"
    there = context(browser, PHONE)
    page = there.new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, title, township="柳林镇", name="冯某")
    page.get_by_label("发生了什么").fill(f"田里没有水。{TAG}\u200f")
    page.get_by_label("具体地点，可以不填").fill(f"村东头{TAG}\u2067")
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

    code = page.get_by_text(re.compile(r"^HY-....-....$")).inner_text()
    page.get_by_role("link", name="看我反映的全部内容").click()
    told = (shown, f"田里没有水。{TAG}", f"村东头{TAG}")
    shows_as_text(page, *told)
    centre = come_in(context(browser, DESK), server, "centre")
    expect(centre.locator(".lines li").filter(has_text=shown)).to_have_count(1)
    shows_as_text(centre, shown)
    centre.goto(f"{server.url}/case/{page.url.partition('/mine/')[2].partition('?')[0]}")
    shows_as_text(centre, *told)
    page.goto(f"{server.url}/c/{code}")
    expect(page.get_by_role("heading", name=f"编号 {code}")).to_be_visible()
    shows_as_text(page)


def shows_as_text(page: Page, *told: str) -> None:
    for text in told:
        expect(page.get_by_text(text).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("() => window.ran === undefined")
    marks = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert not set(page.locator("body").inner_text()) & set(marks)


def test_who_would_rather_not_type_tells_it(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, "楼上半夜拉琴")
    for told in ("发生了什么", "一句话说说是什么事"):
        page.get_by_label(told).fill("")
    send = page.get_by_role("button", name="交给综治中心")
    page.get_by_role("button", name="不想打字？说一段").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"还能录 2:5\d"))
    problems = violations(page, "telling", 16)
    shot(page, "spoken-01-telling")
    send.click()
    expect(page.get_by_text("先点“说完了”，再交上去")).to_be_visible()
    page.get_by_role("button", name="说完了").click()
    expect(page.get_by_text("已经录好 0:0")).to_be_visible()
    expect(page.get_by_role("group", name="口述").get_by_text(LASTS)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    problems += violations(page, "told", 16)
    shot(page, "spoken-02-told")
    expect(page.get_by_text("已保存在这台手机上")).to_be_visible()
    page.reload()
    expect(page.get_by_text("已经录好 0:0")).to_be_visible()
    page.get_by_role("button", name="不要了").click()
    expect(page.get_by_text("已去掉")).to_be_visible()
    problems += violations(page, "left out", 16)
    shot(page, "spoken-03-left-out")
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_text("已经录好 0:0")).to_be_visible()
    send.click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    page.get_by_role("link", name="看我反映的全部内容").click()
    expect(page.get_by_text(re.compile(r"口述的纠纷（.+镇）"))).to_be_visible()
    # How long it is is told before it plays, and one may begin anywhere in it, though the file says nothing of its length.
    player = page.get_by_role("group", name="口述")
    expect(player.get_by_text(LASTS)).to_be_visible()
    place = player.get_by_role("slider", name="播放到哪里")
    last = int(float(place.get_attribute("max") or "0"))
    assert last >= 1
    place.focus()
    page.keyboard.press("End")
    sound = player.locator("audio")
    sound.evaluate(
        "sound => new Promise(done => { const look = () => !sound.seeking && sound.currentTime >= 1 ? done() : setTimeout(look, 50); look() })"
    )
    page.keyboard.press("Home")
    assert sound.evaluate(PLAYS)
    player.get_by_role("button", name="暂停").click()
    expect(player.get_by_role("button", name="播放", exact=True)).to_be_visible()
    problems += violations(page, "own", 16)
    shot(page, "spoken-04-own")

    # The office hears it, and writes it down with the subject that nobody wrote.
    centre = come_in(context(browser, DESK), server, "centre")
    expect(centre).to_have_title("工作台 · 和议")
    case = page.url.partition("/mine/")[2].partition("?")[0]
    centre.goto(f"{server.url}/case/{case}")
    expect(centre.get_by_role("heading", name=re.compile("口述的纠纷"))).to_be_visible()
    expect(centre.get_by_text("现在的是系统代拟的")).to_be_visible()
    facts = centre.locator("section").filter(has=centre.get_by_role("heading", name="反映的事"))
    facts.scroll_into_view_if_needed()
    shot(centre, "spoken-05-case")
    centre.get_by_role("button", name="把口述写下来").click()
    dialog = centre.get_by_role("dialog")
    expect(dialog.get_by_label("案由")).to_have_value("")
    dialog.get_by_label("案由").fill("楼上半夜拉琴")
    dialog.get_by_label("反映的事").fill("楼上每晚十点后拉琴，找过两次。")
    problems += violations(centre, "written down", 16)
    shot(centre, "spoken-06-write")
    dialog.get_by_role("button", name="保存").click()
    expect(centre.get_by_role("heading", name="楼上半夜拉琴")).to_be_visible()
    expect(centre.get_by_text("案由由周主任拟定")).to_be_visible()
    expect(page.get_by_role("heading", name="楼上半夜拉琴")).to_be_visible()
    centre.evaluate("localStorage.setItem('heyi.language', 'en')")
    centre.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    centre.reload()
    centre.get_by_role("button", name="Change it").click()
    problems += violations(centre, "put right, on a phone", 16)
    shot(centre, "spoken-07-write-phone-en")
    assert not problems, "\n".join(problems)


def test_what_is_told_is_kept_when_the_page_is_left_and_what_is_refused_is_seen(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, "楼下半夜放音乐")
    page.get_by_role("button", name="不想打字？说一段").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"还能录 2:5\d"))
    page.get_by_role("link", name="和议").first.click()
    expect(page.get_by_role("link", name="我要反映")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("已经录好 0:0")).to_be_visible()
    # a refusal that is about no field of the form
    refusal = {"code": "too_many", "message": "", "detail": {}, "retry": False}
    page.route("**/api/reports", lambda route: route.fulfill(status=429, json=refusal))
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.get_by_role("button", name="交给综治中心").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
        shot(page, f"refused-{size[0]}")


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


def test_what_was_wrong_goes_when_it_is_corrected(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(f"{server.url}/report")
    fill_report(page, "路灯不亮", phone="1380000777")
    send = page.get_by_role("button", name="交给综治中心")
    send.click()
    told = page.get_by_text("少了 1 位，请再看看")
    expect(told).to_be_visible()
    expect(page.get_by_text("还有 1 处要补")).to_be_visible()
    page.get_by_label("您的姓名").fill("吴某某")
    expect(told).to_be_visible()  # nobody has touched the field that it is about
    page.get_by_label("您的电话").fill("13800007777")
    expect(page.get_by_role("alert")).to_have_count(0)
    # a file that is no photograph for the server, whatever the phone made of it
    refusal = {"code": "not_a_photo", "message": "", "detail": {"field": "photos"}, "retry": False}
    page.route("**/api/reports", lambda route: route.fulfill(status=422, json=refusal), times=1)
    page.locator("input[type=file]").set_input_files(photos(1))
    expect(page.get_by_role("img", name="第 1 张照片")).to_be_visible()
    send.click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_role("button", name="去掉第 1 张照片").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    # and so where one comes in by a code
    page.goto(f"{server.url}/enter")
    page.get_by_label("编号").fill("HY-0000-0000")
    page.get_by_label("入场码").fill("00000000")
    page.get_by_role("button", name="进入").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    page.get_by_label("入场码").fill("00000001")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_whoever_goes_back_finds_what_was_handed_in(server: Server, browser: Browser) -> None:
    page = context(browser, PHONE).new_page()
    page.goto(server.url)
    page.evaluate(TAPS)
    page.get_by_role("link", name="我要反映").click()
    fill_report(page, "水管爆了")
    send = page.get_by_role("button", name="交给综治中心")
    send.click()
    code = page.get_by_text(re.compile(r"^HY-....-....$")).inner_text()
    taps = int(page.evaluate("sessionStorage.getItem('taps')"))
    assert 0 < taps <= 4, f"{taps} besides writing, from the first page to the receipt"
    page.get_by_role("link", name="看进度").click()
    page.wait_for_url(f"**/c/{code}")
    page.go_back()
    expect(page.get_by_role("heading", name="已经交上去了")).to_be_visible()
    expect(page.get_by_text(code, exact=True)).to_be_visible()
    expect(send).to_have_count(0)
    problems = violations(page, "handed in", 16)
    shot(page, "handed-360")
    page.get_by_role("link", name="看我反映的全部内容").click()
    expect(page.get_by_role("heading", name="水管爆了")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="再反映一件").click()
    subject = page.get_by_label("一句话说说是什么事")
    expect(subject).to_have_value("")
    expect(send).to_be_visible()
    subject.fill("井盖松了")
    expect(page.get_by_text("已保存在这台手机上")).to_be_visible()
    page.reload()
    expect(subject).to_have_value("井盖松了")
    # once that is over too, it is the same again
    fill_report(page, "井盖松了")
    send.click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    page.evaluate("localStorage.setItem('heyi.language', 'en')")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(f"{server.url}/report")
    expect(page.get_by_role("heading", name="It was handed in")).to_be_visible()
    expect(page.get_by_text(code, exact=True)).to_have_count(0)
    problems += violations(page, "handed in, on a desk", 16)
    shot(page, "handed-1280")
    assert not problems, "\n".join(problems)


def test_on_a_line_that_stalls_it_is_kept_and_sent_again_once(server: Server, browser: Browser) -> None:
    title = "井盖松了"
    page = context(browser, PHONE).new_page()
    page.clock.install()
    page.goto(f"{server.url}/report")
    fill_report(page, title)
    keys: list[str] = []
    page.route("**/api/reports", lambda route: keys.append(route.request.headers["idempotency-key"]))  # nothing ever comes back
    with page.expect_request("**/api/reports"):
        page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("网络太慢送不动的话")).to_be_visible()
    page.clock.fast_forward(61_000)
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    page.get_by_role("button", name="再改一改").click()
    expect(page.get_by_label("一句话说说是什么事")).to_have_value(title)
    page.unroute("**/api/reports")
    with page.expect_request("**/api/reports") as sent:
        page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert keys == [sent.value.headers["idempotency-key"]]


def test_a_livelihood_matter_is_asked_and_told_in_its_own_words(server: Server, browser: Browser) -> None:
    """On the form, the receipt, the public page, the own page and among the resident's matters: nothing of a dispute."""
    there = context(browser, PHONE)
    page, problems = there.new_page(), list[str]()

    def look(name: str) -> None:
        text = page.locator("main").inner_text() + page.locator("footer").inner_text()
        found = [word for word in ("矛盾", "纠纷", "对方", "调解") if word in text.replace("和人有纠纷", "")]
        problems.extend(f"{name}: {word}" for word in found)
        problems.extend(violations(page, name, 16))
        shot(page, f"matter-{name}")

    page.goto(f"{server.url}/report")
    page.get_by_text("水电路灯等民生事").click()
    fill_report(page, "村口路灯坏了")
    page.get_by_label("发生了什么").fill("坏了一周，晚上看不见路。")
    page.get_by_text("和谁有关（可以不填）").click()
    page.get_by_label("有关的人或单位", exact=True).fill("安和路灯所")
    page.get_by_label("具体地点").fill("东街口")
    look("01-form")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("交给能办的人去办")).to_be_visible()
    look("02-receipt")
    page.get_by_role("link", name="看我反映的全部内容").click()
    own = page.locator("section").filter(has_text="我反映的内容")
    expect(own).to_contain_text("城关镇 · 东街口")
    expect(own).to_contain_text("安***所")
    look("03-own")
    page.get_by_role("link", name="看公开进度页").click()
    expect(page.get_by_role("heading", name="中心选人去办")).to_be_visible()
    expect(page.get_by_text("民生事项")).to_be_visible()
    look("04-public")
    assert not problems, "\n".join(problems)
