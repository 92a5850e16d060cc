"""How long a page of 回放 takes from a jump until everybody's picture of that moment is shown: a real Chromium, a real server, loopback.

A session of some minutes is recorded of three people, as fast as it can be taken, encrypted and entered in the books as any; then its mediator opens the
page and jumps to and fro on its time line. Nearly every jump goes to where the page has fetched nothing yet, and most to another segment.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, figure
from rehearsal import clip
from rehearsal.recorded import record
from rehearsal.sender import Sender
from rehearsal.server import serving
from rooms.media import protocol
from web.composition import open_house
from web.demonstration import plant
from web.media import MediaRooms
from web.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
MINUTES, JUMPS = 20.0, 30
SEGMENT = 300.0
SEATS = ("s1", "s2", "s3")
_STILL = """() => new Promise((done, fail) => {
  const began = performance.now()
  let since = began
  const look = () => {
    const shown = [...document.querySelectorAll('.tile video')].filter((video) => video.checkVisibility())
    const still = shown.length >= 2 && shown.every((video) => video.readyState >= 2 && !video.seeking)
    const now = performance.now()
    if (!still) since = now
    if (now - since > 300) done(shown.length)
    else if (now - began > 30000) fail(new Error(`no still picture: ${shown.map((v) => [v.seeking, v.readyState])}`))
    else requestAnimationFrame(look)
  }
  look()
})"""
_JUMP = """(x) => new Promise((done, fail) => {
  const slider = document.querySelector('[role=slider]'), box = slider.getBoundingClientRect()
  const shown = [...document.querySelectorAll('.tile video')].filter((video) => video.checkVisibility() && video.readyState >= 2)
  const place = (video) => `${video.src} ${video.currentTime}`
  const before = new Map(shown.map((video) => [video, place(video)]))
  const there = (video) => place(video) !== before.get(video) && !video.seeking && video.readyState >= 2
  const began = performance.now()
  const look = () => {
    if (shown.every(there)) done([performance.now() - began, shown.length])
    else if (performance.now() - began > 5000) fail(new Error(`no picture at ${x}: ${shown.map((v) => [place(v), v.seeking, v.readyState])}`))
    else requestAnimationFrame(look)
  }
  const at = { bubbles: true, clientX: box.left + box.width * x, clientY: box.top + box.height / 2, pointerId: 1, button: 0 }
  for (const kind of ['pointerdown', 'pointerup', 'click']) slider.dispatchEvent(new (kind === 'click' ? MouseEvent : PointerEvent)(kind, at))
  look()
})"""


async def seeks(minutes: float = MINUTES, jumps: int = JUMPS) -> list[Figure]:
    """Milliseconds from each jump until the last of the pictures is there."""
    assert CHROMIUM.exists(), "it needs Debian's package chromium"
    with tempfile.TemporaryDirectory(prefix="heyi-seek-") as folder:
        case = await _recorded(Path(folder) / "data", 60 * minutes)
        with serving(Path(folder) / "data") as server:
            took = await asyncio.to_thread(_jumped, server.links["mediator"], case, jumps)
    return [
        figure("recording.seek", "ms", took, goal=500.0, digits=0),
        figure("recording.seek.p95", "ms", took, digits=0, quantile=0.95),
    ]


async def _recorded(data: Path, seconds: float) -> str:
    """An installation whose open case has a recording, which ended just now. The case's id."""
    settings = Settings(data=str(data), media_workers=1, log_level="error")
    async with open_house(settings, synthetic=True) as (house, _):
        await plant(house)
        media = next(listener for listener in house.nodes.listeners if isinstance(listener, MediaRooms))
        room = media.open_rooms()[0]
        key = await media.recording.key_of(room)

        def tell(event: dict[str, Any]) -> None:
            media.recording.hear(protocol.Segment(room=room.id, **{name: value for name, value in event.items() if name != "event"}))

        began = time.time() - seconds
        senders = {seat: Sender(clip.load(), began=began, seed=number) for number, seat in enumerate(SEATS)}
        await record(settings.folder / "recordings" / room.id, senders, seconds, key=key, segment=SEGMENT, tell=tell)
        await asyncio.sleep(0.1)  # what the writer told comes over the loop
        await media.recording.entries.written()
        return str(room.case_id)


def _jumped(link: str, case: str, jumps: int) -> list[float]:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--mute-audio"])
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(link)
            page.wait_for_url(lambda url: "/desk" in url)
            page.evaluate(
                "at => { history.pushState({}, '', at); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }",
                f"/case/{case}/playback",
            )
            page.locator("section.stage").wait_for()
            page.get_by_role("slider").focus()
            page.keyboard.press("ArrowRight")
            return [_jump(page, place) for place in _places(jumps)]
        except Error as error:
            raise AssertionError(f"the page: {error}") from None
        finally:
            browser.close()


def _places(jumps: int) -> list[float]:
    """Shares of the time line far enough from each other that another picture must come."""
    chance, found = random.Random(1), [0.0]
    while len(found) <= jumps:
        place = chance.uniform(0.02, 0.98)
        if abs(place - found[-1]) > 0.05:
            found.append(place)
    return found[1:]


def _jump(page: Any, place: float) -> float:
    """Milliseconds of one jump, from when several people's pictures have stood still for a while: one that an earlier jump moves yet is not counted."""
    assert page.evaluate(_STILL) >= 2
    took, pictures = page.evaluate(_JUMP, place)
    assert pictures >= 2, "several people must be seen"
    return float(took)
