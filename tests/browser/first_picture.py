"""How long a person waits for the first picture of somebody else, in real browsers: from the mediator's click on 请进, or from a reload.

`requestVideoFrameCallback` tells when a decoded picture is shown. Both browsers run on one machine and so have one clock.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.figures import as_json, figure

JOIN, RETURN = "media.join_in_browser", "media.return_in_browser"
WATCH = """() => {
  const seen = new WeakSet(), pictures = (window.firstPictures = {})
  const look = () => {
    for (const video of document.querySelectorAll('[data-seat] video')) {
      if (seen.has(video)) continue
      seen.add(video)
      video.requestVideoFrameCallback(() => (pictures[video.closest('[data-seat]').dataset.seat] ??= Date.now()))
    }
    requestAnimationFrame(look)
  }
  look()
}"""
NOTE_CLICKS = "() => document.addEventListener('click', () => (window.clickedAt = Date.now()), true)"


SEEN = "() => Object.keys(window.firstPictures).length > 0"
FIRST = "() => Math.min(...Object.values(window.firstPictures))"


class Joining:
    """Samples in milliseconds, one a person who was let in or came back."""

    def __init__(self, mediator: Page) -> None:
        self._mediator = mediator
        self._joined: list[float] = []
        self._returned: list[float] = []
        mediator.evaluate(NOTE_CLICKS)

    def admit(self, guest: Page, seat: str) -> None:
        """Click 请进 and wait until the guest sees somebody."""
        guest.evaluate(WATCH)
        self._mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="请进").click()
        clicked = self._mediator.evaluate("window.clickedAt")
        guest.wait_for_function(SEEN)
        self._joined.append(guest.evaluate(FIRST) - clicked)

    def come_back(self, guest: Page) -> None:
        """Load the page anew and wait until the guest, whose seat was kept, sees somebody."""
        guest.add_init_script(f"({WATCH})()")
        guest.reload()
        guest.wait_for_function(SEEN)
        self._returned.append(guest.evaluate(FIRST) - guest.evaluate("performance.timeOrigin"))

    def tell(self) -> None:
        """Print the figures; write them to the file that HEYI_FIGURES names."""
        figures = [figure(name, "ms", samples, digits=0) for name, samples in ((JOIN, self._joined), (RETURN, self._returned))]
        told = json.dumps(as_json(figures))
        print(told)
        if path := os.environ.get("HEYI_FIGURES"):
            Path(path).write_text(told)
