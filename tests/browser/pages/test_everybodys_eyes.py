"""Pages in real Chromium for everybody's eyes and fingers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import violations
from tests.browser.driving import DESK, PHONE, WALL, come_in, context
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["zh-CN", pytest.param("en-GB", marks=pytest.mark.every)])
def test_pages_are_for_everybody(server: Server, browser: Browser, language: str) -> None:
    """axe finds nothing serious; no text under 16 px (28 on the wall), no page wider than its screen, no target too small to touch."""
    code = server.links["public code"].removeprefix(server.url)
    problems: list[str] = []

    def look(page: Page, name: str, least: float = 16) -> None:
        problems.extend(violations(page, name, least))

    phone = context(browser, PHONE, language)
    page = phone.new_page()
    for path in ("/", "/report", code, "/c/HY-0000-0000", "/sign-in", "/mine", "/verify"):
        page.goto(server.url + path)
        look(page, path)
    page.goto(f"{server.url}/verify")
    page.locator("input[type=file]").set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"x"})
    page.locator(".verdict").wait_for()
    look(page, "verdict")
    phone.close()
    for role, size in (("mediator", DESK), ("mediator", PHONE), ("centre", DESK)):
        there = context(browser, size, language)
        page = come_in(there, server, role)
        page.locator("h1").wait_for()
        look(page, f"{role} {size} /desk")
        if role == "centre":
            page.locator(".lines button").first.click()
            page.get_by_role("dialog").wait_for()
            look(page, "dispatch dialog")
        handle = page.evaluate("sessionStorage.getItem('heyi.as')")
        page.goto(f"{server.url}/desk/cases?as={handle}")
        page.locator("td a").first.wait_for()
        look(page, f"{role} {size} cases")
        page.locator("td a").first.click()
        page.locator(".strip").wait_for()
        look(page, f"{role} {size} case")
        page.goto(f"{server.url}/rights?as={handle}")
        page.get_by_role("combobox").select_option("assignee")
        look(page, f"{role} {size} rights")
        there.close()
    there = context(browser, WALL, language)
    page = come_in(there, server, "wall")
    page.locator(".tiles").wait_for()
    look(page, "wall", least=27.9)
    there.close()
    assert not problems, "\n".join(problems)
