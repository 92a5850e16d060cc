"""What was written wrong of a party is put right, in real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, come_in, context
from tests.browser.pages.visit import shot
from tests.serving import Server

pytestmark = pytest.mark.browser


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
    shot(page, "correct-party-desk")
    # what need not be filled in says so, and everything that is wrong is told at once
    assert [one.inner_text() for one in dialog.locator("label").all()] == [
        f"{name}，可以不填" for name in ("电话", "住址", "身份证号码", "姓名")
    ] + ["怎么知道写错了（要填）"]
    dialog.get_by_label("身份证号码").fill("1101")
    dialog.get_by_label("电话").fill("1390000")
    dialog.get_by_role("button", name="更正").click()
    expect(dialog.get_by_role("alert")).to_have_text([re.compile("少了 4 位"), re.compile("应有 18 位"), re.compile("这一项要填")])
    expect(dialog.get_by_label("电话")).to_be_focused()
    shot(page, "correct-party-wrong-desk")
    dialog.get_by_label("身份证号码").fill("")
    dialog.get_by_label("怎么知道写错了").fill("本人来电")
    dialog.get_by_label("电话").fill("13900001111")
    dialog.get_by_role("button", name="更正").click()
    expect(dialog).to_be_hidden()
    expect(person).to_contain_text("139****1111")
