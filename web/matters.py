"""我的事项 over HTTP: the cases of a resident, opened from the list, entered from it, and claimed for it.

A case is the resident's who reported it with the number of the account, which an index finds; or by a claim: of a report with another number, when a code was answered that
went to that number; of an earlier number of the account; of another party that came by the mediator's link. What the list shows and offers is decided by `cases.matters`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.ceremony import Stage
from cases import stating
from cases.case import Numbering
from cases.clock import rfc3339
from cases.errors import NotAllowed, NotFound
from cases.identity import parse_mobile
from cases.matters import Facts, binds, may_enter, shown, to_do
from cases.obligation import OPEN, Performance
from cases.ports import Happened
from cases.satisfaction import rating_of, until
from cases.scheduling import asked_of
from cases.vocabulary import Standing
from realtime.audience import public_document
from realtime.keeping_document import recordings_going
from realtime.performance_document import party_of
from rooms.room import Seat
from storage import search
from storage.case_keys import phone_word
from storage.database import reads
from storage.dossier import Dossier
from storage.work import Outcome
from web.entry_codes import number_of
from web.request import address_of, body_of, granted, house, resident_of, sessions_here

LISTED = 100
"""Cases of a resident that are listed, the newest first."""


class Claimed(msgspec.Struct, forbid_unknown_fields=True):
    """`case`: its public code; `phone`: the number that stands in the report; `code`: what went to it."""

    case: str
    phone: str
    code: str


async def own_cases(request: Request, resident: str) -> list[tuple[str, str, Dossier]]:
    """(case, party, dossier) of the cases that are the resident's, whether the list shows them or not; those reported with the number first."""
    at = house(request)
    person = await at.doors.residents.person(resident)
    found, _ = await search.find(reads(), [phone_word(person.phone)], [], 0, LISTED)
    own: dict[tuple[str, str], Dossier] = {}
    for case_id in found:
        dossier = await at.reader.dossier(case_id)
        first = dossier.case.reporter
        if first is not None and first.phone == person.phone:
            own[case_id, first.id] = dossier
    for case_id, party_id in (await at.doors.residents.claims(resident))[:LISTED]:
        if (case_id, party_id) not in own:
            own[case_id, party_id] = await at.reader.dossier(case_id)
    return [(case_id, party, dossier) for (case_id, party), dossier in own.items()]


async def bind(request: Request, resident: str) -> None:
    """The cases become the resident's in which a party's place is taken by the mediator's link in this very browser. Another device that takes the place over has to be
    compared with the card again, and a link that is made anew ends what an older one opened: nobody else gets so far."""
    at = house(request)
    seats = [one for one in await sessions_here(request) if one.kind == "seat"]
    if not seats:
        return
    person, claimed = await at.doors.residents.person(resident), set(await at.doors.residents.claims(resident))
    for actor in seats:
        dossier = await at.reader.dossier(actor.case_id)
        for party in dossier.case.parties:
            room, place = dossier.room, seat_of(dossier, party.id)
            # Once the session is over a device that takes the place is compared with nobody any more.
            if room is None or room.ended_at is not None or place is None or (room.id, place.id) != (actor.session_id, actor.id):
                continue
            if (actor.case_id, party.id) not in claimed and binds(dossier.case, party.id, person.phone, place.verified):
                await at.doors.residents.claim(resident, actor.case_id, party.id)


async def reported_with(request: Request, phone: str) -> list[tuple[str, str]]:
    """(case, party) of every report with this number, however many there are."""
    own: list[tuple[str, str]] = []
    skip = 0
    while found := (await search.find(reads(), [phone_word(phone)], [], skip, LISTED))[0]:
        for case_id in found:
            first = (await house(request).reader.dossier(case_id)).case.reporter
            own += [(case_id, first.id)] if first is not None and first.phone == phone else []
        skip += LISTED
    return own


def seat_of(dossier: Dossier, party: str) -> Seat | None:
    """The party's own place in the session: not one where somebody acts for it."""
    seats = dossier.room.parties() if dossier.room is not None else []
    return next((seat for seat in seats if seat.party == party and seat.acts is None), None)


async def link_of(request: Request, dossier: Dossier, party: str) -> str:
    """The token of the party's place in the session; empty where there is none, or no link to it in force."""
    room, seat = dossier.room, seat_of(dossier, party)
    return await house(request).doors.links.seat_link(room.id, seat.id) if room is not None and seat is not None else ""


def facts_of(dossier: Dossier, party: str, link: bool, now: datetime) -> Facts:
    """What the rules ask of a case. `link`: whether there is one to the party's place."""
    case, room, seat = dossier.case, dossier.room, seat_of(dossier, party)
    state = dossier.agreement.ceremony if dossier.agreement is not None else None
    owed = (case.performance or Performance()).obligations
    ends = until(case, room.ended_at if room is not None else None)
    return Facts(
        standing=Standing.REPORTER if case.reporter is not None and case.reporter.id == party else Standing.PARTY,
        stage=case.stage,
        seated=seat is not None,
        link=link,
        open=room is not None and room.ended_at is None,
        confirms=bool(
            state
            and seat
            and state.stage in {Stage.FROZEN, Stage.CONFIRMING}
            and {(seat.id, clause) for clause in state.clauses} - state.confirmed
        ),
        signs=bool(state and seat and state.stage is Stage.SIGNING and seat.id not in state.signed),
        asked=sum(
            1
            for one in owed
            if party in one.concerns and one.state in OPEN
            for told in one.receipts
            if told.stands and told.party not in {"", party} and told.answer is None and told.confirmed is None
        ),
        owes=sum(1 for one in owed if one.debtor == party and one.state in OPEN),
        rates=ends is not None and now < ends and rating_of(case, party) is None,
        times=asked_of(case, party, now),
    )


async def matters_of(request: Request, resident: str) -> list[dict[str, Any]]:
    """The lines of the list, what waits for the resident first, then the newest."""
    now, lines = house(request).clock.now(), []
    for case_id, party, dossier in await own_cases(request, resident):
        facts = facts_of(dossier, party, bool(await link_of(request, dossier, party)), now)
        if not shown(facts):
            continue
        case, reported = dossier.case, facts.standing is Standing.REPORTER
        lines.append(
            {
                **public_document(case),
                "id": case_id,
                "party": party,
                "reported": reported,
                "title": case.title if reported else None,
                "mediator": case.mediator.name if case.mediator else None,
                "reported_at": rfc3339(case.reported_at),
                "to_do": [str(doing) for doing in to_do(facts)],
                "enter": may_enter(facts),
                "photos": len(case.photos) if reported else 0,
                "answered": sum(1 for one in case.requests if one.answer is not None and one.by == party) if reported else 0,
                "recordings": recordings_going(case),
            }
        )
    newest = sorted(lines, key=lambda line: str(line["reported_at"]), reverse=True)
    return sorted(newest, key=lambda line: not line["to_do"])


async def _own(request: Request, resident: str) -> tuple[str, Facts, str]:
    """(case, facts, token of the seat) of what the address names, where the list shows it. Raises `NotFound`."""
    case_id, party = request.path_params["case"], request.path_params["party"]
    at = house(request)
    dossier = await at.reader.dossier_of(f"case/{case_id}")
    if dossier is not None and any(one.id == party for one in dossier.case.parties):
        first = dossier.case.reporter
        by_number = first is not None and first.id == party and first.phone == (await at.doors.residents.person(resident)).phone
        if by_number or (case_id, party) in await at.doors.residents.claims(resident):
            token = await link_of(request, dossier, party)
            facts = facts_of(dossier, party, bool(token), at.clock.now())
            if shown(facts):
                return case_id, facts, token
    raise NotFound("no_case", "There is no such case")


async def listed(request: Request) -> Response:
    actor, _ = await resident_of(request)
    await bind(request, actor.id)
    return JSONResponse({"matters": await matters_of(request, actor.id)})


async def open_one(request: Request) -> Response:
    """A session for the own report, as whoever reported it has."""
    actor, login = await resident_of(request)
    case_id, facts, _ = await _own(request, actor.id)
    if facts.standing is not Standing.REPORTER:
        raise NotAllowed("not_allowed", "This case was reported by somebody else; your place in it is the session")
    at = house(request)
    grant = await at.doors.of_residents.own_case(login, actor.id, case_id)
    dossier = await at.reader.dossier(case_id)
    if not any(party_of(dossier, one) == dossier.case.parties[0].id for one in await sessions_here(request)):
        await at.store.execute(case_id, _on_another_device)
    return granted(request, grant)


def _on_another_device(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    """Whoever was verified for a statement was so in another browser."""
    party = dossier.case.parties[0].id
    one = dossier.case.afar.statements.get(party) if dossier.case.afar is not None else None
    if one is None or (one.verified_at is None and one.code is None):
        return Outcome()
    stating.unverify(dossier.case, party)
    return Outcome([Happened("page.opened", {"party": party, "anew": False})])


async def enter(request: Request) -> Response:
    """The link to the own place in the session, as the mediator has made it."""
    actor, _ = await resident_of(request)
    _, facts, token = await _own(request, actor.id)
    if not may_enter(facts):
        raise NotAllowed("no_place", "There is no link to your place at present; ask the mediator for one")
    return JSONResponse({"where": f"/j#{token}"})


async def claim(request: Request) -> Response:
    """A report with another number becomes the resident's: by its public code, and the code that went to its number. Never by a name."""
    at = house(request)
    at.rates.spend("phone_answer", address_of(request))
    actor, _ = await resident_of(request)
    asked = await body_of(request, Claimed)
    phone = parse_mobile(asked.phone)
    # The telephone first: who does not have it learns nothing of the case, not even whether there is one.
    await at.doors.residents.check(phone, asked.code)
    dossier = await at.reader.dossier_of(f"code/{number_of(asked.case)}")
    first = dossier.case.reporter if dossier is not None else None
    if dossier is None or first is None or first.phone != phone:
        raise NotFound("not_this_number", "There is no report with this number under this code; look at both again")
    await at.doors.residents.claim(actor.id, dossier.case.id, first.id, (phone, asked.code))
    return JSONResponse({"case": dossier.case.id})


MATTER_ROUTES = [
    Route("/api/residents/matters", listed),
    Route("/api/residents/matters/{case}/{party}/open", open_one, methods=["POST"]),
    Route("/api/residents/matters/{case}/{party}/enter", enter, methods=["POST"]),
    Route("/api/residents/claims", claim, methods=["POST"]),
]
