"""An oral agreement (口头协议): what was agreed by word of mouth, put down briefly, read aloud, confirmed by everybody. Pure.

Where the parties see no need of a written agreement they may agree orally; the mediator records what they agreed (人民调解法 28), and it takes effect when it
is reached (人民调解法 30).

Rules
* The mediator puts down matters, facts, content, manner and time of performance; a change of any word makes what was confirmed void.
* It is read aloud before anybody confirms. A confirmation is of exactly that text (its SHA-256), and says as well that nothing needs writing.
* Each party confirms from the own device. For somebody who has none the mediator states it, with the reason; whoever is in the room with a device confirms
  there.
* A doubt takes it back to the mediator, with every confirmation; until it is concluded it may be dropped, and a written agreement made instead.
* Not in matters that need paper (电子签名法 3), and not beside a text that is frozen.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from cases.acting import demand_binding
from cases.clock import rfc3339
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.identity import parse_text
from cases.ports import Happened
from cases.vocabulary import SeatRole
from evidence.ledger import canonical_json
from rooms import commands as c
from rooms.room import Facts, OralAgreement, Room, Seat

FORMAT = "heyi-oral/1"
LIMITS = {"matters": 200, "facts": 800, "content": 800, "manner": 200, "deadline": 100}
"""Characters; all are needed. Longer things are written down as an agreement."""
DOUBT_LIMIT = 200
INTENT = "我认为不需要制作调解协议书，同意按宣读的内容达成口头协议，并愿意履行。"
"""What a party declares by confirming; the chain has it beside the confirmation."""


def handle(room: Room, command: c.OralCommand, seat: Seat, now: datetime, facts: Facts) -> list[Happened]:
    """Apply one command of somebody who may give it. Raises `Refusal` before anything is changed."""
    demand_open(room, seat, facts)
    match command:
        case c.WriteOral():
            return _write(room, command)
        case c.ReadOral():
            return _read(room, command.revision, now)
        case c.ConfirmOral():
            return _confirm(room, seat, command.hash)
        case c.StateOral():
            return _state(room, command)
        case c.DoubtOral():
            return _doubt(room, seat, parse_text(command.text, "text", DOUBT_LIMIT))
        case c.DropOral():
            _standing(room)
            room.oral = None
            return [Happened("oral.dropped", {})]


def demand_open(room: Room, seat: Seat, facts: Facts) -> None:
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    if facts.needs_paper:
        raise OutOfTurn("oral_needs_paper", "Matters of personal status are not settled by word of mouth: they are signed on paper")
    if facts.agreement not in {"", "drafting", "ended"}:
        raise OutOfTurn("oral_beside_text", "A written agreement is being confirmed or signed; send it back to drafting first")
    if room.caucus is not None:
        raise OutOfTurn("caucus_open", "End the private talk first")


def _write(room: Room, command: c.WriteOral) -> list[Happened]:
    texts = {name: parse_text(getattr(command, name), name, limit) for name, limit in LIMITS.items()}
    if len(room.parties()) < 2:
        raise OutOfTurn("too_few_parties", "An agreement needs at least two parties; invite them first")
    revision = room.oral.revision + 1 if room.oral else 1
    room.oral = OralAgreement(revision, texts["matters"], texts["facts"], texts["content"], texts["manner"], texts["deadline"])
    return [Happened("oral.written", {"revision": revision, "sha256": text_hash(room), **texts})]


def _read(room: Room, revision: int, now: datetime) -> list[Happened]:
    oral = _standing(room)
    if oral.revision != revision:
        raise Conflict("oral_changed", "The text was changed meanwhile; please read it again")
    if oral.read_at is not None:
        return []
    oral.read_at = now
    return [Happened("oral.read", {"revision": revision, "sha256": text_hash(room)})]


def _confirm(room: Room, seat: Seat, digest: str) -> list[Happened]:
    oral = _read_aloud(room)
    if digest != text_hash(room):
        raise Conflict("oral_changed", "The text was changed meanwhile; please read it again")
    demand_binding(seat.acts)
    if oral.confirmed.get(seat.id) == "device":
        return []
    oral.confirmed[seat.id] = "device"
    oral.reasons.pop(seat.id, None)
    return [Happened("oral.confirmed", {"seat": seat.id, "sha256": digest, "intent": INTENT})]


def _state(room: Room, command: c.StateOral) -> list[Happened]:
    oral = _read_aloud(room)
    other = room.seat(command.seat)
    if other.role is not SeatRole.PARTY or other not in room.parties():
        raise Invalid("not_a_party", "Only a party confirms", field="seat")
    if command.hash != text_hash(room):
        raise Conflict("oral_changed", "The text was changed meanwhile; please read it again")
    if other.present:
        raise OutOfTurn("own_device", "This person is in the room and confirms on their own device")
    demand_binding(other.acts)
    reason = parse_text(command.reason, "reason", DOUBT_LIMIT)
    oral.confirmed[other.id], oral.reasons[other.id] = "stated", reason
    return [Happened("oral.stated", {"seat": other.id, "sha256": command.hash, "reason": reason, "intent": INTENT})]


def _doubt(room: Room, seat: Seat, text: str) -> list[Happened]:
    oral = _standing(room)
    oral.confirmed, oral.reasons, oral.read_at = {}, {}, None
    oral.doubt, oral.doubt_of = text, seat.id
    return [Happened("oral.doubted", {"seat": seat.id, "text": text})]


def conclude(room: Room, digest: str, now: datetime) -> None:
    """Everybody has confirmed: the agreement is reached. The caller makes the form and enters it."""
    oral = _read_aloud(room)
    if digest != text_hash(room):
        raise Conflict("oral_changed", "The text was changed meanwhile; please read it again")
    missing = [seat.id for seat in room.parties() if seat.id not in oral.confirmed]
    if missing or len(room.parties()) < 2:
        raise OutOfTurn("oral_unconfirmed", "Not every party has confirmed", missing=missing)
    oral.concluded_at = now


def _standing(room: Room) -> OralAgreement:
    if room.oral is None:
        raise OutOfTurn("no_oral", "Nothing was put down yet")
    if room.oral.concluded_at is not None:
        raise OutOfTurn("oral_concluded", "The oral agreement is concluded and is not changed any more")
    return room.oral


def _read_aloud(room: Room) -> OralAgreement:
    oral = _standing(room)
    if oral.read_at is None:
        raise OutOfTurn("oral_not_read", "It is read aloud first, and then confirmed")
    return oral


def text_hash(room: Room) -> str:
    """SHA-256 of what is read aloud and confirmed, lower-case hex."""
    return hashlib.sha256(canonical_json(_text(room))).hexdigest()


def _text(room: Room) -> dict[str, Any]:
    oral = room.oral
    assert oral is not None
    return {"format": FORMAT, "case": room.case_id, "session": room.id, "revision": oral.revision} | {
        name: getattr(oral, name) for name in LIMITS
    }


def canonical(room: Room) -> bytes:
    """What is printed and filed: the text, who confirmed it and how, and when it was concluded."""
    oral = room.oral
    assert oral is not None and oral.read_at is not None and oral.concluded_at is not None
    people = [
        {"seat": seat.id, "name": seat.name, "how": oral.confirmed[seat.id], "reason": oral.reasons.get(seat.id, "")}
        for seat in room.parties()
    ]
    told = {"confirmed": people, "intent": INTENT, "read_at": rfc3339(oral.read_at), "concluded_at": rfc3339(oral.concluded_at)}
    return canonical_json(_text(room) | told | {"text_sha256": text_hash(room)})


def document(room: Room) -> dict[str, Any] | None:
    """As the mediator and the parties read it."""
    oral = room.oral
    if oral is None:
        return None
    plain: dict[str, Any] = {
        "hash": text_hash(room),
        "read": rfc3339(oral.read_at) if oral.read_at else None,
        "doubt": {"seat": oral.doubt_of, "text": oral.doubt} if oral.doubt else None,
        "concluded": rfc3339(oral.concluded_at) if oral.concluded_at else None,
        "confirmed": dict(sorted(oral.confirmed.items())),
        "revision": oral.revision,
    }
    return plain | {name: getattr(oral, name) for name in LIMITS} | {"parties": [seat.id for seat in room.parties()]}
