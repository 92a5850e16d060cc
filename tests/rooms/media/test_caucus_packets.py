"""Everything that reaches somebody outside of a private talk, packet by packet: nothing of the talk, and no more or less for a talkative one."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter

import pytest

from benchmarks.load import LoadPeer
from rooms.media import rtcp
from signaling.dtls import SrtpError
from tests.rooms.media.conftest import Stage

pytestmark = pytest.mark.anyio
PLENARY = {"m": ["a", "b"], "a": ["m", "b"], "b": ["m", "a"]}
INSIDE = {"m": ["a"], "a": ["m"]}
SECONDS = 3.0


class Talker(LoadPeer):
    """Sends sound and pictures that carry a word of its own in every packet."""

    def __init__(self) -> None:
        super().__init__()
        self.word = secrets.token_bytes(24)

    def _packet(self, ssrc: int, number: int, mid: bytes, sequence: int, timestamp: int, payload: bytes) -> None:
        super()._packet(ssrc, number, mid, sequence, timestamp, payload + self.word)


class Outsider(Talker):
    """Keeps every datagram it receives, and what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.plain: list[bytes] = []
        self.kinds: list[tuple[str, int]] = []

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        if data[0] < 128 or not self._secure.connected:
            self.kinds.append(("stun" if data[0] < 4 else "dtls", len(data)))
            return
        control = 192 <= data[1] <= 223
        try:
            plain = self._secure.unprotect_rtcp(data) if control else self._secure.unprotect(data)
        except SrtpError:
            return
        self.plain.append(plain)
        self.kinds.append((f"rtcp {plain[1]}" if control else "rtp", len(data)))

    def forget(self) -> None:
        self.plain.clear()
        self.kinds.clear()


async def _join(stage: Stage, seat: str, up: Talker, down: LoadPeer) -> None:
    await up.connect((await stage.media.publish(stage.room, seat, up.offer())).answer)
    up.play(0)
    offer = await stage.media.subscribe(stage.room, seat)
    await stage.media.answered(stage.room, seat, offer.revision, down.answer(offer.sdp))
    await down.connect(offer.sdp)


async def _talk(stage: Stage, *, talkative: bool, epoch: int) -> tuple[list[bytes], Counter[tuple[str, int]]]:
    """A talk of the mediator with party a, in which they speak or do not; what party b received meanwhile."""
    ups = {seat: Talker() if seat != "b" else Outsider() for seat in "mab"}
    downs = {seat: Outsider() for seat in "mab"}
    await stage.media.set_routes(stage.room, epoch, PLENARY)
    try:
        for seat in "mab":
            await _join(stage, seat, ups[seat], downs[seat])
        await stage.until(lambda: downs["b"].packets > 50)
        # What is looked for below would be found: in the plenary it is there.
        assert all(any(ups[seat].word in packet for packet in downs["b"].plain) for seat in "ma")
        await stage.media.set_routes(stage.room, epoch + 1, INSIDE)
        for seat in "ma":
            if not talkative:
                ups[seat].pause()
        # What was already on its way when the routes changed has arrived.
        await asyncio.sleep(0.2)
        outside = (ups["b"], downs["b"])
        heard = downs["a"].packets
        for peer in outside:
            assert isinstance(peer, Outsider)
            peer.forget()
        await asyncio.sleep(SECONDS)
        assert (downs["a"].packets > heard + 100) == talkative
        plain = [packet for peer in outside for packet in peer.plain]
        kinds: Counter[tuple[str, int]] = Counter()
        for name, peer in zip(("up", "down"), outside, strict=True):
            kinds.update((f"{name} {kind}", size) for kind, size in peer.kinds)
        words = [ups[seat].word for seat in "ma"]
        sources = {track.ssrc.to_bytes(4, "big") for seat in "ma" for track in (ups[seat]._audio, ups[seat]._video)}
        assert not any(word in packet for word in words for packet in plain), "not a byte of what was said"
        assert not any(source in packet for source in sources for packet in plain), "nor under which numbers"
        return plain, kinds
    finally:
        for seat in "mab":
            await ups[seat].close()
            await downs[seat].close()
            await stage.media.kick(stage.room, seat)


async def test_whoever_is_outside_cannot_tell_a_talkative_talk_from_a_silent_one(stage: Stage) -> None:
    silent, silent_kinds = await _talk(stage, talkative=False, epoch=1)
    talkative, talkative_kinds = await _talk(stage, talkative=True, epoch=3)
    for plain in (silent, talkative):
        for packet in plain:
            # Reports about what the outsider itself sends; no media, and no report of anybody else's.
            assert 200 <= packet[1] <= 206
            reports = rtcp.parse(packet)
            assert not any(isinstance(r, rtcp.SenderReport) for r in reports)
    for kind in silent_kinds.keys() | talkative_kinds.keys():
        # Timers of a second and of checks: one more or less within three seconds.
        assert abs(silent_kinds[kind] - talkative_kinds[kind]) <= 1, (kind, silent_kinds, talkative_kinds)
