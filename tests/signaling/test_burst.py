"""Bursts arrive as they were made, whatever the kernel does not take."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pylibsrtp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.burst import LENGTH, Burst, Target
from signaling.dtls import MAX_SRTP_PLAIN, SecureTransport, SrtpError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the call and these structures")
_GCM = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM


class Stage:
    """A socket with its burst, and others on loopback that take what it sends."""

    def __init__(self, family: socket.AddressFamily, host: str, count: int = 3) -> None:
        self.out = socket.socket(family, socket.SOCK_DGRAM)
        self.out.bind((host, 0))
        self.ends = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(count)]
        for end in self.ends:
            end.bind((host, 0))
            end.settimeout(5)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.lost = 0
        burst = Burst.open(self.out, unsealed)
        assert burst is not None
        self.burst = burst
        self.targets = [self.target(end.getsockname()) for end in self.ends]

    def target(self, address: tuple[object, ...]) -> Target:
        return Target(address, self._lose)

    def _lose(self) -> None:
        self.lost += 1

    def close(self) -> None:
        self.burst.close()
        for one in (self.out, *self.ends):
            one.close()


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(*request.param)
    yield made
    made.close()


PLAIN, BROKEN = 0, 9
"""Contexts of a seal that does nothing, or answers with libsrtp's status for a packet that was sealed before."""


def unsealed(context: int, place: object, length: object) -> int:
    return context


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(min_size=1, max_size=300)), max_size=2 * LENGTH + 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_every_datagram_arrives_where_it_is_to_and_in_order(stage: Stage, sent: list[tuple[int, bytes]]) -> None:
    for place, packet in sent:
        stage.burst.add(packet, PLAIN, stage.targets[place])
    stage.burst.flush()
    for place, end in enumerate(stage.ends):
        mine = [packet for at, packet in sent if at == place]
        assert [end.recv(2000) for _ in mine] == mine
    assert stage.lost == 0


def test_what_the_kernel_does_not_take_costs_the_others_nothing(stage: Stage) -> None:
    host = stage.ends[0].getsockname()[0]
    nowhere = stage.target((host, 0, 0, 0) if ":" in host else (host, 0))
    for target, packet in (
        (nowhere, b"lost"),
        (stage.targets[0], b"one"),
        (nowhere, b"lost"),
        (stage.targets[1], b"two"),
        (nowhere, b"lost"),
    ):
        stage.burst.add(packet, PLAIN, target)
    stage.burst.flush()
    assert (stage.ends[0].recv(100), stage.ends[1].recv(100), stage.lost) == (b"one", b"two", 3)


def test_nothing_is_sent_by_a_number_that_may_be_another_file_s(stage: Stage) -> None:
    stage.burst.close()
    stage.burst.add(b"late", PLAIN, stage.targets[0])
    stage.burst.flush()
    assert stage.lost == 1
    stage.ends[0].settimeout(0.05)
    with pytest.raises(TimeoutError):
        stage.ends[0].recv(100)


def test_what_cannot_be_sealed_is_not_sent(stage: Stage) -> None:
    stage.burst.add(b"one", PLAIN, stage.targets[0])
    with pytest.raises(SrtpError):
        stage.burst.add(b"two", BROKEN, stage.targets[0])
    with pytest.raises(ValueError, match="too long"):
        stage.burst.add(bytes(MAX_SRTP_PLAIN + 1), PLAIN, stage.targets[0])
    stage.burst.add(b"three", PLAIN, stage.targets[0])
    stage.burst.flush()
    assert [stage.ends[0].recv(100) for _ in range(2)] == [b"one", b"three"]


def test_a_name_is_no_address() -> None:
    with pytest.raises(OSError):
        Target(("localhost", 5), lambda: None)


def test_packets_are_sealed_in_their_place_as_in_a_buffer_of_their_own(stage: Stage) -> None:
    """What `SecureTransport` gives for it is the context of a session."""
    assert "context" in SecureTransport.__annotations__
    mine, theirs = (
        pylibsrtp.Session(pylibsrtp.Policy(key=bytes(range(28)), ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=_GCM))
        for _ in range(2)
    )
    burst = Burst.open(stage.out)
    assert burst is not None
    for number in range(3):
        packet = bytes([0x80, 96]) + number.to_bytes(2, "big") + bytes(8) + b"picture" * (number + 1)
        burst.add(packet, mine._srtp[0], stage.targets[0])
        burst.flush()
        assert stage.ends[0].recv(2000) == theirs.protect(packet)
    with pytest.raises(SrtpError):
        burst.add(b"\x80", mine._srtp[0], stage.targets[0])
