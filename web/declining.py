"""Reports that the centre does not take up, at the server: which other case a matter was reported in before is looked up here, and not believed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases import declining as rules
from cases.actor import Actor
from cases.case import Case, Numbering, standings
from cases.commands.declining import DeclineReport, DecliningCommand
from cases.errors import Invalid, NotFound
from cases.vocabulary import CaseStage, Standing
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store


class DecliningDesk:
    def __init__(self, store: Store, reader: Reader) -> None:
        self._store, self._reader = store, reader

    async def do(self, command: DecliningCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        if isinstance(command, DeclineReport) and command.same:
            # What was done is answered so, whatever has become of the other case since.
            known = await self._reader.receipt(receipt) if receipt else None
            if known is not None:
                return known
            await self._demand_goes_on(command.same, actor)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(rules.handle(dossier.case, command, actor, now), {"stage": str(dossier.case.stage)})

        return await self._store.execute(command.case, decide, receipt)

    async def _demand_goes_on(self, same: str, actor: Actor) -> None:
        """Raises `Invalid`; whether there is such a case elsewhere makes no difference."""
        other = await seen(self._reader, same, actor)
        if other is None:
            raise Invalid("unknown_same", "There is no such case in your region", field="same")
        if other.stage in {CaseStage.DECLINED, CaseStage.WITHDRAWN}:
            raise Invalid("same_is_over", "That case was declined or withdrawn itself; choose the one that goes on", field="same")


async def seen(reader: Reader, case_id: str, actor: Actor) -> Case | None:
    """A case, as far as this actor is its centre."""
    try:
        case = (await reader.dossier(case_id)).case
    except NotFound:
        return None
    return case if Standing.CENTRE in standings(case, actor) else None
