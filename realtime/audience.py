"""Who reads what: the one place where a dossier becomes the documents of its readers. Deny by default.

A reader subscribes to a *topic*; `view_of` says which *view* of it this actor has, or none. `fragments` gives, for every stream
(`topic|view`) that a dossier appears in, the part of that stream's document that the dossier fills. The store computes the fragments
before and after a command and publishes the difference: a change that a view does not show sends nothing to that view, not even a count.

Topics
    case/<id>       one case, views `staff`, `offer` and `reporter`
    code/<code>     the public progress page (一案一码), view `public`
    desk/<account>  orders and cases of a mediator or grid worker, view `own`
    bell/<account>  how many notices an account has not read, view `own`
    centre/<region> the governance centre's list, view `staff`
    room/<id>       a mediation session, one view a seat
    caucus/<id>     a private talk, view `inside`
    wall/<region>   the dashboard of a county or a township, view `wall` (live stream, computed elsewhere from counts)
    live/<id>       who is there, speaks and types in a room; views `room`, `caucus-<id>` and `mediator` (live streams)
    own/<id>        a party's own page, a view each party
    data/<id>       requests about personal data in the file, view `centre`
    ratings/<id>    what was thought of a mediation, views `centre` and, of a closed case, `mediator`
    risk/<id>       what was reported of a case to the risk platform, view `office`
    here/<id>       who has a case open at a desk, view `staff` (live stream)
"""

from __future__ import annotations

from datetime import datetime

from cases import answering
from cases.actor import Actor
from cases.case import Case
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.data_rights import next_due
from cases.declining import told_office, told_reporter
from cases.escalation import taken_from
from cases.identity import mask_name, mask_phone
from cases.permissions import may, may_wall
from cases.terms import dispatch_by, lapsed_for, waits_since
from cases.vocabulary import SENSITIVE_TYPES, Action, CaseStage, Role, SeatRole, SeatState, Standing, WallDuty
from realtime.dossier import Dossier
from realtime.escalation_document import escalated_at, escalations
from realtime.expert_document import office_experts
from realtime.joint_document import request, shares
from realtime.keeping_document import archived, destroyed, destruction, erased, gone_since, recordings_going, taken_out, unfiled
from realtime.own_document import held_of, own_documents, own_view
from realtime.patch import Doc, without_nulls
from realtime.performance_document import owing, party_performance, public_performance, staff_performance
from realtime.rating_document import own_rating, ratings_for_centre, ratings_for_mediator, unhappy
from realtime.risk_document import risk_document, risk_mark
from realtime.room_document import caucus_document, papers_of, room_document
from realtime.schedule_document import fixed, party_schedule, public_called_off, public_schedule, staff_schedule
from realtime.statement_document import may_read_statement, staff_statements
from rooms.handling import seat_of
from rooms.room import Room, Seat

_ONLY_ASKED = frozenset({Standing.OFFEREE, Standing.ASKED})


def view_of(actor: Actor, topic: str, dossier: Dossier | None) -> str | None:
    """The view that `actor` has of `topic`, or None. `dossier` is that of the topic's case, where it has one."""
    kind, _, name = topic.partition("/")
    if kind == "desk":
        return "own" if actor.kind == "account" and actor.id == name and actor.role in {Role.MEDIATOR, Role.GRID_WORKER} else None
    if kind == "bell":
        return "own" if actor.kind == "account" and actor.id == name else None
    if kind == "centre":
        return "staff" if actor.kind == "account" and actor.role is Role.CENTRE and actor.region == name else None
    if kind == "wall":
        return "wall" if may_wall(actor, WallDuty.SEE_WALL, name) else None
    if dossier is None:
        return None
    if kind == "code":
        own = actor.kind != "public" or actor.id == name
        return "public" if own and name == dossier.case.code else None
    if kind == "case":
        return _case_view(actor, dossier.case)
    if kind == "own":
        return own_view(actor, dossier)
    if kind == "data":
        return "centre" if may(case_standings(dossier.case, actor), Action.ANSWER_DATA, dossier.case.stage) else None
    if kind == "ratings":
        return _ratings_view(actor, dossier.case)
    if kind == "risk":
        return "office" if may(case_standings(dossier.case, actor), Action.SEE_RISK, dossier.case.stage) else None
    if kind == "here":
        return "staff" if actor.kind == "account" and _case_view(actor, dossier.case) == "staff" else None
    return _room_view(actor, kind, name, dossier.room)


def why_none(actor: Actor, topic: str, dossier: Dossier | None) -> str:
    """The code by which a topic is closed to who has no view of it: who has a public code that was revoked is told so; who worked on a case that the centre took over, or was
    offered one and let the time pass, is told so, and nobody else that it is there."""
    if dossier is not None and topic.removeprefix("code/") in dossier.case.revoked_codes:
        return "code_revoked"
    if dossier is None or topic != f"case/{dossier.case.id}" or actor.kind != "account":
        return "not_permitted"
    if taken_from(dossier.case, actor.id):
        return "taken_by_centre"
    if lapsed_for(dossier.case, actor.id):
        return "order_lapsed"
    return "order_taken" if dossier.case.mediator is not None and actor.id in dossier.case.offered_to else "not_permitted"


def _case_view(actor: Actor, case: Case) -> str | None:
    held = case_standings(case, actor)
    if not may(held, Action.SEE_CASE, case.stage):
        return None
    if actor.kind == "reporter":
        return "reporter"
    # Who has only been offered the order, or asked to join, sees the matter with people masked; names come with the acceptance.
    return "offer" if set(held) <= _ONLY_ASKED else "staff"


def _ratings_view(actor: Actor, case: Case) -> str | None:
    held = case_standings(case, actor)
    if not may(held, Action.SEE_RATINGS, case.stage):
        return None
    return "centre" if Standing.CENTRE in held else "mediator"


def _room_view(actor: Actor, kind: str, name: str, room: Room | None) -> str | None:
    if room is None:
        return None
    seat = seat_of(room, actor)
    if seat is None or seat.revoked or seat.state is SeatState.REMOVED:
        return None
    if kind == "room":
        return seat.id if name == room.id else None
    if kind == "live" and name == room.id and seat.present:
        return _live_view(room, seat)
    if kind == "caucus" and room.caucus and seat.present and name == room.caucus.id and seat.id in room.caucus.seats:
        return "inside"
    return None


def _live_view(room: Room, seat: Seat) -> str | None:
    """While a caucus is on, those outside have no live stream at all: speaking and typing flags never cross it."""
    if seat.role is SeatRole.MEDIATOR:
        return "mediator"
    if room.caucus is None:
        return "room"
    return f"caucus-{room.caucus.id}" if seat.id in room.caucus.seats else None


def reads_statement(actor: Actor, dossier: Dossier, party: str) -> bool:
    """Whether somebody reads what a party has stated from afar."""
    return may_read_statement(actor, held_of(actor, dossier), dossier, party)


def live_views(room: Room) -> dict[str, frozenset[str]]:
    """View of `live/<id>` → the seats of which it tells at present.

    A caucus has a view of its own, so that those outside can have no part of it even where their node has not heard of it yet, and so that
    the offsets of the plenary's stream do not count what happened inside. The mediator also sees who waits in the lobby or outside.
    """
    everyone = frozenset(s.id for s in room.seats.values() if not s.revoked)
    if room.caucus is None:
        return {"mediator": everyone, "room": frozenset(s.id for s in room.present())}
    return {"mediator": everyone, f"caucus-{room.caucus.id}": frozenset(room.caucus.seats)}


def fragments(dossier: Dossier) -> dict[str, Doc]:
    """Stream name → what this dossier puts into that stream's document."""
    case, room = dossier.case, dossier.room
    out: dict[str, Doc] = {
        f"case/{case.id}|staff": staff_document(dossier),
        f"case/{case.id}|reporter": reporter_document(dossier),
        f"code/{case.code}|public": public_document(case),
    }
    out |= {f"own/{case.id}|{party}": doc for party, doc in own_documents(dossier).items()}
    if case.requests:
        out[f"data/{case.id}|centre"] = {"requests": _requests(case)}
    if (told := risk_document(case)) is not None:
        out[f"risk/{case.id}|office"] = told
    if case.ratings:
        out[f"ratings/{case.id}|centre"] = ratings_for_centre(case)
        if may((Standing.ASSIGNEE,), Action.SEE_RATINGS, case.stage):
            out[f"ratings/{case.id}|mediator"] = ratings_for_mediator(case)
    if case.stage is CaseStage.DISPATCHED or any(share.waits for share in case.joint):
        out[f"case/{case.id}|offer"] = offer_document(case)
    plain: dict[str, Doc] = {name: without_nulls(doc) for name, doc in out.items()} | rows(case)
    if room is not None:
        papers = papers_of(room)
        for seat in room.seats.values():
            if not seat.revoked:
                plain[f"room/{room.id}|{seat.id}"] = room_document(dossier, room, seat, papers)
        if room.caucus is not None:
            plain[f"caucus/{room.caucus.id}|inside"] = caucus_document(room.caucus)
    return plain


def rows(case: Case) -> dict[str, Doc]:
    """Stream name of a list → what this case puts into it: part → id → row."""
    out: dict[str, Doc] = {f"centre/{_county(case.region)}|staff": {"cases": {case.id: _centre_row(case)}}}
    if case.stage is CaseStage.DISPATCHED:
        for account in case.offered_to:
            out[f"desk/{account}|own"] = {"orders": {case.id: _order(case)}}
    if case.mediator:
        out.setdefault(f"desk/{case.mediator.account}|own", {}).setdefault("cases", {})[case.id] = _row(case)
    for share in case.joint:
        for account in share.asked if share.waits else []:
            out.setdefault(f"desk/{account}|own", {}).setdefault("requests", {})[case.id] = _order(case) | request(case, share)
        if share.assists:
            out.setdefault(f"desk/{share.account}|own", {}).setdefault("cases", {})[case.id] = _row(case) | {"assisting": True}
    return {name: without_nulls(doc) for name, doc in out.items()}


def _county(region: str) -> str:
    return region[:6]


def public_type(case: Case) -> str:
    return "民事" if case.dispute_type in SENSITIVE_TYPES else case.dispute_type


def _row(case: Case) -> Doc:
    return {
        "code": case.code,
        "number": case.number,
        "title": case.title,
        "type": case.dispute_type,
        "kind": str(case.kind),
        "stage": str(case.stage),
        "region": case.region_name,
        "parties": "、".join(p.name for p in case.parties if p.name),
        "mediator": (case.mediator.name or None) if case.mediator else None,
        "assistants": [share.name for share in case.joint if share.assists] or None,
        "reported_at": rfc3339(case.reported_at),
        "due": rfc3339(case.due) if case.due else None,
        "answer_by": rfc3339(case.answer_by) if case.answer_by else None,
        "offered": list(case.offered_names) if case.stage is CaseStage.DISPATCHED else None,
        "refusals": list(case.refusals) or None,
        "photos": len(case.photos),
        "synthetic": case.synthetic or None,
        "trial": case.trial or None,
        "owing": owing(case),
        "appointment": fixed(case),
        "escalated": escalated_at(case),
        "gone": gone_since(case),
        "unfiled": unfiled(case),
    }


def _centre_row(case: Case) -> Doc:
    due, waits, until = next_due(case), waits_since(case), dispatch_by(case)
    return _row(case) | {
        "dispatch_by": rfc3339(until) if until else None,
        "undispatched": rfc3339(waits) if waits else None,
        "unanswered": case.came_back.who if case.came_back else None,
        "unhappy": unhappy(case),
        "data_due": rfc3339(due) if due else None,
        "risk": risk_mark(case),
    }


def _order(case: Case) -> Doc:
    """What somebody sees who has not accepted yet: the matter and the place, people masked."""
    return {
        "title": case.title,
        "facts": case.facts[:200],
        "type": case.dispute_type,
        "kind": str(case.kind),
        "region": case.region_name,
        "reporter": mask_name(case.reporter.name) if case.reporter else None,
        "source": case.source,
        "photos": len(case.photos),
        "spoken": case.spoken.ms if case.spoken else None,
        "mode": str(case.mode) if case.mode else None,
        "note": case.dispatch_note or None,
        "answer_by": rfc3339(case.answer_by) if case.answer_by else None,
        "reported_at": rfc3339(case.reported_at),
    }


def _history(case: Case, with_people: bool) -> list[Doc]:
    return [
        {
            "stage": str(s.stage),
            "at": rfc3339(s.at),
            "who": s.who if with_people and s.who else None,
            "note": s.note if with_people and s.note else None,
            "unanswered": s.unanswered or None,
        }
        for s in case.history
    ]


def _when(times: dict[str, datetime], party: str) -> str | None:
    return rfc3339(times[party]) if party in times else None


def staff_document(dossier: Dossier) -> Doc:
    case, room = dossier.case, dossier.room
    seated = {one.party for one in room.parties() if one.acts is None} if room is not None and room.ended_at is None else set()
    return {
        **_row(case),
        "id": case.id,
        "facts": case.facts,
        "place": case.place,
        "region_code": case.region,
        "former_codes": list(case.revoked_codes) or None,
        "source": case.source,
        "referred": {"by": case.referred.name, "reference": case.referred.reference} if case.referred else None,
        "mode": str(case.mode) if case.mode else None,
        "note": case.dispatch_note or None,
        "declined": told_office(case),
        "outcome": answering.told_everybody(case),
        "answer": answering.told(case),
        "offered_to": list(case.offered_to),
        "assignee": case.mediator.account if case.mediator else None,
        "lead": case.mediator.org_name if case.mediator else None,
        "joint": shares(case),
        "escalations": escalations(case),
        "first_accepted": rfc3339(case.first_accepted) if case.first_accepted else None,
        "people": {
            p.id: {
                "name": p.name,
                "capacity": p.capacity,
                "phone": mask_phone(p.phone) if p.phone else None,
                "page": p.id in case.pages or None,
                "page_sent": _when(case.pages_sent, p.id) if p.id in case.pages else None,
                "page_opened": _when(case.pages_opened, p.id) if p.id in case.pages else None,
                "seated": p.id in seated or None,
            }
            for p in case.parties
            if case.erased is None
        },
        "pictures": [{"id": p.id, "width": p.width, "height": p.height} for p in case.photos],
        "spoken": case.spoken.ms if case.spoken else None,
        "written_by": case.written_by or None,
        "title_made": case.title_made or None,
        "titled_by": case.titled_by or None,
        "due_term": str(case.due_term) if case.due_term else None,
        "history": _history(case, True),
        "session": case.session_id or None,
        "session_stage": str(dossier.room.stage) if dossier.room else None,
        "agreement": {"stage": dossier.agreement.stage} if dossier.agreement else None,
        "oral": rfc3339(dossier.room.oral.concluded_at) if dossier.room and dossier.room.oral and dossier.room.oral.concluded_at else None,
        "archived": archived(case),
        "taken_out": taken_out(case),
        "hold": {"reason": case.hold.reason, "by": case.hold.by, "at": rfc3339(case.hold.at)} if case.hold else None,
        "destruction": destruction(case),
        "destroyed": destroyed(case),
        "erased": erased(case),
        "performance": staff_performance(case),
        "experts": office_experts(case),
        "schedule": staff_schedule(case),
        "afar": staff_statements(case),
    }


def _requests(case: Case) -> Doc | None:
    """About personal data, by id: to the office, and to who asked."""
    return {
        one.id: {
            "wish": str(one.wish),
            "words": one.words,
            "at": rfc3339(one.at),
            "due": rfc3339(one.due),
            "answer": {
                "granted": one.answer.granted,
                "reason": one.answer.reason,
                "ground": str(one.answer.ground) if one.answer.ground else None,
                "by": one.answer.by,
                "at": rfc3339(one.answer.at),
            }
            if one.answer
            else None,
        }
        for one in case.requests
    } or None


def offer_document(case: Case) -> Doc:
    return {
        **_order(case),
        "id": case.id,
        "code": case.code,
        "stage": str(case.stage),
        "parties": "",
        "people": {},
        "source": case.source,
        "pictures": [],
        "history": [],
        "requests": {share.id: request(case, share) for share in case.joint if share.waits} or None,
    }


def reporter_document(dossier: Dossier) -> Doc:
    case = dossier.case
    if case.erased is not None:
        of_stub = {"id": case.id, "title": case.title, "facts": "", "region": case.region_name, "pictures": []}
        return public_document(case) | of_stub
    first = case.parties[0].id if case.parties else ""
    return {
        **public_document(case),
        "id": case.id,
        "title": case.title,
        "facts": case.facts,
        "region": case.region_name,
        "place": case.place or None,
        "others": [mask_name(one.name) for one in case.parties[1:]] or None,
        "pictures": [{"id": p.id, "width": p.width, "height": p.height} for p in case.photos],
        "spoken": case.spoken.ms if case.spoken else None,
        "written_by": case.written_by or None,
        "declined": told_reporter(case),
        "answer": answering.told(case),
        "afar": case.afar is not None or None,
        "mediator": case.mediator.name if case.mediator else None,
        "assistants": [share.name for share in case.joint if share.assists] or None,
        "performance": party_performance(case, first, Standing.REPORTER),
        "rating": own_rating(dossier, first, Standing.REPORTER),
        "requests": _requests(case),
        "schedule": party_schedule(case, first, Standing.REPORTER),
        "recordings": recordings_going(case),
    }


def public_document(case: Case) -> Doc:
    """Shows: code, type, stage, next step, deadline, whether the agreement is being performed or has been, when people meet. Hides names, ids, telephones, address, facts, amounts, risk, anything of a caucus."""
    return {
        "code": case.code,
        "type": public_type(case),
        "kind": str(case.kind),
        "stage": str(case.stage),
        "outcome": answering.told_everybody(case),
        "history": _history(case, False),
        "due": rfc3339(case.due) if case.due and case.stage in {CaseStage.ACCEPTED, CaseStage.MEDIATING} else None,
        "answer_by": rfc3339(case.answer_by) if case.answer_by else None,
        "performing": public_performance(case),
        "appointment": public_schedule(case),
        "called_off": public_called_off(case),
        "gone": gone_since(case),
    }
