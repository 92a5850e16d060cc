"""`bench sign`: the freeze of a long agreement and five parties who sign at the same moment, on a real server; and each piece of the work by itself."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from benchmarks.agreements import pieces
from benchmarks.draft_sides import INTO_THE_ROOM, add_parties
from benchmarks.draft_writers import add_clauses
from benchmarks.figures import Figure, figure
from benchmarks.parts import Part, chosen, each_once, run_parts
from evidence.verifier import verify_file
from rehearsal import clip
from rehearsal.client import Client
from rehearsal.hand import scribble
from rehearsal.play import Play
from rehearsal.server import serving
from rehearsal.steps import signing
from rehearsal.steps.drafting import draft

FREEZE, PAUSE, FIVE = 1.0, 20.0, 1.5
PAGES = 20
WORDS = "被申请人应当按期向申请人支付墙面修复费用；逾期支付的，按未付金额每日万分之二支付违约金。" * 5
CLAUSES = 52
"""That make so many pages."""
FREEZES = 5
SIGNERS = 5
WATCHERS, PINGS_APART = 8, 0.032
"""Who ask in turn, so that some question comes every four milliseconds; one alone may not ask that often."""


@contextlib.asynccontextmanager
async def session(parties: int = 2) -> AsyncIterator[Play]:
    """A room in which an agreement is drafted that lacks nothing."""
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder, serving(Path(folder) / "data") as server:
        async with Play(server, clip.load(), Path(folder)) as play:
            assert await play.run(INTO_THE_ROOM), play.steps[-1]
            await add_parties(play, parties)
            assert await play.run([("draft", draft)]), play.steps[-1]
            yield play


async def freezes(rounds: int = FREEZES, clauses: int = CLAUSES) -> list[Figure]:
    """From the click until the frozen text, its hash and its certified PDF are there, and the longest that a page had to wait for its server meanwhile."""
    took, paused = [], []
    async with session() as play:
        mediator = play.seats["m"]
        hand = await mediator.open_draft()
        add_clauses(hand.doc, clauses, words=WORDS)
        await mediator.save()
        watchers = [await play.visit(f"public {number}", code=play.code) for number in range(WATCHERS)]
        for _ in range(rounds):
            stop = asyncio.Event()
            watching = asyncio.gather(*(_longest_pause(client, n, stop) for n, client in enumerate(watchers)))
            began = time.perf_counter()
            play.hash = (await mediator.do("freeze"))["hash"]
            took.append(time.perf_counter() - began)
            stop.set()
            paused.append(max(await watching) * 1000)
            assert mediator.doc["agreement"]["pages"] >= PAGES * clauses // CLAUSES, mediator.doc["agreement"]["pages"]
            await mediator.do("object", reason="再改一处")
    return [figure("sign.freeze", f"s, {PAGES} pages", took, goal=FREEZE), figure("sign.freeze.pause", "ms", paused, goal=PAUSE, digits=1)]


async def _longest_pause(client: Client, number: int, stop: asyncio.Event) -> float:
    """Of the answers to pings, one after the other, in seconds."""
    longest = 0.0
    await asyncio.sleep(number * PINGS_APART / WATCHERS)
    while not stop.is_set():
        began = time.perf_counter()
        await client.ping()
        longest = max(longest, time.perf_counter() - began)
        await asyncio.sleep(PINGS_APART)
    return longest


async def five(signers: int = SIGNERS) -> list[Figure]:
    """So many parties who sign at the same moment; all must be valid in the one file that the seal closes."""
    async with session(signers) as play:
        mediator, seats = play.seats["m"], [f"s{number}" for number in range(1, signers + 1)]
        play.hash = (await mediator.do("freeze"))["hash"]
        clauses = [c["id"] for c in mediator.doc["agreement"]["clauses"]]
        for seat in seats:
            for clause in clauses:
                await play.seats[seat].do("confirm_clause", clause=clause, hash=play.hash)
            await play.seats[seat].do("consent", point="signature", given=True)
        await mediator.client.until(lambda: mediator.doc["next"]["missing"] == [])
        await mediator.do("move_stage", to="signing")
        for seat in seats:
            await signing.answer_code(play, seat)
        names = mediator.doc["agreement"]["signers"]

        async def sign(seat: str) -> None:
            await play.seats[seat].do("sign", hash=play.hash, strokes=scribble(), name=names[seat], intent=True)

        began = time.perf_counter()
        await asyncio.gather(*map(sign, seats))
        took = time.perf_counter() - began
        await sign("m")
        began = time.perf_counter()
        await signing.seal(play)
        sealed = time.perf_counter() - began
        host = play.visitors[play.host]
        pdf = await host.http.get(f"/api/agreements/{play.case}/agreement.pdf", params={"as": host.handle})
        anchor = (await host.http.get("/api/anchor")).json()["fingerprint"]
        file = play.folder / "signed.pdf"
        file.write_bytes(pdf.content)
        report = verify_file(file, anchor)
        assert report.ok, [check for check in report.checks if check.status == "fail"]
        fields = PdfFileReader(io.BytesIO(pdf.content)).embedded_regular_signatures
        assert len(fields) == signers + 3, "of the platform, the parties, the mediator and the committee"
    return [figure("sign.five", "s", [took], goal=FIVE), figure("sign.five.seal", "s, checked as a whole", [sealed])]


async def work() -> list[Figure]:
    logging.getLogger("pyhanko").setLevel(logging.ERROR)
    return await asyncio.to_thread(pieces)


PARTS: dict[str, Part] = {
    "sign.freeze": freezes,
    "sign.five": five,
    **dict.fromkeys(("sign.blt", "sign.seal", "sign.pieces"), work),
}


def run(only: Sequence[str] = ()) -> list[Figure]:
    return run_parts(each_once(chosen(PARTS, only)))
