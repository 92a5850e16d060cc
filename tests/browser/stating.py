"""Steps around a party that cannot come: its link, its telephone, and the way into the stage of statements, where its statement is shown."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import PHONE, People
from tests.browser.sitting import enter


def give_link(mediator: Page, of: int) -> str:
    mediator.get_by_role("button", name=re.compile("^给 .+ 发链接$")).nth(of).click()
    link = mediator.get_by_label("链接", exact=True).input_value()
    mediator.get_by_role("dialog").get_by_role("button", name="好了").click()
    return link


def add_phone(mediator: Page) -> None:
    """Of whom there was none in the file: the mediator is told so, and calls nobody."""
    expect(mediator.get_by_text("请先在“当事人”里补上电话")).to_be_visible()
    expect(mediator.get_by_role("button", name=re.compile("打电话核对"))).to_have_count(0)
    mediator.get_by_role("button", name=re.compile("^更正")).nth(1).click()
    box = mediator.get_by_role("dialog")
    box.get_by_label("电话").fill("１３７００１３７００１")
    box.get_by_label("怎么知道写错了").fill("本人来电")
    box.get_by_role("button", name="更正", exact=True).click()


def show_statement(everybody: People, mediator: Page, own_browser: bool = True) -> tuple[Page, Locator]:
    """From the case's page; (the page of the party that came, the mediator's panel of statements)."""
    mediator.get_by_role("button", name="开调解室", exact=True).click()
    mediator.get_by_role("dialog").get_by_role("button", name="开调解室", exact=True).click()
    expect(mediator.get_by_role("button", name="进入调解室")).to_be_visible()
    guest = everybody.open(give_link(mediator, 0), PHONE, own_browser=own_browser)
    enter(guest, expert=False)
    guest.get_by_role("button", name="进入等候室").click()
    mediator.get_by_role("button", name="进入调解室").click()
    mediator.get_by_role("button", name="请进").click()
    mediator.get_by_role("button", name="证件与本人相符").click()
    mediator.get_by_role("button", name="进入告知").click()
    guest.get_by_role("button", name="我听明白了").click()
    mediator.get_by_role("button", name="进入各自陈述").click()
    shown = mediator.get_by_role("region", name="不能到场的人的陈述")
    shown.get_by_role("button", name="向各方出示").click()
    return guest, shown
