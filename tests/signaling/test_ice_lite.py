from __future__ import annotations

import pytest

from signaling import ice_lite, stun
from signaling.ice_lite import CONSENT_SECONDS, MAX_ADDRESSES, MAX_QUEUED_HANDSHAKE, IceFull, IcePort, IceSession

pytestmark = pytest.mark.anyio
HERE, THERE = ("192.0.2.1", 1000), ("192.0.2.1", 2000)
DTLS = b"\x16" + bytes(20)
MEDIA = b"\x80" + bytes(20)


class Net:
    """A port without a socket, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.port = IcePort(lambda: self.now)
        self.sent: list[tuple[bytes, tuple]] = []
        self.port.sendto = lambda data, address: self.sent.append((data, address))

    def check(
        self, session: IceSession, address: tuple, *, nominates: bool = True, credentials: ice_lite.Credentials | None = None
    ) -> bool:
        """Send a check; whether it was answered."""
        mine = credentials or session.credentials
        before = len(self.sent)
        self.port.datagram_received(stun.build_request(bytes(12), mine.ufrag, "x", mine.password, nominates=nominates), address)
        return len(self.sent) > before


async def test_checks_are_answered_and_nominate() -> None:
    net = Net()
    one, two = net.port.new_session(), net.port.new_session()
    assert net.check(one, HERE) and net.check(two, THERE)
    assert stun.parse_response(net.sent[0][0], one.credentials.password)[1] == HERE
    heard: list[bytes] = []
    one.on_media = heard.append
    net.port.datagram_received(MEDIA, HERE)
    net.port.datagram_received(MEDIA, THERE)
    assert heard == [MEDIA]
    net.port.datagram_received(DTLS, THERE)
    assert await two.receive() == DTLS
    assert (one.address, two.address) == (HERE, THERE)


async def test_what_is_known_of_the_way_to_an_address_outlives_a_check_from_there() -> None:
    """Browsers nominate again and again; that a path takes no message of several packets need not be found out each time."""
    net = Net()
    net.port.burst = object()  # type: ignore[assignment]
    session = net.port.new_session()
    assert net.check(session, HERE)
    known = session.way.target
    assert known is not None and net.check(session, HERE) and session.way.target is known
    assert net.check(session, THERE) and session.way.target is not known


async def test_a_wrong_password_and_unknown_addresses_change_nothing() -> None:
    net = Net()
    session = net.port.new_session()
    forged = ice_lite.Credentials(session.credentials.ufrag, "0" * 32)
    assert not net.check(session, HERE, credentials=forged)
    for data in (MEDIA, DTLS, b"", b"\x00", bytes(3000), b"\x00" * 40):
        net.port.datagram_received(data, HERE)
    assert session.address is None and not net.sent and not net.port._by_address


async def test_the_nominated_pair_is_followed_to_another_address() -> None:
    net = Net()
    session = net.port.new_session()
    net.check(session, HERE)
    net.check(session, THERE, nominates=False)
    assert session.address == HERE
    net.check(session, THERE)
    assert session.address == THERE


async def test_a_restart_takes_over_at_the_first_new_check() -> None:
    net = Net()
    session = net.port.new_session()
    former = session.credentials
    net.check(session, HERE)
    session.restart()
    assert net.check(session, HERE, credentials=former)
    assert net.check(session, THERE)
    assert session.address == THERE
    assert not net.check(session, HERE, credentials=former)


async def test_consent_runs_out_after_thirty_seconds() -> None:
    net = Net()
    session = net.port.new_session()
    lost: list[bool] = []
    session.on_lost = lambda: lost.append(True)
    net.now = 20.0
    net.check(session, HERE)
    net.now = 20.0 + CONSENT_SECONDS
    net.port.sweep()
    assert not lost
    net.now += 0.1
    net.port.sweep()
    assert lost and session.closed
    assert not net.check(session, HERE)
    with pytest.raises(ConnectionError):
        await session.receive()


async def test_limits() -> None:
    net = Net()
    session = net.port.new_session()
    net.check(session, HERE)
    for _ in range(MAX_QUEUED_HANDSHAKE * 2):
        net.port.datagram_received(DTLS, HERE)
    assert session._handshake.qsize() == MAX_QUEUED_HANDSHAKE
    for number in range(MAX_ADDRESSES * 3):
        net.check(session, ("192.0.2.9", 3000 + number), nominates=False)
    assert len(net.port._by_address) == MAX_ADDRESSES
    assert session.address == HERE
    session.close()
    assert not net.port._by_address and not net.port._by_ufrag
    with pytest.raises(IceFull):
        for _ in range(ice_lite.MAX_SESSIONS + 1):
            net.port.new_session()


async def test_several_addresses_are_advertised() -> None:
    port = await IcePort.open("::", 0, ["192.0.2.5", "2001:db8::5"], lambda: 0.0)
    assert [host for host, _ in port.candidates] == ["192.0.2.5", "2001:db8::5"] and port.candidates[0][1] > 0
    port.close()
    with pytest.raises(ValueError, match="advertise"):
        await IcePort.open("0.0.0.0", 0, [], lambda: 0.0)
