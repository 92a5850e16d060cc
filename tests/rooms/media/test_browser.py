"""Two real Chromiums with fake cameras see each other through a real worker; ICE restart, and a cut of the routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooms.media import protocol
from rooms.media.rewrite import OVERHEAD
from tests.rooms.media.chromium import NOISE, BrowserSeat, seated
from tests.rooms.media.conftest import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture
async def browsers(stage: Stage) -> AsyncIterator[Stage]:
    async with seated(stage, "ab"):
        yield stage


async def _until(seat: BrowserSeat, more: dict[str, int]) -> dict[str, Any]:
    """Wait until all of these counts have been passed."""
    async with asyncio.timeout(20):
        while True:
            found = await seat.decoded()
            if all(found[name] > count for name, count in more.items()):
                return found
            await asyncio.sleep(0.1)


async def test_two_browsers_see_each_other(browsers: Stage) -> None:
    stage = browsers
    a, b = stage.peers["a"], stage.peers["b"]
    for seat in "ab":
        await stage.peers[seat].page.evaluate("publish()")
        await stage.subscribe(seat)
    await stage.media.set_routes(stage.room, 1, {"a": ["b"], "b": ["a"]})
    for seat, other in ((a, "b"), (b, "a")):
        found = await _until(seat, {"video": 20, "audio": 40})
        assert found["seats"] == [other]
    await stage.until(lambda: len(stage.of(protocol.Speaking)) > 0)

    # A screen is shared, ended and shared again on the connection that is there.
    for on in (True, False, True):
        await b.page.evaluate("on => shareScreen(on)", on)
        kinds = ["audio", "camera", "screen"] if on else ["audio", "camera"]
        assert stage.of(protocol.Tracks)[-1].kinds == kinds
        before = await a.decoded()
        await _until(a, {"video": before["video"] + 20})
    stats = await stage.media.stats(stage.room)
    await stage.until(lambda: len(stage.of(protocol.Offer)) >= 4)
    assert (await a.decoded())["tracks"] == ["b:camera", "b:screen"]
    assert stats["seats"]["b"]["up"]["screen"]["packets"] > 0

    # ICE restart upwards: DTLS and SRTP stay, media goes on.
    before = await a.decoded()
    await b.page.evaluate("restartUp()")
    await _until(a, {"video": before["video"] + 20})

    # ICE restart downwards.
    offer = await stage.media.restart_ice_down(stage.room, "a")
    await stage.media.answered(stage.room, "a", offer.revision, await a.handle_offer(offer.sdp))
    before = await a.decoded()
    await _until(a, {"video": before["video"] + 20})

    await stage.media.set_routes(stage.room, 2, {"b": ["a"]})
    await asyncio.sleep(0.4)
    before = await a.decoded()
    await asyncio.sleep(0.5)
    after = await a.decoded()
    assert after["video"] == before["video"] and after["audio"] == before["audio"]
    stats = await stage.media.stats(stage.room)
    assert stats["seats"]["a"]["refused"] == 0


SPOKEN = """async () => {
  const found = [...(await up.getStats()).values()].filter(one => one.kind === 'audio')
  const sent = found.find(one => one.type === 'outbound-rtp'), source = found.find(one => one.type === 'media-source')
  return [sent?.packetsSent ?? 0, sent?.bytesSent ?? 0, source?.totalSamplesDuration ?? 0]
}"""
"""Packets, bytes of their payloads, and seconds of sound by the microphone's own count."""


async def test_a_voice_fits_a_line_of_forty_kilobits(browsers: Stage) -> None:
    page = browsers.peers["a"].page
    await page.evaluate(NOISE)
    await page.evaluate("publish()")

    async def spoken(packets: int) -> tuple[int, int, float]:
        async with asyncio.timeout(20):
            while (found := await page.evaluate(SPOKEN))[0] < packets:
                await asyncio.sleep(0.1)
        return found[0], found[1], found[2]

    before = await spoken(50)
    after = await spoken(before[0] + 100)
    packets, octets, seconds = (b - a for a, b in zip(before, after, strict=True))
    assert (octets + packets * OVERHEAD) * 8 / seconds < 40_000


async def test_a_camera_comes_in_two_sizes(browsers: Stage) -> None:
    """Simulcast as a browser sends it: both layers arrive, the viewer's window decides which it gets, and changing costs no freeze."""
    stage = browsers
    a, b = stage.peers["a"], stage.peers["b"]
    await b.page.evaluate("publish(true)")
    await a.page.evaluate("publish(false)")
    await stage.subscribe("a")
    await stage.media.set_routes(stage.room, 1, {"a": ["b"]})
    await _height(a, 360)
    layers = (await stage.media.stats(stage.room))["seats"]["b"]["up"]["camera"]["layers"]
    assert len(layers) == 2 and all(layer["packets"] > 0 for layer in layers)
    before = await a.decoded()
    await stage.media.set_layer(stage.room, "a", "b", "camera", "low")
    await _height(a, 180)
    # Nobody uses the large one any more: its sender may stop it.
    await stage.until(lambda: _told(stage) == 1)
    await b.page.evaluate("layers(1)")
    await asyncio.sleep(1.2)
    await stage.media.set_layer(stage.room, "a", "b", "camera", "full")
    await stage.until(lambda: _told(stage) == 2)
    await b.page.evaluate("layers(2)")
    await _height(a, 360)
    after = await a.decoded()
    assert after["video"] > before["video"] + 30
    assert after["frozen"] == before["frozen"]
    down = (await stage.media.stats(stage.room))["seats"]["a"]["down"]["b:camera"]
    assert down["layer"] == 1 and down["fed"]


def _told(stage: Stage) -> int:
    """How many layers its sender was told last that somebody can use; it may be told again where it did not heed that."""
    return next((event.layers for event in reversed(stage.of(protocol.Layers))), 0)


async def _height(seat: BrowserSeat, height: int) -> None:
    """Until the newest decoded picture has this height."""
    async with asyncio.timeout(20):
        while (await seat.decoded()).get("height") != height:
            await asyncio.sleep(0.05)
