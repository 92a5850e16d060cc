"""登记 in real Chromium without a network: a grid worker enters cases on a round, and each is one case afterwards, of nobody but whoever entered it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, photos
from tests.browser.pages.test_offline import KEPT, READY, until, without_network
from tests.browser.pages.visit import shot
from tests.sealed import states
from tests.serving import Server

pytestmark = pytest.mark.browser
LIES = """() => new Promise((done, failed) => {
  const asked = indexedDB.open('heyi', 1)
  asked.onerror = () => failed(asked.error)
  asked.onsuccess = () => {
    const found = asked.result.transaction('report').objectStore('report').getAllKeys()
    found.onsuccess = () => (asked.result.close(), done(found.result))
  }
})"""
"""Names of all that this device keeps of what people write."""
PATH = "/desk/intake"
SENT = re.compile(r"^HY-....-....$")


def opened_before(page: Page) -> None:
    page.get_by_role("link", name="登记").click()
    expect(page.get_by_role("heading", name="登记一件")).to_be_visible()
    until(page, READY, PATH)


def enter(page: Page, title: str, pictures: int = 0) -> None:
    page.get_by_label("一句话说说是什么事").fill(title)
    page.get_by_label("发生了什么").fill("两家为此吵过，还没有动手。")
    if not page.get_by_role("radio", name="城关镇").is_checked():
        page.get_by_text("城关镇", exact=True).click()
    page.get_by_label("当事人一方的姓名").fill("孙某")
    if pictures:
        page.locator("input[type=file]").set_input_files(photos(pictures))
        expect(page.get_by_role("img", name="第 1 张照片")).to_be_visible()
    page.get_by_role("button", name="交给综治中心").click()


def test_what_a_grid_worker_enters_without_a_network_is_one_case_each_afterwards(server: Server, browser: Browser) -> None:
    there, problems = context(browser, PHONE), list[str]()
    page = come_in(there, server, "grid worker")
    opened_before(page)
    kept = page.evaluate(KEPT)
    assert PATH in kept and all(path == PATH or path.startswith("/assets/") for path in kept), kept
    without_network(there)
    page.close()
    page = there.new_page()
    answer = page.goto(f"{server.url}{PATH}")
    assert answer is not None and answer.from_service_worker
    expect(page.get_by_text("没有网络。照常登记")).to_be_visible()
    expect(page.get_by_role("heading", name="登记一件")).to_be_visible()
    problems += violations(page, "form", 16)
    shot(page, "offline-intake-01-form")
    enter(page, "楼道堆满纸箱", pictures=1)
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    page.get_by_role("button", name="再登记一件").click()
    expect(page.get_by_text("1 件等待发送")).to_be_visible()
    shot(page, "offline-intake-02-strip")
    enter(page, "两家争一个车位")
    expect(page.get_by_role("heading", name="等待发送（2）")).to_be_visible()
    problems += violations(page, "two wait", 16)
    shot(page, "offline-intake-02-two-wait")
    # The phone is put away and taken out again.
    page.close()
    page = there.new_page()
    page.goto(f"{server.url}{PATH}")
    expect(page.get_by_role("listitem").filter(has_text="楼道堆满纸箱")).to_contain_text("1 张照片")
    assert len([name for name in page.evaluate(LIES) if name.startswith("waiting/")]) == 2
    keys: list[str] = []
    page.on("request", lambda request: keys.append(request.headers.get("idempotency-key", "")) if request.method == "POST" else None)
    # The answer to the first is lost on its way: it is sent again, and is no other case for that.
    page.route(
        "**/api/intake",
        lambda route: (route.fetch(), route.abort()) if len(keys) == 1 and route.request.method == "POST" else route.continue_(),
    )
    there.set_offline(False)
    again = page.get_by_role("button", name="现在再送一次")
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    expect(again).to_be_enabled()
    again.click()
    expect(page.get_by_role("heading", name="已送出（2）")).to_be_visible()
    expect(page.get_by_role("link", name=SENT)).to_have_count(2)
    problems += violations(page, "sent", 16)
    shot(page, "offline-intake-03-sent")
    assert len(keys) == 3 and keys[0] == keys[1] != keys[2]
    assert page.evaluate(LIES) == [], "nothing is left on the device"
    found = [case for case in states(server.data) if case["title"] in {"楼道堆满纸箱", "两家争一个车位"}]
    assert {case["title"]: (case["source"], len(case.get("photos", []))) for case in found} == {
        "楼道堆满纸箱": ("网格员排查", 1),
        "两家争一个车位": ("网格员排查", 0),
    }
    assert len(found) == 2
    assert not problems, "\n".join(problems)


@pytest.mark.every
def test_what_waits_is_of_its_account_alone_whoever_has_the_device(server: Server, browser: Browser) -> None:
    there, problems = context(browser, DESK), list[str]()
    page = come_in(there, server, "grid worker")
    opened_before(page)
    there.route("**/api/intake", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    enter(page, "水井边的旧怨")
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    problems += violations(page, "waits", 16)
    shot(page, "offline-intake-04-desk")
    page.get_by_role("button", name="退出登录").click()
    dialog = page.get_by_role("dialog", name="还有登记没有送出")
    expect(dialog.get_by_role("button", name="先不退出")).to_be_focused()
    problems += violations(page, "asked before signing out", 16)
    shot(page, "offline-intake-05-sign-out")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    shot(page, "offline-intake-06-sign-out-360")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # The session ends, as it does after some hours.
    there.clear_cookies()
    page.goto(f"{server.url}{PATH}")
    expect(page.get_by_text("有 1 件登记存在本机，请重新登录后发送")).to_be_visible()
    expect(page.get_by_text("水井边的旧怨")).to_have_count(0)
    problems += violations(page, "signed out", 16)
    shot(page, "offline-intake-07-ended")
    there.unroute("**/api/intake")
    posted: list[str] = []
    there.on("request", lambda request: posted.append(request.url) if request.method == "POST" and "intake" in request.url else None)
    # Somebody else signs in at this device, who may enter cases too.
    other = come_in(there, server, "centre")
    other.goto(f"{server.url}{PATH}")
    expect(other.get_by_role("heading", name="登记一件")).to_be_visible()
    expect(other.get_by_text("等待发送")).to_have_count(0)
    expect(other.get_by_text("水井边的旧怨")).to_have_count(0)
    assert not posted
    assert [name for name in other.evaluate(LIES) if name.startswith("waiting/")]
    # Whoever entered it comes back: it goes out from whichever page of theirs is open.
    own = come_in(there, server, "grid worker")
    expect(own.get_by_text("存在本机的登记已送出 1 件")).to_be_visible()
    problems += violations(own, "sent from the desk", 16)
    shot(own, "offline-intake-08-desk-sent")
    me = own.evaluate("fetch(`/api/me?as=${sessionStorage.getItem('heyi.as')}`).then(answer => answer.json()).then(who => who.id)")
    assert [case["entered_by"] for case in states(server.data) if case["title"] == "水井边的旧怨"] == [me]
    assert not problems, "\n".join(problems)
