"""A sender as a process to be killed: it enters versions where there are none yet, says so, and sends until all are settled, a line for each round that did something.

Arguments: the database, the platform's address, cases, changes of each, and a moment from which its clock runs 600 times as fast as others.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from cases.delivery import parse_quiet_hours
from realtime import audience
from storage.database import close_database, open_database, reads
from storage.models.risk import RiskVersion
from storage.outbox import Outbox
from storage.reading import Reader
from storage.writer import Writer
from tests.schema import INSTALLATION
from tests.web.post import Post
from tests.web.risk_ground import Ground
from tests.web.risk_platform import SECRET
from web.risk_remote import RemoteRiskPlatform

FASTER = 600
HELD_FOR = timedelta(seconds=360)
PATIENCE = 0.4
"""Seconds that nothing is said for: less than a row is held for."""


class FastClock:
    def __init__(self, since: float) -> None:
        self._since = since

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._since + (time.time() - self._since) * FASTER, UTC)


class KilledPost(Post):
    """On a database that is there already."""

    def __init__(self, writer: Writer, since: float) -> None:
        self.writer, self.clock = writer, FastClock(since)  # type: ignore[assignment]
        self.outbox = Outbox(writer, frozenset(), parse_quiet_hours("22:00-08:00"))
        self.reader = Reader(audience.fragments, audience.rows)


@asynccontextmanager
async def reopened(url: str, since: float) -> AsyncIterator[Ground]:
    await open_database(url, INSTALLATION)
    writer = Writer(single=url.startswith("sqlite"))
    writer.start()
    try:
        yield Ground(KilledPost(writer, since), connected=True, synthetic=False)
    finally:
        await writer.stop()
        await close_database()


async def main(database: str, url: str, cases: int, changes: int, since: float) -> None:
    async with reopened(database, since) as ground:
        if not await RiskVersion.all().using_db(reads()).exists():
            for case_id in [await ground.reported() for _ in range(cases)]:
                for n in range(changes):
                    await ground.change(case_id, n)
        print("entered", flush=True)
        sender = ground.sender(
            RemoteRiskPlatform(url, SECRET.encode(), seconds=PATIENCE), node=f"{time.time_ns() % 10**8}", held_for=HELD_FOR
        )
        while await RiskVersion.filter(next_at__not_isnull=True).using_db(reads()).exists():
            if await sender.round():
                print("sent", flush=True)
            else:
                await asyncio.sleep(0.01)
        print("settled", flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
