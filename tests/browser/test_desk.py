"""The office's screens over the demonstration's county, as somebody finds them who knows nothing of it: nothing is offered that fails, and what is said leads on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server, serving
from web.demonstration_followed import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("desk") / "data") as running:
        yield running


def case_of(page: Page, url: str, stage: str, title: str = "") -> None:
    """The first case at this stage, or the one of this title."""
    page.goto(f"{url}/desk/cases?stage={stage}")
    page.locator("tbody .subject").filter(has_text=title).get_by_role("link").first.click()
    expect(page.locator(".case h1")).to_be_visible()


def greeting_of(page: Page) -> Locator:
    return page.locator(".greeting")


def taken(page: Page, within: str = "main .side") -> list[str]:
    """What can be downloaded from the page, each of which answers with a file."""
    links = page.locator(f"{within} a[download], {within} a[target=_blank]")
    found = [(str(link.get_attribute("href")), link.get_attribute("aria-label") or link.inner_text()) for link in links.all()]
    for url, name in found:
        answer = page.request.get(page.evaluate("url => new URL(url, location).href", url))
        assert answer.status == 200, (name, url, answer.text()[:200])
    return [name for _, name in found]


def test_nothing_is_offered_that_is_not_there(server: Server, everybody: People) -> None:
    page = everybody.open(server.links["centre"], DESK)
    expect(page.locator(".greeting")).to_be_visible()
    case_of(page, server.url, "agreed", TITLE)
    evidence = page.locator("section").filter(has=page.get_by_role("heading", name="证据", exact=True))
    expect(evidence).to_contain_text("没有录音录像，没有回放")
    expect(evidence).to_contain_text("没有在系统里记笔录")
    expect(evidence).to_contain_text("协议不在本系统内，这里备不了申请材料")
    options = evidence.locator("#profile option")
    assert options.all_inner_texts() == ["全部存档", "冯某的副本", "卫某的副本"], "no court has anything to do with it"
    names = taken(page, "main")
    assert {"下载调解证明", "导出证据包"} <= set(names) and not {"下载调解笔录", "打开协议书"} & set(names)
    everybody.look(page, "desk-01-agreed-elsewhere", SHOTS)
    options.nth(1).evaluate("option => { option.selected = true; option.parentElement.dispatchEvent(new Event('change')) }")
    assert "导出证据包" in taken(page)

    # closed, with no session here at all: the certificate, and why there is nothing else
    case_of(page, server.url, "closed")
    expect(evidence).to_contain_text("没有录音录像，没有回放")
    assert "下载调解证明" in taken(page)

    # under way
    case_of(page, server.url, "mediating")
    expect(evidence).to_contain_text("调解有了结果，这里可以下载")
    assert "全部存档" in options.all_inner_texts() and len(options.all()) == 3
    taken(page)
    case_of(page, server.url, "accepted")
    expect(evidence).to_have_count(0)


def test_what_was_given_back_is_told_where_one_comes_to_and_where_it_was(server: Server, everybody: People) -> None:
    page = everybody.open(server.links["second mediator"], PHONE)
    expect(page.locator(".greeting")).to_be_visible()
    case_of(page, server.url, "accepted")
    title, here = page.locator(".case h1").inner_text(), page.url
    page.get_by_role("button", name="退回中心").click()
    page.get_by_label("退回的原因").fill("生病住院")
    page.get_by_role("dialog").get_by_role("button", name="退回中心").click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(page.get_by_text(f"《{title}》已退回中心，由中心另行安排")).to_be_visible()
    everybody.look(page, "desk-02-given-back-phone", SHOTS)
    page.go_back()
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()
    page.goto(here)
    expect(page.get_by_role("heading", name="这件已退回中心")).to_be_visible()
    everybody.look(page, "desk-03-given-back-page-phone", SHOTS)
    page.get_by_role("link", name="回工作台").click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(page.get_by_text("已退回中心，由中心")).to_have_count(0)  # it was told once


def test_an_account_without_a_password_says_how_its_owner_comes_in(server: Server, everybody: People) -> None:
    page = everybody.open(server.links["system administrator"], PHONE)
    expect(page.get_by_text("还没有密码")).to_have_count(0)
    page.get_by_role("button", name="建账号").click()
    page.get_by_label("账号", exact=True).fill("li")
    page.get_by_label("姓名", exact=True).fill("李调解")
    page.get_by_role("dialog").get_by_role("button", name="建账号").click()
    shown = page.get_by_role("dialog", name="登录链接")
    expect(shown).to_contain_text("这里没有密码，本人就凭这个链接登录")
    everybody.look(page, "desk-04-link-phone", SHOTS)
    link = shown.locator(".link-shown").inner_text()
    for _ in range(2):
        expect(everybody.open(link, PHONE).locator(".greeting")).to_be_visible()


def test_sentences_of_the_desk_lead_to_what_they_speak_of(server: Server, everybody: People) -> None:
    page = everybody.open(server.links["mediator"], PHONE)
    late = greeting_of(page).get_by_role("link", name="1件履行逾期")
    everybody.look(page, "desk-05-greeting-phone", SHOTS)
    late.press("Enter")
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()

    page = everybody.open(server.links["centre"], DESK)
    expect(greeting_of(page).get_by_role("link", name="1件履行逾期")).to_be_visible()
    everybody.look(page, "desk-06-greeting", SHOTS)
    page.goto(f"{server.url}/desk/cases?only=late")  # where it leads to with several
    shown = page.get_by_role("button", name="履行逾期 1")
    expect(page.get_by_text("共 1 件")).to_be_visible()
    everybody.look(page, "desk-07-list-late", SHOTS)
    shown.click()
    expect(page.get_by_role("button", name="全部")).to_have_attribute("aria-pressed", "true")
    assert "only" not in page.url
    page.get_by_role("link", name="工作台").first.click()
    greeting_of(page).get_by_role("link", name="件等您分派").click()
    expect(page.get_by_role("heading", name="等您分派")).to_be_focused()


def test_the_log_is_said_in_words(server: Server, everybody: People) -> None:
    system = everybody.open(server.links["system administrator"], DESK)
    # Deliveries: without anybody's name but the staff's, and sought by what became of them.
    sent = system.get_by_role("region", name="通知投递记录")
    expect(sent.get_by_role("listitem").first).to_contain_text("页面")
    sent.scroll_into_view_if_needed()
    everybody.look(system, "desk-10-deliveries", SHOTS)
    sent.get_by_label("结果").select_option(label="没有送到")
    expect(sent.get_by_text("没有通知")).to_be_visible()
    system.set_viewport_size(PHONE)
    sent.get_by_label("结果").select_option(label="已送出")
    expect(sent.get_by_role("listitem").first).to_contain_text("已送出")
    sent.scroll_into_view_if_needed()
    everybody.look(system, "desk-11-deliveries-phone", SHOTS)
    system.set_viewport_size(DESK)
    system.get_by_role("button", name="建账号").click()
    system.get_by_label("账号", exact=True).fill("audited")
    system.get_by_label("姓名", exact=True).fill("吕调解")
    system.get_by_role("dialog").get_by_role("button", name="建账号").click()
    expect(system.get_by_role("dialog", name="登录链接")).to_be_visible()
    page = everybody.open(server.links["audit administrator"], PHONE)
    entry = page.locator("li").filter(has_text="建账号 吕调解")
    expect(entry).to_contain_text("钱管理员、系统管理员")
    expect(entry).to_contain_text("调解员、安和县")
    quoted = entry.locator(".raw")
    expect(quoted).to_be_hidden()
    entry.locator("summary").press("Enter")
    expect(quoted).to_contain_text("created · system · ")
    everybody.look(page, "desk-08-log-phone", SHOTS)
    page.set_viewport_size(DESK)
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_text("Account 吕调解 made")).to_be_visible()
    everybody.look(page, "desk-09-log-en", SHOTS)


def test_the_type_of_an_accepted_case_is_put_right_and_a_further_tab_opens(server: Server, everybody: People) -> None:
    page = everybody.open(server.links["mediator"], DESK)
    expect(page.locator(".greeting")).to_be_visible()
    case_of(page, server.url, "accepted")
    page.get_by_role("button", name="改类型").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="改", exact=True)).to_be_disabled()
    everybody.look(page, "desk-classify", SHOTS)
    dialog.get_by_role("combobox", name="类型").click()
    page.get_by_role("option", name="知识产权").click()
    dialog.get_by_role("combobox", name="发生在哪个乡镇").click()
    page.get_by_role("option", name="柳林镇").click()
    dialog.get_by_label("具体地点").fill("供销社门口")
    everybody.look(page, "desk-relocate", SHOTS)
    dialog.get_by_role("button", name="改", exact=True).click()
    expect(page.locator(".case .tags")).to_contain_text("知识产权")
    expect(page.get_by_text("柳林镇 供销社门口")).to_be_visible()
    # as a middle click opens it: an address without a session, in the same browser
    further = page.context.new_page()
    further.goto(page.url)
    expect(further.locator(".case .tags")).to_contain_text("知识产权")
    # Corrected in the one while the dialog is open in the other: both badges follow, and the dialog, in which nothing was chosen yet, undoes nothing.
    further.get_by_role("button", name="改类型").click()
    page.get_by_role("button", name="改类型").click()
    dialog.get_by_role("combobox", name="类型").click()
    page.get_by_role("option", name="旅游").click()
    dialog.get_by_role("button", name="改", exact=True).click()
    expect(further.locator(".case .tags")).to_contain_text("旅游")
    other = further.get_by_role("dialog")
    expect(other.locator(".el-select").first).to_contain_text("旅游")
    expect(other.get_by_role("button", name="改", exact=True)).to_be_disabled()
