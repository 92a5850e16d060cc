"""The kernel's call for many datagrams at once (sendmmsg(2)) and its structures, as 64-bit Linux has them."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

Call = Callable[[int, int, int, int], int]
"""(descriptor, address of the messages, their number, flags): how many were taken, or -1."""


class Vector(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Header(ctypes.Structure):
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


class Message(ctypes.Structure):
    """struct mmsghdr: `length` is what the kernel sent of it."""

    _fields_ = (("header", Header), ("length", ctypes.c_uint))


SIZE = 64
"""Bytes of a message, where the structures are those above."""


def call() -> Call | None:
    """None where the system has it not, or has other structures.

    It keeps Python's lock, since it never waits: whoever wanted the lock meanwhile would keep it for milliseconds. `ctypes.get_errno` tells why it failed.
    """
    if not sys.platform.startswith("linux") or ctypes.sizeof(Message) != SIZE or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    found = ctypes.PyDLL(None, use_errno=True).sendmmsg
    found.argtypes, found.restype = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int), ctypes.c_int
    return found


def pack_name(address: tuple[Any, ...]) -> bytes:
    """A numeric IPv4 or IPv6 address as the kernel has it (struct sockaddr_in, sockaddr_in6). Raises `OSError` for a host that is no numeric address."""
    if len(address) == 4:
        raw = socket.inet_pton(socket.AF_INET6, address[0].partition("%")[0])
        return struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(address[1]), socket.htonl(address[2]), raw, address[3])
    return struct.pack("=HH4s8x", socket.AF_INET, socket.htons(address[1]), socket.inet_pton(socket.AF_INET, address[0]))
