"""The case (案件): its data, who is what to it, its transition table, and its beginning. Pure: commands in, ledger events out, time as an argument.

Rules
* Every change of stage is in `TRANSITIONS`; what is not there cannot happen.
* Who may cause it is asked of `cases.permissions`, never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cases.actor import Actor
from cases.answered import Answered
from cases.appointment import Appointment
from cases.archived import Archived, TakenOut
from cases.assistance import Share
from cases.calendar import STATUTORY, Calendar, county_day
from cases.commands import casework as c
from cases.commands.keeping import What
from cases.data_request import DataRequest
from cases.declined import Declined
from cases.errors import Invalid, OutOfTurn
from cases.escalated import Escalation
from cases.expert_invitation import Invitation
from cases.filled_form import FilledForm
from cases.identity import parse_name, parse_phone, parse_resident_id, parse_text
from cases.obligation import Performance
from cases.permissions import MEETING
from cases.ports import Happened
from cases.privacy import demand_known
from cases.rating import Rating
from cases.risk_report import RiskReport
from cases.spoken import Spoken, made_title
from cases.statement import Afar
from cases.vocabulary import OTHER_TYPE, Action, CaseStage, DispatchMode, DisputeKind, EscalationState, Role, ShareState, Standing, Term

TRANSITIONS: dict[tuple[CaseStage, Action], CaseStage] = {
    (CaseStage.REPORTED, Action.DISPATCH): CaseStage.DISPATCHED,
    (CaseStage.DISPATCHED, Action.DISPATCH): CaseStage.DISPATCHED,
    (CaseStage.DISPATCHED, Action.REFUSE): CaseStage.REPORTED,
    (CaseStage.DISPATCHED, Action.MARK_UNANSWERED): CaseStage.REPORTED,
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
    (CaseStage.REPORTED, Action.DECLINE_REPORT): CaseStage.DECLINED,
    (CaseStage.DECLINED, Action.TAKE_UP): CaseStage.REPORTED,
    (CaseStage.ACCEPTED, Action.ANSWER_MATTER): CaseStage.CLOSED,
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
    """One line of the history that people see. `who` names an office or a mediator, never a party. `unanswered`: the case came back since nobody of `who` took it in time."""

    stage: CaseStage
    at: datetime
    who: str = ""
    note: str = ""
    unanswered: bool = False


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


class Destruction(msgspec.Struct, omit_defaults=True):
    """That recordings, or the whole file, are to be destroyed, as somebody asked for it: possible from `due` on, with the word of another than `account`."""

    reason: str
    by: str
    role: str  # "centre" or "mediator"
    account: str  # as the ledger calls it
    at: datetime
    due: datetime
    what: What = "recordings"


class Erased(msgspec.Struct, frozen=True):
    """That the file was destroyed (个人信息保护法 47): when, who approved it, who had asked for it, and why. Its case is a stub since then (`cases/erasing.py`)."""

    at: datetime
    by: str
    asked_by: str
    reason: str


class Referred(msgspec.Struct, frozen=True):
    """By which other system, under which number of its own, and the SHA-256 of what it said."""

    name: str
    reference: str
    digest: str


class Case(msgspec.Struct, omit_defaults=True):
    id: str
    code: str  # public, random: HY-7K3M-92QF; the one in force
    kind: DisputeKind
    stage: CaseStage
    title: str
    facts: str
    region: str
    region_name: str
    place: str
    source: str
    reported_at: datetime
    entered_by: str = ""  # the account of staff that entered it, or the system that referred it; empty: somebody reported it
    referred: Referred | None = None
    number: str = ""  # 安和人调字〔2026〕第00001号, given at acceptance
    numbers: list[str] = []  # its former ones: notices and papers named them
    revoked_codes: list[str] = []  # its former public codes, in order
    dispute_type: str = OTHER_TYPE
    parties: list[Person] = []
    photos: list[Photo] = []
    spoken: Spoken | None = None  # what the report says by voice
    title_made: bool = False  # whoever told it wrote no subject; this one is made, until the office writes one
    titled_by: str = ""  # who of the office wrote the subject; empty: it is the reporter's own, or nobody's yet
    written_by: str = ""  # who of the office wrote that down as `facts`; empty: they are the reporter's own words, or nobody's yet
    history: list[Step] = []
    mode: DispatchMode | None = None
    dispatch_note: str = ""
    offered_to: list[str] = []  # account ids
    offered_names: list[str] = []
    declined: Declined | None = None  # while the centre does not take it up
    answered: Answered | None = None  # what came of a livelihood matter
    dispatch_reminded: datetime | None = None  # the end of the centre's term of which it was reminded
    undispatched_at: datetime | None = None  # when it was noted that the centre had not dispatched it in time
    answer_by: datetime | None = None
    answer_term: Term | None = None  # by which rule; None: counted before rules were kept
    answer_reminded: bool = False
    unanswered_by: list[str] = []  # accounts who let the time for an answer pass, and have neither taken nor refused it since
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
    destruction: Destruction | None = None  # of its recordings or of all of it, while it is asked for and not done
    destroyed_at: datetime | None = None  # its recordings
    destroyed_by: str = ""  # who approved it; empty where a policy did it
    destroyed_asked_by: str = ""
    destroyed_why: str = ""
    erased: Erased | None = None  # its file: nothing changes in the case any more
    performance: Performance | None = None  # from the agreement, or the first low rating on
    ratings: list[Rating] = []  # at most one of a party
    requests: list[DataRequest] = []  # about the personal data in this file
    experts: list[Invitation] = []  # of the pool, in the order in which they were invited
    risk: RiskReport | None = None  # reported to the risk platform; told to the office alone
    appointment: Appointment | None = None
    forms: dict[str, FilledForm] = {}  # of the paper file, as far as the office has filled them in
    archived: Archived | None = None  # while the paper file lies in the archive
    taken_out: TakenOut | None = None  # since it was taken out, until it goes back
    afar: Afar | None = None  # statements of parties who cannot come
    pages: list[str] = []  # parties to whom a link to their own page was given
    pages_sent: dict[str, datetime] = {}  # by party: when the link in force was made
    pages_opened: dict[str, datetime] = {}  # and when somebody first came by it

    @property
    def reporter(self) -> Person | None:
        """Who reported it, the first of its parties. None: staff has entered it."""
        return None if self.entered_by else self.parties[0]

    @property
    def first_code(self) -> str:
        """What the case is known by where another name would be another thing: in the calendars of people."""
        return self.revoked_codes[0] if self.revoked_codes else self.code

    @property
    def came_back(self) -> Step | None:
        """How the case came to the centre, if it is there since nobody took it in time."""
        last = self.history[-1] if self.history else None
        return last if last is not None and last.unanswered and self.stage is CaseStage.REPORTED else None

    @property
    def subject(self) -> str:
        """The title as far as somebody has written it: a made one says nothing of the matter."""
        return "" if self.title_made else self.title

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
    spoken: Spoken | None = None,
    digests: Sequence[str] = (),
    privacy: str = "",
) -> tuple[Case, list[Happened]]:
    """A new report becomes a case, described in words or by voice; `entered_by` staff or another system, where nobody concerned has
    reported it. Raises `Invalid` naming the field. `digests`: SHA-256 of each of `photos` as it is kept; `privacy`: version of the notice under which it was written."""
    title = parse_text(command.title, "title", TITLE_LIMIT, required=spoken is None)
    demand_known(privacy)
    if len(photos) > PHOTO_LIMIT:
        raise Invalid("too_many_photos", f"At most {PHOTO_LIMIT} photographs", field="photos", limit=PHOTO_LIMIT)
    case = Case(
        id=numbering.new_id,
        code=numbering.code,
        kind=command.kind,
        stage=CaseStage.REPORTED,
        title=title or made_title(command.kind, region_name)[:TITLE_LIMIT],
        title_made=not title,
        facts=parse_text(command.facts, "facts", FACTS_LIMIT, required=spoken is None),
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
                id_number=parse_resident_id(command.id_number, county_day(now)) if command.id_number.strip() else "",
                address=parse_text(command.address, "address", PLACE_LIMIT, required=False),
            )
        ],
        photos=photos,
        spoken=spoken,
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
    if spoken is not None:
        told["spoken"] = {"file": spoken.id, "sha256": spoken.sha256, "ms": spoken.ms}
    # Earlier versions noted no photographs: that there were none is said as well.
    told["photos"] = [{"photo": photo.id, "sha256": digest} for photo, digest in zip(photos, digests, strict=True)]
    if case.title_made:
        told["title_made"] = True
    if privacy:
        told["privacy"] = privacy
    if entered_by:
        told |= {"source": source, "by": entered_by.ledger_name}
    return case, [Happened("case.reported", told)]


def session_opened(case: Case, session_id: str, now: datetime, who: str) -> None:
    move(case, Action.OPEN_SESSION, now, who=who)
    case.session_id = session_id


def agreement_sealed(case: Case, now: datetime) -> None:
    move(case, Action.SEAL, now)
    case.agreed_at = now


def agreed_orally(case: Case, now: datetime) -> None:
    move(case, Action.RECORD_ORAL, now)
    case.agreed_at = now


def session_failed(case: Case, now: datetime, reason: str) -> None:
    move(case, Action.END_SESSION, now, note=reason)


def term_began(case: Case) -> datetime:
    """From when on the term of the mediation that runs is counted."""
    return case.first_accepted or next(step.at for step in reversed(case.history) if step.stage is CaseStage.ACCEPTED)


def move(case: Case, action: Action, now: datetime, who: str = "", note: str = "", *, unanswered: bool = False) -> None:
    """To the stage that `TRANSITIONS` has for it; what was open for the stage before ends. Raises `OutOfTurn`."""
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
    _step(case, now, who, note, unanswered)


def _step(case: Case, now: datetime, who: str = "", note: str = "", unanswered: bool = False) -> None:
    case.history.append(Step(case.stage, now, who, note, unanswered))
