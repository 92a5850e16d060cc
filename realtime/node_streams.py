"""The streams of one node: made when they are first read, published to, and kept in step with the database.

What a stream lacks is read from the database: after an announcement that was lost, a position that lies before the ring, a cut of the
backplane. Whoever cannot be continued is sent back, and asks again for a fresh snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

import structlog

from realtime.messages import Snapshot, encode
from realtime.metrics import PUBLISHED
from realtime.streams import LiveStream, Stream, frame

log = structlog.get_logger("hub")

IDLE_STREAMS = 20_000
RETRY = 0.5
"""Seconds between two attempts to read what a stream lacks, when the database does not answer."""
HEADS_AT_ONCE = 500

T = TypeVar("T")


class Source(Protocol):
    """Where documents and history come from: `storage.reading.Reader`."""

    async def dossier_of(self, topic: str) -> Any: ...

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]: ...

    async def since(self, stream: str, epoch: str, offset: int) -> list[tuple[int, dict[str, Any]]] | None: ...

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]: ...


class NodeStreams:
    """`send_back(stream)` must take all readers off a stream and tell them to ask again."""

    def __init__(self, source: Source, send_back: Callable[[Stream], None]) -> None:
        self._source, self._send_back = source, send_back
        self.all: dict[str, Stream] = {}
        self._behind: dict[str, int] = {}
        """Streams that are being filled from the database, and the offset that they must reach."""
        self._flights: dict[tuple[str, ...], asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def get(self, name: str) -> Stream:
        """The stream, made if this node has not read it yet."""
        stream = self.all.get(name)
        if stream is None:
            if len(self.all) > IDLE_STREAMS:
                self.drop_idle()
            live, timer = name.startswith(("live/", "wall/", "here/")), asyncio.get_running_loop()
            stream = self.all[name] = LiveStream(name, timer=timer) if live else Stream(name, "", -1, timer)
        return stream

    def drop_idle(self) -> None:
        """Forget the rings that nobody reads: the database has what they hold. A live stream goes when its document is empty."""
        for name in [n for n, s in self.all.items() if not s.readers and not (isinstance(s, LiveStream) and s.doc)]:
            del self.all[name]

    # live streams

    def live(self, name: str) -> LiveStream:
        stream = self.get(name)
        assert isinstance(stream, LiveStream), name
        return stream

    def show_live(self, name: str, doc: dict[str, Any]) -> None:
        """Replace a live stream's document; one that is empty and unread is let go."""
        stream = self.all.get(name)
        if stream is None and not doc:
            return
        self.live(name).replace(doc)
        if not doc and stream is not None and not stream.readers:
            del self.all[name]

    # publishing

    def publish(self, name: str, epoch: str, offset: int, patch: dict[str, Any]) -> None:
        """A committed change. Streams that nobody on this node has read are not kept; they are read from the database when needed."""
        PUBLISHED.inc()
        stream = self.all.get(name)
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
            task = asyncio.get_running_loop().create_task(self._fill(stream))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fill(self, stream: Stream) -> None:
        """Where history ends, the readers are sent back for a snapshot. While the database does not answer, they wait."""
        try:
            while stream.offset < self._behind[stream.name] and self.all.get(stream.name) is stream:
                try:
                    history = await self._source.since(stream.name, stream.epoch, stream.offset)
                except Exception as error:
                    log.warning("stream cannot be filled yet", stream=stream.topic, reason=type(error).__name__)
                    await asyncio.sleep(RETRY)
                    continue
                if not history:
                    self._send_back(stream)
                    self.all.pop(stream.name, None)
                    return
                for offset, patch in history:
                    stream.publish(offset, patch)
        finally:
            del self._behind[stream.name]

    # reading from the database

    async def recall(self, stream: Stream, epoch: str, offset: int) -> None:
        """Put what the database knows since a position into the ring, where it knows it: whoever resumes there finds it."""
        await self._together(("since", stream.name, epoch, str(offset)), lambda: self._recall(stream, epoch, offset))

    async def _recall(self, stream: Stream, epoch: str, offset: int) -> None:
        history = await self._source.since(stream.name, epoch, offset)
        if history is None:
            return
        self._settle(stream, epoch, history[-1][0] if history else offset)
        if history and stream.epoch == epoch:
            stream.recall(history)

    async def snapshot(self, stream: Stream, dossier: Any) -> tuple[str, int, bytes]:
        """(epoch, offset, frame) of a fresh snapshot."""
        return await self._together(("snapshot", stream.name), lambda: self._snapshot(stream, dossier))

    async def _snapshot(self, stream: Stream, dossier: Any) -> tuple[str, int, bytes]:
        epoch, at, document = await self._source.snapshot(stream.name, dossier)
        self._settle(stream, epoch, at)
        return epoch, at, frame(encode(Snapshot(stream.topic, epoch, at, document)))

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

    # in step with the database

    def heads(self, names: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Where some of this node's durable streams stand."""
        found = ((n, self.all.get(n)) for n in names)
        return {n: (s.epoch, s.offset) for n, s in found if s is not None and s.epoch and not isinstance(s, LiveStream)}

    def lags(self, name: str, head: tuple[str, int]) -> bool:
        """Whether this node has a stream and does not know it up to there."""
        stream = self.all.get(name)
        return stream is not None and (stream.epoch != head[0] or stream.offset < head[1])

    def compare(self, heads: dict[str, tuple[str, int]]) -> None:
        """What is known elsewhere of where streams stand: whatever lags here is filled."""
        for name, (epoch, offset) in heads.items():
            if not self.lags(name, (epoch, offset)):
                continue
            stream = self.all[name]
            if not stream.readers:
                del self.all[name]
            elif stream.epoch == epoch:
                self._lacks(stream, offset)
            elif stream.epoch:
                self._send_back(stream)
                self.all.pop(name, None)
            else:
                # It did not exist when it was subscribed, and its first events were not seen here.
                stream.reset(epoch, 0, keep_readers=True)
                self._lacks(stream, offset)

    async def compare_with_database(self) -> None:
        """Compare all streams that are read here with the database."""
        names = [n for n, s in self.all.items() if s.readers and not isinstance(s, LiveStream)]
        for start in range(0, len(names), HEADS_AT_ONCE):
            self.compare(await self._source.heads(names[start : start + HEADS_AT_ONCE]))
