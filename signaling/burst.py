"""Many datagrams to many peers in one call to the kernel (sendmmsg(2)), each sealed in the memory from which it is sent.

One packet of a source becomes one for every viewer, all at the same moment. A call for each takes a fifth more of a core, and lets go of Python's lock each
time, which a busy writer thread may then keep for milliseconds. Where the system has no such call (`Burst.open` gives None), packets are sent one by one.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from signaling.dtls import MAX_SRTP_PLAIN, Seal, SrtpContext, refuse, seal, slots

LENGTH = 64
"""Datagrams of one call; a longer burst takes several."""
Address = tuple[Any, ...]


class _Vector(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """struct msghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """struct mmsghdr."""

    _fields_ = (("header", _Header), ("sent", ctypes.c_uint))


class Target:
    """Where a peer's datagrams go: a numeric IPv4 or IPv6 address as the socket's own. `lost()` is called for each that the kernel did not take."""

    __slots__ = ("_name", "length", "lost", "place")

    def __init__(self, address: Address, lost: Callable[[], None]) -> None:
        """Raises `OSError` for a host that is no numeric address."""
        if len(address) == 4:
            raw = socket.inet_pton(socket.AF_INET6, address[0].partition("%")[0])
            name = struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(address[1]), socket.htonl(address[2]), raw, address[3])
        else:
            name = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(address[1]), socket.inet_pton(socket.AF_INET, address[0]))
        self._name = ctypes.create_string_buffer(name, len(name))
        self.place, self.length, self.lost = ctypes.addressof(self._name), len(name), lost


class Burst:
    """For one socket. `add` packets, then `flush` before anything else is awaited."""

    def __init__(self, descriptor: int, call: Callable[[int, int, int, int], int], protect: Seal) -> None:
        self._descriptor, self._call, self._protect = descriptor, call, protect
        found = slots(LENGTH)
        self._vectors, self._messages = (_Vector * LENGTH)(), (_Message * LENGTH)()
        # Each look into an array or a structure makes an object of what is found there.
        self._each = [(slot.view, slot.place, slot.length, self._vectors[n], self._messages[n].header) for n, slot in enumerate(found)]
        for slot, (*_, vector, message) in zip(found, self._each, strict=True):
            vector.base = slot.address
            message.vectors, message.vector_count = ctypes.addressof(vector), 1
        self._at = ctypes.addressof(self._messages)
        self._targets: list[Target | None] = [None] * LENGTH
        self._count = 0

    @classmethod
    def open(cls, sock: socket.socket, protect: Seal = seal) -> Burst | None:
        """None where the system cannot, or has other structures than those above: they are those of Linux with 64 bits."""
        if not sys.platform.startswith("linux") or ctypes.sizeof(_Message) != 64 or ctypes.sizeof(ctypes.c_void_p) != 8:
            return None
        # PyDLL keeps Python's lock: the call does not wait for anything.
        call = ctypes.PyDLL(None).sendmmsg
        call.argtypes, call.restype = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int), ctypes.c_int
        return cls(sock.fileno(), call, protect)

    def add(self, packet: bytes, context: SrtpContext, target: Target) -> None:
        """Protect a packet for a target. Raises `SrtpError`, and `ValueError` for one that is too long; then nothing is sent of it.

        This is done for every packet to every viewer: one call less is a hundredth of what a room costs.
        """
        size = len(packet)
        if size > MAX_SRTP_PLAIN:
            raise ValueError("the packet is too long")
        at = self._count
        view, place, length, vector, message = self._each[at]
        length[0] = size
        view[0:size] = packet
        if status := self._protect(context, place, length):
            refuse(status)
        vector.length = length[0]
        # The same viewers in the same order, nearly always.
        if self._targets[at] is not target:
            self._targets[at] = target
            message.name, message.name_length = target.place, target.length
        self._count = at + 1
        if self._count == LENGTH:
            self.flush()

    def flush(self) -> None:
        """Hand over what was added. A datagram that the kernel does not take costs the others nothing."""
        count, self._count = self._count, 0
        done = 0
        while done < count:
            taken = self._call(self._descriptor, self._at + done * ctypes.sizeof(_Message), count - done, socket.MSG_DONTWAIT)
            if taken <= 0:
                if (target := self._targets[done]) is not None:
                    target.lost()
                taken = 1
            done += taken

    def close(self) -> None:
        """Before the socket is closed: its number may soon be another file's."""
        self._descriptor = -1
