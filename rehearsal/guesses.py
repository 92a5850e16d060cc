"""What somebody may send, made up: a command of any kind, filled with what the case has and, now and then, with what it has not."""

from __future__ import annotations

import enum
import random
import typing
from collections.abc import Sequence
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


def guess(kind: type[msgspec.Struct], dossier: Dossier, accounts: Sequence[str], today: date, by: random.Random) -> Any:
    """An instance of `kind` for this case."""
    known = _known(dossier, accounts, today)
    values = {}
    for field in msgspec.structs.fields(kind):
        if field.name == "case":
            values["case"] = dossier.case.id
        elif field.required or by.random() < 0.7:
            values[field.name] = _value(field.name, field.type, known, by)
    return kind(**values)


def _known(dossier: Dossier, accounts: Sequence[str], today: date) -> dict[str, list[str]]:
    """Name of a field → what it may hold."""
    case, room, agreement = dossier.case, dossier.room, dossier.agreement
    owed = case.performance
    days = [(today + timedelta(days=days)).isoformat() for days in (-3, 0, 5, 40)]
    hashes = [agreement.ceremony.content_hash] if agreement is not None and agreement.ceremony is not None else []
    oral = [text_hash(room)] if room is not None and room.oral is not None else []
    return {
        "party": [one.id for one in case.parties], "debtor": [one.id for one in case.parties], "creditor": [one.id for one in case.parties],
        "seat": list(room.seats) if room is not None else [], "seats": list(room.seats) if room is not None else [],
        "to": list(accounts), "expert": list(accounts), "org": ["committee", "liulin", "xiangyang"], "share": [one.id for one in case.joint],
        "obligation": [one.id for one in owed.obligations] if owed else [], "visit": [one.id for one in owed.visits] if owed else [],
        "receipt": [receipt.id for one in owed.obligations for receipt in one.receipts] if owed else [],
        "invitation": [one.id for one in case.experts], "request": [one.id for one in case.requests],
        "clause": [one.id for one in agreement.clauses] if agreement is not None else [], "hash": [*hashes, *oral],
        "document": [agreement.document] if agreement is not None else [], "region": list(REGIONS), "place": list(PLACES),
        "dispute_type": list(DISPUTE_TYPES)[:6], "capacity": ["applicant", "respondent", "witness"], "name": list(NAMES), "phone": list(PHONES),
        "id_number": [""], "on": days, "due": days, "deadline": days, "start": [f"{day}T09:00" for day in days], "at": [""], "code": ["123456", "1"],
        "amount": ["1800.00", "0", "x"], "form": ["cover", "registration", "investigation", "nothing"], "same": [""], "digest": [""], "speciality": [""],
    }  # fmt: skip


def _value(name: str, of: Any, known: dict[str, list[str]], by: random.Random) -> Any:
    origin, choices = get_origin(of), get_args(of)
    if origin is Literal:
        return by.choice(choices)
    if type(None) in choices:
        return None if by.random() < 0.3 else _value(name, next(one for one in choices if one is not type(None)), known, by)
    if isinstance(of, type) and issubclass(of, enum.Enum):
        return by.choice(list(of))
    if of is bool:
        return by.random() < 0.6
    if of is int:
        return by.choice([0, 0, 1, 1, 2, 3, 5, 10, 60, -1])
    if of is str:
        there = known.get(name)
        return by.choice(WORDS) if there is None else by.choice([*there, *there, "p9"]) if by.random() < 0.9 else ""
    if of is bytes:
        return b"\x00" * by.choice([0, 32])
    if origin in {list, tuple} or origin is typing.Sequence:
        return [_value(name, choices[0], known, by) for _ in range(by.choice([0, 1, 1, 2]))]
    if origin is dict:
        return {by.choice(["1", "2", "facts", "note"]): _value(name, choices[1], known, by) for _ in range(by.choice([0, 1, 2]))}
    if of is Proposed:
        return Proposed(by.choice(known["start"]), by.choice([30, 60, 5]))
    raise TypeError(f"{name}: nothing can be guessed for {of}")
