"""The bell, in a real browser: it counts without being asked, and the list behind it is read by opening it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server, Visitor, serving
from tests.web.test_report_to_accept import report

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def offered(server: Server, key: str) -> str:
    """A new case, given to the mediator; its code. Playwright has the loop of this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _offer(server, key)).result()


async def _offer(server: Server, key: str) -> str:
    centre = Visitor(server)
    await centre.open(server.links["centre"], take_over=True)
    _, made = await report(server, key)
    async with centre.connect() as client:
        await client.do({"t": "dispatch", "case": made["case"], "to": ["wang"], "mode": "assign", "note": ""})
    return str(made["code"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """With SMS set up, of which the demonstration sends none: its cases are invented."""
    token = tmp_path / "token"
    token.write_text("token")
    token.chmod(0o600)
    with serving(tmp_path / "data", HEYI_SMS_URL="http://127.0.0.1:9/send", HEYI_SMS_TOKEN_FILE=str(token)) as running:
        yield running


def test_the_bell_rings_on_every_page_and_is_read_by_opening_it(server: Server, everybody: People) -> None:
    desk = everybody.open(server.links["mediator"], DESK)
    bell = desk.get_by_role("button", name="通知")
    bell.click()  # whatever the demonstration has told; the last of it comes with the first look at the clock
    before = desk.get_by_role("dialog", name="通知")
    expect(before.get_by_text("有一项约定已经过期")).to_be_visible()
    before.get_by_role("button", name="好了").click()
    expect(desk.get_by_role("button", name="通知", exact=True)).to_be_visible()
    code = offered(server, "bell-key-1")
    expect(desk.get_by_role("button", name=re.compile("^通知 ?[0-9]+ ?条没有看$"))).to_be_visible()
    phone = everybody.open(server.links["mediator"], PHONE, own_browser=False, language="en-GB")
    expect(phone.get_by_role("button", name=re.compile("^Notices ?[0-9]+ ?unread$"))).to_be_visible()
    everybody.look(phone, "notices-01-bell-phone-english", SHOTS)

    bell.focus()
    desk.keyboard.press("Enter")
    told = desk.get_by_role("dialog", name="通知")
    expect(told.get_by_role("link", name=f"{code} 交给您办理，请答复是否接单")).to_be_visible()
    expect(told.get_by_role("listitem").first).to_contain_text("新")
    everybody.look(desk, "notices-02-list-desk", SHOTS)
    expect(phone.get_by_role("button", name="Notices", exact=True)).to_be_visible()
    later = offered(server, "bell-key-2")
    expect(told.get_by_role("link", name=f"{later} 交给您办理")).to_be_visible()
    told.get_by_role("link", name=f"{later} 交给您办理").click()
    desk.wait_for_url("**/case/*")

    # Whoever takes the case sees a party's telephone whole, for a reason that is kept.
    expect(desk.get_by_role("button", name="看完整信息")).to_have_count(0)
    desk.get_by_role("button", name="接单").first.click()
    desk.get_by_role("button", name="看完整信息").first.click()
    look = desk.get_by_role("dialog", name="个人信息")
    everybody.look(desk, "case-reveal-desk", SHOTS)
    look.get_by_text("其他").click()
    look.get_by_label("写明原因").fill("通知开会时间")
    look.get_by_role("button", name="记下原因并查看").click()
    expect(look.get_by_role("link", name="13800005555")).to_be_visible()
    everybody.look(desk, "case-revealed-desk", SHOTS)
    # From where it is said that it was entered one tap leads to where it can be read.
    look.get_by_role("button", name="看过的记录").click()
    expect(look).to_have_count(0)
    expect(desk.get_by_text("13800005555")).to_have_count(0)
    expect(desk.get_by_text("完整信息和卷宗被看过 1 次")).to_be_focused()
    expect(desk.get_by_text("通知开会时间")).to_be_visible()
    everybody.look(desk, "case-looks-desk", SHOTS)

    # Whether who had to be told was told.
    sent = desk.get_by_role("region", name="通知有没有送到")
    sent.get_by_role("button", name="查看").click()
    expect(sent.get_by_role("listitem").filter(has_text="本案 交给您办理").first).to_contain_text("王调解员 · 页面")
    expect(sent.get_by_role("listitem").first).to_contain_text("已送出")
    sent.scroll_into_view_if_needed()
    everybody.look(desk, "case-deliveries-desk", SHOTS)

    # Somebody falls ill: the case goes back to the centre, with a reason, and is seen here no more.
    desk.get_by_role("button", name="退回中心").click()
    back = desk.get_by_role("dialog", name="把这件退回中心？")
    expect(back.get_by_role("button", name="退回中心")).to_be_disabled()
    back.get_by_label("原因").fill("生病住院")
    everybody.look(desk, "case-give-back-desk", SHOTS)
    back.get_by_role("button", name="退回中心").click()
    desk.wait_for_url("**/desk")
    expect(desk.get_by_role("link", name="楼上漏水")).to_have_count(0)

    phone.get_by_role("button", name="Notices").click()
    expect(phone.get_by_role("link", name=f"{code} was given to you")).to_be_visible()
    everybody.look(phone, "notices-03-list-phone-english", SHOTS)
    phone.get_by_role("button", name="Done").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)

    phone.get_by_role("link", name="Account").click()
    card = phone.locator("section").filter(has=phone.get_by_role("heading", name="Where notices go"))
    card.get_by_label("Mobile number").fill("13800001111")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("Saved")).to_be_visible()
    card.scroll_into_view_if_needed()
    everybody.look(phone, "notices-04-contact-phone-english", SHOTS)
