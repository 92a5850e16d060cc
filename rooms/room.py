"""A mediation session (调解): who sits in it, in which stage it is, and who hears and sees whom.

This file decides caucus privacy for media; `realtime/audience.py` decides it for events; nobody else does.

Rules
* A person is heard and seen only after being admitted.
* `routes()` is the whole truth about forwarding: listener → sources. What is not in it is not forwarded.
* A caucus (背对背) is announced as `opening`; its people hear each other only once every media worker has acknowledged the routes of this
  epoch (`caucus_open`). Outsiders hear nobody, nobody hears them, and they are not recorded meanwhile.
* The recording runs only while every admitted party consents; one refusal stops it and the written record goes on (在线调解规则 22).
* Who has given a statement from afar is not waited for until the text is confirmed, and has spoken once the statement was read out.
* Leaving and refusing carry no penalty (人民调解法 17, 26).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from cases.acting import Acting
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.vocabulary import Consent, SeatRole, SeatState, SessionStage
from rooms.written_record import WrittenRecord

ORDER: tuple[SessionStage, ...] = tuple(SessionStage)
SEAT_LIMIT = 8
CHAT_LIMIT = 500
LINE_LIMIT = 1000
RETURN_WITHIN = timedelta(hours=24)
SILENT = frozenset({SeatRole.OBSERVER, SeatRole.RECORDER})
"""They watch and listen: neither heard, nor seen, nor recorded."""


class IdentityTry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A proof of identity to a provider. `token`: by which the server asks it; `device`: of the seat, as it was then; `failed`: why, where it did; `id_number`: as the person
    gave it, where the case has none: it enters the case when it is proved."""

    token: str
    at: datetime
    device: int
    count: int = 1
    failed: str = ""
    id_number: str = ""


class Seat(msgspec.Struct, omit_defaults=True):
    id: str
    role: SeatRole
    name: str
    state: SeatState = SeatState.INVITED
    party: str = ""  # the party of the case that sits here
    org: str = ""  # a mediator's organisation, as it was when the chair was taken
    consents: dict[str, bool] = {}
    notice: bool = False
    verified: bool = False
    identity: IdentityTry | None = None
    hand: bool = False
    audio: bool = True
    camera: bool = True
    screen: bool = False
    spoken: bool = False
    minutes: int = 0  # an expert's stay, counted from admission
    stages: list[SessionStage] = []
    until: datetime | None = None
    speciality: str = ""
    invitation: str = ""  # of an expert of the pool
    undeclared: bool = False  # such an expert, who has not declared to have no interest in the case
    revoked: bool = False
    known: bool = False  # was admitted once
    asked: list[str] = []  # media that the mediator asks to switch on
    declined: list[str] = []  # media of which that was declined
    device: int = 0  # how often it was taken over by another one
    beside: str = ""  # the seat at whose device this one is
    holds: bool = False  # the device, of those who share it
    acts: Acting | None = None  # for the party, whose place in the room this is; `name` then says both

    @property
    def present(self) -> bool:
        return self.state is SeatState.ADMITTED


class Line(msgspec.Struct):
    id: int
    seat: str
    text: str
    at: datetime


class Caucus(msgspec.Struct, omit_defaults=True):
    id: str
    seats: list[str]
    opened_at: datetime
    open: bool = False  # every worker acknowledged the routes
    lines: list[Line] = []
    draft: str = ""  # the private draft that is open in it


class PrivateDraft(msgspec.Struct, omit_defaults=True):
    """A draft of a private talk: `seats` are those who may read it, the mediator's among them. `agreed`: seat → hash of what it agrees to have brought back."""

    document: str
    seats: list[str]
    begun_at: datetime
    agreed: dict[str, str] = {}
    closed_at: datetime | None = None  # since the last talk in which it was open
    brought_at: datetime | None = None

    @property
    def talk(self) -> str:
        """The private talk in which it was begun."""
        return self.document.split("/")[1]


class OralAgreement(msgspec.Struct, omit_defaults=True):
    """What was agreed by word of mouth. `confirmed`: seat → `device` or `stated` (by the mediator, for the reason in `reasons`)."""

    revision: int
    matters: str
    facts: str
    content: str
    manner: str
    deadline: str
    read_at: datetime | None = None
    confirmed: dict[str, str] = {}
    reasons: dict[str, str] = {}
    doubt: str = ""
    doubt_of: str = ""
    concluded_at: datetime | None = None
    file: str = ""  # SHA-256 of the printed form


class Room(msgspec.Struct, omit_defaults=True):
    id: str
    case_id: str
    opened_at: datetime
    stage: SessionStage = SessionStage.IDENTITY
    visited: list[SessionStage] = []  # stages that were left, in the order of their first end; a caucus counts as one
    seats: dict[str, Seat] = {}
    floor: str = ""
    floor_until: datetime | None = None
    caucus: Caucus | None = None
    caucuses: int = 0
    private_drafts: list[PrivateDraft] = []
    epoch: int = 0  # of the routes
    recording: bool = False
    recording_wanted: bool = True
    recording_since: datetime | None = None
    was_recorded: bool = False  # a part of the session was, whatever came after
    paused_at: datetime | None = None  # while it could go on again
    pause_reason: str = ""  # one of PAUSES; or consent, unanswered, ended, archive; "mediator" and free words in earlier versions
    pause_words: str = ""
    lines: list[Line] = []
    record: WrittenRecord = msgspec.field(default_factory=WrittenRecord)
    oral: OralAgreement | None = None
    locked: bool = False
    ended_at: datetime | None = None
    end_reason: str = ""

    def seat(self, seat_id: str) -> Seat:
        seat = self.seats.get(seat_id)
        if seat is None:
            raise Invalid("unknown_seat", "There is no such seat in this room", field="seat")
        return seat

    def present(self) -> list[Seat]:
        return [s for s in self.seats.values() if s.present]

    def awaits(self, party: str) -> bool:
        """Whether this party may take its place by itself: it never had one, not even one that was withdrawn. Not where the door is locked, nor once the text is confirmed and
        signed by those who are there, who would wait for one more from then on: then the mediator decides."""
        if self.ended_at is not None or self.locked or ORDER.index(self.stage) >= ORDER.index(SessionStage.CONFIRMATION):
            return False
        return not any(s.role is SeatRole.PARTY and s.party == party for s in self.seats.values())

    def parties(self) -> list[Seat]:
        return [s for s in self.seats.values() if s.role is SeatRole.PARTY and not s.revoked and s.state is not SeatState.REMOVED]


class Facts(msgspec.Struct, frozen=True):
    """What the gates need to know of other nouns, as values."""

    draft_missing: tuple[str, ...] = ()
    agreement: str = ""  # stage of the agreement: "", drafting, frozen, confirming, signing, paper, sealing, effective
    on_paper: bool = False
    needs_paper: bool = False
    oral: bool = False  # agreed by word of mouth, and concluded
    afar: tuple[str, ...] = ()  # parties who have given a statement from afar, with everybody's consent


def routes(room: Room) -> dict[str, list[str]]:
    """Listener seat → seats heard and seen. Complete: a seat that is not a key hears nobody."""
    here = [s.id for s in room.present() if not s.revoked]
    if room.ended_at is not None:
        return {}
    heard = [s for s in here if room.seats[s].role not in SILENT]
    if room.caucus is None:
        return {listener: [source for source in heard if source != listener] for listener in here}
    inside = [s for s in here if s in room.caucus.seats]
    # Both before and after the acknowledgement the outsiders are cut off: the wall goes up first, then the door closes.
    return {listener: [source for source in inside if source != listener] for listener in inside}


def recorded(room: Room) -> list[str]:
    """Seats whose uplink is written to the main recording now. A caucus is outside of it (背对背,不入主录)."""
    if not room.recording or room.caucus is not None or room.ended_at is not None:
        return []
    return [s.id for s in room.present() if not s.revoked and s.role not in SILENT]


def recorded_apart(room: Room) -> list[str]:
    """Seats whose uplink is written to the recording of the private talk now: one of its own, under a key of its own, and only while every party inside has
    consented to it beside the recording of the session."""
    caucus = room.caucus
    if caucus is None or not caucus.open or not room.recording or room.ended_at is not None:
        return []
    inside = [s for s in room.present() if s.id in caucus.seats and not s.revoked and s.role not in SILENT]
    parties = [s for s in inside if s.role is SeatRole.PARTY]
    return [s.id for s in inside] if parties and all(s.consents.get(Consent.CAUCUS) for s in parties) else []


def caucus_id(case_id: str, new: str) -> str:
    """Of a private talk; also names its chain and its recording. `new`: 8 hexadecimal digits or more."""
    return f"{case_id}-c{new[:8]}"


def is_caucus(recording: str) -> bool:
    """Whether a recording is that of a private talk: the others have the id of their session, whose part behind the case is a digit shorter."""
    own = recording.rpartition("-")[2]
    return len(own) == 9 and own[0] == "c"


def missing_for(room: Room, target: SessionStage, facts: Facts) -> list[tuple[str, str]]:
    """What still bars the way to `target`: (code, seat id or detail). Empty: the gate is open."""
    gaps: list[tuple[str, str]] = []
    if facts.oral and target is SessionStage.ARCHIVE:
        # Reached when everybody had confirmed it (人民调解法 30): there is no text to freeze, and nobody signs.
        return [("caucus_open", "")] if room.caucus is not None else []
    at = ORDER.index(target)
    parties = room.parties()
    # Whoever has given a statement from afar was verified and told for that; its own confirmation and signature nobody can give for it.
    needed = at >= ORDER.index(SessionStage.CONFIRMATION)
    awaited = [s for s in parties if needed or s.present or s.party not in facts.afar]
    if at >= ORDER.index(SessionStage.NOTICE):
        if not parties:
            gaps.append(("no_parties", ""))
        # Who has signed on paper before the mediator has done so at a table, not in the room.
        if not (facts.on_paper and target is SessionStage.ARCHIVE):
            gaps += [("not_present", s.id) for s in awaited if not s.present]
        gaps += [("not_verified", s.id) for s in parties if s.present and not s.verified]
    if at >= ORDER.index(SessionStage.STATEMENTS):
        gaps += [("no_online_consent", s.id) for s in awaited if not s.consents.get(Consent.ONLINE)]
        gaps += [("notice_unconfirmed", s.id) for s in awaited if not s.notice]
    if at >= ORDER.index(SessionStage.EVIDENCE):
        gaps += [("not_spoken", s.id) for s in parties if not s.spoken]
    if at >= ORDER.index(SessionStage.CONFIRMATION):
        gaps += [("draft", code) for code in facts.draft_missing]
        if facts.agreement in {"", "drafting"}:
            gaps.append(("not_frozen", ""))
    if at >= ORDER.index(SessionStage.SIGNING):
        if not facts.on_paper:
            gaps += [("no_signature_consent", s.id) for s in parties if not s.consents.get(Consent.SIGNATURE)]
        if facts.agreement in {"frozen", "confirming"}:
            gaps.append(("not_confirmed", ""))
    if target is SessionStage.ARCHIVE and facts.agreement != "effective":
        gaps.append(("not_effective", ""))
    if room.caucus is not None and target is not SessionStage.CAUCUS:
        gaps.append(("caucus_open", ""))
    return gaps


def move(room: Room, target: SessionStage, facts: Facts) -> None:
    """Forward by any number of steps through open gates, or back to any stage before confirmation."""
    if room.ended_at is not None:
        raise OutOfTurn("session_ended", "This session has ended")
    here, there = ORDER.index(room.stage), ORDER.index(target)
    if there == here:
        return
    if there < here and room.stage is SessionStage.ARCHIVE:
        raise OutOfTurn("archived", "An archived session is not opened again")
    if there < here and room.caucus is not None:
        raise OutOfTurn("gate_closed", "End the private talk first", missing=[["caucus_open", ""]], stage=str(target))
    if there > here:
        gaps = missing_for(room, target, facts)
        if gaps:
            raise OutOfTurn("gate_closed", "Something is still missing for this stage", missing=[list(g) for g in gaps], stage=str(target))
    _visit(room, room.stage)
    room.stage = target
    room.floor, room.floor_until = "", None


def _visit(room: Room, stage: SessionStage) -> None:
    if stage not in room.visited:
        room.visited.append(stage)


def may_publish(room: Room, seat: Seat, media: str) -> bool:
    """During the statements only the floor and the mediator are heard: each party states its view uninterrupted."""
    if not seat.present or seat.revoked:
        return False
    if media == "audio" and room.stage is SessionStage.STATEMENTS and room.floor and seat.role is not SeatRole.MEDIATOR:
        return room.floor == seat.id
    return True


def muted(room: Room, seat: Seat) -> list[str]:
    """Kinds of media that the worker must drop of this seat, whatever its browser sends."""
    kinds = [kind for kind, on in (("audio", seat.audio), ("camera", seat.camera), ("screen", seat.screen)) if not on]
    if "audio" not in kinds and not may_publish(room, seat, "audio"):
        kinds.append("audio")
    return sorted(kinds)


def take_seat(room: Room, seat: Seat) -> None:
    if len([s for s in room.seats.values() if not s.revoked]) >= SEAT_LIMIT:
        raise Invalid("room_full", f"A room has at most {SEAT_LIMIT} seats", limit=SEAT_LIMIT)
    if seat.role is SeatRole.PARTY and any(s.party == seat.party for s in room.parties()):
        raise Invalid("seat_taken", "This party already has a seat", field="party")
    room.seats[seat.id] = seat


def admit(room: Room, seat: Seat, now: datetime) -> None:
    if seat.revoked or seat.state is SeatState.REMOVED:
        raise NotAllowed("removed", "This seat was withdrawn")
    if seat.state is not SeatState.LOBBY:
        raise OutOfTurn("not_waiting", "This person is not waiting in the lobby")
    if seat.role is SeatRole.EXPERT:
        lacking = [p.id for p in room.parties() if not p.consents.get(Consent.EXPERT)]
        if lacking:
            raise OutOfTurn("no_expert_consent", "All parties must consent to the expert first", missing=lacking)
        if out_of_step(room, seat):
            raise OutOfTurn("expert_stage", "This expert is not invited to the present stage", stage=str(room.stage))
        seat.until = now + timedelta(minutes=seat.minutes)
    seat.state, seat.known = SeatState.ADMITTED, True


def out_of_step(room: Room, seat: Seat) -> bool:
    """Whether this expert was invited to other stages than the present one. No stages: to all of them."""
    return seat.role is SeatRole.EXPERT and bool(seat.stages) and room.stage not in seat.stages


def open_caucus(room: Room, caucus_id: str, seats: list[str], now: datetime) -> None:
    """The mediator and the seats of one side withdraw. The wall is up when the media workers have acknowledged (`caucus_open`)."""
    if room.caucus is not None:
        raise OutOfTurn("caucus_open", "There is already a private talk; end it first")
    mediators = [s.id for s in room.present() if s.role is SeatRole.MEDIATOR]
    chosen = [room.seat(s) for s in dict.fromkeys(seats)]
    if not chosen or any(not s.present for s in chosen) or not any(s.role is SeatRole.PARTY for s in chosen):
        raise Invalid("caucus_seats", "Choose at least one party who is present", field="seats")
    room.caucus = Caucus(caucus_id, list(dict.fromkeys([*mediators, *(s.id for s in chosen)])), now)
    room.caucuses += 1
    room.epoch += 1
    if ORDER.index(room.stage) < ORDER.index(SessionStage.CAUCUS):
        _visit(room, room.stage)
        room.stage = SessionStage.CAUCUS
    _visit(room, SessionStage.CAUCUS)
    room.floor, room.floor_until = "", None


def close_caucus(room: Room) -> Caucus:
    if room.caucus is None:
        raise OutOfTurn("no_caucus", "There is no private talk")
    caucus, room.caucus = room.caucus, None
    room.epoch += 1
    return caucus


def add_line(lines: list[Line], seat: Seat, text: str, now: datetime) -> Line:
    line = Line((lines[-1].id + 1) if lines else 1, seat.id, text, now)
    lines.append(line)
    del lines[:-CHAT_LIMIT]
    return line
