"""What a room makes of offers that change in the middle of a connection, of levels that are told no more, and of packets made before the routes changed."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from rooms.media import protocol
from rooms.media.conference import Conference
from rooms.media.encoding import SILENT_AFTER
from signaling.burst import Target, Way
from signaling.dtls import new_certificate
from signaling.ice_lite import IcePort
from signaling.negotiation import HEAD

pytestmark = pytest.mark.anyio
FINGERPRINT = ":".join(["AB"] * 32)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Hall:
    """One room without a worker around it."""

    def __init__(self, port: IcePort, clock: Clock) -> None:
        self.clock, self.port = clock, port
        self.events: list[protocol.Event] = []
        self.conference = Conference("hall", port, new_certificate(), clock, self.events.append)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    clock = Clock()
    port = await IcePort.open("127.0.0.1", 0, [], clock, tcp=False)
    made = Hall(port, clock)
    yield made
    await made.conference.close()
    port.close()


def offer(ufrag: str, *mids: str) -> str:
    """A microphone and, with a second MID, a camera."""
    text = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    for mid, (kind, number, codec) in zip(mids, (("audio", 111, "opus/48000/2"), ("video", 96, "VP8/90000")), strict=False):
        text += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}", f"a=mid:{mid}", "a=sendonly", "a=rtcp-mux", f"a=rtpmap:{number} {codec}"]
        text += [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{'p' * 24}", f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:actpass"]
        text += ["a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level"] if kind == "audio" else []
    return "\r\n".join(text) + "\r\n"


async def test_a_restart_with_other_tracks_escapes_no_mute(hall: Hall) -> None:
    conference = hall.conference
    await conference.publish("a", offer("one1", "0"))
    conference.mute("a", ["audio", "camera"])
    conference.restart_ice("a", "up", offer("two2", "5", "6"))
    up = conference._seats["a"].up
    assert up is not None
    assert {kind: track.muted for kind, track in up.media.tracks.items()} == {"audio": True, "camera": True}
    assert hall.events[-1] == protocol.Tracks(room="hall", seat="a", kinds=["audio", "camera"])


async def test_whoever_sends_no_sound_any_more_does_not_go_on_speaking(hall: Hall) -> None:
    await hall.conference.publish("a", offer("one1", "0"))
    up = hall.conference._seats["a"].up
    assert up is not None
    up.peer.connected = True
    told: list[float] = []
    for n in range(250):
        hall.clock.now += 0.02
        if n < 50:
            head = struct.pack("!BBHIIHHI", 0x90, 111, n, n * 960, 5, 0xBEDE, 1, 0x10 << 24 | 0x94 << 16)
            up.media.receive(head + b"sound", hall.clock.now)
        hall.conference.tick(hall.clock.now)
        told += [n * 0.02 for event in hall.events if isinstance(event, protocol.Speaking)]
        hall.events.clear()
    up.peer.connected = False
    assert told and max(told) < 1.0 + SILENT_AFTER + 1.1


async def test_what_was_made_by_the_former_routes_leaves_before_the_new_ones_hold(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """`set_routes` returns with not one packet more to come, though packets wait for the end of a turn."""
    burst = hall.port.burst
    if burst is None:
        pytest.skip("this system sends packets one by one")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as viewer:
        viewer.bind(("127.0.0.1", 0))
        viewer.setblocking(False)
        way = Way(lambda packet: None)
        way.context, way.target = "unsealed", Target(viewer.getsockname(), way.lose)
        monkeypatch.setattr(burst, "_protect", lambda *slot: 0)
        burst.send([(SimpleNamespace(way=way), bytes(HEAD), b"said before the wall")])
        with pytest.raises(BlockingIOError):
            viewer.recv(100)
        hall.conference.set_routes(1, {"a": []}, [])
        assert viewer.recv(100)[HEAD:] == b"said before the wall"
