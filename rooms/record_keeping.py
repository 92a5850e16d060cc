"""The written record (笔录) of a session: drawn up as things happen, completed by the mediator, confirmed line by line by each party. Pure.

Rules
* What happens in the session is noted by itself (`note`): who came, what was consented to, which stage began, what was written to everybody.
  Of a private talk only its begin and end are noted (背对背,不入笔录), and while it goes on the record stands still: nobody outside may learn
  from it what is done inside.
* The mediator, and a recorder (记录员) or who assists (协办) beside him, adds what was said and what is undisputed (在线调解规则 22: undisputed facts are written down in any case). What a person wrote,
  and what the software noted, is not reworded.
* A confirmation is of the wording that was read: a changed line is confirmed anew. Whoever does not agree says so beside the line.
* Closing is final. Lines that nobody confirmed are told apart, with the reason why it was closed without them.
* It is kept by persons, whichever seats they have had (`rooms.record_people`).
* The record goes on when the recording stops: consent to the one is none to the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cases.clock import rfc3339
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn
from cases.identity import parse_text
from cases.ports import Happened
from cases.vocabulary import SeatRole
from evidence.ledger import canonical_json
from rooms import commands as c
from rooms.record_notes import told_of
from rooms.record_people import settled_record
from rooms.room import LINE_LIMIT, Room, Seat
from rooms.written_record import LINES_LIMIT, Kind, RecordLine, WrittenRecord

FORMAT = "heyi-record/1"
_BESIDE = frozenset({SeatRole.RECORDER, SeatRole.CO_MEDIATOR})
"""They write beside the mediator who leads."""
ANSWER_LIMIT = 300
"""Characters of an objection, and of the reason for closing early."""


def handle(room: Room, command: c.RecordCommand, seat: Seat, now: datetime) -> list[Happened]:
    """Apply one command of somebody who may give it. Raises `Refusal` before anything is changed."""
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    happened = _handled(room, command, seat, now)
    # Who wrote it, where two may.
    return [Happened(one.kind, {**one.payload, "by": seat.id}) if seat.role in _BESIDE else one for one in happened]


def _handled(room: Room, command: c.RecordCommand, seat: Seat, now: datetime) -> list[Happened]:
    match command:
        case c.WriteLine():
            return write(
                room, Kind.AGREED if command.agreed else Kind.WRITTEN, command.seat, parse_text(command.text, "text", LINE_LIMIT), now
            )
        case c.ChangeLine():
            return _change(room, command.line, command.revision, parse_text(command.text, "text", LINE_LIMIT))
        case c.StrikeLine():
            return _strike(room, command.line, command.on)
        case c.ConfirmLines():
            _demand_compared(seat)
            return _confirm(room, seat.id, command.lines)
        case c.ObjectToLine():
            _demand_compared(seat)
            return _object_to(room, seat.id, command.line, command.revision, parse_text(command.text, "text", ANSWER_LIMIT))
        case c.CloseRecord():
            return _close_asked(room, parse_text(command.reason, "reason", ANSWER_LIMIT, required=False), now)


def _demand_compared(seat: Seat) -> None:
    """What is answered by a link stands for the person: also under another link, once this one is withdrawn."""
    if not seat.verified:
        raise NotAllowed("not_verified", "The mediator has to compare you with your identity card first")


def write(room: Room, kind: Kind, seat: str, text: str, now: datetime) -> list[Happened]:
    record = _writable(room)
    if seat:
        room.seat(seat)
    if len(record.lines) >= LINES_LIMIT:
        raise OutOfTurn(
            "record_full", f"The written record holds at most {LINES_LIMIT} lines; put several things into one line", limit=LINES_LIMIT
        )
    line = RecordLine(_next(record), kind, text, now, seat)
    record.lines.append(line)
    return [Happened("record.written", {"line": line.id, "kind": str(kind), "of": seat, "text": text})]


def _change(room: Room, number: int, revision: int, text: str) -> list[Happened]:
    """Reword a line that the mediator put down. What was confirmed or objected to was another wording, and falls."""
    record = _writable(room)
    line = _unchanged(record, number, revision)
    if line.kind not in {Kind.WRITTEN, Kind.AGREED}:
        raise OutOfTurn("line_fixed", "What people wrote themselves and what the software noted is not reworded; write a line beside it")
    if line.text == text:
        return []
    line.text, line.revision = text, line.revision + 1
    for confirmed in record.confirmed.values():
        confirmed.pop(str(number), None)
    for objections in record.objections.values():
        objections.pop(str(number), None)
    return [Happened("record.changed", {"line": number, "revision": line.revision, "text": text})]


def _strike(room: Room, number: int, on: bool) -> list[Happened]:
    """Take a line out, or put it back. It stays in the chain of events either way."""
    line = _writable(room).line(number)
    if line.kind is Kind.STEP:
        raise OutOfTurn("line_fixed", "What the software noted stays; write a line beside it")
    if line.struck == on:
        return []
    line.struck = on
    return [Happened("record.struck" if on else "record.restored", {"line": number})]


def _confirm(room: Room, seat: str, lines: Mapping[str, int]) -> list[Happened]:
    """`lines`: line → the revision that was read. All or nothing."""
    record = _writable(room)
    if not lines or len(lines) > LINES_LIMIT:
        raise Invalid("no_lines", f"Say which lines you confirm, 1 to {LINES_LIMIT}", field="lines", limit=LINES_LIMIT)
    read = {}
    for key, revision in lines.items():
        if not key.isascii() or not key.isdigit() or len(key) > 6:
            raise Invalid("unknown_line", "There is no such line in the written record", field="lines", line=key[:20])
        read[str(_unchanged(record, int(key), revision).id)] = revision
    record.confirmed[seat] = record.confirmed.get(seat, {}) | read
    record.objections[seat] = {key: text for key, text in record.objections.get(seat, {}).items() if key not in read}
    return [Happened("record.confirmed", {"seat": seat, "lines": read})]


def _object_to(room: Room, seat: str, number: int, revision: int, text: str) -> list[Happened]:
    record = _writable(room)
    _unchanged(record, number, revision)
    record.confirmed.get(seat, {}).pop(str(number), None)
    record.objections[seat] = record.objections.get(seat, {}) | {str(number): text}
    return [Happened("record.objected", {"seat": seat, "line": number, "text": text})]


def _close_asked(room: Room, reason: str, now: datetime) -> list[Happened]:
    """Close it for good. `reason` is needed while a party has not answered every line."""
    _writable(room)
    by_person = settled_record(room)
    open_ = [[seat.id, len(by_person.open_lines(seat.id))] for seat in room.parties() if by_person.open_lines(seat.id)]
    if open_ and not reason:
        raise OutOfTurn("record_unconfirmed", "Not every party has confirmed every line; say why you close it all the same", missing=open_)
    return _close(room, reason if open_ else "", now)


def note(room: Room, happened: list[Happened], now: datetime) -> list[Happened]:
    """Put down what a command made happen; with the end of the session the record closes. Returns what that in turn makes happen."""
    record = room.record
    if record.closed_at is not None:
        return []
    for event in happened:
        told = told_of(room, event)
        if told is None:
            continue
        kind, seat, text = told
        if len(record.lines) >= LINES_LIMIT:
            record.omitted += 1
        else:
            record.lines.append(RecordLine(_next(record), kind, text, now, seat))
    if any(event.kind == "session.ended" for event in happened):
        return _close(room, "", now)
    return []


def plain(room: Room) -> dict[str, Any]:
    """What is hashed, printed and handed out: integers and text only, struck lines left out. Stands still once the record is closed."""
    record = settled_record(room)
    standing, people = record.standing(), record.people
    confirmed: dict[str, list[int]] = {}
    objections: dict[str, dict[str, str]] = {}
    for seat in (person.seat for person in people if person.role is SeatRole.PARTY):
        read, said = record.confirmed.get(seat, {}), record.objections.get(seat, {})
        confirmed[seat] = [line.id for line in standing if read.get(str(line.id)) == line.revision]
        objections[seat] = {str(line.id): said[str(line.id)] for line in standing if str(line.id) in said}
    return {
        "format": FORMAT,
        "case": room.case_id,
        "session": room.id,
        "opened_at": rfc3339(room.opened_at),
        "closed_at": rfc3339(record.closed_at) if record.closed_at else "",
        "close_reason": record.close_reason,
        "people": [{"seat": person.seat, "role": str(person.role), "name": person.name} for person in people],
        "lines": [
            {"n": line.id, "at": rfc3339(line.at), "kind": str(line.kind), "seat": line.seat, "text": line.text, "revision": line.revision}
            for line in standing
        ],
        "omitted": record.omitted,
        "confirmed": confirmed,
        "objections": objections,
    }


def canonical(room: Room) -> bytes:
    return canonical_json(plain(room))


def _close(room: Room, reason: str, now: datetime) -> list[Happened]:
    record = room.record = settled_record(room)
    record.closed_at, record.close_reason = now, reason
    record.sha256 = hashlib.sha256(canonical(room)).hexdigest()
    open_ = {seat.id: len(record.open_lines(seat.id)) for seat in room.parties()}
    return [Happened("record.closed", {"sha256": record.sha256, "lines": len(record.standing()), "unconfirmed": open_, "reason": reason})]


def _writable(room: Room) -> WrittenRecord:
    if room.record.closed_at is not None:
        raise OutOfTurn("record_closed", "The written record is closed and is not changed any more")
    if room.caucus is not None:
        raise OutOfTurn("record_waits", "The written record waits until the private talk is over")
    return room.record


def _unchanged(record: WrittenRecord, number: int, revision: int) -> RecordLine:
    line = record.line(number)
    if line.struck or line.revision != revision:
        raise Conflict("line_changed", "This line was changed meanwhile; please read it again", line=number)
    return line


def _next(record: WrittenRecord) -> int:
    return record.lines[-1].id + 1 if record.lines else 1
