"""After a mediation, in real browsers: a party rates it by the link, once; the centre calls about a low rating; the mediator learns it when the case is closed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server
from web.demonstration_followed import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_from_the_star_to_the_call(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name=TITLE).click()
    mediator.get_by_role("button", name="给 卫某 发履行链接").click()
    url = mediator.get_by_label("链接", exact=True).input_value()
    mediator.get_by_role("button", name="好了").click()

    # the party, from the page after the session
    party = everybody.open(url, PHONE, own_browser=False)
    asked = party.get_by_role("region", name="这次调解怎么样？")
    asked.scroll_into_view_if_needed()
    everybody.look(party, "rating-01-asked-phone", SHOTS)
    asked.get_by_role("button", name="评价这次调解").click()
    expect(party.get_by_text("王调解员主持")).to_be_visible()
    link = party.url
    send = party.get_by_role("button", name="提交评价")
    expect(send).to_be_disabled()
    everybody.look(party, "rating-02-empty-phone", SHOTS)
    party.get_by_label("2 分，不满意").focus()
    party.keyboard.press("Space")
    party.get_by_label("讲得清楚").check()
    party.get_by_label("还想说一句").fill("说得明白，就是拖得太久了")
    expect(party.get_by_text("三天内联系您")).to_be_visible()
    party.mouse.wheel(0, 2000)
    everybody.look(party, "rating-03-low-phone", SHOTS)
    send.click()
    expect(party.get_by_text("您的评价收到了")).to_be_visible()
    everybody.look(party, "rating-04-thanks-phone", SHOTS)
    party.reload()
    expect(party.get_by_role("heading", name="已经评价过了")).to_be_visible()
    expect(party.get_by_text("您的评价收到了")).to_be_visible()
    # the paper is scanned again
    again = everybody.open(link, PHONE, own_browser=False, elder=True, language="en-GB")
    expect(again.get_by_role("heading", name="It was rated already")).to_be_visible()
    assert all("409" in error for error in everybody.errors), everybody.errors
    everybody.errors.clear()  # Chromium tells every refusal as an error
    everybody.look(again, "rating-05-again-phone-elder-en", SHOTS)

    # the centre
    centre = everybody.open(server.links["centre"], DESK, own_browser=False)
    expect(centre.get_by_text("1件评价低，等您回访")).to_be_visible()
    centre.goto(f"{server.url}/desk/cases")
    row = centre.get_by_role("row").filter(has_text=TITLE)
    centre.get_by_role("searchbox").fill(TITLE)
    expect(row).to_contain_text("评价低，待回访")
    everybody.look(centre, "rating-06-list-desk", SHOTS)
    row.get_by_role("link", name=TITLE).click()
    card = centre.get_by_role("region", name="评价", exact=True)
    expect(card).to_contain_text("卫*")
    card.scroll_into_view_if_needed()
    everybody.look(centre, "rating-07-centre-desk", SHOTS)
    card.get_by_role("button", name="登记结果").click()
    centre.get_by_label("问到了什么").fill("嫌时间长，已说明为什么要等鉴定")
    centre.get_by_text("满意", exact=True).click()
    centre.get_by_role("button", name="登记", exact=True).click()
    expect(card).to_contain_text("周主任登记")
    card.get_by_role("button", name="让调解员看到这句话").click()
    centre.get_by_role("dialog").get_by_role("button", name="让调解员看到这句话").click()
    expect(card).to_contain_text("周主任已同意给调解员看")
    everybody.look(centre, "rating-08-called-desk", SHOTS)
    centre.set_viewport_size(PHONE)
    card.scroll_into_view_if_needed()
    everybody.look(centre, "rating-09-called-phone", SHOTS)

    # the mediator: nothing before the end, nobody's name after it
    theirs = mediator.get_by_role("region", name="评价", exact=True)
    expect(theirs).to_have_count(0)
    expect(mediator.get_by_text(re.compile("评价"))).to_have_count(0)
    mediator.get_by_role("button", name="结案", exact=True).click()
    mediator.get_by_label("为什么结案").fill("冯某已就余款起诉")
    mediator.get_by_role("dialog").get_by_role("button", name="结案", exact=True).click()
    expect(theirs).to_contain_text("2 分，不满意")
    expect(theirs).to_contain_text("说得明白，就是拖得太久了")
    expect(theirs).not_to_contain_text("卫")
    theirs.scroll_into_view_if_needed()
    everybody.look(mediator, "rating-10-mediator-desk", SHOTS)
