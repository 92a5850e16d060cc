"""The written record (笔录) of a session: drawn up as things happen, completed by the mediator, confirmed line by line by each party. Pure.

Rules
* What happens in the session is noted by itself (`note`): who came, what was consented to, which stage began, what was written to everybody.
  Of a private talk only its begin and end are noted (背对背,不入笔录), and while it goes on the record stands still: nobody outside may learn
  from it what is done inside.
* The mediator adds what was said and what is undisputed (在线调解规则 22: undisputed facts are written down in any case). What a person wrote,
  and what the software noted, is not reworded.
* A confirmation is of the wording that was read: a changed line is confirmed anew. Whoever does not agree says so beside the line.
* Closing is final. Lines that nobody confirmed are told apart, with the reason why it was closed without them.
* The record goes on when the recording stops: consent to the one is none to the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cases.clock import rfc3339
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.ports import Happened
from cases.vocabulary import SeatRole
from evidence.ledger import canonical_json
from rooms.room import Room
from rooms.written_record import LINES_LIMIT, Kind, Person, RecordLine, WrittenRecord

FORMAT = "heyi-record/1"


# what the mediator and the parties do


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


def change(room: Room, number: int, revision: int, text: str) -> list[Happened]:
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


def strike(room: Room, number: int, on: bool) -> list[Happened]:
    """Take a line out, or put it back. It stays in the chain of events either way."""
    line = _writable(room).line(number)
    if line.kind is Kind.STEP:
        raise OutOfTurn("line_fixed", "What the software noted stays; write a line beside it")
    if line.struck == on:
        return []
    line.struck = on
    return [Happened("record.struck" if on else "record.restored", {"line": number})]


def confirm(room: Room, seat: str, lines: Mapping[str, int]) -> list[Happened]:
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


def object_to(room: Room, seat: str, number: int, revision: int, text: str) -> list[Happened]:
    record = _writable(room)
    _unchanged(record, number, revision)
    record.confirmed.get(seat, {}).pop(str(number), None)
    record.objections[seat] = record.objections.get(seat, {}) | {str(number): text}
    return [Happened("record.objected", {"seat": seat, "line": number, "text": text})]


def close(room: Room, reason: str, now: datetime) -> list[Happened]:
    """Close it for good. `reason` is needed while a party has not answered every line."""
    record = _writable(room)
    open_ = [[seat.id, len(record.open_lines(seat.id))] for seat in room.parties() if record.open_lines(seat.id)]
    if open_ and not reason:
        raise OutOfTurn("record_unconfirmed", "Not every party has confirmed every line; say why you close it all the same", missing=open_)
    return _close(room, reason if open_ else "", now)


# what is noted by itself


def note(room: Room, happened: list[Happened], now: datetime) -> list[Happened]:
    """Put down what a command made happen; with the end of the session the record closes. Returns what that in turn makes happen."""
    record = room.record
    if record.closed_at is not None:
        return []
    for event in happened:
        told = _NOTES.get(event.kind)
        if told is None or event.chain != "main":
            continue
        kind, seat, text = told(room, event.payload)
        if not text:
            continue
        if len(record.lines) >= LINES_LIMIT:
            record.omitted += 1
        else:
            record.lines.append(RecordLine(_next(record), kind, text, now, seat))
    if any(event.kind == "session.ended" for event in happened):
        return _close(room, "", now)
    return []


Told = tuple[Kind, str, str]
STAGES = {
    "identity": "核验身份", "notice": "权利义务告知", "statements": "当事人陈述", "evidence": "举证质证", "caucus": "背对背调解", "options": "协商方案",
    "drafting": "起草协议", "confirmation": "逐条确认", "signing": "签名", "archive": "归档",
}  # fmt: skip
ROLES = {
    SeatRole.MEDIATOR: "调解员",
    SeatRole.PARTY: "当事人",
    SeatRole.EXPERT: "专家",
    SeatRole.OBSERVER: "旁听人员",
    SeatRole.DEVICE: "设备",
}
CONSENTS = {"online": "在线调解", "recording": "录音录像", "signature": "电子签名", "expert": "邀请专家参加"}


def who(room: Room, seat: str) -> str:
    """当事人李某."""
    found = room.seats.get(seat)
    return f"{ROLES[found.role]}{found.name}" if found else "某席位"


def _of(words: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    """A sentence about the seat that an event names."""
    return lambda room, payload: (Kind.STEP, "", words.format(who=who(room, str(payload.get("seat", "")))))


def _always(words: str) -> Callable[[Room, Mapping[str, Any]], Told]:
    return lambda room, payload: (Kind.STEP, "", words)


def _consent(given: bool) -> Callable[[Room, Mapping[str, Any]], Told]:
    def told(room: Room, payload: Mapping[str, Any]) -> Told:
        point = CONSENTS.get(str(payload["point"]), "")
        return Kind.STEP, "", f"{who(room, str(payload['seat']))}{'同意' if given else '不同意'}{point}。" if point else ""

    return told


def _stage(room: Room, payload: Mapping[str, Any]) -> Told:
    return Kind.STEP, "", f"进入“{STAGES[str(payload['to'])]}”环节。"


def _said(room: Room, payload: Mapping[str, Any]) -> Told:
    return Kind.SAID, str(payload["seat"]), str(payload["text"])


def _ended(room: Room, payload: Mapping[str, Any]) -> Told:
    reason = str(payload.get("reason", ""))
    return Kind.STEP, "", f"调解结束。{reason}" if reason else "调解结束。"


def _stopped(room: Room, payload: Mapping[str, Any]) -> Told:
    words = "录音录像停止" if payload.get("reason") != "consent" else "因当事人不同意，录音录像停止"
    return Kind.STEP, "", f"{words}，本笔录继续。"


_NOTES: dict[str, Callable[[Room, Mapping[str, Any]], Told]] = {
    "session.opened": lambda room, payload: (Kind.STEP, "", f"调解开始，由{who(room, 'm')}主持。"),
    "seat.admitted": _of("{who}到场。"),
    "seat.returned": _of("{who}重新到场。"),
    "seat.left": _of("{who}离开。"),
    "seat.removed": _of("{who}被请离会场。"),
    "seat.expired": _of("{who}的时间已到，离开。"),
    "identity.verified": _of("调解员通过视频核对{who}的身份证件，人证相符。"),
    "notice.confirmed": _of("{who}表示已了解调解中的权利和义务。"),
    "consent.given": _consent(True),
    "consent.refused": _consent(False),
    "recording.started": _always("开始录音录像。"),
    "recording.stopped": _stopped,
    "stage.moved": _stage,
    "statement.done": _of("{who}陈述完毕。"),
    "chat.said": _said,
    "caucus.opened": _always("调解员与部分当事人背对背谈话，内容不入本笔录。"),
    "caucus.closed": _always("背对背谈话结束。"),
    "draft.frozen": _always("协议文本定稿，交当事人逐条确认。"),
    "agreement.voided": _always("协议文本退回修改，此前的确认和签名作废。"),
    "agreement.signed": _of("{who}在协议书上签名。"),
    "agreement.effective": _always("协议书签署完毕并生效。"),
    "session.ended": _ended,
}


# its canonical form


def plain(room: Room) -> dict[str, Any]:
    """What is hashed, printed and handed out: integers and text only, struck lines left out. Stands still once the record is closed."""
    record = room.record
    standing, people = record.standing(), record.people or _people(room)
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
    record = room.record
    record.closed_at, record.close_reason, record.people = now, reason, _people(room)
    record.sha256 = hashlib.sha256(canonical(room)).hexdigest()
    open_ = {seat.id: len(record.open_lines(seat.id)) for seat in room.parties()}
    return [Happened("record.closed", {"sha256": record.sha256, "lines": len(record.standing()), "unconfirmed": open_, "reason": reason})]


def _people(room: Room) -> list[Person]:
    return [Person(seat.id, seat.role, seat.name) for seat in room.seats.values() if seat.known]


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
