"""Real Chromiums that sit on a stage, where headless peers sit else."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.media.conftest import Stage

CHROMIUM = "/usr/bin/chromium"
URL = "http://localhost/seat"
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]

NOISE = """() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const context = new AudioContext(), end = context.createMediaStreamDestination()
    const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate)
    buffer.getChannelData(0).forEach((_, place, samples) => { samples[place] = Math.random() - 0.5 })
    const source = Object.assign(context.createBufferSource(), {buffer, loop: true})
    source.connect(end)
    source.start()
    return new MediaStream([...end.stream.getAudioTracks(), ...(await open(wanted)).getVideoTracks()])
  }
}"""
"""A microphone that is never silent: a voice that talks all the time costs no more."""


class BrowserSeat:
    """Stands where a headless peer stands on the stage."""

    def __init__(self, page: Any) -> None:
        self.page = page

    async def handle_offer(self, sdp: str, *, fresh: bool = False) -> str:
        return str(await self.page.evaluate("([sdp, fresh]) => answerOffer(sdp, fresh)", [sdp, fresh]))

    async def decoded(self) -> dict[str, Any]:
        return dict(await self.page.evaluate("decoded()"))

    async def close(self) -> None:
        await self.page.close()


@contextlib.asynccontextmanager
async def seated(stage: Stage, seats: str, more: Sequence[str] = ()) -> AsyncIterator[None]:
    """Give each of these seats a tab of one browser, started with `more` arguments."""
    playwright_api = pytest.importorskip("playwright.async_api")
    html = (Path(__file__).parent / "room_page.html").read_text()
    async with playwright_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        context = await browser.new_context(permissions=["camera", "microphone"])
        await context.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
        for seat in seats:
            page = await context.new_page()

            async def publish(offer: str, seat: str = seat) -> str:
                return (await stage.media.publish(stage.room, seat, offer)).answer

            async def restart(offer: str, seat: str = seat) -> str:
                return await stage.media.restart_ice_up(stage.room, seat, offer)

            await page.expose_function("heyiPublish", publish)
            await page.expose_function("heyiRestart", restart)
            await page.goto(URL)
            stage.peers[seat] = BrowserSeat(page)  # type: ignore[assignment]
        try:
            yield
        finally:
            for seat in seats:
                stage.peers.pop(seat)
            await browser.close()
