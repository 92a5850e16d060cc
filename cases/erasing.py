"""What is left of a case whose file was destroyed (个人信息保护法 47): a stub, which statistics and the ledger's chain go on with. Pure.

Rules
* What is left is named here, field by field: whatever else a case has goes, also what is added to it later.
* No name but those of the two who destroyed it, no telephone, number, address, and no word that anybody has written. Parties are counted, not named.
* A stub never changes any more (`storage/work.py` refuses every command).
* The reason stays with the stub, so that it may name nobody.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from cases.answered import Answered
from cases.archived import Archived
from cases.case import Case, Mediator, Person, Step
from cases.data_request import Wish
from cases.declined import Declined
from cases.errors import Invalid, OutOfTurn, Refusal
from cases.rating import Rating
from cases.risk_report import RiskReport
from cases.vocabulary import RiskState

SHORTEST_NAME = 2
"""Characters of what is sought in a reason: a single one stands in many words."""
_NUMBERS = re.compile(r"\d{11,}")


def anonymise(case: Case) -> Case:
    """The stub. The case itself stays as it was."""
    return Case(
        id=case.id,
        code=case.code,
        kind=case.kind,
        stage=case.stage,
        title=f"已销毁（{case.dispute_type}）",
        facts="",
        region=case.region,
        region_name=case.region_name,
        place="",
        source=case.source,
        reported_at=case.reported_at,
        entered_by=case.entered_by,
        number=case.number,
        numbers=list(case.numbers),
        revoked_codes=list(case.revoked_codes),
        dispute_type=case.dispute_type,
        parties=[Person(one.id, "", one.capacity) for one in case.parties],
        history=[Step(step.stage, step.at, unanswered=step.unanswered) for step in case.history],
        mode=case.mode,
        declined=Declined(case.declined.why, "", "", case.declined.at) if case.declined else None,
        answered=Answered(case.answered.outcome, "", "", case.answered.at) if case.answered else None,
        dispatch_reminded=case.dispatch_reminded,
        undispatched_at=case.undispatched_at,
        answer_by=case.answer_by,
        answer_term=case.answer_term,
        answer_reminded=case.answer_reminded,
        mediator=Mediator(case.mediator.account, "", case.mediator.org, case.mediator.org_name) if case.mediator else None,
        first_accepted=case.first_accepted,
        due=case.due,
        due_term=case.due_term,
        due_reminded=case.due_reminded,
        overdue_at=case.overdue_at,
        synthetic=case.synthetic,
        trial=case.trial,
        agreed_at=case.agreed_at,
        archived=Archived(case.archived.at, "") if case.archived else None,
        confirmation_sought=case.confirmation_sought,
        destroyed_at=case.destroyed_at,
        destroyed_by=case.destroyed_by,
        destroyed_asked_by=case.destroyed_asked_by,
        erased=case.erased,
        ratings=[Rating(one.party, one.score, one.at) for one in case.ratings],
        risk=_risk(case.risk) if case.risk else None,
    )


def _risk(report: RiskReport) -> RiskReport:
    """What the platform was told it keeps; here, that and when it was told."""
    withdrawn = msgspec.structs.replace(report.withdrawn, by="", why="") if report.withdrawn else None
    return msgspec.structs.replace(report, words="", by="", withdrawn=withdrawn)


def kept_until(case: Case, days: int) -> datetime | None:
    """Until when the file of a closed case has to be kept: where there is an agreement, so many days from the last step. None: no longer than the case is open."""
    return case.history[-1].at + timedelta(days=days) if case.agreed_at is not None and case.history else None


def kept_back(case: Case, days: int, now: datetime) -> Refusal | None:
    """What stands against destroying the file of a closed case, beside what stands against destroying its recordings."""
    until = kept_until(case, days)
    if until is not None and now < until:
        return OutOfTurn("file_kept", f"The file of a case with an agreement is kept until {until.date()}", until=until.isoformat())
    if any(one.answer is None and one.wish is not Wish.DELETION for one in case.requests):
        return OutOfTurn("requests_open", "A request about personal data waits for its answer; answer it first")
    if case.risk is not None and case.risk.sync.state is RiskState.WAITING:
        return OutOfTurn("risk_waiting", "The newest version is on its way and is tried again by itself")
    return None


def demand_kept(case: Case) -> None:
    """Raises `OutOfTurn` for a stub: nothing is done in it, and nothing can be taken away of it."""
    if case.erased is not None:
        raise OutOfTurn("case_erased", "The file of this case was destroyed; there is nothing of it any more")


def demand_impersonal(case: Case, reason: str) -> None:
    """Raises `Invalid` for a reason that names a party, or has a telephone or a number of an identity card in it."""
    said = [text for one in case.parties for text in (one.name, one.phone, one.id_number, one.address) if len(text) >= SHORTEST_NAME]
    if any(text in reason for text in said) or _NUMBERS.search(reason):
        raise Invalid("reason_personal", "This reason stays when all else is gone: name nobody in it, and no number", field="reason")
