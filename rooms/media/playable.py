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
        try:
            if self.container == "mp4":
                # The journal does not tell where single frames lie; each fragment does, so all are opened once.
                self.head = mp4_index.header(index.read(0, 0), (index.read(number, number) for number in range(1, 1 + len(records))))
            else:
                clusters = [webm_index.Cluster(int(r["plain"]), int(r["t_last_ms"] or 0), r.get("key_ms")) for r in records]
                self.head = webm_index.header(index.read(0, 0), clusters)
        except (MatroskaError, BoxError) as error:
            raise NotPlayable(str(error)) from None
        self._starts = [len(self.head) + start for start in (0, *accumulate(int(record["plain"]) for record in records))]
        self.size = self._starts[-1]

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` up to but without `end`, which lie within the file."""
        found = self.head[start:end]
        if end > len(self.head):
            first = max(0, bisect_right(self._starts, max(start, len(self.head))) - 1)
            last = bisect_right(self._starts, end - 1) - 1
            data = self._index.read(first + 1, last + 1)
            offset = self._starts[first]
            found += data[max(start, len(self.head)) - offset : end - offset]
        return found
