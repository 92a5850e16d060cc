"""The case (案件): its data, its transition table, and the rules that move it. Pure: commands in, ledger events out, time as an argument.

Rules
* Every change of stage is in `TRANSITIONS`; what is not there cannot happen.
* Who may cause it is asked of `cases.permissions`, never here.
* `handle` changes the given case in place and returns what happened; a `Refusal` leaves the case as it was, since it is raised first.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.actor import Actor
from cases.appointment import Appointment
from cases.assistance import Share
from cases.calendar import STATUTORY, Calendar, end_of_term
from cases.clock import rfc3339
from cases.commands import casework as c
from cases.data_request import DataRequest
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.escalated import Escalation
from cases.expert_invitation import Invitation
from cases.filled_form import FilledForm
from cases.identity import parse_name, parse_phone, parse_resident_id, parse_text
from cases.obligation import Performance
from cases.permissions import MEETING, demand
from cases.ports import Happened
from cases.rating import Rating
from cases.risk_report import RiskReport
from cases.statement import Afar
from cases.vocabulary import DISPUTE_TYPES, Action, CaseStage, DispatchMode, DisputeKind, EscalationState, Role, ShareState, Standing, Term

TRANSITIONS: dict[tuple[CaseStage, Action], CaseStage] = {
    (CaseStage.REPORTED, Action.DISPATCH): CaseStage.DISPATCHED,
    (CaseStage.DISPATCHED, Action.DISPATCH): CaseStage.DISPATCHED,
    (CaseStage.DISPATCHED, Action.REFUSE): CaseStage.REPORTED,
    (CaseStage.DISPATCHED, Action.ACCEPT): CaseStage.ACCEPTED,
    (CaseStage.ACCEPTED, Action.GIVE_BACK): CaseStage.REPORTED,
    (CaseStage.ACCEPTED, Action.OPEN_SESSION): CaseStage.MEDIATING,
    (CaseStage.MEDIATING, Action.OPEN_SESSION): CaseStage.MEDIATING,
    (CaseStage.ACCEPTED, Action.TAKE_OVER): CaseStage.REPORTED,
    (CaseStage.MEDIATING, Action.TAKE_OVER): CaseStage.REPORTED,
    (CaseStage.MEDIATING, Action.SEAL): CaseStage.AGREED,
    (CaseStage.MEDIATING, Action.RECORD_ORAL): CaseStage.AGREED,
    (CaseStage.MEDIATING, Action.END_SESSION): CaseStage.FAILED,
    (CaseStage.AGREED, Action.CLOSE_CASE): CaseStage.CLOSED,
    (CaseStage.FAILED, Action.CLOSE_CASE): CaseStage.CLOSED,
    (CaseStage.REPORTED, Action.WITHDRAW): CaseStage.WITHDRAWN,
    (CaseStage.DISPATCHED, Action.WITHDRAW): CaseStage.WITHDRAWN,
    (CaseStage.ACCEPTED, Action.WITHDRAW): CaseStage.WITHDRAWN,
    (CaseStage.MEDIATING, Action.WITHDRAW): CaseStage.WITHDRAWN,
}

TITLE_LIMIT, FACTS_LIMIT, PLACE_LIMIT, NOTE_LIMIT = 60, 5000, 100, 500
PARTY_LIMIT, PHOTO_LIMIT = 12, 9


class Person(msgspec.Struct, omit_defaults=True):
    id: str
    name: str
    capacity: str  # applicant | respondent
    phone: str = ""
    id_number: str = ""
    address: str = ""


class Step(msgspec.Struct, omit_defaults=True):
    """One line of the history that people see. `who` names an office or a mediator, never a party."""

    stage: CaseStage
    at: datetime
    who: str = ""
    note: str = ""


class Photo(msgspec.Struct):
    id: str
    width: int
    height: int


class Mediator(msgspec.Struct):
    account: str
    name: str
    org: str
    org_name: str


class Hold(msgspec.Struct):
    """Why nothing of this case may be destroyed, who said so, and when."""

    reason: str
    by: str
    at: datetime


class Destruction(msgspec.Struct):
    """That the recordings are to be destroyed, as somebody asked for it: possible from `due` on, with the word of another than `account`."""

    reason: str
    by: str
    role: str  # "centre" or "mediator"
    account: str  # as the ledger calls it
    at: datetime
    due: datetime


class Case(msgspec.Struct, omit_defaults=True):
    id: str
    code: str  # public, random: HY-7K3M-92QF
    kind: DisputeKind
    stage: CaseStage
    title: str
    facts: str
    region: str
    region_name: str
    place: str
    source: str
    reported_at: datetime
    entered_by: str = ""  # the account of staff that entered it; empty: somebody reported it
    number: str = ""  # 安和人调字〔2026〕第00001号, given at acceptance
    dispute_type: str = "其他"
    parties: list[Person] = []
    photos: list[Photo] = []
    history: list[Step] = []
    mode: DispatchMode | None = None
    dispatch_note: str = ""
    offered_to: list[str] = []  # account ids
    offered_names: list[str] = []
    undispatched_at: datetime | None = None  # when it was noted that the centre had not dispatched it in time
    answer_by: datetime | None = None
    answer_term: Term | None = None  # by which rule; None: counted before rules were kept
    answer_reminded: bool = False
    unanswered_at: datetime | None = None  # when it was noted that nobody had answered by then
    mediator: Mediator | None = None
    refusals: list[str] = []
    refused_by: list[str] = []  # accounts
    conflicted: list[str] = []  # those of them who declared an interest
    joint: list[Share] = []  # in joint mediation, in the order in which they were asked
    escalations: list[Escalation] = []  # brought before the centre, in order
    first_accepted: datetime | None = (
        None  # from when on the term runs; set once the centre has taken the case over: no later acceptance begins it anew
    )
    due: datetime | None = None
    due_term: Term | None = None
    due_reminded: bool = False
    overdue_at: datetime | None = None  # when it was noted that the term was over
    session_id: str = ""
    synthetic: bool = False
    trial: bool = False  # entered while its region was on trial (试运行): a case like others, which no statistics count
    agreed_at: datetime | None = None
    confirmation_sought: datetime | None = None  # when the papers for the court were put together last
    hold: Hold | None = None
    destruction: Destruction | None = None  # of its recordings, while it is asked for and not done
    destroyed_at: datetime | None = None  # its recordings
    destroyed_by: str = ""  # who approved it; empty where a policy did it
    destroyed_asked_by: str = ""
    destroyed_why: str = ""
    performance: Performance | None = None  # from the agreement, or the first low rating on
    ratings: list[Rating] = []  # at most one of a party
    requests: list[DataRequest] = []  # about the personal data in this file
    experts: list[Invitation] = []  # of the pool, in the order in which they were invited
    risk: RiskReport | None = None  # reported to the risk platform; told to the office alone
    appointment: Appointment | None = None
    forms: dict[str, FilledForm] = {}  # of the paper file, as far as the office has filled them in
    afar: Afar | None = None  # statements of parties who cannot come
    pages: list[str] = []  # parties to whom a link to their own page was given
    pages_sent: dict[str, datetime] = {}  # by party: when the link in force was made
    pages_opened: dict[str, datetime] = {}  # and when somebody first came by it

    @property
    def reporter(self) -> Person | None:
        """Who reported it, the first of its parties. None: staff has entered it."""
        return None if self.entered_by else self.parties[0]

    def party(self, person_id: str) -> Person:
        for person in self.parties:
            if person.id == person_id:
                return person
        raise Invalid("unknown_party", "There is no such party in this case", field="party")


class Numbering(msgspec.Struct):
    """What the driver reserved for this command: identifiers cannot be chosen by pure rules. `calendar` is the county's, for terms."""

    new_id: str
    number: str = ""
    code: str = ""
    calendar: Calendar = STATUTORY


def standings(case: Case, actor: Actor) -> tuple[Standing, ...]:
    """What the actor is to this case. Empty: nobody, and nothing is permitted."""
    if actor.kind == "system":
        return (Standing.SYSTEM,)
    if actor.kind == "reporter":
        return (Standing.REPORTER,) if actor.case_id == case.id else ()
    if actor.kind == "party":
        return (Standing.LINKED,) if actor.case_id == case.id and any(one.id == actor.id for one in case.parties) else ()
    if actor.kind == "public":
        return (Standing.PUBLIC,) if actor.id == case.code else ()
    if actor.kind != "account":
        return ()
    found: list[Standing] = []
    if actor.role is Role.CENTRE and case.region.startswith(actor.region):
        found.append(Standing.CENTRE)
    if case.mediator and case.mediator.account == actor.id:
        found.append(Standing.ASSIGNEE)
    if actor.id in case.offered_to:
        found.append(Standing.OFFEREE)
    if any(share.assists and share.account == actor.id for share in case.joint):
        found.append(Standing.ASSISTANT)
    if any(share.waits and actor.id in share.asked for share in case.joint):
        found.append(Standing.ASKED)
    return tuple(found)


def open_case(
    command: c.Report,
    numbering: Numbering,
    now: datetime,
    photos: list[Photo],
    region_name: str,
    synthetic: bool,
    source: str = "当事人申请",
    entered_by: Actor | None = None,
) -> tuple[Case, list[Happened]]:
    """A new report becomes a case; `entered_by` staff, where nobody concerned has reported it. Raises `Invalid` naming the field."""
    title = parse_text(command.title, "title", TITLE_LIMIT)
    if len(photos) > PHOTO_LIMIT:
        raise Invalid("too_many_photos", f"At most {PHOTO_LIMIT} photographs", field="photos", limit=PHOTO_LIMIT)
    case = Case(
        id=numbering.new_id,
        code=numbering.code,
        kind=command.kind,
        stage=CaseStage.REPORTED,
        title=title,
        facts=parse_text(command.facts, "facts", FACTS_LIMIT),
        region=command.region,
        region_name=region_name,
        place=parse_text(command.place, "place", PLACE_LIMIT, required=False),
        source=source,
        entered_by=entered_by.id if entered_by else "",
        reported_at=now,
        parties=[
            Person(
                id="p1",
                name=parse_name(command.name, "name"),
                capacity="applicant",
                phone=parse_phone(command.phone) if command.phone.strip() or entered_by is None else "",
                id_number=parse_resident_id(command.id_number) if command.id_number.strip() else "",
                address=parse_text(command.address, "address", PLACE_LIMIT, required=False),
            )
        ],
        photos=photos,
        synthetic=synthetic,
    )
    if command.other_name.strip():
        phone = parse_phone(command.other_phone, "other_phone") if command.other_phone.strip() else ""
        if phone and phone == case.parties[0].phone:
            raise Invalid(
                "other_phone_own", "This is your own number; leave the other side's empty if you do not know it", field="other_phone"
            )
        case.parties.append(Person(id="p2", name=parse_name(command.other_name, "other_name"), capacity="respondent", phone=phone))
    _step(case, now)
    told = {"code": case.code, "title": case.title, "facts": case.facts, "parties": msgspec.to_builtins(case.parties)}
    if entered_by:
        told |= {"source": source, "by": entered_by.ledger_name}
    return case, [Happened("case.reported", told)]


def handle(case: Case, command: c.CaseCommand, actor: Actor, now: datetime, numbering: Numbering) -> list[Happened]:
    """Apply one command of an actor. See the module's rules."""
    held = standings(case, actor)
    match command:
        case c.Classify():
            demand(held, Action.CLASSIFY, case.stage)
            if command.dispute_type not in DISPUTE_TYPES:
                raise Invalid("unknown_type", "There is no such type of dispute", field="dispute_type")
            case.dispute_type, case.kind = command.dispute_type, command.kind
            return [Happened("case.classified", {"dispute_type": case.dispute_type, "kind": str(case.kind), "by": actor.ledger_name})]
        case c.Dispatch():
            demand(held, Action.DISPATCH, case.stage)
            return _dispatch(case, command, actor, now, numbering.calendar)
        case c.Accept():
            return _accept(case, actor, now, held, numbering)
        case c.Refuse():
            demand(held, Action.REFUSE, case.stage)
            return _refuse(case, command, actor, now)
        case c.GiveBack():
            demand(held, Action.GIVE_BACK, case.stage)
            return _give_back(case, command, actor, now)
        case c.AddParty():
            demand(held, Action.ADD_PARTY, case.stage)
            return _add_party(case, command, actor)
        case c.Withdraw():
            demand(held, Action.WITHDRAW, case.stage)
            _move(case, Action.WITHDRAW, now)
            return [Happened("case.withdrawn", {"by": actor.ledger_name}), *_drop_appointment(case, actor, now)]
        case c.CloseCase():
            demand(held, Action.CLOSE_CASE, case.stage)
            owed = case.performance.open() if case.performance else []
            reason = parse_text(command.reason, "reason", NOTE_LIMIT, required=False)
            if owed and not reason:
                raise Invalid(
                    "still_owed", "Something is still owed by the agreement: say why the case is closed all the same", field="reason"
                )
            _move(case, Action.CLOSE_CASE, now, who=actor.name, note=reason)
            told = ({"reason": reason} if reason else {}) | ({"owed": [one.id for one in owed]} if owed else {})
            return [Happened("case.closed", {"by": actor.ledger_name, **told})]


def session_opened(case: Case, session_id: str, now: datetime, who: str) -> None:
    _move(case, Action.OPEN_SESSION, now, who=who)
    case.session_id = session_id


def agreement_sealed(case: Case, now: datetime) -> None:
    _move(case, Action.SEAL, now)
    case.agreed_at = now


def agreed_orally(case: Case, now: datetime) -> None:
    _move(case, Action.RECORD_ORAL, now)
    case.agreed_at = now


def session_failed(case: Case, now: datetime, reason: str) -> None:
    _move(case, Action.END_SESSION, now, note=reason)


def _dispatch(case: Case, command: c.Dispatch, actor: Actor, now: datetime, calendar: Calendar) -> list[Happened]:
    if not command.to or len(command.to) > 20:
        raise Invalid("missing", "Choose whom to give the order to (1 to 20 people)", field="to")
    if len(set(command.to)) != len(command.to):
        raise Invalid("chosen_twice", "Somebody was chosen twice", field="to")
    if len(command.names) != len(command.to):
        raise Invalid("unknown_account", "One of the chosen people does not exist or cannot take orders", field="to")
    case.mode, case.dispatch_note = command.mode, parse_text(command.note, "note", NOTE_LIMIT, required=False)
    case.offered_to, case.offered_names = list(command.to), list(command.names)
    case.answer_term, case.answer_by = Term.ANSWER, end_of_term(Term.ANSWER, now, calendar)
    case.answer_reminded, case.unanswered_at, case.undispatched_at = False, None, None
    _move(case, Action.DISPATCH, now, who=actor.name)
    # 转办 and 交办 are different acts with different consequences, hence different entries.
    return [
        Happened(
            f"case.{'assigned' if command.mode is DispatchMode.ASSIGN else 'handed_over'}",
            {"to": case.offered_to, "note": case.dispatch_note, "answer_by": rfc3339(case.answer_by), "by": actor.ledger_name},
        )
    ]


def _accept(case: Case, actor: Actor, now: datetime, held: tuple[Standing, ...], numbering: Numbering) -> list[Happened]:
    if case.stage is not CaseStage.DISPATCHED and case.mediator and Standing.OFFEREE in held:
        if case.mediator.account == actor.id:
            return []
        raise Conflict("already_accepted", f"{case.mediator.name} has already accepted this order", by=case.mediator.name)
    demand(held, Action.ACCEPT, case.stage)
    case.mediator = Mediator(actor.id, actor.name, actor.org, case.offered_names[case.offered_to.index(actor.id)])
    case.number = numbering.number
    case.due_term, case.due = Term.MEDIATION, end_of_term(Term.MEDIATION, case.first_accepted or now, numbering.calendar)
    case.answer_by = None
    _move(case, Action.ACCEPT, now, who=actor.name)
    told = {"mediator": actor.ledger_name, "number": case.number, "due": rfc3339(case.due), "term": str(case.due_term)}
    return [Happened("case.accepted", told)]


def _refuse(case: Case, command: c.Refuse, actor: Actor, now: datetime) -> list[Happened]:
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    case.refusals.append(reason)
    if actor.id not in case.refused_by:
        case.refused_by.append(actor.id)
    if command.conflict and actor.id not in case.conflicted:
        case.conflicted.append(actor.id)
    at = case.offered_to.index(actor.id)
    del case.offered_to[at], case.offered_names[at]
    if not case.offered_to:
        case.answer_by = None
        _move(case, Action.REFUSE, now, who=actor.name, note=reason)
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
    """The case is the centre's again, without its lead: who assisted does not any more, nobody comes on the day that was fixed, and the number stays used."""
    case.mediator, case.number = None, ""
    case.offered_to, case.offered_names = [], []
    case.due, case.due_term, case.due_reminded, case.overdue_at = None, None, False, None
    _move(case, action, now, who=actor.name, note=reason)
    return [*_end_shares(case, now), *_drop_appointment(case, actor, now)]


def term_began(case: Case) -> datetime:
    """From when on the term of the mediation that runs is counted."""
    return case.first_accepted or next(step.at for step in reversed(case.history) if step.stage is CaseStage.ACCEPTED)


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


def _add_party(case: Case, command: c.AddParty, actor: Actor) -> list[Happened]:
    if len(case.parties) >= PARTY_LIMIT:
        raise Invalid("too_many_parties", f"At most {PARTY_LIMIT} parties", field="name", limit=PARTY_LIMIT)
    if command.capacity not in {"applicant", "respondent"}:
        raise Invalid("unknown_capacity", "A party is applicant or respondent", field="capacity")
    person = Person(
        id=f"p{len(case.parties) + 1}",
        name=parse_name(command.name),
        capacity=command.capacity,
        phone=parse_phone(command.phone) if command.phone.strip() else "",
        id_number=parse_resident_id(command.id_number) if command.id_number.strip() else "",
        address=parse_text(command.address, "address", PLACE_LIMIT, required=False),
    )
    case.parties.append(person)
    return [Happened("case.party_added", {"person": msgspec.to_builtins(person), "by": actor.ledger_name})]


def _move(case: Case, action: Action, now: datetime, who: str = "", note: str = "") -> None:
    target = TRANSITIONS.get((case.stage, action))
    if target is None:
        raise OutOfTurn("wrong_stage", f"{action} is not possible in stage {case.stage}", action=str(action), stage=str(case.stage))
    case.stage = target
    for share in case.joint:
        if share.waits and target not in MEETING and target is not CaseStage.REPORTED:
            share.close(ShareState.ENDED, now)
    for one in case.escalations:
        if one.open and target not in MEETING:
            one.close(EscalationState.LAPSED, now)
    _step(case, now, who, note)


def _step(case: Case, now: datetime, who: str = "", note: str = "") -> None:
    case.history.append(Step(case.stage, now, who, note))
