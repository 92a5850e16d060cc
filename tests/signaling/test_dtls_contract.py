"""What `signaling.dtls` relies on in aiortc beyond its public interface.

When one of these tests fails, aiortc has changed: read that file first.
"""

from __future__ import annotations

import asyncio
import inspect

import aiortc
import pytest
from aiortc import RTCDtlsTransport
from aiortc import rtcdtlstransport as module

from signaling.dtls import _PREFERENCE, MAX_SRTP_PLAIN, SecureTransport, SrtpError, fingerprint_of, new_certificate
from signaling.errors import DtlsError

pytestmark = pytest.mark.anyio


class Pipe:
    """A path to another pipe."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.other: Pipe

    async def receive(self) -> bytes:
        return await self.queue.get()

    def send(self, data: bytes) -> None:
        self.other.queue.put_nowait(data)


def _pair() -> tuple[Pipe, Pipe]:
    one, two = Pipe(), Pipe()
    one.other, two.other = two, one
    return one, two


def test_the_pinned_version() -> None:
    assert aiortc.__version__.startswith("1.16."), "raise the pin only together with signaling/dtls.py"


def test_the_transport_is_asked_only_for_what_we_give() -> None:
    source = inspect.getsource(module.RTCDtlsTransport)
    used = {part.split("(")[0].split(".")[0].split(" ")[0].rstrip(",)\n:") for part in source.split("self.transport.")[1:]}
    assert used == {"role", "_recv", "_send"}


def test_names_and_signatures() -> None:
    assert list(inspect.signature(RTCDtlsTransport.__init__).parameters) == ["self", "transport", "certificates"]
    assert list(inspect.signature(RTCDtlsTransport.start).parameters) == ["self", "remoteParameters"]
    for name in ("_set_role", "stop", "on", "state"):
        assert hasattr(RTCDtlsTransport, name)
    assert {p.openssl_profile for p in module.SRTP_PROFILES} <= set(_PREFERENCE)
    assert b"SRTP_AEAD_AES_128_GCM" in {p.openssl_profile for p in module.SRTP_PROFILES}, "this build of libsrtp has no AES-GCM"


async def test_handshake_protection_and_goodbye() -> None:
    left, right = _pair()
    mine, theirs = new_certificate(), new_certificate()
    server, client = SecureTransport(left, mine), SecureTransport(right, theirs, role="client")
    await asyncio.gather(
        server.handshake([("sha-256", fingerprint_of(theirs))], 10), client.handshake([("sha-256", fingerprint_of(mine))], 10)
    )
    assert server._dtls._ssl.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"
    packet = b"\x80\x60\x00\x01" + bytes(8) + b"payload"
    sealed = server.protect(packet)
    assert sealed != packet and client.unprotect(sealed) == packet
    with pytest.raises(SrtpError):
        client.unprotect(sealed)
    report = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    assert server.unprotect_rtcp(client.protect_rtcp(report)) == report
    server.protect(packet[:3] + b"\x02" + bytes(MAX_SRTP_PLAIN - 4))
    closed = asyncio.Event()
    server.on_closed = closed.set
    await client.close()
    await asyncio.wait_for(closed.wait(), 5)
    await server.close()


async def test_the_named_fingerprint_is_demanded() -> None:
    left, right = _pair()
    mine, theirs = new_certificate(), new_certificate()
    server, client = SecureTransport(left, mine), SecureTransport(right, theirs, role="client")
    results = await asyncio.gather(
        server.handshake([("sha-256", fingerprint_of(mine))], 5),
        client.handshake([("sha-256", fingerprint_of(mine))], 5),
        return_exceptions=True,
    )
    assert isinstance(results[0], DtlsError)
    await asyncio.gather(server.close(), client.close())


async def test_silence_ends_in_a_typed_error() -> None:
    server = SecureTransport(_pair()[0], new_certificate())
    with pytest.raises(DtlsError, match=r"within 0\.1 s"):
        await server.handshake([("sha-256", "AA")], 0.1)
    await server.close()
