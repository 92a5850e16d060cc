"""How long a person waits for the first picture of somebody else: from the mediator's click on 请进, in real browsers.

`requestVideoFrameCallback` tells when a decoded picture is shown. Both browsers run on one machine and so have one clock.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.figures import as_json, figure

NAME = "media.join_in_browser"
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


class Joining:
    """Samples in milliseconds, one a person who was let in."""

    def __init__(self, mediator: Page) -> None:
        self._mediator = mediator
        self.samples: list[float] = []
        mediator.evaluate(NOTE_CLICKS)

    def admit(self, guest: Page, seat: str) -> None:
        """Click 请进 and wait until the guest sees somebody."""
        guest.evaluate(WATCH)
        self._mediator.locator(f"li[data-seat={seat}]").get_by_role("button", name="请进").click()
        clicked = self._mediator.evaluate("window.clickedAt")
        guest.wait_for_function("() => Object.keys(window.firstPictures).length > 0")
        self.samples.append(min(guest.evaluate("Object.values(window.firstPictures)")) - clicked)

    def tell(self) -> None:
        """Print the figure; write it to the file that HEYI_FIGURES names."""
        told = json.dumps(as_json([figure(NAME, "ms", self.samples, digits=0)]))
        print(told)
        if path := os.environ.get("HEYI_FIGURES"):
            Path(path).write_text(told)
