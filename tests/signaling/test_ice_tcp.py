"""Connections to the port: framing, limits, and a handshake's worth of packets through them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from signaling import ice_tcp, stun
from signaling.ice_lite import IcePort, IceSession
from signaling.negotiation import AUDIO, Server, Slot, offer_down

pytestmark = pytest.mark.anyio
MEDIA = b"\x80" + bytes(40)


@pytest.fixture
async def port() -> AsyncIterator[IcePort]:
    opened = await IcePort.open("127.0.0.1", 0, [], asyncio.get_running_loop().time)
    yield opened
    opened.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def framed(*packets: bytes) -> bytes:
    return b"".join(len(p).to_bytes(2, "big") + p for p in packets)


def check(session: IceSession) -> bytes:
    return stun.build_request(bytes(12), session.credentials.ufrag, "x", session.credentials.password, nominates=True)


async def read(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.readexactly(int.from_bytes(await reader.readexactly(2), "big")), 5)


async def test_packets_come_and_go_whatever_the_pieces(port: IcePort) -> None:
    session = port.new_session()
    heard: list[bytes] = []
    session.on_media = heard.append
    reader, writer = await asyncio.open_connection(*port.candidates[0])
    whole = framed(check(session), MEDIA + b"1", MEDIA + b"2")
    for piece in (whole[:1], whole[1:30], whole[30:100], whole[100:]):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    _, seen = stun.parse_response(await read(reader), session.credentials.password)
    assert seen == writer.get_extra_info("sockname")
    await until(lambda: len(heard) == 2)
    assert heard == [MEDIA + b"1", MEDIA + b"2"]
    session.send(b"answer")
    assert await read(reader) == b"answer"
    session.close()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    await until(lambda: not port.tcp._by_address)
    session.send(b"to nobody")


async def test_a_datagram_cannot_pass_for_a_connection(port: IcePort) -> None:
    session = port.new_session()
    _, writer = await asyncio.open_connection(*port.candidates[0])
    writer.write(framed(check(session)))
    await until(lambda: session.address is not None)
    heard: list[bytes] = []
    session.on_media = heard.append
    port.datagram_received(MEDIA, session.address[:2])
    assert heard == []
    writer.close()


@pytest.mark.parametrize("nonsense", [b"\x00\x00", (ice_tcp.MAX_PACKET + 1).to_bytes(2, "big"), b"GET / HTTP/1.1\r\n"])
async def test_what_is_no_packet_ends_the_connection(port: IcePort, nonsense: bytes) -> None:
    reader, writer = await asyncio.open_connection(*port.candidates[0])
    writer.write(nonsense)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)


async def test_whoever_proves_nothing_is_closed_and_they_are_not_many(port: IcePort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice_tcp, "PROVEN_WITHIN", 0.3)
    monkeypatch.setattr(ice_tcp, "MAX_UNPROVEN", 3)
    session = port.new_session()
    connections = [await asyncio.open_connection(*port.candidates[0]) for _ in range(4)]
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(connections[3][0].readexactly(1), 5)
    connections[0][1].write(framed(check(session)))
    assert await read(connections[0][0])
    for reader, _ in connections[1:3]:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
    session.send(b"still there")
    assert await read(connections[0][0]) == b"still there"
    for _, writer in connections:
        writer.close()


async def test_a_connection_that_does_not_read_holds_a_bounded_amount(port: IcePort) -> None:
    session = port.new_session()
    reader, writer = await asyncio.open_connection(*port.candidates[0], limit=1024)
    writer.write(framed(check(session)))
    await read(reader)
    transport = next(iter(port.tcp._by_address.values()))._transport
    writer.transport.pause_reading()
    for _ in range(20_000):
        session.send(bytes(1200))
    assert transport.get_write_buffer_size() <= ice_tcp.MAX_HELD + 1202
    writer.transport.abort()


async def test_both_families_are_served_on_one_number() -> None:
    port = await IcePort.open("::", 0, ["::1", "127.0.0.1"], asyncio.get_running_loop().time)
    try:
        session = port.new_session()
        for host, number in port.candidates:
            reader, writer = await asyncio.open_connection(host, number)
            writer.write(framed(check(session)))
            _, seen = stun.parse_response(await read(reader), session.credentials.password)
            assert seen == writer.get_extra_info("sockname")[:2]
            writer.close()
    finally:
        port.close()


def test_tcp_candidates_come_after_udp() -> None:
    server = Server("u", "p", "AA", (("192.0.2.1", 5000), ("2001:db8::1", 5000)), tcp=True)
    lines = [line.split() for line in offer_down([Slot("0", "a", AUDIO, 1)], server, 1).splitlines() if line.startswith("a=candidate")]
    assert [(w[2], w[4], w[8:]) for w in lines[2:]] == [
        ("tcp", "192.0.2.1", ["tcptype", "passive"]),
        ("tcp", "2001:db8::1", ["tcptype", "passive"]),
    ]
    priorities = [int(w[3]) for w in lines]
    assert priorities == sorted(priorities, reverse=True) and len({w[0] for w in lines}) == 4
