"""The whole way of one case, played against a real server process by headless people with real encoded media.

Report → dispatch → accept → session → join → consents → statements → caucus → expert → draft by several hands → freeze → confirm → sign →
seal → evidence bundle → verify. Each step is timed; the first that does not hold ends the play. Operators use it to check an installation.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack

from evidence.verifier import verify_file
from rehearsal.client import Client, Refused, Visitor
from rehearsal.clip import Clip
from rehearsal.hand import scribble
from rehearsal.seat import Seat
from rehearsal.server import Server
from storage.backup import make_backup, restore_backup

REPORT = {
    "title": "院墙渗水",
    "facts": "李某家西侧屋檐雨水流向赵某院墙，墙面受潮剥落。双方对排水改造和修补费有争议，愿意在线调解。",
    "region": "139901001",
    "name": "李某",
    "phone": "13800001234",
    "id_number": "11010519491231002X",
    "address": "安和县城关镇东街",
}


@dataclass
class Step:
    name: str
    ok: bool
    ms: int
    detail: str = ""


@dataclass
class Figure:
    name: str
    value: float
    unit: str


@dataclass
class Play:
    """One run: its people, its steps, its figures. `recording` False plays the variant in which a party refuses to be recorded."""

    server: Server
    clip: Clip
    folder: Path
    recording: bool = True
    told: Callable[[Step], None] = lambda step: None
    steps: list[Step] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    case: str = ""
    code: str = ""
    session: str = ""
    bundle: Path | None = None
    visitors: dict[str, Visitor] = field(default_factory=dict)

    async def run(self) -> bool:
        """Play everything; True when every step held."""
        async with AsyncExitStack() as stack:
            self.stack = stack
            for name, step in self._script():
                if not await self._step(name, step()):
                    return False
        return True

    def _script(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, str]]]]:
        script: list[tuple[str, Callable[[], Coroutine[Any, Any, str]]]] = [
            ("everybody signs in", self._sign_in),
            ("a resident reports", self._report),
            ("the centre classifies and dispatches", self._dispatch),
            ("two accept at once, one wins", self._accept),
            ("the mediator opens a session", self._open),
            ("parties join by their links", self._join),
            ("they see and hear each other", self._media),
            ("notice, statements", self._statements),
            ("a private talk stays private", self._caucus),
            ("an expert joins for ten minutes", self._expert),
            ("they draft together", self._draft),
            ("freeze: hash and PDF", self._freeze),
            ("clause by clause", self._confirm),
            ("everybody signs", self._sign),
            ("the committee seals", self._seal),
            ("wall and public page have moved", self._watched),
            ("evidence bundle", self._export),
            ("verification", self._verify),
            ("backup while serving, restored elsewhere", self._restore),
        ]
        return script

    async def _step(self, name: str, work: Coroutine[Any, Any, str]) -> bool:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(60):
                detail, ok = await work, True
        except (AssertionError, TimeoutError, Refused, KeyError, StopIteration, OSError) as error:
            detail, ok = f"{type(error).__name__}: {error}", False
        step = Step(name, ok, round((time.perf_counter() - began) * 1000), detail)
        self.steps.append(step)
        self.told(step)
        return ok

    def _figure(self, name: str, value: float, unit: str) -> None:
        self.figures.append(Figure(name, round(value, 1), unit))

    # people

    async def _visit(self, role: str, link: str = "", code: str = "") -> Client:
        visitor = Visitor(self.server)
        self.visitors[role] = visitor
        if link:
            await visitor.open(link, take_over=True)
        self.stack.push_async_callback(visitor.http.aclose)
        client = await self.stack.enter_async_context(visitor.connect(code=code))
        self.clients[role] = client
        return client

    async def _sign_in(self) -> str:
        links = self.server.links
        for role, link in (("centre", "centre"), ("wang", "mediator"), ("chen", "second mediator"), ("wall", "wall")):
            await self._visit(role, links[link])
        await self.clients["centre"].follow("centre/139901")
        await self.clients["wang"].follow("desk/wang")
        await self.clients["chen"].follow("desk/chen")
        self.before = await self.clients["wall"].follow("wall/139901")
        return f"{len(self.clients)} people"

    async def _report(self) -> str:
        visitor = Visitor(self.server)
        self.stack.push_async_callback(visitor.http.aclose)
        answer = await visitor.http.post(
            "/api/reports", data={"report": json.dumps(REPORT)}, headers={"Idempotency-Key": f"rehearsal-{time.time_ns()}"}
        )
        assert answer.status_code == 200, answer.text
        self.case, self.code = answer.json()["case"], answer.json()["code"]
        centre = self.clients["centre"]
        await centre.until(lambda: self.case in centre.docs["centre/139901"]["cases"])
        public = await self._visit("public", code=self.code)
        await public.follow(f"code/{self.code}")
        return self.code

    async def _dispatch(self) -> str:
        centre, wang, chen = self.clients["centre"], self.clients["wang"], self.clients["chen"]
        await centre.do({"t": "classify", "case": self.case, "dispute_type": "邻里"})
        await centre.do({"t": "dispatch", "case": self.case, "to": ["wang", "chen"], "mode": "assign"})
        await wang.until(lambda: self.case in wang.docs["desk/wang"].get("orders", {}))
        await chen.until(lambda: self.case in chen.docs["desk/chen"].get("orders", {}))
        return "交办"

    async def _accept(self) -> str:
        wang, chen = self.clients["wang"], self.clients["chen"]
        first = asyncio.create_task(wang.do({"t": "accept", "case": self.case}))
        await asyncio.sleep(0)
        second = asyncio.create_task(chen.do({"t": "accept", "case": self.case}))
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        won = [o for o in outcomes if isinstance(o, dict)]
        lost = [o for o in outcomes if isinstance(o, Refused)]
        assert len(won) == 1 and len(lost) == 1, outcomes
        assert lost[0].code == "already_accepted"
        self.host = "wang" if isinstance(outcomes[0], dict) else "chen"
        return f"{won[0]['number']}, {lost[0].detail['by']} was faster"

    async def _open(self) -> str:
        host = self.clients[self.host]
        await host.do(
            {
                "t": "add_party",
                "case": self.case,
                "name": "赵某",
                "capacity": "respondent",
                "id_number": "440524188001010014",
                "address": "城关镇东街",
            }
        )
        self.session = (await host.do({"t": "open_session", "case": self.case}))["session"]
        await host.follow(f"room/{self.session}")
        self.seats["m"] = Seat(host, "m", self.session, self.case, self.clip)
        self.stack.push_async_callback(self.seats["m"].close)
        return self.session

    async def _enter(self, seat: str, link: str, consents: dict[str, bool]) -> None:
        client = await self._visit(seat, link)
        await client.follow(f"room/{self.session}")
        self.seats[seat] = Seat(client, seat, self.session, self.case, self.clip)
        self.stack.push_async_callback(self.seats[seat].close)
        for point, given in consents.items():
            await self.seats[seat].do("consent", point=point, given=given)
        await self.seats[seat].do("knock")
        mediator = self.seats["m"]
        await mediator.client.until(lambda: mediator.doc["seats"][seat]["state"] == "lobby")
        await mediator.do("admit", seat=seat)

    async def _join(self) -> str:
        for party, seat in (("p1", "s1"), ("p2", "s2")):
            made = await self.seats["m"].do("invite", role="party", party=party)
            assert made["seat"] == seat
            refusing = not self.recording and seat == "s2"
            await self._enter(seat, made["url"], {"online": True, "recording": not refusing, "expert": True})
            await self.seats["m"].do("verify_identity", seat=seat)
        return "lobby, admitted, identity compared"

    async def _media(self) -> str:
        began = time.perf_counter()
        await asyncio.gather(*(seat.connect() for seat in self.seats.values()))
        everyone = set(self.seats)
        await asyncio.gather(*(seat.hears(*(everyone - {seat.seat}), packets=1) for seat in self.seats.values()))
        self._figure("rehearsal.join_to_first_packets", (time.perf_counter() - began) * 1000, "ms")
        await asyncio.gather(*(seat.hears(*(everyone - {seat.seat}), packets=30) for seat in self.seats.values()))
        assert self.seats["s1"].doc["recording"] is self.recording
        return "recorded" if self.recording else "not recorded: one party refused"

    async def _statements(self) -> str:
        mediator = self.seats["m"]
        await mediator.do("move_stage", to="notice")
        for seat in ("s1", "s2"):
            await self.seats[seat].do("confirm_notice")
        await mediator.do("move_stage", to="statements")
        for seat, other in (("s1", "s2"), ("s2", "s1")):
            await mediator.do("give_floor", seat=seat, seconds=180)
            await self.seats[other].client.until(lambda other=other: "audio" in self.seats[other].doc["own"]["muted"])
            await self.seats[seat].do("say", text="我说一下情况。")
            await self.seats[seat].do("speak_done")
        await mediator.do("move_stage", to="options")
        return "each spoke uninterrupted"

    async def _caucus(self) -> str:
        mediator, outsider = self.seats["m"], self.seats["s2"]
        answered = outsider.answered
        await mediator.do("open_caucus", seats=["s1"])
        await outsider.client.until(lambda: "waiting" in outsider.doc)
        await mediator.client.until(lambda: mediator.doc["caucus"]["open"])
        # The door itself is noticed: the document says so, and the downlink is emptied by one offer. After that nothing may come.
        async with asyncio.timeout(8):
            while outsider.answered == answered:  # noqa: ASYNC110  (counted by another task)
                await asyncio.sleep(0.02)
        await outsider.client.settle()
        frames, packets = len(outsider.client.frames), outsider.peer.packets_from("m") + outsider.peer.packets_from("s1")
        await mediator.do("say", text="底价是多少")
        await self.seats["s1"].do("say", text="一千八百")
        await mediator.hears("s1")
        assert outsider.peer.packets_from("m") + outsider.peer.packets_from("s1") == packets, (
            "media of the private talk reached an outsider"
        )
        reached = [msgpack.unpackb(data, timestamp=3) for data in outsider.client.frames[frames:]]
        assert not reached, f"while the private talk went on, an outsider received {reached}"
        await mediator.do("close_caucus")
        await outsider.hears("m", "s1")
        assert "底价".encode() not in b"".join(outsider.client.frames)
        return "0 packets, 0 frames outside"

    async def _expert(self) -> str:
        made = await self.seats["m"].do("invite", role="expert", name="刘律师", minutes=10, speciality="相邻关系")
        await self._enter(made["seat"], made["url"], {})
        await self.seats[made["seat"]].connect()
        await self.seats[made["seat"]].hears("m", "s1", "s2")
        await self.seats[made["seat"]].do("leave_room")
        return "刘律师, 10 minutes"

    async def _draft(self) -> str:
        mediator, one, two = self.seats["m"], self.seats["s1"], self.seats["s2"]
        await mediator.do("move_stage", to="drafting")
        hands = [await seat.open_draft() for seat in (mediator, one, two)]
        samples = []

        async def edit(seat: Seat, change: Callable[[], None]) -> None:
            began = time.perf_counter()
            change()
            await seat.save()
            others = [s for s in (mediator, one, two) if s is not seat]
            for other in others:
                await other.client.until(lambda other=other: any(m["t"] == "draft_remote" for m in other.client.others))
            samples.append((time.perf_counter() - began) * 1000)
            for other in others:
                other.receive()

        await edit(one, lambda: hands[1].write("terms-1", "被申请人配合申请人在檐口加装水落管，"))
        await edit(two, lambda: hands[2].write("terms-1", "申请人支付墙面修补费人民币1800元。"))
        await edit(mediator, lambda: hands[0].set_field("disputes.responsibility", "申请人承担主要责任"))
        await edit(two, lambda: hands[2].set_field("performance.manner", "银行转账"))
        await edit(one, lambda: hands[1].set_field("performance.deadline", "2027-01-31"))
        await edit(mediator, lambda: hands[0].set_field("party.1.address", "安和县城关镇东街"))
        await edit(mediator, lambda: hands[0].set_field("party.2.address", "安和县城关镇东街"))
        assert hands[0].content() == hands[1].content() == hands[2].content(), "the three copies differ"
        try:
            hands[2].set_field("disputes.responsibility", "各半")
            await two.save()
            raise AssertionError("a party edited what only the mediator may")
        except Refused as refused:
            assert refused.code == "draft_may_not_edit_clause", refused.code
        await mediator.client.until(lambda: mediator.doc["agreement"]["missing"] == [])
        self._figure("rehearsal.edit_to_everyone_p50", sorted(samples)[len(samples) // 2], "ms")
        return f"{len(samples)} edits by three hands, one refused"

    async def _freeze(self) -> str:
        mediator = self.seats["m"]
        began = time.perf_counter()
        frozen = await mediator.do("freeze")
        self._figure("rehearsal.freeze_to_pdf", (time.perf_counter() - began) * 1000, "ms")
        self.hash = frozen["hash"]
        for seat in ("s1", "s2"):
            own = self.seats[seat]
            await own.client.until(lambda own=own: own.doc.get("agreement", {}).get("hash") == self.hash)
        page = await self.visitors["s1"].http.get(f"/api/agreements/{self.case}/pages/0.png", params={"as": self.visitors["s1"].handle})
        assert page.status_code == 200 and page.content[:4] == b"\x89PNG"
        return f"SHA-256 {self.hash[:16]}…"

    async def _confirm(self) -> str:
        mediator = self.seats["m"]
        clauses = [c["id"] for c in mediator.doc["agreement"]["clauses"]]
        for seat in ("s1", "s2"):
            for clause in clauses:
                await self.seats[seat].do("confirm_clause", clause=clause, hash=self.hash)
            await self.seats[seat].do("consent", point="signature", given=True)
        await mediator.client.until(lambda: mediator.doc["next"]["missing"] == [])
        await mediator.do("move_stage", to="signing")
        return f"{len(clauses)} clauses by two parties"

    async def _sign(self) -> str:
        mediator = self.seats["m"]
        samples = []
        for seat in ("s2", "s1", "m"):
            name = mediator.doc["agreement"]["signers"][seat]
            began = time.perf_counter()
            await self.seats[seat].do("sign", hash=self.hash, strokes=scribble(), name=name)
            samples.append((time.perf_counter() - began) * 1000)
        self._figure("rehearsal.one_signature", sorted(samples)[len(samples) // 2], "ms")
        return "赵某, 李某, mediator: PAdES B-LT"

    async def _seal(self) -> str:
        mediator = self.seats["m"]
        began = time.perf_counter()
        await mediator.do("seal", hash=self.hash)
        self._figure("rehearsal.seal", (time.perf_counter() - began) * 1000, "ms")
        await mediator.client.until(lambda: mediator.doc["agreement"]["stage"] == "effective")
        return "in effect"

    async def _watched(self) -> str:
        public, wall = self.clients["public"], self.clients["wall"]
        await public.until(lambda: public.docs[f"code/{self.code}"]["stage"] == "agreed")
        await wall.until(lambda: wall.docs["wall/139901"]["funnel"]["agreed"] == self.before["funnel"]["agreed"] + 1)
        said = b"".join(public.frames)
        assert "李某".encode() not in said and "赵某".encode() not in said, "the public page carried a name"
        return "public page: agreed; wall: one more"

    async def _export(self) -> str:
        await self.seats["m"].do("end_session", reason="已达成协议")
        host = self.visitors[self.host]
        async with asyncio.timeout(30):
            answer = await host.http.get(f"/api/cases/{self.case}/bundle", params={"as": host.handle})
        assert answer.status_code == 200, answer.text[:300]
        self.bundle = self.folder / f"{self.code}.heyi.zip"
        self.bundle.write_bytes(answer.content)
        self.anchor = (await host.http.get("/api/anchor")).json()["fingerprint"]
        return f"{len(answer.content) // 1024} KiB"

    async def _verify(self) -> str:
        assert self.bundle is not None
        report = await asyncio.to_thread(verify_file, self.bundle, self.anchor)
        assert report.ok and report.anchored, [c for c in report.checks if c.status == "fail"]
        flipped = bytearray(self.bundle.read_bytes())
        flipped[len(flipped) // 2] ^= 1
        altered = self.folder / "altered.zip"
        altered.write_bytes(flipped)
        assert not (await asyncio.to_thread(verify_file, altered, self.anchor)).ok, "one flipped byte was not found"
        altered.unlink()
        return report.verdict

    async def _restore(self) -> str:
        """The copy, made while the server runs, serves the same case and proves the same evidence."""
        tar, copy = self.folder / "backup.tar", self.folder / "restored"
        url = f"sqlite://{self.server.data / 'heyi.sqlite3'}"
        manifest = await asyncio.to_thread(make_backup, self.server.data, url, tar, datetime.now(UTC))
        await asyncio.to_thread(restore_backup, tar, copy)
        again = await asyncio.to_thread(Server(copy).start)
        try:
            visitor = Visitor(again)
            async with visitor.connect(code=self.code) as public:
                assert (await public.follow(f"code/{self.code}"))["stage"] == "agreed"
            assert (await visitor.http.get("/api/anchor")).json()["fingerprint"] == self.anchor, "another authority"
            await visitor.http.aclose()
        finally:
            await asyncio.to_thread(again.stop)
            tar.unlink()
        return f"{len(manifest.items)} files"
