"""The draft of a private talk is behind the wall: whatever is done on it, who is outside receives, reads and is answered the same to the byte as if there were none;
and when it is brought back, everybody's text has nothing of it but the proposals. On the real rules, audience, hub and draft desks; what is missing is the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import XmlElement, XmlText

from agreements.commands import AgreeToBring, BringBack, OpenPrivateDraft, SettleRemark
from agreements.live import LogEntry
from agreements.schema import fragment
from agreements.update_format import read_state_vector, varint
from cases.case import Numbering
from cases.errors import Refusal
from cases.ports import Happened
from cases.vocabulary import SessionStage
from realtime.audience import fragments
from realtime.messages import Ask, DraftAwareness, DraftUpdate, Refused, encode
from rehearsal.hand import Hand
from rooms import commands as c
from rooms.record_keeping import note
from storage.dossier import Dossier
from storage.work import Committed
from tests.realtime.simulation import BEGIN, Listener, World
from web import draft_writing, drafting, private_drafts
from web.draft import facts_now
from web.drafting import DraftDesk
from web.private_drafts import PrivateDraftDesk
from web.remarks import RemarkDesk

SECRET, SAID = "只在小间里写过又删掉的底价", "李某愿付"
POOL = ThreadPoolExecutor(1)
SESSION = "case-r1"


class Apart(World):
    """A session whose drafts are written on. It is its own store and reader."""

    def __init__(self) -> None:
        super().__init__(2, 1)
        self.logs: dict[str, list[LogEntry]] = {}
        self.hands: dict[tuple[str, str], Hand] = {}
        shelf: Any = Shelf(self)
        self.drafts = DraftDesk(self.hub, shelf, shelf, self)
        self.drafts.facts = self._facts  # type: ignore[method-assign]
        self.private = PrivateDraftDesk(self.hub, shelf, shelf, self.drafts, self, POOL)
        self.remarks = RemarkDesk(shelf, shelf, self.drafts)

    async def _facts(self, dossier: Any) -> Any:
        return facts_now(dossier, "县调委会")

    def now(self) -> datetime:
        """Stands still within a step: what happens inside must not show in a time."""
        self._now = BEGIN + timedelta(seconds=self.step)
        return self._now

    @contextmanager
    def stored(self) -> Iterator[None]:
        async def read_log(document: str, after: int = 0) -> list[LogEntry]:
            return self.logs[document][after:]

        async def read_first(document: str) -> LogEntry:
            return self.logs[document][0]

        async def read_kept(document: str) -> None:
            return None

        with (
            patch.object(drafting, "read_log", read_log),
            patch.object(drafting, "read_kept", read_kept),
            patch.object(private_drafts, "read_first", read_first),
            patch.object(draft_writing, "TICK", 0.0),
            patch.object(draft_writing, "JUDGE_EVERY", 0.0),
        ):
            yield

    async def do(self, seat: str, command: Any) -> bool:
        done = await super().do(seat, command)
        self.drafts.follow(self.dossier)
        return done

    async def decided(self, decide: Any) -> dict[str, Any]:
        before, after = (msgspec.convert(msgspec.to_builtins(self.dossier), Dossier) for _ in range(2))
        now = self.now()
        outcome = decide(after, Numbering(new_id="0" * 16), now)
        assert after.room is not None
        happened = [*outcome.happened, *note(after.room, outcome.happened, now)]
        for entry in outcome.draft:
            self.logs.setdefault(entry.document, []).append(entry)
        self.entered += happened
        if after != before:
            self.dossier = after
            await self.publish(before)
            self.drafts(Committed("case", before, after, [], happened))
        return dict(outcome.result)

    async def asked(self, seat: str, message: Any) -> bool:
        """A message about drafts; whether it was answered, not refused."""
        line: Any = self.listeners[seat]
        desk = self.private if isinstance(message, Ask) and message.what == "draft_changes" else self.drafts
        return await self._answered(line, desk.handle(line, message))

    async def commanded(self, seat: str, command: Any) -> bool:
        desk: Any = self.remarks if isinstance(command, SettleRemark) else self.private
        return await self._answered(self.listeners[seat], desk.do(command, self.actor(seat), ""))

    async def _answered(self, line: Listener, work: Any) -> bool:
        try:
            await work
        except Refusal as refusal:
            line.write(encode(Refused("k", refusal.code, refusal.message, refusal.detail, refusal.retry)))
            return False
        finally:
            await self.settle()
        return True

    async def open(self, seat: str, document: str) -> Hand:
        """A copy of a draft as a seat holds it."""
        assert await self.asked(seat, Ask("k", "draft_open", SESSION, document=document))
        draft = next(one for one in self.drafts._drafts.values() if one.private == bool(document))
        client = draft.open[self.listeners[seat]].client  # type: ignore[index]
        self.hands[seat, document] = Hand(client, draft.live.updates_since())
        return self.hands[seat, document]


class Shelf:
    """The world as store and reader."""

    def __init__(self, world: Apart) -> None:
        self._world = world

    async def dossier(self, case: str) -> Dossier:
        return self._world.dossier

    async def dossier_of(self, topic: str) -> Dossier:
        return self._world.dossier

    async def receipt(self, receipt: str) -> None:
        return None

    async def execute(self, case: str, decide: Any, receipt: str = "", **more: Any) -> dict[str, Any]:
        return await self._world.decided(decide)


WORK = ("write", "erase", "clause", "gone", "cursor", "again", "changes", "agree", "too_large", "close", "chat", "everybodys")
TALKS = st.lists(st.tuples(st.sampled_from(WORK), st.integers(0, 3)), max_size=7)
OUTSIDE = st.lists(st.sampled_from(("hand", "camera", "probe")), max_size=3)


async def work(world: Apart, what: str, number: int, document: str) -> None:
    """Something on the private draft."""
    seat = ("m", "s1")[number % 2]
    hand = world.hands[seat, document]
    clause = hand.clause("terms-1") if "terms-1" in _ids(hand) else None
    match what:
        case "write" if clause is not None:
            hand.write("terms-1", f"{SAID}{number}元。")
        case "erase" if clause is not None:
            text = XmlText(SECRET)
            clause.children[0].children.append(text)
            await world.asked(seat, DraftUpdate("k", SESSION, document, hand.take()))
            del text[0 : len(text)]
        case "clause":
            element = XmlElement(
                "clause", {"id": f"terms-n{len(hand.clauses)}", "kind": "terms", "title": "", "status": "open", "locked_by": ""}
            )
            fragment(hand.doc).children.append(element)
            element.children.append(XmlElement("paragraph"))
            element.children[0].children.append(XmlText(f"{SAID}另一条。"))
        case "gone" if clause is not None and seat == "m" and any(one.startswith("terms-n") for one in _ids(hand)):
            del fragment(hand.doc).children[_ids(hand).index("terms-1")]
        case "cursor":
            state = b'{"cursor":{"at":1}}'
            await world.asked(
                seat,
                DraftAwareness(SESSION, document, varint(1) + varint(hand.doc.client_id) + varint(number) + varint(len(state)) + state),
            )
        case "everybodys":
            await world.asked(seat, Ask("k", "draft_open", SESSION))
        case "again":
            await world.open(seat, document)
        case "changes":
            await world.asked(seat, Ask("k", "draft_changes", SESSION, document=document))
        case "agree":
            await world.commanded("s1", AgreeToBring("case", await digest(world, document)))
        case "too_large":
            assert not await world.asked(seat, DraftUpdate("k", SESSION, document, b"0" * 70_000))
        case "close":
            await world.asked(seat, Ask("k", "draft_close", SESSION, document=document))
            await world.open(seat, document)
        case "chat":
            await world.do(seat, c.Say("case", SECRET))
    update = world.hands[seat, document].take()
    if len(update) > 2:
        assert await world.asked(seat, DraftUpdate("k", SESSION, document, update))
        draft = world.drafts._drafts[document]
        while draft.running is not None:
            await asyncio.sleep(0)
        for (_, of), other in world.hands.items():
            if of == document:
                other.receive(draft.live.updates_since())


def _ids(hand: Hand) -> list[str]:
    return [str(one.attributes["id"]) for one in hand.clauses]


async def digest(world: Apart, document: str) -> str:
    async with world.private._both(world.dossier, document) as texts:
        return private_drafts.digest_of([one.change for one in await world.private._crossed(world.dossier, texts)])


async def probe(world: Apart, seat: str, document: str) -> None:
    """Whatever somebody outside may try who has guessed the name."""
    for what in ("draft_open", "draft_changes", "draft_close"):
        await world.asked(seat, Ask("k", what, SESSION, document=document))
    await world.asked(seat, DraftUpdate("k", SESSION, document, b"\0\0"))
    await world.asked(seat, DraftAwareness(SESSION, document, b"\1\1\1\2{}"))
    for command in (OpenPrivateDraft("case"), OpenPrivateDraft("case", True), AgreeToBring("case", "0" * 64), BringBack("case", "")):
        await world.commanded(seat, command)


async def play(begun: bool, talks: list[tuple[str, int]] | None, outside: list[str]) -> Apart:
    """`begun`: everybody's text is there before the talk. `talks` None: no private draft is made."""
    world = Apart()
    with world.stored():
        for listener in world.listeners.values():
            listener.disconnected = False  # type: ignore[attr-defined]
        await world.listen()
        assert world.dossier.room is not None
        world.dossier.room.stage = SessionStage.OPTIONS
        if begun:
            for seat in ("m", "s1", "s2"):
                await world.open(seat, "")
        world.step = 10
        assert await world.do("m", c.OpenCaucus("case", ["s1"]))
        world.step = 11
        document = "agreement/case-c10/1"
        if talks is not None:
            assert await world.commanded("s1", OpenPrivateDraft("case", True))
            for seat in ("m", "s1"):
                await world.open(seat, document)
        for number, what in enumerate(outside or ["probe"]):
            world.step = 20 + number
            for kind, n in (talks or [])[number :: max(1, len(outside))]:
                await work(world, kind, n, document)
            match what:
                case "hand":
                    await world.do("s2", c.RaiseHand("case", number % 2 == 0))
                case "camera":
                    await world.do("s2", c.SetMedia("case", "camera", number % 2 == 0))
                case "probe":
                    for seat in ("s2", "e1"):
                        await probe(world, seat, document)
    return world


async def ended(world: Apart) -> None:
    with world.stored():
        world.step = 40
        assert await world.do("m", c.CloseCaucus("case"))
        world.step = 41
        for seat in ("s2", "e1"):
            await probe(world, seat, "agreement/case-c10/1")
        world.step = 42
        await world.open("s2", "")


def seen(world: Apart) -> dict[str, Any]:
    """All that those outside can read, now and in what is kept."""
    views = fragments(world.dossier)
    outside = ("s2", "e1", "centre", "public")
    return {
        "frames": {name: world.listeners[name].frames for name in outside},
        "documents": {name: doc for name, doc in views.items() if name.rpartition("|")[2] not in {"m", "s1", "inside"}},
        "positions": {name: at for name, at in world.at.items() if name.rpartition("|")[2] not in {"m", "s1", "inside"}},
        "chain": [msgspec.to_builtins(event) for event in world.entered if event.chain == "main"],
        "log": world.logs.get("agreement/case/1", []),
        "lacks": world.dossier.agreement.missing if world.dossier.agreement else None,
        "remarks": world.dossier.agreement.remarks if world.dossier.agreement else None,
    }


def without_lots(found: dict[str, Any]) -> dict[str, Any]:
    """Client ids and the epochs of live streams are drawn by lot: what tells of them is compared by its length."""
    by_lot = (b"draft_state", b"live/")
    frames = {
        name: [(step, len(data) if any(one in data for one in by_lot) else data) for step, data in told]
        for name, told in found["frames"].items()
    }
    return found | {"frames": frames}


@settings(max_examples=25)
@given(st.booleans(), TALKS, OUTSIDE)
def test_from_outside_nothing_tells_whether_there_is_a_private_draft(begun: bool, talks: list[tuple[str, int]], outside: list[str]) -> None:
    async def both() -> None:
        busy, silent = await play(begun, talks, outside), await play(begun, None, outside)
        assert without_lots(seen(busy)) == without_lots(seen(silent))
        for world in (busy, silent):
            await ended(world)
        assert without_lots(seen(busy)) == without_lots(seen(silent)), "nor afterwards, when it was not brought back"
        for name in ("s2", "e1", "centre", "public"):
            assert SECRET.encode() not in busy.listeners[name].heard and SAID.encode() not in busy.listeners[name].heard

    asyncio.run(both())


@settings(max_examples=15)
@given(st.booleans(), TALKS)
def test_what_comes_back_is_the_proposals_and_nothing_else(begun: bool, talks: list[tuple[str, int]]) -> None:
    async def run() -> None:
        document = "agreement/case-c10/1"
        world = await play(begun, [("erase", 0), ("write", 1), *talks], [])
        hands = {hand.doc.client_id for (_, of), hand in world.hands.items() if of == document}
        apart = world.drafts._drafts[document].live
        with world.stored():
            world.step = 30
            agreed = await digest(world, document)
            assert not await world.commanded("m", BringBack("case", agreed + "0"))
            assert await world.commanded("s1", AgreeToBring("case", agreed))
            assert await world.commanded("m", BringBack("case", agreed))
            assert world.dossier.room is not None and world.dossier.room.caucus is None, "everybody is called back"
            agreement = world.dossier.agreement
            assert agreement is not None
            proposed = [one.proposal for one in agreement.remarks if one.proposal is not None]
            assert proposed and {one.seat for one in agreement.remarks} == {"m"}
            for remark in list(agreement.remarks):
                assert await world.commanded("m", SettleRemark("case", remark.id, True))
            draft = await world.drafts.draft(world.dossier)
        now, then = draft.live.content()["clauses"], apart.content()["clauses"]
        assert [{**one, "status": ""} for one in now] == [{**one, "status": ""} for one in then]
        state = draft.live.updates_since()
        assert not hands & set(read_state_vector(draft.live.state_vector()))
        assert SECRET.encode() not in state and SECRET.encode() in apart.updates_since() + b"".join(e.update for e in world.logs[document])
        heard = b"".join(world.listeners[name].heard for name in ("s2", "e1", "centre", "public"))
        assert SECRET.encode() not in heard
        said = "".join(text for one in proposed for _, text in one.pieces)
        written = "".join(text for one in now for block in one["blocks"] for text in str(block))
        assert SAID not in written or SAID in said

    asyncio.run(run())


def test_the_wall_is_tested_with_something_behind_it() -> None:
    async def run() -> None:
        world = await play(True, [("write", 0), ("write", 1), ("cursor", 0), ("agree", 0)], [])
        assert SAID.encode() in world.listeners["s1"].heard and SAID.encode() in world.listeners["m"].heard
        assert len(world.logs["agreement/case-c10/1"]) == 3
        kinds = [event.kind for event in world.entered if event.chain == "case-c10"]
        assert kinds == ["private_draft.opened", "private_draft.agreed"]
        assert isinstance(world.entered[-1], Happened)

    asyncio.run(run())
