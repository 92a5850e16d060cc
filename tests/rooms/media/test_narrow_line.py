"""A real browser watches over a line that carries little more than a voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from benchmarks.line_relay import Fate, LineRelay
from rooms.media import protocol
from tests.rooms.media.chromium import NOISE, BrowserSeat, seated
from tests.rooms.media.conftest import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.browser]
NARROW = 40_000.0

HEARD = """async () => {
  const found = [...(await down.getStats()).values()].find(one => one.type === 'inbound-rtp' && one.kind === 'audio')
  return [found?.totalSamplesReceived ?? 0, (found?.concealedSamples ?? 0) - (found?.silentConcealedSamples ?? 0)]
}"""
"""Samples of sound that were played, and those of them that were made up."""


class Narrow:
    """A browser that reaches the server over a line; what it is told of the server's address is the line's."""

    def __init__(self, seat: BrowserSeat, relay: LineRelay) -> None:
        self._seat, self._relay = seat, relay

    async def handle_offer(self, sdp: str, *, fresh: bool = False) -> str:
        return await self._seat.handle_offer(self._relay.through(sdp), fresh=fresh)

    async def close(self) -> None:
        await self._seat.close()


@pytest.fixture
async def browsers(stage: Stage) -> AsyncIterator[Stage]:
    async with seated(stage, "ab"):
        yield stage


@pytest.mark.parametrize("stage", [{"tcp": False}], indirect=True)
async def test_forty_kilobits_carry_a_voice_and_say_that_they_carry_no_picture(browsers: Stage) -> None:
    stage = browsers
    speaker, listener = stage.peers["a"], stage.peers["b"]
    relay = await LineRelay(("127.0.0.1", stage.media.port), Fate(delay=0.02), Fate(delay=0.02, queue=0.5), 1).open()
    try:
        stage.peers["b"] = Narrow(listener, relay)  # type: ignore[arg-type, assignment]
        await speaker.page.evaluate(NOISE)  # type: ignore[attr-defined]
        await speaker.page.evaluate("publish()")  # type: ignore[attr-defined]
        await stage.media.set_routes(stage.room, 1, {"b": ["a"]})
        await stage.subscribe("b")

        async def heard(samples: int) -> tuple[int, int]:
            async with asyncio.timeout(40):
                while (found := await listener.page.evaluate(HEARD))[0] < samples:  # type: ignore[attr-defined]
                    await asyncio.sleep(0.1)
            return found[0], found[1]

        await heard(48_000)
        relay.narrow(NARROW)
        await stage.until(lambda: any(event.shown == "none" for event in stage.of(protocol.Pictures)))
        before = await heard((await heard(0))[0] + 5 * 48_000)
        after = await heard(before[0] + 8 * 48_000)
        assert (after[1] - before[1]) / (after[0] - before[0]) < 0.1
    finally:
        relay.close()
