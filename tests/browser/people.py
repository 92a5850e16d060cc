"""Real Chromiums with fake cameras: one browser a person, on a phone's or a desk's size."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.accessibility import violations
from tests.browser.programs import SHELL, WHOLE

# Four browsers with video share two cores here: how long a step takes says nothing about whether it works.
expect.set_options(timeout=20_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    # Few pictures a second: what is tested is the same, and software encodes and decodes every one of them.
    "--use-fake-device-for-media-stream=device-count=3,fps=5",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--mute-audio",
]
PHONE = {"width": 360, "height": 640}
DESK = {"width": 1280, "height": 800}
LOADED = """() => [...document.images].every(i => i.complete || i.getBoundingClientRect().top > innerHeight)"""
WALL = {"width": 1920, "height": 1080}


class People:
    """Opens pages; every person has a browser of their own, so that nothing is shared between them but the server."""

    def __init__(self, playwright: Playwright, program: str, sharp: bool) -> None:
        self._playwright, self._program, self._sharp = playwright, program, sharp
        self._browsers: list[Browser] = []
        self._last: Browser | None = None
        self.errors: list[str] = []
        self.barriers: list[str] = []

    def open(
        self,
        url: str,
        size: dict[str, int] = PHONE,
        language: str = "zh-CN",
        own_browser: bool = True,
        devices: bool = True,
        elder: bool = False,
    ) -> Page:
        """`devices` False: the person does not allow camera and microphone. `elder`: large type was chosen before."""
        phone = size["width"] < 700
        context = self._browser(own_browser, devices).new_context(
            viewport=size,
            locale=language,
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone and self._sharp else 1,
            permissions=["camera", "microphone"] if devices else [],
        )
        if elder:
            context.add_init_script("localStorage.setItem('heyi.elder', '1')")
        page = context.new_page()
        page.set_default_timeout(25_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.goto(url)
        # The language that is read comes after the page itself; before it there is nothing to press, and nowhere to drop a file.
        if url.startswith("http"):
            page.locator("#app > *").first.wait_for(state="attached")
        return page

    def _browser(self, own: bool, devices: bool) -> Browser:
        if not devices:
            # The whole one alone asks for permission.
            return self._launch(WHOLE, [a for a in ARGUMENTS if a != "--use-fake-ui-for-media-stream"])
        if own or self._last is None:
            self._last = self._launch(self._program, ARGUMENTS)
        return self._last

    def _launch(self, program: str, arguments: list[str]) -> Browser:
        self._browsers.append(self._playwright.chromium.launch(executable_path=program, args=arguments))
        return self._browsers[-1]

    def look(self, page: Page, name: str, folder: Path | None, least: float = 0, target: float = 44) -> None:
        """Note what would keep somebody from using the page as it is now; take its picture into `folder`, if there is one.

        `least` and `target`: pixels of the smallest text and of the smallest thing to touch.
        """
        self.barriers += violations(page, name, least or (28 if "wall" in name else 16), target)
        if folder is not None:
            page.wait_for_function(LOADED)
            page.screenshot(path=str(folder / f"{name}.png"))

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()


@contextlib.contextmanager
def people(program: str = SHELL, sharp: bool = "HEYI_SCREENS" in os.environ) -> Iterator[People]:
    """`sharp`: phones have two pixels for each of a page, which costs a processor that draws them four times as much; for pictures, and where a size in pixels counts."""
    with sync_playwright() as playwright:
        everybody = People(playwright, program, sharp)
        try:
            yield everybody
        finally:
            everybody.close()


def frames(page: Page) -> dict[str, int]:
    """Decoded frames by source seat, of every playing video that shows somebody else."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('[data-seat] video')].map(v =>
            [v.closest('[data-seat]').dataset.seat, v.getVideoPlaybackQuality().totalVideoFrames]))"""
    )


def advancing(page: Page, *seats: str, by: int = 5) -> None:
    """Wait until that many more frames of each seat have been decoded; with a new connection a video counts from nought again."""
    before = frames(page)
    page.wait_for_function(
        """([before, seats, by]) => seats.every(seat => {
            const total = document.querySelector(`[data-seat="${seat}"] video`)?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
            const had = before[seat] || 0;
            return total >= (total < had ? 0 : had) + by })""",
        arg=[before, list(seats), by],
    )
