"""Live streams: documents that no database keeps. Who is there, who speaks, who types.

Each source on each node contributes a whole small document to a stream; the stream shows all of them merged. A node tells its contributions
again every few seconds; what is not told again is forgotten, so that nobody is shown as present for ever: neither what a killed node said
last, nor what was taken back in an announcement that got lost.
"""

from __future__ import annotations

from collections.abc import Callable

from realtime.backplane import Live
from realtime.patch import Doc, apply

REFRESH = 5.0
SILENT = 16.0
"""Seconds after which a contribution of another node that is not told again is forgotten: three refreshes, and a second."""

Show = Callable[[str, Doc], None]


class LiveDocs:
    """`show(stream, document)` publishes; `announce` tells the other nodes. Pure: time is an argument (seconds, monotonic)."""

    def __init__(self, show: Show, announce: Callable[[Live], None]) -> None:
        self._show, self._announce = show, announce
        self._own: dict[str, dict[str, Doc]] = {}
        self._said: dict[str, dict[tuple[str, str], Doc]] = {}  # stream → (node, source) → document
        self._heard: dict[tuple[str, str, str], float] = {}  # (node, stream, source) → when it was told last

    def contribute(self, stream: str, source: str, doc: Doc) -> None:
        """What `source` on this node says of a stream, whole. An empty document takes it back."""
        own = self._own.setdefault(stream, {})
        if own.get(source, {}) == doc:
            return
        if doc:
            own[source] = doc
        else:
            del own[source]
        self._announce(Live(stream, source, doc))
        self._put(stream, ("", source), doc)

    def withdraw(self, stream: str) -> None:
        """Take back all that this node says of a stream."""
        for source in list(self._own.get(stream, ())):
            self.contribute(stream, source, {})
        self._own.pop(stream, None)

    def hear(self, node: str, live: Live, now: float) -> None:
        """What another node says; an empty document takes it back."""
        told = (node, live.stream, live.source)
        if live.doc:
            self._heard[told] = now
        else:
            self._heard.pop(told, None)
        self._put(live.stream, (node, live.source), live.doc)

    def merged(self, stream: str) -> Doc:
        """What all nodes say of a stream at present."""
        merged: Doc = {}
        for _, doc in sorted(self._said.get(stream, {}).items()):
            merged = apply(merged, doc)
        return merged

    def tell(self) -> list[Live]:
        """All of this node's contributions, to be announced again."""
        return [Live(stream, source, doc) for stream, own in self._own.items() for source, doc in own.items()]

    def forget(self, now: float) -> set[str]:
        """Drop what other nodes have not told again for `SILENT` seconds; returns the nodes of which nothing is left."""
        old = [told for told, at in self._heard.items() if now - at > SILENT]
        for node, stream, source in old:
            del self._heard[node, stream, source]
            self._put(stream, (node, source), {})
        return {node for node, _, _ in old} - {node for node, _, _ in self._heard}

    def _put(self, stream: str, key: tuple[str, str], doc: Doc) -> None:
        said = self._said.setdefault(stream, {})
        if doc:
            said[key] = doc
        else:
            said.pop(key, None)
        merged = self.merged(stream)
        if not said:
            del self._said[stream]
        self._show(stream, merged)
