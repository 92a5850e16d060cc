"""After the agreement, in real browsers: what is overdue on the desk, a party's word, the other side's, the office's, breach, follow-up, the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import PHONE, People
from tests.browser.pictures import wall_picture
from tests.browser.sitting import SHOTS
from tests.serving import Server
from web.demonstration_followed import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
DESK = {"width": 1280, "height": 800}


def give_link(page: Page, name: str) -> str:
    page.get_by_role("button", name=f"给 {name} 发履行链接").click()
    url = page.get_by_label("链接", exact=True).input_value()
    page.get_by_role("button", name="好了").click()
    return url


def test_from_the_first_instalment_to_the_closed_case(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    expect(mediator.get_by_text("1件履行逾期")).to_be_visible()
    row = mediator.get_by_role("row").filter(has_text=TITLE)
    expect(row).to_contain_text("履行逾期")
    row.get_by_role("link", name=TITLE).click()
    card = mediator.get_by_role("region", name="履行跟踪")
    expect(card).to_contain_text("共 3 项，还有 3 项没有履行完")
    first = card.locator("[data-obligation=o1]")
    expect(first).to_contain_text("卫某向冯某履行")
    everybody.look(mediator, "performance-01-case-desk", SHOTS)

    # the debtor says it was paid in part, the creditor agrees, the office confirms
    debtor = everybody.open(give_link(mediator, "卫某"), PHONE, own_browser=False, elder=True)
    # Of an agreement that is not kept here none is offered, nor promised in the own copy.
    expect(debtor.get_by_text("协议书没有存在本系统里。要看或者要一份，请找王调解员。")).to_be_visible()
    expect(debtor.get_by_role("link", name="下载签好的协议")).to_have_count(0)
    expect(debtor.get_by_text("一个 ZIP 文件：您参与的部分，")).to_be_visible()
    for name in ("下载调解证明", "下载我的一份存证"):
        with debtor.expect_download(timeout=60_000) as got:
            debtor.get_by_role("link", name=name).click()
        assert got.value.failure() is None, name
    own = debtor.get_by_role("region", name="协议的履行").locator("[data-obligation=o1]")
    expect(own).to_contain_text("您要向冯某履行")
    own.get_by_role("button", name="我已经履行").click()
    amount = debtor.get_by_label("金额，还没有报的有 1,200.00 元")
    amount.fill("1300")
    debtor.get_by_role("button", name="告诉调解员").click()
    expect(debtor.get_by_text("超过了还欠的数，最多 1200.00 元")).to_be_visible()
    everybody.look(debtor, "performance-02-telling-phone-elder", SHOTS)
    amount.fill("-3")
    expect(debtor.get_by_text("金额不对，请写数字")).to_be_visible()
    amount.fill("500")
    debtor.get_by_role("button", name="告诉调解员").click()
    expect(own).to_contain_text("还没有核实")
    own.get_by_label("加一张照片").set_input_files({"name": "transfer.jpg", "mimeType": "image/jpeg", "buffer": wall_picture(1, 800, 600)})
    expect(own.get_by_role("button", name="看照片")).to_be_visible()
    wall = debtor.locator("[data-obligation=o3]")
    wall.get_by_role("button", name="我已经履行").click()
    debtor.get_by_label("只做了一部分").check()
    debtor.get_by_role("button", name="告诉调解员").click()
    wall.get_by_role("button", name="撤销这条").click()
    debtor.get_by_label("原因，会写进案件").fill("还没有开工，点错了")
    debtor.get_by_role("dialog").get_by_role("button", name="撤销", exact=True).click()
    expect(card.locator("[data-obligation=o3]")).to_contain_text("已撤销：还没有开工，点错了（卫某）")
    creditor = everybody.open(give_link(mediator, "冯某"), PHONE, own_browser=False, language="en-GB")
    theirs = creditor.get_by_role("region", name="What was agreed").locator("[data-obligation=o1]")
    expect(theirs).to_contain_text("卫某 is to pay this to you")
    theirs.get_by_role("button", name="See the photograph").scroll_into_view_if_needed()
    creditor.wait_for_function("() => [...document.querySelectorAll('.picture img')].every(image => image.naturalWidth > 0)")
    theirs.get_by_role("button", name="That is right").click()
    expect(first).to_contain_text("冯某：属实")
    everybody.look(creditor, "performance-03-own-phone-en", SHOTS)
    first.get_by_role("button", name="核实无误").click()
    expect(own).to_contain_text("还欠 700.00 元")

    # by keyboard: a breach, with a reason
    first.locator("summary").focus()
    mediator.keyboard.press("Enter")
    breach = first.get_by_role("button", name="认定违约")
    breach.focus()
    mediator.keyboard.press("Enter")
    mediator.get_by_label("原因，会写进案件").fill("催了三次，余款没有付")
    mediator.get_by_role("dialog").get_by_role("button", name="认定违约").click()
    expect(first).to_contain_text("人民调解法第三十二条")
    expect(theirs).to_contain_text("Article 32")
    mediator.get_by_role("button", name="安排回访").click()
    day = mediator.get_by_label("哪一天")
    day.fill("2030-01-15")
    # The browser shows it in its own language; the page says it in the page's, also to a screen reader.
    expect(mediator.get_by_role("dialog")).to_contain_text("2030年1月15日 星期二")
    expect(day).to_have_accessible_description("2030年1月15日 星期二")
    mediator.get_by_role("button", name="登记", exact=True).click()
    expect(card).to_contain_text("2030年1月15日打电话")
    everybody.look(mediator, "performance-04-breach-desk", SHOTS)
    mediator.set_viewport_size(PHONE)
    everybody.look(mediator, "performance-05-breach-phone", SHOTS)

    # closed all the same, with a reason, and nothing more can be told
    mediator.get_by_role("button", name="结案", exact=True).click()
    close = mediator.get_by_role("dialog").get_by_role("button", name="结案", exact=True)
    expect(close).to_be_disabled()
    mediator.get_by_label("为什么结案").fill("冯某已就余款起诉")
    close.click()
    expect(mediator.get_by_role("button", name="结案", exact=True)).to_have_count(0)
    expect(own).to_contain_text("还欠 700.00 元")
    expect(own.get_by_role("button")).to_have_count(1)  # the photograph stays to be seen
    everybody.look(debtor, "performance-06-closed-phone-elder", SHOTS)
