"""DTLS and SRTP through aiortc (RFC 5764), over any path that carries datagrams.

This is the only file that knows private parts of aiortc and pylibsrtp; `tests/signaling/test_dtls_contract.py` checks each of them:

- `RTCDtlsTransport(transport, [certificate])` asks of its transport only `role`, `state`, `_recv()` and `_send(data)`;
- `_set_role("server" | "client")`, `_srtp_profiles` (order of preference);
- after `start(RTCDtlsParameters)`: `state`, and `_rx_srtp`, `_tx_srtp`, which are sessions of pylibsrtp.

And of pylibsrtp: a session's `_srtp`, `_cdata`, `_buffer`, the functions of its binding, `_srtp_assert`. Its own methods take 0.8 µs of the 2 that
a packet takes, and that is done for every packet to every viewer.

AES-GCM with 128 bits comes first: it takes half the time of AES-CM with SHA-1 and is strong enough for a key that lives for an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp._binding import ffi, lib

from signaling.errors import DtlsError

HANDSHAKE_SECONDS = 20.0
BUFFER = 1500
"""Bytes that a session of pylibsrtp works in."""
MAX_SRTP_PLAIN = BUFFER - 148
"""Bytes of an RTP or RTCP packet that can be protected: the buffer less libsrtp's largest trailer."""

Certificate = RTCCertificate
SrtpError = pylibsrtp.Error
"""A packet that is forged, replayed or of an unknown stream."""

_PREFERENCE = {b"SRTP_AEAD_AES_128_GCM": 0, b"SRTP_AEAD_AES_256_GCM": 1, b"SRTP_AES128_CM_SHA1_80": 2}


class DatagramPath(Protocol):
    """What carries DTLS: `receive` raises `ConnectionError` when the path is closed."""

    async def receive(self) -> bytes: ...

    def send(self, data: bytes) -> None: ...


def new_certificate() -> Certificate:
    """A self-signed ECDSA P-256 certificate, for the life of one process."""
    return RTCCertificate.generateCertificate()


def fingerprint_of(certificate: Certificate) -> str:
    """The SHA-256 fingerprint in the form of RFC 8122: upper-case pairs joined by colons."""
    return next(f.value for f in certificate.getFingerprints() if f.algorithm == "sha-256")


class _IceSide:
    """The path, in the words that aiortc uses for an ICE transport."""

    state = "completed"

    def __init__(self, path: DatagramPath, role: str) -> None:
        self._path = path
        self.role = "controlled" if role == "server" else "controlling"

    async def _recv(self) -> bytes:
        return await self._path.receive()

    async def _send(self, data: bytes) -> None:
        self._path.send(data)


def _on(session: pylibsrtp.Session, work: Callable[[Any, Any, Any], int], longest: int) -> Callable[[bytes], bytes]:
    """One of libsrtp's four functions on a session, from packet to packet. Raises `SrtpError`, and `ValueError` for a packet of more than
    `longest` bytes: libsrtp writes behind it without asking."""
    buffer, place, length, context = session._buffer, session._cdata, ffi.new("int *"), session._srtp[0]

    def process(packet: bytes) -> bytes:
        size = len(packet)
        if size > longest:
            raise ValueError("the packet is too long")
        length[0] = size
        buffer[0:size] = packet
        if status := work(context, place, length):
            pylibsrtp._srtp_assert(status)
        return buffer[0 : length[0]]

    return process


class Slots:
    """Memory in which packets are sealed, one at a time. `places` has it for Python and for libsrtp, `addresses` for the kernel; `length` is libsrtp's in and out."""

    def __init__(self, count: int) -> None:
        self._memory = [ffi.new("unsigned char[]", BUFFER) for _ in range(count)]
        self.places: list[tuple[memoryview, Any]] = [(memoryview(ffi.buffer(memory)), memory) for memory in self._memory]
        self.addresses = [int(ffi.cast("uintptr_t", memory)) for memory in self._memory]
        self.length = ffi.new("int *")


SrtpContext = Any
"""libsrtp's own, of one session; it lives as long as that."""

Seal = Callable[[SrtpContext, Any, Any], int]
seal: Seal = lib.srtp_protect
"""Protects the packet in a place of `Slots`, whose length there and back stands in `length`: of at most `MAX_SRTP_PLAIN` bytes, for libsrtp writes behind it
without asking. A status: 0, or one of libsrtp's errors."""


class SecureTransport:
    """One DTLS association and the SRTP sessions keyed from it. The four SRTP functions and `context` exist after `handshake`."""

    protect: Callable[[bytes], bytes]
    context: SrtpContext
    """For `seal`."""
    unprotect: Callable[[bytes], bytes]
    protect_rtcp: Callable[[bytes], bytes]
    unprotect_rtcp: Callable[[bytes], bytes]

    def __init__(self, path: DatagramPath, certificate: Certificate, role: str = "server") -> None:
        """`role` is "server" (we wait for the ClientHello, `a=setup:passive`) or "client"."""
        self._dtls = RTCDtlsTransport(_IceSide(path, role), [certificate])  # type: ignore[arg-type]
        self._dtls._set_role(role)
        self._dtls._srtp_profiles = sorted(self._dtls._srtp_profiles, key=lambda p: _PREFERENCE.get(p.openssl_profile, 9))
        self.on_closed: Callable[[], None] = lambda: None

    @property
    def connected(self) -> bool:
        return self._dtls.state == "connected"

    async def handshake(self, fingerprints: Sequence[tuple[str, str]], timeout: float = HANDSHAKE_SECONDS) -> None:
        """Shake hands with a peer whose certificate has these (algorithm, value) fingerprints.

        Raises `DtlsError`, also after `timeout` seconds.
        """
        parameters = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm=a, value=v) for a, v in fingerprints])
        try:
            async with asyncio.timeout(timeout):
                await self._dtls.start(parameters)
        except TimeoutError:
            raise DtlsError(f"no DTLS handshake within {timeout:g} s") from None
        if not self.connected:
            raise DtlsError("the DTLS handshake failed")
        # Kept, since what is made of them holds libsrtp's sessions by their addresses alone.
        self._sessions = transmit, receive = self._dtls._tx_srtp, self._dtls._rx_srtp
        self.protect, self.protect_rtcp = (
            _on(transmit, lib.srtp_protect, MAX_SRTP_PLAIN),
            _on(transmit, lib.srtp_protect_rtcp, MAX_SRTP_PLAIN),
        )
        self.context = transmit._srtp[0]
        self.unprotect, self.unprotect_rtcp = _on(receive, lib.srtp_unprotect, BUFFER), _on(receive, lib.srtp_unprotect_rtcp, BUFFER)
        self._dtls.on("statechange", self._state_changed)

    async def close(self) -> None:
        """Say goodbye to the peer (close_notify) and stop reading."""
        self.on_closed = lambda: None
        await self._dtls.stop()

    def _state_changed(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.on_closed()
