"""What keeps people from using a page: axe's serious findings, small text, small targets, a page wider than its screen."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "web" / "client" / "node_modules" / "axe-core" / "axe.min.js"
SMALL_TEXT = """least => {
  const found = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode, box = text.parentElement
    if (!text.data.trim() || !box.checkVisibility() || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(box.tagName)) continue
    if (parseFloat(getComputedStyle(box).fontSize) < least) found.add(text.data.trim().slice(0, 20))
  }
  return [...found]
}"""
SMALL_TARGETS = """least => [...document.querySelectorAll('button, a.btn, nav a, input:not([type=checkbox], [type=radio]), select, textarea')]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().width && !e.closest('.skip') && !e.matches('.el-select__input'))
  .filter(e => Math.min(e.getBoundingClientRect().height, e.getBoundingClientRect().width) < least)
  .map(e => (e.innerText || e.ariaLabel || e.id).slice(0, 20))"""

SETTLED = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const passing = document.getAnimations().filter(a => a.effect.getComputedTiming().endTime !== Infinity);
  await Promise.all(passing.map(a => a.finished.catch(() => null)));
}"""
"""A button that is fading from disabled to enabled has a colour that nobody is asked to read."""

FOUND = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] })
  const scrolled = found.violations.find(one => one.id === 'scrollable-region-focusable')
  if (scrolled) scrolled.nodes = scrolled.nodes.filter(node => !document.querySelector(node.target[0])?.closest('[contenteditable=true]'))
  return { violations: found.violations.filter(one => one.nodes.length) }
}"""
"""What scrolls within a text that is being written is scrolled by the caret, which the keyboard moves: a focus of its own would take it out of the text."""


def violations(page: Page, name: str, least: float = 16, target: float = 44) -> list[str]:
    """Everything found on the page as it is now; empty is good. `least`: pixels of the smallest text; `target`: of what is touched."""
    page.locator("h1, h2").first.wait_for()
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text())
    found = page.evaluate(FOUND)
    problems = [
        f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    problems += [f"{name}: small text {text}" for text in page.evaluate(SMALL_TEXT, least)]
    problems += [f"{name}: small target {text}" for text in page.evaluate(SMALL_TARGETS, target)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        problems.append(f"{name}: wider than the screen")
    return problems
