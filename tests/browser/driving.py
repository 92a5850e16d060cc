"""Chromium, and the few gestures that several browser tests share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.pictures import wall_picture
from tests.browser.programs import SHELL
from tests.serving import Server

PHONE, DESK, WALL = (360, 640), (1280, 800), (1920, 1080)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=SHELL, args=ARGUMENTS)


def context(browser: Browser, size: tuple[int, int], language: str = "zh-CN", scale: float = 1, agent: str | None = None) -> BrowserContext:
    """A browser of its own, as of another person on another device, which calls itself `agent`. Motion is off, so that nothing is caught half way."""
    phone = size[0] < 600
    return browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        timezone_id="Asia/Shanghai",
        device_scale_factor=scale,
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
        user_agent=agent,
        permissions=["clipboard-read", "clipboard-write"],
    )


def fill_report(page: Page, title: str, township: str = "城关镇", name: str = "吴某", phone: str = "13800007777") -> None:
    """What a resident writes, in the Chinese page."""
    page.get_by_label("一句话说说是什么事").fill(title)
    page.get_by_label("发生了什么").fill("上个月起楼上卫生间漏水，天花板大片掉皮，找过两次都没有修。希望修好并赔偿粉刷费。")
    page.get_by_text(township, exact=True).click()
    page.get_by_label("您的姓名").fill(name)
    page.get_by_label("您的电话").fill(phone)


def come_in(there: BrowserContext, server: Server, role: str) -> Page:
    page = there.new_page()
    page.goto(server.links[role])
    page.wait_for_url(lambda url: "/j#" not in url)
    return page


def photos(count: int) -> list[dict[str, object]]:
    return [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": wall_picture(n, 2600, 1400)} for n in range(count)]
