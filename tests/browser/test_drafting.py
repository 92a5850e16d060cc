"""Writing the agreement in real browsers: from kept clauses, with fields and instalments, and with what a court would stumble over."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.line import Line
from tests.browser.people import People
from tests.browser.sitting import SHOTS, sit
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def draft(page: Page) -> Locator:
    tab = page.locator("nav.tabs button", has_text="协议")
    if tab.is_visible():
        tab.click()
    return page.locator(".ProseMirror")


def terms(page: Page) -> Locator:
    return page.locator(".ProseMirror .clause[data-kind=terms]")


def tap(page: Page, words: str) -> None:
    """Put the cursor at the end of the line with these words of the terms."""
    spot = page.wait_for_function(
        """words => {
            const walker = document.createTreeWalker(document.querySelector('.clause[data-kind=terms]'), NodeFilter.SHOW_TEXT)
            for (let node; (node = walker.nextNode()); ) {
                const at = node.data.indexOf(words)
                if (at < 0) continue
                node.parentElement.scrollIntoView({ block: 'center' })
                const range = document.createRange()
                range.setStart(node, at)
                range.setEnd(node, at + words.length)
                const { right, y, height } = range.getBoundingClientRect()
                return [right - 1, y + height / 2]
            }
        }""",
        arg=words,
    ).json_value()
    page.mouse.click(*spot)
    page.keyboard.press("End")
    # The editor hears of the browser's cursor a moment later; nobody types faster than that.
    page.evaluate(SETTLED)


def mark(page: Page, words: str) -> None:
    """Select these words of the terms, as a long press and two handles do."""
    page.locator(".ProseMirror").focus()
    page.evaluate(
        """words => {
            const walker = document.createTreeWalker(document.querySelector('.clause[data-kind=terms]'), NodeFilter.SHOW_TEXT)
            for (let node; (node = walker.nextNode()); ) {
                const at = node.data.indexOf(words)
                if (at >= 0) getSelection().setBaseAndExtent(node, at, node, at + words.length)
            }
        }""",
        words,
    )
    page.evaluate(SETTLED)


def cells(page: Page, words: list[str]) -> None:
    """Wait until the table of the terms says so; where others have their cursors is no part of it."""
    page.wait_for_function(
        """words => {
            const found = [...document.querySelectorAll('.clause[data-kind=terms] td')].map(cell => {
                const copy = cell.cloneNode(true)
                for (const cursor of copy.querySelectorAll('.ProseMirror-yjs-cursor')) cursor.remove()
                return copy.textContent.replaceAll('\\u2060', '')
            })
            return JSON.stringify(found) === JSON.stringify(words)
        }""",
        arg=words,
    )


def paste(page: Page, html: str) -> None:
    page.evaluate(
        """html => {
            const clipboardData = new DataTransfer()
            clipboardData.setData('text/html', html)
            document.querySelector('.ProseMirror').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
        }""",
        html,
    )
    page.evaluate(SETTLED)


def test_from_kept_clauses_to_words_that_hold(server: Server, everybody: People) -> None:
    here = sit(everybody, server)
    mediator, one = here.mediator, here.one
    for step in ("告知", "各自陈述"):
        if step == "各自陈述":
            for page in (here.one, here.two):
                page.get_by_role("button", name="听明白了").click()
        mediator.get_by_role("button", name=step).click()
    expect(one.get_by_text("第 3 步")).to_be_visible()  # with a new step the phone shows the pictures again
    draft(one)
    expect(terms(one)).to_have_count(1)

    # clauses of this kind of dispute, with the parties' names
    mediator.get_by_role("button", name="条款库").click()
    library = mediator.get_by_role("dialog")
    expect(library.get_by_role("heading", name="邻里")).to_be_visible()
    everybody.look(mediator, "room-70-library-desk", SHOTS)
    library.get_by_placeholder("找条款").fill("修缮费用")
    library.get_by_role("button", name="赔付修缮费用").click()
    expect(terms(one)).to_contain_text("赵某于待填：日期前支付李某房屋修缮费用待填：金额。")
    expect(terms(one)).to_have_count(1)

    # a party fills in what stands open, on the phone
    one.get_by_role("button", name="待填：金额").click()
    one.get_by_role("dialog").get_by_role("textbox").fill("1800")
    one.get_by_role("button", name="确定").click()
    expect(terms(mediator)).to_contain_text("1,800.00元")

    # what would not hold is found while it is written, and mended by one tap
    tap(one, "。")
    one.keyboard.press("Enter")
    one.keyboard.type("赵某尽快清理杂物，其他另行协商。")
    expect(mediator.get_by_text("有 2 处将来可能没法确认或执行")).to_be_visible()
    one.get_by_role("button", name="有 2 处").click()
    everybody.look(one, "room-71-findings-phone", SHOTS)
    assert one.evaluate("document.scrollingElement.scrollHeight <= innerHeight"), "the text scrolls, not the page around it"
    mediator.get_by_role("button", name="有 2 处").click()
    everybody.look(mediator, "room-71-findings-desk", SHOTS)
    mediator.get_by_label("写得清不清楚").get_by_role("button", name="改一下").first.click()
    expect(terms(one)).to_contain_text("赵某于待填：日期前清理杂物")
    expect(one.get_by_text("有 1 处将来可能没法确认或执行")).to_be_visible()

    # without a line the phone goes on writing; when it comes back nothing is lost, and nothing stands twice
    line = Line(one)
    expect(one.locator("nav.tabs")).to_be_visible()
    expect(draft(one)).to_contain_text("另行协商。")
    line.cut()
    mark(one, "另行协商")
    one.keyboard.press("ArrowRight")
    one.keyboard.type("，断网时补写")
    expect(one.get_by_text("网络断了。您写的留在这里")).to_be_visible()
    everybody.look(one, "room-71-offline-phone", SHOTS)
    tap(mediator, "房屋修缮费用")
    mediator.keyboard.type("调解员同时写的。")
    line.come_back()
    expect(one.get_by_text("每一处改动都已保存")).to_be_visible()
    for page in (one, mediator):
        for words in ("另行协商，断网时补写。", "调解员同时写的。"):
            expect(terms(page)).to_contain_text(words)
        assert terms(page).inner_text().count("断网时补写") == 1
    expect(one.get_by_text("可能没有存上")).to_be_hidden()

    # what cannot be stored any more is given back to whoever wrote it
    line.cut()
    mark(one, "另行协商")
    one.keyboard.press("ArrowRight")
    one.keyboard.type("，锁住后写的")
    expect(one.get_by_text("网络断了。您写的留在这里")).to_be_visible()
    tap(mediator, "同时写的")
    mediator.get_by_role("button", name="锁定这条").click()
    line.come_back()
    expect(one.get_by_label("这些字可能没有存上")).to_have_value(re.compile("锁住后写的"))
    expect(terms(one)).not_to_contain_text("锁住后写的")
    everybody.look(one, "room-71-given-back-phone", SHOTS)
    one.get_by_role("button", name="知道了").click()
    mediator.get_by_role("button", name="解除锁定").click()
    expect(terms(one)).to_have_attribute("data-locked", "")
    tap(one, "断网时补写")

    # instalments that add up; undone and done again as one step
    one.get_by_role("button", name="插入").click()
    everybody.look(one, "room-72-insert-phone", SHOTS)
    one.get_by_role("dialog").get_by_role("button", name="分期付款").click()
    form = one.get_by_role("dialog")
    form.get_by_label("一共多少元").fill("1000")
    expect(form.get_by_role("status")).to_contain_text("分 3 期，每期333.33元，最后一期333.34元")
    everybody.look(one, "room-73-instalments-phone", SHOTS)
    form.get_by_role("button", name="写进协议").click()
    expect(terms(mediator).locator("ol li")).to_have_count(3)
    one.get_by_role("button", name="撤销").click()
    expect(terms(mediator).locator("ol li")).to_have_count(0)
    one.get_by_role("button", name="重做").click()
    expect(terms(mediator).locator("ol li")).to_have_count(3)
    everybody.look(mediator, "room-74-drafting-desk", SHOTS)

    # a table: written by keys on the phone while the mediator widens it, filled from a spreadsheet
    tap(one, "断网时补写")
    one.get_by_role("button", name="插入").click()
    one.get_by_role("dialog").get_by_role("button", name="表格").click()
    one.evaluate(SETTLED)
    for words in ("返还物品", "数量", "双人床", "一张"):
        one.keyboard.type(words)
        one.keyboard.press("Tab")
    one.keyboard.type("书桌")
    cells(mediator, ["返还物品", "数量", "双人床", "一张", "书桌", ""])
    terms(mediator).locator("td").nth(1).click()
    mediator.get_by_role("button", name="加一列").click()
    one.keyboard.type("及椅子")
    mediator.keyboard.type("何时返还")
    for page in (one, mediator):
        cells(page, ["返还物品", "数量", "何时返还", "双人床", "一张", "", "书桌及椅子", "", ""])
    one.keyboard.press("ArrowUp")
    one.keyboard.press("Tab")
    paste(one, "<table><tr><td colspan=2><b>两张</b></td></tr><tr><td>一套</td><td>待定</td></tr></table>")
    for page in (one, mediator):
        cells(page, ["返还物品", "数量", "何时返还", "双人床", "两张", "", "书桌及椅子", "一套", "待定"])
    for name in ("加一行", "删这行", "加一列", "删这列"):
        box = one.get_by_role("button", name=name).bounding_box()
        assert box and min(box["width"], box["height"]) >= 44, name
    assert one.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "the table scrolls, not the page"
    everybody.look(one, "room-77-table-phone", SHOTS)
    everybody.look(mediator, "room-77-table-desk", SHOTS)

    # the mediator locks the clause; what it says is kept for other cases, without names
    tap(mediator, "前支付")
    mediator.get_by_role("button", name="锁定这条").click()
    expect(terms(one)).not_to_have_attribute("data-locked", "")
    tap(one, "修缮")
    expect(one.get_by_role("button", name="插入")).to_be_disabled()
    mediator.get_by_role("button", name="存为常用").click()
    ask = mediator.get_by_role("dialog")
    ask.get_by_label("叫什么名字").fill("修缮分期")
    ask.get_by_role("button", name="存下来").click()
    expect(mediator.get_by_text("已经存进本调委会常用条款")).to_be_visible()
    mediator.get_by_role("button", name="条款库").click()
    own = mediator.get_by_role("dialog").locator("section", has_text="本调委会常用")
    expect(own).to_contain_text("修缮分期")
    expect(own).to_contain_text("赵某于＿＿前支付李某房屋修缮费用＿＿。")
    mediator.keyboard.press("Escape")
    mediator.get_by_role("button", name="删这条").click()
    expect(terms(one)).not_to_contain_text("修缮")
    mediator.get_by_role("button", name="撤销").click()
    expect(terms(one)).to_contain_text("修缮")

    # a party marks words and proposes others; the mediator accepts them into the text
    mediator.get_by_role("button", name="解除锁定").click()
    mark(one, "另行协商")
    one.get_by_role("button", name="意见").click()
    form = one.get_by_role("dialog")
    expect(form).to_contain_text("“另行协商”")
    form.get_by_label("改成怎么写").fill("由李某自行承担")
    form.get_by_label("为什么").fill("说清楚好")
    everybody.look(one, "room-76-remark-phone", SHOTS)
    form.get_by_role("button", name="提出来").click()
    mediator.get_by_role("button", name="有 1 条意见").click()
    mediator.get_by_role("button", name="回复").click()
    mediator.get_by_label("回复这条意见").fill("赵某也同意吗？")
    mediator.get_by_role("button", name="发出").click()
    one.get_by_role("button", name="有 1 条意见").click()
    expect(one.get_by_text("赵某也同意吗？")).to_be_visible()
    everybody.look(one, "room-76-answered-phone", SHOTS)
    everybody.look(mediator, "room-76-remarks-desk", SHOTS)
    mediator.get_by_role("button", name="采纳，改进去").click()
    expect(mediator.get_by_text("已处理 1 条意见")).to_be_visible()
    expect(terms(one)).to_contain_text("由李某自行承担")
    expect(mediator.get_by_text("条意见没处理")).to_be_hidden()
    expect(one.get_by_text("将来可能没法确认或执行")).to_be_hidden()

    # what became of the text, and who wrote what
    one.get_by_role("button", name="改动", exact=True).click()
    dialog = one.get_by_role("dialog")
    dialog.get_by_label("和哪一次比").select_option(index=0)
    expect(dialog.locator("ins", has_text="自行承担")).to_be_visible()
    everybody.look(one, "room-75-history-phone", SHOTS)
    dialog.get_by_label("标出谁写的").check()
    expect(dialog.locator("span.by[title=李某]", has_text="由李某自行承担")).to_be_visible()
    expect(dialog.locator("span.by[title=王调解员]", has_text="房屋修缮费用")).to_be_visible()
    one.keyboard.press("Escape")
    mediator.get_by_role("button", name="改动", exact=True).click()
    mediator.get_by_role("dialog").get_by_label("标出谁写的").check()
    everybody.look(mediator, "room-75-history-desk", SHOTS)
