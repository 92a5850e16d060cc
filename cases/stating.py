"""Statements of parties who cannot come (非同步陈述): asked for, agreed to by all, given by whoever was verified for it, shown to the others, heard. Pure.

    asked ── all agree ── verified ── given ── presented in the session ── heard: the party has spoken
                             ▲          │
                             └──────────┴── withdrawn, or another one given, until it is presented or released

Rules
* Asynchronous is possible where all agree (人民法院在线诉讼规则 20): one party's no is enough, and nobody learns whose it was but the office.
* Identity is verified again for every statement (规则 7): the mediator calls the telephone in the file, compares the person with the case and reads out a code, which the
  person enters on the own page. It is good for half an hour, for one statement, and on the device where it was entered: a link that is made anew or withdrawn ends it,
  and so does another browser in which the party's page, place or report is opened (`unverify`).
* It is a text, and at most one recording beside it, of voice or picture. The text is always needed: somebody may not hear, and minutes are made of words.
* A statement is shown to the others in the session's stage of statements, or before it by the mediator where the party has agreed to that. Once somebody else can read it
  it stands; until then it can be withdrawn, or another one be given in its place.
* Whose name or identity number is corrected was not the one who was verified: what was given and not shown is set aside.
* `handle` and `give` change the given case in place; a `Refusal` leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cases import phone_code
from cases.actor import Actor
from cases.case import Case
from cases.clock import rfc3339
from cases.commands import statements as c
from cases.errors import Invalid, OutOfTurn
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.statement import Afar, Given, Recording, Statement, StatementKind
from cases.vocabulary import Action, Standing

WHY_LIMIT = 200
TEXT_LIMIT = 5000
VERSIONS_LIMIT = 10
"""Statements of one party, with those that were withdrawn."""
VERIFIED_FOR = timedelta(minutes=30)
ACTIONS: dict[type, Action] = {
    c.AskStatement: Action.ASK_STATEMENT,
    c.ProposeStatement: Action.PROPOSE_STATEMENT,
    c.DropStatement: Action.PROPOSE_STATEMENT,
    c.ComeAfterAll: Action.ASK_STATEMENT,
    c.AgreeStatements: Action.AGREE_STATEMENTS,
    c.AskIdentity: Action.CHECK_STATEMENT,
    c.AnswerIdentity: Action.GIVE_STATEMENT,
    c.WithdrawStatement: Action.GIVE_STATEMENT,
    c.ReleaseStatement: Action.RELEASE_STATEMENT,
}


def handle(
    case: Case,
    command: c.StatementCommand,
    actor: Actor,
    held: Iterable[Standing],
    party: str,
    now: datetime,
    code: tuple[str, str] = ("", ""),
) -> list[Happened]:
    """Apply one command. `party`: as whom somebody acts, empty for the office; `code`: nonce and hash of the one to be read out, or the hash of what was entered."""
    demand(tuple(held), ACTIONS[type(command)], case.stage)
    match command:
        case c.AskStatement():
            return _ask(case, party, "", parse_text(command.why, "why", WHY_LIMIT), now)
        case c.ProposeStatement():
            return _ask(case, case.party(command.party).id, actor.name, "", now)
        case c.DropStatement():
            return _drop(case, case.party(command.party).id, actor)
        case c.ComeAfterAll():
            return _drop(case, party, actor)
        case c.AgreeStatements():
            return _agree(case, party, command.agreed)
        case c.AskIdentity():
            return _ask_identity(case, case.party(command.party).id, *code, now)
        case c.AnswerIdentity():
            return _answer_identity(case, party, code[1], now)
        case c.WithdrawStatement():
            return _withdraw(case, party)
        case c.ReleaseStatement():
            return _release(case, case.party(command.party).id, now)


def possible(case: Case) -> bool:
    """Whether every party has agreed."""
    state = case.afar
    return state is not None and all(state.agreed.get(person.id) for person in case.parties)


def refused(case: Case) -> bool:
    return case.afar is not None and any(case.afar.agreed.get(person.id) is False for person in case.parties)


def excused(case: Case) -> list[str]:
    """Parties whose statement stands, so that the session need not wait for them."""
    state = case.afar
    return [party for party, one in state.statements.items() if one.given is not None] if state is not None and possible(case) else []


def demand_giving(case: Case, held: Iterable[Standing], party: str, late: bool, now: datetime) -> Statement:
    """Raises `Refusal` where this party cannot give a statement now. `late`: the session is past its stage of statements."""
    demand(tuple(held), Action.GIVE_STATEMENT, case.stage)
    one = _asked(case, party)
    if late:
        raise OutOfTurn("statements_over", "The session is past its statements; please come in and say it yourself, or call the mediator")
    _demand_possible(case)
    _demand_unseen(one)
    if numbered(case, party) >= VERSIONS_LIMIT:
        raise OutOfTurn("statements_many", f"A party gives at most {VERSIONS_LIMIT} statements", limit=VERSIONS_LIMIT)
    if one.verified_at is None or now >= one.verified_at + VERIFIED_FOR:
        raise OutOfTurn(
            "identity_first", "The mediator calls you first, and reads out a code; it is good for half an hour and one statement"
        )
    return one


def parse_statement(text: str) -> str:
    """The text as it is kept and hashed. Raises `Invalid`."""
    return parse_text(text, "text", TEXT_LIMIT)


def kind_of(recording: Recording | None) -> StatementKind:
    if recording is None:
        return StatementKind.TEXT
    return StatementKind.VIDEO if recording.type.startswith("video/") else StatementKind.VOICE


def give(case: Case, held: Iterable[Standing], party: str, given: Given, late: bool, now: datetime) -> list[Happened]:
    """`given.number`, `given.kind` and `given.verified_at` are filled in here."""
    one = demand_giving(case, held, party, late, now)
    assert one.verified_at is not None
    number = numbered(case, party) + 1
    if one.given is not None:
        one.earlier = [*one.earlier, one.given]
    kind = kind_of(given.recording)
    one.given = msgspec.structs.replace(given, number=number, kind=kind, at=now, verified_at=one.verified_at)
    one.verified_at = None
    told = {"party": party, "number": number, "kind": str(kind), "sha256": given.sha256, "size": given.size, "shared": given.shared}
    return [Happened("statement.given", told | _recorded(given))]


def numbered(case: Case, party: str) -> int:
    """How many statements this party has given, with those that are gone."""
    one = _asked(case, party)
    assert case.afar is not None
    return case.afar.numbered.get(party, 0) + len(one.earlier) + (one.given is not None)


def given_by(case: Case, party: str) -> Given | None:
    """What stands of this party, whoever has agreed to it."""
    one = case.afar.statements.get(party) if case.afar is not None else None
    return one.given if one is not None else None


def demand_given(case: Case, party: str) -> Given:
    """Raises `Refusal` where there is none, or not every party agrees to it."""
    one = _asked(case, party)
    if one.given is None:
        raise OutOfTurn("no_statement", "There is no statement of this party")
    _demand_possible(case)
    return one.given


def present(case: Case, party: str, seat: str, now: datetime) -> list[Happened]:
    """In the session, to everybody. Shown a second time it makes no second entry."""
    given, one = demand_given(case, party), _asked(case, party)
    if one.presented_at is not None:
        return []
    one.presented_at = now
    return [Happened("statement.presented", _told(party, seat, given))]


def hear(case: Case, party: str, seat: str, now: datetime) -> list[Happened]:
    """It was read out: the party has spoken."""
    one = _asked(case, party)
    if one.given is None or one.presented_at is None:
        raise OutOfTurn("not_presented", "Show the statement to everybody first")
    if one.heard_at is not None:
        return []
    one.heard_at = now
    return [Happened("statement.heard", _told(party, seat, one.given))]


def unverify(case: Case, party: str) -> None:
    """The page is on another device, or may be from now on: whoever has it was not compared."""
    one = case.afar.statements.get(party) if case.afar is not None else None
    if one is not None:
        one.verified_at, one.code, one.nonce = None, None, ""


def set_aside(case: Case, party: str) -> list[Happened]:
    """The person was corrected: what was given under the former name, and nobody else has seen, does not count."""
    unverify(case, party)
    one = case.afar.statements.get(party) if case.afar is not None else None
    if one is None or one.given is None or one.presented_at is not None or one.released_at is not None:
        return []
    former, one.earlier, one.given = one.given, [*one.earlier, one.given], None
    return [Happened("statement.set_aside", {"party": party, "number": former.number, "sha256": former.sha256, **_recorded(former)})]


def _ask(case: Case, party: str, by: str, why: str, now: datetime) -> list[Happened]:
    state = case.afar or Afar()
    if party in state.statements:
        if not by and why != state.statements[party].why:
            state.statements[party].why = why
            return [Happened("statement.asked", {"party": party, "why": why})]
        return []
    state.statements[party] = Statement(now, by, why)
    case.afar = state
    if by:
        return [Happened("statement.asked", {"party": party, "proposed_by": by})]
    agrees = {} if state.agreed.get(party) else {"agreed": True}
    state.agreed[party] = True  # who asks for it agrees to it
    return [Happened("statement.asked", {"party": party, "why": why, **agrees})]


def _drop(case: Case, party: str, actor: Actor) -> list[Happened]:
    """Nothing is left of it but how many were given, so that the next one has the next number."""
    one = _asked(case, party)
    if one.given is not None:
        raise OutOfTurn("statement_given", "A statement was given already; it is withdrawn first")
    assert case.afar is not None
    if one.earlier:
        case.afar.numbered = case.afar.numbered | {party: numbered(case, party)}
    del case.afar.statements[party]
    return [Happened("statement.dropped", {"party": party, "by": actor.ledger_name})]


def _agree(case: Case, party: str, agreed: bool) -> list[Happened]:
    state = case.afar
    if state is None or not state.statements:
        raise OutOfTurn("not_asked", "Nobody asks this of you any more")
    shown = any(one.presented_at is not None or one.released_at is not None for one in state.statements.values())
    if shown and party in state.agreed:
        raise OutOfTurn("statement_shown", "A statement was shown already: this is not changed any more")
    if state.agreed.get(party) is agreed:
        return []
    state.agreed[party] = agreed
    return [Happened("statement.agreed" if agreed else "statement.refused", {"party": party})]


def _ask_identity(case: Case, party: str, nonce: str, hashed: str, now: datetime) -> list[Happened]:
    one = _asked(case, party)
    _demand_possible(case)
    _demand_unseen(one)
    if not case.party(party).phone:
        raise Invalid("phone_needed", "There is no telephone of this party in the file to call; put it there first", field="party")
    one.code, one.nonce, one.verified_at = phone_code.ask(one.code, hashed, now), nonce, None
    return [Happened("statement.code_asked", {"party": party})]


def _answer_identity(case: Case, party: str, hashed: str, now: datetime) -> list[Happened]:
    """A wrong answer counts: it is kept, and told by `verified` False."""
    one = _asked(case, party)
    if not phone_code.holds(one.code, now):
        raise OutOfTurn("code_over", "This code is over; ask the mediator on the telephone for another one")
    one.code, right = phone_code.answer(one.code, hashed, now)
    if not right:
        return [Happened("statement.code_wrong", {"party": party})]
    one.verified_at, one.nonce = now, ""
    return [Happened("statement.verified", {"party": party, "method": "called by the mediator, code read out"})]


def _withdraw(case: Case, party: str) -> list[Happened]:
    one = _asked(case, party)
    if one.given is None:
        raise OutOfTurn("no_statement", "There is no statement of this party")
    _demand_unseen(one)
    former, one.earlier, one.given = one.given, [*one.earlier, one.given], None
    return [Happened("statement.withdrawn", {"party": party, "number": former.number, "sha256": former.sha256, **_recorded(former)})]


def _release(case: Case, party: str, now: datetime) -> list[Happened]:
    given, one = demand_given(case, party), _asked(case, party)
    if not given.shared:
        raise OutOfTurn("not_shared", "This party wants it shown in the session alone")
    if one.released_at is not None:
        return []
    one.released_at = now
    return [Happened("statement.released", _told(party, "", given))]


def _asked(case: Case, party: str) -> Statement:
    one = case.afar.statements.get(party) if case.afar is not None else None
    if one is None:
        raise Invalid("statement_unasked", "No statement from afar was asked for or proposed", field="party")
    return one


def _demand_possible(case: Case) -> None:
    if refused(case):
        raise OutOfTurn("statements_refused", "Not every party agrees to statements from afar: people meet, or another time is found")
    if not possible(case):
        raise OutOfTurn("statements_unagreed", "Not every party has agreed yet")


def _demand_unseen(one: Statement) -> None:
    if one.presented_at is not None or one.released_at is not None:
        raise OutOfTurn("statement_shown", "A statement was shown already: this is not changed any more")


def _told(party: str, seat: str, given: Given) -> dict[str, Any]:
    told = {"party": party, "number": given.number, "kind": str(given.kind), "sha256": given.sha256, **_recorded(given)}
    return told | {"given_at": rfc3339(given.at)} | ({"seat": seat} if seat else {})


def _recorded(given: Given) -> dict[str, Any]:
    return {"recording": given.recording.told()} if given.recording is not None else {}
