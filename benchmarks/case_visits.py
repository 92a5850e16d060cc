"""What people do at a running county: lists opened, cases sought and looked at, and how long a change of state takes to everybody's page."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from rehearsal.client import Client, Visitor
from rehearsal.server import Server

SOUGHT = [
    "屋檐雨水",
    "雨",
    "拖欠货款",
    "柳树巷",
    "供销社 工钱",
    "138",
    "邻居作证",
    "王",
    "00042",
    "河东 噪声",
    "押金退还",
    "作证费用",
    "赵 院墙",
    "不存在的词语",
]
PAUSE = 0.22
"""Seconds between two searches of one account, which may make 300 in a minute."""
LEAF = 0.05
"""Seconds between two pages of a case: an account may send 80 messages in a second."""
CENTRE, WALL = "centre/139901", "wall/139901"


@asynccontextmanager
async def signed_in(server: Server, role: str) -> AsyncIterator[tuple[Visitor, Client]]:
    visitor = Visitor(server)
    await visitor.open(server.links[role])
    async with visitor.connect() as client:
        yield visitor, client


async def lists(server: Server, rounds: int) -> list[float]:
    """Milliseconds until the centre's list of the newest cases, a list behind a number of the wall, or one page of a stage has come; the reader's own work is in it."""
    took = []
    async with signed_in(server, "centre") as (visitor, client):
        client.compares, headers = False, {"X-Heyi-As": visitor.handle}
        for n in range(rounds):
            began = time.perf_counter()
            await client.follow(CENTRE)
            took.append(_ms(began))
            place = "139901003" if n % 5 == 2 else "139901"
            number, of = [("active", ""), ("overdue", ""), ("active", ""), ("step", "agreed"), ("mediator", "m08")][n % 5]
            stage = ["accepted", "closed", "mediating"][n % 3]
            for url in (f"/api/wall/{place}?number={number}&of={of}", f"/api/cases?stage={stage}&page={1 + n % 9}"):
                began = time.perf_counter()
                (await visitor.http.get(url, headers=headers)).raise_for_status()
                took.append(_ms(began))
                await asyncio.sleep(PAUSE)
    return took


async def searches(server: Server, rounds: int) -> list[float]:
    took = []
    async with signed_in(server, "centre") as (visitor, _):
        for n in range(rounds):
            began = time.perf_counter()
            asked = {"q": SOUGHT[n % len(SOUGHT)], "page": str(1 + n // len(SOUGHT) % 3)}
            answer = await visitor.http.get("/api/cases", params=asked, headers={"X-Heyi-As": visitor.handle})
            answer.raise_for_status()
            took.append(_ms(began))
            await asyncio.sleep(PAUSE)
    return took


async def pages(server: Server, cases: list[str], rounds: int) -> list[float]:
    """Until the page of a case has its document, of cases that nobody has looked at since the server started."""
    took = []
    async with signed_in(server, "centre") as (_, client):
        for case in random.Random(7).sample(cases, min(rounds, len(cases))):
            began = time.perf_counter()
            document = await client.follow(f"case/{case}")
            took.append(_ms(began))
            assert document["stage"]
            await client.send({"t": "unsubscribe", "topic": f"case/{case}"})
            del client.docs[f"case/{case}"]
            await asyncio.sleep(LEAF)
    return took


async def changes(server: Server, cases: int, turns: int = 3) -> list[float]:
    """Milliseconds from a command to the last of the pages that it moves: the reporter's phone, the mediator's desk, the public page and the wall."""
    took: list[float] = []
    async with AsyncExitStack() as stack:
        _, centre = await stack.enter_async_context(signed_in(server, "centre"))
        _, desk = await stack.enter_async_context(signed_in(server, "mediator"))
        _, wall = await stack.enter_async_context(signed_in(server, "wall"))
        for client, topic in ((desk, "desk/wang"), (wall, WALL)):
            await client.follow(topic)
        for n in range(cases):
            phone = Visitor(server)
            report = {"title": f"测量 {n}", "facts": "为测量而反映。", "region": "139901001", "name": "吴某", "phone": "13800009999"}
            received = wall.docs[WALL]["today"]
            form = {"report": json.dumps(report, ensure_ascii=False)}
            answer = await phone.http.post("/api/reports", data=form, headers={"Idempotency-Key": f"bench-{time.time_ns()}"})
            answer.raise_for_status()
            case, code, phone.handle = (answer.json()[key] for key in ("case", "code", "as"))
            await _until_received(wall, received + 1)
            async with phone.connect() as own, Visitor(server).connect(code) as public:
                await own.follow(f"case/{case}")
                await public.follow(f"code/{code}")
                course = _Course(case, (own, f"case/{case}"), (public, f"code/{code}"), desk, wall)
                for _ in range(turns):
                    took.append(await course.change(centre, {"t": "dispatch", "case": case, "to": ["wang"]}, "dispatched", "orders", 0))
                    took.append(await course.change(desk, {"t": "accept", "case": case}, "accepted", "cases", 1))
                    back = {"t": "give_back", "case": case, "reason": "为测量而退回"}
                    took.append(await course.change(desk, back, "reported", "", -1))
    return took


class _Course:
    """One case with everybody who watches it."""

    def __init__(self, case: str, own: tuple[Client, str], public: tuple[Client, str], desk: Client, wall: Client) -> None:
        self._case, self._pages, self._desk, self._wall = case, (own, public), desk, wall

    async def change(self, who: Client, command: dict[str, Any], stage: str, listed: str, accepted: int) -> float:
        """`listed`: under what the mediator's desk has it then, empty: it is gone. `accepted`: by how much the wall's count of accepted cases changes."""
        wanted = self._wall.docs[WALL]["funnel"]["accepted"] + accepted
        began = time.perf_counter()
        await who.do(command)
        await asyncio.gather(
            *(_until_stage(client, topic, stage) for client, topic in self._pages),
            self._desk.until(lambda: self._on_desk() == listed),
            _until_wall(self._wall, lambda doc: doc["funnel"]["accepted"] == wanted),
        )
        return _ms(began)

    def _on_desk(self) -> str:
        document = self._desk.docs["desk/wang"]
        return next((name for name in ("orders", "cases") if self._case in document.get(name, {})), "")


async def _until_wall(wall: Client, holds: Callable[[dict[str, Any]], bool]) -> None:
    await wall.until(lambda: holds(wall.docs[WALL]))


async def _until_received(wall: Client, count: int) -> None:
    await _until_wall(wall, lambda doc: doc["today"] >= count)


async def _until_stage(client: Client, topic: str, stage: str) -> None:
    await client.until(lambda: client.docs[topic]["stage"] == stage)


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
