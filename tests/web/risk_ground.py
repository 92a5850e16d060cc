"""Cases, a queue and senders over a database of its own, without a web server, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cases import risk
from cases.actor import Actor
from cases.case import Mediator, Numbering, open_case
from cases.casework import handle
from cases.commands.casework import Classify, Report
from cases.commands.risk import ReportRisk, RiskCommand
from cases.ports import RiskPlatform
from cases.risk_report import RiskSync
from cases.vocabulary import CaseStage, Channel, RiskLevel, RiskReason, Role
from realtime import audience, patch
from storage.database import reads
from storage.dossier import Dossier
from storage.models.risk import RiskVersion
from storage.risk_queue import RiskQueue
from storage.work import Committed, Outcome, Store
from tests.web.post import CENTRE, Post, opened
from web.risk_sender import RiskSender

WANG = Actor("account", "wang", "王某", Role.MEDIATOR, "committee", "139901")
TYPES = ("邻里", "合同", "物业")


class Ground:
    def __init__(self, post: Post, connected: bool, synthetic: bool) -> None:
        self.post, self.clock, self.reader = post, post.clock, post.reader
        self.queue = RiskQueue(post.writer, connected, synthetic, "0300-8821234")
        self.committed: list[Committed] = []
        self.store = Store(
            post.writer, post.clock, audience.fragments, patch.diff, self.committed.append, outbox=post.outbox, risks=self.queue
        )

    def sender(self, platform: RiskPlatform | None, node: str = "one", **options: timedelta) -> RiskSender:
        return RiskSender(platform, self.queue, self.store, self.clock, node, lambda: 0.5, **options)

    async def case(self, synthetic: bool = False, region: str = "139901001") -> str:
        """One that wang has."""

        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            asked = Report(title="楼上漏水", facts="协商未果", region=region, name="郑某", phone="13800005555")
            case, happened = open_case(asked, numbering, now, [], "城关镇", synthetic)
            case.stage, case.mediator = CaseStage.REPORTED, Mediator("wang", "王某", "committee", "县调委会")
            return Dossier(case), Outcome(happened, {"case": case.id})

        return str((await self.store.create(make))["case"])

    async def reported(self, level: RiskLevel = RiskLevel.RED, **options: Any) -> str:
        case_id = await self.case(**options)
        await self.do(ReportRisk(case_id, level, RiskReason.THREAT, "扬言要点火烧房"))
        return case_id

    async def do(self, command: RiskCommand, actor: Actor = WANG, receipt: str = "") -> dict[str, Any]:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = risk.handle(dossier.case, command, actor, now, self.queue.sends(dossier.case))
            return Outcome(happened, {"version": happened[0].payload["version"]})

        return await self.store.execute(command.case, decide, receipt)

    async def change(self, case_id: str, n: int) -> None:
        """Something that follows, by a command that knows nothing of risks."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(handle(dossier.case, Classify(case_id, TYPES[n % len(TYPES)]), CENTRE, now, numbering))

        await self.store.execute(case_id, decide)

    async def rows(self, **of: object) -> list[RiskVersion]:
        return await RiskVersion.filter(**of).using_db(reads()).order_by("case_id", "version")

    async def sync(self, case_id: str) -> RiskSync:
        report = (await self.reader.dossier(case_id)).case.risk
        assert report is not None
        return report.sync

    async def until_settled(self, *senders: RiskSender, minutes: int = 60 * 72) -> None:
        """Rounds, and time between them, until nothing waits."""
        for _ in range(minutes):
            for sender in senders:
                while await sender.round():
                    pass
            if not await RiskVersion.filter(next_at__not_isnull=True).using_db(reads()).exists():
                return
            self.clock.move(minutes=1)
        raise AssertionError("something still waits")


@asynccontextmanager
async def ground(folder: Path, connected: bool = True, synthetic: bool = False) -> AsyncIterator[Ground]:
    async with opened(folder, Channel.PAGE) as post:
        yield Ground(post, connected, synthetic)
