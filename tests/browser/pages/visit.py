"""What tests of pages note and keep: whether a page is still the one that was opened, and its picture."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.sitting import SHOTS


def mark(page: Page) -> None:
    """A reload would lose it."""
    page.evaluate("window.sameVisit = true")


def same_visit(page: Page) -> bool:
    return bool(page.evaluate("window.sameVisit === true"))


def shot(page: Page, name: str) -> None:
    if SHOTS is not None:
        page.screenshot(path=str(SHOTS / f"{name}.png"))
