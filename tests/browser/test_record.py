"""The written record in real browsers: noted by itself, completed by the mediator, checked line by line by the parties, closed."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.sitting import SHOTS, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def record(page: Page) -> None:
    tab = page.locator("nav.tabs button", has_text="协议")
    if tab.is_visible():
        tab.click()
    page.locator(".papers .choice button", has_text="笔录").click()


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
    row = "li.written"
    expect(one.locator(row)).to_contain_text("雨水冲坏了我家的墙")

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
    assert "人民调解笔录" in text and "雨水弄湿了我家的墙" in text and "李某要求回家再看" in text and "尚未定稿" not in text
