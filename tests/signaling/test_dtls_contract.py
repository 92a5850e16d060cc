"""What `signaling.dtls` relies on in aiortc and pylibsrtp beyond their public interfaces.

When one of these tests fails, one of them has changed: read that file first.
"""

from __future__ import annotations

import asyncio
import inspect

import aiortc
import pylibsrtp
import pytest
from aiortc import RTCDtlsTransport
from aiortc import rtcdtlstransport as module
from pylibsrtp._binding import lib

from signaling.dtls import _PREFERENCE, BUFFER, MAX_SRTP_PLAIN, SecureTransport, SrtpError, _on, fingerprint_of, new_certificate
from signaling.errors import DtlsError

pytestmark = pytest.mark.anyio
_GCM = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM


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


def test_what_a_session_of_pylibsrtp_is_made_of() -> None:
    key = bytes(28)
    policy = pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=_GCM)
    session = pylibsrtp.Session(policy)
    assert len(session._cdata) == len(session._buffer) == BUFFER
    assert pylibsrtp.SRTP_MAX_SRTCP_TRAILER_LEN == BUFFER - MAX_SRTP_PLAIN >= pylibsrtp.SRTP_MAX_TRAILER_LEN
    assert session._srtp[0] and lib.srtp_err_status_ok == 0
    with pytest.raises(SrtpError):
        pylibsrtp._srtp_assert(1)


def test_packets_are_sealed_as_the_library_seals_them() -> None:
    key = bytes(range(28))
    out, by_library = (
        pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=_GCM)) for _ in range(2)
    )
    back = pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=_GCM))
    seal, unseal = _on(out, lib.srtp_protect, MAX_SRTP_PLAIN), _on(back, lib.srtp_unprotect, BUFFER)
    for number, size in enumerate((0, 1, 100, MAX_SRTP_PLAIN - 12)):
        packet = b"\x80\x60" + number.to_bytes(2, "big") + bytes(7) + b"\x01" + bytes(size)
        sealed = seal(packet)
        assert sealed == by_library.protect(packet)
        assert unseal(sealed) == packet
        with pytest.raises(SrtpError):
            unseal(sealed)
    for work, longest in ((seal, MAX_SRTP_PLAIN), (unseal, BUFFER)):
        with pytest.raises(ValueError, match="too long"):
            work(b"\x80\x60\x00\x09" + bytes(longest - 3))


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
