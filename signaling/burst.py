"""Many datagrams to many peers in one call to the kernel (sendmmsg(2)), each sealed in the memory from which it is sent.

One packet of a source becomes one for every viewer, all at the same moment. A call for each takes a fifth more of a core, and lets go of Python's lock each
time, which a busy writer thread may then keep for milliseconds. What is made of datagrams that were read together leaves together, and what of it goes to one peer
in packets of one size goes through the kernel as one (generic segmentation offload, UDP_SEGMENT in udp(7)): the packets of a picture, of which all but the last are
alike. Nothing is waited for: what a turn of the event loop sends leaves at the beginning of the next one, or when it has become `LENGTH` messages.
Where the system has no such call (`Burst.open` gives None), packets are sent one by one.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from signaling.dtls import MAX_SRTP_PLAIN, Seal, Slots, SrtpContext, seal
from signaling.mmsg import SIZE, Call, Message, Vector, call, pack_name
from signaling.negotiation import HEAD

LENGTH = 64
"""Messages of one call; a longer burst takes several."""
SEGMENTS = 4
"""Packets of one message at most."""
_SOL_UDP, _UDP_SEGMENT = 17, 103
_CONTROL = struct.Struct("=QiiH6x")
"""struct cmsghdr with the size of a segment."""
_SIZE_AT = (_CONTROL.size - 8) // 2
"""Where that size stands, in units of two bytes."""
_HEAD = slice(0, HEAD)
_NOT_WHOLE = frozenset({errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP})
"""What the kernel answers where it cannot cut a message into packets: the path takes smaller ones, or the device computes no checksums."""
Address = tuple[Any, ...]
Later = Callable[[Callable[[], None]], object]


class Target:
    """Where a peer's datagrams go: a numeric IPv4 or IPv6 address as the socket's own. `lost()` is called for each that the kernel did not take.

    What is there beside it is the burst's: the flush in which `message` was opened for this target, or -1 where nothing more may be put into it, the size of its
    packets, and whether the kernel cuts messages for it.
    """

    __slots__ = ("_name", "address", "flush", "length", "lost", "message", "place", "size", "whole")

    def __init__(self, address: Address, lost: Callable[[], None]) -> None:
        """Raises `OSError` for a host that is no numeric address."""
        name = pack_name(address)
        self.address = address
        self._name = ctypes.create_string_buffer(name, len(name))
        self.place, self.length, self.lost = ctypes.addressof(self._name), len(name), lost
        self.flush = -1
        self.message = self.size = 0
        self.whole = True


class Way:
    """How packets come to one peer. By bursts where `context` and `target` are both there: after the handshake, on a line of UDP; else by `single`, which
    may drop them. `unsendable` counts what was too long or too old for this peer, or what the kernel did not take."""

    __slots__ = ("context", "single", "target", "unsendable")

    def __init__(self, single: Callable[[bytes], None]) -> None:
        self.context: SrtpContext | None = None
        self.target: Target | None = None
        self.single = single
        self.unsendable = 0

    def lose(self) -> None:
        self.unsendable += 1


class Receiver(Protocol):
    """One stream of a peer."""

    @property
    def way(self) -> Way: ...


class Burst:
    """For one socket. `later(flush)` calls what it is given in the next turn of the event loop."""

    def __init__(self, sock: socket.socket, send: Call, later: Later, protect: Seal) -> None:
        self._socket, self._descriptor, self._call, self._later, self._protect = sock, sock.fileno(), send, later, protect
        slots = Slots(LENGTH * SEGMENTS)
        self._vectors, self._messages = (Vector * len(slots.places))(), (Message * LENGTH)()
        self._places, self._length = slots.places, slots.length
        for vector, address in zip(self._vectors, slots.addresses, strict=True):
            vector.base = address
        # Each look into an array or a structure makes an object of what is found there.
        self._lengths = memoryview(self._vectors).cast("B").cast("Q")
        """Of each vector its address and its length."""
        self._headers = [message.header for message in self._messages]
        self._controls = (ctypes.c_char * (_CONTROL.size * LENGTH))()
        self._sizes = memoryview(self._controls).cast("B").cast("H")
        for n, header in enumerate(self._headers):
            header.vectors, header.vector_count = ctypes.addressof(self._vectors[n * SEGMENTS]), 1
            _CONTROL.pack_into(self._controls, n * _CONTROL.size, _CONTROL.size - 6, _SOL_UDP, _UDP_SEGMENT, 0)
            header.control = ctypes.addressof(self._controls) + n * _CONTROL.size
        self._at = ctypes.addressof(self._messages)
        self._targets: list[Target | None] = [None] * LENGTH
        self._packets, self._handed = [1] * LENGTH, [1] * LENGTH
        """Of each message, as they are now, and as the kernel's headers tell them."""
        self._count = self._flushes = 0
        self._due = False
        self.after: Callable[[], None] = lambda: None
        """Called when a turn has ended in which something was sent; it may be called more than once."""
        self._joins = _segments(sock)

    @classmethod
    def open(cls, sock: socket.socket, later: Later, protect: Seal = seal) -> Burst | None:
        """None where the system cannot."""
        found = call()
        return None if found is None else cls(sock, found, later, protect)

    def send(self, copies: Iterable[tuple[Receiver, bytes, bytes]]) -> None:
        """Protect each packet, given as its head of `HEAD` bytes and the rest, for whom it is, in place, to be handed over with those of the whole turn. One
        that cannot be protected is counted, and costs the others nothing.

        This is done for every packet to every viewer, so it is one loop that calls nothing but what has to be: a call is a hundredth of what a room costs.
        """
        places, length, lengths, protect, targets = self._places, self._length, self._lengths, self._protect, self._targets
        joins, packets, at, flush = self._joins, self._packets, self._count, self._flushes
        size, rest = HEAD, slice(HEAD, HEAD)
        for receiver, head, payload in copies:
            way = receiver.way
            context, target = way.context, way.target
            if context is None or target is None:
                way.single(head + payload)
                continue
            if HEAD + len(payload) != size:
                size = HEAD + len(payload)
                rest = slice(HEAD, size)
            if size > MAX_SRTP_PLAIN:
                way.unsendable += 1
                continue
            if joins and target.flush == flush and size <= target.size:
                number = target.message
                before = packets[number]
            else:
                number, before = at, 0
            slot = number * SEGMENTS + before
            view, place = places[slot]
            length[0] = size
            view[_HEAD], view[rest] = head, payload
            if protect(context, place, length):
                way.unsendable += 1
                continue
            lengths[slot + slot + 1] = length[0]
            packets[number] = before + 1
            if before:
                # All packets of a message but the last are of one size.
                if size < target.size or before + 1 == SEGMENTS:
                    target.flush = -1
                continue
            # The same viewers in the same order, nearly always.
            if targets[at] is not target:
                targets[at] = target
                header = self._headers[at]
                header.name, header.name_length = target.place, target.length
            if joins and target.whole:
                target.flush, target.message, target.size = flush, at, size
            at += 1
            if at == LENGTH:
                self._count = at
                self.flush()
                at, flush = 0, self._flushes
        self._count = at
        if at and not self._due:
            self._due = True
            self._later(self._end_turn)

    def flush(self) -> None:
        """Hand over what was sent so far. A message that the kernel does not take costs the others nothing."""
        count, self._count, self._due = self._count, 0, False
        self._flushes += 1
        self._describe(count)
        done = 0
        while done < count:
            taken = self._call(self._descriptor, self._at + done * SIZE, count - done, socket.MSG_DONTWAIT)
            if taken <= 0:
                self._refused(done, ctypes.get_errno())
                taken = 1
            done += taken

    def _end_turn(self) -> None:
        self.flush()
        self.after()

    def close(self) -> None:
        """Before the socket is closed: its number may soon be another file's."""
        self._descriptor = -1

    def _describe(self, count: int) -> None:
        """Tell the kernel how many packets each message holds, and of what size: all but the last are of one."""
        packets, handed = self._packets, self._handed
        for number in range(count):
            held = packets[number]
            if held != handed[number]:
                handed[number] = held
                header = self._headers[number]
                header.vector_count, header.control_length = held, _CONTROL.size if held > 1 else 0
            if held > 1:
                self._sizes[number * _CONTROL.size // 2 + _SIZE_AT] = self._lengths[number * SEGMENTS * 2 + 1]

    def _refused(self, number: int, why: int) -> None:
        """The kernel does not take a message: each of its packets is lost, unless it only could not be cut; then they go by themselves."""
        target, packets = self._targets[number], self._packets[number]
        if target is None:
            return
        if packets == 1 or why not in _NOT_WHOLE:
            for _ in range(packets):
                target.lost()
            return
        target.whole = False
        for slot in range(number * SEGMENTS, number * SEGMENTS + packets):
            try:
                self._socket.sendto(self._places[slot][0][: self._lengths[slot * 2 + 1]], target.address)
            except OSError:
                target.lost()


def _segments(sock: socket.socket) -> bool:
    """Whether the kernel cuts a message into packets: Linux does from 4.18 on."""
    try:
        sock.getsockopt(_SOL_UDP, _UDP_SEGMENT)
    except OSError:
        return False
    return True
