"""The engine protocol: what the server and a media worker say to each other.

MessagePack maps over a Unix socket, or over TLS where the worker is on a media node, which passes the bytes on. The worker first sends `Hello`. A request carries `id` and `op`;
its reply carries the same `id` and either `ok: true` with the fields of its result, or `error: {code, message}`. Events carry
`event`. Messages of one direction arrive in order. A message is at most 1 MiB, a description 64 KiB.

Rules that both sides rely on:

- **Default deny.** A source is forwarded to a listener only while the newest `SetRoutes` says so, and recorded only while it says so
  too. The reply to `SetRoutes` means that it is in force: not one packet more passes by the former routes. `epoch` must increase.
- **Fixed offerers.** Up, the client offers (`Publish`). Down, the worker offers (`Subscribe`, then events `Offer`), one at a time, each
  with a `revision` that `Answered` must name. A player (`Play`) is the exception: it offers once, and is never offered anything.
- **A seat has one connection each way.** A new `Publish` or `Subscribe` replaces the former one, except that a `Publish` with the same
  ICE credentials and fingerprint renegotiates it (a track added or removed).
- The worker exits, its recordings closed, when the socket ends; on a media node also when it is not asked anything for some seconds.

Error codes: `bad_request` `no_room` `no_seat` `bad_sdp` `stale_epoch` `stale_answer` `full` `recording` `unsupported` `internal`. Only `full` is worth a
retry unchanged.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

VERSION = 1
MAX_MESSAGE = 1 << 20
MAX_SEATS = 24
MAX_ROOMS = 64
PROOF = ".server"
"""Name of a file in the folder of recordings. With a dot, as no session's folder has one."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Ids of rooms, seats and recording sessions: 1 to 64 letters, digits, '-' or '_'."""
Sdp = Annotated[str, msgspec.Meta(max_length=64 * 1024)]
Kind = Literal["audio", "camera", "screen"]
Layer = Literal["off", "low", "full"]
Seats = Annotated[list[Name], msgspec.Meta(max_length=MAX_SEATS)]


class Request(msgspec.Struct, tag_field="op", forbid_unknown_fields=True, kw_only=True):
    """`id` is chosen by the server and is unique among requests under way."""

    id: int


class RoomRequest(Request):
    room: Name


class SeatRequest(RoomRequest):
    seat: Name


class RoomSettings(msgspec.Struct, forbid_unknown_fields=True):
    """`segment_seconds`: length after which a recording's segment is rotated."""

    segment_seconds: Annotated[float, msgspec.Meta(ge=2, le=3600)] = 300.0


class OpenRoom(RoomRequest, tag="open_room"):
    """Make the room; harmless when it exists (its settings are replaced)."""

    settings: RoomSettings = msgspec.field(default_factory=RoomSettings)


class CloseRoom(RoomRequest, tag="close_room"):
    """End all connections and recordings of the room. Harmless when there is none."""


class Publish(SeatRequest, tag="publish"):
    """→ `sdp` (the answer), `kinds` (what the seat sends)."""

    offer: Sdp


class Unpublish(SeatRequest, tag="unpublish"):
    """End the seat's uplink and give up its slots."""


class Subscribe(SeatRequest, tag="subscribe"):
    """→ `sdp` (the first offer of a new downlink), `revision`."""


class Play(SeatRequest, tag="play"):
    """A player's offer, whose sections the worker fills as it sees fit; replaces the seat's connection down. Reply: sdp."""

    offer: Sdp


class Answered(SeatRequest, tag="answered"):
    """The client's answer to the offer with this revision."""

    revision: int
    answer: Sdp


class SetRoutes(RoomRequest, tag="set_routes"):
    """`routes`: listener seat → source seats. `recorded`: seats that running recordings may follow, for all of them or by session."""

    epoch: int
    routes: Annotated[dict[Name, Seats], msgspec.Meta(max_length=MAX_SEATS)]
    recorded: Annotated[dict[Name, Seats], msgspec.Meta(max_length=16)] | Seats = msgspec.field(default_factory=list)


class SetLayer(SeatRequest, tag="set_layer"):
    """What `seat` can use of `source`: "off" pauses that track for it (a window out of sight), "low" is enough for a small window, "full"
    for a large one. The line decides what of that is sent."""

    source: Name
    kind: Literal["camera", "screen"]
    layer: Layer


class Mute(SeatRequest, tag="mute"):
    """The kinds of this seat that are neither forwarded nor recorded; replaces the former list."""

    kinds: Annotated[list[Kind], msgspec.Meta(max_length=3)]


class Kick(SeatRequest, tag="kick"):
    """End both connections of the seat and forget it. Keeping it out is the server's part."""


class RestartIce(SeatRequest, tag="restart_ice"):
    """Up: `sdp` is the client's offer with new credentials → `sdp` the answer. Down: → `sdp`, `revision`, an offer with new credentials."""

    direction: Literal["up", "down"]
    sdp: Sdp = ""


class Record(RoomRequest, tag="record"):
    """Begin, change or end the recording `session`: `seats` are those it may ever follow, `key` has 32 bytes."""

    session: Name
    on: bool
    seats: Seats = msgspec.field(default_factory=list)
    directory: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    key: bytes = b""


class Stats(Request, tag="stats"):
    """→ `stats`: of one room by seat and track, or of the whole worker when `room` is empty."""

    room: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Ping(Request, tag="ping"):
    """→ nothing."""


class End(Request, tag="end"):
    """Close all recordings and exit, as when the connection ends; there is no reply."""


AnyRequest = (
    OpenRoom
    | CloseRoom
    | Publish
    | Unpublish
    | Subscribe
    | Play
    | Answered
    | SetRoutes
    | SetLayer
    | Mute
    | Kick
    | RestartIce
    | Record
    | Stats
    | Ping
    | End
)


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """A server's first words to a media node: which of its workers is wanted. `token` is the server's fencing token: a node serves the highest it has
    seen. `folder` is where recordings go; its file `PROOF` has the text `secret`, by which the node knows that it is the same folder there."""

    worker: Annotated[int, msgspec.Meta(ge=0, le=255)]
    token: Annotated[int, msgspec.Meta(ge=0)]
    folder: Annotated[str, msgspec.Meta(max_length=1024)]
    secret: Annotated[str, msgspec.Meta(min_length=16, max_length=64)]


class Event(msgspec.Struct, tag_field="event", kw_only=True):
    """Root of what a worker tells unasked."""


class Hello(Event, tag="hello"):
    """`port` is the UDP port, `version` that of this protocol."""

    version: int
    port: int
    pid: int


class Refused(Event, tag="refused"):
    """A media node does not start the worker that a server asked for."""

    reason: str


class Over(Event, tag="over"):
    """A media node's last words: the worker's process has ended, and nothing of it writes any more."""


class Connected(Event, tag="connected"):
    room: str
    seat: str
    direction: Literal["up", "down"]


class Disconnected(Event, tag="disconnected"):
    """A connection ended by itself: the peer left, the handshake failed, or nothing was heard for 30 s."""

    room: str
    seat: str
    direction: Literal["up", "down"]
    reason: str


class Tracks(Event, tag="tracks"):
    """What a seat sends, whenever that changes."""

    room: str
    seat: str
    kinds: list[str]


class SameRoom(Event, tag="same_room"):
    """The microphones of two seats that hear each other seem to stand in one room; `other` is empty when that is over."""

    room: str
    seat: str
    other: str


class Speaking(Event, tag="speaking"):
    """The speaker, at most twice a second. `level` is −dBov: 0 loudest, 127 silence."""

    room: str
    seat: str
    level: int


class QualityChanged(Event, tag="quality"):
    """`loss` of 1 and `rtt` in s are the worse of both directions."""

    room: str
    seat: str
    quality: Literal["good", "weak", "lost"]
    loss: float
    rtt: float


class Pictures(Event, tag="pictures"):
    """Whether the seat's line carries all pictures that it wants to see, some of them, or none; sound is carried in any case."""

    room: str
    seat: str
    shown: Literal["all", "some", "none"]


class Layers(Event, tag="layers"):
    """How many layers of the seat's camera, from the smallest, somebody can use: it need not send the others."""

    room: str
    seat: str
    layers: int


class Offer(Event, tag="offer"):
    """A new offer for a seat's downlink, to be answered with `Answered`."""

    room: str
    seat: str
    revision: int
    sdp: str


class Segment(Event, tag="segment"):
    """Chunks of a recording's segment that are on the disk, every few seconds, and `closed` with its last line at the end.

    Files: `<directory>/<segment>.webm.enc` or `.mp4.enc`, and `.journal`; the fields of chunks are those of `segments.ChunkRecord`. `closed` has
    `sha256`, `bytes`, `chunks`, `duration_ms`, `codecs`, `wall_start_ms`, `reason`, and what `marks.Marks.told` has. The reason `failed` means that the disk
    took no more: its file has no end, and what is told is what has reached the disk.
    """

    room: str
    session: str
    seat: str
    part: Literal["main", "screen"]
    directory: str
    segment: str
    chunks: list[dict[str, Any]]
    closed: dict[str, Any] | None = None


class RecordingFailed(Event, tag="recording_failed"):
    """A segment could not be written; the next one is tried. Somebody must look at the disk. `cause` is the error's name, such as ENOSPC, without a path."""

    room: str
    session: str
    seat: str
    part: str
    directory: str
    message: str
    cause: str


class RecordingPace(Event, tag="recording_pace"):
    """How the disk keeps up, whenever that changes: `slow` while frames wait for seconds, `losing` once they are dropped, `well` again."""

    room: str
    session: str
    pace: Literal["well", "slow", "losing"]


AnyEvent = (
    Hello
    | Refused
    | Over
    | Connected
    | Disconnected
    | Tracks
    | SameRoom
    | Speaking
    | QualityChanged
    | Pictures
    | Layers
    | Offer
    | Segment
    | RecordingFailed
    | RecordingPace
)


class EngineError(Exception):
    """A request was refused. `code` is one of those in the module's docstring; `retry` tells whether the same request may work later."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def retry(self) -> bool:
        return self.code == "full"
