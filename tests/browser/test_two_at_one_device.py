"""An old couple at one phone: two links in one browser, whose turn it is, the hand-over, the private talk that has both or neither, and two signatures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from cases.clock import COUNTY_TIME
from tests.browser.people import DESK, PHONE, People, advancing, people
from tests.browser.sitting import SHOTS, enter, to_room
from tests.browser.test_mediation import answer_code, fill_field, read_out, sign, write_name
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


@pytest.fixture
def everybody() -> Iterator[People]:
    with people() as those:
        yield those


def hand_over(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"交给{name}").click()
    cover = page.get_by_role("dialog", name=f"请把手机交给{name}")
    expect(cover).to_be_visible()
    cover.get_by_role("button", name=f"我是{name}").click()
    expect(page.get_by_text(f"现在由{name}操作")).to_be_visible()


def turn_of(page: Page, name: str) -> None:
    """The phone is in the hands of that person, whoever had it."""
    if page.get_by_text(f"现在由{name}操作").count() == 0:
        hand_over(page, name)


def speak_in_turn(mediator: Page, phone: Page) -> None:
    for name, seat in (("李某", "s1"), ("赵某", "s2")):
        turn_of(phone, name)
        mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="请发言").click()
        phone.get_by_role("button", name="我说完了").click()


def to_confirming(mediator: Page, phone: Page) -> None:
    """The mediator writes a draft and fixes it."""
    for name in ("进入商量方案", "进入起草协议"):
        mediator.get_by_role("button", name=name).click()
    for key, value in (
        ("party.1.id", "11010519491231002X"), ("party.2.id", "440524188001010014"), ("disputes.responsibility", "李某承担主要责任"),
        ("performance.manner", "银行转账"), ("performance.deadline", (datetime.now(COUNTY_TIME) + timedelta(days=60)).date().isoformat()),
    ):  # fmt: skip
        fill_field(mediator, key, value)
    mediator.locator("section.clause[data-kind=terms] p").first.click()
    mediator.keyboard.type("李某向赵某支付墙面修补费1800元。")
    expect(phone.locator("section.clause[data-kind=terms]")).to_contain_text("1800元")
    mediator.get_by_role("button", name="定稿，进入确认").click()


def confirm_in_turn(mediator: Page, phone: Page, everybody: People) -> None:
    """Clause by clause by the one, then from the first clause by the other: nothing that the one confirmed counts for the other."""
    for name in ("赵某", "李某"):
        turn_of(phone, name)
        for clause in range(6):
            expect(phone.get_by_text(f"第 {clause + 1} 条，共 6 条")).to_be_visible()
            if (name, clause) == ("李某", 0):
                everybody.look(phone, "room-74-second-confirms-phone", SHOTS)
            phone.get_by_role("button", name="看明白了，同意这一条").click()
        box = phone.get_by_label("同意电子签名")
        expect(box).not_to_be_checked()
        box.click()
    mediator.get_by_role("button", name="进入签名").click()


def sign_in_turn(mediator: Page, phone: Page, everybody: People) -> None:
    """Each by a code of their own; what the one had begun to do is gone when the other has the phone, which opens where one signs."""
    pad, begin = phone.locator("dialog canvas"), phone.get_by_role("button", name="签名", exact=True)
    begin.click()
    first = read_out(mediator, "s1")
    answer_code(phone, mediator, "s1")
    # The one thinks again before writing, and the other goes first.
    phone.get_by_role("button", name="关闭").click()
    hand_over(phone, "赵某")
    expect(pad).to_have_count(0)
    begin.click()
    expect(phone.get_by_label("六位验证码")).to_have_value("")
    second = read_out(mediator, "s2")
    if first != second:  # one in a million is the same
        phone.get_by_label("六位验证码").fill(first)
        phone.get_by_role("button", name="去签名").click()
        expect(phone.get_by_role("dialog").get_by_text("验证码不对，还可以试 4 次")).to_be_visible()
    everybody.look(phone, "room-75-code-of-the-other-phone", SHOTS)
    answer_code(phone, mediator, "s2")
    everybody.look(phone, "room-76-second-signs-phone", SHOTS)
    top, bar = phone.locator("dialog.pad").bounding_box(), phone.locator(".states").bounding_box()
    assert top and bar and top["y"] >= bar["y"] + bar["height"], "whose turn it is and what is recorded stays in view"
    # Another tab takes the seat, and with it the pad that is open in this one; what was signed there stands here when one goes on here.
    tab = phone.context.new_page()
    tab.goto(f"{phone.url.split('?')[0]}?as={parse_qs(urlsplit(phone.url).query)['as'][0]}")
    tab.get_by_role("button", name="签名", exact=True).click()
    write_name(tab)
    expect(pad).to_have_count(0, timeout=20_000)
    expect(phone.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    expect(tab.get_by_text("您已签名")).to_be_visible()
    phone.get_by_role("button", name="在这里继续").click()
    expect(phone.get_by_text("您已签名")).to_be_visible()
    expect(tab.get_by_role("heading", name="已在另一个窗口打开")).to_be_visible()
    tab.close()
    hand_over(phone, "李某")
    expect(begin).to_be_visible()
    expect(phone.get_by_text("您已签名")).to_have_count(0)
    # What was answered before the phone was given away counts no more.
    begin.click()
    expect(phone.get_by_label("六位验证码")).to_have_value("")
    expect(pad).to_have_count(0)
    answer_code(phone, mediator, "s1")
    write_name(phone)
    expect(pad).to_have_count(0)
    sign(mediator)
    mediator.get_by_role("button", name="盖章，协议生效").click()
    for page in (mediator, phone):
        expect(page.get_by_text("协议已生效").first).to_be_visible()
    everybody.look(phone, "room-77-effective-phone", SHOTS)


@pytest.mark.every
def test_two_at_one_phone(tmp_path: Path, everybody: People) -> None:
    with serving(tmp_path / "data") as server:
        mediator = everybody.open(server.links["mediator"], DESK)
        to_room(mediator)
        phone = everybody.open(server.links["party 1"], PHONE)
        enter(phone)
        phone.get_by_role("button", name="进入等候室").click()
        mediator.locator("li[data-seat=s1]").get_by_role("button", name="请进").click()
        advancing(phone, "m")

        # The other one opens the own link on the same phone: consents are asked of that person.
        phone.goto("about:blank")
        phone.goto(server.links["party 2"])
        expect(phone.get_by_text("现在由赵某操作")).to_be_visible()
        expect(phone.get_by_label("我愿意在线调解")).not_to_be_checked()
        everybody.look(phone, "room-70-second-at-the-door-phone", SHOTS)
        enter(phone)
        phone.get_by_role("button", name="进入等候室").click()
        mediator.locator("li[data-seat=s2]").get_by_role("button", name="请进").click()
        advancing(phone, "m")
        expect(mediator.locator("li[data-seat=s2]")).to_contain_text("与李某同一台设备")
        expect(mediator.locator("li[data-seat=s1]")).to_contain_text("现在由对方操作")
        everybody.look(mediator, "room-71-one-device-desk", SHOTS)

        # What one wrote is not there for the other.
        phone.get_by_role("button", name="消息").click()
        phone.get_by_role("textbox", name="说给大家看").fill("这句只给老伴看")
        phone.get_by_role("button", name="交给李某").click()
        cover = phone.get_by_role("dialog", name="请把手机交给李某")
        expect(cover).to_be_visible()
        everybody.look(phone, "room-72-hand-over-phone", SHOTS)
        cover.get_by_role("button", name="还是赵某用").click()
        expect(phone.get_by_role("textbox", name="说给大家看")).to_have_value("这句只给老伴看")
        # A page that is loaded again on the way to the other stays covered.
        phone.get_by_role("button", name="交给李某").click()
        phone.reload()
        expect(cover).to_be_visible()
        cover.get_by_role("button", name="还是赵某用").click()
        expect(cover).to_have_count(0)
        hand_over(phone, "李某")
        advancing(phone, "m")
        everybody.look(phone, "room-73-now-the-first-phone", SHOTS)
        phone.get_by_role("button", name="消息").click()
        expect(phone.get_by_role("textbox", name="说给大家看")).to_have_value("")
        expect(mediator.locator("li[data-seat=s2]")).to_contain_text("现在由对方操作")

        for seat in ("s1", "s2"):
            mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="证件与本人相符").click()
        mediator.get_by_role("button", name="进入告知").click()
        for name in ("李某", "赵某"):
            if phone.get_by_text(f"现在由{name}操作").count() == 0:
                hand_over(phone, name)
            phone.get_by_role("button", name="画面").click()
            phone.get_by_role("button", name="我听明白了").click()
        mediator.get_by_role("button", name="进入各自陈述").click()
        expect(mediator.get_by_text("同一台设备上的人只能一起背对背谈")).to_be_visible()
        speak_in_turn(mediator, phone)
        mediator.get_by_role("button", name="请李某、赵某进小间").click()
        expect(mediator.get_by_role("button", name="谈完了，请大家回来")).to_be_visible()
        expect(phone.get_by_text("背对背").first).to_be_visible()
        mediator.get_by_role("button", name="谈完了，请大家回来").click()

        to_confirming(mediator, phone)
        confirm_in_turn(mediator, phone, everybody)
        sign_in_turn(mediator, phone, everybody)
        assert not [e for e in everybody.errors if "404" not in e], everybody.errors
        if everybody.barriers:
            pytest.fail("\n".join(everybody.barriers))
