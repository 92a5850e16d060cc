"""Markup in every free text that the protocol takes is shown as text, on every page that shows any of it, and runs nowhere."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from threading import Thread
from typing import Any, TypeVar

import pypdf
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import DESK, PHONE, WALL, chromium, come_in, context
from tests.browser.pages.visit import shot
from tests.browser.speaking import TAG, free_fields
from tests.browser.tagged import Tagged
from tests.serving import Server, serving

pytestmark = pytest.mark.browser
T = TypeVar("T")
# Kept for as long as a page lives: an element that was there for a moment is found too.
WATCH = """() => {
  window.found = 0
  const look = (node) => {
    if (node.nodeType === 1) window.found += node.matches('img[src=x]') + node.querySelectorAll('img[src=x]').length
  }
  new MutationObserver((changes) => changes.forEach((one) => one.addedNodes.forEach(look)))
    .observe(document, { childList: true, subtree: true })
}"""
REMARKS = r"有 \d 条意见"
PANES = (REMARKS, "改动", "笔录", "消息", "协议")
OPENED = "() => document.querySelectorAll('details').forEach((one) => { one.open = true })"


class Beside:
    """A loop in a thread of its own: people of the protocol stay connected while a browser looks at what they wrote."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def beside() -> Iterator[Beside]:
    there = Beside()
    yield there
    there.end()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("markup") / "data") as running:
        yield running  # type: ignore[misc]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Eyes:
    """Browsers in which people of the protocol are signed in already."""

    def __init__(self, browser: Browser, people: Tagged) -> None:
        self._browser, self._people = browser, people

    def look(self, who: str, path: str, size: tuple[int, int] = DESK) -> None:
        """Something with the tag in it stands on that page."""
        page = self.open(who, path, size)
        self.judge(page, path, shown=True)
        page.context.close()

    def open(self, who: str, path: str, size: tuple[int, int]) -> Page:
        visitor = self._people.visitors[who]
        there = context(self._browser, size)
        there.add_cookies([{"name": one.name, "value": one.value or "", "url": visitor.server.url} for one in visitor.http.cookies.jar])
        page = self._watched(there.new_page())
        page.goto(f"{visitor.server.url}{path}?as={visitor.handle}")
        return page

    def anybody(self, path: str) -> None:
        page = self._watched(context(self._browser, PHONE).new_page())
        page.goto(f"{self._people.server.url}{path}")
        expect(page.get_by_text(path.rpartition("/")[2]).first).to_be_visible()
        self.judge(page, path, shown=False)

    def wall(self) -> None:
        page = come_in(context(self._browser, WALL), self._people.server, "wall")
        page.evaluate(WATCH)
        expect(page.get_by_text("安和县").first).to_be_visible()
        self.judge(page, "/wall", shown=False)

    @staticmethod
    def judge(page: Page, path: str, *, shown: bool) -> None:
        page.locator("#app > *").first.wait_for(state="attached")
        if shown:
            expect(page.get_by_text(TAG).first).to_be_attached()
        page.wait_for_load_state("networkidle")
        page.evaluate(OPENED)
        assert page.locator("img[src=x]").count() == 0, path
        assert page.evaluate("() => [window.found, window.ran ?? 0]") == [0, 0], path

    @staticmethod
    def _watched(page: Page) -> Page:
        page.add_init_script(f"({WATCH})()")
        return page


def test_markup_is_text_wherever_it_is_read(server: Server, browser: Browser, beside: Beside) -> None:
    stack = AsyncExitStack()
    people = Tagged(server, stack)
    eyes = Eyes(browser, people)
    try:
        beside.run(people.reported())
        case = people.case
        eyes.look("centre", "/desk")
        beside.run(people.offered())
        for who, path in (("centre", "/desk"), ("wang", "/desk"), ("chen", f"/case/{case}")):
            eyes.look(who, path)
        beside.run(people.before())
        for who in ("centre", "wang"):
            eyes.look(who, f"/case/{case}")
        eyes.look("wang", "/desk")
        eyes.look("wang", "/desk/cases")
        eyes.look("centre", "/desk/risk")
        eyes.look("reporter", f"/mine/{case}", PHONE)
        eyes.look("p2", f"/own/{case}", PHONE)

        for step, panes in ((people.meet, {REMARKS, "改动", "笔录"}), (people.frozen, {"改动", "笔录"}), (people.orally, {"笔录"})):
            beside.run(step())
            room(eyes, people, panes)
        eyes.look("s1", f"/own/{case}", PHONE)

        beside.run(people.after())
        for who in ("centre", "wang"):
            eyes.look(who, f"/case/{case}")
        past(eyes, case)
        for other in (people.told, people.declined):
            eyes.look("centre", f"/case/{other}")
        eyes.look("centre", "/desk/cases")
        for who, own in (("reporter", case), ("teller", people.told), ("other", people.declined)):
            eyes.look(who, f"/mine/{own}", PHONE)
        eyes.look("s1", f"/join/{people.session}", PHONE)
        eyes.anybody(f"/c/{people.code}")
        eyes.wall()
        assert people.taken == free_fields(), "every free text of the protocol, and nothing else, had it"
        printed(beside.run(people.papers()))
    finally:
        beside.run(stack.aclose())


def room(eyes: Eyes, people: Tagged, panes: set[str]) -> None:
    """As the mediator and a party have it: talk, draft, record, what is agreed. `panes`: that are there for both."""
    for who, size in (("wang", DESK), ("s1", PHONE)):
        path = f"/{'room' if who == 'wang' else 'join'}/{people.session}"
        page = eyes.open(who, path, size)
        if who == "s1":
            page.get_by_role("button", name="回到座位").click()
        eyes.judge(page, path, shown=True)
        opened = [pane for pane in PANES if _opens(page, pane)]
        assert panes <= set(opened), f"{who} finds {opened}"
        page.context.close()


def _opens(page: Page, pane: str) -> bool:
    """Whether it is there to be opened. What is in it is judged."""
    button = page.get_by_role("button", name=re.compile(f"^{pane}")).first
    there = button.is_visible()
    if there:
        button.click()
        Eyes.judge(page, pane, shown=True)
        shot(page, f"markup-{PANES.index(pane)}")
        page.keyboard.press("Escape")  # what lies over the others
    return there


def past(eyes: Eyes, case: str) -> None:
    """Every moment of it."""
    page = eyes.open("wang", f"/case/{case}/past", DESK)
    eyes.judge(page, "/past", shown=True)
    steps = page.get_by_role("slider", name="选一个时间")
    for _ in range(int(str(steps.get_attribute("max")))):
        steps.press("ArrowLeft")
    expect(steps).to_have_value("0")
    eyes.judge(page, "/past", shown=True)


def printed(papers: dict[str, bytes]) -> None:
    """Nothing that is printed fails by it: it stands there as it was written. What is taken away is a page too."""
    for address, data in papers.items():
        if address.endswith(".pdf"):
            text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
            assert "<img" in text, address
    with zipfile.ZipFile(io.BytesIO(papers["/api/residents/export"])) as packed:
        page = packed.read("index.html").decode()
    assert "<img" not in page and "&lt;img" in page
