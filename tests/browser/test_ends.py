"""Other ways to an end, in real browsers: signed on paper and photographed back, and agreed by word of mouth."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cases.clock import COUNTY_TIME
from tests.agreements.photographed import photograph, printed_pages, signed
from tests.browser.people import People
from tests.browser.sitting import SHOTS, Sitting, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def fill(page: Page, key: str, value: str) -> None:
    page.locator(f"[data-field='{key}']").click()
    page.locator("dialog input").fill(value)
    page.locator("dialog").get_by_role("button", name="确定").click()
    expect(page.locator("dialog")).to_have_count(0)


def to_statements(here: Sitting) -> None:
    here.mediator.get_by_role("button", name="进入告知").click()
    for page in (here.one, here.two):
        page.get_by_role("button", name="我听明白了").click()
    here.mediator.get_by_role("button", name="进入各自陈述").click()


def by_word_of_mouth(here: Sitting, everybody: People) -> None:
    """Put down, read aloud, doubted, read again, confirmed by both; and given up at the last moment for a written agreement."""
    mediator, one, two = here.mediator, here.one, here.two
    mediator.get_by_role("button", name="不用写协议书，口头达成").click()
    everybody.look(mediator, "oral-01-form-desk", SHOTS)
    for label, words in (
        ("主要事实", "李某家屋檐雨水流向赵某院墙。"), ("协议内容", "李某在西侧檐口加装水落管，把雨水引到自家院内。"),
        ("履行方式", "李某自行请人安装"), ("履行期限", "本月底前"),
    ):  # fmt: skip
        mediator.get_by_label(label).fill(words)
    mediator.get_by_role("button", name="写好了，准备宣读").click()
    for page in (one, two):
        page.locator("nav.tabs button", has_text="协议").click()
    expect(one.get_by_text("请听王调解员宣读")).to_be_visible()
    mediator.get_by_role("button", name="我已当面读完").click()
    everybody.look(one, "oral-02-confirm-phone", SHOTS)
    one.get_by_role("button", name="听清楚了，我同意").click()
    two.get_by_role("button", name="有不对的地方").click()
    two.get_by_label("哪里不对", exact=True).fill("期限说的是下月底")
    two.get_by_role("button", name="告诉调解员").click()
    expect(mediator.get_by_text("赵某说：期限说的是下月底")).to_be_visible()
    mediator.get_by_role("button", name="改一改").click()
    mediator.get_by_label("履行期限").fill("下月底前")
    mediator.get_by_role("button", name="写好了，准备宣读").click()
    mediator.get_by_role("button", name="我已当面读完").click()
    register = mediator.get_by_role("button", name="登记，口头协议达成")
    for page in (one, two):
        page.get_by_role("button", name="听清楚了，我同意").click()
    expect(register).to_be_enabled()
    everybody.look(mediator, "oral-03-confirmed-desk", SHOTS)
    register.click()
    asking = mediator.get_by_role("dialog", name="登记口头协议？")
    everybody.look(mediator, "oral-04-ask-desk", SHOTS)
    asking.get_by_role("button", name="先不").click()
    mediator.get_by_role("button", name="改为写协议书").click()
    mediator.get_by_role("dialog").get_by_role("button", name="改为写协议书").click()
    expect(mediator.locator(".ProseMirror")).to_be_visible()
    for page in (one, two):
        page.locator("nav.tabs button", has_text="画面").click()


def to_drafting(here: Sitting) -> None:
    for page, seat in ((here.one, "s1"), (here.two, "s2")):
        here.mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="请发言").click()
        page.get_by_role("button", name="我说完了").click()
    for name in ("进入质证", "进入背对背", "进入商量方案", "进入起草协议"):
        here.mediator.get_by_role("button", name=name).click()


def test_by_word_of_mouth_or_on_paper(server: Server, everybody: People, tmp_path: Path) -> None:
    here = sit(everybody, server)
    mediator, one, two = here.mediator, here.one, here.two
    to_statements(here)
    by_word_of_mouth(here, everybody)
    to_drafting(here)
    expect(mediator.locator(".ProseMirror")).to_be_visible()
    for key, value in (
        ("party.1.id", "11010519491231002X"), ("party.2.id", "440524188001010014"), ("disputes.responsibility", "李某承担主要责任"),
        ("performance.manner", "银行转账"), ("performance.deadline", (datetime.now(COUNTY_TIME) + timedelta(days=60)).date().isoformat()),
    ):  # fmt: skip
        fill(mediator, key, value)
    mediator.locator("section.clause[data-kind=terms] p").first.click()
    mediator.keyboard.type("李某向赵某支付墙面修补费1800元。")
    paper = mediator.get_by_role("button", name="定稿，打印后在纸上签")
    expect(paper).to_be_enabled()
    everybody.look(mediator, "paper-01-freeze-desk", SHOTS)
    paper.click()
    for page in (one, two):
        for clause in range(6):
            expect(page.get_by_text(f"第 {clause + 1} 条，共 6 条")).to_be_visible()
            page.get_by_role("button", name="看明白了，同意这一条").click()
        expect(page.get_by_text("在纸上签名、按指印").first).to_be_visible()
        expect(page.get_by_label("同意电子签名")).to_have_count(0)
    mediator.get_by_role("button", name="进入签名").click()
    expect(one.get_by_text("这份协议在纸上签")).to_be_visible()
    everybody.look(one, "paper-02-party-phone", SHOTS)

    link = mediator.get_by_role("link", name="打开要打印的文件")
    pages = [signed(page, seed) for seed, page in enumerate(printed_pages(mediator.request.get(str(link.evaluate("a => a.href"))).body()))]
    expect(mediator.get_by_text(f"0 / {len(pages)} 页")).to_be_visible()
    everybody.look(mediator, "paper-03-print-desk", SHOTS)
    wrong = io.BytesIO()
    pages[0].resize((40, 56)).save(wrong, "PNG")
    files = [{"name": "wrong.png", "mimeType": "image/png", "buffer": wrong.getvalue()}]
    files += [
        {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": photograph(page, turn=n, seed=n + 3, slant=0.1)}
        for n, page in enumerate(pages)
    ]
    mediator.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    expect(mediator.get_by_text(f"{len(pages)} / {len(pages)} 页")).to_be_visible(timeout=40_000)
    expect(mediator.get_by_text("没有认出协议的页")).to_be_visible()
    expect(one.get_by_text(f"{len(pages)} / {len(pages)} 页")).to_be_visible()
    stated = mediator.get_by_label("我声明")
    expect(stated).to_be_disabled()
    everybody.look(mediator, "paper-04-back-desk", SHOTS)
    mediator.get_by_role("button", name="核对第 1 页").click()
    compare = mediator.get_by_role("dialog")
    everybody.look(mediator, "paper-05-compare-desk", SHOTS)
    compare.get_by_role("button", name="核对好了，看下一页").click()
    expect(mediator.get_by_role("heading", name="核对第 2 页")).to_be_visible()
    mediator.keyboard.press("ArrowLeft")
    expect(mediator.get_by_role("heading", name="核对第 1 页")).to_be_visible()
    mediator.keyboard.press("Escape")
    for page in range(2, len(pages) + 1):
        mediator.get_by_role("button", name=f"核对第 {page} 页").click()
        mediator.get_by_role("button", name="核对好了").click()
    expect(stated).to_be_enabled()
    one.get_by_role("button", name="核对第 2 页").click()
    everybody.look(one, "paper-06-compare-phone", SHOTS)
    one.keyboard.press("Escape")

    # The same at the mediator's telephone.
    mediator.set_viewport_size({"width": 360, "height": 640})
    everybody.look(mediator, "paper-07-mediator-narrow", SHOTS)
    mediator.set_viewport_size({"width": 1280, "height": 800})
    stated.check()
    mediator.get_by_role("button", name="盖章归档，协议生效").click()
    asking = mediator.get_by_role("dialog", name="让协议生效？")
    everybody.look(mediator, "paper-08-ask-desk", SHOTS)
    asking.get_by_role("button", name="盖章归档，协议生效").click()
    for page in (mediator, one, two):
        expect(page.get_by_text("协议已生效").first).to_be_visible(timeout=40_000)
    everybody.look(one, "paper-09-effective-phone", SHOTS)
    # What was no page was refused, as it should be.
    everybody.errors = [error for error in everybody.errors if "422" not in error]
