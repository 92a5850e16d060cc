"""An outbox with its couriers over a database of its own, without a web server, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cases.actor import Actor
from cases.case import Case, Mediator, Numbering, open_case
from cases.casework import handle
from cases.clock import COUNTY_TIME
from cases.commands.casework import Dispatch, Report
from cases.delivery import parse_quiet_hours
from cases.obligation import Obligation, Performance
from cases.ports import Letter, Notifier
from cases.vocabulary import CaseStage, Channel, Role
from realtime import audience, patch
from storage.contacts import Contact, sealed
from storage.database import close_database, migrate, open_database, reads
from storage.dossier import Dossier
from storage.models.notices import OutboxRow
from storage.models.people import Account
from storage.outbox import Outbox
from storage.reading import Reader
from storage.work import Committed, Outcome, Store
from storage.writer import Writer
from tests.schema import INSTALLATION
from web.courier import Courier
from web.rates import Rates

CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
PHONE, MAIL, PARTY = "13800001111", "wang@example.cn", "13800005555"


class MovedClock:
    """Noon in the county, until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 4, 12, tzinfo=COUNTY_TIME).astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Kept:
    """A channel that keeps what it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.fails: Exception | None = None

    async def deliver(self, letter: Letter) -> None:
        if self.fails is not None:
            raise self.fails
        self.letters.append(letter)


class Post:
    def __init__(self, writer: Writer, channels: frozenset[Channel], limit: int) -> None:
        self.writer, self.clock, self.rates = writer, MovedClock(), Rates()
        self.quiet = parse_quiet_hours("22:00-08:00")
        self.outbox = Outbox(writer, channels, self.quiet, limit)
        self.committed: list[Committed] = []
        self.store = Store(writer, self.clock, audience.fragments, patch.diff, self.committed.append, outbox=self.outbox)
        self.reader = Reader(audience.fragments, audience.rows)

    def courier(self, channel: Channel, notifier: Notifier) -> Courier:
        return Courier(channel, notifier, self.outbox, self.reader, self.clock, self.quiet, self.rates, "https://heyi.example.cn")

    async def order(self, *to: str, synthetic: bool = False) -> str:
        """A case, reported and offered."""
        case_id = await self.report(synthetic)
        await self.offer(case_id, *to)
        return case_id

    async def report(self, synthetic: bool = False) -> str:
        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            asked = Report(title="楼上漏水", facts="协商未果", region="139901001", name="郑某", phone=PARTY)
            case, happened = open_case(asked, numbering, now, [], "城关镇", synthetic)
            return Dossier(case), Outcome(happened, {"case": case.id})

        return str((await self.store.create(make))["case"])

    async def offer(self, case_id: str, *to: str) -> None:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(handle(dossier.case, Dispatch(case_id, list(to), names=list(to)), CENTRE, now, numbering))

        await self.store.execute(case_id, decide)

    async def owing(self, due: str) -> str:
        """An agreed case of wang's in which the party owes something by a day."""
        case_id = await self.order("wang")

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            case: Case = dossier.case
            case.stage, case.mediator, case.number = CaseStage.AGREED, Mediator("wang", "王某", "", ""), "安和人调字〔2026〕第00001号"
            case.performance = Performance([Obligation("o1", "付款", debtor="p1", due=due)], made=1)
            return Outcome()

        await self.store.execute(case_id, decide)
        return case_id

    async def rows(self, **of: object) -> list[OutboxRow]:
        return await OutboxRow.filter(**of).using_db(reads()).order_by("id")


_fresh: list[bytes] = []


async def _migrated(path: Path) -> None:
    """A database without rows. Migrations take a second, a copy of what they have made takes none."""
    if not _fresh:
        await migrate(f"sqlite://{path}")
        _fresh.append(path.read_bytes())
    path.write_bytes(_fresh[0])


@asynccontextmanager
async def opened(folder: Path, *channels: Channel, limit: int = 100) -> AsyncIterator[Post]:
    """With wang, who can be reached by every way, li, who can by none but the page, the centre, and one centre that is another county's."""
    path = folder / "heyi.sqlite3"
    folder.mkdir()
    await _migrated(path)
    await open_database(f"sqlite://{path}", INSTALLATION)
    writer = Writer(single=True)
    writer.start()
    try:
        for key, role, region in (
            ("wang", "mediator", "139901"),
            ("li", "mediator", "139901"),
            ("centre", "centre", "139901"),
            ("far", "centre", "139902"),
        ):
            contact = sealed(key, {"wang": Contact(PHONE, MAIL), "centre": Contact(email="centre@example.cn")}.get(key, Contact()))
            await Account.create(id=key, login=key, name="某某", role=role, region=region, contact=contact)
        yield Post(writer, frozenset(channels), limit)
    finally:
        await writer.stop()
        await close_database()
