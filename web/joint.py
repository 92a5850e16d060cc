"""Joint mediation at the server: whom of an organisation a request is put to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from cases import joint_mediation as rules
from cases.actor import Actor
from cases.calendar import county_day
from cases.case import Case, Numbering, standings
from cases.commands.joint import AskJoint, JointCommand
from cases.errors import NotFound
from cases.permissions import demand
from cases.ports import Clock
from cases.proposing import Candidate
from cases.vocabulary import TAKING_ROLES, Action
from storage.contacts import contact_of
from storage.database import reads
from storage.dossier import Dossier
from storage.models.people import Account, Organisation
from storage.reading import Reader
from storage.work import Outcome, Store
from web.between import past_between

COUNTY = 6
"""Digits of a county's code: organisations of the whole county may assist, of whatever township."""


class JointDesk:
    def __init__(self, store: Store, reader: Reader, clock: Clock) -> None:
        self._store, self._reader, self._clock = store, reader, clock

    async def do(self, command: JointCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        """Answers the `share` that was asked for."""
        if isinstance(command, AskJoint):
            command = await self._put_to(command, actor)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = rules.handle(dossier.case, command, actor, now)
            return Outcome(happened, {"share": dossier.case.joint[-1].id} if isinstance(command, AskJoint) else {})

        return await self._store.execute(command.case, decide, receipt)

    async def _put_to(self, command: AskJoint, actor: Actor) -> AskJoint:
        """Whom it is put to; the client's own idea of them is not believed."""
        case = (await self._reader.dossier(command.case)).case
        demand(standings(case, actor), Action.ASK_JOINT, case.stage)
        org = await Organisation.filter(id=command.org[:32], region__startswith=case.region[:COUNTY]).using_db(reads()).first()
        if org is None:
            raise NotFound("no_organisation", "There is no such organisation")
        able, _ = await people_of(self._reader, case, county_day(self._clock.now()), org.id)
        return msgspec.structs.replace(command, to=[one.id for one in able], org_name=org.name)


async def people_of(reader: Reader, case: Case, today: date, org: str = "") -> tuple[list[Account], dict[str, dict[str, str]]]:
    """Who could be asked, of one organisation or of all but the lead's; and account → why not, of the others."""
    asked = Account.filter(role__in=TAKING_ROLES, region__startswith=case.region[:COUNTY], disabled=False).using_db(reads())
    rows = await (asked.filter(org=org) if org else asked.exclude(org=case.mediator.org if case.mediator else "")).order_by("name", "id")
    past = await past_between(reader, case, case.region[:COUNTY])
    able: list[Account] = []
    left_out: dict[str, dict[str, str]] = {}
    for row in rows:
        away = date.fromisoformat(row.away_until) if row.away_until else None
        against = rules.why_not(case, Candidate(row.id, row.name, row.region, phone=contact_of(row).phone, away_until=away), past, today)
        if against is None:
            able.append(row)
        else:
            left_out[row.id] = {"name": row.name, "org": row.org, "code": against.code, "word": against.word}
    return able, left_out
