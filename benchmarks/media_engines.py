"""The engines that are measured, behind one small interface: a process, a crowd of light peers on it, and the process's CPU time.

All get the same packets under the same cipher (`benchmarks.load`), and the same reports back.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from benchmarks.janus_server import ADMIN_KEY, SECRET, JanusServer, own_address
from benchmarks.load import LoadPeer
from benchmarks.media_clip import clip
from rooms.media.janus_session import JanusSession
from rooms.media.worker_process import MediaWorkerProcess

ROOT = Path(__file__).resolve().parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process with all its threads so far, user and system, in steps of 10 ms (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Engine(ABC):
    """`up` send, `down` watch. Ended by `stop` whatever happened before."""

    name = ""
    pid = 0
    address = "127.0.0.1"
    """That its peers send from."""

    def __init__(self) -> None:
        self.up: list[LoadPeer] = []
        self.down: list[LoadPeer] = []

    @abstractmethod
    async def start(self) -> None: ...

    @abstractmethod
    async def join(self, room: str, sources: Sequence[str], peers: Sequence[LoadPeer]) -> None:
        """Let each of `peers` send as one of `sources`."""

    @abstractmethod
    async def watch(self, room: str, routes: dict[str, Sequence[str]], peers: Sequence[LoadPeer]) -> None:
        """Let each of `peers` watch as one of `routes`, in order, which names the sources."""

    @abstractmethod
    async def end(self) -> None: ...

    async def stop(self) -> None:
        await asyncio.gather(*(p.close() for p in (*self.up, *self.down)), return_exceptions=True)
        await self.end()

    async def gather(self, publishers: int, viewers: int) -> None:
        """One room of so many publishers, each of whom every viewer watches."""
        clip()  # encoded now, and not while somebody measures
        sources = [f"p{n}" for n in range(publishers)]
        self.up = [LoadPeer(address=self.address) for _ in sources]
        self.down = [LoadPeer(address=self.address) for _ in range(viewers)]
        await self.join("bench", sources, self.up)
        await self.watch("bench", {f"v{n}": sources for n in range(viewers)}, self.down)

    def play(self) -> None:
        for number, peer in enumerate(self.up):
            peer.play(number / 30 / len(self.up))

    def pause(self) -> None:
        for peer in self.up:
            peer.pause()

    def delivered(self) -> int:
        return sum(p.packets for p in self.down)

    def sent(self) -> int:
        return sum(p.sent for p in self.up)


class Ours(Engine):
    name = "ours"

    async def start(self) -> None:
        self.media = await MediaWorkerProcess.start(lambda event: None)
        self.pid = self.media.pid

    async def join(self, room: str, sources: Sequence[str], peers: Sequence[LoadPeer]) -> None:
        await self.media.open_room(room)
        for seat, peer in zip(sources, peers, strict=True):
            await peer.connect((await self.media.publish(room, seat, peer.offer())).answer)

    async def watch(self, room: str, routes: dict[str, Sequence[str]], peers: Sequence[LoadPeer]) -> None:
        await self.media.set_routes(room, time.monotonic_ns(), routes)
        for seat, peer in zip(routes, peers, strict=True):
            offer = await self.media.subscribe(room, seat)
            await self.media.answered(room, seat, offer.revision, peer.answer(offer.sdp))
            await peer.connect(offer.sdp)

    async def end(self) -> None:
        await self.media.stop()


class Janus(Engine):
    """VideoRoom: a publisher's handle each, and for each viewer one handle that subscribes to all (multistream)."""

    name = "Janus VideoRoom"

    def __init__(self, event_loops: int = 0) -> None:
        super().__init__()
        self._event_loops = event_loops
        if event_loops:
            self.name = f"Janus VideoRoom, {event_loops} event loops"

    async def start(self) -> None:
        self.address = own_address()
        self.server = await JanusServer.start(event_loops=self._event_loops)
        self.pid = self.server.pid
        self.session = await JanusSession.open(self.server.url, SECRET)

    async def join(self, room: str, sources: Sequence[str], peers: Sequence[LoadPeer]) -> None:
        desk = await self.session.attach()
        settings = {"publishers": 24, "bitrate": 0, "audiocodec": "opus", "videocodec": "vp8", "audiolevel_ext": False}
        extensions = {"transport_wide_cc_ext": False, "videoorient_ext": False, "playoutdelay_ext": False}
        await self.session.ask(desk, {"request": "create", "room": room, "admin_key": ADMIN_KEY, **settings, **extensions})
        for seat, peer in zip(sources, peers, strict=True):
            handle = await self.session.attach()
            body = {"request": "joinandconfigure", "ptype": "publisher", "room": room, "id": seat}
            await peer.connect((await self.session.ask(handle, body, offer=peer.offer())).sdp)

    async def watch(self, room: str, routes: dict[str, Sequence[str]], peers: Sequence[LoadPeer]) -> None:
        for sources, peer in zip(routes.values(), peers, strict=True):
            handle = await self.session.attach()
            streams = [{"feed": source} for source in sources]
            offer = (await self.session.ask(handle, {"request": "join", "ptype": "subscriber", "room": room, "streams": streams})).sdp
            await self.session.ask(handle, {"request": "start"}, answer=peer.answer(offer))
            await peer.connect(offer)

    async def end(self) -> None:
        if hasattr(self, "session"):
            await self.session.close()
        if hasattr(self, "server"):
            await self.server.stop()


class Relay(Engine):
    """aiortc's `MediaRelay`: every viewer's stream is decoded once and encoded for it."""

    name = "aiortc MediaRelay"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.peers.relay_server",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 20,
            start_new_session=True,
        )
        self.pid = self._process.pid

    async def join(self, room: str, sources: Sequence[str], peers: Sequence[LoadPeer]) -> None:
        for peer in peers:
            await peer.connect(await self._ask("publish", peer.offer()))

    async def watch(self, room: str, routes: dict[str, Sequence[str]], peers: Sequence[LoadPeer]) -> None:
        for peer in peers:
            await peer.connect(await self._ask("watch", peer.offer(direction="recvonly")))

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, what: str, sdp: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, "sdp": sdp}).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), 20)
        assert line, "the relay ended"
        return str(json.loads(line)["sdp"])
