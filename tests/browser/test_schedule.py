"""Finding a time, in real browsers: the mediator proposes, both parties answer on their phones, it is fixed and stands everywhere, the entry code opens the door."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from cases.calendar import county_day
from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def give_link(page: Page, name: str) -> tuple[str, str]:
    """(link, entry code)."""
    page.get_by_role("button", name=f"再给 {name} 发一个新链接").click()
    page.get_by_role("button", name="发新链接", exact=True).click()
    box = page.get_by_role("dialog")
    url, code = box.get_by_label("链接", exact=True).input_value(), box.locator(".digits").inner_text()
    box.get_by_role("button", name="好了").click()
    return url, code


def fill(page: Page, label: str, value: str) -> None:
    field = page.get_by_role("dialog").get_by_label(label, exact=True)
    field.fill(value)
    field.dispatch_event("change")


def test_from_the_proposal_to_the_door(server: Server, everybody: People) -> None:
    today = county_day(datetime.now(UTC))
    first, second = today + timedelta(days=3), today + timedelta(days=4)
    shown = f"{first.month}月{first.day}日"
    mediator = everybody.open(server.links["mediator"], DESK)
    expect(mediator.get_by_role("region", name="日程")).to_contain_text("七天以内没有约好的调解")
    code = server.links["public code"].rpartition("/")[2]
    mediator.locator(".talks").get_by_role("link").first.click()
    links = {name: give_link(mediator, name) for name in ("李某", "赵某")}
    mediator.get_by_role("button", name="再给 赵某 发一个新链接").click()
    mediator.get_by_role("button", name="发新链接", exact=True).click()
    everybody.look(mediator, "schedule-00-link-desk", SHOTS)
    with mediator.expect_download() as printing:
        mediator.get_by_role("button", name="打印邀请函").click()
    assert printing.value.path().read_bytes().startswith(b"%PDF")
    links["赵某"] = (mediator.get_by_label("链接", exact=True).input_value(), mediator.locator(".digits").inner_text())
    mediator.get_by_role("dialog").get_by_role("button", name="好了").click()
    card = mediator.get_by_role("region", name="约时间")
    card.get_by_role("button", name="提几个时间").click()
    # The form begins with a time at which people work, whenever it is opened.
    begins = mediator.get_by_role("dialog").get_by_label("时间 1", exact=True)
    expect(begins).to_have_value(re.compile("T09:00$"))
    expect(mediator.get_by_role("dialog").get_by_role("button", name="请各方答复")).to_be_enabled()
    fill(mediator, "时间 1", f"{today - timedelta(days=1)}T09:00")
    expect(mediator.get_by_text("这个时间已经过了")).to_be_visible()
    fill(mediator, "时间 1", f"{first}T09:00")
    mediator.get_by_role("button", name="再加一个").click()
    fill(mediator, "时间 2", f"{second}T20:00")
    expect(mediator.get_by_text("不在上班时间")).to_be_visible()
    everybody.look(mediator, "schedule-01-propose-desk", SHOTS)
    mediator.set_viewport_size(PHONE)
    everybody.look(mediator, "schedule-01-propose-phone", SHOTS)
    mediator.set_viewport_size(DESK)
    mediator.get_by_role("button", name="请各方答复").click()
    expect(card).to_contain_text("0/2 方可以")

    # both answer on their phones, one after the other, and the mediator sees it at once
    applicant = everybody.open(links["李某"][0], PHONE, own_browser=False, devices=False)
    times = applicant.get_by_role("region", name="哪些时间您可以？")
    send = times.get_by_role("button", name="答复调解员")
    expect(send).to_be_disabled()
    times.get_by_role("button", name="可以").first.click()
    times.get_by_role("button", name="不行").last.click()
    everybody.look(applicant, "schedule-02-answer-phone", SHOTS)
    send.click()
    expect(times).to_contain_text("已答复")
    expect(card).to_contain_text("1/2 方可以")
    respondent = everybody.open(links["赵某"][0], PHONE, own_browser=False, devices=False, language="en-GB")
    theirs = respondent.get_by_role("region", name="Which times suit you?")
    for number in (0, 1):
        theirs.get_by_role("group").nth(number).get_by_role("button", name="No").click()
    theirs.get_by_label("If none suits").fill("下周才回来")
    theirs.get_by_role("button", name="Send my answer").click()
    expect(card.locator("[data-party=p2]")).to_contain_text("下周才回来")
    theirs.get_by_role("button", name="Change my answer").click()
    theirs.get_by_role("group").first.get_by_role("button", name="Yes").click()
    theirs.get_by_role("button", name="Send my answer").click()
    expect(card).to_contain_text("2/2 方可以")
    everybody.look(mediator, "schedule-03-answered-desk", SHOTS)

    # fixed: on the case, the phones, the public page, the workbench, in a calendar
    card.get_by_role("button", name="就定这个").nth(1).click()
    expect(mediator.get_by_role("dialog")).to_contain_text("说这个时间不行")
    mediator.get_by_role("dialog").get_by_role("button", name="取消").click()
    card.get_by_role("button", name="就定这个").first.click()
    mediator.get_by_role("button", name="定下来").click()
    expect(card).to_contain_text(f"约好 {shown}")
    own = applicant.get_by_role("region", name="约时间")
    expect(own).to_contain_text("请提前 10 分钟进入")
    own.scroll_into_view_if_needed()
    applicant.evaluate("scrollTo(0, 0)")
    everybody.look(applicant, "schedule-04-fixed-phone", SHOTS)
    public = everybody.open(server.links["public code"], PHONE, own_browser=False)
    expect(public.get_by_text(f"约好 {shown}")).to_be_visible()
    everybody.look(public, "schedule-05-public-phone", SHOTS)
    with applicant.expect_download() as loading:
        own.get_by_role("link", name="加到日历").click()
    entry = loading.value.path().read_text(encoding="utf-8")
    assert re.search(rf"^DTSTART:{first:%Y%m%d}T010000Z", entry, re.M) and "METHOD:PUBLISH" in entry and "赵" not in entry
    mediator.goto(f"{server.url}/desk?as={mediator.evaluate('sessionStorage.getItem(`heyi.as`)')}")
    week = mediator.get_by_role("region", name="日程")
    expect(week).to_contain_text("09:00")
    everybody.look(mediator, "schedule-06-workbench-desk", SHOTS)
    mediator.set_viewport_size(PHONE)
    week.scroll_into_view_if_needed()
    everybody.look(mediator, "schedule-07-workbench-phone", SHOTS)

    # without the message: the home page, the number, the code
    guest = everybody.open(server.url, PHONE)
    guest.get_by_role("link", name="凭入场码进入").click()
    guest.get_by_label("编号").fill(code.lower())
    guest.get_by_label("入场码").fill("0000 000")
    guest.get_by_role("button", name="进入").click()
    expect(guest.get_by_text("入场码是 8 位数字")).to_be_visible()
    guest.get_by_label("入场码").fill(links["赵某"][1])
    everybody.look(guest, "schedule-08-enter-phone", SHOTS)
    guest.get_by_role("button", name="进入").click()
    guest.get_by_role("button", name="在这台设备上继续").click()
    expect(guest.get_by_role("heading", name="赵某")).to_be_visible()
    expect(guest.get_by_text(f"约好 {shown}")).to_be_visible()
    everybody.look(guest, "schedule-09-door-phone", SHOTS)

    # moved, called off, and asked anew by telephone: everybody reads it at once
    mediator.set_viewport_size(DESK)
    week.get_by_role("link").first.click()
    card.get_by_role("button", name="改时间").click()
    fill(mediator, "新的时间", f"{second}T10:00")
    fill(mediator, "原因", "调解员要开会")
    mediator.get_by_role("button", name="改到这个时间").click()
    expect(own).to_contain_text(f"{second.month}月{second.day}日")
    expect(own).to_contain_text("改过时间：调解员要开会")
    card.get_by_role("button", name="取消这次调解").click()
    fill(mediator, "原因", "各方都想再等等")
    mediator.get_by_role("button", name="取消这次", exact=True).click()
    gone = guest.get_by_role("region", name=re.compile("的调解取消了"))
    expect(gone).to_contain_text("各方都想再等等")
    everybody.look(guest, "schedule-10-called-off-phone", SHOTS)
    expect(public.get_by_text("约好")).to_have_count(0)
    card.get_by_role("button", name="提几个时间").click()
    fill(mediator, "时间 1", f"{second}T10:00")
    mediator.get_by_role("button", name="请各方答复").click()
    card.get_by_role("button", name="登记李某的电话答复").click()
    mediator.get_by_role("dialog").get_by_role("checkbox").check()
    mediator.get_by_role("button", name="登记", exact=True).click()
    expect(card.locator("[data-party=p1]")).to_contain_text("（电话）")
    mediator.goto(f"{server.url}/account?as={mediator.evaluate('sessionStorage.getItem(`heyi.as`)')}")
    mediator.get_by_role("button", name="生成订阅地址").click()
    expect(mediator.get_by_label("订阅地址")).to_have_value(re.compile(r"/calendar/.+\.ics$"))
    everybody.look(mediator, "schedule-11-subscription-desk", SHOTS)
    # What was refused on purpose: a time that is past, and a seat that another device has.
    everybody.errors = [error for error in everybody.errors if "422" not in error and "403" not in error]
