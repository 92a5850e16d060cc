"""A resident who is signed in, in real Chromium: is asked for nothing that is known, and reads how a case ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import PHONE, context, fill_report
from tests.browser.pages.visit import shot
from tests.sealed import states
from tests.serving import Server

pytestmark = pytest.mark.browser


def sign_in(page: Page, number: str) -> None:
    page.get_by_label("我看过并同意").check()
    page.get_by_role("textbox", name="手机号").fill(number)
    page.get_by_role("button", name="发验证码").click()
    code = page.get_by_role("status").filter(has_text="演示环境不发短信").inner_text()[-6:]
    field = page.get_by_label("短信里的 6 位验证码")
    field.fill("000000" if code != "000000" else "000001")
    field.press("Enter")
    wrong = page.get_by_role("alert")
    expect(wrong).to_contain_text("验证码不对")
    field.fill(code[:3])
    expect(wrong).to_have_count(0)
    field.fill(code)
    field.press("Enter")
    expect(page.get_by_role("heading", name="我的信息")).to_be_visible()


def test_the_number_is_known_and_another_can_be_given(server: Server, browser: Browser) -> None:
    page, problems = context(browser, PHONE).new_page(), list[str]()
    refused: list[str] = []
    page.on("response", lambda response: refused.append(response.url) if response.status in {401, 403} else None)
    page.goto(f"{server.url}/mine")
    expect(page.get_by_role("textbox", name="手机号")).to_be_visible()
    page.goto(f"{server.url}/report")
    expect(page.get_by_label("您的电话")).to_be_visible()
    assert not refused, "whoever is not signed in is asked, and asks nothing"
    page.goto(f"{server.url}/mine")
    sign_in(page, "13600002222")

    page.get_by_role("link", name="再反映一件").click()
    known = page.locator(".field").filter(has_text="您登录用的号码")
    expect(known).to_contain_text("136****2222")
    expect(page.get_by_label("您的电话")).to_have_count(0)
    problems += violations(page, "report by account", 16)
    shot(page, "signed-in-01-report")
    known.get_by_role("button", name="换一个号码").click()
    fill_report(page, "楼道灯坏了", name="许某", phone="13600003333")
    page.get_by_role("button", name="用登录的号码 136****2222").click()
    expect(known).to_be_visible()
    with page.expect_request("**/api/reports") as sent:
        page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    page.get_by_role("link", name="看进度").click()
    page.goto(f"{server.url}/report")
    expect(page.get_by_role("heading", name="已经交上去了")).to_be_visible()
    page.goto(f"{server.url}/mine")
    page.get_by_role("link", name="再反映一件").click()
    expect(known).to_be_visible()
    expect(page.get_by_label("一句话说说是什么事")).to_have_value("")
    assert "136" not in (sent.value.post_data or ""), "the page does not know the number and sends none"
    page.goto(f"{server.url}/mine")
    expect(page.get_by_role("article", name="楼道灯坏了")).to_be_visible()
    assert not problems, "\n".join(problems)


def test_what_waits_does_not_go_by_the_number_of_who_signs_in_next(server: Server, browser: Browser) -> None:
    page, sent = context(browser, PHONE).new_page(), list[str]()
    page.goto(f"{server.url}/mine")
    sign_in(page, "13600004444")
    page.route("**/api/reports", lambda route: route.abort())
    page.get_by_role("link", name="再反映一件").click()
    expect(page.get_by_text("136****4444")).to_be_visible()
    page.get_by_label("一句话说说是什么事").fill("垃圾没人清")
    page.get_by_label("发生了什么").fill("堆了半个月，没有人来清，请帮忙。")
    page.get_by_text("城关镇", exact=True).click()
    page.get_by_label("您的姓名").fill("许某")
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_text("没有网络，已替您存好")).to_be_visible()
    page.goto(f"{server.url}/mine")
    page.get_by_role("button", name="退出登录").click()
    sign_in(page, "13600005555")
    page.unroute("**/api/reports")
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{server.url}/report")
    expect(page.get_by_text("还没有送出，内容都替您存着")).to_be_visible()
    expect(page.get_by_label("您的电话")).to_be_focused()
    assert not violations(page, "kept", 16)
    shot(page, "signed-in-02-another")
    page.get_by_label("您的电话").fill("13600004444")
    assert not sent
    with page.expect_request("**/api/reports") as last:
        page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert "x-heyi-as" not in last.value.headers
    page.goto(f"{server.url}/mine")
    expect(page.get_by_role("heading", name="我的信息")).to_be_visible()
    expect(page.get_by_role("article", name="垃圾没人清")).to_have_count(0)


def test_a_case_that_is_over_says_so(server: Server, browser: Browser) -> None:
    over = next(case for case in states(server.data) if case["stage"] == "closed" and not case.get("entered_by"))
    page, problems = context(browser, PHONE).new_page(), list[str]()
    page.goto(f"{server.url}/c/{over['code']}")
    expect(page.get_by_text("结案，以后不用再等消息")).to_be_visible()
    expect(page.get_by_text("下一步")).to_have_count(0)
    problems += violations(page, "closed, public", 16)
    shot(page, "over-01-public")
    page.goto(f"{server.url}/mine")
    sign_in(page, over["parties"][0]["phone"])
    card = page.get_by_role("article", name=over["title"])
    expect(card).to_contain_text("结案，协议有效")
    shot(page, "over-02-list")
    card.get_by_role("button", name="看经过和材料").click()
    expect(page.get_by_text("结案，以后不用再等消息")).to_be_visible()
    expect(page.get_by_text(f"由{over['mediator']['name']}办理")).to_be_visible()
    problems += violations(page, "closed, own", 16)
    shot(page, "over-03-own")
    assert not problems, "\n".join(problems)
