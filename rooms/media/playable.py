"""A segment as a player wants it: the same clusters behind a header that tells how long it is and where one may begin.

What the recorder writes can be cut off anywhere and still plays, so it knows neither its length nor its keyframes. Here a header is made of the recorded
one, and of what the journal says of its clusters (WebM) or they say themselves (MP4). The file is addressed by bytes without ever being put together: what
is read is decrypted, and nothing is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from rooms.media import mp4_index, webm_index
from rooms.media.boxes import BoxError
from rooms.media.matroska import MatroskaError
from rooms.media.mp4_silence import PACKETS
from rooms.media.segments import SegmentIndex


class NotPlayable(ValueError):
    """A segment without a header, or with one that cannot be read."""


class Playable:
    """The first `chunks` of a segment; `size` in bytes. Raises `NotPlayable`, and `SegmentBroken` also while it is read."""

    def __init__(self, index: SegmentIndex, chunks: int) -> None:
        if chunks < 1 or not index.chunks:
            raise NotPlayable("a segment without a header")
        self._index = index
        self.container = str(index.header.get("container", "webm"))
        """`webm` or `mp4`; `matroska` for H.264 of earlier versions."""
        records = index.chunks[1:chunks]
        pauses: list[int] = []
        try:
            if self.container == "mp4":
                # The journal does not tell where single frames lie; each fragment does, so all are opened once.
                self.head, pauses = mp4_index.index(index.read(0, 0), (index.read(number, number) for number in range(1, 1 + len(records))))
            else:
                clusters = [webm_index.Cluster(int(r["plain"]), int(r["t_last_ms"] or 0), r.get("key_ms")) for r in records]
                self.head = webm_index.header(index.read(0, 0), clusters)
        except (MatroskaError, BoxError) as error:
            raise NotPlayable(str(error)) from None
        self._chunks = [0, *accumulate(int(record["plain"]) for record in records)]
        """Where each chunk begins among the recorded bytes, and where the last one ends."""
        # (where it begins in the file, where among the recorded bytes; None for silence)
        self._pieces: list[tuple[int, int | None]] = []
        at, recorded = len(self.head), 0
        for pause in pauses:
            self._pieces += [(at, recorded), (at + pause - recorded, None)]
            at, recorded = at + pause - recorded + len(PACKETS), pause
        self._pieces.append((at, recorded))
        self._begins = [begin for begin, _ in self._pieces]
        self.size = at + self._chunks[-1] - recorded

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` up to but without `end`, which lie within the file."""
        found = [self.head[start:end]]
        spans: list[tuple[int, int | None, int]] = []
        for number in range(max(0, bisect_right(self._begins, start) - 1), len(self._pieces)):
            begin, recorded = self._pieces[number]
            first, last = max(start, begin), min(end, self._begins[number + 1] if number + 1 < len(self._pieces) else self.size)
            if first < last:
                spans.append((first - begin, recorded, last - first))
            elif begin >= end:
                break
        # All of them at once, since a chunk is decrypted as a whole.
        places = [(recorded + skipped, recorded + skipped + size) for skipped, recorded, size in spans if recorded is not None]
        origin = places[0][0] if places else 0
        data = self._decrypted(origin, places[-1][1]) if places else b""
        for skipped, recorded, size in spans:
            source, place = (PACKETS, skipped) if recorded is None else (data, recorded + skipped - origin)
            found.append(source[place : place + size])
        return b"".join(found)

    def _decrypted(self, start: int, end: int) -> bytes:
        """Some of the recorded bytes behind the header's chunk."""
        first = bisect_right(self._chunks, start) - 1
        last = bisect_right(self._chunks, end - 1) - 1
        data = self._index.read(first + 1, last + 1)
        return data[start - self._chunks[first] : end - self._chunks[first]]
