"""The hub: connections, their subscriptions, and the streams that they read.

The hub never decides who may read what: it asks `audience.view_of`, at the subscription and again after every change of the case, and
closes a topic at once to whoever has lost it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import structlog

from cases.actor import Actor
from cases.errors import Refusal
from realtime import audience
from realtime.messages import Current, Gone, ServerMessage, Snapshot, encode
from realtime.metrics import CUTS, RESUMES
from realtime.node_streams import NodeStreams, Source
from realtime.presence import Presence
from realtime.readers import Quotas, Readers
from realtime.session import RETURNS_A_SECOND, Code, come_back
from realtime.streams import LiveStream, Stream, frame

log = structlog.get_logger("hub")

ATTEMPTS = 5
"""How often a subscription is read again because its case changed meanwhile."""
CHANGES_REMEMBERED = 10_000
"""Changes that may happen while one subscription is being read."""


class Reader(Protocol):
    """A connection as the hub sees it."""

    actor: Actor
    login: str
    address: str
    topics: dict[str, Stream]

    @property
    def account(self) -> str: ...

    def write(self, data: bytes) -> Any: ...

    def answer(self, data: bytes) -> Any: ...

    def close(self, code: int, reason: str) -> None: ...

    def __hash__(self) -> int: ...


class Hub:
    def __init__(self, source: Source, now: Callable[[], datetime], node: str) -> None:
        self.source, self.now, self.node = source, now, node
        self.readers = Readers()
        self.quotas = Quotas()
        self.streams = NodeStreams(source, self._send_back)
        self.presence = Presence(self._presence_changed)
        self.on_presence: Callable[[str], None] | None = None
        self._by_case: dict[str, set[Reader]] = {}
        self._cases: dict[Reader, set[str]] = {}
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
        for case in self._cases.pop(reader, ()):
            readers = self._by_case.get(case, set())
            readers.discard(reader)
            if not readers:
                self._by_case.pop(case, None)

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

    def tell(self, readers: Iterable[Reader], message: ServerMessage) -> None:
        """The same to several connections, put into bytes once."""
        data = b""
        for reader in readers:
            if reader in self.readers:
                data = data or frame(encode(message))
                for stream in reader.topics.values():
                    stream.flush()
                reader.write(data)

    def return_after(self) -> int:
        """Milliseconds after which the next of those who must go may come back: one after the other, so that all come back in turn."""
        self._leaving += 1
        return 500 + self._leaving * 1000 // RETURNS_A_SECOND

    # subscriptions

    async def subscribe(self, reader: Reader, topic: str, epoch: str, offset: int) -> None:
        """Answer with what was missed, or a snapshot, and let the reader follow; or say why not.

        What is sent was read after the question who may read it, so that question is asked again when the case changed in between: nothing is
        written, and nobody attached, on the strength of a right that has gone.
        """
        if topic not in reader.topics and self.readers.over_topics(reader, len(reader.topics)):
            self.send(reader, Gone(topic, "too_many_topics"))
            return
        for _ in range(ATTEMPTS):
            changes, actor = self._changes, reader.actor
            dossier = await self._dossier_of(topic)
            view = audience.view_of(reader.actor, topic, dossier)
            if view is None:
                self.unsubscribe(reader, topic)
                self.send(reader, Gone(topic, audience.why_none(reader.actor, topic, dossier)))
                return
            case = dossier.case.id if dossier is not None else ""
            if case and reader in self.readers:
                self._by_case.setdefault(case, set()).add(reader)
                self._cases.setdefault(reader, set()).add(case)
            stream = self.streams.get(f"{topic}|{view}")
            read = None if isinstance(stream, LiveStream) else await self._read(stream, dossier, epoch, offset)
            if reader not in self.readers:
                return
            # Nor on a stream that this node has let go of meanwhile, nor for somebody whose role is another one by now.
            kept = self.streams.all.get(stream.name) is stream and reader.actor is actor
            if kept and self._changed_at.get(case, 0) <= changes:
                self._start(reader, stream, read, epoch, offset)
                return
        self.send(reader, Gone(topic, "again"))

    async def _dossier_of(self, topic: str) -> Any:
        try:
            return await self.source.dossier_of(topic)
        except Refusal:
            return None

    async def _read(self, stream: Stream, dossier: Any, epoch: str, offset: int) -> tuple[str, int, bytes] | None:
        """Bring what is missing since the reader's position into the ring; a snapshot where that cannot be, or there is no position."""
        if epoch and epoch == stream.epoch and stream.since(offset) is not None:
            RESUMES.labels("ring").inc()
            return None
        if epoch:
            await self.streams.recall(stream, epoch, offset)
            if epoch == stream.epoch and stream.since(offset) is not None:
                RESUMES.labels("database").inc()
                return None
        RESUMES.labels("snapshot").inc()
        return await self.streams.snapshot(stream, dossier)

    def _start(self, reader: Reader, stream: Stream, read: tuple[str, int, bytes] | None, epoch: str, offset: int) -> None:
        """Write and attach, without an await in between: what came while we read is in the ring."""
        fresh = read
        if fresh is None and isinstance(stream, LiveStream) and (epoch != stream.epoch or stream.since(offset) is None):
            snapshot = Snapshot(stream.topic, stream.epoch, stream.offset, stream.doc)
            fresh = (stream.epoch, stream.offset, frame(encode(snapshot)))
        begins, at, first = fresh or (epoch, offset, b"")
        missed = stream.since(at) if begins == stream.epoch else None
        if missed is None:
            self.send(reader, Gone(stream.topic, "again"))
            return
        last = b"" if fresh else frame(encode(Current(stream.topic, stream.epoch, stream.offset)))
        reader.answer(b"".join([first, *missed, last]))
        self._attach(reader, stream)

    def _attach(self, reader: Reader, stream: Stream) -> None:
        if reader not in self.readers:
            return
        old = reader.topics.get(stream.topic)
        if old is stream:
            return
        if old is not None:
            old.detach(reader)
        else:
            self.readers.count_topic(reader, 1)
            self.presence.came(stream.topic, reader.actor.id)
        reader.topics[stream.topic] = stream
        stream.attach(reader, reader.write)

    def unsubscribe(self, reader: Reader, topic: str) -> None:
        stream = reader.topics.pop(topic, None)
        if stream is not None:
            stream.detach(reader)
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

    # who may read

    def cases(self) -> list[str]:
        """Of which somebody here reads anything."""
        return [case for case, readers in self._by_case.items() if readers]

    def drop_idle(self) -> None:
        """Let go of what is only kept in case somebody asks soon."""
        self.streams.drop_idle()
        self._changed_at = {case: at for case, at in self._changed_at.items() if at > self._changes - CHANGES_REMEMBERED}

    def concerns(self, case: str) -> bool:
        """Whether somebody here reads anything of this case."""
        return bool(self._by_case.get(case))

    def note_change(self, case: str) -> None:
        """A case has changed: what was read of it before is old."""
        self._changes += 1
        self._changed_at[case] = self._changes

    async def revise_case(self, case: str, always: bool = False) -> Any:
        """Ask again who may read what of a case that may have changed on another node; returns what it is now, if anybody (or `always`) asks."""
        while True:
            # To ask is no change: two who ask at once would else send each other back for ever.
            mark = self._changes
            if not (always or self.concerns(case)):
                return None
            dossier = await self._dossier_of(f"case/{case}")
            # A commit of our own while we read is newer than what we read.
            if self._changed_at.get(case, 0) <= mark:
                break
        if dossier is not None:
            self.revise(dossier)
        return dossier

    def revise(self, dossier: Any) -> None:
        """Ask again who may read what of this case; close topics that were lost. Views can change with the stage or a caucus."""
        self.note_change(dossier.case.id)
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
            self.send(reader, Gone(topic, audience.why_none(reader.actor, topic, dossier) if view is None else "again"))

    async def reauthorise(self, reader: Reader, actor: Actor) -> None:
        """The rights of whoever holds this connection have changed: ask for each of its topics anew. Where that cannot be answered, the
        connection is closed and asks by itself when it comes again."""
        for topic in reader.topics:
            self.presence.went(topic, reader.actor.id)
            self.presence.came(topic, actor.id)
        reader.actor = actor
        try:
            for topic in list(reader.topics):
                dossier = await self._dossier_of(topic)
                if topic in reader.topics and reader.actor is actor:
                    self._review(reader, topic, dossier)
        except Exception as error:
            log.warning("rights cannot be asked", reason=type(error).__name__)
            reader.close(Code.TRY_LATER, come_back("your rights have changed", 1000))


def _belongs(topic: str, dossier: Any) -> bool:
    kind, _, name = topic.partition("/")
    if kind in {"case", "own", "here", "ratings", "data", "risk"}:
        return bool(name == dossier.case.id)
    if kind == "code":
        return bool(name == dossier.case.code or name in dossier.case.revoked_codes)
    return kind in {"room", "caucus", "live"} and name.partition("-")[0] == dossier.case.id
