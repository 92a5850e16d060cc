"""Reports to the risk early-warning platform (命案风险预警平台): who reports what, which later changes follow, and what the platform is told. Pure.

人民调解法 25 has a mediator report at once what is likely to become a matter of public order or a crime; that duty, and the safety of people's lives, are the
lawful basis (个人信息保护法 13, items 3 and 4).

Rules
* What was reported cannot be called back. A correction and “no longer a risk” are later versions, each of which tells the whole.
* As long as a report stands, every change of what `followed` names is a new version, whoever caused it and whatever for.
* Nothing of what was said, offered, drafted or agreed is told, and no number of an identity card. People are named, with telephone and address, where somebody
  must be able to reach them now (`REACHED`); for a matter to be watched, and for one that is over, the place and the office to ask are enough.
* The versions of a case are told in order. One that is refused or given up holds up none that follow: they tell the whole too.
* All of it goes into a ledger chain of its own, which no bundle has; parties and the public page never learn of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cases.actor import Actor
from cases.case import Case, standings
from cases.clock import rfc3339
from cases.commands.risk import ReportRisk, RiskCommand, SendRiskAgain, WithdrawRisk
from cases.errors import Conflict, OutOfTurn, TooMuch
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.risk_report import RiskReport, RiskSync, RiskWithdrawal
from cases.vocabulary import Action, CaseStage, RiskLevel, RiskState

CHAIN = "risk"
WORDS_LIMIT = 200
VERSION_LIMIT = 200
"""Of a case, beyond which nobody adds one by hand; changes of the case still follow."""
REACHED = frozenset({RiskLevel.RED, RiskLevel.ORANGE})
LATE_AFTER = timedelta(minutes=10)
"""An alarm on which somebody should act and that is not there by then has to be made by telephone: its people are told."""
BY_HAND = frozenset({"risk.reported", "risk.withdrawn", "risk.sent_again"})
NEW_VERSIONS = BY_HAND | {"risk.followed"}
"""Entries of the ledger with each of which the platform is told anew."""
OUTCOMES = {CaseStage.AGREED: "agreed", CaseStage.FAILED: "failed", CaseStage.WITHDRAWN: "withdrawn", CaseStage.DECLINED: "declined"}


def handle(case: Case, command: RiskCommand, actor: Actor, now: datetime, sends: bool) -> list[Happened]:
    """`sends`: whether there is a platform that is told of this case. Raises `Refusal`, and leaves the case as it was."""
    held = standings(case, actor)
    match command:
        case ReportRisk():
            demand(held, Action.REPORT_RISK, case.stage)
            return _report(case, command, actor, now, sends)
        case WithdrawRisk():
            demand(held, Action.WITHDRAW_RISK, case.stage)
            why = parse_text(command.reason, "reason", WORDS_LIMIT)
            report = _standing(case)
            report.withdrawn = RiskWithdrawal(actor.name, now, why)
            return [_new_version(report, now, sends, "risk.withdrawn", {"why": why, "by": actor.ledger_name})]
        case SendRiskAgain():
            demand(held, Action.SEND_RISK_AGAIN, case.stage)
            if case.risk is None:
                raise OutOfTurn("risk_not_reported", "Nothing of this case was reported to the risk platform")
            if not sends:
                raise OutOfTurn("risk_unconnected", "No risk platform is connected")
            if case.risk.sync.state is RiskState.WAITING:
                raise OutOfTurn("risk_waiting", "The newest version is on its way and is tried again by itself")
            _demand_room(case)
            return [_new_version(case.risk, now, sends, "risk.sent_again", {"by": actor.ledger_name})]


def follow(before: Case, after: Case, now: datetime, sends: bool) -> list[Happened]:
    """What a change of the case, whichever it was, adds to a report that stands."""
    report = after.risk
    if report is None or report.withdrawn is not None or before.risk is None or before.risk.version != report.version:
        return []
    old, new = _watched(before, report), _watched(after, report)
    changed = sorted(key for key in new if new[key] != old[key])
    return [_new_version(report, now, sends, "risk.followed", {"changed": changed})] if changed else []


def _watched(case: Case, report: RiskReport) -> dict[str, Any]:
    """With those who must be reached, and where, as far as they are told."""
    reached = report.level in REACHED
    return followed(case) | {"people": _people(case) if reached else [], "place": case.place if reached else ""}


def _outcome(case: Case) -> str:
    if case.stage is not CaseStage.CLOSED:
        return OUTCOMES.get(case.stage, "")
    return "agreed" if case.agreed_at else "answered" if case.answered else "failed"


def followed(case: Case) -> dict[str, str]:
    """Of a case that was reported, what the platform is kept up to date on."""
    return {
        "stage": str(case.stage),
        "organisation": case.mediator.org_name if case.mediator else "",
        "outcome": _outcome(case),
        "region": case.region,
        "type": case.dispute_type,
    }


def statement(case: Case, trial: bool, office_phone: str) -> dict[str, Any]:
    """The whole of what the platform is told by the present version. `trial`: nobody is to act on it."""
    report = case.risk
    assert report is not None
    stands = report.withdrawn is None
    reached = stands and report.level in REACHED
    return {
        "case": case.id,
        "version": report.version,
        "state": "standing" if stands else "withdrawn",
        "level": str(report.level),
        "reason": str(report.reason),
        "words": report.words if stands else report.withdrawn.why if report.withdrawn else "",
        "reported_at": rfc3339(report.at),
        "withdrawn_at": rfc3339(report.withdrawn.at) if report.withdrawn else "",
        "number": case.number,
        "region_name": case.region_name,
        "place": case.place if stands else "",
        "people": _people(case) if reached else [],
        "office_phone": office_phone,
        "trial": trial,
        **followed(case),
    }


def _people(case: Case) -> list[dict[str, str]]:
    return [{"name": p.name, "capacity": p.capacity, "phone": p.phone, "address": p.address} for p in case.parties]


def settle(case: Case, version: int, state: RiskState, now: datetime, trouble: str = "", receipt: str = "") -> list[Happened]:
    """What became of a version at the platform."""
    report = case.risk
    assert report is not None
    sync = report.sync
    if state is RiskState.ACKNOWLEDGED:
        sync.acknowledged, sync.acknowledged_at, sync.receipt = version, now, receipt
    sync.trouble, sync.tries, sync.again_at, sync.late = "", 0, None, False
    if version == report.version:
        sync.state, sync.at, sync.trouble = state, now, trouble
    told: dict[str, Any] = {"version": version} | ({"reason": trouble} if trouble else {}) | ({"receipt": receipt} if receipt else {})
    return [Happened(f"risk.{state}", told, chain=CHAIN)]


def delay(case: Case, trouble: str, tries: int, again_at: datetime, waited: timedelta) -> list[Happened]:
    """The oldest version that waits, for so long, was tried once more, in vain. An entry of the ledger only when an alarm has become late, once."""
    report = case.risk
    assert report is not None
    sync = report.sync
    sync.trouble, sync.tries, sync.again_at = trouble, tries, again_at
    if sync.late or report.level not in REACHED or report.withdrawn is not None or waited < LATE_AFTER:
        return []
    sync.late = True
    return [Happened("risk.late", {"version": report.version, "reason": trouble}, chain=CHAIN)]


class Differences(msgspec.Struct):
    """Between what was acknowledged to us and what the platform holds, by key."""

    same: int
    missing: list[str]
    other: list[str]
    """The platform holds another text under this key."""
    unknown: list[str]
    """Of no case of ours."""


def compare(ours: Mapping[str, str], others: set[str], theirs: Mapping[str, str]) -> Differences:
    """`ours`: key → hash of the newest version of each case that was acknowledged; `theirs`: of what is held. `others`: keys of ours that may be there and need
    not: older ones, and what is on its way and has lost its acknowledgement."""
    newest = {_case_of(key): key for key in ours}
    both = ours.keys() & theirs.keys()
    # A later version of the case that is there, and whose acknowledgement is on its way or was lost, stands for the one before it.
    later = {_case_of(key) for key in theirs.keys() & others if (mine := newest.get(_case_of(key))) and key > mine}
    other = sorted(key for key in both if ours[key] != theirs[key])
    unknown = theirs.keys() - ours.keys() - others
    missing = sorted(key for key in ours.keys() - theirs.keys() if _case_of(key) not in later)
    return Differences(len(both) - len(other), missing, other, sorted(unknown))


def _case_of(key: str) -> str:
    return key.rpartition("-")[0]


def key_of(case_id: str, version: int) -> str:
    """Under which the platform takes a version once, however often it comes. Sorts by version."""
    return f"{case_id}-{version:06}"


def _report(case: Case, command: ReportRisk, actor: Actor, now: datetime, sends: bool) -> list[Happened]:
    words = parse_text(command.words, "words", WORDS_LIMIT)
    known = case.risk
    if known is not None and known.withdrawn is None and (known.level, known.reason, known.words) == (command.level, command.reason, words):
        raise Conflict("risk_reported", f"{known.by} has reported exactly this already", by=known.by)
    _demand_room(case)
    sync = known.sync if known is not None else RiskSync(RiskState.WAITING, now)
    case.risk = RiskReport(command.level, command.reason, words, actor.name, now, known.version if known else 0, sync)
    told = {"level": str(command.level), "reason": str(command.reason), "words": words, "by": actor.ledger_name}
    return [_new_version(case.risk, now, sends, "risk.reported", told)]


def _new_version(report: RiskReport, now: datetime, sends: bool, kind: str, told: dict[str, Any]) -> Happened:
    report.version += 1
    report.sync.state, report.sync.at = RiskState.WAITING if sends else RiskState.UNCONNECTED, now
    return Happened(kind, {"version": report.version, **told}, chain=CHAIN)


def _standing(case: Case) -> RiskReport:
    if case.risk is None or case.risk.withdrawn is not None:
        raise OutOfTurn("risk_not_reported", "Nothing of this case was reported to the risk platform")
    return case.risk


def _demand_room(case: Case) -> None:
    if case.risk is not None and case.risk.version >= VERSION_LIMIT:
        raise TooMuch("risk_versions", f"A case is reported in at most {VERSION_LIMIT} versions", limit=VERSION_LIMIT)
