"""Casework (办案): a case is classified, dispatched, accepted, refused, given back, withdrawn and closed. Pure: commands in, ledger events out, time as an argument.

`handle` changes the given case in place and returns what happened; a `Refusal` leaves the case as it was, since it is raised first.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases import answering, placing
from cases.actor import Actor
from cases.calendar import Calendar, county_day, end_of_term
from cases.case import FACTS_LIMIT, NOTE_LIMIT, PARTY_LIMIT, PLACE_LIMIT, TITLE_LIMIT, Case, Mediator, Numbering, Person, move, standings
from cases.clock import rfc3339
from cases.commands import casework as c
from cases.commands.matters import AnswerMatter
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn
from cases.identity import parse_name, parse_phone, parse_resident_id, parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.terms import lapsed_for
from cases.vocabulary import DISPUTE_TYPES, SIDES, Action, CaseStage, DispatchMode, DisputeKind, ShareState, Standing, Term


def handle(case: Case, command: c.CaseCommand, actor: Actor, now: datetime, numbering: Numbering) -> list[Happened]:
    """Apply one command of an actor."""
    held = standings(case, actor)
    match command:
        case c.Classify():
            demand(held, Action.CLASSIFY, case.stage)
            return _classify(case, command, actor)
        case c.WriteDown():
            demand(held, Action.WRITE_DOWN, case.stage)
            return _write_down(case, command, actor)
        case c.Dispatch():
            demand(held, Action.DISPATCH, case.stage)
            if command.dispute_type or command.kind is not None or command.region:
                demand(held, Action.CLASSIFY, case.stage)
            return _dispatch(case, command, actor, now, numbering.calendar)
        case c.Accept():
            return _accept(case, actor, now, held, numbering)
        case c.Refuse():
            _demand_in_time(case, actor)
            demand(held, Action.REFUSE, case.stage)
            return _refuse(case, command, actor, now)
        case c.GiveBack():
            if not {Standing.ASSIGNEE, Standing.CENTRE} & set(held):
                raise NotAllowed("not_with_you", "This case is not with you any more; nothing was given back")
            demand(held, Action.GIVE_BACK, case.stage)
            return _give_back(case, command, actor, now)
        case c.AddParty():
            demand(held, Action.ADD_PARTY, case.stage)
            return _add_party(case, command, actor, now)
        case c.Withdraw():
            demand(held, Action.WITHDRAW, case.stage)
            move(case, Action.WITHDRAW, now)
            return [Happened("case.withdrawn", {"by": actor.ledger_name}), *_drop_appointment(case, actor, now)]
        case AnswerMatter():
            return [*answering.handle(case, command, actor, now), *_drop_appointment(case, actor, now)]
        case c.CloseCase():
            demand(held, Action.CLOSE_CASE, case.stage)
            owed = case.performance.open() if case.performance else []
            reason = parse_text(command.reason, "reason", NOTE_LIMIT, required=False)
            if owed and not reason:
                raise Invalid(
                    "still_owed", "Something is still owed by the agreement: say why the case is closed all the same", field="reason"
                )
            move(case, Action.CLOSE_CASE, now, who=actor.name, note=reason)
            told = ({"reason": reason} if reason else {}) | ({"owed": [one.id for one in owed]} if owed else {})
            return [Happened("case.closed", {"by": actor.ledger_name, **told})]


def _classify(case: Case, command: c.Classify, actor: Actor) -> list[Happened]:
    """What only puts right where it happened classifies nothing."""
    _demand_type(command.dispute_type)
    if command.seen is not None and command.seen != case.dispute_type:
        raise Conflict(
            "classified_meanwhile",
            f"Somebody else has put it under {case.dispute_type} meanwhile; look at it again",
            type=case.dispute_type,
        )
    to = placing.judge(case, command.region, command.region_name, command.place)
    placed_alone = (command.region or command.place is not None) and (command.dispute_type, command.kind) == (case.dispute_type, case.kind)
    classified = [] if placed_alone else _set_type(case, command.dispute_type, command.kind, actor)
    return [*classified, *placing.put_right(case, to, actor)]


def _demand_type(dispute_type: str) -> None:
    if dispute_type not in DISPUTE_TYPES:
        raise Invalid("unknown_type", "There is no such type of dispute", field="dispute_type")


def _set_type(case: Case, dispute_type: str, kind: DisputeKind, actor: Actor) -> list[Happened]:
    case.dispute_type, case.kind = dispute_type, kind
    return [Happened("case.classified", {"dispute_type": case.dispute_type, "kind": str(case.kind), "by": actor.ledger_name})]


def _dispatch(case: Case, command: c.Dispatch, actor: Actor, now: datetime, calendar: Calendar) -> list[Happened]:
    # What came back meanwhile is nobody's: to give it to others overrules nobody.
    if command.seen is not None and command.seen is not case.stage and case.offered_to:
        by = "、".join(dict.fromkeys(case.offered_names))
        raise Conflict(
            "dispatched_meanwhile", f"This case was given to {by} meanwhile; look at it again before you give it to others", by=by
        )
    if not command.to or len(command.to) > 20:
        raise Invalid("missing", "Choose whom to give the order to (1 to 20 people)", field="to")
    if len(set(command.to)) != len(command.to):
        raise Invalid("chosen_twice", "Somebody was chosen twice", field="to")
    if len(command.names) != len(command.to):
        raise Invalid("unknown_account", "One of the chosen people does not exist or cannot take orders", field="to")
    note, classified = parse_text(command.note, "note", NOTE_LIMIT, required=False), list[Happened]()
    if command.dispute_type:
        _demand_type(command.dispute_type)
    to = placing.judge(case, command.region, command.region_name, None)
    if command.dispute_type or command.kind is not None:
        classified = _set_type(case, command.dispute_type or case.dispute_type, command.kind or case.kind, actor)
    classified += placing.put_right(case, to, actor)
    case.mode, case.dispatch_note = command.mode, note
    case.offered_to, case.offered_names = list(command.to), list(command.names)
    case.answer_term, case.answer_by = Term.ANSWER, end_of_term(Term.ANSWER, now, calendar)
    case.answer_reminded, case.dispatch_reminded, case.undispatched_at = False, None, None
    move(case, Action.DISPATCH, now, who=actor.name)
    # 转办 and 交办 are different acts with different consequences, hence different entries.
    return [
        *classified,
        Happened(
            f"case.{'assigned' if command.mode is DispatchMode.ASSIGN else 'handed_over'}",
            {"to": case.offered_to, "note": case.dispatch_note, "answer_by": rfc3339(case.answer_by), "by": actor.ledger_name},
        ),
    ]


def _accept(case: Case, actor: Actor, now: datetime, held: tuple[Standing, ...], numbering: Numbering) -> list[Happened]:
    if case.stage is not CaseStage.DISPATCHED and case.mediator and Standing.OFFEREE in held:
        if case.mediator.account == actor.id:
            return []
        raise Conflict("already_accepted", f"{case.mediator.name} has already accepted this order", by=case.mediator.name)
    _demand_in_time(case, actor)
    demand(held, Action.ACCEPT, case.stage)
    case.mediator = Mediator(actor.id, actor.name, actor.org, case.offered_names[case.offered_to.index(actor.id)])
    # Whoever takes it after all refuses it no longer, and has answered.
    case.refused_by = [one for one in case.refused_by if one != actor.id]
    case.unanswered_by = [one for one in case.unanswered_by if one != actor.id]
    case.number = numbering.number
    case.due_term, case.due = Term.MEDIATION, end_of_term(Term.MEDIATION, case.first_accepted or now, numbering.calendar)
    case.answer_by = None
    move(case, Action.ACCEPT, now, who=actor.name)
    told = {"mediator": actor.ledger_name, "number": case.number, "due": rfc3339(case.due), "term": str(case.due_term)}
    return [Happened("case.accepted", told)]


def _demand_in_time(case: Case, actor: Actor) -> None:
    """Whoever answers an order that went back to the centre meanwhile reads that, and not that there is no such case."""
    if actor.kind == "account" and lapsed_for(case, actor.id):
        raise Conflict("order_lapsed", "The time to answer this order is over: it went back to the centre, which arranges what comes next")


def _refuse(case: Case, command: c.Refuse, actor: Actor, now: datetime) -> list[Happened]:
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    case.refusals.append(reason)
    case.unanswered_by = [one for one in case.unanswered_by if one != actor.id]
    if actor.id not in case.refused_by:
        case.refused_by.append(actor.id)
    if command.conflict and actor.id not in case.conflicted:
        case.conflicted.append(actor.id)
    at = case.offered_to.index(actor.id)
    del case.offered_to[at], case.offered_names[at]
    if not case.offered_to:
        case.answer_by = None
        move(case, Action.REFUSE, now, who=actor.name, note=reason)
    return [Happened("case.refused", {"by": actor.ledger_name, "reason": reason, **({"conflict": True} if command.conflict else {})})]


def _give_back(case: Case, command: c.GiveBack, actor: Actor, now: datetime) -> list[Happened]:
    """Whoever takes the case next counts a term of the own, unless the centre has taken it over once."""
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    former = case.mediator
    assert former is not None, "an accepted case has a mediator"
    by_itself = actor.id == former.account
    if by_itself and actor.id not in case.refused_by:
        case.refusals.append(reason)
        case.refused_by.append(actor.id)
    if by_itself and command.conflict and actor.id not in case.conflicted:
        case.conflicted.append(actor.id)
    told = {"from": f"account:{former.account}", "number": case.number, "reason": reason, "by": actor.ledger_name}
    given_back = Happened("case.given_back", told | ({"conflict": True} if by_itself and command.conflict else {}))
    return [given_back, *back_to_pool(case, Action.GIVE_BACK, actor, now, reason)]


def back_to_pool(case: Case, action: Action, actor: Actor, now: datetime, reason: str) -> list[Happened]:
    """The case is the centre's again, without its lead: who assisted does not any more, nobody comes on the day that was fixed, and the number stays used. Its term is
    over, but of a case that was taken over once, where it runs on."""
    if case.number:
        case.numbers.append(case.number)
    case.mediator, case.number = None, ""
    case.offered_to, case.offered_names = [], []
    if case.first_accepted is None:
        case.due, case.due_term = None, None
    case.due_reminded, case.overdue_at = False, None
    move(case, action, now, who=actor.name, note=reason)
    return [*_end_shares(case, now), *_drop_appointment(case, actor, now)]


def _end_shares(case: Case, now: datetime) -> list[Happened]:
    """Who assists, assists a lead: without this one it is over, and the next one asks anew."""
    ended = [share for share in case.joint if share.open]
    for share in ended:
        share.close(ShareState.ENDED, now)
    return [Happened("joint.ended", {"shares": [share.id for share in ended]})] if ended else []


def _drop_appointment(case: Case, actor: Actor, now: datetime) -> list[Happened]:
    """Whoever is to come does not come any more: the case goes on without this mediator, or not at all."""
    state = case.appointment
    if state is None or not state.drop("", now) or state.fixed is None or state.fixed.end <= now:
        return []
    told = {"start": rfc3339(state.fixed.start), "minutes": state.fixed.minutes, "reason": "", "revision": state.revision}
    return [Happened("appointment.called_off", told | {"by": actor.ledger_name})]


def _write_down(case: Case, command: c.WriteDown, actor: Actor) -> list[Happened]:
    title = parse_text(command.title, "title", TITLE_LIMIT, required=False)
    titled, described = bool(case.title_made or case.titled_by), bool(case.facts and not case.written_by)
    if case.spoken is None or (title and not titled) or (described and (command.facts.strip() or not title)):
        raise OutOfTurn("own_words", "Only what was told by voice is written down; what the reporter wrote stays as it is")
    if not described and command.was is not None and command.was != case.facts:
        raise Conflict(
            "written_meanwhile", f"{case.written_by} wrote it down meanwhile; read that before you write over it", by=case.written_by
        )
    told: dict[str, str] = {}
    if not described:
        told["facts"] = case.facts = parse_text(command.facts, "facts", FACTS_LIMIT)
        case.written_by = actor.name
    if title and title != case.title:
        told["title"] = case.title = title
        case.title_made, case.titled_by = False, actor.name
    return [Happened("case.written_down", told | {"by": actor.ledger_name})]


def _add_party(case: Case, command: c.AddParty, actor: Actor, now: datetime) -> list[Happened]:
    if len(case.parties) >= PARTY_LIMIT:
        raise Invalid("too_many_parties", f"At most {PARTY_LIMIT} parties", field="name", limit=PARTY_LIMIT)
    if command.capacity not in SIDES:
        raise Invalid("unknown_capacity", "A party is applicant or respondent", field="capacity")
    person = Person(
        id=f"p{len(case.parties) + 1}",
        name=parse_name(command.name),
        capacity=command.capacity,
        phone=parse_phone(command.phone) if command.phone.strip() else "",
        id_number=parse_resident_id(command.id_number, county_day(now)) if command.id_number.strip() else "",
        address=parse_text(command.address, "address", PLACE_LIMIT, required=False),
    )
    case.parties.append(person)
    return [Happened("case.party_added", {"person": msgspec.to_builtins(person), "by": actor.ledger_name})]
