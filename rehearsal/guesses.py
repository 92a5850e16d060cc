"""What somebody may send, made up: a command of any kind, filled with what the case has and, now and then, with what it has not."""

from __future__ import annotations

import enum
import random
import typing
from datetime import date, timedelta
from typing import Any, Literal, get_args, get_origin

import msgspec

from cases.commands.scheduling import Proposed
from cases.vocabulary import DISPUTE_TYPES
from rooms.oral_agreement import text_hash
from storage.dossier import Dossier

WORDS = ("双方愿意再谈一次", "没有别的要求", "写清楚日期和金额", "电话里说好了", "")
REGIONS = ("139901001", "139901002", "139901", "990000001", "")
PLACES = ("东街菜市场", "村口", "")
NAMES = ("孙某", "何某", "张某", "")
PHONES = ("13700001111", "13600002222", "137", "")
FITS = 0.8
"""Share of what is made up whose fields fit each other."""


class County(msgspec.Struct):
    """What there is beside the case: accounts, experts of the pool, organisations, other cases, the county's day."""

    accounts: list[str]
    experts: list[str]
    organisations: list[str]
    cases: list[str]
    today: date


def guess(kind: type[msgspec.Struct], dossier: Dossier, county: County, by: random.Random) -> Any:
    """An instance of `kind` for this case."""
    tag = str(kind.__struct_config__.tag)
    known, numbers = _known(dossier, county), _numbers(tag, dossier)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.name == "case":
            values["case"] = dossier.case.id
        elif field.required or by.random() < 0.7:
            values[field.name] = _value(field.name, field.type, known, numbers, by)
    if by.random() < FITS:
        values |= _fitting(tag, values, dossier, by)
    return kind(**values)


def _known(dossier: Dossier, county: County) -> dict[str, list[str]]:
    """Name of a field → what it may hold."""
    case, room, agreement = dossier.case, dossier.room, dossier.agreement
    owed = case.performance
    days = [(county.today + timedelta(days=days)).isoformat() for days in (-3, 0, 5, 40)]
    hashes = [agreement.ceremony.content_hash] if agreement is not None and agreement.ceremony is not None else []
    oral = [text_hash(room)] if room is not None and room.oral is not None else []
    parties = [one.id for one in case.parties]
    return {
        "party": parties, "debtor": parties, "creditor": parties,
        "seat": list(room.seats) if room is not None else [], "seats": list(room.seats) if room is not None else [],
        "to": county.accounts, "expert": county.experts, "org": county.organisations, "share": [one.id for one in case.joint],
        "same": county.cases, "obligation": [one.id for one in owed.obligations] if owed else [],
        "visit": [one.id for one in owed.visits] if owed else [],
        "receipt": [receipt.id for one in owed.obligations for receipt in one.receipts] if owed else [],
        "invitation": [one.id for one in case.experts], "request": [one.id for one in case.requests],
        "clause": [one.id for one in agreement.clauses] or ["terms-1", "performance"] if agreement is not None else [],
        "hash": [*hashes, *oral], "talk": ["", room.caucus.id] if room is not None and room.caucus is not None else ["", ""],
        "document": [agreement.document] if agreement is not None else [], "region": list(REGIONS), "place": list(PLACES),
        "dispute_type": list(DISPUTE_TYPES)[:6], "capacity": ["applicant", "respondent", "witness"], "name": list(NAMES), "phone": list(PHONES),
        "id_number": [""], "on": days, "due": days, "deadline": days, "start": [f"{day}T09:00" for day in days], "at": [""], "code": ["123456", "1"],
        "amount": ["1800.00", "0", "x"], "form": ["cover", "registration", "investigation", "nothing"], "digest": [""], "speciality": [""],
        "files": [], "fields": ["remarks", "notes", "p1.nation"],
    }  # fmt: skip


def _numbers(tag: str, dossier: Dossier) -> dict[str, list[int]]:
    """Name of a field → what it may hold."""
    case, room, agreement = dossier.case, dossier.room, dossier.agreement
    scheduled = tag in {"propose_times", "answer_times", "note_times", "fix_time", "move_time", "call_off"}
    revisions = (
        [case.appointment.revision if case.appointment else 0] if scheduled else [one.revision for one in case.forms.values()] or [0]
    )
    if tag == "read_oral" and room is not None and room.oral is not None:
        revisions = [room.oral.revision]
    lines = [one.id for one in room.record.lines] if room is not None else []
    remarks = [one.id for one in agreement.remarks] if agreement is not None else []
    return {
        "revision": revisions, "line": lines or [1], "remark": remarks or [1], "time": [0, 1], "minutes": [10, 30, 60], "score": [1, 3, 5],
        "seconds": [0, 60, 180], "page": [1, 2],
    }  # fmt: skip


def _fitting(tag: str, values: dict[str, Any], dossier: Dossier, by: random.Random) -> dict[str, Any]:
    """Of fields that belong together."""
    case, room = dossier.case, dossier.room
    lines = room.record.standing() if room is not None else []
    match tag:
        case "change_line" | "object_to_line" if lines:
            line = by.choice(lines)
            return {"line": line.id, "revision": line.revision}
        case "confirm_lines" if lines:
            return {"lines": {str(one.id): one.revision for one in by.sample(lines, min(2, len(lines)))}}
        case "answer_times" | "note_times" if case.appointment is not None and case.appointment.proposed:
            return {"fits": [by.random() < 0.6 for _ in case.appointment.proposed]}
        case "drop_page":
            return {"leaf": "0" * 64}
        case "open_caucus" if room is not None:
            return {"seats": [by.choice([one.id for one in room.parties() if one.present] or ["s1"])]}
        case "fill_form":
            form = case.forms.get(values["form"])
            return {
                "fields": {"remarks": "已归档"} if values["form"] != "investigation" else {"notes": "实地看过"},
                "revision": form.revision if form else 0,
            }
        case "remark":
            return {"text": "写清楚日期", "quote": "", "wording": ""}
        case "answer_receipt" | "confirm_receipt" | "take_back_receipt" if case.performance is not None:
            told = [(one.id, receipt.id) for one in case.performance.obligations for receipt in one.receipts]
            obligation, receipt = by.choice(told) if told else ("o1", "r1")
            return {"obligation": obligation, "receipt": receipt}
    return {}


def _value(name: str, of: Any, known: dict[str, list[str]], numbers: dict[str, list[int]], by: random.Random) -> Any:
    origin, choices = get_origin(of), get_args(of)
    if origin is Literal:
        return by.choice(choices)
    if type(None) in choices:
        return None if by.random() < 0.3 else _value(name, next(one for one in choices if one is not type(None)), known, numbers, by)
    if isinstance(of, type) and issubclass(of, enum.Enum):
        return by.choice(list(of))
    if of is bool:
        return by.random() < 0.6
    if of is int:
        return by.choice(numbers[name]) if name in numbers and by.random() < 0.8 else by.choice([0, 0, 1, 1, 2, 3, 5, 10, 60, -1])
    if of is str:
        there = known.get(name)
        return by.choice(WORDS) if there is None else by.choice([*there, *there, "p9"]) if by.random() < 0.9 else ""
    if of is bytes:
        return b"\x00" * by.choice([0, 32])
    if origin in {list, tuple} or origin is typing.Sequence:
        return [_value(name, choices[0], known, numbers, by) for _ in range(by.choice([0, 1, 1, 2]))]
    if origin is dict:
        return {by.choice(["1", "2", "facts", "note"]): _value(name, choices[1], known, numbers, by) for _ in range(by.choice([0, 1, 2]))}
    if of is Proposed:
        return Proposed(by.choice(known["start"]), by.choice([30, 60, 5]))
    raise TypeError(f"{name}: nothing can be guessed for {of}")
