"""A light WebRTC client for load: ICE, DTLS and SRTP by the project's own parts, synthetic media, no decoding and no copies.

One `LoadPeer` is one connection. Video is 360p at 30 frames a second and 750 kbit/s in three packets a frame, audio 50 packets a
second of 32 kbit/s: the load of the figures in the documentation.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import struct
import time

from signaling import stun
from signaling.dtls import SecureTransport, fingerprint_of, new_certificate
from signaling.errors import StunError

_PACKET = struct.Struct("!BBHIIHHI")
_AUDIO_SSRC, _VIDEO_SSRC = 1111, 2222
_KEYFRAME = b"\x10\x50\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 360)
_CERTIFICATE = new_certificate()


class LoadPeer(asyncio.DatagramProtocol):
    """`packets` counts media datagrams received; they are not decrypted."""

    def __init__(self) -> None:
        self.packets = 0
        self.sent = 0
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)
        self._handshake: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._remote = ("", "", ("", 0))
        self._secure = SecureTransport(self, _CERTIFICATE, role="client")
        self._tasks: list[asyncio.Task[None]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._sendto = transport.sendto  # type: ignore[attr-defined]

    def datagram_received(self, data: bytes, addr: object) -> None:
        first = data[0]
        if first >= 128:
            self.packets += 1
        elif first >= 20:
            self._handshake.put_nowait(data)
        else:
            try:
                stun.parse_response(data, self._remote[1])
                self._checked.set()
            except StunError:
                pass

    async def receive(self) -> bytes:
        return await self._handshake.get()

    def send(self, data: bytes) -> None:
        self._sendto(data, self._remote[2])

    def offer(self) -> str:
        """An offer of Opus and VP8, as short as it may be."""
        return self._description("actpass", [("audio", "0", "111", "opus/48000/2"), ("video", "1", "96", "VP8/90000")], "sendonly")

    def answer(self, offer: str) -> str:
        """An answer that takes every section of the server's offer."""
        mids = re.findall(r"m=(\w+) .*?a=mid:(\S+)", offer, re.S)
        sections = [(kind, mid, *(("111", "opus/48000/2") if kind == "audio" else ("96", "VP8/90000"))) for kind, mid in mids]
        return self._description("active", sections, "recvonly")

    async def connect(self, remote: str) -> None:
        """Open a socket and shake hands with the server that wrote `remote`."""
        ufrag, password = (re.search(rf"a=ice-{name}:(\S+)", remote)[1] for name in ("ufrag", "pwd"))  # type: ignore[index]
        host, port = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+)", remote).groups()  # type: ignore[union-attr]
        self._remote = (ufrag, password, (host, int(port)))
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._tasks.append(loop.create_task(self._check()))
        await asyncio.wait_for(self._checked.wait(), 5)
        await self._secure.handshake([("sha-256", re.search(r"a=fingerprint:sha-256 (\S+)", remote)[1])])  # type: ignore[index]

    def play(self, phase: float) -> None:
        """Send both tracks from now on; `phase` (s) keeps many publishers from sending in the same instant."""
        loop = asyncio.get_running_loop()
        self._tasks += [loop.create_task(self._video(phase)), loop.create_task(self._audio(phase))]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._secure.close()
        self._transport.close()

    def _description(self, setup: str, sections: list[tuple[str, str, str, str]], direction: str) -> str:
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(s[1] for s in sections)]
        for kind, mid, number, codec in sections:
            lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", f"a=mid:{mid}", f"a={direction}", "a=rtcp-mux", f"a=setup:{setup}"]
            lines += [f"a=ice-ufrag:{self._ufrag}", f"a=ice-pwd:{self._password}", f"a=rtpmap:{number} {codec}"]
            lines += [f"a=fingerprint:sha-256 {fingerprint_of(_CERTIFICATE)}", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid"]
        return "\r\n".join(lines) + "\r\n"

    async def _check(self) -> None:
        while True:
            request = stun.build_request(secrets.token_bytes(12), self._remote[0], self._ufrag, self._remote[1], nominates=True)
            self.send(request)
            await asyncio.sleep(0.1 if not self._checked.is_set() else 2.5)

    def _packet(self, ssrc: int, number: int, mid: bytes, sequence: int, timestamp: int, payload: bytes) -> None:
        # One header extension: MID with id 4, as a browser sends it.
        head = _PACKET.pack(0x90, number, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, 0xBEDE, 1, 0x40000000 | mid[0] << 16)
        self.send(self._secure.protect(head + payload))
        self.sent += 1

    async def _video(self, phase: float) -> None:
        body, begun = os.urandom(1030), time.monotonic() + phase
        sequence, frame = 1000, 0
        while True:
            await asyncio.sleep(max(0.0, begun + frame / 30 - time.monotonic()))
            first = _KEYFRAME + body if frame % 30 == 0 else b"\x10\x01" + body
            for part, payload in enumerate((first, b"\x00" + body, b"\x00" + body)):
                self._packet(_VIDEO_SSRC, 96 | (128 if part == 2 else 0), b"1", sequence, frame * 3000, payload)
                sequence += 1
            frame += 1

    async def _audio(self, phase: float) -> None:
        body, begun = os.urandom(80), time.monotonic() + phase / 2
        for number in range(1 << 30):
            await asyncio.sleep(max(0.0, begun + number / 50 - time.monotonic()))
            self._packet(_AUDIO_SSRC, 111, b"0", 2000 + number, number * 960, body)
