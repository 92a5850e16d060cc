"""What the room is like to sit in: nothing covers anything, consents are taken back, doors are locked, long words fold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.people import PHONE, People, advancing, people
from tests.browser.sitting import IN_VIEW, SHOTS, Sitting, sit
from tests.serving import serving
from tests.web.identity_provider import SECRET, IdentityProvider

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


def uncovered(page: Page) -> None:
    """A page that changes may need a moment."""
    expect(page.locator(".tile").first).to_be_visible()
    with suppress(TimeoutError):
        page.wait_for_function(f"() => ({OVERLAPS})().length === 0", timeout=2000)
    assert page.evaluate(OVERLAPS) == []


@pytest.fixture(scope="module")
def everybody() -> Iterator[People]:
    with people() as found:
        yield found
        assert not [e for e in found.errors if "404" not in e], found.errors
        assert not found.barriers, "\n".join(found.barriers)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory, everybody: People) -> Iterator[Sitting]:
    """One sitting for all of these, in the order in which they stand here."""
    folder, provider = tmp_path_factory.mktemp("room"), IdentityProvider()
    secret = folder / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    settings = {"HEYI_IDENTITY_URL": provider.url, "HEYI_IDENTITY_NAME": "实人平台", "HEYI_IDENTITY_SECRET_FILE": str(secret)}
    try:
        with serving(folder / "data", **settings) as server:
            yield sit(everybody, server, waiting=lambda page, mediator: prove(everybody, page, mediator))
    finally:
        provider.end()


def prove(everybody: People, page: Page, mediator: Page) -> None:
    """On the provider's page and back, once without success."""
    row = mediator.locator("li[data-seat=s1]")
    page.get_by_label("您的身份证号").fill("11010519491231002x")
    everybody.look(page, "room-66-identity-phone", SHOTS)
    page.get_by_role("button", name="现在核验").click()
    expect(page.get_by_role("heading", name="实人核验：李某")).to_be_visible()
    expect(row).to_contain_text("正在核验身份")
    page.get_by_role("link", name="刷脸不通过").click()
    expect(page.get_by_text("没有通过：和证件照片对不上")).to_be_visible()
    expect(row).to_contain_text("平台核验没有通过")
    everybody.look(page, "room-67-identity-failed-phone", SHOTS)
    page.get_by_label("您的身份证号").fill("11010519491231002X")
    page.get_by_role("button", name="再试一次").click()
    page.get_by_role("link", name="刷脸通过").click()
    expect(page.get_by_text("身份已核验")).to_be_visible()
    expect(row).to_contain_text("平台已核验身份")
    everybody.look(page, "room-68-identity-passed-phone", SHOTS)
    everybody.look(mediator, "room-68-identity-passed-desk", SHOTS)


def test_the_mediator_asks_for_sound_and_picture_and_the_person_answers(at: Sitting, everybody: People) -> None:
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


def test_a_device_is_given_address_and_token(at: Sitting, everybody: People) -> None:
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


def test_consent_to_the_recording_is_taken_back_in_the_room(at: Sitting, everybody: People) -> None:
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
    at.one.get_by_role("button", name="关闭").click()


def test_a_pause_is_told_to_everybody_with_its_reason(at: Sitting, everybody: People) -> None:
    at.mediator.get_by_role("button", name="暂停录音录像").click()
    dialog = at.mediator.get_by_role("dialog", name="为什么暂停录音录像")
    act = dialog.get_by_role("button", name="暂停录音录像")
    assert act.is_disabled()
    dialog.get_by_text("其他", exact=True).click()
    assert act.is_disabled(), "other reasons are said"
    dialog.get_by_text("涉及隐私", exact=True).click()
    dialog.get_by_label("补充一句").fill("谈病情")
    everybody.look(at.mediator, "room-24-pause-dialog-desk", SHOTS)
    act.click()
    for page in (at.mediator, at.one, at.two):
        expect(page.locator(".recnote")).to_contain_text("录音录像已暂停：涉及隐私，谈病情")
    everybody.look(at.mediator, "room-24-paused-desk", SHOTS)
    everybody.look(at.one, "room-24-paused-phone", SHOTS)
    uncovered(at.one)
    at.one.locator(".recnote").get_by_role("button", name="知道了").click()
    expect(at.one.locator(".recnote")).to_have_count(0)
    expect(at.one.get_by_text("录音录像已暂停：涉及隐私")).to_be_visible()
    at.mediator.get_by_role("button", name="继续录音录像").click()
    for page in (at.mediator, at.one, at.two):
        expect(page.locator(".recnote")).to_contain_text("录音录像已恢复")
        expect(page.get_by_text("正在录音录像")).to_be_visible()
    everybody.look(at.one, "room-24-resumed-phone", SHOTS)


def test_a_long_line_of_chat_is_folded(at: Sitting, everybody: People) -> None:
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
    at.one.get_by_role("button", name="画面").click()


def test_a_locked_door_keeps_newcomers_out_and_lets_everybody_back(at: Sitting, everybody: People) -> None:
    at.mediator.get_by_role("button", name="锁门").click()
    expect(at.mediator.get_by_text("没进来过的人敲不了门")).to_be_visible()
    everybody.look(at.mediator, "room-27-locked-desk", SHOTS)
    expert = everybody.open(at.server.links["expert"], PHONE, own_browser=False)
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


def test_on_a_small_phone_no_picture_covers_anything(at: Sitting, everybody: People) -> None:
    # All microphones of a test beep at once, as those of two phones on one table: that somebody is told so is not looked at here.
    at.mediator.locator("li[data-seat=s1]").get_by_role("button", name="请李某静音").click()
    expect(at.one.get_by_role("button", name="麦克风关着")).to_be_visible()
    expect(at.one.locator(".hint")).to_have_count(0)
    leave = at.one.get_by_role("button", name="离开")
    uncovered(at.one)
    assert leave.evaluate(IN_VIEW)

    at.mediator.get_by_role("button", name="进入告知").click()
    confirm = at.one.get_by_role("button", name="我听明白了")
    expect(confirm).to_be_visible()
    uncovered(at.one)
    assert confirm.evaluate(IN_VIEW) and leave.evaluate(IN_VIEW)
    everybody.look(at.one, "room-21-notice-phone", SHOTS)
    expect(at.mediator.get_by_role("heading", name="请读给各方听")).to_be_visible()
    everybody.look(at.mediator, "room-21-notice-desk", SHOTS)
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


def test_whoever_reconnects_does_not_speak(at: Sitting) -> None:
    tile = at.one.locator("[data-seat=s2]")
    expect(tile).to_contain_text("正在说话")
    at.two.close()
    expect(tile).to_contain_text("正在重连")
    expect(tile).not_to_contain_text("正在说话")
