"""What was written wrong of a party is put right (更正), with what it was, what it is and how that is known in the chain. Pure.

Rules
* A name is corrected until a session was opened: from then on it stands at a seat and in its record, and whoever sits there has been verified.
* Whoever was verified for a statement from afar was another one, where name or identity number are corrected (`cases.stating`).
* The telephone of who reported opens the case to whoever has it (`cases.matters`), so nobody types another one over it but the centre, which has made sure in person or by
  a call who asks, and says how. What was opened or sent by the former number ends with it.
* Whoever was verified for a statement by a call was so at the former number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cases import stating
from cases.actor import Actor
from cases.calendar import county_day
from cases.case import PLACE_LIMIT, Case, standings
from cases.commands import casework as c
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.identity import parse_name, parse_phone, parse_resident_id, parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Standing

REASON_LIMIT = 200


def _read(command: c.CorrectParty, now: datetime) -> tuple[dict[str, str], str]:
    """(what was filled in, the reason). Raises `Invalid` of the first that is wrong, `others` telling of the rest, so that all of them can be put right at once."""
    read: dict[str, str] = {}
    wrong: list[Invalid] = []
    asked: list[tuple[str, Callable[[str], str]]] = [
        ("phone", parse_phone),
        ("address", lambda text: parse_text(text, "address", PLACE_LIMIT)),
        ("id_number", lambda text: parse_resident_id(text, county_day(now))),
        ("name", parse_name),
        ("reason", lambda text: parse_text(text, "reason", REASON_LIMIT)),
    ]
    for field, parse in asked:
        text: str = getattr(command, field)
        if text.strip() or field == "reason":
            try:
                read[field] = parse(text)
            except Invalid as refusal:
                wrong.append(refusal)
    if wrong:
        first, *rest = wrong
        others = {"others": [{"code": one.code, **one.detail} for one in rest]} if rest else {}
        raise Invalid(first.code, first.message, **first.detail, **others)
    return read, read.pop("reason")


def handle(case: Case, command: c.CorrectParty, actor: Actor, now: datetime) -> list[Happened]:
    """Raises `Refusal` before anything is changed."""
    held = standings(case, actor)
    demand(held, Action.CORRECT_PARTY, case.stage)
    person = case.party(command.party)
    wanted, reason = _read(command, now)
    after = {field: value for field, value in wanted.items() if value != getattr(person, field)}
    if not after:
        raise Invalid("nothing_corrected", "Nothing differs from what is written already", field=next(iter(wanted), "phone"))
    if "name" in after and case.session_id:
        raise OutOfTurn("name_at_table", "A session was opened under this name; it is not changed any more", field="name")
    if "phone" in after and case.reporter is person:
        if Standing.CENTRE not in held:
            raise NotAllowed("reporter_phone", "The telephone of who reported opens the case; only the centre changes it", field="phone")
        if command.checked is None:
            raise Invalid("identity_unchecked", "Say how you made sure that it is the person who reported", field="checked")
    before = {field: getattr(person, field) for field in after}
    for field, value in after.items():
        setattr(person, field, value)
    told: dict[str, Any] = {"party": person.id, "before": before, "after": after, "reason": reason, "by": actor.ledger_name}
    if "phone" in after:
        stating.unverify(case, person.id)
        if case.reporter is person:
            told["checked"] = str(command.checked)
            case.pages = [one for one in case.pages if one != person.id]
    corrected = [Happened("case.party_corrected", told)]
    return corrected + (stating.set_aside(case, person.id) if {"name", "id_number"} & after.keys() else [])
