"""What the room is like to sit in: nothing covers anything, consents are taken back, the way back is clear, long words fold."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.people import DESK, PHONE, People, advancing
from tests.browser.sitting import IN_VIEW, SHOTS, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
# Rectangles as they are seen: cut by the boxes that scroll them.
OVERLAPS = """() => {
  const seen = e => {
    let { left, top, right, bottom } = e.getBoundingClientRect()
    for (let box = e.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflow === 'visible') continue
      const cut = box.getBoundingClientRect()
      left = Math.max(left, cut.left); right = Math.min(right, cut.right)
      top = Math.max(top, cut.top); bottom = Math.min(bottom, cut.bottom)
    }
    return { left, top, right, bottom, seen: right - left > 1 && bottom - top > 1 }
  }
  const tiles = [...document.querySelectorAll('.tile')].map(e => [e.innerText.trim(), seen(e)])
  const others = [...document.querySelectorAll('.notice, .controls, .tabs, .room > header, .inside')].map(e => [e.className, seen(e)])
  const pairs = tiles.flatMap(([name, a], n) => [...others, ...tiles.slice(n + 1)].map(([other, b]) => [name, other, a, b]))
  return pairs.filter(([, , a, b]) => a.seen && b.seen && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([name, other]) => `${name} lies over ${other}`)
}"""


CUT = "e => e.scrollHeight > e.clientHeight + 8"


def uncovered(page: Page) -> None:
    """A page that changes may need a moment."""
    expect(page.locator(".tile").first).to_be_visible()
    with suppress(TimeoutError):
        page.wait_for_function(f"() => ({OVERLAPS})().length === 0", timeout=2000)
    assert page.evaluate(OVERLAPS) == []


def test_on_a_small_phone_no_picture_covers_anything(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    leave = at.one.get_by_role("button", name="离开")
    uncovered(at.one)
    assert leave.evaluate(IN_VIEW)

    at.mediator.get_by_role("button", name="进入告知").click()
    confirm = at.one.get_by_role("button", name="我听明白了")
    expect(confirm).to_be_visible()
    uncovered(at.one)
    assert confirm.evaluate(IN_VIEW) and leave.evaluate(IN_VIEW)
    everybody.look(at.one, "room-21-notice-phone", SHOTS)
    for page in (at.one, at.two):
        page.get_by_role("button", name="我听明白了").click()
    uncovered(at.one)

    at.mediator.get_by_role("button", name="出示屏幕").click()
    expect(at.one.get_by_text("出示的屏幕")).to_be_visible()
    at.one.wait_for_function("() => document.querySelector('.shared video')?.getVideoPlaybackQuality().totalVideoFrames > 3")
    at.mediator.get_by_role("button", name="进入各自陈述").click()
    expect(at.one.get_by_role("heading", name="各自陈述")).to_be_visible()
    uncovered(at.one)
    assert leave.evaluate(IN_VIEW)
    everybody.look(at.one, "room-22-shared-screen-phone", SHOTS)

    # whoever is small becomes large by a touch
    at.mediator.get_by_role("button", name="停止出示").click()
    expect(at.one.get_by_text("出示的屏幕")).to_have_count(0)
    at.mediator.locator("li[data-seat=s2]").get_by_role("button", name="请发言").click()
    at.one.get_by_role("button", name="放大王调解员的画面").click()
    expect(at.one.get_by_role("button", name="放大赵某的画面")).to_be_visible()
    uncovered(at.one)


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
    end.click()


def test_whoever_reconnects_does_not_speak(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    at.mediator.get_by_role("button", name="进入告知").click()
    for page in (at.one, at.two):
        page.get_by_role("button", name="我听明白了").click()
    at.mediator.get_by_role("button", name="进入各自陈述").click()
    at.mediator.locator("li[data-seat=s2]").get_by_role("button", name="请发言").click()
    tile = at.one.locator("[data-seat=s2]")
    expect(tile).to_contain_text("正在说话")
    at.two.close()
    expect(tile).to_contain_text("正在重连")
    expect(tile).not_to_contain_text("正在说话")


def test_the_mediator_asks_for_sound_and_picture_and_the_person_answers(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    row = at.mediator.locator("li[data-seat=s1]")
    row.get_by_role("button", name="请李某静音").click()
    expect(at.one.get_by_role("button", name="麦克风关着")).to_be_visible()
    row.get_by_role("button", name="请李某打开麦克风").click()
    expect(row).to_contain_text("已请打开麦克风")
    asked = at.one.get_by_role("alertdialog", name="王调解员请您打开麦克风")
    expect(asked).to_be_visible()
    uncovered(at.one)
    everybody.look(at.one, "room-26-asked-phone", SHOTS)
    everybody.look(at.mediator, "room-26-asked-desk", SHOTS)
    asked.get_by_role("button", name="先不开").click()
    expect(asked).to_have_count(0)
    expect(row).to_contain_text("先不开麦克风")
    expect(at.one.get_by_role("button", name="麦克风关着")).to_be_visible()
    row.get_by_role("button", name="请李某打开麦克风").click()
    asked.get_by_role("button", name="打开麦克风").click()
    expect(at.one.get_by_role("button", name="麦克风开着")).to_be_visible()
    expect(row).not_to_contain_text("麦克风")

    row.get_by_role("button", name="关掉李某的画面").click()
    expect(at.two.locator("[data-seat=s1]")).to_contain_text("仅语音")
    row.get_by_role("button", name="请李某打开镜头").click()
    at.one.get_by_role("alertdialog").get_by_role("button", name="打开镜头").click()
    advancing(at.two, "s1")


def test_a_locked_door_keeps_newcomers_out_and_lets_everybody_back(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    at.mediator.get_by_role("button", name="锁门").click()
    expect(at.mediator.get_by_text("没进来过的人敲不了门")).to_be_visible()
    everybody.look(at.mediator, "room-27-locked-desk", SHOTS)
    expert = everybody.open(server.links["expert"], PHONE, own_browser=False)
    expert.get_by_role("button", name="打开摄像头和麦克风").click()
    expert.get_by_role("button", name="进入等候室").click()
    expect(expert.get_by_text("调解员已经把门锁上")).to_be_visible()
    everybody.look(expert, "room-27-locked-phone", SHOTS)
    # A line that was lost finds the seat again.
    at.one.reload()
    advancing(at.one, "m", "s2")
    at.mediator.get_by_role("button", name="开门").click()
    expert.get_by_role("button", name="进入等候室").click()
    expect(at.mediator.locator("li[data-seat=e1]")).to_contain_text("请进")


def test_a_device_is_given_address_and_token(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    at.mediator.get_by_role("button", name="接设备").click()
    dialog = at.mediator.get_by_role("dialog", name="接一台设备")
    dialog.get_by_label("设备叫什么").fill("法庭摄像机")
    dialog.get_by_role("button", name="生成").click()
    assert dialog.get_by_label("送画面进来").input_value().endswith("/whip")
    assert dialog.get_by_label("看画面").input_value().endswith("/whep")
    assert len(dialog.get_by_label("口令").input_value()) > 30
    everybody.look(at.mediator, "room-28-device-desk", SHOTS)
    dialog.get_by_role("button", name="关闭").click()
    expect(at.mediator.locator("li[data-seat=d1]")).to_contain_text("法庭摄像机")


def test_consent_to_the_recording_is_taken_back_in_the_room(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    for page in (at.mediator, at.one, at.two):
        expect(page.get_by_text("正在录音录像")).to_be_visible()
    at.one.get_by_role("button", name="我的同意").click()
    box = at.one.get_by_label("同意全程录音录像")
    expect(box).to_be_checked()
    everybody.look(at.one, "room-25-consents-phone", SHOTS)
    box.uncheck()
    at.one.get_by_role("button", name="关闭").click()
    for page in (at.mediator, at.one, at.two):
        expect(page.get_by_text("录音录像已停止")).to_be_visible()
    expect(at.mediator.locator("li[data-seat=s1]")).to_contain_text("收回了对录音录像的同意")
    expect(at.mediator.get_by_role("button", name="继续录音录像")).to_be_disabled()
    advancing(at.one, "m", "s2")
    at.one.get_by_role("button", name="我的同意").click()
    at.one.get_by_label("同意全程录音录像").check()
    for page in (at.mediator, at.one, at.two):
        expect(page.get_by_text("正在录音录像")).to_be_visible()


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


def test_a_long_line_of_chat_is_folded(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    said = "去年八月那场雨以后，" * 30
    at.one.get_by_role("button", name="消息").click()
    at.one.get_by_role("textbox", name="说给大家看").fill(said)
    at.one.get_by_role("button", name="发送").click()
    line = at.mediator.get_by_text(said)
    more = at.mediator.get_by_role("button", name="展开全部")
    expect(more).to_be_visible()
    folded = line.bounding_box()
    everybody.look(at.mediator, "room-26-long-line-desk", SHOTS)
    more.click()
    whole = line.bounding_box()
    assert folded and whole and whole["height"] > 2 * folded["height"]
    at.mediator.get_by_role("button", name="收起").click()
    expect(more).to_be_visible()


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
