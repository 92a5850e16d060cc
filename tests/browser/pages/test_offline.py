"""The report page in real Chromium without a network: it opens where it was opened before, and what is written there is sent once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report
from tests.browser.pages.visit import shot
from tests.serving import Server

pytestmark = pytest.mark.browser
SUBJECT = "一句话说说是什么事"
READY = "page => navigator.serviceWorker.getRegistration(page).then(one => one?.active?.state === 'activated')"
KEPT = """async () => {
  const names = await caches.keys()
  return Promise.all(names.map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname))).then(all => all.flat())
}"""


def until(page: Page, holds: str, of: str = "") -> None:
    """Of what is a promise, which a page's own waiting would take for true."""
    for _ in range(100):
        if page.evaluate(holds, of):
            return
        page.wait_for_timeout(100)
    raise AssertionError(holds)


def opened_before(server: Server, there: BrowserContext) -> Page:
    page = there.new_page()
    page.goto(f"{server.url}/report")
    expect(page.get_by_label(SUBJECT)).to_be_visible()
    until(page, READY, "/report")
    return page


def without_network(there: BrowserContext) -> None:
    """For pages, and for the worker too: otherwise it could fetch what it is to have kept. One that has only just come may have to be told again."""
    for _ in range(20):
        there.set_offline(True)
        if there.service_workers[-1].evaluate("fetch('/healthz').then(() => 'answered', () => 'no network')") == "no network":
            return
        there.set_offline(False)
    raise AssertionError("the worker has a network")


def test_the_report_page_opens_without_a_network_and_sends_once_when_there_is_one(server: Server, browser: Browser) -> None:
    title = "排水沟堵了三天"
    there = context(browser, PHONE)
    page = opened_before(server, there)
    kept = page.evaluate(KEPT)
    assert "/report" in kept and len(kept) <= 61
    assert all(path == "/report" or path.startswith("/assets/") for path in kept), kept
    without_network(there)
    answer = page.reload()
    assert answer is not None and answer.from_service_worker
    expect(page.get_by_label(SUBJECT)).to_be_visible()
    shot(page, "offline-01-form")
    page.get_by_role("button", name="看隐私告知").click()
    notice = page.get_by_role("dialog", name="隐私告知")
    expect(notice).to_contain_text("收什么")
    assert violations(page, "notice", 16) == []
    shot(page, "offline-04-notice")
    notice.get_by_role("button", name="关闭").click()
    fill_report(page, title, township="柳林镇", name="冯某")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    # The phone is put away and taken out again; the language that was not read before is there too.
    page.close()
    page = there.new_page()
    page.goto(f"{server.url}/report?from=poster")
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    shot(page, "offline-02-waits")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_text("No network")).to_be_visible()
    shot(page, "offline-03-waits-en")
    page.get_by_role("button", name="中文").click()
    keys: list[str] = []
    page.on("request", lambda request: keys.append(request.headers.get("idempotency-key", "")) if request.method == "POST" else None)
    there.set_offline(False)
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert len(keys) == 1 and keys[0]
    centre = come_in(context(browser, DESK), server, "centre")
    expect(centre.locator(".lines li").filter(has_text=title)).to_have_count(1)


def test_no_other_page_is_answered_and_nothing_of_a_report_is_kept(server: Server, browser: Browser) -> None:
    there = context(browser, DESK)
    page = opened_before(server, there)
    page.reload()
    assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
    fill_report(page, "路灯一个月没亮")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert not [path for path in page.evaluate(KEPT) if not re.fullmatch(r"/report|/assets/[\w.-]+", path)]
    other = there.new_page()
    for path in ("/verify", "/"):
        other.goto(f"{server.url}{path}")
        assert not other.evaluate("Boolean(navigator.serviceWorker.controller)")
        without_network(there)
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            other.reload()
        there.set_offline(False)


def test_a_newer_version_waits_for_the_open_page_and_then_takes_its_place(server: Server, browser: Browser) -> None:
    there = context(browser, DESK)
    text = there.request.get(f"{server.url}/sw.js").text()
    [name] = set(re.findall(r"name:[`\"'](\w+)[`\"']", text))
    # What this phone has is of an older version, which differs by its name alone; the server has the present one.
    there.route("**/sw.js", lambda route: route.fulfill(body=text.replace(name, "older"), content_type="text/javascript"))
    page = opened_before(server, there)
    there.unroute("**/sw.js")
    assert page.evaluate("caches.keys()") == ["report-older"]
    page.evaluate("() => navigator.serviceWorker.getRegistration('/report').then(one => one.update()).then(() => true)")
    waits = "() => navigator.serviceWorker.getRegistration('/report').then(one => Boolean(one.waiting) && !one.installing)"
    until(page, waits)
    assert set(page.evaluate("caches.keys()")) == {"report-older", f"report-{name}"}
    # It need not be opened again for that; what looks on is no page of the worker's.
    other = there.new_page()
    other.goto(f"{server.url}/verify")
    page.close()
    until(other, f"() => caches.keys().then(all => all.join() === 'report-{name}')")
    without_network(there)
    other.goto(f"{server.url}/report")
    expect(other.get_by_label(SUBJECT)).to_be_visible()
