"""A party that cannot come, in real browsers: by its link it answers times, is called, writes its statement; the mediator reads it out in the session."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from cases.calendar import county_day
from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.browser.stating import add_phone, give_link, show_statement
from tests.browser.test_schedule import fill
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
TEXT = "墙是2024年砌的，那时候两家都在场。<b>雨水</b>不是从我家来的。"


def answer(times: Page, name: str) -> None:
    region = times.get_by_role("region", name="哪些时间您可以？")
    region.get_by_role("button", name=name).first.click()
    region.get_by_role("button", name="答复调解员").click()


def test_a_party_that_cannot_come(server: Server, everybody: People) -> None:
    day = county_day(datetime.now(UTC)) + timedelta(days=3)
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name="案件", exact=True).click()
    mediator.get_by_role("row").filter(has_text="等开调解室").first.get_by_role("link").first.click()
    card = mediator.get_by_role("region", name="约时间")
    card.get_by_role("button", name="提几个时间").click()
    fill(mediator, "时间 1", f"{day}T09:00")
    mediator.get_by_role("button", name="请各方答复").click()
    expect(card).to_contain_text("0/2 方可以")
    links = [give_link(mediator, 0), give_link(mediator, 0)]
    expect(mediator.get_by_text("还没打开过")).to_have_count(2)

    # times, by a link without an account, before there is a room
    party = everybody.open(links[1], PHONE, devices=False)
    expect(party).to_have_url(re.compile("/own/"))
    expect(mediator.get_by_text("还没打开过")).to_have_count(1)
    mediator.get_by_role("button", name=re.compile("^再给 .+ 发一个新链接$")).nth(1).click()
    everybody.look(mediator, "own-00-link-again-desk", SHOTS)
    mediator.get_by_role("button", name="先不发").click()
    everybody.look(party, "own-01-times-phone", SHOTS)
    answer(party, "可以")
    expect(card).to_contain_text("1/2 方可以")
    party.get_by_role("button", name="改我的答复").click()
    answer(party, "不行")
    expect(card).to_contain_text("0/2 方可以")

    # it cannot come; the other side agrees; the mediator calls
    party.get_by_role("button", name="我不能到场").click()
    party.get_by_label("为什么不能到场").fill("在外地打工，请不到假")
    everybody.look(party, "own-02-cannot-phone", SHOTS)
    party.get_by_role("button", name="告诉调解员").click()
    party.get_by_role("button", name="我能到场了").click()
    party.get_by_role("button", name="我能到场", exact=True).click()
    party.get_by_role("button", name="我不能到场").click()
    party.get_by_label("为什么不能到场").fill("还是请不到假")
    party.get_by_role("button", name="告诉调解员").click()
    expect(party.get_by_text("正在等各方同意")).to_be_visible()
    other = everybody.open(links[0], PHONE, own_browser=False, devices=False)
    everybody.look(other, "own-03-agree-phone", SHOTS)
    other.get_by_role("button", name="不同意", exact=True).click()
    expect(party.get_by_text("这不要紧")).to_be_visible()
    everybody.look(party, "own-04-refused-phone", SHOTS)
    other.get_by_role("button", name="改主意").click()
    other.get_by_role("button", name="同意", exact=True).click()
    statements = mediator.get_by_role("region", name="不能到场的人")
    expect(party.get_by_text("案卷里还没有您的电话")).to_be_visible()
    add_phone(mediator)
    expect(party.get_by_text("打您留的电话 137****7001")).to_be_visible()
    statements.get_by_role("button", name=re.compile("打电话核对")).click()
    mediator.get_by_role("button", name="看完整的电话和身份证号").click()
    whole = mediator.get_by_role("dialog", name="个人信息")
    whole.get_by_role("button", name="记下原因并查看").click()
    expect(whole.get_by_role("link", name="13700137001")).to_be_visible()
    everybody.look(mediator, "own-05-whole-desk", SHOTS)
    whole.get_by_role("button", name="看完了").click()
    expect(mediator.get_by_text("13700137001")).to_have_count(0)
    expect(mediator.get_by_text("完整信息和卷宗被看过 1 次")).to_be_visible()
    mediator.get_by_role("button", name="一致，显示六位数").click()
    digits = statements.locator("[data-code=p2]")
    expect(digits).to_have_text(re.compile(r"\d{3} \d{3}"))
    everybody.look(mediator, "own-05-code-desk", SHOTS)
    party.get_by_label("调解员念的六位数").fill(digits.inner_text())
    everybody.look(party, "own-06-code-phone", SHOTS)
    party.get_by_role("button", name="核对", exact=True).click()

    # without camera and microphone it is told what to do instead
    party.get_by_role("button", name="录视频").click()
    expect(party.get_by_text("没有得到摄像头和麦克风的许可")).to_be_visible()
    everybody.look(party, "own-07-no-camera-phone", SHOTS)
    party.locator("input[type=file]").set_input_files({"name": "陈述.mp4", "mimeType": "video/mp4", "buffer": TEXT.encode()})
    expect(party.get_by_text("这台手机放不出这个文件")).to_be_visible()
    party.get_by_label("要点，写几句话").fill("墙")
    party.get_by_role("button", name="交给调解员").click()
    party.get_by_role("button", name="交上去").click()
    expect(party.get_by_text("这个文件打不开")).to_be_visible()
    everybody.errors[:] = [error for error in everybody.errors if "422" not in error]
    everybody.look(party, "own-07-no-recording-phone", SHOTS)
    party.get_by_role("button", name="不用这段").click()

    # written, kept on the phone, given once
    field = party.get_by_label("陈述", exact=True)
    field.fill(TEXT)
    everybody.look(party, "own-07-write-phone", SHOTS)
    party.reload()
    expect(party.get_by_label("陈述", exact=True)).to_have_value(TEXT)
    party.get_by_role("button", name="交给调解员").click()
    party.get_by_role("button", name="交上去").dblclick()
    expect(party.get_by_role("heading", name="您的陈述已交")).to_be_visible()
    party.get_by_role("button", name="看内容").click()
    expect(party.get_by_text(TEXT)).to_be_visible()
    everybody.look(party, "own-08-given-phone", SHOTS)
    statements.get_by_role("button", name="看陈述").click()
    expect(statements.get_by_text(TEXT)).to_be_visible()
    expect(other.get_by_text("的陈述")).to_have_count(0)
    everybody.look(mediator, "own-09-given-desk", SHOTS)

    # in the session it is shown to the other side and read out
    guest, shown = show_statement(everybody, mediator)
    expect(other.get_by_role("button", name="进入调解室")).to_be_visible()
    expect(guest.get_by_text(TEXT)).to_be_visible()
    everybody.look(guest, "own-10-shown-phone", SHOTS)
    everybody.look(mediator, "own-11-shown-desk", SHOTS)
    shown.get_by_role("button", name="念完了").click()
    expect(guest.get_by_text("已念过")).to_be_visible()
    expect(party.get_by_text("已经给各方看过")).to_be_visible()


def test_who_is_at_the_door_is_asked_there_and_who_cannot_come_finds_back(server: Server, everybody: People) -> None:
    absent = everybody.open(server.links["party 2"], PHONE)
    absent.get_by_role("link", name="我不能到场").click()
    expect(absent.get_by_text("还没有约时间")).to_have_count(0)
    absent.get_by_role("button", name="我不能到场").click()
    absent.get_by_label("为什么不能到场").fill("在外地打工，请不到假")
    absent.get_by_role("button", name="告诉调解员").click()
    expect(absent.get_by_text("正在等各方同意")).to_be_visible()
    here = everybody.open(server.links["party 1"], PHONE, own_browser=False)
    asked = here.get_by_role("status").filter(has_text="有一方想先交陈述")
    expect(asked).to_be_visible()
    everybody.look(here, "own-12-asked-at-the-door-phone", SHOTS)
    asked.get_by_role("button", name="同意", exact=True).click()
    expect(asked).to_have_count(0)
    expect(absent.get_by_text("正在等各方同意")).to_have_count(0)
    everybody.look(absent, "own-13-way-back-phone", SHOTS)
    absent.get_by_role("link", name="进入调解室").click()
    expect(absent.get_by_role("button", name="打开摄像头和麦克风")).to_be_visible()
