"""The room for everybody: by keyboard alone, in English, in large type."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import focused, go, obstacles, press
from tests.browser.people import DESK, PHONE, People, advancing
from tests.browser.sitting import IN_VIEW, SHOTS, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def opens_and_escapes(page: Page, name: str) -> None:
    """Enter opens a dialog, Escape closes it, and the focus is back where it was."""
    press(page, name)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert name in focused(page), f"after the dialog of {name} the focus is on {focused(page)!r}"


def test_by_keyboard_alone(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    expect(mediator.get_by_role("heading", name="王调解员")).to_be_visible()
    press(mediator, "屋檐雨水流向邻家院墙")
    expect(mediator.get_by_role("heading", name="屋檐雨水流向邻家院墙")).to_be_visible()
    press(mediator, "进入调解室")
    expect(mediator.get_by_role("button", name="开始录音录像")).to_be_visible()
    one = everybody.open(server.links["party 1"], DESK, own_browser=False)
    expect(one.get_by_role("button", name="打开摄像头和麦克风")).to_be_visible()
    press(one, "打开摄像头和麦克风")
    expect(one.get_by_text("看得见您")).to_be_visible()
    for consent in ("我愿意在线调解", "同意全程录音录像"):
        press(one, consent, "Space")
    press(one, "进入等候室")
    expect(mediator.get_by_role("button", name="请进")).to_be_visible()
    press(mediator, "请进")
    advancing(one, "m")
    press(mediator, "证件与本人相符")

    # a party's controls
    press(one, "麦克风开着", "Space")
    expect(one.get_by_role("button", name="麦克风关着")).to_be_visible()
    press(one, "麦克风关着")
    press(one, "镜头开着", "Space")
    expect(one.get_by_role("button", name="镜头关着")).to_be_visible()
    press(one, "镜头关着")
    opens_and_escapes(one, "我的同意")
    opens_and_escapes(one, "离开")
    go(one, "说给大家看")
    one.keyboard.type("我在听")
    one.keyboard.press("Enter")
    expect(mediator.get_by_text("我在听")).to_be_visible()
    assert obstacles(one) == []

    # the mediator's
    opens_and_escapes(mediator, "请专家")
    opens_and_escapes(mediator, "请李某出去")
    opens_and_escapes(mediator, "结束调解")
    assert obstacles(mediator) == []
    go(mediator, "请李某静音")
    everybody.look(mediator, "room-31-focus-desk", SHOTS)
    mediator.keyboard.press("Enter")
    expect(one.get_by_role("button", name="麦克风关着")).to_be_visible()


@pytest.mark.every
def test_in_english(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK, "en-GB")
    mediator.get_by_role("link", name="屋檐雨水流向邻家院墙").first.click()
    mediator.get_by_text("Enter the room").first.click()
    one = everybody.open(server.links["party 1"], PHONE, "en-GB", own_browser=False)
    two = everybody.open(server.links["party 2"], PHONE, "en-GB", own_browser=False)
    for page, seat in ((one, "s1"), (two, "s2")):
        page.get_by_role("button", name="Open camera and microphone").click()
        expect(page.get_by_text("You can be seen")).to_be_visible()
        page.get_by_label("I agree to mediate online").check()
        page.get_by_label("I agree to be recorded").check()
        if page is one:
            everybody.look(one, "room-32-consents-phone-english", SHOTS)
        page.get_by_role("button", name="Enter the waiting room").click()
        row = mediator.locator(f"li[data-seat={seat}]")
        row.get_by_role("button", name="Let in").click()
        row.get_by_role("button", name="Card and face match").click()
    advancing(one, "m", "s2")
    mediator.get_by_role("button", name="On to Notice").click()
    expect(one.get_by_role("button", name="I have understood")).to_be_visible()
    everybody.look(one, "room-33-notice-phone-english", SHOTS)
    for page in (one, two):
        page.get_by_role("button", name="I have understood").click()
    mediator.get_by_role("button", name="On to Statements").click()
    expect(one.get_by_role("heading", name="Statements")).to_be_visible()
    tops = {round(box["y"]) for step in mediator.locator(".way li").all() if (box := step.bounding_box())}
    assert len(tops) == 1, "the steps keep one line"
    mediator.locator("li[data-seat=s1]").get_by_role("button", name="Give the floor").click()
    expect(one.get_by_role("button", name="I have finished")).to_be_visible()
    everybody.look(one, "room-34-floor-phone-english", SHOTS)
    everybody.look(two, "room-35-listening-phone-english", SHOTS)
    everybody.look(mediator, "room-36-desk-english", SHOTS)
    for page in (mediator, one, two):
        left = [text for text in page.locator("button, h1, h2, label").all_inner_texts() if any("一" <= c <= "鿿" for c in text)]
        assert not [text for text in left if "屋檐" not in text and "调解员" not in text and "某" not in text and "律师" not in text], left


@pytest.mark.every
def test_in_large_type(server: Server, everybody: People) -> None:
    at = sit(everybody, server, elder=True)

    def look(name: str) -> None:
        everybody.look(at.one, name, SHOTS, least=22, target=56)

    look("room-37-room-phone-elder")
    at.mediator.get_by_role("button", name="进入告知").click()
    expect(at.one.get_by_role("button", name="我听明白了")).to_be_visible()
    for name in ("麦克风开着", "离开"):
        assert at.one.get_by_role("button", name=name).evaluate(IN_VIEW), name
    expect(at.one.get_by_text("下面还有，请往下滑")).to_be_visible()
    look("room-38-notice-phone-elder")
    at.one.get_by_role("button", name="我听明白了").scroll_into_view_if_needed()
    expect(at.one.get_by_text("下面还有，请往下滑")).to_have_count(0)
    for page in (at.one, at.two):
        page.get_by_role("button", name="我听明白了").click()
    at.mediator.get_by_role("button", name="进入各自陈述").click()
    at.mediator.locator("li[data-seat=s2]").get_by_role("button", name="请发言").click()
    expect(at.one.get_by_role("button", name="我想说话")).to_be_visible()
    look("room-39-listening-phone-elder")
    at.one.get_by_role("button", name="消息").click()
    look("room-40-chat-phone-elder")
    at.one.get_by_role("button", name="协议", exact=True).click()
    look("room-41-agreement-phone-elder")
    at.one.locator(".papers .choice button", has_text="笔录").click()
    look("room-68-record-phone-elder")
    at.one.get_by_role("button", name="我的同意").click()
    look("room-42-consents-phone-elder")
