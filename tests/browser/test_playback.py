"""The recording of a whole case, played in a real browser beside what happened."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import av
import pytest
from playwright.sync_api import Page, expect

from rehearsal import clip
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.steps import meeting, proof
from tests.browser.people import DESK, PHONE, People
from tests.sealed import alter
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
SHOTS = Path(os.environ["HEYI_SCREENS"]) if os.environ.get("HEYI_SCREENS") else None
SHOWN = "() => [...document.querySelectorAll('.tile video')].filter(v => v.checkVisibility() && v.readyState >= 2).map(v => v.currentTime)"

# Pictures over which the viewer's name and the year are not drawn, in the same box and above them.
MARKED = """() => [...document.querySelectorAll('.tile video')].filter(v => {
  const water = v.parentElement.querySelector('.water'), line = water?.firstElementChild
  const words = line && getComputedStyle(line, '::before').content
  return !water || !words.includes('王调解员') || !/20\\d\\d/.test(words) || !(v.compareDocumentPosition(water) & Node.DOCUMENT_POSITION_FOLLOWING)
    || water.getBoundingClientRect().width < v.parentElement.clientWidth - 1
}).map(v => v.parentElement.innerText)"""


async def _talk(play: Play) -> str:
    await asyncio.sleep(9)
    return ""


async def _private(play: Play) -> str:
    await play.seats["m"].do("open_caucus", seats=["s1"])
    await asyncio.sleep(4)
    await play.seats["m"].do("close_caucus")
    return ""


class Watched:
    def __init__(self, server: Server, case: str) -> None:
        self.server, self.case = server, case

    def open(self, everybody: People, size: dict[str, int], language: str = "zh-CN", elder: bool = False) -> Page:
        page = everybody.open(self.server.links["mediator"], size, language, elder=elder)
        page.wait_for_url(lambda url: "/desk" in url)
        _go(page, f"/case/{self.case}/playback")
        page.locator("section.stage").wait_for()
        return page


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("played")
    with serving(folder / "data", HEYI_DESTRUCTION_WAIT="0") as server:

        async def play() -> str:
            async with Play(server, clip.load(), folder) as play:
                steps = until(proof.verify)
                place = [step for _, step in steps].index(meeting.expert)
                steps[place:place] = [("they talk", _talk), ("two talk in private", _private), ("they go on", _talk)]
                assert await play.run(steps), play.steps[-1]
                return str(play.case)

        yield Watched(server, asyncio.run(play()))


def at(page: Page) -> float:
    """Seconds on the page's clock."""
    minutes, seconds = page.get_by_role("timer").inner_text().partition("/")[0].split(":")
    return 60 * float(minutes) + float(seconds)


def test_everybody_plays_in_step_beside_what_happened(played: Watched, everybody: People) -> None:
    page = played.open(everybody, DESK)
    expect(page.get_by_text("录像与存证链一致")).to_be_visible()
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().length >= 2")
    everybody.look(page, "10-playback-desk", SHOTS)
    page.get_by_role("button", name="播放", exact=True).click()
    page.wait_for_function("() => document.querySelector('[role=timer]').innerText.slice(0, 5) >= '00:08'")
    page.get_by_role("button", name="暂停").click()
    stood = at(page)
    page.wait_for_function(f"() => ({SHOWN})().length >= 3")
    times = page.evaluate(SHOWN)
    assert max(times) - min(times) < 0.5, times
    page.wait_for_timeout(600)
    assert at(page) == stood
    # From the list to its moment.
    private = page.locator("li.hole", has_text="背对背谈话，按约定不录入主录像")
    private.get_by_role("button").click()
    expect(page.get_by_role("status").filter(has_text="背对背谈话")).to_be_visible()
    everybody.look(page, "10-playback-private-desk", SHOTS)
    page.get_by_role("button", name="跳到有录像处").click()
    page.get_by_role("button", name="播放", exact=True).click()
    page.wait_for_function(f"() => ({SHOWN})().length >= 3")
    page.get_by_role("button", name="暂停").click()
    page.get_by_role("button", name="合成一个录像文件").click()
    page.locator("li", has_text="签了名").first.get_by_role("button").click()
    expect(page.get_by_text("第 ", exact=False).filter(has_text="次改动")).to_be_visible()
    page.wait_for_timeout(800)
    everybody.look(page, "10-playback-signing-desk", SHOTS)
    with page.expect_download(timeout=60_000) as taken:
        page.get_by_role("link", name="下载合成录像").click(timeout=60_000)
    with av.open(str(taken.value.path())) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"} and film.duration > 15e6


def steer(page: Page, play: str, pause: str) -> None:
    """In full screen: play, stop, and go elsewhere, by what is on the screen itself."""
    stage = page.locator("section.stage")
    before = at(page)
    stage.get_by_role("button", name=play, exact=True).click()
    page.wait_for_function(
        "before => { const [m, s] = document.querySelector('[role=timer]').innerText.split(' ')[0].split(':'); return 60 * m + +s > before }",
        arg=before,
    )
    stage.get_by_role("button", name=pause).click()
    stage.get_by_role("slider").fill("2")
    assert at(page) == 2
    covered = """() => [...document.querySelectorAll('section.stage .name')].filter(name => {
      const box = name.getBoundingClientRect(), on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      return on && !name.parentElement.contains(on)
    }).map(name => name.innerText)"""
    assert page.evaluate(covered) == [], "names under something else"


def test_the_viewers_name_stands_over_every_picture_in_full_screen_too(played: Watched, everybody: People) -> None:
    page = played.open(everybody, DESK)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().length >= 2")
    assert page.evaluate(MARKED) == [], "pictures without the viewer's name"
    page.get_by_role("button", name="全屏", exact=True).click()
    page.wait_for_function("() => document.fullscreenElement?.matches('section.stage')")
    assert page.evaluate(MARKED) == []
    everybody.look(page, "10-playback-full-desk", SHOTS)
    steer(page, "播放", "暂停")
    page.get_by_role("button", name="退出全屏").click()
    page.wait_for_function("() => !document.fullscreenElement")
    expect(page.get_by_role("button", name="退出全屏")).to_have_count(0)
    # A picture alone gets no screen of its own, whoever asks for it.
    page.get_by_role("button", name="播放", exact=True).click()
    page.evaluate("() => document.querySelector('.tile video').requestFullscreen().catch(() => {})")
    page.wait_for_function("() => !document.fullscreenElement")
    expect(page.get_by_role("button", name="退出全屏")).to_have_count(0)
    assert page.evaluate("() => [...document.querySelectorAll('.tile video')].every(v => !v.controls && v.disablePictureInPicture)")
    page.get_by_role("button", name="暂停").click()


def test_on_a_phone_in_english_and_by_keyboard(played: Watched, everybody: People) -> None:
    page = played.open(everybody, PHONE, "en-GB")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert 9 <= at(page) <= 11
    page.keyboard.press("Home")
    assert at(page) == 0
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().length >= 3")
    page.get_by_role("slider").blur()
    page.keyboard.press("ArrowLeft")
    assert at(page) == 0, "also where nothing has the focus"
    page.keyboard.press("3")
    expect(page.get_by_role("button", name="2× speed")).to_be_visible()
    page.keyboard.press("1")
    everybody.look(page, "10-playback-phone-english", SHOTS)
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => document.fullscreenElement?.matches('section.stage')")
    steer(page, "Play", "Pause")
    everybody.look(page, "10-playback-full-phone-english", SHOTS)
    page.get_by_role("button", name="Leave full screen").click()
    page.wait_for_function("() => !document.fullscreenElement")
    expect(page.get_by_role("button", name="Leave full screen")).to_have_count(0)


def test_whoever_has_nothing_to_do_with_the_case_is_shown_nothing(played: Watched, everybody: People) -> None:
    page = everybody.open(played.server.links["second mediator"], DESK)
    page.wait_for_url(lambda url: "/desk" in url)
    _go(page, f"/case/{played.case}/playback")
    expect(page.get_by_text("您没有权限这样做")).to_be_visible()
    assert page.locator("video").count() == 0
    everybody.errors.clear()


def test_the_centre_holds_and_two_people_then_destroy_it(played: Watched, everybody: People) -> None:
    """The last of this file: afterwards there is nothing to play."""
    mediator = everybody.open(played.server.links["mediator"], PHONE)
    mediator.wait_for_url(lambda url: "/desk" in url)
    _go(mediator, f"/case/{played.case}")
    kept = mediator.locator("section", has=mediator.get_by_role("heading", name="录音录像的保存"))
    expect(kept.get_by_text("没有定期限")).to_be_visible()
    assert kept.get_by_role("button").count() == 0
    page = everybody.open(played.server.links["centre"], DESK)
    page.wait_for_url(lambda url: "/desk" in url)
    _go(page, f"/case/{played.case}")
    watching = page.get_by_role("link", name="看回放")
    expect(watching).to_be_visible()
    player = played.open(everybody, PHONE)
    player.get_by_role("button", name="播放", exact=True).click()
    own = page.locator("section", has=page.get_by_role("heading", name="录音录像的保存"))
    expect(own.get_by_text("案件结案以后才能销毁录音录像")).to_be_visible()

    def act(on: Page, name: str, reason: str = "", confirms: str = "") -> None:
        on.get_by_role("button", name=name, exact=True).click()
        dialog = on.get_by_role("dialog")
        if reason:
            expect(dialog.get_by_role("button", name=name)).to_be_disabled()
            dialog.get_by_label("原因").fill(reason)
        everybody.look(on, f"09-keeping-{name}-{'phone' if on is mediator else 'desk'}", SHOTS)
        dialog.get_by_role("button", name=confirms or name).click()
        expect(dialog).to_be_hidden()

    act(page, "要求保全", "法院来函调取")
    expect(own.get_by_text("法院来函调取")).to_be_visible()
    expect(kept.get_by_text("法院来函调取")).to_be_visible()
    everybody.look(mediator, "09-keeping-held-phone", SHOTS)
    act(page, "解除保全", "法院已取走")
    _closed_long_ago(played)
    _go(page, "/desk")
    _go(page, f"/case/{played.case}")
    act(page, "要求保全", "当事人来电")  # tells both pages of the case as it is now
    act(page, "解除保全", "已经说明")
    act(mediator, "申请销毁", "当事人要求删除")
    expect(kept.get_by_text("要由申请人以外的人同意")).to_be_visible()
    everybody.look(mediator, "09-keeping-asked-phone", SHOTS)
    act(mediator, "撤回申请", "再问一次")
    act(mediator, "申请销毁", "当事人要求删除")
    expect(own.get_by_text("等待期已满")).to_be_visible()
    everybody.look(page, "09-keeping-asked-desk", SHOTS)
    act(page, "同意销毁")
    expect(page.get_by_text("录音录像已于")).to_be_visible()
    expect(watching).to_be_hidden()
    everybody.look(page, "09-keeping-destroyed-desk", SHOTS)
    expect(page.get_by_text("下一步", exact=True)).to_have_count(0)
    absent: list[str] = []
    page.on("response", lambda response: absent.append(response.url) if response.status == 404 else None)
    # Whoever has it open is told at once, whoever comes later reads the same; neither is told that it was altered.
    _go(page, f"/case/{played.case}/playback")
    for one in (player, page):
        expect(one.get_by_role("heading", name="录音录像已销毁，不能再播放")).to_be_visible()
        expect(one.get_by_text("当事人要求删除")).to_be_visible()
        assert one.locator("video").count() == 0 and one.get_by_text("录像与存证链一致").count() == 0
    everybody.look(player, "10-playback-destroyed-phone", SHOTS)
    everybody.look(page, "10-playback-destroyed-desk", SHOTS)
    page.get_by_role("link", name="回到案件").last.click()
    expect(page.get_by_text("录音录像已于")).to_be_visible()
    assert absent == [], "nothing is asked for that is not there"
    # And then the whole file: a stub is left, for whoever has the page open too.
    progress = page.get_by_role("link", name="打开进度页").get_attribute("href")
    act(mediator, "提请销毁案卷", "已无保存必要")
    expect(page.get_by_text("王调解员于")).to_be_visible()
    everybody.look(page, "11-erasure-asked-desk", SHOTS)
    act(page, "同意销毁案卷")
    for one, size in ((page, "desk"), (mediator, "phone")):
        expect(one.get_by_role("heading", name="已销毁（")).to_be_visible()
        expect(one.get_by_text("案卷已于")).to_be_visible()
        expect(one.get_by_text("王调解员申请，")).to_be_visible()
        expect(one.get_by_role("heading", name="当事人")).to_have_count(0)
        everybody.look(one, f"11-erased-{size}", SHOTS)
    public = everybody.open(urljoin(page.url, progress), PHONE)
    expect(public.get_by_text("这件事已经了结，案卷于")).to_be_visible()
    everybody.look(public, "11-erased-public-phone", SHOTS)
    page.get_by_role("link", name="回看").click()
    expect(page.get_by_text("这不是被改动")).to_be_visible()
    everybody.look(page, "11-erased-past-desk", SHOTS)
    everybody.errors.clear()


def _closed_long_ago(played: Watched) -> None:
    """The case as it is when no court can be concerned with its agreement any more, and its file need not be kept."""

    def change(case: dict[str, Any], room: dict[str, Any]) -> None:
        case["stage"] = "closed"
        for step in case["history"]:
            step["at"] = "2023-01-05T08:00:00Z"
        case["history"].append({"stage": "closed", "at": "2023-02-05T08:00:00Z"})

    alter(played.server.data, played.case, change)


def _go(page: Page, path: str) -> None:
    page.evaluate("path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }", path)
