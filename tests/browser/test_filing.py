"""The paper file on the page of a case: what is there and what is missing, a form filled in, opened and taken as a whole; and that closing names what is missing."""

from __future__ import annotations

import re

import pypdf
import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, PHONE, People
from tests.browser.sitting import SHOTS
from tests.serving import Server
from web.demonstration import LIVE
from web.demonstration_followed import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_filled_in_opened_and_taken(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name=LIVE.title).first.click()
    card = mediator.get_by_role("region", name="卷宗")
    expect(card.get_by_role("listitem")).to_have_count(14)
    expect(card).to_contain_text("必须归卷的还缺 4 项：权利义务告知书、当事人身份证明、调解记录、调解协议书")
    application = card.get_by_role("listitem").filter(has_text="申请书或受理登记表")
    expect(application).to_contain_text("在卷")
    expect(card.get_by_role("listitem").filter(has_text="授权委托书")).to_contain_text("没有登记代理人")
    expect(card.get_by_role("listitem").filter(has_text="卷宗情况说明")).to_contain_text("调解有了结果以后由系统生成")
    expect(card.get_by_role("listitem").filter(has_text="调解协议书").get_by_role("link")).to_have_count(0)
    card.scroll_into_view_if_needed()
    everybody.look(mediator, "filing-01-card-desk", SHOTS)
    mediator.set_viewport_size(PHONE)
    card.scroll_into_view_if_needed()
    everybody.look(mediator, "filing-02-card-phone", SHOTS)

    # A blank is filled in, and stands on the form.
    application.get_by_role("button", name="填写申请书或受理登记表").click()
    dialog = mediator.get_by_role("dialog")
    dialog.get_by_label("李某的民族").fill("汉族")
    dialog.get_by_label("申请事项").fill("请求把屋檐的水引到自家一侧")
    everybody.look(mediator, "filing-03-fill-phone", SHOTS)
    mediator.set_viewport_size(DESK)
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    # What cannot be made is told on the page, and not as a download that failed.
    refusal = {"code": "fonts_missing", "message": "", "detail": {"file": "NotoSerifSC_400Regular.ttf"}, "retry": False}
    mediator.route("**/file/0.pdf*", lambda route: route.fulfill(status=503, json=refusal), times=1)
    card.get_by_role("link", name="打开封面").click()
    expect(card.get_by_text("服务器上缺少印制文件用的字体")).to_be_in_viewport()
    everybody.errors.clear()
    everybody.look(mediator, "filing-07-refused-desk", SHOTS)
    with mediator.expect_download() as got:
        application.get_by_role("link", name="打开申请书或受理登记表").click()
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(got.value.path()).pages)
    assert "汉族" in printed and "请求把屋檐的水引到自家一侧" in printed.replace("\n", "")

    # Paper that lies in the file makes an item present.
    card.get_by_role("button", name="填写权利义务告知书").click()
    dialog.get_by_label("纸质原件").fill("双方签名的告知书 2 页")
    dialog.get_by_role("button", name="保存").click()
    expect(card.get_by_role("listitem").filter(has_text="权利义务告知书")).to_contain_text("纸质原件已入卷")
    expect(card).to_contain_text("必须归卷的还缺 3 项")

    # Two tabs: who has read an older form is told, keeps what was written, and saves it knowingly.
    other = everybody.open(server.links["mediator"], DESK, own_browser=False)
    other.get_by_role("link", name=LIVE.title).first.click()
    there = other.get_by_role("region", name="卷宗")
    there.get_by_role("button", name="填写卷宗情况说明和结案报告表").click()
    other.get_by_label("其他需要说明的情况").fill("另一页写的")
    card.get_by_role("button", name="填写卷宗情况说明和结案报告表").click()
    dialog.get_by_label("其他需要说明的情况").fill("这一页先写的")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    stale = other.get_by_role("dialog")
    stale.get_by_role("button", name="保存").click()
    expect(stale).to_contain_text("刚才有人改过这张表")
    expect(stale.get_by_text("现在存的是：这一页先写的")).to_be_visible()
    everybody.look(other, "filing-04-stale-desk", SHOTS)
    stale.get_by_role("button", name="按我写的保存").click()
    expect(stale).to_have_count(0)
    other.close()

    with mediator.expect_download(timeout=60_000) as taken:
        card.get_by_role("button", name="下载整卷").click()
    pages = [re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(taken.value.path()).pages]
    assert "卷内目录" in pages[1] and "双方签名的告知书2页" in pages[1] and any("另一页写的" in page for page in pages)

    # The centre reads it, and fills nothing in; in English, on a phone.
    centre = everybody.open(server.links["centre"], PHONE, language="en-GB", own_browser=False)
    expect(centre).to_have_url(re.compile("/desk"))
    centre.goto(mediator.url)
    english = centre.get_by_role("region", name="Paper file")
    expect(english).to_contain_text("3 required items are missing: Proof of identity, Record of mediation, Agreement")
    expect(english.get_by_role("button", name="Fill in")).to_have_count(0)
    english.scroll_into_view_if_needed()
    everybody.look(centre, "filing-05-card-phone-en", SHOTS)


def test_closing_names_what_is_missing_and_the_file_is_archived(server: Server, everybody: People) -> None:
    mediator = everybody.open(server.links["mediator"], DESK)
    mediator.get_by_role("link", name=TITLE).first.click()
    card = mediator.get_by_role("region", name="卷宗")
    agreement = card.get_by_role("listitem").filter(has_text="调解协议书")
    expect(agreement).to_contain_text("协议不在本系统里")
    expect(card.get_by_role("listitem").filter(has_text="权利义务告知书")).to_contain_text("有当事人没有在线确认")
    # The agreement lies on paper: that is noted, and there is a page to put it on.
    agreement.get_by_role("button", name="填写调解协议书").click()
    dialog = mediator.get_by_role("dialog")
    dialog.get_by_label("纸质原件").fill("协议书原件 3 页，在档案柜")
    dialog.get_by_role("button", name="保存").click()
    expect(agreement).to_contain_text("纸质原件已入卷")
    with mediator.expect_download() as got:
        agreement.get_by_role("link", name="打开调解协议书").click()
    assert "协议书原件3页" in re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(got.value.path()).pages))
    everybody.look(mediator, "filing-07-elsewhere-desk", SHOTS)
    mediator.get_by_role("button", name="结案", exact=True).click()
    expect(dialog).to_contain_text("卷宗还缺必须归卷的")
    expect(dialog.get_by_role("button", name="结案", exact=True)).to_be_disabled()
    everybody.look(mediator, "filing-06-close-desk", SHOTS)
    dialog.get_by_label("为什么结案").fill("协议在系统启用以前签的，原件在档案柜")
    dialog.get_by_role("button", name="结案", exact=True).click()
    expect(mediator.get_by_role("button", name="结案", exact=True)).to_have_count(0)

    # Lists have it as closed and not archived, until it is.
    address = mediator.url
    mediator.goto(f"{server.url}/desk/cases")
    mediator.get_by_role("button", name=re.compile("^结案待归档")).click()
    mediator.get_by_role("link", name=TITLE).first.click()
    mediator.wait_for_url(address)

    # 归档: what is missing is named again, the place is noted, and nobody fills in the forms any more.
    card.get_by_role("button", name="归档", exact=True).click()
    expect(dialog).to_contain_text("还缺必须归卷的")
    expect(dialog.get_by_role("button", name="归档", exact=True)).to_be_disabled()
    dialog.get_by_label("存放位置").fill("档案室 3 柜 2 层")
    dialog.get_by_label("为什么缺着也归档").fill("告知书原件已遗失")
    everybody.look(mediator, "filing-08-archive-desk", SHOTS)
    dialog.get_by_role("button", name="归档", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(card).to_contain_text("存放：档案室 3 柜 2 层")
    expect(card.get_by_role("button", name=re.compile("^填写"))).to_have_count(0)
    expect(mediator.locator("header .tag").filter(has_text="已归档")).to_be_visible()
    card.get_by_text("存放：").scroll_into_view_if_needed()
    everybody.look(mediator, "filing-09-archived-desk", SHOTS)

    # The centre takes it out, with a word why, on a phone; the mediator's open page can fill in again.
    centre = everybody.open(server.links["centre"], PHONE, own_browser=False)
    expect(centre).to_have_url(re.compile("/desk"))
    centre.goto(mediator.url)
    centre.get_by_role("button", name="调出补正").click()
    out = centre.get_by_role("dialog")
    expect(out.get_by_role("button", name="调出", exact=True)).to_be_disabled()
    out.get_by_label("为什么调出").fill("补一份送达回证")
    everybody.look(centre, "filing-10-take-out-phone", SHOTS)
    out.get_by_role("button", name="调出", exact=True).click()
    expect(out).to_have_count(0)
    expect(card.get_by_role("button", name=re.compile("^填写")).first).to_be_visible()
    expect(card.get_by_role("button", name="归档", exact=True)).to_be_visible()
