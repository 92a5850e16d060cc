"""What a seat's two connections on the worker share: an encrypted peer, and how this side describes itself."""

from __future__ import annotations

from collections.abc import Iterable

from rooms.media.rewrite import Copy, Leg
from signaling.dtls import Certificate, fingerprint_of
from signaling.ice_lite import IcePort
from signaling.negotiation import HEAD, Server
from signaling.peer import Peer

OUR_SSRC = 1
"""The SSRC under which the server reports; it sends no media of its own."""


class Connection:
    """What both directions share."""

    def __init__(self, port: IcePort, certificate: Certificate) -> None:
        self._port = port
        self._certificate = certificate
        self.peer = Peer(port, certificate)
        self.loss = 0.0
        self.round_trip = 0.0
        self._reported_at = 0.0

    @property
    def heard_at(self) -> float:
        """When the peer last gave a sign of life: a check or a report."""
        return max(self.peer.ice.heard_at, self._reported_at)

    def send(self, copies: Iterable[Copy]) -> None:
        """Hand finished packets over, to whomever of the port."""
        burst = self._port.burst
        if burst is None:
            for leg, head, payload in copies:
                leg.way.single(head + payload)
        else:
            burst.send(copies)

    def send_to(self, leg: Leg, packets: Iterable[bytes]) -> None:
        """The same for packets to one viewer."""
        self.send([(leg, packet[:HEAD], packet[HEAD:]) for packet in packets])

    def server(self) -> Server:
        """This side, as descriptions tell it."""
        mine = self.peer.ice.credentials
        return Server(
            mine.ufrag, mine.password, fingerprint_of(self._certificate), tuple(self._port.candidates), self._port.tcp is not None
        )
