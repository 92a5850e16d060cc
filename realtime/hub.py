"""The hub: connections, their subscriptions, and the streams that they read.

The hub never decides who may read what: it asks `audience.view_of`, at the subscription and again after every change of the case, and
closes a topic at once to whoever has lost it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import structlog

from cases.actor import Actor
from cases.errors import Refusal
from realtime import audience
from realtime.messages import Current, Gone, ServerMessage, Snapshot, encode
from realtime.metrics import CUTS, PUBLISHED, RESUMES
from realtime.presence import Presence
from realtime.readers import Quotas, Readers
from realtime.session import RETURNS_A_SECOND
from realtime.streams import LiveStream, Stream, frame

log = structlog.get_logger("hub")

IDLE_STREAMS = 20_000
RETRY = 0.5
"""Seconds between two attempts to read what a stream lacks, when the database does not answer."""
HEADS_AT_ONCE = 500
CHANGES_REMEMBERED = 10_000
"""Changes that may happen while one subscription is being read."""

T = TypeVar("T")


class Source(Protocol):
    """Where documents and history come from: `storage.reading.Reader`."""

    async def dossier_of(self, topic: str) -> Any: ...

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]: ...

    async def since(self, stream: str, epoch: str, offset: int) -> list[tuple[int, dict[str, Any]]] | None: ...

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]: ...


class Reader(Protocol):
    """A connection as the hub sees it."""

    actor: Actor
    login: str
    address: str
    topics: dict[str, Stream]

    @property
    def account(self) -> str: ...

    def write(self, data: bytes) -> Any: ...

    def close(self, code: int, reason: str) -> None: ...

    def __hash__(self) -> int: ...


class Hub:
    def __init__(self, source: Source, now: Callable[[], datetime], node: str) -> None:
        self.source, self.now, self.node = source, now, node
        self.readers = Readers()
        self.quotas = Quotas()
        self.streams: dict[str, Stream] = {}
        self.presence = Presence(self._presence_changed)
        self.on_presence: Callable[[str], None] | None = None
        self._by_case: dict[str, set[Reader]] = {}
        self._cases: dict[Reader, set[str]] = {}
        self._behind: dict[str, int] = {}
        """Streams that are being filled from the database, and the offset that they must reach."""
        self._flights: dict[tuple[str, ...], asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leaving = 0
        self._changes = 0
        self._changed_at: dict[str, int] = {}
        """Case → the count of changes at its last one, of those that changed lately."""

    # connections

    def join(self, reader: Reader, ends: datetime | None = None) -> None:
        """`ends`: when the reader's sign-in expires."""
        self.readers.add(reader, ends)

    def leave(self, reader: Reader) -> None:
        """Forget a connection. Safe to call twice, and never from inside a fan-out loop."""
        if not self.readers.remove(reader):
            return
        for topic in list(reader.topics):
            self.unsubscribe(reader, topic)
        for readers in [r for r in (self._by_case.get(case) for case in self._cases.pop(reader, ())) if r]:
            readers.discard(reader)

    def close_login(self, login: str, code: int, reason: str) -> None:
        for reader in self.readers.of_login(login):
            reader.close(code, reason)  # type: ignore[attr-defined]

    def cut(self, reader: Reader, reason: str) -> None:
        CUTS.labels(reason).inc()
        self.leave(reader)

    def send(self, reader: Reader, message: ServerMessage) -> None:
        """To one connection. One that has gone meanwhile is passed over: writing to a closed socket raises."""
        if reader not in self.readers:
            return
        for stream in reader.topics.values():
            stream.flush()  # an answer does not overtake the events that led to it
        reader.write(frame(encode(message)))

    def return_after(self) -> int:
        """Milliseconds after which the next of those who must go may come back: one after the other, so that all come back in turn."""
        self._leaving += 1
        return 500 + self._leaving * 1000 // RETURNS_A_SECOND

    # subscriptions

    async def subscribe(self, reader: Reader, topic: str, epoch: str, offset: int) -> None:
        if topic not in reader.topics and self.readers.over_topics(reader, len(reader.topics)):
            self.send(reader, Gone(topic, "too_many_topics"))
            return
        changes = self._changes
        dossier = await self._dossier_of(topic)
        view = audience.view_of(reader.actor, topic, dossier)
        if view is None:
            self.unsubscribe(reader, topic)
            self.send(reader, Gone(topic, "not_permitted"))
            return
        if dossier is not None:
            self._by_case.setdefault(dossier.case.id, set()).add(reader)
            self._cases.setdefault(reader, set()).add(dossier.case.id)
        stream = self._stream(f"{topic}|{view}")
        if isinstance(stream, LiveStream):
            self._start_live(reader, stream, epoch, offset)
        else:
            await self._start(reader, stream, dossier, epoch, offset)
        if dossier is not None and reader not in self.readers:
            self._by_case.get(dossier.case.id, set()).discard(reader)
            self._cases.pop(reader, None)
        elif dossier is not None and self._changed_at.get(dossier.case.id, 0) > changes:
            # What changed while we read may have changed what this reader may see.
            self.revise(await self._dossier_of(topic) or dossier)

    async def _dossier_of(self, topic: str) -> Any:
        try:
            return await self.source.dossier_of(topic)
        except Refusal:
            return None

    def _stream(self, name: str) -> Stream:
        stream = self.streams.get(name)
        if stream is None:
            if len(self.streams) > IDLE_STREAMS:
                self.drop_idle()
            live, timer = name.startswith(("live/", "wall/", "here/")), asyncio.get_running_loop()
            stream = self.streams[name] = LiveStream(name, timer=timer) if live else Stream(name, "", -1, timer)
        return stream

    def drop_idle(self) -> None:
        """Forget the rings that nobody reads: the database has what they hold. A live stream goes when its document is empty."""
        for name in [n for n, s in self.streams.items() if not s.readers and not (isinstance(s, LiveStream) and s.doc)]:
            del self.streams[name]
        self._changed_at = {case: at for case, at in self._changed_at.items() if at > self._changes - CHANGES_REMEMBERED}

    def live(self, name: str) -> LiveStream:
        stream = self._stream(name)
        assert isinstance(stream, LiveStream), name
        return stream

    def show_live(self, name: str, doc: dict[str, Any]) -> None:
        """Replace a live stream's document; one that is empty and unread is let go."""
        stream = self.streams.get(name)
        if stream is None and not doc:
            return
        self.live(name).replace(doc)
        if not doc and stream is not None and not stream.readers:
            del self.streams[name]

    def _start_live(self, reader: Reader, stream: LiveStream, epoch: str, offset: int) -> None:
        missed = stream.since(offset) if epoch == stream.epoch else None
        if missed is None:
            self.send(reader, Snapshot(stream.topic, stream.epoch, stream.offset, stream.doc))
        else:
            self._resume(reader, stream, missed)
        self._attach(reader, stream)

    def _resume(self, reader: Reader, stream: Stream, missed: list[bytes]) -> None:
        reader.write(b"".join([*missed, frame(encode(Current(stream.topic, stream.epoch, stream.offset)))]))

    async def _start(self, reader: Reader, stream: Stream, dossier: Any, epoch: str, offset: int) -> None:
        """Resume from the ring, else from the database, else from a fresh snapshot; then join without an await in between."""
        missed = stream.since(offset) if epoch and epoch == stream.epoch else None
        source = "ring"
        if missed is None and epoch:
            source = "database"
            await self._together(("since", stream.name, epoch, str(offset)), lambda: self._recall(stream, epoch, offset))
            missed = stream.since(offset) if epoch == stream.epoch else None
        if reader not in self.readers:
            return
        if missed is not None:
            RESUMES.labels(source).inc()
            self._resume(reader, stream, missed)
            self._attach(reader, stream)
            return
        RESUMES.labels("snapshot").inc()
        at, data, fresh = await self._together(("snapshot", stream.name), lambda: self._snapshot(stream, dossier))
        # The stream may have moved on while we read: what came in between is in its ring.
        later = stream.since(at) if fresh == stream.epoch else None
        if later is None or reader not in self.readers:
            self.send(reader, Gone(stream.topic, "again"))
            return
        reader.write(b"".join([data, *later]))
        self._attach(reader, stream)

    async def _snapshot(self, stream: Stream, dossier: Any) -> tuple[int, bytes, str]:
        epoch, at, document = await self.source.snapshot(stream.name, dossier)
        self._settle(stream, epoch, at)
        return at, frame(encode(Snapshot(stream.topic, epoch, at, document))), epoch

    async def _recall(self, stream: Stream, epoch: str, offset: int) -> None:
        """Put what the database knows since a position into the ring, so that the next who resumes there finds it."""
        history = await self.source.since(stream.name, epoch, offset)
        if history is None:
            return
        self._settle(stream, epoch, history[-1][0] if history else offset)
        if history and stream.epoch == epoch:
            stream.recall(history)

    async def _together(self, key: tuple[str, ...], work: Callable[[], Awaitable[T]]) -> T:
        """One reading for all who want the same at the same time: a thousand pages that come back ask the database once."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.ensure_future(work())
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        return await asyncio.shield(flight)

    def _settle(self, stream: Stream, epoch: str, at: int) -> None:
        """What we just read from the database tells an idle stream where it stands."""
        if stream.epoch == epoch and stream.offset >= at:
            return
        if stream.readers:
            if stream.epoch == epoch:
                self._lacks(stream, at)  # its readers lack something that was committed elsewhere or is about to be published
                return
            self._send_back(stream)
        stream.reset(epoch, at)

    def _attach(self, reader: Reader, stream: Stream) -> None:
        if reader not in self.readers:
            return
        old = reader.topics.get(stream.topic)
        if old is stream:
            return
        if old is not None:
            old.readers.pop(reader, None)
        else:
            self.readers.count_topic(reader, 1)
            self.presence.came(stream.topic, reader.actor.id)
        reader.topics[stream.topic] = stream
        stream.attach(reader, reader.write)

    def unsubscribe(self, reader: Reader, topic: str) -> None:
        stream = reader.topics.pop(topic, None)
        if stream is not None:
            stream.readers.pop(reader, None)
            self.readers.count_topic(reader, -1)
            self.presence.went(topic, reader.actor.id)

    def _presence_changed(self, topic: str) -> None:
        if self.on_presence is not None:
            self.on_presence(topic)

    def _send_back(self, stream: Stream) -> None:
        """Readers whose history cannot be continued ask again, and get a fresh snapshot."""
        for reader in list(stream.readers):
            self.unsubscribe(reader, stream.topic)
            self.send(reader, Gone(stream.topic, "again"))

    # publishing

    def publish(self, stream_name: str, epoch: str, offset: int, patch: dict[str, Any]) -> None:
        """A committed change. Streams that nobody on this node has read are not kept; they are read from the database when needed."""
        PUBLISHED.inc()
        stream = self.streams.get(stream_name)
        if stream is None:
            return
        if stream.epoch != epoch:
            if stream.epoch == "" and stream.readers:
                stream.reset(epoch, 0, keep_readers=True)  # it was subscribed before it existed; this need not be its first event
            else:
                self._send_back(stream)
                stream.reset(epoch, offset - 1)
        if offset > stream.offset + 1:
            self._lacks(stream, offset)
            return
        stream.publish(offset, patch)

    def _lacks(self, stream: Stream, upto: int) -> None:
        """This node has not seen a part of a stream: read it from the database, up to an offset that is known to exist."""
        behind = stream.name in self._behind
        self._behind[stream.name] = max(upto, self._behind.get(stream.name, 0))
        if not behind:
            self._spawn(self._fill(stream))

    async def _fill(self, stream: Stream) -> None:
        """Where history ends, the readers are sent back for a snapshot. While the database does not answer, they wait."""
        try:
            while stream.offset < self._behind[stream.name] and self.streams.get(stream.name) is stream:
                try:
                    history = await self.source.since(stream.name, stream.epoch, stream.offset)
                except Exception as error:
                    log.warning("stream cannot be filled yet", stream=stream.topic, reason=type(error).__name__)
                    await asyncio.sleep(RETRY)
                    continue
                if not history:
                    self._send_back(stream)
                    self.streams.pop(stream.name, None)
                    return
                for offset, patch in history:
                    stream.publish(offset, patch)
        finally:
            del self._behind[stream.name]

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # in step with the database

    def heads(self, names: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Where some of this node's durable streams stand."""
        found = ((n, self.streams.get(n)) for n in names)
        return {n: (s.epoch, s.offset) for n, s in found if s is not None and s.epoch and not isinstance(s, LiveStream)}

    def compare(self, heads: dict[str, tuple[str, int]]) -> list[str]:
        """What is known elsewhere of where streams stand. Whatever lags here is filled; returns the names of those."""
        lagging = []
        for name, (epoch, offset) in heads.items():
            stream = self.streams.get(name)
            if stream is None or (stream.epoch == epoch and stream.offset >= offset):
                continue
            lagging.append(name)
            if not stream.readers:
                del self.streams[name]
            elif stream.epoch == epoch:
                self._lacks(stream, offset)
            elif stream.epoch:
                self._send_back(stream)
                self.streams.pop(name, None)
            else:
                # It did not exist when it was subscribed, and its first events were not seen here.
                stream.reset(epoch, 0, keep_readers=True)
                self._lacks(stream, offset)
        return lagging

    async def compare_with_database(self) -> None:
        """Compare all streams that are read here with the database, and ask again who may read them: after a cut of the backplane."""
        names = [n for n, s in self.streams.items() if s.readers and not isinstance(s, LiveStream)]
        for start in range(0, len(names), HEADS_AT_ONCE):
            self.compare(await self.source.heads(names[start : start + HEADS_AT_ONCE]))
        for case in [c for c, readers in self._by_case.items() if readers]:
            await self.revise_case(case)

    async def revise_case(self, case: str) -> None:
        """Ask again who may read what of a case that changed on another node."""
        # Also where nobody reads it yet: somebody may be about to, with what he has read before.
        self._changes += 1
        self._changed_at[case] = self._changes
        if self._by_case.get(case):
            dossier = await self._dossier_of(f"case/{case}")
            if dossier is not None:
                self.revise(dossier)

    def revise(self, dossier: Any) -> None:
        """Ask again who may read what of this case; close topics that were lost. Views can change with the stage or a caucus."""
        self._changes += 1
        self._changed_at[dossier.case.id] = self._changes
        readers = self._by_case.get(dossier.case.id)
        if not readers:
            return
        for reader in list(readers):
            if reader not in self.readers:
                readers.discard(reader)
                continue
            for topic in [t for t in reader.topics if _belongs(t, dossier)]:
                self._review(reader, topic, dossier)
        if not readers:
            del self._by_case[dossier.case.id]

    def _review(self, reader: Reader, topic: str, dossier: Any) -> None:
        view = audience.view_of(reader.actor, topic, dossier)
        if view is None or reader.topics[topic].name != f"{topic}|{view}":
            self.unsubscribe(reader, topic)
            self.send(reader, Gone(topic, "not_permitted" if view is None else "again"))

    async def reauthorise(self, reader: Reader, actor: Actor) -> None:
        """The rights of whoever holds this connection have changed: ask for each of its topics anew."""
        for topic in reader.topics:
            self.presence.went(topic, reader.actor.id)
            self.presence.came(topic, actor.id)
        reader.actor = actor
        for topic in list(reader.topics):
            dossier = await self._dossier_of(topic)
            if topic in reader.topics and reader.actor is actor:
                self._review(reader, topic, dossier)


def _belongs(topic: str, dossier: Any) -> bool:
    kind, _, name = topic.partition("/")
    if kind in {"case", "here"}:
        return bool(name == dossier.case.id)
    if kind == "code":
        return bool(name == dossier.case.code)
    return kind in {"room", "caucus", "live"} and name.partition("-")[0] == dossier.case.id
