"""A resident's account in real Chromium."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, come_in, context, fill_report, photos
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_guests_report_is_the_residents_until_the_account_goes(server: Server, browser: Browser) -> None:
    """On a phone, by keys and by touch: registered by a code, the guest's report found, a photograph and a request added, the data taken away, the account deleted."""
    title, number = "邻居装修噪声扰民", "13600001111"
    there = context(browser, PHONE, scale=2)
    page = there.new_page()
    problems: list[str] = []

    def look(name: str) -> None:
        problems.extend(violations(page, name, 16))
        if SHOTS is not None:
            page.screenshot(path=str(SHOTS / f"resident-{name}.png"), full_page=True)

    page.goto(f"{server.url}/report")
    fill_report(page, title, phone=number)
    page.get_by_role("button", name="交给综治中心").click()
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()

    page.goto(server.url)
    look("01-home")
    page.get_by_role("link", name="我的事项").click()
    ask = page.get_by_role("button", name="发验证码")
    page.get_by_role("textbox", name="手机号").fill(number)
    expect(ask).to_be_disabled()
    page.get_by_text("看隐私告知").click()
    look("02-privacy")
    page.get_by_label("我看过并同意").focus()
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="手机号").press("Enter")
    shown = page.get_by_role("status").filter(has_text="演示环境不发短信")
    code = shown.inner_text()[-6:]
    expect(page.get_by_label("短信里的 6 位验证码")).to_be_focused()
    page.get_by_label("短信里的 6 位验证码").fill("000000" if code != "000000" else "000001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("验证码不对，或者已经过期")
    look("03-wrong")
    page.go_back()
    page.get_by_role("link", name="我的事项").click()
    expect(page.get_by_label("短信里的 6 位验证码")).to_be_focused()
    page.get_by_label("短信里的 6 位验证码").fill(code)
    page.keyboard.press("Enter")

    case = page.get_by_role("article", name=title)
    expect(case).to_contain_text("现在不用您做什么")
    look("04-list")
    case.get_by_role("button", name="看经过和材料").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.locator("input[type=file]").set_input_files(photos(1))
    page.get_by_role("button", name="把 1 张照片交上去").click()
    expect(page.get_by_text("照片收到了")).to_be_visible()
    page.get_by_text("案卷里我的个人信息").click()
    page.get_by_label("想要什么").select_option("correction")
    page.get_by_label("说说是哪些信息，为什么").fill("我的住址写错了")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("等综治中心答复")).to_be_visible()
    look("05-case")
    page.get_by_role("link", name="我的事项").click()
    expect(case).to_contain_text("现在不用您做什么")

    centre = come_in(context(browser, DESK), server, "centre")
    centre.goto(f"{server.url}/desk/cases")
    centre.get_by_role("searchbox").fill(title)
    expect(centre.get_by_role("row").filter(has_text=title)).to_contain_text("个人信息申请待答复")
    centre.get_by_role("row").filter(has_text=title).get_by_role("link", name=title).click()
    card = centre.get_by_role("region", name="个人信息申请")
    card.get_by_role("button", name="答复").click()
    centre.get_by_text("不同意", exact=True).click()
    centre.get_by_label("不同意的法律依据").select_option("not_wrong")
    centre.get_by_label("理由或者怎样办理").fill("与户口簿核对过，没有写错")
    problems.extend(violations(centre, "answer", 16))
    if SHOTS is not None:
        centre.screenshot(path=str(SHOTS / "resident-06-answer.png"))
    centre.get_by_role("dialog").get_by_role("button", name="答复").click()
    expect(card).to_contain_text("经核对，信息没有错")
    page.reload()
    look("07-answered-list")
    case.get_by_role("button", name="您关于个人信息的要求有了答复").click()
    expect(page.get_by_text("您不服，可以向法院起诉")).to_be_visible()
    look("07-answered")

    page.get_by_role("link", name="我的事项").click()
    expect(case).to_contain_text("1 张照片")
    expect(case).to_contain_text("现在不用您做什么")
    page.get_by_role("textbox", name="姓名").fill("吴某")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("保存好了")).to_be_visible()
    page.evaluate("document.documentElement.dataset.elder = '1'")
    look("08-list-elder")
    page.get_by_role("button", name="下载我的信息").click()
    answer_own_code(page)
    look("08-take")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert title in archive.read("index.html").decode() and any(name.endswith("/01.jpg") for name in archive.namelist())
    page.get_by_role("button", name="注销账号").click()
    answer_own_code(page.get_by_role("dialog"))
    look("09-delete")
    page.get_by_role("dialog").get_by_role("button", name="确定注销").click()
    expect(page.get_by_text("账号已经注销")).to_be_visible()
    expect(page.get_by_role("textbox", name="手机号")).to_be_visible()
    assert not problems, "\n".join(problems)


def answer_own_code(part: Page | Locator) -> None:
    part.get_by_role("button", name=re.compile("^发验证码到")).click()
    code = part.get_by_role("status").filter(has_text="演示环境不发短信").inner_text()[-6:]
    part.get_by_label(re.compile("^发到 .* 的验证码")).fill(code)
