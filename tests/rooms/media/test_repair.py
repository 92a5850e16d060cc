"""Lost packets on both ways, with a real worker between two light clients."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.load import LoadPeer
from benchmarks.media_watch import Watcher
from rooms.media import rtcp
from signaling.negotiation import TRANSPORT_CC_URI
from tests.rooms.media.conftest import Stage

pytestmark = pytest.mark.anyio


class LossySource(LoadPeer):
    """Loses every 20th video packet once, and sends it again when asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[int] = set()
        self._kept: dict[int, bytes] = {}

    def _packet(self, ssrc, number, mid, sequence, timestamp, payload) -> None:
        if number & 127 == 96 and sequence % 20 == 0:
            send, self.send = self.send, lambda data: self._kept.__setitem__(sequence & 0xFFFF, data)
            super()._packet(ssrc, number, mid, sequence, timestamp, payload)
            self.send = send
        else:
            super()._packet(ssrc, number, mid, sequence, timestamp, payload)

    def datagram_received(self, data, addr) -> None:
        super().datagram_received(data, addr)
        if 192 <= data[1] <= 223 and data[0] >= 128:
            for report in rtcp.parse(self._secure.unprotect_rtcp(data)):
                if isinstance(report, rtcp.Nack):
                    self.asked.update(report.lost)
                    for sequence in report.lost:
                        self.send(self._kept[sequence])


class Viewer(LoadPeer):
    """Keeps the datagrams of video by sequence number. It takes no streams of retransmissions, so that repairs come as they were."""

    def __init__(self) -> None:
        super().__init__()
        self.video: dict[int, list[bytes]] = {}
        self.ssrc = 0

    def answer(self, offer: str) -> str:
        return super().answer("\r\n".join(line for line in offer.split("\r\n") if TRANSPORT_CC_URI not in line))

    def datagram_received(self, data, addr) -> None:
        super().datagram_received(data, addr)
        if data[0] >= 128 and data[1] & 127 == 96:
            self.ssrc = int.from_bytes(data[8:12], "big")
            self.video.setdefault(int.from_bytes(data[2:4], "big"), []).append(data)


async def _meet(stage: Stage, source: LoadPeer, viewer: LoadPeer) -> None:
    """The source sends, the viewer watches it."""
    await stage.media.set_routes(stage.room, 1, {"b": ["a"]})
    await source.connect((await stage.media.publish(stage.room, "a", source.offer())).answer)
    offer = await stage.media.subscribe(stage.room, "b")
    await stage.media.answered(stage.room, "b", offer.revision, viewer.answer(offer.sdp))
    await viewer.connect(offer.sdp)
    source.play(0)


async def test_losses_are_repaired_on_both_ways(stage: Stage) -> None:
    source, viewer = LossySource(), Viewer()
    try:
        await _meet(stage, source, viewer)
        await stage.until(lambda: len(viewer.video) > 200 and len(source.asked) > 5)
        await asyncio.sleep(0.3)
        numbers = sorted(viewer.video)
        # What a viewer is sent may begin with a packet that came late: what came at the source in between it would ask for, and this one does not.
        settled = [n for n in numbers if numbers[0] + 25 < n < numbers[-1] - 25]
        assert settled == list(range(settled[0], settled[-1] + 1)), "every lost packet came in the end"
        camera = (await stage.media.stats(stage.room))["seats"]["a"]["up"]["camera"]
        assert camera["recovered"] >= 5

        # The viewer misses three: it gets the very same datagrams again, and nothing for numbers that never were.
        wanted = settled[-30:-27]
        viewer.send(viewer._secure.protect_rtcp(rtcp.nack(7, viewer.ssrc, [*wanted, (numbers[-1] + 5000) & 0xFFFF])))
        await stage.until(lambda: all(len(viewer.video[n]) == 2 for n in wanted))
        assert all(viewer.video[n][0] == viewer.video[n][1] for n in wanted)
    finally:
        await source.close()
        await viewer.close()


class LossyWatcher(Watcher):
    """Does not hear every 15th datagram of media the first time."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = 0

    def datagram_received(self, data, addr) -> None:
        media = data[0] >= 128 and not 192 <= data[1] <= 223
        self._heard += media
        if not media or self._heard % 15:
            super().datagram_received(data, addr)


async def test_repairs_come_on_a_stream_of_their_own_where_it_is_taken(stage: Stage) -> None:
    source, viewer = LoadPeer(), LossyWatcher()
    try:
        await _meet(stage, source, viewer)
        camera, sound = viewer.of("a", "camera"), viewer.of("a", "audio")
        await stage.until(lambda: camera.reception.recovered >= 10 and sound.reception.recovered >= 2 and len(camera.shown) > 60)
        down = (await stage.media.stats(stage.room))["seats"]["b"]["down"]
        assert down["a:camera"]["repeated"] >= 10
        assert not camera.reception.given_up, "nothing was lost for good"
    finally:
        await source.close()
        await viewer.close()


class SilentWatcher(LossyWatcher):
    """Tells what arrives, and never asks for what did not."""

    def _tell(self, packet: bytes) -> None:
        if packet[1] != 205:
            super()._tell(packet)


async def test_what_feedback_tells_to_be_lost_comes_unasked_on_a_line_that_loses_much(stage: Stage) -> None:
    source, viewer = LoadPeer(), SilentWatcher()
    try:
        await _meet(stage, source, viewer)
        camera = viewer.of("a", "camera")
        await stage.until(lambda: camera.reception.recovered >= 20)
        recovered, shown = camera.reception.recovered, len(camera.shown)
        await stage.until(lambda: camera.reception.recovered > recovered + 10 and len(camera.shown) > shown + 60)
    finally:
        await source.close()
        await viewer.close()
