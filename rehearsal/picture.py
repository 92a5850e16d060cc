"""The first picture of a source, put together from its packets and really decoded.

A viewer has joined when it sees somebody, and packets alone are no picture. Only the first one is decoded: more would cost the machine
that is measured what a browser would cost it, many times over. Payloads are read as RFC 7741 (VP8) has them, by aiortc's parser.
"""

from __future__ import annotations

import av
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtpPacket


class FirstPicture:
    """Fed with packets in the order of their arrival. A keyframe with a hole in it is given up, and the next one awaited."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._last = -1

    def add(self, data: bytes) -> av.VideoFrame | None:
        """The picture, with the packet that completes it."""
        packet = RtpPacket.parse(data)
        if not packet.payload:
            return None
        descriptor, part = VpxPayloadDescriptor.parse(packet.payload)
        # The first bit of a VP8 frame is 0 in a keyframe (RFC 6386, 9.1).
        if descriptor.partition_start and descriptor.partition_id == 0 and part and not part[0] & 1:
            self._parts = [part]
        elif self._parts and packet.sequence_number == (self._last + 1) & 0xFFFF:
            self._parts.append(part)
        else:
            self._parts = []
        self._last = packet.sequence_number
        if not packet.marker or not self._parts:
            return None
        decoder = av.CodecContext.create("vp8", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        pictures = decoder.decode(av.Packet(b"".join(self._parts)))
        self._parts = []
        return pictures[0] if pictures else None
