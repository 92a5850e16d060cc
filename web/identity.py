"""A party proves its identity on a provider's page and comes back; what was found is asked from here. No transaction spans a call to the provider."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.calendar import county_day
from cases.case import Numbering
from cases.errors import NotAllowed, NotFound, OutOfTurn, Unavailable
from cases.identity import parse_resident_id
from cases.permissions import demand
from cases.ports import Clock, Happened, IdentityCheck, NotProved
from cases.vocabulary import Action
from rooms import identity_check as rules
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store
from web.request import actor_of, body_of, house

log = structlog.get_logger("identity")

AWAY = "The provider of identity checks does not answer at the moment; please try again, or let the mediator compare your card"


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    id_number: str = ""


class IdentityDesk:
    """`provider`: none where the mediator's eyes decide alone. `base_url`: of this installation, where people come back to."""

    def __init__(self, store: Store, reader: Reader, clock: Clock, provider: IdentityCheck | None, base_url: str) -> None:
        self._store, self._reader, self._clock, self._provider, self._base_url = store, reader, clock, provider, base_url

    def routes(self) -> list[Route]:
        return [
            Route("/api/sessions/{session}/identity", self._told),
            Route("/api/sessions/{session}/identity", self._begin, methods=["POST"]),
            Route("/api/sessions/{session}/identity/outcome", self._outcome, methods=["POST"]),
        ]

    async def _told(self, request: Request) -> Response:
        """Who proves identities here: `provider`, empty where nobody does; `number`: whether the case has the asker's identity number."""
        if self._provider is None:
            return JSONResponse({"provider": ""})
        _, actor = await self._asked(request)
        dossier, _, seat = await self._seat(actor)
        return JSONResponse({"provider": self._provider.name, "number": bool(dossier.case.party(seat.party).id_number)})

    async def _begin(self, request: Request) -> Response:
        """`url`: the provider's page for this person. The body has an `id_number` where the case has none; else that of the case is proved."""
        provider, actor = await self._asked(request)
        given = (await body_of(request, Asked)).id_number
        dossier, _, seat = await self._seat(actor)
        party = dossier.case.party(seat.party)
        own = parse_resident_id(given, county_day(self._clock.now())) if given and not party.id_number else ""
        rules.demand_beginning(seat, bool(party.name and (party.id_number or own)))
        back = f"{self._base_url}/join/{actor.session_id}?identity=back"
        devices: list[int] = []

        def counted(dossier: Dossier, seat: Seat, now: datetime) -> list[Happened]:
            rules.demand_beginning(seat, True)
            devices.append(rules.count(seat, now))
            return []

        await self._store.execute(actor.case_id, self._decide(actor, counted))
        try:
            token, url = await provider.begin(secrets.token_hex(16), party.name, party.id_number or own, back)
        except NotProved as failure:
            log.warning("identity not begun", case=actor.case_id, reason=str(failure))
            raise Unavailable("identity_away", AWAY) from None
        await self._store.execute(
            actor.case_id, self._decide(actor, lambda dossier, seat, now: rules.begin(seat, token, devices[-1], provider.name, now, own))
        )
        return JSONResponse({"url": url})

    async def _outcome(self, request: Request) -> Response:
        """`state`: open, passed or failed; with `reason` where it failed."""
        provider, actor = await self._asked(request)
        _, _, seat = await self._seat(actor)
        if seat.verified:
            return JSONResponse({"state": "passed"})
        token = rules.token_of(seat, self._clock.now())
        try:
            found = await provider.outcome(token)
        except NotProved as failure:
            log.warning("identity not told", case=actor.case_id, reason=str(failure))
            raise Unavailable("identity_away", AWAY) from None

        def change(dossier: Dossier, seat: Seat, now: datetime) -> list[Happened]:
            assert dossier.room is not None
            told = rules.settle(dossier.room, seat, token, found, provider.name, now)
            party = dossier.case.party(seat.party)
            if seat.identity is not None and not party.id_number and any(one.kind == "identity.verified" for one in told):
                # Proved to be this person's, by this answer: it enters the case, and with it the agreement.
                party.id_number = seat.identity.id_number
            if seat.verified:
                rules.forget_number(seat)
            return told

        await self._store.execute(actor.case_id, self._decide(actor, change))
        return JSONResponse({"state": found.state, "reason": found.reason})

    async def _asked(self, request: Request) -> tuple[IdentityCheck, Actor]:
        actor, _ = await actor_of(request)
        if actor.kind != "seat" or actor.session_id != request.path_params["session"]:
            raise NotAllowed("not_seated", "You have no seat in this session")
        house(request).rates.spend("identity", f"{actor.case_id}/{actor.id}")
        if self._provider is None:
            raise NotFound("no_provider", "Nobody proves identities here; the mediator compares your card with your face")
        return self._provider, actor

    async def _seat(self, actor: Actor) -> tuple[Dossier, Room, Seat]:
        dossier = await self._reader.dossier(actor.case_id)
        return dossier, *_own(dossier, actor)

    @staticmethod
    def _decide(actor: Actor, change: Callable[[Dossier, Seat, datetime], list[Happened]]) -> Any:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            _, seat = _own(dossier, actor)
            return Outcome(change(dossier, seat, now))

        return decide


def _own(dossier: Dossier, actor: Actor) -> tuple[Room, Seat]:
    room = dossier.room
    seat = seat_of(room, actor) if room is not None else None
    if room is None or seat is None or seat.revoked:
        raise NotAllowed("not_seated", "You have no seat in this session")
    if room.ended_at is not None:
        raise OutOfTurn("session_ended", "This session has ended")
    demand(standings(room, actor), Action.PROVE_IDENTITY, room.stage)
    return room, seat
