"""People who come to rooms on one media worker, vanish, leave, change their network and are recorded, for hours: afterwards the worker must be as it was.

What is left behind is looked for in the process itself: its memory while the crowd is there, its tasks and open files when all have gone.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import shutil
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from rehearsal import clip
from rehearsal.peer import HeadlessPeer
from rooms.media import protocol
from rooms.media.port import EngineGone
from rooms.media.protocol import EngineError
from rooms.media.worker_process import MediaWorkerProcess

ROOMS, SEATS = 3, 4
STEP = 0.4
"""Seconds between two things that happen, on average."""
SAMPLED_EVERY = 2.0
WARM = 0.25
"""Share of the time after which memory is compared: what is made once has been made by then."""
GROWTH = 12 << 20
"""Bytes by which the median of the last quarter may exceed that of the second: an allocator's breath, not a leak of hours."""
GONE_WITHIN = 15.0


class Outcome(msgspec.Struct):
    """What happened, and what it cost. `memory` in bytes: after warming up, and at the end. `faults` empty: nothing was left."""

    seed: int
    seconds: float
    happened: dict[str, int] = {}
    memory: tuple[int, int] = (0, 0)
    tasks: tuple[int, int] = (0, 0)
    files: tuple[int, int] = (0, 0)
    faults: list[str] = []


class _Room:
    def __init__(self, name: str) -> None:
        self.name = name
        self.peers: dict[str, HeadlessPeer] = {}
        self.epoch = 0
        self.folder: Path | None = None
        """Of the recording that is under way."""


class Comings:
    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._random = folder, random.Random(seed)  # noqa: S311  (when people come is no secret)
        self.outcome = Outcome(seed, 0.0, happened={}, faults=[])
        self._rooms = [_Room(f"hall{number}") for number in range(ROOMS)]
        self._clip = clip.load()
        self._media: MediaWorkerProcess
        self._samples: list[tuple[float, int]] = []
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self, seconds: float, least: int) -> Outcome:
        self._media = await MediaWorkerProcess.start(self._hear, self._gone, watched=True)
        process = psutil.Process(self._media.pid)
        try:
            # Once through everything: what is made at the first use is no leak.
            await self._crowd(min(seconds / 4, 5.0), process)
            await self._empty()
            before = await self._left(process)
            self._samples.clear()
            began = time.monotonic()
            await self._crowd(seconds, process, least + sum(self.outcome.happened.values()))
            await self._empty()
            await self._judge(process, before, began, seconds)
        except EngineGone as error:
            self.outcome.faults.append(f"the worker is gone: {error}")
        finally:
            for room in self._rooms:
                await asyncio.gather(*(peer.close() for peer in room.peers.values()), return_exceptions=True)
            await self._media.stop()
        return self.outcome

    async def _crowd(self, seconds: float, process: psutil.Process, least: int = 0) -> None:
        ends, sampled = time.monotonic() + seconds, 0.0
        while (now := time.monotonic()) < ends or sum(self.outcome.happened.values()) < least:
            if now - sampled > SAMPLED_EVERY:
                sampled = now
                self._samples.append((now, process.memory_info().rss))
            await self._step(self._random.choice(self._rooms))
            await asyncio.sleep(self._random.uniform(0, 2 * STEP))

    async def _step(self, room: _Room) -> None:
        """One thing happens in a room."""
        here = sorted(room.peers)
        away = [f"s{number}" for number in range(SEATS) if f"s{number}" not in room.peers]
        choices = ["come"] * 4 * bool(away) + ["leave", "vanish", "again", "restart"] * bool(here) + ["record", "close"]
        what = self._random.choice(choices)
        self.outcome.happened[what] = self.outcome.happened.get(what, 0) + 1
        try:
            match what:
                case "come":
                    await self._come(room, self._random.choice(away))
                case "leave" | "vanish":
                    seat = self._random.choice(here)
                    peer = room.peers.pop(seat)
                    if what == "vanish":
                        await peer.close()
                    await self._media.kick(room.name, seat)
                    await self._route(room)
                    if what == "leave":
                        await peer.close()
                case "again":
                    # A page that is loaded anew: the former connections are replaced.
                    await self._come(room, self._random.choice(here))
                case "restart":
                    await self._media.restart_ice_down(room.name, self._random.choice(here))
                case "record":
                    await self._record(room)
                case "close":
                    await self._close(room)
        except EngineError as error:
            if error.code not in {"no_room", "no_seat", "stale_answer"}:
                self.outcome.faults.append(f"{what}: {error.code}: {error.message}")

    async def _come(self, room: _Room, seat: str) -> None:
        await self._media.open_room(room.name)
        if (former := room.peers.pop(seat, None)) is not None:
            await former.close()
        peer = room.peers[seat] = HeadlessPeer(seat, self._clip)

        async def send(offer: str) -> str:
            return (await self._media.publish(room.name, seat, offer)).answer

        await peer.publish(send, camera=self._random.random() < 0.7)
        offer = await self._media.subscribe(room.name, seat)
        answer = await peer.handle_offer(offer.sdp, fresh=True)
        await self._media.answered(room.name, seat, offer.revision, answer)
        await self._route(room)

    async def _route(self, room: _Room) -> None:
        """Everybody hears everybody, or, one time in four, two are by themselves."""
        room.epoch += 1
        seats = sorted(room.peers)
        if len(seats) > 2 and self._random.random() < 0.25:
            seats = seats[:2]
        routes = {seat: [other for other in seats if other != seat] for seat in seats}
        await self._media.set_routes(room.name, room.epoch, routes, seats)

    async def _record(self, room: _Room) -> None:
        """Begin a recording, or end the one that is under way; hours of them would fill the disk."""
        await self._media.open_room(room.name)
        if room.folder is not None:
            await self._media.stop_recording(room.name, "session")
            self._discard(room)
        else:
            room.folder = self._folder / f"{room.name}-{self._random.randrange(1 << 30)}"
            seats = [f"s{number}" for number in range(SEATS)]
            await self._media.start_recording(room.name, "session", seats, str(room.folder), secrets.token_bytes(32))

    def _discard(self, room: _Room) -> None:
        if room.folder is not None:
            shutil.rmtree(room.folder)
        room.folder = None

    async def _close(self, room: _Room) -> None:
        peers, room.peers = room.peers, {}
        await self._media.close_room(room.name)
        await asyncio.gather(*(peer.close() for peer in peers.values()))
        self._discard(room)
        room.epoch = 0

    async def _empty(self) -> None:
        for room in self._rooms:
            await self._close(room)
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _left(self, process: psutil.Process) -> tuple[int, int]:
        """Tasks and open files of a worker without rooms; asked until they do not shrink any more."""
        found, since = (1 << 30, 1 << 30), time.monotonic()
        while time.monotonic() - since < 2.0:
            now = int((await self._media.stats())["tasks"]), process.num_fds()
            if now < found:
                found, since = now, time.monotonic()
            await asyncio.sleep(0.2)
        return found

    async def _judge(self, process: psutil.Process, before: tuple[int, int], began: float, seconds: float) -> None:
        after = await self._left(process)
        out = self.outcome
        out.seconds = round(time.monotonic() - began, 1)
        out.tasks, out.files = (before[0], after[0]), (before[1], after[1])
        if after[0] > before[0]:
            out.faults.append(f"{after[0] - before[0]} tasks were left")
        if after[1] > before[1]:
            out.faults.append(f"{after[1] - before[1]} sockets or files were left open")
        early = [rss for at, rss in self._samples if WARM < (at - began) / seconds <= 2 * WARM]
        late = [rss for at, rss in self._samples if (at - began) / seconds > 1 - WARM]
        if early and late:
            out.memory = (sorted(early)[len(early) // 2], sorted(late)[len(late) // 2])
            if out.memory[1] - out.memory[0] > GROWTH:
                out.faults.append(f"memory has grown from {out.memory[0] >> 20} to {out.memory[1] >> 20} MiB")

    def _hear(self, event: protocol.AnyEvent) -> None:
        if isinstance(event, protocol.Offer):
            task = asyncio.get_running_loop().create_task(self._answer(event))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        elif isinstance(event, protocol.RecordingFailed):
            self.outcome.faults.append(f"not recorded: {event.message}")

    async def _answer(self, event: protocol.Offer) -> None:
        peer = next((r.peers.get(event.seat) for r in self._rooms if r.name == event.room), None)
        if peer is not None:
            try:
                await self._media.answered(event.room, event.seat, event.revision, await peer.handle_offer(event.sdp))
            except Exception:  # whoever has left meanwhile does not answer
                self.outcome.happened["unanswered"] = self.outcome.happened.get("unanswered", 0) + 1

    def _gone(self, reason: str) -> None:
        self.outcome.faults.append(f"the worker is gone: {reason}")


def come_and_go(seed: int, seconds: float, least: int = 0) -> Outcome:
    """For so long, and on a slow machine until at least so many things have happened."""
    with tempfile.TemporaryDirectory(prefix="heyi-comings-") as folder:
        return asyncio.run(Comings(Path(folder), seed).run(seconds, least))
