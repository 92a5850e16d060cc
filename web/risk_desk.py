"""Reports to the risk platform at the server: commands, and the comparison with what the platform holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from cases import risk as rules
from cases.actor import Actor
from cases.case import Numbering
from cases.commands.risk import RiskCommand
from cases.errors import OutOfTurn, Unavailable
from cases.ports import NotDelivered, RiskPlatform
from storage import risk_queue
from storage.dossier import Dossier
from storage.risk_queue import RiskQueue
from storage.work import Outcome, Store

log = structlog.get_logger("risk")

PAGES = 500
"""Of what a platform holds that are read for one comparison."""


class RiskDesk:
    def __init__(self, store: Store, queue: RiskQueue, platform: RiskPlatform | None) -> None:
        self._store, self._queue, self.platform = store, queue, platform

    async def do(self, command: RiskCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = rules.handle(dossier.case, command, actor, now, self._queue.sends(dossier.case))
            return Outcome(happened, {"version": happened[0].payload["version"]})

        return await self._store.execute(command.case, decide, receipt)

    async def compare(self, region: str) -> rules.Differences:
        """What the platform holds beside what it has acknowledged, of a region. Raises `Refusal`."""
        if self.platform is None:
            raise OutOfTurn("risk_unconnected", "No risk platform is connected")
        # Ours first: what is taken meanwhile is a later version there, and makes none of ours missing.
        ours, others = await risk_queue.known(region)
        theirs = await self._held(self.platform)
        found = rules.compare(ours, others, theirs)
        elsewhere = await risk_queue.known_anywhere(found.unknown)
        found.unknown = [key for key in found.unknown if key not in elsewhere]
        return found

    async def _held(self, platform: RiskPlatform) -> dict[str, str]:
        """Key → hash. Raises `Unavailable`: half a list would show differences that there are not."""
        theirs: dict[str, str] = {}
        after = ""
        try:
            for _ in range(PAGES):
                items, following = await platform.held(after)
                theirs.update(items)
                if not following:
                    return theirs
                if following <= after:
                    raise NotDelivered("garbled")
                after = following
        except NotDelivered as failure:
            log.warning("what the risk platform holds could not be read", reason=failure.reason)
            raise Unavailable("risk_away", "The risk platform does not tell what it holds at present", reason=failure.reason) from None
        raise Unavailable("risk_away", "The risk platform holds more than can be compared", reason="too_many")
