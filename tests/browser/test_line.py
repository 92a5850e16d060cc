"""The line as people see it: who writes and who is there, a server that dies or restarts, a sign-in that ends, lines that wait."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from tests.browser.line import Line
from tests.browser.people import DESK, People, advancing, people
from tests.browser.screens import ROOT, prepare
from tests.browser.sitting import SHOTS, enter, sit, to_room
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
AT_ONCE = 5_000
"""Milliseconds: less than the six seconds after which a typing flag would go out by itself."""


@pytest.fixture
def everybody() -> Iterator[People]:
    with people() as found:
        yield found
        # A page whose server is away is told so by the browser as well; that is no fault of the page.
        away = ("404", "net::ERR_", "WebSocket", "status of 4")
        assert not [e for e in found.errors if not any(part in e for part in away)], found.errors
        assert not found.barriers, "\n".join(found.barriers)


def another_tab(page: Page, url: str) -> Page:
    """A second tab of the same sign-in."""
    handle = page.evaluate("sessionStorage.getItem('heyi.as')")
    tab = page.context.new_page()
    tab.goto(f"{url}?as={handle}")
    return tab


def report(server: Server) -> None:
    """Four more cases, two of them offered. In a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(prepare(server))).result()


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="说给大家看").fill(text)
    page.get_by_role("button", name="发送").click()


@pytest.mark.every
def test_who_writes_is_seen_by_those_in_the_same_talk_and_by_nobody_else(server: Server, everybody: People) -> None:
    at = sit(everybody, server)
    writes = "李某 正在输入"
    for page in (at.one, at.two):
        page.get_by_role("button", name="消息").click()
    box = at.one.get_by_role("textbox")
    box.press_sequentially("我想先说")
    for page in (at.mediator, at.two):
        expect(page.get_by_text(writes)).to_be_visible()
    everybody.look(at.two, "room-51-writes-phone", SHOTS)
    box.fill("")
    for page in (at.mediator, at.two):
        expect(page.get_by_text(writes)).to_have_count(0, timeout=AT_ONCE)
    box.press_sequentially("我想先说")
    expect(at.mediator.get_by_text(writes)).to_be_visible()
    at.one.get_by_role("button", name="发送").click()
    expect(at.mediator.get_by_text("我想先说")).to_be_visible()
    expect(at.mediator.get_by_text(writes)).to_have_count(0, timeout=AT_ONCE)

    # a private talk: seen inside, not outside, and not outside afterwards
    at.mediator.get_by_role("button", name="进入告知").click()
    for page in (at.one, at.two):
        page.get_by_role("button", name="画面").click()
        page.get_by_role("button", name="我听明白了").click()
    at.mediator.get_by_role("button", name="进入各自陈述").click()
    line = Line(at.one)
    at.mediator.get_by_role("button", name="请李某进小间").click()
    expect(at.one.get_by_text("小间：只有这里的人听得到")).to_be_visible()
    at.one.get_by_role("button", name="消息").click()
    inside = at.one.get_by_role("textbox", name="只有小间里的人看得到")
    expect(at.two.get_by_text("正在和另一方单独谈话")).to_be_visible()
    inside.press_sequentially("底价")
    expect(at.mediator.get_by_text(writes)).to_be_visible()
    expect(at.two.get_by_text("正在输入")).to_have_count(0)

    # what was written inside while the line was cut is not told to everybody when it comes back
    line.silent = True
    inside.fill("底价一千八")
    at.one.get_by_role("button", name="发送").click()
    expect(at.one.get_by_text("正在发送")).to_be_visible()
    at.mediator.get_by_role("button", name="谈完了，请大家回来").click()
    expect(at.two.get_by_role("button", name="消息")).to_be_visible()
    line.come_back()
    at.one.get_by_role("button", name="消息").click()
    expect(at.one.get_by_text("写这句话时是另一场谈话")).to_be_visible()
    expect(at.one.get_by_role("button", name="改发给大家")).to_be_visible()
    everybody.look(at.one, "room-52-other-talk-phone", SHOTS)
    say(at.mediator, "我们继续")
    at.two.get_by_role("button", name="消息").click()
    expect(at.two.get_by_text("我们继续")).to_be_visible()
    for page in (at.mediator, at.two):
        expect(page.get_by_text("底价")).to_have_count(0)
    expect(at.two.get_by_text("正在输入")).to_have_count(0)
    at.one.get_by_role("button", name="不发了").click()
    expect(at.one.get_by_text("底价一千八")).to_have_count(0)


@pytest.mark.every
def test_who_closes_the_page_at_the_door_is_seen_to_be_away(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    to_room(mediator)
    two = everybody.open(server.links["party 2"])
    enter(two)
    two.get_by_role("button", name="进入等候室").click()
    row = mediator.locator("li[data-seat=s2]")
    expect(row).to_contain_text("在门外等候")
    door = two.url
    again = two.context.new_page()
    two.close()
    expect(row).to_contain_text("在门外，页面关了")
    everybody.look(mediator, "room-53-page-closed-desk", SHOTS)
    again.goto(door)
    expect(row).to_contain_text("在门外等候")


@pytest.mark.every
def test_staff_at_the_same_case_see_each_other_once(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name="屋檐雨水流向邻家院墙").first.click()
    expect(mediator.get_by_role("heading", name="屋檐雨水流向邻家院墙")).to_be_visible()
    centre = everybody.open(server.links["centre"], DESK, own_browser=False)
    expect(centre.get_by_role("heading", name="周主任")).to_be_visible()
    tabs = [another_tab(centre, mediator.url.split("?")[0]) for _ in range(2)]
    for tab in tabs:
        expect(tab.get_by_text("王调解员 也在看")).to_be_visible()
    here = mediator.get_by_role("status").filter(has_text="也在看")
    expect(here).to_have_text("周主任 也在看")
    everybody.look(mediator, "room-54-also-here-desk", SHOTS)
    tabs[0].close()
    expect(tabs[1].get_by_text("王调解员 也在看")).to_be_visible()
    expect(here).to_have_text("周主任 也在看")
    tabs[1].close()
    expect(here).to_have_count(0)


def test_what_is_given_to_a_dead_server_happens_once_when_it_is_back(server: Server, everybody: People) -> None:
    report(server)
    title, said = "装修漏水，楼下天花板受损", "水管我来修"
    desk = everybody.open(server.links["second mediator"], DESK)
    order = desk.locator("article").filter(has_text=title)
    mediator = everybody.open(server.links["mediator"], DESK, own_browser=False)
    to_room(mediator)
    phone = everybody.open(server.links["party 1"], own_browser=False)
    enter(phone)
    phone.get_by_role("button", name="进入等候室").click()
    mediator.locator("li[data-seat=s1]").get_by_role("button", name="请进").click()
    advancing(phone, "m")
    expect(order).to_be_visible()
    for page in (desk, phone, mediator):
        page.evaluate("window.sameVisit = true")

    server.stop(signal.SIGKILL)
    expect(desk.get_by_text("连接断了，正在重连")).to_be_visible()
    for page in (phone, mediator):
        expect(page.get_by_text("网络断了，正在重连")).to_be_visible()
        expect(page.get_by_text("正在录音录像")).to_have_count(0)
    order.get_by_role("button", name="接单").click()
    expect(desk.get_by_text("1 条内容会自动补发")).to_be_visible()
    phone.get_by_role("button", name="消息").click()
    say(phone, said)
    expect(phone.get_by_text("等待发送")).to_be_visible()
    expect(phone.get_by_text("1 条待发")).to_be_visible()
    everybody.look(desk, "room-55-server-away-desk", SHOTS)
    everybody.look(phone, "room-56-line-waits-phone", SHOTS)
    everybody.look(mediator, "room-57-server-away-desk", SHOTS)

    server.start()
    expect(desk.get_by_role("status").filter(has_text="已接单")).to_be_visible()
    expect(desk.get_by_text("正在重连")).to_have_count(0)
    expect(desk.get_by_role("table").get_by_role("link", name=title)).to_have_count(1)
    expect(order).to_have_count(0)
    expect(desk.get_by_role("alert")).to_have_count(0)
    expect(phone.get_by_text("等待发送")).to_have_count(0)
    for page in (phone, mediator):
        expect(page.get_by_text(said)).to_have_count(1)
    phone.get_by_role("button", name="画面").click()
    advancing(phone, "m")
    assert all(page.evaluate("window.sameVisit === true") for page in (desk, phone, mediator))


def test_pages_come_back_by_themselves_after_a_restart(server: Server, everybody: People) -> None:
    desk = everybody.open(server.links["centre"], DESK)
    expect(desk.get_by_role("heading", name="周主任")).to_be_visible()
    public = everybody.open(server.links["public code"], own_browser=False)
    expect(public.get_by_text("有变化马上显示")).to_be_visible()
    for page in (desk, public):
        page.evaluate("window.sameVisit = true")
    server.stop()
    expect(desk.get_by_text("连接断了，正在重连")).to_be_visible()
    expect(public.get_by_text("连接断了，正在重连")).to_be_visible()
    everybody.look(public, "room-58-restart-phone", SHOTS)
    server.start()
    expect(public.get_by_text("有变化马上显示")).to_be_visible()
    expect(desk.get_by_text("正在重连")).to_have_count(0)
    report(server)
    expect(desk.get_by_text("院墙占了半米公用路").first).to_be_visible()
    assert all(page.evaluate("window.sameVisit === true") for page in (desk, public))


def test_a_sign_in_that_ends_leaves_a_clear_page(server: Server, everybody: People) -> None:
    first = everybody.open(server.links["centre"], DESK)
    expect(first.get_by_role("heading", name="周主任")).to_be_visible()
    second = another_tab(first, f"{server.url}/desk")
    expect(second.get_by_role("heading", name="周主任")).to_be_visible()
    first.get_by_role("button", name="退出").click()
    first.wait_for_url("**/sign-in")
    expect(second.get_by_role("heading", name="您已退出登录")).to_be_visible()
    expect(second.get_by_text("登录已在别处退出")).to_be_visible()
    everybody.look(second, "room-59-signed-out-desk", SHOTS)

    # the mediator's account is closed at the command line, in the middle of a session
    room = everybody.open(server.links["mediator"], DESK, own_browser=False)
    to_room(room)
    expect(room.get_by_role("button", name="开始录音录像")).to_be_visible()
    desk = another_tab(room, f"{server.url}/desk")
    english = everybody.open(server.links["mediator"], language="en-GB", own_browser=False)
    for page in (desk, english):
        expect(page.get_by_role("heading", name="王调解员")).to_be_visible()
    disable = [sys.executable, "-c", "from web.commands import cli; cli()", "account", "wang", "--disable", "--data", str(server.data)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEYI_")}
    subprocess.run(disable, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)
    for page in (desk, room):
        expect(page.get_by_role("heading", name="账号已停用")).to_be_visible()
        expect(page.get_by_text("有疑问请找管理员")).to_be_visible()
    expect(english.get_by_role("heading", name="Account no longer in use")).to_be_visible()
    everybody.look(desk, "room-60-disabled-desk", SHOTS)
    everybody.look(english, "room-61-disabled-phone-english", SHOTS)
    everybody.look(room, "room-62-disabled-room-desk", SHOTS)
