"""A dialog whose act waits for the line, in real Chromium: said where it was asked, and not done after all where somebody thinks better of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import DESK, people
from tests.browser.sitting import SHOTS
from tests.serving import serving

pytestmark = pytest.mark.browser


def escalating(page: Page) -> None:
    page.locator(".talks a").first.click()
    page.get_by_role("button", name="上报综治中心").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("两边都不肯让步")


@pytest.mark.every
def test_what_is_dropped_while_the_line_is_cut_is_not_done(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server, people() as everybody:
        page = everybody.open(server.links["mediator"], DESK)
        escalating(page)
        dialog = page.get_by_role("dialog")
        act = dialog.get_by_role("button", name="上报综治中心")
        page.context.set_offline(True)
        expect(page.get_by_text("正在重连").first).to_be_visible(timeout=15_000)
        act.click()
        expect(dialog.get_by_text("还没有送到")).to_be_visible()
        everybody.look(page, "taking-back-01-waits-desk", SHOTS)
        dialog.get_by_role("button", name="再想想").click()
        expect(dialog).to_have_count(0)
        page.context.set_offline(False)
        expect(page.get_by_text("正在重连")).to_have_count(0, timeout=30_000)
        page.reload()
        expect(page.get_by_role("button", name="上报综治中心")).to_be_visible()
        # and what nobody drops is done once the line is back
        page.get_by_role("button", name="上报综治中心").click()
        dialog.get_by_role("textbox").fill("两边都不肯让步")
        page.context.set_offline(True)
        expect(page.get_by_text("正在重连").first).to_be_visible(timeout=15_000)
        act.click()
        page.context.set_offline(False)
        expect(dialog).to_have_count(0, timeout=30_000)
        expect(page.get_by_role("button", name="上报综治中心")).to_have_count(0)
