"""One case in real browsers: lobby, seeing each other, a private talk, drafting together, confirming, signing by hand, the seal."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from cases.clock import COUNTY_TIME
from evidence.verifier import verify_file
from tests.browser.first_picture import Joining
from tests.browser.people import DESK, PHONE, WALL, People, advancing, frames, people
from tests.browser.sitting import SHOTS, enter, to_room
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]


def write_name(page: Page) -> None:
    """Three strokes on the pad, by mouse."""
    pad = page.locator("dialog canvas")
    box = pad.bounding_box()
    assert box
    for stroke in range(3):
        left = box["x"] + box["width"] * (0.1 + 0.28 * stroke)
        page.mouse.move(left, box["y"] + box["height"] * 0.25)
        page.mouse.down()
        for n in range(14):
            page.mouse.move(left + box["width"] * 0.014 * n, box["y"] + box["height"] * (0.25 + 0.35 * (n % 4) / 3))
        page.mouse.up()
    finish = page.get_by_role("button", name="用这个签名")
    expect(finish).to_be_disabled()
    page.get_by_label("我已看清协议全文").check()
    finish.click()


def read_out(mediator: Page, seat: str) -> str:
    """The code that the mediator's desk shows for somebody."""
    shown = mediator.locator(f"[data-code={seat}]")
    expect(shown).to_have_text(re.compile(r"\d{3} \d{3}"))
    return str(shown.text_content())


def answer_code(page: Page, mediator: Page, seat: str) -> None:
    page.get_by_label("六位验证码").fill(read_out(mediator, seat))
    page.get_by_role("button", name="去签名").click()
    expect(page.locator("dialog canvas")).to_be_visible()


def sign(page: Page) -> None:
    page.get_by_role("button", name="签名", exact=True).click()
    write_name(page)
    expect(page.locator("dialog canvas")).to_have_count(0, timeout=20_000)


def fill_field(page: Page, key: str, value: str) -> None:
    page.locator(f"[data-field='{key}']").click()
    page.locator("dialog input").fill(value)
    page.locator("dialog").get_by_role("button", name="确定").click()
    expect(page.locator("dialog")).to_have_count(0)


def played(recording: bytes) -> dict[str, float]:
    """Seconds of each kind, from first to last decoded frame."""
    times: dict[str, list[float]] = {"video": [], "audio": []}
    with av.open(io.BytesIO(recording)) as container:
        for frame in container.decode():
            times["video" if isinstance(frame, av.VideoFrame) else "audio"].append(float(frame.time or 0))
    return {kind: max(at, default=0) - min(at, default=0) for kind, at in times.items()}


def drop(page: Page, path: Path) -> None:
    """Let go of a file beside the box that asks for one: the whole page takes it, once it stands there."""
    expect(page.get_by_role("heading", name="把证据包或协议书放进来")).to_be_visible()
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'held', hidden: true }))")
    page.locator("#held").set_input_files(path)
    page.evaluate("""() => {
      const carried = new DataTransfer()
      carried.items.add(document.getElementById('held').files[0])
      document.getElementById('held').remove()
      for (const type of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }))
    }""")


def checked_by_a_stranger(everybody: People, url: str, bundle: Path, pdf: Path) -> None:
    """On the committee's page, without an account: the bundle on a desk, the agreement on a phone, and the same bundle with one byte changed."""
    desk = everybody.open(f"{url}/verify", DESK)
    drop(desk, bundle)
    expect(desk.get_by_role("progressbar")).to_be_visible()
    expect(desk.get_by_role("heading", name="这份证据完整，没有被改动")).to_be_visible()
    everybody.look(desk, "12-verify-bundle-desk", SHOTS)
    phone = everybody.open(f"{url}/verify", PHONE)
    phone.locator("input[type=file]").set_input_files(pdf)
    expect(phone.get_by_role("heading", name="这份证据完整，没有被改动")).to_be_visible()
    everybody.look(phone, "12-verify-agreement-phone", SHOTS)
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    altered = bundle.with_name("altered.zip")
    altered.write_bytes(data)
    phone.mouse.wheel(0, 3000)
    phone.get_by_role("button", name="再验一份").click()
    phone.locator("input[type=file]").set_input_files(altered)
    expect(phone.locator(".verdict")).to_contain_text("对不上")
    expect(phone.locator(".verdict h1")).to_be_in_viewport()
    everybody.look(phone, "12-verify-altered-phone", SHOTS)
    desk.close()
    phone.close()


@pytest.fixture
def everybody():
    with people() as found:
        yield found


def test_a_mediation(tmp_path: Path, everybody: People) -> None:
    with serving(tmp_path / "data") as server:
        links = server.links
        mediator = everybody.open(links["mediator"], DESK)
        wall = everybody.open(links["wall"], WALL, own_browser=False)
        expect(wall.locator("body")).to_contain_text("安和县")
        public = everybody.open(links["public code"], own_browser=False)
        expect(public.get_by_text("调解", exact=False).first).to_be_visible()
        one = everybody.open(links["party 1"])
        two = everybody.open(links["party 2"])

        # the lobby
        everybody.look(one, "room-01-door-phone", SHOTS)
        to_room(mediator)
        for page in (one, two):
            enter(page)
        everybody.look(one, "room-02-consents-phone", SHOTS)
        for page in (one, two):
            page.get_by_role("button", name="进入等候室").click()
            expect(page.get_by_role("heading", name="请稍候")).to_be_visible()
        everybody.look(one, "room-03-lobby-phone", SHOTS)
        joining = Joining(mediator)
        for page, seat in ((one, "s1"), (two, "s2")):
            joining.admit(page, seat)
            mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="证件与本人相符").click()

        # everybody sees everybody
        advancing(mediator, "s1", "s2")
        advancing(one, "m", "s2")
        advancing(two, "m", "s1")
        expect(one.get_by_text("正在录音录像")).to_be_visible()
        mediator.get_by_role("button", name="进入告知").click()
        for page in (one, two):
            page.get_by_role("button", name="我听明白了").click()
        mediator.get_by_role("button", name="进入各自陈述").click()
        mediator.locator("li[data-seat=s1]").get_by_role("button", name="请发言").click()
        expect(two.get_by_role("button", name="我想说话")).to_be_visible()
        everybody.look(two, "room-04-room-phone", SHOTS)
        one.get_by_role("button", name="我说完了").click()
        mediator.locator("li[data-seat=s2]").get_by_role("button", name="请发言").click()
        two.get_by_role("button", name="我说完了").click()

        # a private talk
        mediator.get_by_role("button", name="请李某进小间").click()
        expect(two.get_by_role("heading", name="请稍候")).to_be_visible()
        expect(mediator.get_by_text("小间：只有这里的人听得到").first).to_be_visible()
        everybody.look(two, "room-05-caucus-wait-phone", SHOTS)
        advancing(one, "m")
        assert frames(two) == {}, "an outsider shows pictures during a private talk"
        mediator.get_by_role("textbox", name="只有小间里的人看得到").fill("底价多少")
        mediator.get_by_role("button", name="发送").click()
        expect(mediator.get_by_text("这次谈话没有录音录像")).to_be_visible()
        everybody.look(one, "room-06-caucus-asked-phone", SHOTS)
        one.get_by_role("button", name="同意录").click()
        expect(mediator.get_by_text("这次谈话另录一份")).to_be_visible()
        expect(one.get_by_text("单独谈话，另录一份")).to_be_visible()
        everybody.look(mediator, "room-06-caucus-desk", SHOTS)
        mediator.get_by_role("button", name="谈完了，请大家回来").click()
        advancing(two, "m", "s1")
        assert "底价" not in two.content()

        # a reload returns to the seat
        joining.come_back(two)
        advancing(two, "m", "s1")

        # an expert for ten minutes
        expert = everybody.open(links["expert"])
        expert.get_by_role("button", name="打开摄像头和麦克风").click()
        expert.get_by_role("button", name="进入等候室").click()
        joining.admit(expert, "e1")
        advancing(expert, "m", "s1", "s2")
        advancing(one, "e1")
        everybody.look(mediator, "room-07-four-desk", SHOTS)
        expert.get_by_role("button", name="离开").click()
        expert.locator("dialog").get_by_role("button", name="离开").click()
        expect(expert.get_by_role("heading", name="您已离开调解室")).to_be_visible()

        # drafting together
        for name in ("进入商量方案", "进入起草协议"):
            mediator.get_by_role("button", name=name).click()
        editor = mediator.locator(".ProseMirror")
        expect(editor).to_be_visible()
        fill_field(mediator, "party.1.id", "11010519491231002X")
        fill_field(mediator, "party.2.id", "440524188001010014")
        fill_field(mediator, "disputes.responsibility", "李某承担主要责任")
        fill_field(two, "performance.manner", "银行转账")
        fill_field(one, "performance.deadline", (datetime.now(COUNTY_TIME) + timedelta(days=60)).date().isoformat())
        terms = two.locator("section.clause[data-kind=terms] p").first
        terms.click()
        two.keyboard.type("李某在西侧檐口加装水落管，并向赵某支付墙面修补费1800元。")
        expect(mediator.locator("section.clause[data-kind=terms]")).to_contain_text("加装水落管")
        expect(one.locator("section.clause[data-kind=terms]")).to_contain_text("1800元")
        everybody.look(mediator, "room-08-drafting-desk", SHOTS)
        everybody.look(two, "room-09-drafting-phone", SHOTS)

        # freeze, object, freeze again, confirm
        freeze = mediator.get_by_role("button", name="定稿，进入确认")
        # what somebody writes whose line is cut is not in it, and is said to be missing
        two.context.set_offline(True)
        expect(two.get_by_text("正在重连").first).to_be_visible()
        terms.click()
        two.keyboard.press("End")
        two.keyboard.type("断网时写的。")
        freeze.click()
        expect(one.get_by_role("button", name="有疑问")).to_be_visible()
        two.context.set_offline(False)
        expect(two.get_by_text("您最后的修改还没有存上")).to_be_visible()
        everybody.look(two, "room-09-left-out-phone", SHOTS)
        one.get_by_role("button", name="有疑问").click()
        objection = one.get_by_role("dialog", name="退回去修改？")
        objection.get_by_label("哪里要改").fill("要写明转到哪个账户")
        everybody.look(one, "room-28-object-phone", SHOTS)
        objection.get_by_role("button", name="退回修改").click()
        for page in (mediator, one, two):
            expect(page.get_by_text("协议已退回修改：要写明转到哪个账户")).to_be_visible()
        terms.click()
        two.keyboard.press("End")
        two.keyboard.type("转到赵某本人账户。")
        expect(mediator.locator("section.clause[data-kind=terms]")).to_contain_text("本人账户")
        freeze.click()
        for page in (one, two):
            for clause in range(6):
                expect(page.get_by_text(f"第 {clause + 1} 条，共 6 条")).to_be_visible(timeout=20_000)
                title = page.locator(".agreement-step article h3")
                if clause:
                    expect(title).to_be_focused()
                expect(title).to_be_in_viewport(ratio=1)
                if clause == 2:
                    everybody.look(page, "room-10-confirm-phone", SHOTS)
                page.get_by_role("button", name="看明白了，同意这一条").click()
            box = page.get_by_label("同意电子签名")
            assert box.locator("xpath=..").evaluate("e => e.scrollHeight <= e.clientHeight + 1"), "the consent runs out of its frame"
            box.click()
        mediator.get_by_role("button", name="进入签名").click()

        # at the signature one may still object, and the mediator send it back
        expect(mediator.get_by_role("button", name="退回修改")).to_be_visible()
        two.get_by_role("button", name="内容不对").click()
        objection = two.get_by_role("dialog", name="退回去修改？")
        expect(objection.get_by_text("各方已作的确认和签名都作废")).to_be_visible()
        objection.get_by_role("button", name="先不退").click()
        everybody.look(two, "room-48-before-signing-phone", SHOTS)

        # who refuses ends the signing, and may still go on talking: the mediator sends the text back, and all confirm anew
        two.get_by_role("button", name="我不签了").click()
        refusal = two.get_by_role("dialog", name="不签这份协议？")
        expect(refusal.get_by_text("可以由王调解员退回修改")).to_be_visible()
        everybody.look(two, "room-49-refuse-phone", SHOTS)
        refusal.get_by_role("button", name="我不签了").click()
        for page in (mediator, one, two):
            expect(page.get_by_text("有人决定不签，签署已停止")).to_be_visible()
        everybody.look(one, "room-50-refused-phone", SHOTS)
        expect(one.get_by_role("button", name="退回修改")).to_have_count(0)
        mediator.get_by_role("button", name="退回修改").click()
        objection = mediator.get_by_role("dialog", name="退回去修改？")
        objection.get_by_label("哪里要改").fill("再商量一次")
        everybody.look(mediator, "room-51-reopen-desk", SHOTS)
        objection.get_by_role("button", name="退回修改").click()
        expect(two.get_by_text("协议已退回修改：再商量一次")).to_be_visible()
        freeze.click()
        for page in (one, two):
            for clause in range(6):
                expect(page.get_by_text(f"第 {clause + 1} 条，共 6 条")).to_be_visible(timeout=20_000)
                page.get_by_role("button", name="看明白了，同意这一条").click()
            expect(page.get_by_text("每一条您都同意了")).to_be_visible()
        mediator.get_by_role("button", name="进入签名").click()

        # sign by hand, seal
        two.get_by_role("button", name="签名", exact=True).click()
        code = read_out(mediator, "s2")
        everybody.look(mediator, "room-61-code-desk", SHOTS)
        everybody.look(two, "room-62-code-phone", SHOTS)
        two.get_by_label("六位验证码").fill(code[:-1] + str((int(code[-1]) + 1) % 10))
        two.get_by_role("button", name="去签名").click()
        expect(two.get_by_role("dialog").get_by_text("验证码不对，还可以试 4 次")).to_be_visible()
        expect(two.get_by_role("button", name="秒后可以再要一个")).to_be_disabled()
        everybody.look(two, "room-63-code-wrong-phone", SHOTS)
        answer_code(two, mediator, "s2")
        expect(mediator.locator("[data-code]")).to_have_count(0)
        everybody.look(two, "room-11-sign-phone", SHOTS)
        write_name(two)
        one.set_viewport_size({"width": 640, "height": 360})
        one.get_by_role("button", name="签名", exact=True).click()
        expect(one.get_by_role("button", name="去签名")).to_be_in_viewport(ratio=1)
        everybody.look(one, "room-62-code-phone-landscape", SHOTS)
        answer_code(one, mediator, "s1")
        expect(one.get_by_role("button", name="用这个签名")).to_be_in_viewport(ratio=1)
        everybody.look(one, "room-11-sign-phone-landscape", SHOTS)
        write_name(one)
        expect(one.locator("dialog canvas")).to_have_count(0, timeout=20_000)
        one.set_viewport_size(PHONE)
        sign(mediator)

        # who takes the consent back holds up the seal, and everybody reads who it is
        seal = mediator.get_by_role("button", name="盖章，协议生效")
        expect(seal).to_be_enabled()
        one.get_by_role("button", name="我的同意").click()
        one.get_by_role("dialog").get_by_label("同意电子签名").uncheck()
        one.get_by_role("button", name="关闭").click()
        expect(seal).to_be_disabled()
        for page in (mediator, two):
            expect(page.get_by_text("李某收回了电子签名的同意")).to_be_visible()
        everybody.look(mediator, "room-46-consent-taken-back-desk", SHOTS)
        everybody.look(one, "room-47-consent-taken-back-phone", SHOTS)
        one.get_by_label("同意电子签名").click()
        seal.click()
        for page in (mediator, one, two):
            expect(page.get_by_text("协议已生效").first).to_be_visible(timeout=20_000)
        everybody.look(one, "room-12-effective-phone", SHOTS)
        with one.expect_download() as download:
            one.get_by_role("link", name="下载签好的协议").click()
        pdf = tmp_path / "agreement.pdf"
        download.value.save_as(pdf)
        assert subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True).stdout.count("Signature is Valid.") == 5
        assert verify_file(pdf).ok

        # whoever watched has seen it
        expect(public.locator("body")).to_contain_text("生效")
        everybody.look(public, "room-13-progress-phone", SHOTS)
        everybody.look(wall, "room-14-wall", SHOTS)

        # evidence
        mediator.get_by_role("button", name="结束调解").first.click()
        ending = mediator.get_by_role("dialog", name="结束这次调解？")
        expect(ending).to_contain_text("协议已经生效")
        everybody.look(mediator, "room-48-end-with-agreement-desk", SHOTS)
        ending.get_by_role("button", name="结束调解").click()
        for page in (one, expert):
            expect(page.get_by_role("heading", name="本次调解已结束")).to_be_visible()
            expect(page.get_by_text("协议已生效，对各方有约束力")).to_be_visible()
        mediator.get_by_role("link", name="回到案件").click()
        with mediator.expect_download() as download:
            mediator.get_by_role("link", name="导出证据包").click()
        bundle = tmp_path / "bundle.zip"
        download.value.save_as(bundle)
        assert verify_file(bundle).ok
        checked_by_a_stranger(everybody, server.url, bundle, pdf)
        expect(mediator.get_by_text("以前共同申请")).to_be_visible()
        expect(mediator.get_by_role("button", name="先写法院全称")).to_be_disabled()
        mediator.get_by_label("向哪个法院申请").fill("安和县人民法院")
        everybody.look(mediator, "desk-60-judicial-confirmation", SHOTS)
        with mediator.expect_download() as download:
            mediator.get_by_role("link", name="下载申请材料").click()
        with zipfile.ZipFile(download.value.path()) as members:
            assert [name[:2] for name in members.namelist()] == ["1-", "2-", "3-", "4-"]
        with zipfile.ZipFile(bundle) as members:
            recorded = {n: members.read(n) for n in members.namelist() if n.startswith("recordings/")}
            told = [json.loads(members.read(n))["payload"] for n in members.namelist() if n.startswith("payloads/")]
        keys = [payload["key"] for payload in told if "intent" in payload]
        assert keys == ["device"] * 3, "each signed with a key of the own browser"
        assert {n.split("/")[1].split("-")[0] for n in recorded} == {"m", "s1", "s2", "e1"}
        seconds = {name: played(data) for name, data in recorded.items()}
        longest = max(seconds, key=lambda name: seconds[name]["video"])
        assert seconds[longest]["video"] > 3, seconds
        assert abs(seconds[longest]["video"] - seconds[longest]["audio"]) < 1, "picture and sound end together"
        expect(wall.locator("body")).to_contain_text("达成")
        joining.tell()
        assert not [e for e in everybody.errors if "404" not in e and "INTERNET_DISCONNECTED" not in e], everybody.errors
        if everybody.barriers:
            pytest.fail("\n".join(everybody.barriers))


def test_without_camera_and_microphone_one_still_gets_in(tmp_path: Path, everybody: People) -> None:
    with serving(tmp_path / "data") as server:
        mediator = everybody.open(server.links["mediator"], DESK)
        to_room(mediator)
        one = everybody.open(server.links["party 1"], devices=False)
        one.get_by_role("button", name="打开摄像头和麦克风").click()
        expect(one.get_by_text("您没有允许使用麦克风")).to_be_visible()
        one.get_by_label("我愿意在线调解").check()
        one.get_by_role("button", name="先不用声音，进去打字").click()
        row = mediator.locator("li[data-seat=s1]")
        row.get_by_role("button", name="请进").click()
        advancing(one, "m")
        expect(one.get_by_text("没有麦克风")).to_be_visible()
        expect(row.get_by_role("button", name="请李某静音")).to_have_count(0)
        everybody.look(one, "room-49-no-microphone-phone", SHOTS)
        one.get_by_role("button", name="消息").click()
        one.get_by_role("textbox", name="说给大家看").fill("我听得见吗？我先打字。")
        one.get_by_role("button", name="发送").click()
        expect(mediator.get_by_text("我先打字")).to_be_visible()

        # After a reload the browser would ask for the devices again: one tap, not a surprise.
        one.reload()
        expect(one.get_by_role("heading", name="回到座位")).to_be_visible()
        everybody.look(one, "room-29-back-to-the-seat-phone", SHOTS)
        one.get_by_role("button", name="回到座位").click()
        advancing(one, "m")


def test_a_party_shares_a_screen_raises_a_hand_and_is_muted(tmp_path: Path, everybody: People) -> None:
    with serving(tmp_path / "data") as server:
        mediator = everybody.open(server.links["mediator"], DESK)
        to_room(mediator)
        one = everybody.open(server.links["party 1"], DESK)
        enter(one)
        one.get_by_role("button", name="进入等候室").click()
        row = mediator.locator("li[data-seat=s1]")
        row.get_by_role("button", name="请进").click()
        advancing(mediator, "s1")
        one.get_by_role("button", name="出示屏幕").click()
        expect(mediator.get_by_text("李某出示的屏幕")).to_be_visible()
        mediator.wait_for_function("() => document.querySelector('.shared video')?.getVideoPlaybackQuality().totalVideoFrames > 3")
        one.get_by_role("button", name="停止出示").click()
        expect(mediator.get_by_text("李某出示的屏幕")).to_have_count(0)
        row.get_by_role("button", name="请李某静音").click()
        expect(one.get_by_role("button", name="麦克风关着")).to_be_visible()
        one.get_by_role("button", name="镜头开着").click()
        expect(one.get_by_role("button", name="镜头关着")).to_be_visible()
