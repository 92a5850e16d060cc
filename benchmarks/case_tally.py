"""What one event costs the numbers of the walls, of a county and its townships, over all cases; and that they are those of a count from the beginning, to the byte.

python -m benchmarks.case_tally URL EVENTS prints the milliseconds of each event, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

import msgspec

from benchmarks.case_ground import COUNTY, MEDIATORS, TOWNSHIPS
from cases import township_wall
from cases.counted import ACTIVE, Counted
from cases.tally import Tally
from cases.vocabulary import CaseStage
from storage import counting
from storage.database import close_database, open_database, reads


async def measure(url: str, events: int) -> list[float]:
    await open_database(url)
    try:
        known = [row async for rows in counting.everything(reads(), True) for row in rows if row[2].region.startswith(COUNTY)]
    finally:
        await close_database()
    kept, now_counts = Tally(), {case: (seq, one) for case, seq, one in known}
    for case, (seq, one) in now_counts.items():
        kept.put(case, seq, one)
    took, seed, mediators, beside = [], random.Random(3), [f"m{n:02}" for n in range(MEDIATORS)], dict[str, tuple[int | str, ...]]()
    for n in range(events):
        case = seed.choice(known)[0]
        seq, one = now_counts[case]
        changed = _moved(one, seed)
        began = time.process_time()
        moved, now = kept.put(case, seq + 1, changed), datetime.now(UTC) + timedelta(seconds=n)
        kept.numbers(now, TOWNSHIPS, mediators)
        told = township_wall.tables(kept, TOWNSHIPS, now)
        for code in TOWNSHIPS:
            if code in moved or beside.get(code) != told.of(code):
                beside[code] = told.of(code)
                township_wall.document(kept, told, code, now, TOWNSHIPS, mediators)
        took.append((time.process_time() - began) * 1000)
        now_counts[case] = seq + 1, changed
    anew = Tally()
    for case, (seq, one) in now_counts.items():
        anew.put(case, seq, one)
    assert kept.encoded() == anew.encoded(), "the numbers are not those of a count from the beginning"
    return took


def _moved(one: Counted, seed: random.Random) -> Counted:
    """As some change leaves it: on to another stage, or another day as its term."""
    now = datetime.now(UTC).replace(microsecond=0)
    if one.stage in ACTIVE and seed.random() < 0.5:
        return msgspec.structs.replace(one, due=now + timedelta(days=seed.randrange(-5, 40)))
    stage = seed.choice([CaseStage.ACCEPTED, CaseStage.MEDIATING, CaseStage.AGREED, CaseStage.CLOSED])
    over = stage in {CaseStage.AGREED, CaseStage.CLOSED}
    return msgspec.structs.replace(
        one,
        stage=stage,
        mediator=one.mediator or "m01",
        accepted_at=one.accepted_at or now,
        agreed_at=now if over else None,
        ended_at=now if over else None,
        closed_at=now if stage is CaseStage.CLOSED else None,
    )


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2])))))
