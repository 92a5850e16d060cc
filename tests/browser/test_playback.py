"""The recording of a whole case, played in a real browser beside what happened."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from rehearsal import clip
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.steps import meeting, proof
from tests.browser.people import DESK, PHONE, People
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]
SHOTS = Path(os.environ["HEYI_SCREENS"]) if os.environ.get("HEYI_SCREENS") else None
SHOWN = "() => [...document.querySelectorAll('.tile video')].filter(v => v.checkVisibility() && v.readyState >= 2).map(v => v.currentTime)"


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
    with serving(folder / "data") as server:

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
    everybody.look(page, "10-playback-phone-english", SHOTS)


def test_whoever_has_nothing_to_do_with_the_case_is_shown_nothing(played: Watched, everybody: People) -> None:
    page = everybody.open(played.server.links["second mediator"], DESK)
    page.wait_for_url(lambda url: "/desk" in url)
    _go(page, f"/case/{played.case}/playback")
    expect(page.get_by_text("您没有权限这样做")).to_be_visible()
    assert page.locator("video").count() == 0
    everybody.errors.clear()


def test_the_centre_holds_and_then_destroys_it(played: Watched, everybody: People) -> None:
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
    for act, reason in (("要求保全", "法院来函调取"), ("解除保全", "法院已取走"), ("销毁录音录像", "当事人要求删除")):
        page.get_by_role("button", name=act, exact=True).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name=act)).to_be_disabled()
        dialog.get_by_label("原因").fill(reason)
        everybody.look(page, f"09-keeping-{act}-desk", SHOTS)
        dialog.get_by_role("button", name=act).click()
        expect(dialog).to_be_hidden()
        if act == "要求保全":
            expect(page.get_by_text(reason)).to_be_visible()
            expect(page.get_by_role("button", name="销毁录音录像")).to_have_count(0)
            expect(kept.get_by_text(reason)).to_be_visible()
            everybody.look(mediator, "09-keeping-held-phone", SHOTS)
    expect(page.get_by_text("录音录像已于")).to_be_visible()
    expect(watching).to_be_hidden()
    everybody.look(page, "09-keeping-destroyed-desk", SHOTS)


def _go(page: Page, path: str) -> None:
    page.evaluate("path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }", path)
