"""Who cannot come writes a statement on the own phone: asked for, agreed to by the other, proved by a code that the mediator reads out, given, released."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
WORDS = "去年十月他家翻修，雨水从屋檐流到我家墙上。我要求改排水，赔修补费 1,800 元。"


def link_for(mediator: Page, which: int) -> str:
    mediator.get_by_role("button", name=re.compile("^给 .+ 发链接$")).nth(which).click()
    link = mediator.get_by_label("链接", exact=True).input_value()
    mediator.get_by_role("dialog").get_by_role("button", name="好了").click()
    return link


def test_a_statement_from_afar(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name="案件", exact=True).click()
    mediator.get_by_role("row").filter(has_text="等开调解室").first.get_by_role("link").first.click()
    card = mediator.get_by_role("region", name="非同步陈述")
    other, away = (everybody.open(link_for(mediator, which), PHONE, devices=False) for which in (0, 1))
    mine, theirs = away.get_by_role("region", name="不能到场"), other.get_by_role("region", name="不能到场")

    mine.get_by_role("button", name="我不能到场，想先写下来").click()
    mine.get_by_label("为什么来不了").fill("在外地打工")
    mine.get_by_role("button", name="告诉调解员").click()
    expect(mine).to_contain_text("等其他当事人同意")
    expect(card).to_contain_text("在外地打工")
    everybody.look(other, "statement-01-agree-phone", SHOTS)
    theirs.get_by_role("button", name="不同意", exact=True).click()
    expect(mine).to_contain_text("不是各方都同意这样做")
    theirs.get_by_role("button", name="同意", exact=True).click()
    expect(mine).to_contain_text("调解员会打您的电话核对身份")

    card.get_by_role("button", name="已接通，取数字").click()
    code = card.locator(".code")
    expect(code).to_have_text(re.compile(r"^\d{6}$"))
    everybody.look(mediator, "statement-02-code-desk", SHOTS)
    mine.get_by_label("6 位数字").fill(code.inner_text())
    mine.get_by_role("button", name="核对").click()
    mine.get_by_label("我的陈述").fill(WORDS)
    away.reload()
    expect(mine.get_by_label("我的陈述")).to_have_value(WORDS)
    mine.get_by_label("调解以前，调解员也可以给其他当事人看").check()
    everybody.look(away, "statement-03-write-phone", SHOTS)
    mine.get_by_role("button", name="交给调解员").click()
    away.get_by_role("dialog").get_by_role("button", name="交给调解员").click()
    expect(mine).to_contain_text("只有调解员能看")
    everybody.look(away, "statement-04-given-phone", SHOTS)

    card.get_by_role("button", name="看陈述").click()
    expect(card.locator("blockquote")).to_have_text(WORDS)
    everybody.look(mediator, "statement-05-read-desk", SHOTS)
    expect(theirs.get_by_role("button", name="看陈述")).to_have_count(0)
    card.get_by_role("button", name="现在就给其他当事人看").click()
    mediator.get_by_role("dialog").get_by_role("button", name="现在就给其他当事人看").click()
    theirs.get_by_role("button", name="看陈述").click()
    expect(theirs.locator("blockquote")).to_have_text(WORDS)
    everybody.look(other, "statement-06-released-phone", SHOTS)
    expect(mine.get_by_role("button", name="撤回陈述")).to_have_count(0)
