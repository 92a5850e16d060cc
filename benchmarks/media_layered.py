"""A light peer whose camera comes in two layers, as a browser's does by simulcast (RFC 8853); a keyframe when it is asked for one."""

from __future__ import annotations

import asyncio
import secrets
import struct
import time

from benchmarks.load import LoadPeer
from benchmarks.media_clip import FRAME_RATE, clip, small
from rooms.media import rtcp

RIDS = "lh"
MID_ID, RID_ID = 4, 10
_HEAD = struct.Struct("!BBHIIHHBBBBBBBB")


class _Layer:
    def __init__(self, rid: str) -> None:
        self.rid = rid
        self.ssrc = secrets.randbits(31)
        self.frames = clip().video if rid == "h" else small()
        self.sequence = 1000
        self.next = self.timestamp = 0
        self.packets = self.octets = 0


class LayeredPeer(LoadPeer):
    """`layers` are from the smallest."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [_Layer(rid) for rid in RIDS]

    def offer(self, kinds: str = "audio video", direction: str = "sendonly") -> str:
        lines = [line for line in super().offer(kinds, direction).split("\r\n") if f"ssrc:{self._video.ssrc}" not in line]
        layers = [f"a=extmap:{RID_ID} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "a=simulcast:send l;h"]
        return "\r\n".join([*lines[:-1], *layers, *(f"a=rid:{rid} send" for rid in RIDS), ""])

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        if data[0] >= 128 and 192 <= data[1] <= 223:
            for report in rtcp.parse(self._secure.unprotect_rtcp(data)):
                if isinstance(report, rtcp.KeyframeRequest):
                    for layer in self.layers:
                        if layer.ssrc == report.ssrc:
                            # The clip has one for each second; a browser encodes one at once.
                            layer.next += -layer.next % FRAME_RATE

    async def _send_video(self, phase: float) -> None:
        begun = time.monotonic() + phase
        for number in range(1 << 30):
            await asyncio.sleep(max(0.0, begun + number / FRAME_RATE - time.monotonic()))
            for layer in self.layers:
                frame = layer.frames[layer.next % len(layer.frames)]
                layer.next += 1
                for place, payload in enumerate(frame):
                    self._layer_packet(layer, number * 3000, payload, last=place == len(frame) - 1)

    def _layer_packet(self, layer: _Layer, timestamp: int, payload: bytes, *, last: bool) -> None:
        extensions = (MID_ID << 4, ord("1"), RID_ID << 4, ord(layer.rid), 0, 0, 0, 0)
        head = _HEAD.pack(
            0x90, 96 | (128 if last else 0), layer.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, layer.ssrc, 0xBEDE, 2, *extensions
        )
        self.send(self._secure.protect(head + payload))
        layer.sequence += 1
        layer.timestamp = timestamp
        layer.packets += 1
        layer.octets += len(payload)
        self.sent += 1

    def _reports(self, ntp: int) -> list[bytes]:
        mine = [rtcp.sender_report(x.ssrc, ntp, x.timestamp, x.packets, x.octets) for x in self.layers if x.packets]
        return super()._reports(ntp) + mine
