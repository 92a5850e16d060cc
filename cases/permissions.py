"""Who may do what: one table, standing × stage × action, asked everywhere. What is not in it is forbidden.

A cell is `ANY` (in every stage), or the set of stages in which the action is permitted. Stages of the case and of the session are
told apart by their type. `table_rows()` is what the documentation prints.

Administrators have a table of their own, role × duty: accounts have neither stages nor standings, and nothing that stands in it lets anybody
near a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cases.actor import Actor
from cases.errors import NotAllowed, OutOfTurn
from cases.vocabulary import OFFICE_ROLES
from cases.vocabulary import Action as A
from cases.vocabulary import CaseStage as C
from cases.vocabulary import Duty as D
from cases.vocabulary import PoolDuty as P
from cases.vocabulary import Role as R
from cases.vocabulary import SessionStage as S
from cases.vocabulary import Standing as W
from cases.vocabulary import WallDuty as B

ANY: frozenset[str] = frozenset()
OPEN_CASE: frozenset[str] = frozenset({C.REPORTED, C.DISPATCHED, C.ACCEPTED, C.MEDIATING})
TIMED: frozenset[str] = frozenset({C.REPORTED, C.DISPATCHED, C.ACCEPTED, C.MEDIATING})
BEFORE: frozenset[str] = frozenset({C.REPORTED, C.DISPATCHED})
MEETING: frozenset[str] = frozenset({C.ACCEPTED, C.MEDIATING})
ENDED: frozenset[str] = frozenset({C.AGREED, C.FAILED, C.CLOSED, C.WITHDRAWN, C.DECLINED})
FINISHED: frozenset[str] = frozenset({C.CLOSED, C.WITHDRAWN, C.DECLINED})
KEPT: frozenset[str] = frozenset({C.AGREED})
OVER: frozenset[str] = frozenset({C.AGREED, C.FAILED, C.CLOSED})
TOLD: frozenset[str] = frozenset({C.AGREED, C.CLOSED})
FILED: frozenset[str] = frozenset({C.ACCEPTED, C.MEDIATING, C.AGREED, C.FAILED, C.CLOSED})
LIVE: frozenset[str] = frozenset(set(S) - {S.ARCHIVE})
DRAFT: frozenset[str] = frozenset({S.STATEMENTS, S.EVIDENCE, S.CAUCUS, S.OPTIONS, S.DRAFTING})

TABLE: dict[A, dict[W, frozenset[str]]] = {
    A.SEE_CASE: {W.CENTRE: ANY, W.OFFEREE: frozenset({C.DISPATCHED}), W.ASSIGNEE: ANY, W.ASKED: MEETING, W.ASSISTANT: ANY, W.REPORTER: ANY},
    A.HEAR_REPORT: {W.CENTRE: ANY, W.ASSIGNEE: ANY, W.ASSISTANT: ANY, W.REPORTER: ANY},
    A.WRITE_DOWN: {W.CENTRE: OPEN_CASE, W.ASSIGNEE: MEETING},
    A.SEE_PUBLIC: {w: ANY for w in W},
    A.RENEW_CODE: {W.CENTRE: ANY, W.ASSIGNEE: ANY, W.REPORTER: ANY},
    A.CLASSIFY: {W.CENTRE: OPEN_CASE, W.ASSIGNEE: MEETING},
    A.DISPATCH: {W.CENTRE: frozenset({C.REPORTED, C.DISPATCHED})},
    A.ACCEPT: {W.OFFEREE: frozenset({C.DISPATCHED})},
    A.REFUSE: {W.OFFEREE: frozenset({C.DISPATCHED})},
    A.GIVE_BACK: {W.ASSIGNEE: frozenset({C.ACCEPTED}), W.CENTRE: frozenset({C.ACCEPTED})},
    A.MARK_UNANSWERED: {W.SYSTEM: frozenset({C.DISPATCHED})},
    A.WATCH_TERMS: {W.SYSTEM: TIMED},
    A.RECOUNT: {W.SYSTEM: TIMED},
    A.WITHDRAW: {W.REPORTER: OPEN_CASE},
    A.DECLINE_REPORT: {W.CENTRE: frozenset({C.REPORTED})},
    A.TAKE_UP: {W.CENTRE: frozenset({C.DECLINED})},
    A.ANSWER_MATTER: {W.ASSIGNEE: frozenset({C.ACCEPTED})},
    A.ADD_MATERIAL: {W.REPORTER: OPEN_CASE},
    A.ASK_DATA: {W.REPORTER: ANY},
    A.ANSWER_DATA: {W.CENTRE: ANY},
    A.SEE_MATTER: {W.REPORTER: ANY, W.PARTY: frozenset({C.MEDIATING, C.AGREED, C.FAILED, C.CLOSED})},
    A.COME_BY_ACCOUNT: {W.PARTY: frozenset({C.MEDIATING, C.AGREED})},
    A.ADD_PARTY: {W.CENTRE: OPEN_CASE, W.ASSIGNEE: frozenset({C.ACCEPTED, C.MEDIATING})},
    A.CORRECT_PARTY: {W.CENTRE: OPEN_CASE | {C.AGREED}, W.ASSIGNEE: frozenset({C.ACCEPTED, C.MEDIATING, C.AGREED})},
    A.OPEN_SESSION: {W.ASSIGNEE: frozenset({C.ACCEPTED, C.MEDIATING})},
    A.INVITE: {W.ASSIGNEE: frozenset({C.MEDIATING, C.AGREED})},
    A.REVOKE_LINK: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.CLOSE_CASE: {W.ASSIGNEE: frozenset({C.AGREED, C.FAILED}), W.CENTRE: frozenset({C.AGREED, C.FAILED})},
    A.EXPORT_EVIDENCE: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.TAKE_OWN_COPY: {W.PARTY: ENDED},
    A.REVEAL: {W.ASSIGNEE: ANY, W.CENTRE: ANY, W.ASSISTANT: MEETING},
    A.WATCH: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.SEE_WATCHINGS: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.SEE_DELIVERIES: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.SEE_PAST: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.HOLD: {W.CENTRE: ANY},
    A.ASK_DESTRUCTION: {W.CENTRE: FINISHED, W.ASSIGNEE: FINISHED},
    A.WITHDRAW_DESTRUCTION: {W.CENTRE: ANY, W.ASSIGNEE: ANY},
    A.APPROVE_DESTRUCTION: {W.CENTRE: FINISHED, W.ASSIGNEE: FINISHED},
    A.DESTROY: {W.SYSTEM: ENDED},
    A.ESCALATE: {W.ASSIGNEE: MEETING},
    A.WITHDRAW_ESCALATION: {W.ASSIGNEE: MEETING},
    A.ANSWER_ESCALATION: {W.CENTRE: MEETING},
    A.TAKE_OVER: {W.CENTRE: MEETING},
    A.ASK_JOINT: {W.CENTRE: MEETING, W.ASSIGNEE: MEETING},
    A.JOIN: {W.ASKED: MEETING},
    A.DECLINE_JOINT: {W.ASKED: MEETING},
    A.LEAVE_JOINT: {W.ASSISTANT: MEETING},
    A.RELEASE_JOINT: {W.CENTRE: MEETING, W.ASSIGNEE: MEETING},
    A.SCHEDULE: {W.ASSIGNEE: MEETING},
    A.ANSWER_TIMES: {W.REPORTER: MEETING, W.LINKED: MEETING, W.PARTY: frozenset({C.MEDIATING})},
    A.SEE_SCHEDULE: {
        W.ASSIGNEE: MEETING,
        W.CENTRE: MEETING,
        W.ASSISTANT: MEETING,
        W.REPORTER: MEETING,
        W.LINKED: MEETING,
        W.PARTY: frozenset({C.MEDIATING}),
    },
    A.SEND_PAGE: {W.ASSIGNEE: MEETING},
    A.SEE_OWN_PAGE: {W.REPORTER: MEETING | BEFORE, W.LINKED: MEETING | BEFORE, W.PARTY: frozenset({C.MEDIATING})},
    A.COME_BY_PAGE: {W.LINKED: frozenset({C.MEDIATING})},
    A.REMIND_OF_SESSION: {W.SYSTEM: MEETING},
    A.ASK_STATEMENT: {W.LINKED: MEETING, W.REPORTER: MEETING, W.PARTY: frozenset({C.MEDIATING})},
    A.PROPOSE_STATEMENT: {W.ASSIGNEE: MEETING},
    A.AGREE_STATEMENTS: {W.LINKED: MEETING, W.REPORTER: MEETING, W.PARTY: frozenset({C.MEDIATING})},
    A.CHECK_STATEMENT: {W.ASSIGNEE: MEETING},
    A.GIVE_STATEMENT: {W.LINKED: MEETING, W.REPORTER: MEETING, W.PARTY: frozenset({C.MEDIATING})},
    A.RELEASE_STATEMENT: {W.ASSIGNEE: MEETING},
    A.READ_STATEMENT: {W.ASSIGNEE: FILED, W.LINKED: MEETING, W.REPORTER: MEETING, W.PARTY: frozenset({C.MEDIATING})},
    A.PRESENT_STATEMENT: {W.ASSIGNEE: frozenset({S.STATEMENTS})},
    A.SEE_PERFORMANCE: {W.ASSIGNEE: TOLD, W.CENTRE: TOLD, W.ASSISTANT: TOLD, W.PARTY: TOLD, W.REPORTER: TOLD},
    A.KEEP_SCHEDULE: {W.ASSIGNEE: KEPT},
    A.TELL_RECEIPT: {W.PARTY: KEPT, W.REPORTER: KEPT},
    A.NOTE_RECEIPT: {W.ASSIGNEE: KEPT, W.CENTRE: KEPT},
    A.STATE_BREACH: {W.ASSIGNEE: KEPT},
    A.FOLLOW_UP: {W.ASSIGNEE: KEPT, W.CENTRE: KEPT},
    A.MARK_OVERDUE: {W.SYSTEM: KEPT},
    A.CHOOSE_EXPERT: {W.ASSIGNEE: frozenset({C.ACCEPTED, C.MEDIATING}), W.CENTRE: frozenset({C.ACCEPTED, C.MEDIATING})},
    A.INVITE_EXPERT: {W.ASSIGNEE: frozenset({C.MEDIATING})},
    A.DECLARE_INTEREST: {W.EXPERT: LIVE},
    A.RATE_EXPERT: {W.ASSIGNEE: frozenset({C.MEDIATING, C.AGREED, C.FAILED, C.CLOSED})},
    A.SEE_RISK: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.REPORT_RISK: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.WITHDRAW_RISK: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.SEND_RISK_AGAIN: {W.CENTRE: ANY},
    A.SEE_FILE: {W.ASSIGNEE: ANY, W.CENTRE: ANY},
    A.FILL_FORM: {W.ASSIGNEE: FILED},
    A.ARCHIVE_FILE: {W.ASSIGNEE: frozenset({C.CLOSED}), W.CENTRE: frozenset({C.CLOSED})},
    A.TAKE_OUT_FILE: {W.CENTRE: frozenset({C.CLOSED})},
    A.RATE: {W.PARTY: OVER, W.REPORTER: OVER},
    A.SEE_RATINGS: {W.CENTRE: OVER, W.ASSIGNEE: frozenset({C.CLOSED})},
    A.ANSWER_RATING: {W.CENTRE: OVER},
    A.ENTER: {W.ASSIGNEE: ANY, W.ASSISTANT: LIVE, W.PARTY: ANY, W.EXPERT: LIVE, W.OBSERVER: LIVE, W.RECORDER: LIVE, W.DEVICE: LIVE},
    A.CONSENT: {W.PARTY: LIVE},
    A.ADMIT: {W.ASSIGNEE: LIVE},
    A.VERIFY_IDENTITY: {W.ASSIGNEE: LIVE},
    A.PROVE_IDENTITY: {W.PARTY: LIVE},
    A.CONFIRM_NOTICE: {W.PARTY: frozenset({S.NOTICE})},
    A.MOVE_STAGE: {W.ASSIGNEE: LIVE},
    A.GIVE_FLOOR: {W.ASSIGNEE: LIVE},
    A.MUTE_OTHER: {W.ASSIGNEE: LIVE},
    A.ASK_MEDIA: {W.ASSIGNEE: LIVE},
    A.LOCK_ROOM: {W.ASSIGNEE: LIVE},
    A.REMOVE_SEAT: {W.ASSIGNEE: LIVE},
    A.CAUCUS: {W.ASSIGNEE: frozenset({S.STATEMENTS, S.EVIDENCE, S.CAUCUS, S.OPTIONS, S.DRAFTING})},
    A.RECORD: {W.ASSIGNEE: LIVE},
    A.END_SESSION: {W.ASSIGNEE: ANY},
    A.CHAT: {W.ASSIGNEE: LIVE, W.ASSISTANT: LIVE, W.PARTY: LIVE, W.EXPERT: LIVE},
    A.RAISE_HAND: {W.ASSISTANT: LIVE, W.PARTY: LIVE, W.EXPERT: LIVE},
    A.PUBLISH_MEDIA: {W.ASSIGNEE: ANY, W.ASSISTANT: ANY, W.PARTY: ANY, W.EXPERT: LIVE, W.DEVICE: LIVE},
    A.SPEAK_DONE: {W.ASSIGNEE: frozenset({S.STATEMENTS}), W.PARTY: frozenset({S.STATEMENTS})},
    A.LEAVE: {W.ASSIGNEE: ANY, W.ASSISTANT: ANY, W.PARTY: ANY, W.EXPERT: ANY, W.OBSERVER: ANY, W.RECORDER: ANY, W.DEVICE: ANY},
    A.WRITE_RECORD: {W.ASSIGNEE: ANY, W.ASSISTANT: ANY, W.RECORDER: ANY},
    A.CLOSE_RECORD: {W.ASSIGNEE: ANY},
    A.CONFIRM_RECORD: {W.PARTY: ANY},
    A.SEE_RECORD: {W.ASSIGNEE: ANY, W.ASSISTANT: ANY, W.PARTY: ANY, W.RECORDER: ANY, W.CENTRE: ANY},
    A.SEE_AGREEMENT: {W.ASSIGNEE: ANY, W.ASSISTANT: OVER, W.PARTY: ANY, W.CENTRE: ANY},
    A.SEE_CERTIFICATE: {W.ASSIGNEE: ENDED, W.CENTRE: ENDED, W.PARTY: ANY},
    A.EDIT_DRAFT: {W.ASSIGNEE: DRAFT, W.PARTY: DRAFT},
    A.PRIVATE_DRAFT: {W.ASSIGNEE: DRAFT, W.PARTY: DRAFT},
    A.AGREE_TO_BRING: {W.PARTY: DRAFT},
    A.BRING_BACK: {W.ASSIGNEE: DRAFT},
    A.KEEP_CLAUSE: {W.ASSIGNEE: ANY},
    A.REMARK: {W.ASSIGNEE: DRAFT, W.PARTY: DRAFT},
    A.FREEZE: {W.ASSIGNEE: frozenset({S.DRAFTING})},
    A.CONFIRM_CLAUSE: {W.PARTY: frozenset({S.CONFIRMATION})},
    A.OBJECT: {W.PARTY: frozenset({S.CONFIRMATION, S.SIGNING}), W.ASSIGNEE: frozenset({S.CONFIRMATION, S.SIGNING})},
    A.SIGN: {W.PARTY: frozenset({S.SIGNING}), W.ASSIGNEE: frozenset({S.SIGNING})},
    A.SEE_CODES: {W.ASSIGNEE: frozenset({S.SIGNING})},
    A.SEAL: {W.ASSIGNEE: frozenset({S.SIGNING})},
    A.FILE_PAPER: {W.ASSIGNEE: frozenset({S.SIGNING})},
    A.RECORD_ORAL: {W.ASSIGNEE: DRAFT},
    A.CONFIRM_ORAL: {W.PARTY: DRAFT},
}

DUTIES: dict[D, frozenset[R]] = {
    D.SEE_ACCOUNTS: frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN}),
    D.CREATE_ACCOUNT: frozenset({R.SYSTEM_ADMIN}),
    D.ALTER_ACCOUNT: frozenset({R.SYSTEM_ADMIN}),
    D.KEEP_ORGANISATIONS: frozenset({R.SYSTEM_ADMIN}),
    D.KEEP_CALENDAR: frozenset({R.SYSTEM_ADMIN}),
    D.KEEP_RETENTION: frozenset({R.SYSTEM_ADMIN}),
    D.SEE_SIGN_INS: frozenset({R.SECURITY_ADMIN}),
    D.END_SIGN_INS: frozenset({R.SECURITY_ADMIN}),
    D.LOCK_ACCOUNT: frozenset({R.SECURITY_ADMIN}),
    D.UNLOCK_ACCOUNT: frozenset({R.SECURITY_ADMIN}),
    D.RESET_ACCOUNT: frozenset({R.SECURITY_ADMIN}),
    D.READ_DELIVERIES: frozenset({R.SYSTEM_ADMIN}),
    D.READ_LOG: frozenset({R.AUDIT_ADMIN}),
}
POOL: dict[P, frozenset[R]] = {
    P.SEE_EXPERTS: frozenset({R.CENTRE, R.MEDIATOR, R.GRID_WORKER, R.SYSTEM_ADMIN}),
    P.KEEP_EXPERTS: frozenset({R.CENTRE, R.SYSTEM_ADMIN}),
    P.CALL_EXPERTS: frozenset({R.CENTRE, R.MEDIATOR, R.GRID_WORKER, R.SYSTEM_ADMIN}),
}
"""The pool of experts: each for the own county's. Parties, experts and the wall have no part in it."""
WALLS: dict[B, frozenset[R]] = {
    B.SEE_WALL: frozenset({R.CENTRE, R.WALL}),
    B.OPEN_LISTS: frozenset({R.CENTRE}),
    B.LINK_WALL: frozenset({R.CENTRE}),
}
"""The walls of counties and townships: each of the own region, and of what lies in it. A screen that hangs there has figures alone."""
OF_OFFICE_ONLY = frozenset({D.CREATE_ACCOUNT, D.ALTER_ACCOUNT, D.RESET_ACCOUNT})
"""Not done to administrators, since one would come in as another by it: they are made and reset at the server's command line."""


def duties_of(actor: Actor) -> list[D]:
    return [duty for duty, roles in DUTIES.items() if actor.kind == "account" and actor.role in roles]


def pool_duties_of(actor: Actor) -> list[P]:
    return [duty for duty, roles in POOL.items() if actor.kind == "account" and actor.role in roles]


def demand_pool(actor: Actor, duty: P) -> None:
    """Raise `NotAllowed` unless `actor` has this duty towards the pool of experts."""
    if duty not in pool_duties_of(actor):
        raise NotAllowed("not_allowed", f"{duty} is not permitted to you", action=str(duty))


def may_wall(actor: Actor, duty: B, region: str) -> bool:
    """Whether `actor` has this duty towards the wall of `region`, the code of a county (6 digits) or of a township (9)."""
    by = "wall" if actor.role is R.WALL else "account"
    own = re.fullmatch(r"[0-9]{6}([0-9]{3})?", region) is not None and actor.region != "" and region.startswith(actor.region)
    return own and actor.kind == by and actor.role in WALLS[duty]


def demand_wall(actor: Actor, duty: B, region: str) -> None:
    """Raise `NotAllowed` unless `actor` has this duty towards the wall of `region`."""
    if not may_wall(actor, duty, region):
        raise NotAllowed("not_allowed", f"{duty} is not permitted to you", action=str(duty))


def demand_duty(actor: Actor, duty: D, subject: str = "", role: R | None = None) -> None:
    """Raise `NotAllowed` unless `actor` has the duty, and may do it to the account `subject` of that role."""
    if duty not in duties_of(actor):
        raise NotAllowed("not_allowed", f"{duty} is not permitted to you", action=str(duty))
    if subject == actor.id:
        raise NotAllowed("own_account", "Nobody administers the own account")
    if duty in OF_OFFICE_ONLY and role is not None and role not in OFFICE_ROLES:
        raise NotAllowed("administrators_apart", "Accounts of administrators are made, altered and reset at the server's command line")


def may(standings: Iterable[W], action: A, stage: str | None = None) -> bool:
    """Whether any of the standings permits the action in this stage."""
    cells = TABLE.get(action, {})
    return any(w in cells and (not cells[w] or stage in cells[w]) for w in standings)


def demand(standings: Iterable[W], action: A, stage: str | None = None) -> None:
    """Raise `NotAllowed` when no standing ever permits the action, `OutOfTurn` when one does in another stage."""
    held = tuple(standings)
    if may(held, action, stage):
        return
    if any(w in TABLE.get(action, {}) for w in held):
        raise OutOfTurn("wrong_stage", f"{action} is not possible in stage {stage}", action=str(action), stage=stage)
    raise NotAllowed("not_allowed", f"{action} is not permitted to you", action=str(action))


def table_rows() -> Iterator[tuple[str, str, str]]:
    """(action, standing, stages) for every permitted cell, in table order."""
    for action, cells in TABLE.items():
        for standing, stages in cells.items():
            yield str(action), str(standing), "any" if not stages else ", ".join(sorted(stages))
