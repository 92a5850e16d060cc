"""An ICE-lite agent for many peers on one UDP port (RFC 8445 section 2.5, RFC 7983 for telling packets apart), and on TCP connections to
the same number (`ice_tcp`).

A lite agent sends no checks: it answers those of the browser, and follows the pair that the browser nominates. So one socket serves
every peer of a process, found by the user fragment in a check, and from then on by the address the check came from. A datagram
from an unknown address costs one dictionary look-up.

`restart` gives new credentials while DTLS and SRTP stay. The former ones hold until a check with the new ones nominates a pair.
Consent (RFC 7675) is the peer's own checks: when none arrived for 30 s the session is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from signaling import stun
from signaling.burst import Burst, Target, Way
from signaling.errors import StunError
from signaling.ice_tcp import IceTcp

MAX_DATAGRAM = 2048
"""Bytes. Longer datagrams are dropped: a path's MTU is below 1500."""
MAX_QUEUED_HANDSHAKE = 32
"""Datagrams of DTLS kept per peer until they are read; more are dropped, and DTLS repeats them."""
MAX_ADDRESSES = 8
"""Addresses remembered per peer; the oldest goes first."""
MAX_SESSIONS = 1024
CONSENT_SECONDS = 30.0
_RECEIVE_BUFFER = 4 << 20

Address = tuple[Any, ...]


class IceFull(RuntimeError):
    """The port serves `MAX_SESSIONS` peers already. Retrying later may help."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """User fragment and password of one side (RFC 8445 section 5.3): at least 24 and 128 bits of randomness."""

    ufrag: str
    password: str


def _new_credentials() -> Credentials:
    # Letters and digits only: '-' and '_' are no ice-char.
    return Credentials(secrets.token_hex(6), secrets.token_hex(16))


def _drop(_: bytes) -> None:
    """What happens to media before anybody listens."""


class IceSession:
    """One peer on the port. `on_media` gets SRTP and SRTCP datagrams, `receive` the DTLS ones."""

    def __init__(self, port: IcePort, now: float) -> None:
        self._port = port
        self._handshake: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_QUEUED_HANDSHAKE)
        self._addresses: list[Address] = []
        self._former: Credentials | None = None
        self.credentials = _new_credentials()
        self.address: Address | None = None
        self.way = Way(_drop)
        self.sendto = port.sendto
        """Sends (data, address), by UDP or TCP as the nominated address asks. Raises `OSError` where the kernel does not take it."""
        self.heard_at = now
        self.closed = False
        self.on_media: Callable[[bytes], None] = _drop
        self.on_lost: Callable[[], None] = lambda: None

    def restart(self) -> Credentials:
        """New credentials for an ICE restart (RFC 8445 section 9). Only one generation of former ones is kept."""
        if self._former is not None:
            self._port.forget_ufrag(self._former.ufrag)
        self._former, self.credentials = self.credentials, _new_credentials()
        self._port.know_ufrag(self.credentials.ufrag, self)
        return self.credentials

    async def receive(self) -> bytes:
        """The next DTLS datagram. Raises `ConnectionError` once the session is closed."""
        if self.closed and self._handshake.empty():
            raise ConnectionError("the session is closed")
        data = await self._handshake.get()
        if data is None:
            raise ConnectionError("the session is closed")
        return data

    def send(self, data: bytes) -> None:
        """To the nominated address; dropped while there is none, as a lost packet would be."""
        if self.address is not None:
            with contextlib.suppress(OSError):
                self.sendto(data, self.address)

    def close(self) -> None:
        """Forget credentials and addresses, wake the reader. Harmless when repeated."""
        if self.closed:
            return
        self.closed = True
        self.on_media = _drop
        for ufrag in (self.credentials.ufrag, self._former.ufrag if self._former else ""):
            self._port.forget_ufrag(ufrag)
        for address in self._addresses:
            self._port.forget_address(address, self)
        while self._handshake.full():
            self._handshake.get_nowait()
        self._handshake.put_nowait(None)

    def check(self, request: stun.BindingRequest, address: Address, now: float) -> bytes | None:
        """The answer to a check that names one of this session's fragments; None when it is not authentic."""
        current = request.receiver == self.credentials.ufrag
        credentials = self.credentials if current else self._former
        if credentials is None or not request.authentic(credentials.password):
            return None
        self.heard_at = now
        self._learn(address)
        if request.nominates or self.address is None:
            if address != self.address:
                self._send_to(address)
            if current and self._former is not None:
                self._port.forget_ufrag(self._former.ufrag)
                self._former = None
        return stun.build_response(request.transaction_id, (address[0], address[1]), credentials.password)

    def _send_to(self, address: Address) -> None:
        """From now on. What is known of the way to an address stays with it as long as that does not change."""
        self.address = address
        self.sendto = self._port.sender(address)
        bursts = self._port.burst is not None and self.sendto == self._port.sendto
        self.way.target = Target(address, self.way.lose) if bursts else None

    def queue_handshake(self, data: bytes) -> None:
        if not self._handshake.full():
            self._handshake.put_nowait(data)

    def _learn(self, address: Address) -> None:
        self._port.know_address(address, self)
        if address in self._addresses:
            return
        self._addresses.append(address)
        if len(self._addresses) > MAX_ADDRESSES:
            oldest = next(a for a in self._addresses if a != self.address)
            self._addresses.remove(oldest)
            self._port.forget_address(oldest, self)


class IcePort(asyncio.DatagramProtocol):
    """The demultiplexer. `candidates` are the advertised (host, port) pairs: the machine's own addresses, or those a NAT maps 1:1. `tcp`
    is there when connections are taken on the same number."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._by_ufrag: dict[str, IceSession] = {}
        self._by_address: dict[Address, IceSession] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self.sendto: Callable[[bytes, Address], object] = lambda data, address: None
        self.burst: Burst | None = None
        """Where many datagrams may be handed over at once."""
        self.candidates: list[tuple[str, int]] = []
        self.tcp: IceTcp | None = None

    @classmethod
    async def open(cls, host: str, port: int, advertise: list[str], clock: Callable[[], float], *, tcp: bool = True) -> IcePort:
        """Bind one UDP port, and TCP on the same number. `host` may be 0.0.0.0 or :: (then both families); `advertise` are IP addresses
        told to browsers.

        Raises `OSError` when the port is taken and `ValueError` when nothing could be advertised.
        """
        if not advertise:
            if host in ("0.0.0.0", "::"):  # noqa: S104 - a comparison, nothing is bound here
                raise ValueError(f"bound to {host}: at least one address to advertise is needed")
            advertise = [host]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            if host == "::":
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER)
            sock.bind((host, port))
            _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(lambda: cls(clock), sock=sock)
        except BaseException:
            sock.close()
            raise
        bound = int(sock.getsockname()[1])
        # Not by the event loop's transport, which takes longer and would keep what the kernel has no room for: a line must not be
        # lengthened by a queue in here.
        protocol.sendto = sock.sendto
        protocol.burst = Burst.open(sock, asyncio.get_running_loop().call_soon)
        protocol.candidates = [(address, bound) for address in advertise]
        if tcp:
            connections = IceTcp(protocol)
            try:
                await connections.open(host, bound)
            except OSError:
                protocol.close()
                if port:
                    raise
                # The system chose a number that is free for UDP alone.
                return await cls.open(host, port, advertise, clock)
            protocol.tcp = connections
        return protocol

    def sender(self, address: Address) -> Callable[[bytes, Address], object]:
        """What sends to an address."""
        return self.tcp.sendto if self.tcp is not None and address[2:] == ("tcp",) else self.sendto

    def proven(self, address: Address) -> bool:
        """Whether an authentic check came from there."""
        return address in self._by_address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not a check: uvloop's transports are not instances of asyncio's.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """One datagram, told apart by its first byte (RFC 7983): 128–191 media, 0–3 STUN, 20–63 DTLS."""
        size = len(data)
        if not 12 < size <= MAX_DATAGRAM:
            return
        first = data[0]
        session = self._by_address.get(addr)
        if 128 <= first < 192:
            if session is not None:
                session.on_media(data)
        elif first < 4:
            self._check_received(data, addr)
        elif 20 <= first < 64 and session is not None:
            session.queue_handshake(data)

    def error_received(self, exc: Exception) -> None:
        """A peer's port was unreachable: its consent will run out, which is handled there."""

    def new_session(self) -> IceSession:
        """Raises `IceFull`."""
        if len(self._by_ufrag) >= MAX_SESSIONS:
            raise IceFull(f"this port serves {MAX_SESSIONS} connections already")
        session = IceSession(self, self._clock())
        self.know_ufrag(session.credentials.ufrag, session)
        return session

    def sweep(self) -> None:
        """Tell every session without consent that it is lost. Called about once a second."""
        limit = self._clock() - CONSENT_SECONDS
        for session in {id(s): s for s in self._by_ufrag.values()}.values():
            if session.heard_at < limit:
                session.on_lost()
                session.close()

    def close(self) -> None:
        for session in list(self._by_ufrag.values()):
            session.close()
        if self.tcp is not None:
            self.tcp.close()
        if self.burst is not None:
            self.burst.close()
        if self._transport is not None:
            self._transport.close()

    def know_ufrag(self, ufrag: str, session: IceSession) -> None:
        self._by_ufrag[ufrag] = session

    def forget_ufrag(self, ufrag: str) -> None:
        self._by_ufrag.pop(ufrag, None)

    def know_address(self, address: Address, session: IceSession) -> None:
        self._by_address[address] = session

    def forget_address(self, address: Address, session: IceSession) -> None:
        if self._by_address.get(address) is session:
            del self._by_address[address]
            if self.tcp is not None and address[2:] == ("tcp",):
                self.tcp.drop(address)

    def _check_received(self, data: bytes, address: Address) -> None:
        try:
            request = stun.parse_request(data)
        except StunError:
            return
        session = self._by_ufrag.get(request.receiver)
        if session is not None and (answer := session.check(request, address, self._clock())) is not None:
            with contextlib.suppress(OSError):
                self.sender(address)(answer, address)
