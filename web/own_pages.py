"""Links to parties' own pages: made, and withdrawn with what they opened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases import pages
from cases.actor import Actor
from cases.case import Numbering
from cases.commands.statements import ClosePage, PageCommand
from realtime.session import Code
from storage.dossier import Dossier
from storage.work import Outcome, Store
from web.doors import Doors
from web.nodes import Nodes
from web.scheduling import LINK_STAYS

LASTS = timedelta(days=14)
"""Of a link to a party's own page; times that are arranged later make it last longer."""


class PageDesk:
    def __init__(self, store: Store, doors: Doors, nodes: Nodes, base_url: str) -> None:
        self._store, self._doors, self._nodes, self._base_url = store, doors, nodes, base_url

    async def do(self, command: PageCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        """Answers `url` and `days`, of a link that is made."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = pages.handle(dossier.case, command, actor, now)
            until = dossier.case.appointment.until if dossier.case.appointment is not None else None
            lasts = max(LASTS, until + LINK_STAYS - now) if until is not None else LASTS
            return Outcome(happened, {"lasts": int(lasts.total_seconds())})

        result = await self._store.execute(command.case, decide, receipt)
        if isinstance(command, ClosePage):
            self._nodes.end(await self._doors.links.close_page(command.case, command.party), Code.REVOKED, "this link was withdrawn")
            return {}
        lasts = timedelta(seconds=result["lasts"])
        token, ended = await self._doors.links.issue_page(command.case, command.party, lasts)
        self._nodes.end(ended, Code.REVOKED, "this link was replaced")
        return {"url": f"{self._base_url}/j#{token}", "days": lasts.days}
