"""A seat's two connections on Janus: a publisher's handle up, one subscriber's handle down (multistream)."""

from __future__ import annotations

from dataclasses import dataclass, field

from rooms.media.janus_session import Document

Feed = int | str
"""A publisher's id, a number or text as the Janus is configured."""
Track = tuple[str, str]
"""(source seat, kind)"""
Source = tuple[Feed, str]
"""(publisher's id, its MID)"""


@dataclass(slots=True)
class Up:
    """`mids`: kind → MID of the section that carries it. `remote`: ICE user fragment and fingerprints of the client."""

    handle: int
    feed: Feed
    remote: tuple[str, tuple[tuple[str, str], ...]]
    mids: dict[str, str]
    connected: bool = False


@dataclass(slots=True)
class Down:
    """`asked`: what Janus was asked to send, by its source. `sections`: source → MID of the section that it arrives in, once Janus has said so.

    `waiting`: an offer is not answered yet; meanwhile streams are only taken away. `pending`: Janus will offer by itself when it is.
    """

    handle: int
    revision: int = 0
    offer: str = ""
    waiting: bool = False
    pending: bool = False
    asked: dict[Source, Track] = field(default_factory=dict)
    sections: dict[Source, str] = field(default_factory=dict)
    silent: set[Track] = field(default_factory=set)
    """Tracks that this viewer paused, as Janus knows it."""

    def arranged(self, streams: list[Document]) -> None:
        """Take Janus's own list of this connection's streams."""
        self.sections = {(s["feed_id"], str(s["feed_mid"])): str(s["mid"]) for s in streams if "feed_id" in s and "feed_mid" in s}

    def tracks(self) -> dict[str, Track]:
        """MID of the section → what it carries."""
        return {mid: self.asked[source] for source, mid in self.sections.items() if source in self.asked}


@dataclass(slots=True)
class Seat:
    up: Up | None = None
    down: Down | None = None
    kinds: tuple[str, ...] = ()
    muted: frozenset[str] = frozenset()
    paused: set[Track] = field(default_factory=set)
