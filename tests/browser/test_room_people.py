"""Who is in the room and who is not, as the mediator's list of it tells, in real browsers."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS, enter, sit, to_room
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.mark.every
def test_who_closed_the_page_reads_as_cut_off(server: Server, everybody: People) -> None:
    here = sit(everybody, server)
    row = here.mediator.locator("li[data-seat=s2]")
    expect(row).to_contain_text("网络良好")
    here.two.close()
    expect(row).to_contain_text("已断线", timeout=45_000)
    expect(here.one.locator("[data-seat=s2]")).to_contain_text("正在重连")
    everybody.look(here.mediator, "room-people-02-cut-off-desk", SHOTS)


@pytest.mark.every
def test_who_does_not_agree_to_an_expert_has_answered(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    to_room(mediator)
    party = everybody.open(server.links["party 2"], PHONE, own_browser=False)
    expert = everybody.open(server.links["expert"], PHONE, own_browser=False)
    expert.get_by_role("button", name="打开摄像头和麦克风").click()
    expert.get_by_role("button", name="进入等候室").click()
    row = mediator.locator("li[data-seat=e1]")
    expect(row).to_contain_text("的同意")
    agreed = party.get_by_label("同意专家到场")
    agreed.check()
    agreed.uncheck()
    expect(row).to_contain_text("赵某不同意专家到场")
    expect(expert.get_by_role("heading", name="现在不能请您进来")).to_be_visible()
    expect(expert.get_by_text("赵某")).to_have_count(0)
    everybody.look(expert, "room-people-03-not-agreed-phone", SHOTS)
    everybody.look(mediator, "room-people-04-not-agreed-desk", SHOTS)


@pytest.mark.every
def test_a_party_without_a_seat_is_not_forgotten(server: Server, everybody: People) -> None:
    here = sit(everybody, server)
    desk = here.mediator
    desk.locator("li[data-seat=s2]").get_by_role("button", name="请赵某出去？").click()
    desk.get_by_role("dialog").get_by_role("button", name="请出").click()
    row = desk.locator("li[data-party]", has_text="赵某")
    expect(row).to_contain_text("还没有座位")
    expect(desk.locator(".gaps")).to_contain_text("被申请人赵某还没有座位")
    desk.get_by_role("button", name="进入告知").click()
    everybody.look(desk, "room-people-01-without-desk", SHOTS)
    expect(desk.get_by_role("dialog")).to_contain_text("被申请人赵某还没有座位。不等就往下走？")
    desk.get_by_role("button", name="留下来").click()
    row.get_by_role("button", name="发链接").click()
    link = desk.locator("#the-link").input_value()
    desk.keyboard.press("Escape")
    expect(row).to_have_count(0)
    again = everybody.open(link, PHONE, own_browser=False)
    expect(again.get_by_role("heading", name="赵某")).to_be_visible()


def test_whoever_is_let_in_at_the_door_after_a_reload_opens_nothing_without_a_tap(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    to_room(mediator)
    party = everybody.open(server.links["party 1"], PHONE, own_browser=False)
    enter(party)
    party.get_by_role("button", name="进入等候室").click()
    let_in = mediator.locator("li[data-seat=s1]").get_by_role("button", name="请进")
    expect(let_in).to_be_visible()
    party.add_init_script(
        "window.opened = 0; const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = (wanted) => ((window.opened += 1), ask(wanted))"
    )
    party.reload()
    expect(party.get_by_role("button", name="打开摄像头和麦克风")).to_be_visible()
    let_in.click()
    expect(party.get_by_role("heading", name="请您进来")).to_be_visible()
    everybody.look(party, "room-people-05-called-in-phone", SHOTS)
    assert party.evaluate("window.opened") == 0
    party.get_by_role("button", name="进去").click()
    expect(mediator.locator("li[data-seat=s1]")).to_contain_text("网络良好")
    assert party.evaluate("window.opened") > 0
