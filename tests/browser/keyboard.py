"""A page by keyboard alone: going to a control by Tab, and what a whole round of Tab meets."""

from __future__ import annotations

from playwright.sync_api import Page

NAME = """() => {
  const e = document.activeElement
  if (e === document.body) return ""
  return [e.ariaLabel, e.labels?.[0]?.innerText, e.innerText, e.placeholder].filter(Boolean).join(' ')
}"""
REMEMBER = "() => { window.stops ??= new Set(); window.stops.add(document.activeElement) }"
# Focus is seen where an outline or a ring is drawn, on the control itself or on the clause that holds it.
DULL = """() => [...window.stops].filter(e => e !== document.body && e.isConnected).filter(e => {
  e.focus({ focusVisible: true })
  const s = getComputedStyle(e), clause = e.closest('.ProseMirror')
  return !((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none' || clause)
}).map(e => e.outerHTML.slice(0, 120))"""
MISSED = """() => [...document.querySelectorAll('button:not([disabled]), a[href], input, select, textarea, [tabindex="0"]')]
  .filter(e => e.checkVisibility() && e.tabIndex >= 0 && !window.stops.has(e)).map(e => e.outerHTML.slice(0, 120))"""


def focused(page: Page) -> str:
    """What the focused control is called."""
    return page.evaluate(NAME)


def go(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(80):
        if name in focused(page):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {name}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    go(page, name)
    page.keyboard.press(key)


def obstacles(page: Page) -> list[str]:
    """After a whole round of Tab: controls that it did not meet, and controls whose focus is not seen."""
    page.evaluate("() => { window.stops = new Set(); document.activeElement.blur() }")
    for _ in range(page.locator("button, a, input, select, textarea, [tabindex]").count() + 4):
        page.keyboard.press("Tab")
        page.evaluate(REMEMBER)
    return [f"not met: {e}" for e in page.evaluate(MISSED)] + [f"focus unseen: {e}" for e in page.evaluate(DULL)]
