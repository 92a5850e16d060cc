"""One case of the invented county whose agreement is being performed: an instalment is overdue, one is to come, a wall is to be mended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases import performance
from cases.calendar import county_day, end_of_term, in_office
from cases.case import Case, Mediator, Numbering, Person, Step
from cases.obligation import Obligation
from cases.vocabulary import CaseStage, DispatchMode, DisputeKind, SeatRole, SeatState, SessionStage, Term
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.work import Outcome

TITLE = "修房挖塌邻家院墙"
WAY = (CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED)
DAYS = (33, 32, 31, 24, 20)
"""How long ago the case came to each of them."""


def followed_case(region: str, region_name: str, committee: str) -> Any:
    """For `Store.create`."""

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        at = {stage: in_office(now - timedelta(days=days)) for stage, days in zip(WAY, DAYS, strict=True)}
        case = Case(
            id=numbering.new_id,
            code=numbering.code,
            kind=DisputeKind.DISPUTE,
            stage=CaseStage.AGREED,
            title=TITLE,
            facts="卫某翻修房屋，挖地基时邻居冯某家的院墙塌了一段。双方对修墙和赔偿有争议，请求调解。",
            region=region,
            region_name=region_name,
            place="城关镇西街",
            source="当事人申请",
            reported_at=at[CaseStage.REPORTED],
            number=f"安和人调字〔{at[CaseStage.ACCEPTED].year}〕示范第00999号",
            dispute_type="损害赔偿",
            parties=[Person("p1", "冯某", "applicant", "13800000011"), Person("p2", "卫某", "respondent", "13900000012")],
            history=[Step(stage, when, "" if stage is CaseStage.REPORTED else "王调解员") for stage, when in at.items()],
            mode=DispatchMode.ASSIGN,
            mediator=Mediator("wang", "王调解员", "committee", committee),
            due=end_of_term(Term.MEDIATION, at[CaseStage.ACCEPTED]),
            due_term=Term.MEDIATION,
            agreed_at=at[CaseStage.AGREED],
            synthetic=True,
        )
        case.session_id = f"{case.id}-{numbering.new_id[:8]}"
        begun = performance.begin(case, _owed(now))
        return Dossier(case, _session(case, at[CaseStage.MEDIATING], at[CaseStage.AGREED])), Outcome(begun)

    return make


def _owed(now: datetime) -> list[Obligation]:
    def day(days: int) -> str:
        return county_day(in_office(now + timedelta(days=days))).isoformat()

    paid = [
        Obligation("", f"分期付款，第{n}期（共2期）", "赔偿", "p2", "p1", "1200.00", day(days), "银行转账")
        for n, days in ((1, -5), (2, 25))
    ]
    return [*paid, Obligation("", "卫某修好塌了的院墙", "修墙", "p2", "p1", due=day(10))]


def _session(case: Case, opened: datetime, ended: datetime) -> Room:
    seats = [Seat("m", SeatRole.MEDIATOR, "王调解员", SeatState.LEFT, party="wang")]
    seats += [Seat(f"s{n}", SeatRole.PARTY, person.name, SeatState.LEFT, party=person.id) for n, person in enumerate(case.parties, 1)]
    room = Room(id=case.session_id, case_id=case.id, opened_at=opened, stage=SessionStage.ARCHIVE)
    room.seats, room.ended_at = {seat.id: seat for seat in seats}, ended
    return room
