"""A segment as a player wants it: the same clusters behind a header that tells how long it is and where one may begin, and silence where nothing was sent.

What the recorder writes can be cut off anywhere and still plays, so it knows neither its length nor its keyframes. Here a header is made of the recorded
one, and of what the journal says of its clusters (WebM) or they say themselves (MP4). The file is addressed by bytes without ever being put together: what
is read is decrypted, and nothing is kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from rooms.media import mp4_index, webm_index
from rooms.media.boxes import BoxError
from rooms.media.filling import AsRecorded, Filling
from rooms.media.heard import Heard
from rooms.media.matroska import MatroskaError
from rooms.media.mp4_silence import Mp4Silence
from rooms.media.segments import SegmentBroken, SegmentIndex
from rooms.media.webm_silence import Span, WebmSilence
from rooms.media.webm_sound import heard, sound_track


class NotPlayable(ValueError):
    """A segment without a header, or with one that cannot be read."""


class Playable:
    """The first `chunks` of a segment; `size` in bytes. `silence` False: a WebM's pauses are left as they are, for whoever places sound by its times; an
    MP4's tables are of sound without pauses always. Raises `NotPlayable`, and `SegmentBroken` also while it is read."""

    def __init__(self, index: SegmentIndex, chunks: int, silence: bool = True) -> None:
        if chunks < 1 or not index.chunks:
            raise NotPlayable("a segment without a header")
        self._index = index
        self.container = str(index.header.get("container", "webm"))
        """`webm` or `mp4`; `matroska` for H.264 of earlier versions."""
        records = index.chunks[1:chunks]
        try:
            self.head, self._filling = _mp4(index, records) if self.container == "mp4" else _webm(index, records, silence)
        except (MatroskaError, BoxError) as error:
            raise NotPlayable(str(error)) from None
        self._begins = [*accumulate(self._filling.sizes, initial=len(self.head))]
        """Where each chunk begins, and where the last one ends."""
        self.size = self._begins[-1]

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` up to but without `end`, which lie within the file."""
        if end <= len(self.head):
            return self.head[start:end]
        origin = len(self.head)
        first = bisect_right(self._begins, max(start, origin)) - 1
        last = bisect_right(self._begins, end - 1) - 1
        found = [self._chunk(first + number, chunk) for number, chunk in enumerate(self._index.read(first + 1, last + 1))]
        behind = b"".join(found)[max(start, origin) - self._begins[first] : end - self._begins[first]]
        return self.head[start:] + behind

    def _chunk(self, number: int, chunk: bytes) -> bytes:
        try:
            return self._filling.filled(number, chunk)
        except (MatroskaError, BoxError):
            raise SegmentBroken(self._index.name, number + 1) from None


def _mp4(index: SegmentIndex, records: Sequence[dict[str, Any]]) -> tuple[bytes, Filling]:
    """The journal does not tell where single frames lie; each fragment does, so all are opened once."""
    head, pauses = mp4_index.index(index.read(0, 0)[0], index.pieces(1, len(records)))
    return head, Mp4Silence(pauses, [int(record["plain"]) for record in records])


def _webm(index: SegmentIndex, records: Sequence[dict[str, Any]], silence: bool) -> tuple[bytes, Filling]:
    recorded = index.read(0, 0)[0]
    sizes = [int(record["plain"]) for record in records]
    filling: Filling = AsRecorded(sizes)
    if silence and (track := sound_track(recorded)) is not None:
        spans = [Span(record["t_first_ms"], record["t_last_ms"], size) for record, size in zip(records, sizes, strict=True)]
        filling = WebmSilence(track, [_heard(index, number, record, track) for number, record in enumerate(records, 1)], spans)
    clusters = [
        webm_index.Cluster(size, int(record["t_last_ms"] or 0), record.get("key_ms"))
        for size, record in zip(filling.sizes, records, strict=True)
    ]
    return webm_index.header(recorded, clusters), filling


def _heard(index: SegmentIndex, number: int, record: dict[str, Any], track: int) -> Heard | None:
    """From the journal; where it is of an earlier version, from the chunk itself."""
    if "heard" not in record:
        return heard(index.read(number, number)[0], track)
    try:
        return Heard.of_json(record["heard"]) if record["heard"] is not None else None
    except ValueError:
        raise SegmentBroken(index.name, number) from None
