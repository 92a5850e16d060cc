"""One encrypted connection to one peer: an ICE session, the DTLS association on it, and SRTP.

It knows nothing of rooms or tracks. Decrypted packets go to `on_rtp` and `on_rtcp`; what a peer sends wrong (forged, replayed or
oversized packets) is counted in `refused` and costs nobody else anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from signaling.dtls import MAX_SRTP_PLAIN, Certificate, SecureTransport, SrtpError
from signaling.errors import DtlsError
from signaling.ice_lite import IcePort


class Peer:
    """States: waiting (no handshake yet) → connected → closed. `on_connected` and `on_closed` are called once each at most."""

    def __init__(self, port: IcePort, certificate: Certificate) -> None:
        self.ice = port.new_session()
        self.ice.on_lost = self._lost
        self._secure = SecureTransport(self.ice, certificate)
        self._task: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.connected = False
        self.closed = False
        self.refused = 0
        self.way = self.ice.way
        self.way.single = self.send_rtp
        self.on_rtp: Callable[[bytes], None] = lambda data: None
        self.on_rtcp: Callable[[bytes], None] = lambda data: None
        self.on_connected: Callable[[], None] = lambda: None
        self.on_closed: Callable[[str], None] = lambda reason: None

    def start(self, fingerprints: Sequence[tuple[str, str]]) -> None:
        """Begin the handshake with the peer whose description named `fingerprints`. Repeated calls are ignored."""
        if self._task is None and not self.closed:
            self._task = asyncio.get_running_loop().create_task(self._shake(list(fingerprints)))

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send; dropped before the handshake and after the end, dropped and counted when too long or too old."""
        if not self.connected:
            return
        if len(packet) > MAX_SRTP_PLAIN:
            self.way.lose()
            return
        try:
            self.ice.sendto(self._protect(packet), self.ice.address)  # type: ignore[arg-type]
        except (SrtpError, OSError):
            # Too old for this one peer's window, or the kernel has no room for it: lost, as on the line. The caller goes on with the others.
            self.way.lose()

    def send_rtcp(self, packet: bytes) -> None:
        if self.connected and len(packet) <= MAX_SRTP_PLAIN:
            self.ice.send(self._secure.protect_rtcp(packet))

    async def close(self) -> None:
        """Take leave of the peer and free its place on the port."""
        if self.closed:
            return
        self._leave()
        if self._task is not None:
            self._task.cancel()
        await self._secure.close()
        self.ice.close()

    async def _shake(self, fingerprints: list[tuple[str, str]]) -> None:
        try:
            await self._secure.handshake(fingerprints)
        except (DtlsError, ConnectionError) as error:
            self._end(str(error))
            return
        self._protect = self._secure.protect
        self.way.context = self._secure.context
        self._unprotect = self._secure.unprotect
        self._secure.on_closed = lambda: self._end("the peer closed the connection")
        self.connected = True
        self.ice.on_media = self._media
        self.on_connected()

    def _media(self, data: bytes) -> None:
        try:
            # RFC 5761 section 4: packet types 192 to 223 are RTCP.
            if 192 <= data[1] <= 223:
                self.on_rtcp(self._secure.unprotect_rtcp(data))
            else:
                self.on_rtp(self._unprotect(data))
        except (SrtpError, ValueError):
            self.refused += 1

    def _lost(self) -> None:
        self._end("nothing was heard from the peer for 30 s")

    def _end(self, reason: str) -> None:
        if self.closed:
            return
        tell = self.on_closed
        self._leave()
        task = asyncio.get_running_loop().create_task(self._secure.close())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        self.ice.close()
        tell(reason)

    def _leave(self) -> None:
        self.closed = True
        self.connected = False
        self.way.context = None
        self.on_rtp = self.on_rtcp = lambda data: None
        self.on_connected = lambda: None
        self.on_closed = lambda reason: None
