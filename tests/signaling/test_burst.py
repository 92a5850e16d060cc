"""Bursts arrive as they were made, whatever the kernel does not take."""

from __future__ import annotations

import ctypes
import errno
import socket
import sys
from collections.abc import Callable, Iterable, Iterator

import pylibsrtp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling import mmsg
from signaling.burst import LENGTH, SEGMENTS, Burst, Target, Way
from signaling.dtls import MAX_SRTP_PLAIN, SecureTransport
from signaling.negotiation import HEAD

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
        self.due: list[Callable[[], None]] = []
        """What the event loop would do in its next turn."""
        burst = Burst.open(self.out, self.due.append, unsealed)
        assert burst is not None
        self.burst = burst
        self.targets = [self.target(end.getsockname()) for end in self.ends]

    def send(self, copies: Iterable[tuple[Stream, bytes]]) -> None:
        """In a turn of its own."""
        self.burst.send(parted(copies))
        self.turn()

    def turn(self) -> None:
        due, self.due[:] = list(self.due), []
        for flush in due:
            flush()

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


ONE, TWO, THREE, LESS, LATE, LOST = (word.encode() * HEAD for word in ("one", "two", "three", "less", "late", "lost"))
PLAIN, BROKEN = 0, 9
"""Contexts of a seal that does nothing, or answers with libsrtp's status for a packet that was sealed before."""


def unsealed(context: int, place: object, length: object) -> int:
    return context


class Stream:
    """A receiver of its own, as a viewer's slot is."""

    def __init__(self, target: Target | None, context: int | None = PLAIN) -> None:
        self.alone: list[bytes] = []
        self.way = Way(self.alone.append)
        self.way.context, self.way.target = context, target


def parted(copies: Iterable[tuple[Stream, bytes]]) -> list[tuple[Stream, bytes, bytes]]:
    """As a burst takes them: heads, and what follows."""
    return [(stream, packet[:HEAD], packet[HEAD:]) for stream, packet in copies]


PACKETS = st.binary(min_size=HEAD, max_size=300) | st.sampled_from([b"alike" * 40, b"the same" * 25, b"less" * 40])
"""Many of a size, which leave as one message."""


@given(st.lists(st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 2), PACKETS), max_size=LENGTH + 3)), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_every_datagram_arrives_where_it_is_to_and_in_order(stage: Stage, turns: list[tuple[bool, list[tuple[int, bytes]]]]) -> None:
    """Each a turn of its own, or together with the next."""
    streams = [Stream(target) for target in stage.targets]
    sent = [copies for _, copies in turns]
    for alone, copies in turns:
        stage.burst.send(parted((streams[place], packet) for place, packet in copies))
        if alone:
            stage.turn()
    stage.turn()
    for place, end in enumerate(stage.ends):
        mine = [packet for copies in sent for at, packet in copies if at == place]
        assert [end.recv(2000) for _ in mine] == mine
    assert stage.lost == 0 and not any(stream.alone for stream in streams)


class Kernel:
    """The real call, counting; or one that cannot cut messages into packets."""

    def __init__(self, *, cuts: bool = True) -> None:
        found = mmsg.call()
        assert found is not None
        self._call, self._cuts = found, cuts
        self.messages: list[int] = []
        """How many packets each had that was taken."""

    def __call__(self, descriptor: int, at: int, count: int, flags: int) -> int:
        packets = [mmsg.Message.from_address(at + n * mmsg.SIZE).header.vector_count for n in range(count)]
        whole = next((n for n, held in enumerate(packets) if held > 1), count) if not self._cuts else count
        if not whole:
            ctypes.set_errno(errno.EINVAL)
            return -1
        taken = self._call(descriptor, at, whole, flags)
        self.messages += packets[:taken]
        return taken


def made(stage: Stage, kernel: Kernel) -> Burst:
    return Burst(stage.out, kernel, stage.due.append, unsealed)


def test_packets_of_one_size_to_one_peer_go_through_the_kernel_as_one(stage: Stage) -> None:
    kernel = Kernel()
    burst, (first, second, _) = made(stage, kernel), [Stream(target) for target in stage.targets]
    packets = [bytes([n]) * 200 for n in range(SEGMENTS + 1)]
    for packet in packets:
        burst.send(parted([(first, packet), (second, packet)]))
    burst.send(parted([(first, LESS), (second, b"more" * 100), (first, LESS)]))
    stage.turn()
    # The last of a message may be shorter, and ends it; none may be longer.
    assert kernel.messages == [SEGMENTS, SEGMENTS, 2, 1, 1, 1]
    assert [stage.ends[0].recv(500) for _ in range(SEGMENTS + 3)] == [*packets, LESS, LESS]
    assert [stage.ends[1].recv(500) for _ in range(SEGMENTS + 2)] == [*packets, b"more" * 100]


def test_where_the_kernel_cannot_cut_them_they_go_by_themselves_from_then_on(stage: Stage) -> None:
    kernel = Kernel(cuts=False)
    burst, stream, other = made(stage, kernel), Stream(stage.targets[0]), Stream(stage.targets[1])
    packets = [bytes([n]) * 200 for n in range(3)]
    for _ in range(2):
        for packet in packets:
            burst.send(parted([(stream, packet)]))
        burst.send(parted([(other, ONE)]))
        stage.turn()
        assert [stage.ends[0].recv(500) for _ in packets] == packets
        assert stage.ends[1].recv(500) == ONE
    assert kernel.messages == [1, 1, 1, 1, 1] and stage.lost == 0


def test_of_a_message_that_is_not_taken_each_packet_is_counted(stage: Stage) -> None:
    stage.burst.close()
    for _ in range(3):
        stage.burst.send(parted([(Stream(stage.targets[0]), LATE)]))
    stage.turn()
    assert stage.lost == 3


def test_whoever_rides_along_is_called_when_a_turn_has_sent_something(stage: Stage) -> None:
    rides: list[bytes] = []
    stage.burst.after = lambda: rides.append(stage.ends[0].recv(500))
    stage.turn()
    stage.send([(Stream(stage.targets[0]), ONE)])
    assert rides == [ONE], "after it has left"


def test_a_turn_without_end_leaves_in_parts(stage: Stage) -> None:
    """What waits for the next turn is bounded, and so is how long the first of it waits."""
    kernel = Kernel()
    burst, streams = made(stage, kernel), [Stream(stage.target(end.getsockname())) for end in stage.ends for _ in range(LENGTH)]
    burst.send(parted([(stream, ONE) for stream in streams[:LENGTH]]))
    assert len(kernel.messages) == LENGTH and not stage.due


def test_what_the_kernel_does_not_take_costs_the_others_nothing(stage: Stage) -> None:
    host = stage.ends[0].getsockname()[0]
    nowhere = Stream(stage.target((host, 0, 0, 0) if ":" in host else (host, 0)))
    first, second = Stream(stage.targets[0]), Stream(stage.targets[1])
    stage.send([(nowhere, LOST), (first, ONE), (nowhere, LOST), (second, TWO), (nowhere, LOST)])
    assert (stage.ends[0].recv(500), stage.ends[1].recv(500), stage.lost) == (ONE, TWO, 3)


def test_nothing_is_sent_by_a_number_that_may_be_another_file_s(stage: Stage) -> None:
    stage.burst.close()
    stage.send([(Stream(stage.targets[0]), LATE)])
    assert stage.lost == 1
    stage.ends[0].settimeout(0.05)
    with pytest.raises(TimeoutError):
        stage.ends[0].recv(500)


def test_what_cannot_be_sealed_is_counted_and_not_sent(stage: Stage) -> None:
    whole, broken = Stream(stage.targets[0]), Stream(stage.targets[0], BROKEN)
    stage.send([(whole, ONE), (broken, TWO), (whole, bytes(MAX_SRTP_PLAIN + 1)), (whole, THREE)])
    assert [stage.ends[0].recv(500) for _ in range(2)] == [ONE, THREE]
    assert (whole.way.unsendable, broken.way.unsendable) == (1, 1)


def test_who_has_no_handshake_or_no_line_of_udp_is_sent_to_alone(stage: Stage) -> None:
    early, by_tcp = Stream(stage.targets[0], None), Stream(None)
    stage.send([(early, ONE), (by_tcp, TWO), (Stream(stage.targets[0]), THREE)])
    assert (early.alone, by_tcp.alone, stage.ends[0].recv(500)) == ([ONE], [TWO], THREE)


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
    burst = Burst.open(stage.out, stage.due.append)
    assert burst is not None
    stream = Stream(stage.targets[0], mine._srtp[0])
    for number in range(3):
        packet = bytes([0x80, 96]) + number.to_bytes(2, "big") + bytes(HEAD - 4) + b"picture" * number
        burst.send(parted([(stream, packet)]))
        stage.turn()
        assert stage.ends[0].recv(2000) == theirs.protect(packet)
    burst.send(parted([(stream, bytes(HEAD))]))
    assert stream.way.unsendable == 1
