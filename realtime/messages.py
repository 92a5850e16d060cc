"""The wire: every message of the websocket, each a MessagePack map with its tag under `t`. `messages.ts` is generated from this file.

A client speaks first (`Hello`) within five seconds. Binary frames only; one message a frame; at most 256 KiB.
Documented for writers of other clients in `docs/protocol.md`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from agreements.commands import AgreementCommand, PrivateDraftCommand, RemarkCommand
from agreements.linter import Finding
from cases.commands.archiving import ArchiveCommand
from cases.commands.casework import CaseCommand, CorrectParty, FillForm
from cases.commands.data import DataCommand
from cases.commands.declining import DecliningCommand
from cases.commands.escalation import EscalationCommand
from cases.commands.experts import ExpertCommand
from cases.commands.joint import JointCommand
from cases.commands.keeping import KeepingCommand
from cases.commands.performance import PerformanceCommand
from cases.commands.public_code import RenewCode
from cases.commands.rating import RatingCommand
from cases.commands.risk import RiskCommand
from cases.commands.scheduling import ScheduleCommand
from cases.commands.statements import PageCommand, ShowCommand, StatementCommand
from cases.storable import may_have_nul, without_nul
from rooms.commands import ConcludeOral, OpenSession, RoomCommand

PROTOCOL_VERSION = 1
MESSAGE_LIMIT = 256 * 1024
KEY_LIMIT = 64
TOPIC_LENGTH = 80
WINDOW_LENGTH = 40

Command = (
    ArchiveCommand | CaseCommand | CorrectParty | DataCommand | DecliningCommand | EscalationCommand | ExpertCommand | FillForm | JointCommand | KeepingCommand | PageCommand | PerformanceCommand | RatingCommand | RenewCode | RiskCommand | ScheduleCommand | StatementCommand | ShowCommand | RoomCommand | OpenSession | ConcludeOral
    | AgreementCommand | RemarkCommand | PrivateDraftCommand
)  # fmt: skip


class Hello(msgspec.Struct, tag_field="t", tag="hello"):
    """First message. `version` is the protocol's; a server of another version answers with close code 4406. `window`: chosen by a page, and the
    same on each of its connections until its person comes in anew."""

    version: int
    language: str = "zh"
    window: Annotated[str, Meta(max_length=WINDOW_LENGTH)] = ""


class Subscribe(msgspec.Struct, tag_field="t", tag="subscribe"):
    """Follow a topic. With `epoch` and `offset` of what is already held, only what came since is sent, if it is still known."""

    topic: Annotated[str, Meta(max_length=TOPIC_LENGTH)]
    epoch: Annotated[str, Meta(max_length=16)] = ""
    offset: Annotated[int, Meta(ge=0, le=2**53)] = 0


class Unsubscribe(msgspec.Struct, tag_field="t", tag="unsubscribe"):
    topic: str


class Do(msgspec.Struct, tag_field="t", tag="do"):
    """A command with its idempotency key: chosen by the client, the same when it is sent again, answered once."""

    key: str
    command: Command


class Ask(msgspec.Struct, tag_field="t", tag="ask"):
    """A request about media or the draft, answered with `Done` or `Refused` under the same key, never stored.

    `what` is one of `publish`, `unpublish`, `subscribe_media`, `answer`, `restart_ice`, `layer`, `draft_open`, `draft_close`,
    `draft_changes`. `client`: the client id to go on with in a draft that was open before a cut, 0 for a new one. `document`: the private talk's draft; empty:
    everybody's.
    """

    key: str
    what: str
    session: str
    sdp: str = ""
    revision: int = 0
    direction: str = ""
    kinds: list[str] = []
    client: int = 0
    document: str = ""


class DraftUpdate(msgspec.Struct, tag_field="t", tag="draft_update"):
    """A Yjs update (v1). Acknowledged with `Done` once it is stored, refused with the reason otherwise. `base`: the number of the last entry that the edit was
    made on; a paragraph is split or joined only as its author saw it."""

    key: str
    session: str
    document: str
    update: bytes
    base: int | None = None


class DraftAwareness(msgspec.Struct, tag_field="t", tag="draft_awareness"):
    """y-protocols awareness of the sender's own client id; anything else is dropped."""

    session: str
    document: str
    update: bytes


class Typing(msgspec.Struct, tag_field="t", tag="typing"):
    """The sender writes a line of chat (or has stopped). Goes out by itself after six seconds; send it again every three."""

    session: str
    on: bool = True


Ms = Annotated[int, Meta(ge=0, le=120_000)]
Part = Annotated[float, Meta(ge=0, le=1)]


class CallReport(msgspec.Struct, tag_field="t", tag="call_report"):
    """How the sender's call went in the last `seconds`, as its browser counted: sent each half minute and at the end, never answered; of one seat
    one in ten seconds is kept. Times in ms, losses of 1; `round_trip` -1 where it is not known."""

    session: Annotated[str, Meta(max_length=40)]
    seconds: Annotated[float, Meta(ge=0, le=120)]
    round_trip: Annotated[int, Meta(ge=-1, le=60_000)] = -1
    loss_up: Part = 0.0
    loss_down: Part = 0.0
    jitter: Ms = 0
    frozen: Ms = 0
    concealed: Ms = 0
    height: Annotated[int, Meta(ge=0, le=4320)] = 0
    path: Literal["", "host", "srflx", "prflx", "relay"] = ""
    transport: Literal["", "udp", "tcp"] = ""


class Ping(msgspec.Struct, tag_field="t", tag="ping"):
    pass


ClientMessage = Hello | Subscribe | Unsubscribe | Do | Ask | DraftUpdate | DraftAwareness | Typing | CallReport | Ping


class Welcome(msgspec.Struct, tag_field="t", tag="welcome"):
    """Answer to `Hello`. `node` changes when the server starts anew. `who` is the actor as the server sees it."""

    version: int
    node: str
    now: datetime
    who: dict[str, Any]


class Snapshot(msgspec.Struct, tag_field="t", tag="snapshot"):
    """The whole document of a topic in the receiver's view, as of `offset`."""

    topic: str
    epoch: str
    offset: int
    doc: dict[str, Any]


class Event(msgspec.Struct, tag_field="t", tag="event"):
    """A change of a topic's document: a JSON merge patch (RFC 7396). Applies to `offset - 1`; older ones are ignored."""

    topic: str
    offset: int
    patch: dict[str, Any]


class Current(msgspec.Struct, tag_field="t", tag="current"):
    """Answer to a `Subscribe` that could be resumed: all events up to `offset` have been sent before this."""

    topic: str
    epoch: str
    offset: int


class Gone(msgspec.Struct, tag_field="t", tag="gone"):
    """The topic is closed to this receiver: never open, no longer permitted, or ended."""

    topic: str
    code: str


class Done(msgspec.Struct, tag_field="t", tag="done"):
    key: str
    result: dict[str, Any] = {}


class Refused(msgspec.Struct, tag_field="t", tag="refused"):
    """`code` is stable, `message` the English sentence, `detail` what it is about; `retry`: the same may succeed later."""

    key: str
    code: str
    message: str
    detail: dict[str, Any] = {}
    retry: bool = False


class MediaOffer(msgspec.Struct, tag_field="t", tag="media_offer"):
    """The server's offer for the connection down; answered by `Ask("answer")` with the same revision."""

    session: str
    revision: int
    sdp: str


class MediaLayers(msgspec.Struct, tag_field="t", tag="media_layers"):
    """How many layers of the receiver's camera, from the smallest, somebody can use at present; the others need not be sent."""

    session: str
    layers: int


class DraftState(msgspec.Struct, tag_field="t", tag="draft_state"):
    """The whole draft: its Yjs state as of entry `seq`, and the client id granted to the receiver's connection."""

    session: str
    document: str
    client: int
    state: bytes
    editable: bool
    seq: int


class DraftRemote(msgspec.Struct, tag_field="t", tag="draft_remote"):
    """What others wrote, as one update: with it, and with your own, a copy holds everything up to entry `seq`."""

    session: str
    document: str
    update: bytes
    seq: int


class DraftFindings(msgspec.Struct, tag_field="t", tag="draft_findings"):
    """What a court could not confirm or enforce in the draft as it stands; all of it, whenever it changed."""

    session: str
    document: str
    findings: list[Finding]


class DraftPresence(msgspec.Struct, tag_field="t", tag="draft_presence"):
    session: str
    document: str
    update: bytes


class Pong(msgspec.Struct, tag_field="t", tag="pong"):
    now: datetime


ServerMessage = (
    Welcome
    | Snapshot
    | Event
    | Current
    | Gone
    | Done
    | Refused
    | MediaOffer
    | MediaLayers
    | DraftState
    | DraftRemote
    | DraftFindings
    | DraftPresence
    | Pong
)

_decoder = msgspec.msgpack.Decoder(ClientMessage)
_encoder = msgspec.msgpack.Encoder()


class Malformed(ValueError):
    """A message that is not of the protocol. The text says where, in msgspec's words."""


def decode(data: bytes) -> ClientMessage:
    """One client message. Raises `Malformed`."""
    try:
        message = _decoder.decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Malformed(str(error)) from None
    return without_nul(message) if may_have_nul(data) else message


def encode(message: ServerMessage) -> bytes:
    return _encoder.encode(message)
