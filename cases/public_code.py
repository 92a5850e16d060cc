"""The public code of a case (一案一码) is revoked, and another one takes its place. Pure.

Rules
* A case has one code in force, always. Where it has come to somebody who should not follow the case, the office or whoever reported has another one made; the former shows nothing any more, wherever
  it was printed or sent, and nobody can bring it back.
* A former code still says which case is meant where something else proves who asks: beside an entry code at the door, beside the code that went to a telephone, in the office's search. Who has an
  invitation on paper comes in by it.
* What calendars know an appointment by is made of the first code (`Case.first_code`), and stays.
* Not while an agreement is being confirmed and signed: its pages carry the code, as a link and in the marks by which pages on paper are told apart when they come back.
"""

from __future__ import annotations

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, Numbering, standings
from cases.commands.public_code import RenewCode
from cases.errors import Conflict, OutOfTurn, TooMuch
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Standing

LIMIT = 20
"""Codes that a case may have had."""


def renew(case: Case, command: RenewCode, actor: Actor, numbering: Numbering, signing: bool = False) -> list[Happened]:
    """`signing`: whether its agreement is being confirmed or signed. Raises `Refusal`, and leaves the case as it was."""
    held = standings(case, actor)
    demand(held, Action.RENEW_CODE, case.stage)
    why = parse_text(command.why, "why", NOTE_LIMIT, required=Standing.REPORTER not in held)
    if signing:
        raise OutOfTurn("code_being_signed", "The agreement that is being signed has this code on its pages; revoke it afterwards")
    if command.code and command.code != case.code:
        raise Conflict("code_renewed_already", f"This code was revoked already; {case.code} is in force now", now=case.code)
    if len(case.revoked_codes) >= LIMIT:
        raise TooMuch("codes_used_up", f"The code of this case was revoked {LIMIT} times; call the office", limit=LIMIT)
    former = case.code
    case.revoked_codes, case.code = [*case.revoked_codes, former], numbering.code
    return [Happened("case.code_renewed", {"former": former, "code": case.code, "by": actor.ledger_name} | ({"why": why} if why else {}))]
