"""Firewalls: a real Chromium whose UDP is blocked reaches the room by TCP, and one that is let to nothing but a relay by that."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from rehearsal.coturn import coturn
from signaling.turn import ice_servers
from tests.rooms.media.chromium import BrowserSeat, seated
from tests.rooms.media.conftest import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.services]
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
"""Chromium's own switch for it: neither its host candidates nor its way to a relay may use UDP."""


async def _seen(stage: Stage, servers: list[dict]) -> str:
    """Both seats send and see each other; the path of seat b."""
    await stage.media.set_routes(stage.room, 1, {"a": ["b"], "b": ["a"]})
    b = stage.peers["b"]
    assert isinstance(b, BrowserSeat)
    await b.page.evaluate("given => { servers = given }", servers)
    for seat in "ab":
        peer = stage.peers[seat]
        if isinstance(peer, BrowserSeat):
            await peer.page.evaluate("publish(false)")
        await stage.subscribe(seat)
    async with asyncio.timeout(30):
        while (await b.decoded())["video"] < 20 or stage.peers["a"].packets_from("b") < 60:
            await asyncio.sleep(0.1)
    return str(await b.page.evaluate("path()"))


async def test_without_udp_media_go_by_tcp(stage: Stage) -> None:
    await stage.publish("a")
    async with seated(stage, "b", [NO_UDP]):
        assert await _seen(stage, []) in ("host tcp", "prflx tcp")


@pytest.mark.parametrize("stage", [{"tcp": False}], indirect=True)
@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_a_relay_carries_what_nothing_else_does(stage: Stage, transport: str, tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    with coturn(certificate, key) as relay:
        url = relay.urls("tcp") if transport == "tcp" else f"turns:localhost:{relay.tls_port}?transport=tcp"
        await stage.publish("a")
        async with seated(stage, "b", [NO_UDP, "--ignore-certificate-errors"]):
            assert await _seen(stage, ice_servers([url], relay.secret, "b", time.time())) == f"relay {transport}"


async def test_a_name_that_has_expired_opens_no_relay(stage: Stage) -> None:
    with coturn() as relay:
        async with seated(stage, "b"):
            b = stage.peers["b"]
            for age, kinds in ((0, {"host", "relay"}), (7 * 3600, {"host"})):
                servers = ice_servers([relay.urls("udp")], relay.secret, "b", time.time() - age)
                assert set(await b.page.evaluate(GATHER, servers)) == kinds


GATHER = """async servers => {
  const peer = new RTCPeerConnection({iceServers: servers})
  peer.addTransceiver('audio')
  const kinds = new Set()
  const done = new Promise(resolve => { peer.onicecandidate = e => e.candidate ? kinds.add(e.candidate.type) : resolve() })
  await peer.setLocalDescription()
  await done
  peer.close()
  return [...kinds].filter(kind => kind !== 'srflx')
}"""


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "relay.pem", folder / "relay.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*command, "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key
