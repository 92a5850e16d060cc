"""The servers that writers write on: ours, as `run.py demo` runs it with a whole session behind the draft, and Hocuspocus beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgpack
import psutil
from websockets.asyncio.client import ClientConnection, connect

from agreements.update_format import Reader, varint
from benchmarks import hub_peers
from benchmarks.draft_writers import Clockwatch, Writer, add_clauses, settled, write_together
from cases.identity import check_character
from realtime.messages import PROTOCOL_VERSION
from rehearsal import clip
from rehearsal.client import Visitor
from rehearsal.play import Play
from rehearsal.seat import Seat
from rehearsal.server import serving
from rehearsal.steps import intake, meeting
from rooms.room import SEAT_LIMIT
from web.setup.client import node_command

STARTS_WITHIN = 20.0
ROOT = Path(__file__).resolve().parent.parent
INTO_THE_ROOM = [
    ("sign in", intake.sign_in),
    ("report", intake.report),
    ("dispatch", intake.dispatch),
    ("accept", intake.accept),
    ("open", meeting.open_session),
    ("join", meeting.join),
    ("statements", meeting.statements),
]


class Side:
    """A server's processes, and who writes on it."""

    def __init__(self, name: str, process: int, state: bytes) -> None:
        """`state`: the text at the beginning."""
        self.name, self.state, self.watch = name, state, Clockwatch()
        self.writers: list[Writer] = []
        self._process = psutil.Process(process)

    def cpu(self) -> float:
        """CPU seconds of the process that serves, all its threads; not of media workers, which idle, nor of processes that make ready for signing."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    async def begin(self) -> None:
        """Every writer makes a place for itself, and sees those of the others."""
        for writer in self.writers:
            await writer.begin()
        await settled(lambda: all(w.received == len(self.writers) - 1 for w in self.writers))

    async def slice(self, seconds: float) -> tuple[float, list[float]]:
        """Everybody writes so long: CPU seconds for 1,000 edits, and what each delivery took in ms."""
        self.watch.took.clear()
        before = self.cpu()
        made = await write_together(self.writers, seconds)
        spent = self.cpu() - before
        return spent / made * 1000, list(self.watch.took)

    def agree(self) -> None:
        contents = [w.content() for w in self.writers]
        assert all(c == contents[0] for c in contents), f"{self.name}: the copies differ"

    async def close(self) -> None:
        await asyncio.gather(*(w.close() for w in self.writers))


class OurWire:
    def __init__(self, session: str, document: str, seq: int) -> None:
        self._session, self._document, self._seq, self._sent = session, document, seq, 0

    def update(self, update: bytes) -> bytes:
        self._sent += 1
        return self._pack({"t": "draft_update", "key": f"e{self._sent}", "base": self._seq, "update": update})

    def cursor(self, update: bytes) -> bytes:
        return self._pack({"t": "draft_awareness", "update": update})

    def read(self, frame: bytes) -> bytes | None:
        message = msgpack.unpackb(frame, timestamp=3)
        assert message["t"] != "refused", message
        if message["t"] != "draft_remote":
            return None
        self._seq = max(self._seq, message["seq"])
        return bytes(message["update"])

    def _pack(self, message: dict[str, object]) -> bytes:
        packed: bytes = msgpack.packb({**message, "session": self._session, "document": self._document})
        return packed


@contextlib.asynccontextmanager
async def ours(count: int) -> AsyncIterator[Side]:
    """A session in the stage of drafting. A room has eight seats, so that two of ten writers are second windows of a seat."""
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder, serving(Path(folder) / "data") as server:
        async with Play(server, clip.load(), Path(folder)) as play, contextlib.AsyncExitStack() as stack:
            assert await play.run(INTO_THE_ROOM), play.steps[-1]
            seats = [play.visitors[play.host], *(await add_parties(play, min(count, SEAT_LIMIT) - 1))]
            mediator = play.seats["m"]
            await mediator.do("move_stage", to="drafting")
            hand = await mediator.open_draft()
            add_clauses(hand.doc, count)
            await mediator.save()
            await mediator.ask("draft_close")
            assert server.process is not None
            side = Side("ours", server.process.pid, hand.doc.get_update())
            stack.push_async_callback(side.close)
            for number in range(count):
                visitor = seats[number % len(seats)]
                url = f"{server.url.replace('http', 'ws', 1)}/hub?as={visitor.handle}"
                socket = await connect(url, additional_headers={"Cookie": visitor.cookies()}, compression=None)
                side.writers.append(await _open(socket, play.session, number, side.watch))
            await side.begin()
            yield side


async def add_parties(play: Play, count: int) -> list[Visitor]:
    """So many parties who sit in the room and have spoken; the first two do already."""
    mediator, fresh = play.seats["m"], list[Seat]()
    for number in range(3, count + 1):
        first17 = f"1101051949123{number:04d}"
        person = {"id_number": first17 + check_character(first17), "address": "安和县城关镇东街"}
        await mediator.do("add_party", name=f"当事人{number}", capacity="respondent", **person)
        invited = await mediator.do("invite", role="party", party=f"p{number}")
        await play.enter(invited["seat"], invited["url"], {"online": True, "recording": True, "expert": True})
        await mediator.do("verify_identity", seat=invited["seat"])
        fresh.append(play.seats[invited["seat"]])
    if fresh:
        await mediator.do("move_stage", to="notice")
        for seat in fresh:
            await seat.do("confirm_notice")
        await mediator.do("move_stage", to="statements")
        for seat in fresh:
            await mediator.do("give_floor", seat=seat.seat, seconds=180)
            await seat.do("speak_done")
        await mediator.do("move_stage", to="options")
    return [play.visitors[f"s{number}"] for number in range(1, count + 1)]


async def _open(socket: ClientConnection, session: str, number: int, watch: Clockwatch) -> Writer:
    await socket.send(msgpack.packb({"t": "hello", "version": PROTOCOL_VERSION}))
    await socket.send(msgpack.packb({"t": "ask", "key": "open", "what": "draft_open", "session": session}))
    while (said := msgpack.unpackb(await socket.recv(), timestamp=3))["t"] != "draft_state":
        assert said["t"] != "refused", said
    return Writer(number, said["client"], said["state"], socket, OurWire(session, said["document"], said["seq"]), watch)


class TheirWire:
    """Hocuspocus' own: the document's name, 0 for synchronising or 1 for cursors, and what y-protocols has for it."""

    UPDATE = varint(0) + varint(2)

    def __init__(self, document: str) -> None:
        self._name = varint(len(document)) + document.encode()

    def open(self) -> bytes:
        """Authentication, with a token that nobody asks for."""
        return self._name + varint(2) + varint(0) + varint(1) + b"-"

    def update(self, update: bytes) -> bytes:
        return self._name + self.UPDATE + varint(len(update)) + update

    def cursor(self, update: bytes) -> bytes:
        return self._name + varint(1) + varint(len(update)) + update

    def read(self, frame: bytes) -> bytes | None:
        start = len(self._name)
        if frame[start : start + 2] != self.UPDATE:
            return None
        reader = Reader(frame[start + 2 :])
        return reader.skip(reader.number())


@contextlib.asynccontextmanager
async def hocuspocus(count: int, state: bytes) -> AsyncIterator[Side]:
    """The same text on Hocuspocus, which judges each change and has it on the disk before it is told, as ours does."""
    node = shutil.which("node", path=node_command(ROOT)[0]) or "node"
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder:
        (start := Path(folder) / "start").write_bytes(state)
        process = await asyncio.create_subprocess_exec(
            node,
            str(hub_peers.FOLDER / "hocuspocus_server.mjs"),
            str(start),
            str(Path(folder) / "log"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None and process.stdin is not None
        try:
            port = json.loads(await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN))["port"]
            side, wire = Side("Hocuspocus", process.pid, state), TheirWire("bench")
            try:
                for number in range(count):
                    socket = await connect(f"ws://127.0.0.1:{port}/", compression=None)
                    await socket.send(wire.open())
                    await asyncio.wait_for(socket.recv(), STARTS_WITHIN)
                    side.writers.append(Writer(number, 100 + number, state, socket, wire, side.watch))
                await side.begin()
                yield side
            finally:
                await side.close()
        finally:
            process.stdin.close()  # ends it, also when the benchmark was killed
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()
