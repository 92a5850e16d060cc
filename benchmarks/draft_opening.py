"""One process of `draft.open`: makes a database with a draft of many edits, or opens that draft once and prints milliseconds and MiB.

python -m benchmarks.draft_opening make FOLDER EDITS
python -m benchmarks.draft_opening open FOLDER
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import psutil
from pycrdt import Doc
from tortoise.transactions import in_transaction

from agreements.facts import CaseFacts
from agreements.guard import Grant
from agreements.live import LiveDocument, make_entry
from agreements.schema import KINDS
from agreements.seed import document_name, seed
from benchmarks.agreements import example
from evidence.ledger import GENESIS
from realtime.messages import DraftState, encode
from rehearsal.hand import Hand
from storage import drafts
from storage.database import close_database, open_database
from web.draft import Draft
from web.draft_writing import KEEP_EVERY

NAME = document_name("bench", 1)
AT = "2026-11-23T08:20:00.000Z"
TYPED = 40
"""Letters of a writer after which the next clause is written in; an older half is taken away again."""


async def make(edits: int) -> None:
    """So many edits by one hand, with the snapshots that a server would have kept."""
    first = make_entry(NAME, 1, "server", AT, seed(example()), GENESIS)
    live, grant = LiveDocument(NAME, first), Grant("m", frozenset({7}), True, frozenset(KINDS))
    hand, entries, kept = Hand(7, live.updates_since()), [first], None
    for number in range(edits - 1):
        hand.write(("terms-1", "performance")[number // TYPED % 2], "字")
        live.propose(hand.take(), grant, "drafting")
        entries.append(live.entry("m", AT))
        live.commit()
        if live.seq % KEEP_EVERY == 0 and live.seq <= edits - KEEP_EVERY // 2:
            kept = drafts.Kept(live.compact(), {7: "m"})
    async with in_transaction("default") as connection:
        for start in range(0, len(entries), KEEP_EVERY):
            await drafts.enter(connection, entries[start : start + KEEP_EVERY], None, None)
        await drafts.enter(connection, [], kept, None)


async def load(facts: CaseFacts) -> bytes:
    """As `DraftDesk` does it, to the bytes of the answer."""
    global opened
    kept = await drafts.read_kept(NAME)
    opened = Draft("bench", await drafts.read_log(NAME, kept.snapshot.seq if kept else 0), facts, kept)
    state = DraftState("bench", NAME, 7, opened.live.updates_since(), True, opened.live.seq)
    return encode(state)


async def main(what: str, folder: str, edits: str = "0") -> None:
    await open_database(f"sqlite://{Path(folder) / 'bench.sqlite'}")
    try:
        if what == "make":
            await make(int(edits))
            return
        facts, process = example(), psutil.Process()
        await drafts.read_log("warm")
        Doc()  # the library loads parts of itself with the first one
        before, began = process.memory_info().rss, time.perf_counter()
        answer = await load(facts)
        took, held = time.perf_counter() - began, process.memory_info().rss - before
        assert answer
        print(took * 1000, held / 2**20)
    finally:
        await close_database()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
