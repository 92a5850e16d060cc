"""A party that cannot come, in real browsers: by its link it answers times before there is a room."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from cases.calendar import county_day
from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.browser.test_schedule import fill
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def test_before_there_is_a_room(server: Server, everybody: People) -> None:
    day = county_day(datetime.now(UTC)) + timedelta(days=3)
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name="案件", exact=True).click()
    mediator.get_by_role("row").filter(has_text="已接单").first.get_by_role("link").first.click()
    card = mediator.get_by_role("region", name="约时间")
    card.get_by_role("button", name="提几个时间").click()
    fill(mediator, "时间 1", f"{day}T09:00")
    mediator.get_by_role("button", name="请各方答复").click()
    give = mediator.get_by_role("button", name=re.compile("^给 .+ 发链接$"))
    give.last.click()
    link = mediator.get_by_label("链接", exact=True).input_value()
    everybody.look(mediator, "own-01-link-desk", SHOTS)
    mediator.get_by_role("dialog").get_by_role("button", name="好了").click()

    party = everybody.open(link, PHONE, devices=False)
    expect(party).to_have_url(re.compile("/own/"))
    times = party.get_by_role("region", name="哪些时间您可以？")
    times.get_by_role("button", name="可以").first.click()
    everybody.look(party, "own-02-times-phone", SHOTS)
    times.get_by_role("button", name="答复调解员").click()
    expect(card).to_contain_text("1/2 方可以")
    times.get_by_role("button", name="改我的答复").click()
    times.get_by_role("button", name="不行").first.click()
    times.get_by_role("button", name="答复调解员").click()
    expect(card).to_contain_text("0/2 方可以")
    card.get_by_role("button", name="就定这个").click()
    mediator.get_by_role("dialog").get_by_role("button", name="定下来").click()
    expect(party.get_by_text("请提前 10 分钟进入")).to_be_visible()
    everybody.look(party, "own-03-fixed-phone", SHOTS)
    mediator.get_by_role("button", name=re.compile("^收回给")).click()
    mediator.get_by_role("button", name="收回链接").click()
    expect(party.get_by_role("heading", name="链接已收回")).to_be_visible()
