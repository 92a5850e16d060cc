"""The hub: connections, their subscriptions, and the streams that they read.

The hub never decides who may read what: it asks `audience.view_of`, at the subscription and again after every change of the case, and
closes a topic at once to whoever has lost it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import structlog

from cases.actor import Actor
from cases.errors import Refusal
from realtime import audience
from realtime.messages import Current, Event, Gone, ServerMessage, Snapshot, encode
from realtime.metrics import CUTS, DELIVERIES, PUBLISHED, RESUMES
from realtime.streams import LiveStream, Stream, frame

log = structlog.get_logger("hub")

TOPIC_LIMIT = 32
IDLE_STREAMS = 20_000


class Source(Protocol):
    """Where documents and history come from: `storage.reading.Reader`."""

    async def dossier_of(self, topic: str) -> Any: ...

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]: ...

    async def since(self, stream: str, epoch: str, offset: int) -> list[tuple[int, dict[str, Any]]] | None: ...


class Reader(Protocol):
    """A connection as the hub sees it."""

    actor: Actor
    login: str
    topics: dict[str, Stream]

    def write(self, data: bytes) -> Any: ...

    def close(self, code: int, reason: str) -> None: ...


class Hub:
    def __init__(self, source: Source, now: Callable[[], datetime], node: str) -> None:
        self.source, self.now, self.node = source, now, node
        self.readers: set[Reader] = set()
        self.streams: dict[str, Stream] = {}
        self._by_case: dict[str, set[Reader]] = {}
        self._catching_up: dict[str, asyncio.Task[None]] = {}
        self._cases: dict[Reader, set[str]] = {}

    # connections

    def join(self, reader: Reader) -> None:
        self.readers.add(reader)

    def leave(self, reader: Reader) -> None:
        """Forget a connection. Safe to call twice, and never from inside a fan-out loop."""
        if reader not in self.readers:
            return
        self.readers.discard(reader)
        for topic in list(reader.topics):
            self.unsubscribe(reader, topic)
        for readers in [r for r in (self._by_case.get(case) for case in self._cases.pop(reader, ())) if r]:
            readers.discard(reader)

    def close_login(self, login: str, code: int, reason: str) -> None:
        for reader in [r for r in self.readers if r.login == login]:
            reader.close(code, reason)

    def send(self, reader: Reader, message: ServerMessage) -> None:
        """To one connection. One that has gone meanwhile is passed over: writing to a closed socket raises."""
        if reader not in self.readers:
            return
        for stream in reader.topics.values():
            stream.flush()  # an answer does not overtake the events that led to it
        reader.write(frame(encode(message)))

    # subscriptions

    async def subscribe(self, reader: Reader, topic: str, epoch: str, offset: int) -> None:
        if len(reader.topics) >= TOPIC_LIMIT and topic not in reader.topics:
            self.send(reader, Gone(topic, "too_many_topics"))
            return
        try:
            dossier = await self.source.dossier_of(topic)
        except Refusal:
            dossier = None
        view = audience.view_of(reader.actor, topic, dossier)
        if view is None:
            self.unsubscribe(reader, topic)
            self.send(reader, Gone(topic, "not_permitted"))
            return
        stream = self._stream(f"{topic}|{view}")
        if isinstance(stream, LiveStream):
            self._start_live(reader, stream, epoch, offset)
        else:
            await self._start(reader, stream, dossier, epoch, offset)
        if dossier is not None and reader in self.readers:
            self._by_case.setdefault(dossier.case.id, set()).add(reader)
            self._cases.setdefault(reader, set()).add(dossier.case.id)
            # What changed while we read may have changed what this reader may see.
            self.revise(await self.source.dossier_of(topic) or dossier)

    def _stream(self, name: str) -> Stream:
        stream = self.streams.get(name)
        if stream is None:
            if len(self.streams) > IDLE_STREAMS:
                for idle in [n for n, s in self.streams.items() if not s.readers and not isinstance(s, LiveStream)]:
                    del self.streams[idle]
            live, timer = name.startswith(("live/", "wall/")), asyncio.get_running_loop()
            stream = self.streams[name] = LiveStream(name, timer=timer) if live else Stream(name, "", -1, timer)
        return stream

    def live(self, name: str) -> LiveStream:
        stream = self._stream(name)
        assert isinstance(stream, LiveStream), name
        return stream

    def renew_live(self, name: str) -> None:
        """A new epoch of a live stream with the same document; its readers are sent back for a snapshot."""
        old = self.streams.get(name)
        if not isinstance(old, LiveStream):
            return
        # Who spoke last inside is not told outside.
        doc = {key: value for key, value in old.doc.items() if key != "speaking"}
        self.streams[name] = LiveStream(name, doc, asyncio.get_running_loop())
        for reader in list(old.readers):
            self.unsubscribe(reader, old.topic)
            self.send(reader, Gone(old.topic, "again"))

    def _start_live(self, reader: Reader, stream: LiveStream, epoch: str, offset: int) -> None:
        missed = stream.since(offset) if epoch == stream.epoch else None
        if missed is None:
            self.send(reader, Snapshot(stream.topic, stream.epoch, stream.offset, stream.doc))
        else:
            for data in missed:
                reader.write(data)
            self.send(reader, Current(stream.topic, stream.epoch, stream.offset))
        self._attach(reader, stream)

    async def _start(self, reader: Reader, stream: Stream, dossier: Any, epoch: str, offset: int) -> None:
        """Resume from the ring, else from the database, else from a fresh snapshot; then join without an await in between."""
        missed = stream.since(offset) if epoch and epoch == stream.epoch else None
        if missed is not None:
            RESUMES.labels("ring").inc()
            for data in missed:
                reader.write(data)
            self.send(reader, Current(stream.topic, stream.epoch, stream.offset))
            self._attach(reader, stream)
            return
        history = await self.source.since(stream.name, epoch, offset) if epoch else None
        if history is not None:
            RESUMES.labels("database").inc()
            at = history[-1][0] if history else offset
            self._settle(stream, epoch, at)
            for seq, patch in history:
                reader.write(frame(encode(Event(stream.topic, seq, patch))))
        else:
            RESUMES.labels("snapshot").inc()
            epoch, at, document = await self.source.snapshot(stream.name, dossier)
            self._settle(stream, epoch, at)
            self.send(reader, Snapshot(stream.topic, epoch, at, document))
        # The stream may have moved on while we read: what came in between is in its ring.
        later = stream.since(at)
        if later is None:
            self.send(reader, Gone(stream.topic, "again"))
            return
        for data in later:
            reader.write(data)
        if history is not None:
            self.send(reader, Current(stream.topic, stream.epoch, stream.offset))
        self._attach(reader, stream)

    def _settle(self, stream: Stream, epoch: str, at: int) -> None:
        """What we just read from the database tells an idle stream where it stands."""
        if stream.epoch != epoch or stream.offset < at:
            if stream.epoch == epoch and stream.readers:
                self._catch_up(stream)  # its readers lack something that was committed elsewhere or is about to be published
                return
            stream.epoch, stream.offset = epoch, at
            stream.ring.clear()
            stream.ring_bytes = 0

    def _attach(self, reader: Reader, stream: Stream) -> None:
        if reader not in self.readers:
            return
        old = reader.topics.get(stream.topic)
        if old is not None and old is not stream:
            old.readers.pop(reader, None)
        reader.topics[stream.topic] = stream
        stream.attach(reader, reader.write)

    def unsubscribe(self, reader: Reader, topic: str) -> None:
        stream = reader.topics.pop(topic, None)
        if stream is not None:
            stream.readers.pop(reader, None)

    # publishing

    def publish(self, stream_name: str, epoch: str, offset: int, patch: dict[str, Any]) -> None:
        """A committed change. Streams that nobody on this node has read are not kept; they are read from the database when needed."""
        PUBLISHED.inc()
        stream = self.streams.get(stream_name)
        if stream is None:
            return
        if stream.epoch != epoch and not stream.readers:
            stream.epoch, stream.offset = epoch, offset - 1
            stream.ring.clear()
            stream.ring_bytes = 0
        if stream.epoch == "" and stream.offset <= 0:
            stream.epoch, stream.offset = epoch, offset - 1  # the first event of a stream that was subscribed before it existed
        if offset > stream.offset + 1:
            self._catch_up(stream)
            return
        stream.publish(offset, patch)
        DELIVERIES.inc(len(stream.readers))

    def _catch_up(self, stream: Stream) -> None:
        if stream.name not in self._catching_up:
            task = asyncio.get_running_loop().create_task(self._fill(stream))
            self._catching_up[stream.name] = task

    async def _fill(self, stream: Stream) -> None:
        """Read what this node has not seen of a stream; where history ends, send its readers back for a snapshot."""
        try:
            history = await self.source.since(stream.name, stream.epoch, stream.offset)
            if history is None:
                for reader in list(stream.readers):
                    self.unsubscribe(reader, stream.topic)
                    self.send(reader, Gone(stream.topic, "again"))
                return
            for seq, patch in history:
                stream.publish(seq, patch)
        finally:
            self._catching_up.pop(stream.name, None)

    def revise(self, dossier: Any) -> None:
        """Ask again who may read what of this case; close topics that were lost. Views can change with the stage or a caucus."""
        readers = self._by_case.get(dossier.case.id)
        if not readers:
            return
        for reader in list(readers):
            if reader not in self.readers:
                readers.discard(reader)
                continue
            for topic, stream in list(reader.topics.items()):
                if not _belongs(topic, dossier):
                    continue
                view = audience.view_of(reader.actor, topic, dossier)
                if view is None or stream.name != f"{topic}|{view}":
                    self.unsubscribe(reader, topic)
                    self.send(reader, Gone(topic, "not_permitted" if view is None else "again"))
        if not readers:
            del self._by_case[dossier.case.id]

    def cut(self, reader: Reader, reason: str) -> None:
        CUTS.labels(reason).inc()
        self.leave(reader)


def _belongs(topic: str, dossier: Any) -> bool:
    kind, _, name = topic.partition("/")
    if kind == "case":
        return bool(name == dossier.case.id)
    if kind == "code":
        return bool(name == dossier.case.code)
    return kind in {"room", "caucus", "live"} and name.partition("-")[0] == dossier.case.id
