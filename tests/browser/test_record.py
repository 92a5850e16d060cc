"""The written record in real browsers: noted by itself, completed by the mediator, checked line by line by the parties, closed."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import DESK, People
from tests.browser.sitting import SHOTS, Sitting, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def record(page: Page) -> None:
    tab = page.locator("nav.tabs button", has_text="协议")
    if tab.is_visible():
        tab.click()
    page.locator(".papers .choice button", has_text="笔录").click()


def without_an_agreement(here: Sitting, everybody: People) -> None:
    """It ends there: no page speaks of an agreement or of what comes next, none asks for what is not there; the parties learn what may become of the recordings."""
    mediator, one = here.mediator, here.one
    absent: list[str] = []
    mediator.on("response", lambda response: absent.append(response.url) if response.status == 404 else None)
    mediator.get_by_role("button", name="结束调解").first.click()
    mediator.get_by_label("原因").fill("谈不拢")
    mediator.get_by_role("dialog").get_by_role("button", name="结束调解").click()
    expect(one.get_by_text("一个 ZIP 文件：笔录、您参与的部分")).to_be_visible()
    expect(one.get_by_text("协议书")).to_have_count(0)
    everybody.look(one, "room-76-ended-without-phone", SHOTS)
    mediator.get_by_role("link", name="回到案件").click()
    mediator.get_by_role("button", name="结案", exact=True).click()
    # Nobody was told the rights, and the file is to say why that is missing.
    mediator.get_by_label("为什么结案").fill("还没有告知就谈不下去了")
    mediator.get_by_role("dialog").get_by_role("button", name="结案", exact=True).click()
    expect(mediator.get_by_text("这件事已经办结")).to_be_visible()
    mediator.reload()
    expect(mediator.get_by_text("这件事已经办结")).to_be_visible()
    for heading in ("履行跟踪", "申请司法确认"):
        expect(mediator.get_by_role("heading", name=heading)).to_have_count(0)
    expect(mediator.get_by_text("下一步", exact=True)).to_have_count(0)
    expect(mediator.locator("#profile option[value=full]")).to_have_count(1)
    expect(mediator.locator("#profile option[value=court_success]")).to_have_count(0)
    mediator.get_by_role("button", name="申请销毁").click()
    mediator.get_by_role("dialog").get_by_label("原因").fill("当事人要求")
    mediator.get_by_role("dialog").get_by_role("button", name="申请销毁").click()
    going = one.get_by_text("没有销毁之前，都可以撤回")
    expect(going).to_contain_text("安和县人民调解委员会")
    expect(going.get_by_role("link")).to_have_text("0300-8821234")
    going.scroll_into_view_if_needed()
    everybody.look(one, "room-77-recordings-going-phone", SHOTS)
    everybody.look(mediator, "desk-61-closed-without-desk", SHOTS)
    assert absent == [], "nothing is asked for that is not there"


def test_from_the_first_note_to_the_printed_record(server: Server, everybody: People) -> None:
    here = sit(everybody, server)
    mediator, one, two = here.mediator, here.one, here.two
    for page in (mediator, one, two):
        record(page)
    expect(mediator.get_by_text("调解员通过视频核对当事人李某的身份证件，人证相符。")).to_be_visible()

    # the mediator completes it
    mediator.get_by_label("谁说的").select_option(label="李某说")
    mediator.get_by_placeholder("记下要点").fill("雨水冲坏了我家的墙，要求修好")
    mediator.get_by_role("button", name="记入").click()
    mediator.get_by_label("各方无争议").check()
    mediator.get_by_placeholder("各方都认可的事实").fill("屋檐伸出四十厘米")
    mediator.get_by_role("button", name="记入").click()
    row = "li.written >> nth=0"
    expect(one.locator(row)).to_contain_text("雨水冲坏了我家的墙")

    # a recorder comes by a link, without camera and microphone, and writes beside the mediator
    mediator.get_by_role("button", name="请记录员").click()
    dialog = mediator.get_by_role("dialog")
    dialog.get_by_label("记录员姓名").fill("陈书记员")
    dialog.get_by_role("button", name="发链接").click()
    link = mediator.locator("#the-link").input_value()
    mediator.get_by_role("dialog").get_by_role("button", name="关闭").click()
    recorder = everybody.open(link, DESK, devices=False)
    expect(recorder.get_by_text("您来记录").first).to_be_visible()
    everybody.look(recorder, "room-74-recorder-at-the-door-desk", SHOTS)
    recorder.get_by_role("button", name="进入等候室").click()
    mediator.locator("li[data-seat=r1]").get_by_role("button", name="请进").click()
    recorder.get_by_placeholder("记下要点").fill("赵某称并非有意")
    recorder.get_by_role("button", name="记入").click()
    expect(two.get_by_text("赵某称并非有意")).to_be_visible()
    expect(recorder.get_by_role("button", name="定稿")).to_have_count(0)
    everybody.look(recorder, "room-75-recorder-desk", SHOTS)

    # a party objects, the mediator rewords, everybody checks
    two.locator(row).get_by_role("button", name="不对").click()
    everybody.look(two, "room-63-record-objecting-phone", SHOTS)
    two.get_by_placeholder("哪里不对").fill("只是弄湿，没有冲坏")
    two.get_by_role("button", name="保存").click()
    expect(mediator.locator(row)).to_contain_text("赵某提出：只是弄湿，没有冲坏")
    everybody.look(mediator, "room-64-record-desk", SHOTS)
    mediator.locator(row).get_by_role("button", name="修改").click()
    mediator.get_by_label("改为").fill("雨水弄湿了我家的墙，要求修好")
    mediator.get_by_role("button", name="保存").click()
    expect(two.locator(row)).to_contain_text("弄湿了我家的墙")
    expect(two.locator(row)).not_to_contain_text("我提出")
    two.get_by_role("button", name="都没错").click()
    expect(two.get_by_text("每一条您都核对过了")).to_be_visible()
    expect(mediator.get_by_text("赵某已全部核对")).to_be_visible()
    everybody.look(one, "room-65-record-phone", SHOTS)

    # closed while one has not answered: only with a reason, and for good
    mediator.get_by_role("button", name="定稿").click()
    dialog = mediator.get_by_role("dialog")
    expect(dialog).to_contain_text("李某还没有全部核对")
    assert dialog.get_by_role("button", name="定稿").is_disabled()
    dialog.get_by_label("原因").fill("李某要求回家再看")
    everybody.look(mediator, "room-66-record-closing-desk", SHOTS)
    dialog.get_by_role("button", name="定稿").click()
    for page in (mediator, one, two):
        expect(page.get_by_text("散列已存入流程记录链")).to_be_visible()
    assert one.get_by_role("button", name="没错").count() == 0
    everybody.look(one, "room-67-record-final-phone", SHOTS)

    with two.expect_download() as got:
        two.get_by_role("link", name="打印稿").click()
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(Path(got.value.path()).read_bytes())).pages).replace("\n", "")
    assert (
        "人民调解笔录" in text
        and "雨水弄湿了我家的墙" in text
        and "李某要求回家再看" in text
        and "陈书记员（记录员）" in text
        and "尚未定稿" not in text
    )
    without_an_agreement(here, everybody)
