"""A case before the centre, in real browsers: the lead brings it, the centre instructs, the lead reads and brings it again, the centre takes it over."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
TITLE = "屋檐雨水流向邻家院墙"


def test_from_the_lead_to_the_pool(server: Server, everybody: People) -> None:
    lead = everybody.open(server.links["mediator"], PHONE)
    lead.locator(".talks").get_by_role("link").first.click()
    card = lead.get_by_role("region", name="上报综治中心")
    card.get_by_role("button", name="上报综治中心").click()
    box = lead.get_by_role("dialog")
    expect(box.get_by_role("button", name="上报综治中心")).to_be_disabled()
    box.get_by_label("为什么上报").fill("排水沟涉及水利和村里，双方都不让")
    everybody.look(lead, "escalation-01-raise-phone", SHOTS)
    box.get_by_role("button", name="上报综治中心").click()
    expect(card).to_contain_text("等中心答复")

    centre = everybody.open(server.links["centre"], DESK, own_browser=False)
    waiting = centre.get_by_role("region", name="上报待答复")
    expect(waiting).to_contain_text("王调解员")
    everybody.look(centre, "escalation-02-desk-desk", SHOTS)
    centre.set_viewport_size(PHONE)
    everybody.look(centre, "escalation-02-desk-phone", SHOTS)
    centre.set_viewport_size(DESK)
    waiting.get_by_role("link", name="去答复").click()
    theirs = centre.get_by_role("region", name="上报综治中心")
    theirs.get_by_role("button", name="答复意见").click()
    centre.get_by_label("意见", exact=True).fill("请水利站派人到场，先清沟再谈")
    everybody.look(centre, "escalation-03-instruct-desk", SHOTS)
    centre.get_by_role("dialog").get_by_role("button", name="答复意见").click()
    expect(theirs).to_contain_text("中心已答复")

    expect(card).to_contain_text("请水利站派人到场，先清沟再谈")
    card.scroll_into_view_if_needed()
    everybody.look(lead, "escalation-04-instructed-phone", SHOTS)
    lead.set_viewport_size(DESK)
    everybody.look(lead, "escalation-04-instructed-desk", SHOTS)
    card.get_by_role("button", name="再次上报").click()
    box.get_by_label("为什么上报").fill("沟清了，还是谈不拢")
    box.get_by_role("button", name="上报综治中心").click()

    expect(theirs).to_contain_text("沟清了，还是谈不拢")
    party = everybody.open(server.links["party 1"], PHONE, own_browser=False)
    expect(party.get_by_role("heading", name="李某，您好")).to_be_visible()
    theirs.get_by_role("button", name="提级办理").click()
    centre.set_viewport_size(PHONE)
    everybody.look(centre, "escalation-05-take-phone", SHOTS)
    centre.set_viewport_size(DESK)
    centre.get_by_role("dialog").get_by_role("button", name="提级办理").click()
    expect(theirs).to_contain_text("已提级办理")
    expect(party.get_by_role("heading", name="正在换调解员")).to_be_visible()
    expect(party.get_by_text("新的调解员会给您发新链接")).to_be_visible()
    everybody.look(party, "escalation-07-handed-over-phone", SHOTS)
    expect(theirs).to_contain_text("第一次接单起连续计算")
    expect(centre.get_by_role("button", name="分派")).to_be_visible()
    expect(centre.get_by_text("起连续计算", exact=False).first).to_be_visible()
    everybody.look(centre, "escalation-06-pool-desk", SHOTS)
    expect(lead.get_by_role("region", name="上报综治中心")).to_have_count(0)
    everybody.errors[:] = [error for error in everybody.errors if "403" not in error]  # the party's seat, in the console
