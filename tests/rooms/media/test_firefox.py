"""Firefox and Chromium in one room: each sees and hears the other, Firefox's camera in layers too, and its path can change."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.janus_server import own_address
from tests.rooms.media.chromium import BrowserSeat, seated
from tests.rooms.media.conftest import Stage
from tests.rooms.media.firefox import FirefoxSeat, firefox

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def _advances(seat: BrowserSeat | FirefoxSeat) -> None:
    before = await seat.decoded()
    async with asyncio.timeout(30):
        while True:
            found = await seat.decoded()
            if found["video"] > before["video"] + 20 and found["audio"] > before["audio"] + 20:
                return
            await asyncio.sleep(0.1)


# Firefox takes no candidate on the loopback, so the worker tells the machine's own address too.
@pytest.mark.parametrize("stage", [{"bind": "0.0.0.0", "advertise": ["127.0.0.1", own_address()]}], indirect=True)
async def test_firefox_and_chromium_see_each_other(stage: Stage) -> None:
    await stage.media.set_routes(stage.room, 1, {"a": ["b"], "b": ["a"]})
    async with seated(stage, "a"), firefox(stage, "b") as fox:
        chromium = stage.peers["a"]
        assert isinstance(chromium, BrowserSeat)
        await chromium.page.evaluate("publish(true)")
        await fox.publish(layered=True)
        for seat in "ab":
            await stage.subscribe(seat)
        await _advances(chromium)
        await _advances(fox)
        layers = (await stage.media.stats(stage.room))["seats"]["b"]["up"]["camera"]["layers"]
        assert len(layers) == 2 and layers[0]["packets"] > 0
        await fox.run("async () => { await restartUp(); return null }")
        await _advances(chromium)
        stats = (await stage.media.stats(stage.room))["seats"]
        assert stats["a"]["refused"] == stats["b"]["refused"] == 0
