"""Recordings that a server before this one left, in the playback page of a real browser: what is seen and heard of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.people import DESK, People
from tests.serving import Server, serving
from tests.web.live_session import Session
from web.composition import open_house
from web.settings import Settings

# [time in s, height, brightness of a spot] of the one picture of the page; brightness is 255 for the first fifth of each second.
SEEN = """() => {
  const video = document.querySelector('.tile video')
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
  canvas.getContext('2d').drawImage(video, 0, 0, 8, 8)
  return [video.currentTime, video.videoHeight, canvas.getContext('2d').getImageData(4, 4, 1, 1).data[0]]
}"""
STANDS = """wanted => { const v = document.querySelector('.tile video')
  return v && v.readyState >= 2 && !v.seeking && Math.abs(v.currentTime - wanted) < 0.05 }"""
# Jumps in the very file that the page plays. `shown`: the time of the picture that was shown for each moment asked for.
JUMPS = """async ([source, moments]) => {
  const video = Object.assign(document.createElement('video'), { src: source, muted: true, preload: 'auto' })
  const told = what => new Promise((good, bad) => {
    video.addEventListener(what, good, { once: true })
    video.addEventListener('error', () => bad(video.error.message), { once: true })
  })
  await told('loadeddata')
  const shown = []
  for (const moment of moments) {
    const picture = new Promise(good => video.requestVideoFrameCallback((_, about) => good(about.mediaTime)))
    video.currentTime = moment
    await told('seeked')
    shown.push(await picture)
  }
  return { duration: video.duration, shown }
}"""
# Plays from a moment on. `beeps` and `flashes`: the file's times at which a tone, and white pictures, began.
HEARD = """async ([source, from, seconds]) => {
  const video = Object.assign(document.createElement('video'), { src: source, preload: 'auto' })
  await new Promise(good => video.addEventListener('canplay', good, { once: true }))
  const context = new AudioContext()
  await context.resume()
  const analyser = Object.assign(context.createAnalyser(), { fftSize: 256 })
  context.createMediaElementSource(video).connect(analyser)
  analyser.connect(context.destination)
  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 })
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const beeps = [], flashes = []
  let white = true, loudAt = -1
  const look = (_, about) => {
    pen.drawImage(video, 0, 0, 8, 8)
    const now = pen.getImageData(4, 4, 1, 1).data[0] > 200
    if (now && !white) flashes.push(about.mediaTime)
    white = now
    video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)
  video.currentTime = from
  await video.play()
  const samples = new Float32Array(256)
  while (video.currentTime < from + seconds && !video.ended) {
    analyser.getFloatTimeDomainData(samples)
    if (Math.max(...samples.map(Math.abs)) > 0.05) {
      if (video.currentTime - loudAt > 0.5) beeps.push(video.currentTime)
      loudAt = video.currentTime
    }
    await new Promise(good => setTimeout(good, 5))
  }
  video.pause()
  return { beeps, flashes }
}"""


class Left:
    def __init__(self, server: Server, case: str) -> None:
        self.server, self.case = server, case

    def open(self, everybody: People) -> Page:
        page = everybody.open(self.server.links["mediator"], DESK)
        page.wait_for_url(lambda url: "/desk" in url)
        page.evaluate(
            "case_ => { history.pushState({}, '', `/case/${case_}/playback`); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }",
            self.case,
        )
        page.locator("section.stage").wait_for()
        return page


@contextmanager
def left(data: Path, leave: Callable[[Session, Path], Awaitable[object]]) -> Iterator[Left]:
    """A server that finds what another one left when it was killed, and mends its books as it starts."""

    async def plant() -> str:
        async with open_house(Settings(data=str(data), media_workers=1, log_level="error"), synthetic=True) as (house, _):
            session = Session(house)
            await session.begin()
            await leave(session, data)
            return session.case

    case = asyncio.run(plant())
    with serving(data) as server:
        yield Left(server, case)


def source(page: Page) -> str:
    """Where the page's picture comes from."""
    page.wait_for_function("() => document.querySelector('.tile video')?.src")
    return str(page.evaluate("() => document.querySelector('.tile video').src"))
