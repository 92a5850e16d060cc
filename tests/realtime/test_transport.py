"""What a stranger can do to the websocket before and below any message: origins, deadlines, sizes, silence, and what the logs keep of it."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgpack
import pytest

from realtime.endpoint import WRITE_LIMIT
from realtime.messages import MESSAGE_LIMIT
from tests.realtime.stage import TOPIC
from tests.realtime.wire import ASK, BINARY, CONT, HELLO, PING, Wire, frame, hub_in_a_thread, request
from tests.serving import Server, Visitor, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("transport") / "data", HEYI_LOG_LEVEL="debug") as found:
        yield found


@pytest.fixture
async def centre(server: Server) -> Visitor:
    visitor = Visitor(server)
    await visitor.open(server.links["centre"])
    return visitor


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


# who may connect


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 101),  # not a browser; the cookie alone decides
        (["Origin: http://127.0.0.1:{port}"], 101),
        (["Origin: "], 403),
        (["Origin: http://127.0.0.1"], 403),  # another port is another origin
        (["Origin: http://127.0.0.1:{port}@evil.example.org"], 403),
        (["Origin: http://evil.example.org/127.0.0.1:{port}"], 403),
        (["Origin: http://127.0.0.1:{port}", "Origin: http://evil.example.org"], 400),
        (["Host: evil.example.org"], 400),  # a second one
    ],
)
async def test_pages_of_others_may_not_connect(centre: Visitor, headers: list[str], status: int) -> None:
    port = centre.server.port
    sent = [f"Cookie: {centre.cookies()}", *(h.format(port=port) for h in headers)]
    with Wire(port, *sent, target=f"/hub?as={centre.handle}") as wire:
        assert wire.status == status


async def test_cookies_in_several_headers_are_one_jar(centre: Visitor) -> None:
    with Wire(centre.server.port, "Cookie: other=1", f"Cookie: {centre.cookies()}", target=f"/hub?as={centre.handle}") as wire:
        assert wire.status == 101


def test_a_door_that_fails_is_said_at_once() -> None:
    with hub_in_a_thread() as hub:

        async def fails(*asked: str) -> None:
            raise RuntimeError("the database is away")

        hub.stage.admit = fails  # type: ignore[assignment,method-assign]
        with Wire(hub.port) as wire:
            assert wire.status == 500


def test_what_is_sent_before_the_answer_is_read_after_it() -> None:
    with hub_in_a_thread() as hub:
        hub.stage.admitting.clear()
        with socket.create_connection(("127.0.0.1", hub.port), timeout=5) as raw:
            raw.sendall(request(hub.port))
            until(lambda: hub.stage.knocked == 1)
            raw.sendall(frame(BINARY, HELLO))
            hub.loop.call_soon_threadsafe(hub.stage.admitting.set)
            seen = b""
            while b"welcome" not in seen:
                piece = raw.recv(4096)
                assert piece, seen
                seen += piece


# what costs memory


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits",
        "x-webkit-deflate-frame",
        "permessage-deflate; server_no_context_takeover",
    ],
)
def test_compression_is_never_agreed_to(offer: str) -> None:
    """So a few kilobytes cannot become megabytes: a compressed frame sets a bit that was not agreed on."""
    with hub_in_a_thread() as hub, Wire(hub.port, f"Sec-WebSocket-Extensions: {offer}") as wire:
        assert wire.status == 101
        assert b"sec-websocket-extensions" not in wire.head.lower()
        wire.hello().send(frame(BINARY, b"\xaa\x56\x2a\xc9\x4c\x51\xb2\x52\xca\x48\xcd\xc9\xc9\x57\xaa\x05\x00", rsv=4))
        assert wire.close_code() == 1002


@pytest.mark.parametrize("length", [MESSAGE_LIMIT + 1, 1 << 31, 1 << 63, (1 << 64) - 1])
def test_a_length_that_is_only_claimed_is_refused_before_anything_of_it_comes(length: int) -> None:
    with hub_in_a_thread() as hub, Wire(hub.port) as wire:
        wire.hello().send(frame(BINARY, b"", length=length))
        assert wire.close_code() == 1009


def test_empty_fragments_without_end_cost_nothing() -> None:
    with hub_in_a_thread() as hub, Wire(hub.port) as wire:
        wire.hello().send(frame(BINARY, ASK[:3], fin=False))
        wire.send(frame(CONT, fin=False) * 50_000)
        wire.send(frame(PING))
        assert wire.read()[0] == 10  # everything before it has been read
        (reader,) = hub.hub.readers
        assert sys.getsizeof(reader._parts) < 1000  # type: ignore[attr-defined]
        wire.send(frame(CONT, ASK[3:]))
        assert wire.said()["t"] == "pong"


def test_whoever_pings_without_reading_the_pongs_is_cut() -> None:
    with hub_in_a_thread() as hub, Wire(hub.port) as wire:
        wire.hello()
        many = frame(PING, bytes(125)) * 1000
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for _ in range(400):  # 50 MB, of which the kernel holds a few
                wire.socket.sendall(many)
        until(lambda: hub.stage.ended == 1)


# who takes time


def test_a_head_that_trickles_in_is_cut_like_one_that_stops() -> None:
    with hub_in_a_thread(head_within=0.3) as hub, socket.create_connection(("127.0.0.1", hub.port), timeout=5) as raw:
        started = time.monotonic()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for octet in request(hub.port) * 10:
                raw.sendall(bytes((octet,)))
                time.sleep(0.01)
        assert time.monotonic() - started < 5


def test_a_hello_that_trickles_in_is_none() -> None:
    with hub_in_a_thread(hello_within=0.2) as hub, Wire(hub.port) as wire:
        wire.send(frame(BINARY, HELLO)[:-1])
        assert wire.close_code() == 4408


def test_whoever_stops_in_the_middle_of_a_frame_is_missed_by_the_keepalive() -> None:
    """Inside a frame nobody can answer a ping, so a frame that trickles has the keepalive's time and no more."""
    with hub_in_a_thread(ping_interval=0.1, ping_timeout=0.2) as hub, Wire(hub.port) as wire:
        wire.hello().send(frame(BINARY, ASK)[:-1])
        assert wire.close_code() == 1011
        until(lambda: hub.stage.ended == 1)


@pytest.mark.parametrize("last", [frame(BINARY, b"\xc1"), frame(8, b"\x03\xe8"), frame(3)], ids=["malformed", "close", "broken"])
def test_whoever_reads_nothing_cannot_stay_by_not_reading_the_close(last: bytes) -> None:
    with hub_in_a_thread(close_within=0.3) as hub, Wire(hub.port) as wire:
        wire.hello()
        wire.send(frame(BINARY, msgpack.packb({"t": "subscribe", "topic": TOPIC})))
        assert wire.said()["t"] == "snapshot"
        (reader,) = hub.hub.readers
        while reader.transport.get_write_buffer_size() < WRITE_LIMIT // 8:  # type: ignore[attr-defined]
            hub.loop.call_soon_threadsafe(hub.publish, {"text": "x" * (WRITE_LIMIT // 16)})
            time.sleep(0.002)
        wire.send(last)
        until(lambda: hub.stage.ended == 1)


def test_whoever_reads_nothing_is_removed_by_the_keepalive_and_holds_no_more() -> None:
    with hub_in_a_thread(ping_interval=0.3, ping_timeout=0.5, close_within=0.3) as hub, Wire(hub.port) as wire:
        wire.hello()
        wire.send(frame(BINARY, msgpack.packb({"t": "subscribe", "topic": TOPIC})))
        assert wire.said()["t"] == "snapshot"
        (reader,) = hub.hub.readers
        deadline = time.monotonic() + 10
        while len(hub.hub.readers):
            assert time.monotonic() < deadline, "it is a reader still"
            # Something waits, and less than what cuts a reader at once: only the keepalive can tell that nobody reads.
            if reader.transport.get_write_buffer_size() < WRITE_LIMIT // 8:  # type: ignore[attr-defined]
                hub.loop.call_soon_threadsafe(hub.publish, {"text": "x" * (WRITE_LIMIT // 16)})
            time.sleep(0.002)
        until(lambda: hub.stage.ended == 1)


def test_commands_behind_a_close_are_not_carried_out() -> None:
    with hub_in_a_thread() as hub, Wire(hub.port) as wire:
        wire.hello()
        (reader,) = hub.hub.readers
        order = frame(BINARY, msgpack.packb({"t": "do", "key": "k", "command": {"t": "withdraw", "case": "c"}}))

        def close_behind_the_first() -> None:
            reader.data_received(order + order + order)  # type: ignore[attr-defined]
            reader.close(4403, "withdrawn")  # type: ignore[attr-defined]

        hub.loop.call_soon_threadsafe(close_behind_the_first)
        assert wire.close_code() == 4403
        until(lambda: hub.stage.ended == 1)
        assert len(hub.stage.asked) <= 1


# logs


async def test_what_stands_in_an_address_is_never_logged(server: Server, centre: Visitor) -> None:
    secret = "s3cretInTheAddress"
    for target in (f"/hub?as={secret}", f"/hub?code={secret}", f"/hub?token={secret}", f"/elsewhere?token={secret}"):
        with Wire(server.port, f"Cookie: heyi_main={secret}.{secret}", target=target) as wire:
            assert wire.status >= 400
    async with httpx.AsyncClient(base_url=server.url) as http:
        for path in (f"/api/cases?token={secret}", f"/progress/{secret}", f"/?as={secret}"):
            await http.get(path, headers={"Cookie": f"heyi_main={secret}", "Authorization": f"Bearer {secret}"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(f"GET /hub?as={secret} HTTP/9.9 {secret}\r\n\r\n".encode())
        raw.recv(4096)
    with Wire(server.port, f"Cookie: {centre.cookies()}", target=f"/hub?as={centre.handle}&token={secret}") as wire:
        wire.hello().send(frame(BINARY, msgpack.packb({"t": secret})))
        assert wire.close_code() == 4400
    log = Path(server.log).read_text()
    assert "Invalid HTTP request" in log, "the log is not where we look"
    assert secret not in log
