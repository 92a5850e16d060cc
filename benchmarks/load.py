"""A light WebRTC client for load: ICE, DTLS and SRTP by the project's own parts, recorded media, no decoding and no copies.

One `LoadPeer` is one connection. It sends the clip of `benchmarks.media_clip` (149 packets a second) with a sender report each second, or
receives and reports each second what it received, and transport-wide feedback where that is offered, as a browser does. What it receives is counted by its plain headers and not decrypted.
It shakes hands as the client and offers one SRTP profile alone, AEAD_AES_128_GCM, so that no engine can choose another.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import struct
import time
from dataclasses import dataclass

from benchmarks.media_clip import AUDIO_RATE, FRAME_RATE, clip
from rooms.media import rtcp
from rooms.media.transport_cc import Arrivals
from signaling import stun
from signaling.dtls import SecureTransport, fingerprint_of, new_certificate
from signaling.errors import StunError
from signaling.negotiation import RTX_TYPES, TRANSPORT_CC_ID, TRANSPORT_CC_URI

REPORT_EVERY, FEEDBACK_EVERY = 1.0, 0.08
ESTIMATE = 20_000_000
"""bit/s that a viewer tells as its line's (REMB): wide enough for everything."""
CIPHER = "SRTP_AEAD_AES_128_GCM"
RTX = set(RTX_TYPES.values())
TRANSPORT_CC_BYTE = TRANSPORT_CC_ID << 4 | 1
_PACKET = struct.Struct("!BBHIIHHI")
_STAMP = struct.Struct("!d")
_CERTIFICATE = new_certificate()
_CODECS = {"audio": ("111", "opus/48000/2"), "video": ("96", "VP8/90000")}


@dataclass(slots=True)
class _Track:
    """Where a track stands: its numbers go on when it is resumed."""

    ssrc: int
    payload_type: int
    mid: bytes
    step: int
    sequence: int = 1000
    timestamp: int = 0
    packets: int = 0
    octets: int = 0


class LoadPeer(asyncio.DatagramProtocol):
    """`packets` counts media packets received, `sent` those sent. With `stamps`, each payload ends with the time it was sent (Unix time, a double)."""

    def __init__(self, *, address: str = "127.0.0.1", stamps: bool = False) -> None:
        self.packets = 0
        self.sent = 0
        self.heads: dict[bytes, bytes] = {}
        """SSRC → sequence number of its last packet, as on the wire."""
        self._stamps = stamps
        self._arrivals = Arrivals()
        self._feeds_back = False
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)
        self._handshake: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._remote = ("", "", ("", 0))
        self._secure = SecureTransport(self, _CERTIFICATE, role="client")
        self._secure._dtls._srtp_profiles = [p for p in self._secure._dtls._srtp_profiles if p.openssl_profile == CIPHER.encode()]
        self._tasks: list[asyncio.Task[None]] = []
        self._playing: list[asyncio.Task[None]] = []
        self._audio = _Track(secrets.randbits(31), 111, b"0", 48_000 // AUDIO_RATE)
        self._video = _Track(secrets.randbits(31), 96, b"1", 90_000 // FRAME_RATE)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._sendto = transport.sendto  # type: ignore[attr-defined]

    def datagram_received(self, data: bytes, addr: object) -> None:
        first = data[0]
        if first >= 128:
            # RFC 5761 section 4: packet types 192 to 223 are RTCP.
            if not 192 <= data[1] <= 223 and data[1] & 127 not in RTX:
                self.packets += 1
                self.heads[data[8:12]] = data[2:4]
            if self._feeds_back and first & 16 and data[16] == TRANSPORT_CC_BYTE:
                self._arrivals.note(data[17] << 8 | data[18], time.monotonic())
        elif first >= 20:
            self._handshake.put_nowait(data)
        else:
            self._stun(data, addr)

    async def receive(self) -> bytes:
        return await self._handshake.get()

    def send(self, data: bytes) -> None:
        self._sendto(data, self._remote[2])

    def offer(self, kinds: str = "audio video", direction: str = "sendonly") -> str:
        """An offer with a section for each of `kinds`, as short as it may be."""
        return self._description([(kind, str(place)) for place, kind in enumerate(kinds.split())], direction)

    def answer(self, offer: str) -> str:
        """An answer that takes every section of the server's offer, and what it offers for repair and feedback."""
        text = self._description(re.findall(r"m=(\w+) .*?a=mid:(\S+)", offer, re.S), "recvonly")
        if TRANSPORT_CC_URI not in offer:
            return text
        self._feeds_back = True
        more = (
            f"a=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC_URI}\r\na=rtcp-fb:96 transport-cc\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        )
        return text.replace("SAVPF 96\r\n", "SAVPF 96 97\r\n").replace("a=rtpmap:96 VP8/90000\r\n", "a=rtpmap:96 VP8/90000\r\n" + more)

    async def connect(self, remote: str) -> None:
        """Shake hands with the server that wrote `remote`."""
        self._remote = _reached(remote)
        # Encoded by now, and not by `play`: that would hold up for seconds whoever shares this loop.
        await asyncio.to_thread(clip)
        await self._open()
        self._tasks.append(asyncio.create_task(self._check()))
        await asyncio.wait_for(self._checked.wait(), 5)
        await self._secure.handshake([("sha-256", re.search(r"a=fingerprint:sha-256 (\S+)", remote)[1])])  # type: ignore[index]
        assert self._secure._dtls._ssl.get_selected_srtp_profile() == CIPHER.encode()  # type: ignore[union-attr]
        self._tasks.append(asyncio.create_task(self._report()))
        if self._feeds_back:
            self._tasks.append(asyncio.create_task(self._feed_back()))

    async def move(self, remote: str) -> None:
        """Go on from another socket, after the server's `remote` has told of new credentials (an ICE restart)."""
        self._transport.close()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self._remote = _reached(remote)
        self._checked.clear()
        self._tasks[0].cancel()
        await self._open()
        self._tasks[0] = asyncio.create_task(self._check())
        await asyncio.wait_for(self._checked.wait(), 5)

    def play(self, phase: float) -> None:
        """Send both tracks from now on; `phase` (s) keeps many publishers from sending in the same instant."""
        if not self._playing:
            self._playing = [asyncio.create_task(self._send_video(phase)), asyncio.create_task(self._send_audio(phase / 2))]

    def pause(self) -> None:
        """Send no media until `play`, which goes on with the next keyframe."""
        for task in self._playing:
            task.cancel()
        self._playing = []

    async def close(self) -> None:
        for task in (*self._tasks, *self._playing):
            task.cancel()
        await self._secure.close()
        self._transport.close()

    async def _open(self) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=self._socket)

    def _stun(self, data: bytes, addr: object) -> None:
        try:
            stun.parse_response(data, self._remote[1])
            self._checked.set()
            return
        except StunError:
            pass
        try:
            # A full agent checks the path, too.
            request = stun.parse_request(data)
            self._sendto(stun.build_response(request.transaction_id, addr, self._password), addr)  # type: ignore[arg-type]
        except StunError:
            pass

    def _description(self, sections: list[tuple[str, str]], direction: str) -> str:
        host, port = self._socket.getsockname()
        candidate = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host"
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mid for _, mid in sections)]
        for kind, mid in sections:
            number, codec = _CODECS[kind]
            lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={direction}", "a=rtcp-mux"]
            lines += ["a=setup:active", f"a=ice-ufrag:{self._ufrag}", f"a=ice-pwd:{self._password}", candidate, "a=end-of-candidates"]
            lines += [f"a=fingerprint:sha-256 {fingerprint_of(_CERTIFICATE)}", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid"]
            lines += [f"a=rtpmap:{number} {codec}"]
            if kind == "video":
                lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in ("nack", "nack pli", "ccm fir", "goog-remb")]
            if direction == "sendonly":
                lines += [f"a=ssrc:{(self._audio if kind == 'audio' else self._video).ssrc} cname:load"]
        return "\r\n".join(lines) + "\r\n"

    async def _check(self) -> None:
        while True:
            request = stun.build_request(secrets.token_bytes(12), self._remote[0], self._ufrag, self._remote[1], nominates=True)
            self.send(request)
            await asyncio.sleep(0.1 if not self._checked.is_set() else 2.5)

    async def _report(self) -> None:
        """Each second: sender reports of what was sent, a receiver report and an estimate for what was received."""
        while True:
            await asyncio.sleep(REPORT_EVERY)
            ntp = int((time.time() + 2_208_988_800) * (1 << 32))
            reports = self._reports(ntp)
            if self.heads:
                ssrcs = [int.from_bytes(ssrc, "big") for ssrc in self.heads]
                heads = [int.from_bytes(head, "big") for head in self.heads.values()]
                blocks = [rtcp.ReportBlock(s, 0, 0, h, 0, 0, 0) for s, h in zip(ssrcs, heads, strict=True)]
                reports += [rtcp.receiver_report(1, blocks) + rtcp.bandwidth(1, ESTIMATE, ssrcs)]
            for report in reports:
                self.send(self._secure.protect_rtcp(report))

    async def _feed_back(self) -> None:
        """What arrived and when, as often as a browser tells it."""
        while True:
            await asyncio.sleep(FEEDBACK_EVERY)
            media = int.from_bytes(next(iter(self.heads), b""), "big")
            if (feedback := self._arrivals.feedback(1, media)) is not None:
                self.send(self._secure.protect_rtcp(feedback))

    def _reports(self, ntp: int) -> list[bytes]:
        return [rtcp.sender_report(t.ssrc, ntp, t.timestamp, t.packets, t.octets) for t in (self._audio, self._video) if t.packets]

    def _packet(self, ssrc: int, number: int, mid: bytes, sequence: int, timestamp: int, payload: bytes) -> bytes:
        # One header extension: MID with id 4, as a browser sends it. `number` is the payload type with the marker bit.
        head = _PACKET.pack(0x90, number, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, 0xBEDE, 1, 0x40000000 | mid[0] << 16)
        if self._stamps:
            payload += _STAMP.pack(time.time())
        data = self._secure.protect(head + payload)
        self.send(data)
        self.sent += 1
        return data

    def _next(self, track: _Track, marker: int, payload: bytes) -> None:
        self._packet(track.ssrc, track.payload_type | marker, track.mid, track.sequence, track.timestamp, payload)
        track.sequence += 1
        track.packets += 1
        track.octets += len(payload)

    async def _send_video(self, phase: float) -> None:
        frames, begun = clip().video, time.monotonic() + phase
        for number in range(1 << 30):
            await asyncio.sleep(max(0.0, begun + number / FRAME_RATE - time.monotonic()))
            frame = frames[number % len(frames)]
            for payload in frame[:-1]:
                self._next(self._video, 0, payload)
            self._next(self._video, 128, frame[-1])
            self._video.timestamp += self._video.step

    async def _send_audio(self, phase: float) -> None:
        payloads, begun = clip().audio, time.monotonic() + phase
        for number in range(1 << 30):
            await asyncio.sleep(max(0.0, begun + number / AUDIO_RATE - time.monotonic()))
            self._next(self._audio, 0, payloads[number % len(payloads)])
            self._audio.timestamp += self._audio.step


def _reached(remote: str) -> tuple[str, str, tuple[str, int]]:
    """(user fragment, password, address) of whoever wrote a description."""
    ufrag, password = (re.search(rf"a=ice-{name}:(\S+)", remote)[1] for name in ("ufrag", "pwd"))  # type: ignore[index]
    host, port = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", remote, re.I).groups()  # type: ignore[union-attr]
    return ufrag, password, (host, int(port))
