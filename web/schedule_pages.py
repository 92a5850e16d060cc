"""Appointments over HTTP: what speaks against times before they are proposed, the file for one's own calendar, and the printed invitation."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.fonts import FontDirs
from agreements.invitation_pdf import InvitationFacts, print_invitation
from cases.case import standings
from cases.clock import COUNTY_TIME
from cases.commands.scheduling import Proposed
from cases.errors import Invalid, NotAllowed, NotFound
from cases.permissions import demand, may
from cases.scheduling import parse_slots
from cases.vocabulary import TAKING_ROLES, Action
from web.entry_codes import digits_of
from web.icalendar import calendar
from web.performance import held_by
from web.request import actor_of, address_of, body_of, house
from web.scheduling import SchedulingDesk, event_of


class Times(msgspec.Struct, forbid_unknown_fields=True):
    times: list[Proposed]


class Printed(msgspec.Struct, forbid_unknown_fields=True):
    """`token` and `code`: of the link that `invite` has just made."""

    token: str
    code: str


class SchedulePages:
    def __init__(self, desk: SchedulingDesk, font_dirs: FontDirs) -> None:
        self._desk, self._font_dirs = desk, font_dirs

    def routes(self) -> list[Route]:
        return [
            Route("/api/cases/{case}/times", self.checked, methods=["POST"]),
            Route("/api/cases/{case}/times", self.proposed),
            Route("/api/cases/{case}/appointment.ics", self.entry),
            Route("/api/calendar", self.feed, methods=["GET", "POST", "DELETE"]),
            Route("/calendar/{token}.ics", self.subscribed),
            Route("/api/cases/{case}/invitation.pdf", self.invitation, methods=["POST"]),
        ]

    async def checked(self, request: Request) -> Response:
        """For the mediator of the case."""
        actor, _ = await actor_of(request)
        at = house(request)
        at.rates.spend("times", actor.id)
        dossier = await at.reader.dossier(request.path_params["case"])
        demand(standings(dossier.case, actor), Action.SCHEDULE, dossier.case.stage)
        slots = parse_slots((await body_of(request, Times)).times, at.clock.now())
        return JSONResponse({"cautions": msgspec.to_builtins(await self._desk.cautions(dossier.case, slots))})

    async def proposed(self, request: Request) -> Response:
        """For the mediator of the case: what the form begins with, as `propose_times` takes it."""
        actor, _ = await actor_of(request)
        at = house(request)
        at.rates.spend("times", actor.id)
        case = (await at.reader.dossier(request.path_params["case"])).case
        demand(standings(case, actor), Action.SCHEDULE, case.stage)
        slots = await self._desk.proposals(case)
        times = [{"start": f"{slot.start.astimezone(COUNTY_TIME):%Y-%m-%dT%H:%M}", "minutes": slot.minutes} for slot in slots]
        return JSONResponse({"times": times})

    async def entry(self, request: Request) -> Response:
        """For whoever reads the appointment: the time that is fixed, or that it was called off. No names, nothing of the matter."""
        actor, _ = await actor_of(request)
        at = house(request)
        at.rates.spend("times", f"{actor.case_id}{actor.id}")
        dossier = await at.reader.dossier(request.path_params["case"])
        case, state = dossier.case, dossier.case.appointment
        if actor.kind not in {"account", "seat", "party", "reporter"} or not may(held_by(dossier, actor), Action.SEE_SCHEDULE, case.stage):
            raise NotFound("no_case", "There is no such case")
        if state is None or state.fixed is None:
            raise NotFound("no_appointment", "No time is fixed")
        text = calendar(event_of(case, actor, at.settings.base_url, at.settings.office_phone))
        headers = {"Content-Disposition": f'attachment; filename="heyi-{case.code}.ics"'}
        return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)

    async def feed(self, request: Request) -> Response:
        """Whether one's own calendar can be subscribed to; makes its address, which is told once, or ends it."""
        actor, _ = await actor_of(request)
        at = house(request)
        at.rates.spend("times", actor.id)
        if actor.kind != "account" or actor.role not in TAKING_ROLES:
            if actor.kind == "account" and request.method == "GET":
                return JSONResponse({"on": None})
            raise NotAllowed("not_allowed", "Only those who take cases have appointments")
        if request.method == "POST":
            return JSONResponse({"url": f"{at.settings.base_url}/calendar/{await at.doors.links.open_feed(actor.id)}.ics"})
        if request.method == "DELETE":
            await at.doors.links.close_feed(actor.id)
        return JSONResponse({"on": await at.doors.links.has_feed(actor.id)})

    async def subscribed(self, request: Request) -> Response:
        """For a calendar, which has no session: the address is all that it knows."""
        at = house(request)
        at.rates.spend("feed", address_of(request))
        account = await at.doors.links.account_of_feed(request.path_params["token"])
        text = await self._desk.calendar_of(account, at.settings.base_url, at.settings.office_phone)
        return Response(text, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-store"})

    async def invitation(self, request: Request) -> Response:
        """调解邀请函 for one party: with its link and its entry code, which are kept nowhere and so come with the request."""
        actor, _ = await actor_of(request)
        at = house(request)
        at.rates.spend("invitation", actor.id)
        dossier = await at.reader.dossier(request.path_params["case"])
        case, room = dossier.case, dossier.room
        demand(standings(case, actor), Action.INVITE, case.stage)
        asked = await body_of(request, Printed)
        session, name, until = await at.doors.links.seat_of_link(asked.token, asked.code)
        seat = room.seats.get(name) if room is not None and room.id == session else None
        if seat is None or not seat.party or case.mediator is None:
            raise Invalid("unknown_party", "There is no such party in this case", field="token")
        slot = case.appointment.slot if case.appointment is not None else None
        facts = InvitationFacts(
            number=case.number or case.code,
            code=case.code,
            committee=case.mediator.org_name,
            mediator=case.mediator.name,
            name=seat.name,
            start=slot.start if slot is not None else None,
            minutes=slot.minutes if slot is not None else 0,
            place=case.appointment.place if case.appointment is not None and slot is not None else "",
            url=f"{at.settings.base_url}/j#{asked.token}",
            enter=f"{at.settings.base_url}/enter",
            entry_code=digits_of(asked.code),
            until=until,
            phone=at.settings.office_phone,
            on=at.clock.now(),
        )
        work = partial(print_invitation, facts, self._font_dirs)
        data = await asyncio.get_running_loop().run_in_executor(at.pool, work)
        headers = {"Content-Disposition": f'attachment; filename="invitation-{case.code}.pdf"', "Cache-Control": "no-store"}
        return Response(data, media_type="application/pdf", headers=headers)
