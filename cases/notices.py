"""Who is told of what (通知): from what has happened to a case, to notices; and whether a notice still holds when it is about to go out. Pure.

Rules
* The table `TELLS` names every entry of the ledger of which somebody is told; of anything else nobody is.
* Only accounts are told on the page. A party, who has none, is told by SMS, or once by WeChat where it has allowed one message there.
* A notice has neither names nor facts: what kind, which case, and which of its obligations.
* An invented case (`synthetic`) is told of on the page alone: its telephone numbers may be somebody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from cases.appointment import Ahead
from cases.case import Case
from cases.obligation import OPEN
from cases.ports import Happened
from cases.stating import excused, possible
from cases.terms import RUNNING, dispatch_by
from cases.vocabulary import CaseStage, Channel, NoticeKind, RiskState

ON: dict[NoticeKind, frozenset[Channel]] = {
    NoticeKind.DISPATCH_DUE: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_UNDISPATCHED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ORDER_OFFERED: frozenset({Channel.PAGE, Channel.EMAIL, Channel.SMS}),
    NoticeKind.ORDER_UNANSWERED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_RETURNED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.REPORT_DECLINED: frozenset({Channel.PAGE}),
    NoticeKind.REPORT_TAKEN_UP: frozenset({Channel.PAGE}),
    NoticeKind.MATTER_ANSWERED: frozenset({Channel.PAGE}),
    NoticeKind.CODE_RENEWED: frozenset({Channel.PAGE}),
    NoticeKind.CASE_WITHDRAWN: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.FILE_TAKEN_OUT: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.DESTRUCTION_ASKED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ORDER_DUE: frozenset({Channel.PAGE, Channel.EMAIL, Channel.SMS}),
    NoticeKind.CASE_DUE: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_OVERDUE: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.JOINT_ASKED: frozenset({Channel.PAGE, Channel.EMAIL, Channel.SMS}),
    NoticeKind.JOINT_ANSWERED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.JOINT_ENDED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ENTRY_CODES_SPENT: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_ESCALATED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ESCALATION_ANSWERED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ESCALATION_TAKEN: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_BEGINS: frozenset({Channel.PAGE}),
    NoticeKind.OBLIGATION_DUE: frozenset({Channel.PAGE}),
    NoticeKind.OBLIGATION_OVERDUE: frozenset({Channel.PAGE}),
    NoticeKind.RISK_NOT_TAKEN: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.DATA_ASKED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.DATA_ANSWERED: frozenset({Channel.PAGE}),
    NoticeKind.TIMES_PROPOSED: frozenset({Channel.PAGE}),
    NoticeKind.TIMES_ANSWERED: frozenset({Channel.PAGE}),
    NoticeKind.SESSION_FIXED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_MOVED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_CALLED_OFF: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_TOMORROW: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_SOON: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.STATEMENT_PROPOSED: frozenset({Channel.PAGE}),
    NoticeKind.STATEMENT_OPEN: frozenset({Channel.PAGE}),
    NoticeKind.STATEMENT_GIVEN: frozenset({Channel.PAGE, Channel.EMAIL}),
}
"""By which channels accounts are told."""
REMINDERS = {Ahead.DAY: NoticeKind.SESSION_TOMORROW, Ahead.HOUR: NoticeKind.SESSION_SOON}
OF_PARTIES = frozenset(
    {
        NoticeKind.OBLIGATION_DUE,
        NoticeKind.OBLIGATION_OVERDUE,
        NoticeKind.TIMES_PROPOSED,
        NoticeKind.SESSION_FIXED,
        NoticeKind.SESSION_MOVED,
        NoticeKind.SESSION_CALLED_OFF,
        NoticeKind.SESSION_TOMORROW,
        NoticeKind.SESSION_SOON,
        NoticeKind.DATA_ANSWERED,
        NoticeKind.REPORT_DECLINED,
        NoticeKind.REPORT_TAKEN_UP,
        NoticeKind.MATTER_ANSWERED,
        NoticeKind.CODE_RENEWED,
        NoticeKind.STATEMENT_PROPOSED,
        NoticeKind.STATEMENT_OPEN,
    }
)


class Notice(msgspec.Struct, frozen=True):
    """To one of: an `account`, every account of the `centre` that a region belongs to, a `party` of the case. `about`: the id of an obligation, of a
    request, of a share or of an escalation, the revision of the appointment, the new public code, or whose statement from afar it is."""

    kind: NoticeKind
    account: str = ""
    centre: str = ""
    party: str = ""
    about: str = ""


def notices_of(case: Case, happened: Iterable[Happened]) -> list[Notice]:
    """`case` as it is after what happened."""
    return [notice for event in happened if event.kind in TELLS for notice in TELLS[event.kind](case, event.payload)]


def channels_of(notice: Notice, case: Case) -> frozenset[Channel]:
    wanted = frozenset({Channel.SMS, Channel.WECHAT}) if notice.party else ON[notice.kind]
    return wanted & {Channel.PAGE} if case.synthetic else wanted


def holds(case: Case, notice: Notice) -> bool:
    """Whether there is still anything to be told: an order may have been taken, a debt paid, while the notice waited."""
    match notice.kind:
        case NoticeKind.DISPATCH_DUE:
            return dispatch_by(case) is not None
        case NoticeKind.CASE_UNDISPATCHED:
            return case.stage is CaseStage.REPORTED and case.undispatched_at is not None
        case NoticeKind.ORDER_OFFERED | NoticeKind.ORDER_DUE:
            return case.stage is CaseStage.DISPATCHED and notice.account in case.offered_to
        case NoticeKind.ORDER_UNANSWERED:
            return case.came_back is not None
        case NoticeKind.CASE_RETURNED:
            return case.stage is CaseStage.REPORTED or bool(notice.account)
        case NoticeKind.REPORT_DECLINED:
            return case.stage is CaseStage.DECLINED
        case NoticeKind.REPORT_TAKEN_UP:
            return case.stage is not CaseStage.DECLINED
        case NoticeKind.MATTER_ANSWERED:
            return case.answered is not None
        case NoticeKind.CODE_RENEWED:
            return case.code == notice.about
        case NoticeKind.CASE_WITHDRAWN:
            return case.stage is CaseStage.WITHDRAWN
        case NoticeKind.FILE_TAKEN_OUT:
            return case.stage is CaseStage.CLOSED and case.archived is None
        case NoticeKind.DESTRUCTION_ASKED:
            return case.destruction is not None and case.destruction.what == notice.about
        case NoticeKind.CASE_DUE:
            return case.stage in RUNNING and case.overdue_at is None
        case NoticeKind.CASE_OVERDUE:
            return case.stage in RUNNING and case.overdue_at is not None
        case NoticeKind.JOINT_ASKED:
            return case.stage in RUNNING and any(one.id == notice.about and one.waits and notice.account in one.asked for one in case.joint)
        case NoticeKind.JOINT_ANSWERED:
            return case.mediator is not None and case.mediator.account == notice.account
        case NoticeKind.CASE_ESCALATED:
            return any(one.id == notice.about and one.open for one in case.escalations)
        case NoticeKind.ESCALATION_ANSWERED | NoticeKind.ESCALATION_TAKEN:
            return any(one.id == notice.about and one.answered for one in case.escalations)
        case NoticeKind.SESSION_BEGINS | NoticeKind.JOINT_ENDED:
            return True
        case NoticeKind.ENTRY_CODES_SPENT:
            open_yet = case.stage in {CaseStage.MEDIATING, CaseStage.AGREED}
            return open_yet and case.mediator is not None and case.mediator.account == notice.account
        case NoticeKind.OBLIGATION_DUE | NoticeKind.OBLIGATION_OVERDUE:
            owed = case.performance.obligations if case.performance and case.stage is CaseStage.AGREED else []
            return any(one.id == notice.about and one.state in OPEN for one in owed)
        case NoticeKind.DATA_ASKED:
            return any(one.id == notice.about and one.answer is None for one in case.requests)
        case NoticeKind.DATA_ANSWERED:
            return any(one.id == notice.about and one.answer is not None for one in case.requests)
        case NoticeKind.RISK_NOT_TAKEN:
            mine = not notice.account or (case.mediator is not None and case.mediator.account == notice.account)
            sync = case.risk.sync if case.risk is not None else None
            return mine and sync is not None and (sync.late or sync.state in {RiskState.REFUSED, RiskState.DEAD})
        case NoticeKind.SESSION_CALLED_OFF:
            return case.appointment is not None and case.appointment.slot is None and _same(case, notice)
        case NoticeKind.TIMES_PROPOSED | NoticeKind.TIMES_ANSWERED:
            return case.stage in RUNNING and case.appointment is not None and case.appointment.open and _same(case, notice)
        case NoticeKind.SESSION_FIXED | NoticeKind.SESSION_MOVED | NoticeKind.SESSION_TOMORROW | NoticeKind.SESSION_SOON:
            return case.stage in RUNNING and case.appointment is not None and case.appointment.slot is not None and _same(case, notice)
        case NoticeKind.STATEMENT_PROPOSED:
            asked = case.afar is not None and notice.party in case.afar.statements
            return case.stage in RUNNING and asked and case.afar is not None and notice.party not in case.afar.agreed
        case NoticeKind.STATEMENT_OPEN:
            return case.stage in RUNNING and notice.party in _awaited(case)
        case NoticeKind.STATEMENT_GIVEN:
            mine = case.mediator is not None and case.mediator.account == notice.account
            return mine and case.stage in RUNNING and notice.about in excused(case)


def outlived(case: Case, notice: Notice, now: datetime) -> bool:
    """Whether the session that somebody is to be told of has begun meanwhile."""
    slot = case.appointment.fixed if case.appointment is not None and notice.kind in _OF_SESSIONS else None
    return slot is not None and slot.start <= now


_OF_SESSIONS = frozenset({NoticeKind.SESSION_FIXED, NoticeKind.SESSION_MOVED, NoticeKind.SESSION_CALLED_OFF, *REMINDERS.values()})


def _same(case: Case, notice: Notice) -> bool:
    """Not of an appointment that was changed since."""
    return case.appointment is not None and str(case.appointment.revision) == notice.about


def _dispatch_due(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.DISPATCH_DUE, centre=case.region)]


def _undispatched(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.CASE_UNDISPATCHED, centre=case.region)]


def _offered(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.ORDER_OFFERED, account=account) for account in payload["to"]]


def _unanswered(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.ORDER_UNANSWERED, centre=case.region)]


def _returned(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """The centre, that somebody else is needed; or who had it, that the centre took it back."""
    former = str(payload["from"]).removeprefix("account:")
    if payload["by"] == payload["from"]:
        return [Notice(NoticeKind.CASE_RETURNED, centre=case.region)]
    return [Notice(NoticeKind.CASE_RETURNED, account=former)]


def _answer_due(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.ORDER_DUE, account=account) for account in payload["to"]]


def _due(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.CASE_DUE, account=case.mediator.account)] if case.mediator else []


def _codes_spent(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.ENTRY_CODES_SPENT, account=case.mediator.account)] if case.mediator else []


def _overdue(case: Case, payload: dict[str, Any]) -> list[Notice]:
    mediator = [Notice(NoticeKind.CASE_OVERDUE, account=case.mediator.account)] if case.mediator else []
    return [*mediator, Notice(NoticeKind.CASE_OVERDUE, centre=case.region)]


def _joint_asked(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.JOINT_ASKED, account=account, about=payload["share"]) for account in payload["to"]]


def _joint_answered(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """The lead: that somebody assists now, that nobody of the organisation will, or does any more."""
    if case.mediator is None or not payload.get("over", True):
        return []
    return [Notice(NoticeKind.JOINT_ANSWERED, account=case.mediator.account, about=payload["share"])]


def _joint_released(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.JOINT_ENDED, account=account, about=payload["share"]) for account in payload["from"]]


def _joint_ended(case: Case, payload: dict[str, Any]) -> list[Notice]:
    ended = [one for one in case.joint if one.id in payload["shares"] and one.account]
    return [Notice(NoticeKind.JOINT_ENDED, account=one.account, about=one.id) for one in ended]


def _escalated(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.CASE_ESCALATED, centre=case.region, about=payload["escalation"])]


def _escalation(kind: NoticeKind) -> Callable[[Case, dict[str, Any]], list[Notice]]:
    """To whoever brought it before the centre, who has the case no more where it was taken over."""

    def told(case: Case, payload: dict[str, Any]) -> list[Notice]:
        return [Notice(kind, account=str(payload["to"]).removeprefix("account:"), about=payload["escalation"])]

    return told


def _session(case: Case, payload: dict[str, Any]) -> list[Notice]:
    mediators = [*([case.mediator.account] if case.mediator else []), *(share.account for share in case.joint if share.assists)]
    return [Notice(NoticeKind.SESSION_BEGINS, account=account) for account in mediators]


def _risk_not_taken(case: Case, payload: dict[str, Any]) -> list[Notice]:
    mediator = [Notice(NoticeKind.RISK_NOT_TAKEN, account=case.mediator.account)] if case.mediator else []
    return [*mediator, Notice(NoticeKind.RISK_NOT_TAKEN, centre=case.region)]


def _appointment(kind: NoticeKind) -> Callable[[Case, dict[str, Any]], list[Notice]]:
    def told(case: Case, payload: dict[str, Any]) -> list[Notice]:
        about = str(payload["revision"])
        desk = [Notice(kind, account=case.mediator.account, about=about)] if case.mediator else []
        return desk + [Notice(kind, party=person.id, about=about) for person in case.parties]

    return told


def _proposed(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.TIMES_PROPOSED, party=person.id, about=str(payload["revision"])) for person in case.parties]


def _times_answered(case: Case, payload: dict[str, Any]) -> list[Notice]:
    if case.mediator is None or "noted_by" in payload:
        return []
    return [Notice(NoticeKind.TIMES_ANSWERED, account=case.mediator.account, about=str(payload["revision"]))]


def _reminded(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return _appointment(REMINDERS[Ahead(payload["ahead"])])(case, payload)


def _to_reporter(kind: NoticeKind) -> Callable[[Case, dict[str, Any]], list[Notice]]:
    """Nobody is told where staff has entered it: whoever told them asks them."""

    def told(case: Case, payload: dict[str, Any]) -> list[Notice]:
        return [Notice(kind, party=case.reporter.id)] if case.reporter else []

    return told


def _code_renewed(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """Whoever reported, unless it was the own wish; and parties who were given a page, since what they were sent before led to the former code."""
    reporter = case.reporter
    asked = reporter is not None and str(payload["by"]).startswith("reporter:")
    told = [*([reporter.id] if reporter and not asked else []), *(party for party in case.pages if not reporter or party != reporter.id)]
    return [Notice(NoticeKind.CODE_RENEWED, party=party, about=case.code) for party in told]


def _withdrawn(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """Whoever has the case, and whoever assists."""
    working = [*([case.mediator.account] if case.mediator else []), *(one.account for one in case.joint if one.account)]
    return [Notice(NoticeKind.CASE_WITHDRAWN, account=account) for account in dict.fromkeys(working)]


def _taken_out(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """Whoever fills in its forms."""
    return [Notice(NoticeKind.FILE_TAKEN_OUT, account=case.mediator.account)] if case.mediator else []


def _destruction(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """Whose word is needed beside the one who asks: the centre's where its mediator asked, its mediator's where the centre did."""
    about = case.destruction.what if case.destruction is not None else "recordings"
    mediator = case.mediator.account if case.mediator else ""
    if payload["by"] == f"account:{mediator}" or not mediator:
        return [Notice(NoticeKind.DESTRUCTION_ASKED, centre=case.region, about=about)]
    return [Notice(NoticeKind.DESTRUCTION_ASKED, account=mediator, about=about)]


def _data_asked(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.DATA_ASKED, centre=case.region, about=payload["request"])]


def _data_answered(case: Case, payload: dict[str, Any]) -> list[Notice]:
    asked = [one for one in case.requests if one.id == payload["request"]]
    return [Notice(NoticeKind.DATA_ANSWERED, party=one.by, about=one.id) for one in asked]


def _statement_asked(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """Who asks for one agrees by that, and may be the last; to whom it is proposed may have agreed before."""
    party = payload["party"]
    if "agreed" in payload:
        return [one for one in _statement_agreed(case, payload) if one.party != party]
    if "proposed_by" not in payload:
        return []
    agreed = case.afar is not None and party in case.afar.agreed
    if not agreed:
        return [Notice(NoticeKind.STATEMENT_PROPOSED, party=party)]
    return [Notice(NoticeKind.STATEMENT_OPEN, party=party)] if party in _awaited(case) else []


def _statement_agreed(case: Case, payload: dict[str, Any]) -> list[Notice]:
    """The last one has agreed: whoever cannot come waits for the mediator's call."""
    return [Notice(NoticeKind.STATEMENT_OPEN, party=party) for party in _awaited(case)]


def _statement_given(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.STATEMENT_GIVEN, account=case.mediator.account, about=payload["party"])] if case.mediator else []


def _awaited(case: Case) -> list[str]:
    """Parties who may give a statement from afar, and have not."""
    if case.afar is None or not possible(case):
        return []
    return [party for party, one in case.afar.statements.items() if one.given is None]


def _obligation(kind: NoticeKind) -> Callable[[Case, dict[str, Any]], list[Notice]]:
    def told(case: Case, payload: dict[str, Any]) -> list[Notice]:
        about = payload["obligation"]
        owed = case.performance.obligations if case.performance else []
        debtors = [one.debtor for one in owed if one.id == about and one.debtor]
        desk = [Notice(kind, account=case.mediator.account, about=about)] if case.mediator else []
        return desk + [Notice(kind, party=party, about=about) for party in debtors]

    return told


TELLS: dict[str, Callable[[Case, dict[str, Any]], list[Notice]]] = {
    "case.dispatch_reminded": _dispatch_due,
    "case.undispatched": _undispatched,
    "case.assigned": _offered,
    "case.handed_over": _offered,
    "case.unanswered": _unanswered,
    "case.given_back": _returned,
    "case.declined": _to_reporter(NoticeKind.REPORT_DECLINED),
    "case.taken_up": _to_reporter(NoticeKind.REPORT_TAKEN_UP),
    "matter.answered": _to_reporter(NoticeKind.MATTER_ANSWERED),
    "case.code_renewed": _code_renewed,
    "case.withdrawn": _withdrawn,
    "case.file_taken_out": _taken_out,
    "recording.destruction_asked": _destruction,
    "case.erasure_asked": _destruction,
    "case.answer_reminded": _answer_due,
    "case.due_reminded": _due,
    "case.overdue": _overdue,
    "entry.codes_spent": _codes_spent,
    "joint.asked": _joint_asked,
    "joint.joined": _joint_answered,
    "joint.declined": _joint_answered,
    "joint.left": _joint_answered,
    "joint.released": _joint_released,
    "joint.ended": _joint_ended,
    "case.escalated": _escalated,
    "case.instructed": _escalation(NoticeKind.ESCALATION_ANSWERED),
    "case.taken_over": _escalation(NoticeKind.ESCALATION_TAKEN),
    "session.opened": _session,
    "risk.refused": _risk_not_taken,
    "risk.dead": _risk_not_taken,
    "risk.late": _risk_not_taken,
    "appointment.proposed": _proposed,
    "appointment.answered": _times_answered,
    "appointment.fixed": _appointment(NoticeKind.SESSION_FIXED),
    "appointment.moved": _appointment(NoticeKind.SESSION_MOVED),
    "appointment.called_off": _appointment(NoticeKind.SESSION_CALLED_OFF),
    "appointment.reminded": _reminded,
    "data.asked": _data_asked,
    "data.answered": _data_answered,
    "obligation.reminded": _obligation(NoticeKind.OBLIGATION_DUE),
    "obligation.overdue": _obligation(NoticeKind.OBLIGATION_OVERDUE),
    "statement.asked": _statement_asked,
    "statement.agreed": _statement_agreed,
    "statement.given": _statement_given,
}
