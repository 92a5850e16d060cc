"""Who comes into the room and who leaves it: experts for a step, those who go back, those who talk in private; and what is in view then."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, People, advancing
from tests.browser.sitting import IN_VIEW, SHOTS, enter, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
CUT = "e => e.scrollHeight > e.clientHeight + 8"


@pytest.mark.every
def test_at_the_mediators_desk_the_pictures_stay_in_view(server: Server, everybody: People) -> None:
    at = sit(everybody, server, DESK)
    everybody.look(at.one, "room-23-party-desk", SHOTS)
    tiles = at.mediator.locator(".tile")
    assert all(tile.evaluate(IN_VIEW) for tile in tiles.all())
    at.mediator.get_by_role("button", name="进入告知").click()
    for page in (at.one, at.two):
        page.get_by_role("button", name="我听明白了").click()
    at.mediator.get_by_role("button", name="进入各自陈述").click()
    at.mediator.get_by_role("button", name="请赵某进小间").click()
    end = at.mediator.get_by_role("button", name="谈完了，请大家回来")
    expect(end).to_be_visible()
    expect(at.mediator.get_by_role("button", name="录音录像")).to_be_disabled()
    advancing(at.mediator, "s2")
    assert end.evaluate(IN_VIEW) and all(tile.evaluate(IN_VIEW) for tile in tiles.all())
    everybody.look(at.mediator, "room-24-caucus-desk", SHOTS)

    # inside they write a draft of their own; outside nothing of it is seen until it is brought back
    at.two.locator("nav.tabs button", has_text="协议").click()
    everybody.look(at.two, "room-77-private-begin-phone", SHOTS)
    at.two.locator("nav.tabs button", has_text="消息").click()
    at.mediator.get_by_role("button", name="抄一份来改").click()
    expect(at.two.locator(".two.own .ProseMirror")).to_be_visible()  # it comes to the front where somebody begins
    terms = ".ProseMirror .clause[data-kind=terms]"
    at.two.get_by_role("button", name="不录").click()
    at.two.locator(terms).locator("p").click()
    at.two.keyboard.type("赵某愿付一千元。")
    expect(at.mediator.locator(terms)).to_contain_text("赵某愿付一千元")
    everybody.look(at.two, "room-77-private-draft-phone", SHOTS)
    everybody.look(at.mediator, "room-77-private-draft-desk", SHOTS)
    at.mediator.get_by_role("button", name="大家的协议书", exact=True).click()
    expect(at.mediator.get_by_text("协议先不改动")).to_be_visible()
    expect(at.mediator.locator(terms)).not_to_contain_text("一千元")
    everybody.look(at.mediator, "room-77-everybodys-desk", SHOTS)
    at.mediator.get_by_role("button", name="只在这次私下谈里的草稿").click()
    at.two.get_by_role("button", name="看看带回后大家会看到什么").click()
    shown = at.two.get_by_role("dialog", name="带回大家的协议书")
    expect(shown.locator("ins")).to_have_text("赵某愿付一千元。")
    everybody.look(at.two, "room-78-bring-back-phone", SHOTS)
    shown.get_by_role("button", name="同意带回").click()
    expect(shown.get_by_text("赵某看过，同意带回这些")).to_be_visible()
    assert "一千元" not in at.one.content()
    at.mediator.get_by_role("button", name="把改动带回大家的协议书").click()
    everybody.look(at.mediator, "room-78-bring-back-desk", SHOTS)
    at.mediator.get_by_role("button", name="带回，请大家回来").click()
    at.one.get_by_role("button", name="有 1 条意见").click()
    expect(at.one.locator(".foldable ins")).to_have_text("赵某愿付一千元。")
    everybody.look(at.one, "room-79-brought-back-desk", SHOTS)
    at.mediator.get_by_role("button", name="有 1 条意见").click()
    at.mediator.get_by_role("button", name="采纳，改进去").click()
    expect(at.one.locator(terms)).to_contain_text("赵某愿付一千元。")
    at.mediator.get_by_role("button", name="私下谈的草稿").click()
    kept = at.mediator.get_by_role("dialog", name="私下谈的草稿")
    expect(kept.locator("ins")).to_have_text("赵某愿付一千元。")
    everybody.look(at.mediator, "room-79-kept-desk", SHOTS)
    at.mediator.keyboard.press("Escape")
    expect(at.one.get_by_role("button", name="私下谈的草稿")).to_be_hidden()
    # Nobody had spoken yet: the way on is barred, and the way back stands beside it.
    everybody.look(at.mediator, "room-24b-after-an-early-talk-desk", SHOTS)
    at.mediator.get_by_role("button", name="回到各自陈述").last.click()
    at.mediator.get_by_role("dialog", name="大家一起回到“各自陈述”？").get_by_role("button", name="回到各自陈述").click()
    expect(at.mediator.locator(".way [aria-current=step]")).to_have_text("各自陈述")

    # somebody comes to act for a party: the party's own link ends, and everybody reads who it is
    at.mediator.get_by_role("button", name="代理人", exact=True).click()
    dialog = at.mediator.get_by_role("dialog", name="由别人代为参加")
    dialog.get_by_label("赵某").check()
    dialog.get_by_label("代理人姓名").fill("孙某")
    dialog.get_by_label("委托代理人").check()
    dialog.get_by_label("一般授权").check()
    everybody.look(at.mediator, "room-64-acting-desk", SHOTS)
    dialog.get_by_role("button", name="发链接").click()
    url = at.mediator.get_by_label("发链接", exact=True).input_value()
    at.mediator.get_by_role("button", name="关闭").click()
    agent = everybody.open(url, own_browser=False)
    enter(agent)
    agent.get_by_role("button", name="进入等候室").click()
    row = at.mediator.locator("li[data-seat]").filter(has_text="孙某（赵某的委托代理人）")
    row.get_by_role("button", name="请进").click()
    expect(row).to_contain_text("一般授权，不能代为同意和签名")
    expect(row.get_by_role("button", name="证件、委托书相符")).to_be_visible()
    everybody.look(at.mediator, "room-65-agent-desk", SHOTS)
    expect(at.one.get_by_text("孙某（赵某的委托代理人）").first).to_be_visible()


@pytest.mark.every
def test_going_back_asks_and_loses_nothing(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    dialog = at.one.get_by_role("dialog", name="现在离开调解室？")
    for _ in range(2):
        at.one.go_back()
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="留下来").click()
        expect(dialog).to_have_count(0)
        advancing(at.one, "m", "s2")
    at.one.go_back()
    dialog.get_by_role("button", name="离开").click()
    expect(at.one.get_by_role("heading", name="您已离开调解室")).to_be_visible()
    at.one.get_by_role("button", name="回到调解室").click()
    expect(at.one.get_by_role("button", name="进入等候室")).to_be_visible()

    # The mediator goes to the case, where the door to the room is; the session goes on.
    at.mediator.go_back()
    dialog = at.mediator.get_by_role("dialog", name="现在离开调解室？")
    dialog.get_by_role("button", name="留下来").click()
    advancing(at.mediator, "s2")
    at.mediator.go_back()
    everybody.look(at.mediator, "room-43-mediator-goes-back-desk", SHOTS)
    dialog.get_by_role("button", name="回到案件").click()
    at.mediator.get_by_role("button", name="进入调解室").click()
    advancing(at.two, "m")


@pytest.mark.every
def test_an_expert_is_let_in_with_everybodys_consent_at_the_chosen_step_only(server: Server, everybody: People) -> None:
    at = sit(everybody, server, expert=False)
    at.mediator.get_by_role("button", name="请专家").click()
    dialog = at.mediator.get_by_role("dialog", name="请专家")
    expect(dialog.get_by_label("只在现在这一步：核验身份")).to_be_checked()
    name = "安和县自然资源和规划局周工程师"
    dialog.get_by_label("专家姓名").fill(name)
    everybody.look(at.mediator, "room-27-invite-expert-desk", SHOTS)
    dialog.get_by_role("button", name="发链接").click()
    url = at.mediator.get_by_label("发链接", exact=True).input_value()
    at.mediator.get_by_role("button", name="关闭").click()
    expert = everybody.open(url, own_browser=False)
    expert.get_by_role("button", name="打开摄像头和麦克风").click()
    expert.get_by_role("button", name="进入等候室").click()
    row = at.mediator.locator("li[data-seat]").filter(has_text=name)
    admit = row.get_by_role("button", name="请进")
    expect(admit).to_be_disabled()
    expect(row).to_contain_text("还缺李某、赵某的同意")
    everybody.look(at.mediator, "room-50-expert-waits-desk", SHOTS)
    everybody.look(at.one, "room-51-expert-asked-phone", SHOTS)
    for page in (at.one, at.two):
        expect(page.get_by_role("heading", name=f"{name}到场吗？")).to_be_visible()
        page.get_by_role("button", name="同意", exact=True).click()
    admit.click()
    advancing(expert, "m", "s1", "s2")

    # a long name is cut on a small tile and whole where it is touched
    plate = at.one.locator("[data-seat=e2] .plate b")
    expect(plate).to_have_attribute("title", name)
    at.mediator.get_by_role("button", name="出示屏幕").click()
    expect(at.one.get_by_text("出示的屏幕")).to_be_visible()
    assert plate.evaluate(CUT)
    everybody.look(at.one, "room-44-long-name-phone", SHOTS)
    tile = at.one.locator("[data-seat=e2]")
    tile.scroll_into_view_if_needed()
    tile.click()
    at.one.wait_for_function(f"e => !({CUT})(e)", arg=plate.element_handle())
    everybody.look(at.one, "room-45-long-name-touched-phone", SHOTS)

    # the next step is none of his: he is told, and finds no door to knock at
    at.mediator.get_by_role("button", name="进入告知").click()
    expect(expert.get_by_role("heading", name="您参加的步骤已经结束")).to_be_visible()
    expect(expert.get_by_role("button", name="进入等候室")).to_have_count(0)
    everybody.look(expert, "room-52-expert-step-over-phone", SHOTS)
