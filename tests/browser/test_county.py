"""A county of one's own, without the demonstration: entered from a file, people come in by their links, and a case comes in."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cases.second_factor import STEP, code_at
from rehearsal.server import free_port
from tests.browser.keyboard import obstacles
from tests.browser.own_county import own_county
from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with own_county(tmp_path_factory.mktemp("county"), free_port()) as links:
        yield links


def test_people_come_in_by_their_links_and_choose_a_password(county: dict[str, str], everybody: People) -> None:
    page = everybody.open(county["zhou"], DESK)
    expect(page.get_by_text("您还没有密码")).to_be_visible()
    everybody.look(page, "09-first-entry-desk", SHOTS)
    page.get_by_role("button", name="设密码").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("新密码").fill("correct horse")
    dialog.get_by_label("再输一遍").fill("correct hose")
    expect(dialog.get_by_text("两遍不一样")).to_be_visible()
    everybody.look(page, "09-password-desk", SHOTS)
    dialog.get_by_label("再输一遍").fill("correct horse")
    dialog.get_by_role("button", name="设密码").click()
    expect(page.get_by_text("密码设好了")).to_be_visible()
    expect(page.get_by_text("您还没有密码")).to_be_hidden()
    page.get_by_role("button", name="退出").click()
    page.get_by_label("账号").fill("zhou")
    page.get_by_label("密码").fill("correct horse")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: url.endswith("/desk"))
    expect(page.get_by_text("周某", exact=True)).to_be_visible()
    page.get_by_role("link", name="账号").click()
    page.get_by_role("button", name="改密码").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("现在的密码").fill("correct horse")
    dialog.get_by_label("新密码").fill("battery staple")
    dialog.get_by_label("再输一遍").fill("battery staple")
    dialog.get_by_role("button", name="设密码").click()
    expect(dialog).to_be_hidden()
    again = everybody.open(county["zhou"], DESK)
    expect(again.get_by_role("heading", name="链接打不开")).to_be_visible()
    everybody.errors.clear()  # the refusal, in the console


@pytest.mark.every
def test_an_account_sees_where_it_is_signed_in_and_ends_it(county: dict[str, str], everybody: People) -> None:
    there = everybody.open(county["sun"], PHONE)
    expect(there.get_by_text("您还没有密码")).to_be_visible()
    third = everybody.open(county["sun"], DESK)
    expect(third.get_by_text("您还没有密码")).to_be_visible()
    page = everybody.open(county["sun"], DESK)
    page.get_by_role("link", name="账号").click()
    rows = page.get_by_role("listitem").filter(has_text="Chrome")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="就是这里")).to_have_count(1)
    everybody.look(page, "15-account-desk", SHOTS)
    assert not obstacles(page)
    page.get_by_role("button", name="让它退出：Chrome").first.click()
    everybody.look(page, "15-end-sign-in-desk", SHOTS)
    page.get_by_role("dialog").get_by_role("button", name="让它退出").click()
    expect(page.get_by_text("已退出")).to_be_visible()
    expect(rows).to_have_count(2)
    expect(third.get_by_role("heading", name="您已退出登录")).to_be_visible()
    there.get_by_role("link", name="账号").click()
    there.get_by_role("button", name="让它退出：Chrome").click()
    there.get_by_role("dialog").get_by_role("button", name="让它退出").click()
    expect(there.get_by_text("只在这里登录着")).to_be_visible()
    everybody.look(there, "15-account-phone", SHOTS)
    expect(page.get_by_role("heading", name="您已退出登录")).to_be_visible()
    everybody.errors.clear()  # refusals, in the console


def test_on_a_phone_too(county: dict[str, str], everybody: People) -> None:
    page = everybody.open(county["wang"], PHONE)
    expect(page.get_by_text("您还没有密码")).to_be_visible()
    page.get_by_role("button", name="设密码").click()
    everybody.look(page, "09-password-phone", SHOTS)


def test_a_resident_reports_in_this_county(county: dict[str, str], everybody: People) -> None:
    page: Page = everybody.open(f"{county['own']}/report", PHONE)
    expect(page.get_by_text("城关镇").first).to_be_attached()
    wall = everybody.open(county["wall"], {"width": 1920, "height": 1080})
    expect(wall.get_by_text("安和县").first).to_be_visible()


def test_a_second_factor_from_the_qr_code_to_the_next_sign_in(county: dict[str, str], everybody: People) -> None:
    page = everybody.open(county["wang"], PHONE)
    page.get_by_role("button", name="设密码").click()
    for label in ("新密码", "再输一遍"):
        page.get_by_role("dialog").get_by_label(label).fill("correct horse")
    page.get_by_role("dialog").get_by_role("button", name="设密码").click()
    page.get_by_role("link", name="账号").click()
    page.get_by_role("button", name="开启两步验证").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("现在的密码").fill("correct horse")
    dialog.get_by_role("button", name="下一步").click()
    expect(dialog.get_by_role("img", name="给验证器扫的二维码")).to_be_visible()
    everybody.look(page, "15-second-factor-phone", SHOTS)
    dialog.get_by_text("扫不了").click()
    secret = base64.b32decode(dialog.locator(".key").inner_text().replace(" ", ""))
    dialog.get_by_label("6 位验证码").fill(code_at(secret, int(time.time()) // STEP))
    dialog.get_by_role("button", name="开启两步验证").click()
    codes = dialog.get_by_role("listitem")
    expect(codes).to_have_count(10)
    everybody.look(page, "15-recovery-codes-phone", SHOTS)
    spare = codes.first.inner_text()
    dialog.get_by_role("button", name="我存好了").click()
    expect(page.get_by_text("还有 10 个备用码")).to_be_visible()
    everybody.look(page, "15-second-factor-on-phone", SHOTS)
    page.get_by_role("button", name="退出登录", exact=True).click()
    page.get_by_label("账号").fill("wang")
    page.get_by_label("密码").fill("correct horse")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("验证码")).to_be_focused()
    everybody.look(page, "15-sign-in-code-phone", SHOTS)
    page.get_by_label("验证码").fill(spare.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("/desk"))
    everybody.errors.clear()  # the refusal, in the console


def test_three_administrators_from_a_new_account_to_the_log(county: dict[str, str], everybody: People) -> None:
    system = everybody.open(county["system"], DESK)
    system.get_by_role("button", name="建账号").click()
    dialog = system.get_by_role("dialog")
    dialog.get_by_label("账号").fill("wang")
    dialog.get_by_label("姓名").fill("沈某")
    dialog.get_by_label("岗位").select_option(label="网格员")
    everybody.look(system, "16-new-account-desk", SHOTS)
    dialog.get_by_role("button", name="建账号").click()
    expect(dialog.get_by_text("这个账号名已有人用")).to_be_visible()
    dialog.get_by_label("账号").fill("shen")
    dialog.get_by_role("button", name="建账号").click()
    link = system.get_by_role("dialog").locator(".link-shown")
    expect(link).to_be_visible()
    everybody.look(system, "16-link-desk", SHOTS)
    shen = everybody.open(link.inner_text(), PHONE)
    expect(shen.get_by_text("您还没有密码")).to_be_visible()
    system.get_by_role("button", name="我交出去了").click()
    system.get_by_role("button", name="建单位").click()
    dialog = system.get_by_role("dialog")
    dialog.get_by_label("全称").fill("柳林镇人民调解委员会")
    dialog.get_by_label("编号简称").fill("柳林")
    everybody.look(system, "16-new-organisation-desk", SHOTS)
    dialog.get_by_role("button", name="保存").click()
    expect(system.get_by_role("listitem").filter(has_text="编号简称“柳林”")).to_be_visible()
    row = system.get_by_role("listitem").filter(has_text="沈某")
    expect(row.get_by_text("还没有密码")).to_be_visible()
    expect(system.get_by_role("listitem").filter(has_text="您自己").get_by_role("button")).to_have_count(0)
    everybody.look(system, "16-accounts-desk", SHOTS)
    kept = system.get_by_role("listitem").filter(has_text="还没有录像").first
    kept.get_by_role("button", name="改期限").click()
    kept.get_by_label("保存多少天").fill("365")
    expect(kept.get_by_text("不会马上销毁任何录像")).to_be_visible()
    everybody.look(system, "16-retention-desk", SHOTS)
    kept.get_by_role("button", name="保存", exact=True).click()
    expect(system.get_by_text("保存 365 天")).to_be_visible()
    assert not obstacles(system)

    security = everybody.open(county["security"], PHONE)
    security.get_by_role("searchbox").fill("shen")
    security.keyboard.press("Enter")
    expect(security.get_by_role("heading", name="账号 1 个")).to_be_visible()
    everybody.look(security, "16-accounts-phone", SHOTS)
    security.get_by_role("button", name="登录：沈某").click()
    expect(security.get_by_role("dialog").get_by_text("Chrome")).to_be_visible()
    everybody.look(security, "16-sign-ins-phone", SHOTS)
    security.get_by_role("dialog").get_by_role("button", name="关闭").click()
    security.get_by_role("button", name="停用 沈某").click()
    security.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(security.get_by_text("沈某 的账号已停用")).to_be_visible()
    expect(shen.get_by_role("heading", name="账号已停用")).to_be_visible()

    audit = everybody.open(county["audit"], DESK)
    expect(audit.get_by_text("停用账号 沈某")).to_be_visible()
    expect(audit.get_by_text("建账号 沈某")).to_be_visible()
    everybody.look(audit, "16-log-desk", SHOTS)
    everybody.errors.clear()  # refusals, in the console
