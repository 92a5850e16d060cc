"""Who is told of what (通知): from what has happened to a case, to notices; and whether a notice still holds when it is about to go out. Pure.

Rules
* The table `TELLS` names every entry of the ledger of which somebody is told; of anything else nobody is.
* Only accounts are told on the page. A party, who has none, is told by SMS of what it owes itself.
* A notice has neither names nor facts: what kind, which case, and which of its obligations.
* An invented case (`synthetic`) is told of on the page alone: its telephone numbers may be somebody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from cases.case import Case
from cases.obligation import OPEN
from cases.ports import Happened
from cases.terms import RUNNING
from cases.vocabulary import CaseStage, Channel, NoticeKind, RiskState

ON: dict[NoticeKind, frozenset[Channel]] = {
    NoticeKind.CASE_UNDISPATCHED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ORDER_OFFERED: frozenset({Channel.PAGE, Channel.EMAIL, Channel.SMS}),
    NoticeKind.ORDER_UNANSWERED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_RETURNED: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.ORDER_DUE: frozenset({Channel.PAGE, Channel.EMAIL, Channel.SMS}),
    NoticeKind.CASE_DUE: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.CASE_OVERDUE: frozenset({Channel.PAGE, Channel.EMAIL}),
    NoticeKind.SESSION_BEGINS: frozenset({Channel.PAGE}),
    NoticeKind.OBLIGATION_DUE: frozenset({Channel.PAGE}),
    NoticeKind.OBLIGATION_OVERDUE: frozenset({Channel.PAGE}),
    NoticeKind.RISK_NOT_TAKEN: frozenset({Channel.PAGE, Channel.EMAIL}),
}
"""By which channels accounts are told."""
OF_PARTIES = frozenset({NoticeKind.OBLIGATION_DUE, NoticeKind.OBLIGATION_OVERDUE})


class Notice(msgspec.Struct, frozen=True):
    """To one of: an `account`, every account of the `centre` that a region belongs to, a `party` of the case. `about`: an obligation's id."""

    kind: NoticeKind
    account: str = ""
    centre: str = ""
    party: str = ""
    about: str = ""


def notices_of(case: Case, happened: Iterable[Happened]) -> list[Notice]:
    """`case` as it is after what happened."""
    return [notice for event in happened if event.kind in TELLS for notice in TELLS[event.kind](case, event.payload)]


def channels_of(notice: Notice, case: Case) -> frozenset[Channel]:
    wanted = frozenset({Channel.SMS}) if notice.party else ON[notice.kind]
    return wanted & {Channel.PAGE} if case.synthetic else wanted


def holds(case: Case, notice: Notice) -> bool:
    """Whether there is still anything to be told: an order may have been taken, a debt paid, while the notice waited."""
    match notice.kind:
        case NoticeKind.CASE_UNDISPATCHED:
            return case.stage is CaseStage.REPORTED and case.undispatched_at is not None
        case NoticeKind.ORDER_OFFERED | NoticeKind.ORDER_DUE:
            return case.stage is CaseStage.DISPATCHED and notice.account in case.offered_to
        case NoticeKind.ORDER_UNANSWERED:
            return case.stage is CaseStage.DISPATCHED and case.unanswered_at is not None
        case NoticeKind.CASE_RETURNED:
            return case.stage is CaseStage.REPORTED or bool(notice.account)
        case NoticeKind.CASE_DUE:
            return case.stage in RUNNING and case.overdue_at is None
        case NoticeKind.CASE_OVERDUE:
            return case.stage in RUNNING and case.overdue_at is not None
        case NoticeKind.SESSION_BEGINS:
            return True
        case NoticeKind.OBLIGATION_DUE | NoticeKind.OBLIGATION_OVERDUE:
            owed = case.performance.obligations if case.performance and case.stage is CaseStage.AGREED else []
            return any(one.id == notice.about and one.state in OPEN for one in owed)
        case NoticeKind.RISK_NOT_TAKEN:
            mine = not notice.account or (case.mediator is not None and case.mediator.account == notice.account)
            sync = case.risk.sync if case.risk is not None else None
            return mine and sync is not None and (sync.late or sync.state in {RiskState.REFUSED, RiskState.DEAD})


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


def _overdue(case: Case, payload: dict[str, Any]) -> list[Notice]:
    mediator = [Notice(NoticeKind.CASE_OVERDUE, account=case.mediator.account)] if case.mediator else []
    return [*mediator, Notice(NoticeKind.CASE_OVERDUE, centre=case.region)]


def _session(case: Case, payload: dict[str, Any]) -> list[Notice]:
    return [Notice(NoticeKind.SESSION_BEGINS, account=case.mediator.account)] if case.mediator else []


def _risk_not_taken(case: Case, payload: dict[str, Any]) -> list[Notice]:
    mediator = [Notice(NoticeKind.RISK_NOT_TAKEN, account=case.mediator.account)] if case.mediator else []
    return [*mediator, Notice(NoticeKind.RISK_NOT_TAKEN, centre=case.region)]


def _obligation(kind: NoticeKind) -> Callable[[Case, dict[str, Any]], list[Notice]]:
    def told(case: Case, payload: dict[str, Any]) -> list[Notice]:
        about = payload["obligation"]
        owed = case.performance.obligations if case.performance else []
        debtors = [one.debtor for one in owed if one.id == about and one.debtor]
        desk = [Notice(kind, account=case.mediator.account, about=about)] if case.mediator else []
        return desk + [Notice(kind, party=party, about=about) for party in debtors]

    return told


TELLS: dict[str, Callable[[Case, dict[str, Any]], list[Notice]]] = {
    "case.undispatched": _undispatched,
    "case.assigned": _offered,
    "case.handed_over": _offered,
    "case.unanswered": _unanswered,
    "case.given_back": _returned,
    "case.answer_reminded": _answer_due,
    "case.due_reminded": _due,
    "case.overdue": _overdue,
    "session.opened": _session,
    "risk.refused": _risk_not_taken,
    "risk.dead": _risk_not_taken,
    "risk.late": _risk_not_taken,
    "obligation.reminded": _obligation(NoticeKind.OBLIGATION_DUE),
    "obligation.overdue": _obligation(NoticeKind.OBLIGATION_OVERDUE),
}
