"""A joint mediation in real browsers: the lead asks, another desk joins, the page shows both, the co-mediator enters, and is released at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_from_the_request_to_the_release(server: Server, everybody: People) -> None:
    lead = everybody.open(server.links["mediator"], DESK)
    lead.locator(".talks").get_by_role("link").first.click()
    card = lead.get_by_role("region", name="联合调解")
    card.get_by_role("button", name="请其他单位联合调解").click()
    box = lead.get_by_role("dialog")
    box.get_by_role("radio", name="柳林镇人民调解委员会").check()
    box.get_by_label("为什么请他们").fill("排水沟过两个镇的地界")
    box.get_by_label("为什么请他们").press("Escape")
    expect(box.get_by_text("写的内容还没有发出")).to_be_visible()
    everybody.look(lead, "joint-01-ask-desk", SHOTS)
    lead.set_viewport_size(PHONE)
    everybody.look(lead, "joint-01-ask-phone", SHOTS)
    lead.set_viewport_size(DESK)
    box.get_by_role("button", name="发出邀请").click()
    expect(card).to_contain_text("等答复")

    other = everybody.open(server.links["second mediator"], DESK, own_browser=False)
    expect(other.get_by_text("为什么请：排水沟过两个镇的地界")).to_be_visible()
    everybody.look(other, "joint-02-request-desk", SHOTS)
    other.set_viewport_size(PHONE)
    everybody.look(other, "joint-02-request-phone", SHOTS)
    other.get_by_role("button", name="参加协办").click()
    expect(other.get_by_text("您已参加协办")).to_be_visible()
    row = other.get_by_role("row", name="屋檐雨水流向邻家院墙")
    expect(row.get_by_text("协办", exact=True)).to_be_visible()
    expect(card.locator("[data-share=j1]")).to_contain_text("陈调解员")
    everybody.look(lead, "joint-03-both-desk", SHOTS)

    row.get_by_role("link").click()
    expect(other.get_by_text("您在这个案件中协办，主办是王调解员")).to_be_visible()
    theirs = other.get_by_role("region", name="联合调解")
    expect(theirs).to_contain_text("王调解员")
    theirs.scroll_into_view_if_needed()
    everybody.look(other, "joint-04-case-phone", SHOTS)
    other.set_viewport_size(DESK)
    other.get_by_role("button", name="进入调解室").click()
    # A button of the same name is on both pages.
    expect(other.get_by_role("heading", name="陈调解员，您好")).to_be_visible()
    other.get_by_role("button", name="进入调解室").click()
    expect(other.get_by_role("button", name="麦克风开着")).to_be_visible(timeout=25_000)
    everybody.look(other, "joint-05-room-desk", SHOTS)

    other.get_by_placeholder("记下要点").fill("双方同意先清沟")
    card.locator("[data-share=j1]").get_by_role("button", name="请其退出").click()
    lead.get_by_label("原因").fill("已经谈妥")
    lead.get_by_role("dialog").get_by_role("button", name="请其退出").click()
    expect(card.locator("[data-share=j1]")).to_contain_text("已解除")
    expect(other.get_by_role("heading", name="您的协办已经结束")).to_be_visible()
    expect(other.get_by_text("原因：已经谈妥")).to_be_visible()
    expect(other.get_by_label("您还没记入的话，可以复制下来")).to_have_value("双方同意先清沟")
    everybody.look(other, "joint-06-parted-desk", SHOTS)
    other.reload()
    expect(other.get_by_text("原因：已经谈妥")).to_be_visible()
    other.get_by_role("link", name="回工作台").click()
    expect(other).to_have_url(f"{server.url}/desk")
