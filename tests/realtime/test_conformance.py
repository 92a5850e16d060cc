"""RFC 6455 against the real `realtime.endpoint.Connection`, frame by frame over a socket: what the Autobahn testsuite asks of a server.

Groups as there: 1 framing, 2 pings and pongs, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 10 automatic fragments.
Groups 9 (throughput) and 12, 13 (compression) cannot apply: our own benchmarks measure the first, and the second is never agreed to, which
`test_transport.py` proves. The hub echoes nothing and takes binary messages alone. So where Autobahn awaits its text back, a message that is an
application's ping awaits its pong, and text is closed with 4400 when it is text, with 1007 when it is not UTF-8.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgpack
import pytest

from realtime.messages import MESSAGE_LIMIT
from tests.realtime.stage import Running
from tests.realtime.utf8_sequences import INVALID, VALID
from tests.realtime.wire import ASK, BINARY, CLOSE, CONT, PING, PONG, TEXT, Wire, closing, frame, hub_in_a_thread

AUTOBAHN = {"1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "10": 1}
"""How many cases Autobahn has in the groups that apply: 247."""

END = closing(1000)
ENDED = (CLOSE, struct.pack("!H", 1000))
ANSWER = (BINARY, b"")
"""The pong to a message; its payload holds the time and is looked at for its kind alone."""
HALF, OTHER_HALF = frame(BINARY, ASK[:3], fin=False), frame(CONT, ASK[3:])


@dataclass(frozen=True)
class Case:
    """`sent` after the greeting, in packets of `pieces` octets (0: at once); then exactly `awaited` comes back and the stream ends."""

    name: str
    sent: bytes
    awaited: tuple[tuple[int, bytes | int], ...]
    pieces: int = 0


def failed(code: int, *before: tuple[int, bytes]) -> tuple[tuple[int, bytes | int], ...]:
    """The server closes with this code; its reason is its own affair."""
    return (*before, (CLOSE, code))


def padded(size: int) -> bytes:
    """The message that is answered, made `size` octets long by a field that nobody knows."""
    for fill in range(max(0, size - 20), size):
        message = msgpack.packb({"t": "ping", "pad": bytes(fill)})
        if len(message) == size:
            return message
    raise AssertionError(size)


def in_octets(opcode: int, payload: bytes) -> bytes:
    """Each octet a fragment of its own."""
    last = len(payload) - 1
    return b"".join(frame(opcode if n == 0 else CONT, payload[n : n + 1], fin=n == last) for n in range(len(payload)))


def framing() -> Iterator[Case]:
    for size in (0, 125, 126, 127, 128, 65535, 65536):
        yield Case(f"1.1 text of {size}", frame(TEXT, b"*" * size), failed(4400))
    yield Case("1.1 text of 65536 in pieces", frame(TEXT, b"*" * 65536), failed(4400), 997)
    yield Case("1.2 binary of 0", frame(BINARY), failed(4400))
    for size in (125, 126, 127, 128, 65535, 65536, MESSAGE_LIMIT):
        yield Case(f"1.2 binary of {size}", frame(BINARY, padded(size)) + END, (ANSWER, ENDED))
    for pieces in (1, 997):
        yield Case(f"1.2 binary of 65536 by {pieces}", frame(BINARY, padded(65536 if pieces > 1 else 300)) + END, (ANSWER, ENDED), pieces)
    yield Case("1.2 binary above the limit", frame(BINARY, padded(MESSAGE_LIMIT + 1)), failed(1009))
    yield Case("1.2 fragments above the limit", frame(BINARY, bytes(MESSAGE_LIMIT), fin=False) + frame(CONT, b"x"), failed(1009))
    yield Case("1.3 unmasked", frame(BINARY, ASK, masked=False), failed(1002))
    yield Case("1.3 an unmasked ping", frame(PING, b"x", masked=False), failed(1002))


def pings() -> Iterator[Case]:
    for name, payload in (
        ("2.1 empty", b""),
        ("2.2 text", b"Hello"),
        ("2.3 binary", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        ("2.4 125", b"\xfe" * 125),
    ):
        yield Case(name, frame(PING, payload) + END, ((PONG, payload), ENDED))
    yield Case("2.5 126", frame(PING, b"\xfe" * 126), failed(1002))
    yield Case("2.6 octet by octet", frame(PING, b"\xfe" * 125) + END, ((PONG, b"\xfe" * 125), ENDED), 1)
    yield Case("2.7 a pong that nobody asked for", frame(PONG) + END, (ENDED,))
    yield Case("2.8 the same with a payload", frame(PONG, b"unsolicited") + END, (ENDED,))
    yield Case("2.9 the same and a ping", frame(PONG, b"unsolicited") + frame(PING, b"x") + END, ((PONG, b"x"), ENDED))
    ten = [f"payload-{n}".encode() for n in range(10)]
    for number, pieces in ((10, 0), (11, 1)):
        sent = b"".join(frame(PING, p) for p in ten) + END
        yield Case(f"2.{number} ten pings", sent, (*((PONG, p) for p in ten), ENDED), pieces)
    yield Case("2.12 a pong of 126", frame(PONG, bytes(126)), failed(1002))


def reserved_bits() -> Iterator[Case]:
    whole, wrong = frame(BINARY, ASK), failed(1002, ANSWER)
    yield Case("3.1 alone", frame(BINARY, ASK, rsv=1), failed(1002))
    yield Case("3.2 after a message", whole + frame(BINARY, ASK, rsv=2) + frame(PING), wrong)
    yield Case("3.3 in packets", whole + frame(BINARY, ASK, rsv=3) + frame(PING), wrong, 7)
    yield Case("3.4 octet by octet", whole + frame(BINARY, ASK, rsv=4) + frame(PING), wrong, 1)
    yield Case("3.5 on text", frame(TEXT, b"x", rsv=5), failed(1002))
    yield Case("3.6 on a ping", frame(PING, b"Hello", rsv=6), failed(1002))
    yield Case("3.7 on a close", frame(CLOSE, struct.pack("!H", 1000), rsv=7), failed(1002))


def opcodes() -> Iterator[Case]:
    whole = frame(BINARY, ASK)
    for group, first in (("4.1", 3), ("4.2", 11)):
        for number, opcode in enumerate(range(first, first + 5), 1):
            yield Case(f"{group}.{number} {opcode} empty", frame(opcode), failed(1002))
            yield Case(f"{group}.{number} {opcode} after a message", whole + frame(opcode, b"x") + frame(PING), failed(1002, ANSWER))
            yield Case(f"{group}.{number} {opcode} octet by octet", whole + frame(opcode, b"x") + frame(PING), failed(1002, ANSWER), 1)


def fragmentation() -> Iterator[Case]:
    yield Case("5.1 a ping in fragments", frame(PING, b"a", fin=False) + frame(CONT, b"b"), failed(1002))
    yield Case("5.2 a pong in fragments", frame(PONG, b"a", fin=False) + frame(CONT, b"b"), failed(1002))
    between = frame(PING, b"between")
    for number, pieces in ((3, 0), (4, 5), (5, 1)):
        yield Case(f"5.{number} two fragments", HALF + OTHER_HALF + END, (ANSWER, ENDED), pieces)
    for number, pieces in ((6, 0), (7, 5), (8, 1)):
        yield Case(f"5.{number} a ping between two", HALF + between + OTHER_HALF + END, ((PONG, b"between"), ANSWER, ENDED), pieces)
    for number, fin, pieces in ((9, True, 0), (10, True, 5), (11, True, 1), (12, False, 0), (13, False, 5), (14, False, 1)):
        yield Case(f"5.{number} nothing to continue", frame(CONT, b"x", fin=fin) + frame(BINARY, ASK), failed(1002), pieces)
    yield Case("5.15 continued after the end", HALF + OTHER_HALF + frame(CONT, b"x", fin=False), failed(1002, ANSWER))
    for number, fin in ((16, False), (17, True)):
        yield Case(f"5.{number} nothing to continue, twice", (frame(CONT, b"x", fin=fin) + HALF + OTHER_HALF) * 2, failed(1002))
    yield Case("5.18 a message inside a message", HALF + frame(BINARY, ASK), failed(1002))
    five = [frame(BINARY if n == 0 else CONT, ASK[n : n + 1] if n < 4 else ASK[4:], fin=n == 4) for n in range(5)]
    answers = ((PONG, b"between"), (PONG, b"between"), ANSWER, ENDED)
    for number, pieces in ((19, 0), (20, 1)):
        sent = five[0] + five[1] + between + five[2] + five[3] + between + five[4] + END
        yield Case(f"5.{number} five fragments with pings", sent, answers, pieces)
    yield Case("5.21 empty fragments", HALF + frame(CONT, fin=False) * 3 + OTHER_HALF + END, (ANSWER, ENDED))
    yield Case("10.1 fragments of 1300", b"".join(cut(padded(65536), 1300)) + END, (ANSWER, ENDED))


def cut(payload: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(payload), size):
        yield frame(CONT if start else BINARY, payload[start : start + size], fin=start + size >= len(payload))


def utf8() -> Iterator[Case]:
    empty = frame(TEXT, fin=False) + frame(CONT, fin=False)
    yield Case("6.1 three empty fragments", empty + frame(CONT), failed(4400))
    yield Case("6.1 text between empty fragments", empty + frame(CONT, b"middle", fin=False) + frame(CONT), failed(4400))
    for code, group, sequences in ((4400, "6.2 valid", VALID), (1007, "6.3 invalid", INVALID)):
        for octets in sequences:
            yield Case(f"{group} {octets.hex()[:40]}", frame(TEXT, octets), failed(code))
            if len(octets) > 1:
                yield Case(f"{group} {octets.hex()[:40]} in fragments", in_octets(TEXT, octets), failed(code))
    # 6.4: said as soon as it is known, the message is not waited for
    first, bad = frame(TEXT, VALID[0], fin=False), frame(CONT, b"\xf4\x90\x80\x80", fin=False)
    yield Case("6.4 at once", first + bad, failed(1007))
    yield Case("6.4 at once, in packets", first + bad, failed(1007), 1)
    yield Case("6.4 at once, within a letter", first + frame(CONT, b"\xf4", fin=False) + frame(CONT, b"\x90", fin=False), failed(1007))
    yield Case("6.4 a ping is answered meanwhile", first + frame(PING, b"x") + bad, failed(1007, (PONG, b"x")))


def closes() -> Iterator[Case]:
    yield Case("7.1.1 after a message", frame(BINARY, ASK) + END, (ANSWER, ENDED))
    yield Case("7.1.2 twice", END + END, (ENDED,))
    yield Case("7.1.3 a ping afterwards", END + frame(PING), (ENDED,))
    yield Case("7.1.4 a message afterwards", END + frame(BINARY, ASK), (ENDED,))
    yield Case("7.1.5 inside a message", HALF + END + OTHER_HALF, (ENDED,))
    yield Case("7.1.5 inside a message, octet by octet", HALF + END + OTHER_HALF, (ENDED,), 1)
    yield Case("7.1.5 inside a message, with a reason", HALF + closing(3000, b"bye"), ((CLOSE, struct.pack("!H", 3000) + b"bye"),))
    yield Case("7.1.6 after a large message", frame(BINARY, padded(MESSAGE_LIMIT)) + END, (ANSWER, ENDED))
    yield Case("7.3.1 without a code", frame(CLOSE), ((CLOSE, b""),))
    yield Case("7.3.2 of one octet", frame(CLOSE, b"a"), failed(1002))
    yield Case("7.3.3 with a code", END, (ENDED,))
    for number, reason in ((4, b"Hello"), (5, b"*" * 123)):
        yield Case(f"7.3.{number} with a reason of {len(reason)}", closing(1000, reason), ((CLOSE, struct.pack("!H", 1000) + reason),))
    yield Case("7.3.6 with a reason of 124", closing(1000, b"*" * 124), failed(1002))
    yield Case("7.5.1 a reason that is not UTF-8", closing(1000, INVALID[0]), failed(1007))
    yield Case("7.5.2 the same inside a message", HALF + closing(1000, INVALID[0]), failed(1007))
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
        yield Case(f"7.7 code {code}", closing(code), ((CLOSE, struct.pack("!H", code)),))
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"7.9 code {code}", closing(code), failed(1002))


CASES = [case for group in (framing, pings, reserved_bits, opcodes, fragmentation, utf8, closes) for case in group()]


@pytest.fixture(scope="module")
def hub() -> Iterator[Running]:
    with hub_in_a_thread() as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_frame_is_answered_as_the_standard_says(hub: Running, case: Case) -> None:
    with Wire(hub.port) as wire:
        wire.hello().send(case.sent, case.pieces)
        received = wire.rest()
    assert [(opcode, _told(opcode, payload, awaited)) for (opcode, payload), (_, awaited) in zip(received, case.awaited, strict=False)] == [
        *case.awaited
    ]
    assert len(received) == len(case.awaited)


def _told(opcode: int, payload: bytes, awaited: bytes | int) -> bytes | int:
    """Of a close that the server chose, its code; of an answer, that it is one; else the payload itself."""
    if opcode == BINARY and awaited == b"":
        return b"" if msgpack.unpackb(payload, timestamp=3)["t"] == "pong" else payload
    if opcode == CLOSE and isinstance(awaited, int):
        assert payload[2:].decode() is not None
        return int(struct.unpack("!H", payload[:2])[0])
    return payload


def test_there_are_as_many_cases_as_autobahn_has() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    counted = Counter(case.name.partition(".")[0] for case in CASES)
    assert {group: counted[group] for group in AUTOBAHN if counted[group] < AUTOBAHN[group]} == {}


def test_after_all_of_them_nobody_is_left(hub: Running) -> None:
    with Wire(hub.port) as wire:
        wire.hello()
        assert len(hub.hub.readers) == 1
