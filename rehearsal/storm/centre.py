"""The centre's list: writers classify cases again and again, pages follow the list."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import httpx

from rehearsal.client import Visitor
from rehearsal.storm.ground import ANSWER_WITHIN, GONE, Books, Ground
from rehearsal.storm.page import Page
from rehearsal.storm.secrets import Secret

TOPIC = "centre/139901"
TYPES = ("邻里", "合同", "物业", "损害赔偿")
WRITERS, FOLLOWERS = 3, 4
PHONE = "13800005555"


class Centre:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.pages: list[Page] = []
        self.past: list[Page] = []
        self._classified: Counter[str] = Counter()

    async def prepare(self) -> None:
        visitor, _ = await self._ground.visitor("centre")
        self.pages = [Page(self._ground, f"centre-{n}", visitor, lambda: [TOPIC]).start() for n in range(FOLLOWERS)]

    def actors(self) -> list[Coroutine[Any, Any, None]]:
        return [self._write(n, self.pages[0].visitor) for n in range(WRITERS)]

    async def _write(self, number: int, visitor: Visitor) -> None:
        """Classify one case of one's own; each command is sent until it is answered, under one key."""
        case, count = await self._report(number), 0
        while self._ground.blows():
            count += 1
            command = {"t": "classify", "case": case, "dispute_type": TYPES[count % len(TYPES)]}
            await self._ground.do(visitor, command, f"storm-{number}-{count}")
            self._classified[case] += 1

    async def _report(self, number: int) -> str:
        asked = {"title": f"风暴 {number}", "facts": "楼上漏水。", "region": "139901001", "name": "郑某", "phone": PHONE}
        data = {"report": json.dumps(asked, ensure_ascii=False)}
        while True:
            with contextlib.suppress(*GONE):
                server = self._ground.random.choice(self._ground.servers)
                async with httpx.AsyncClient(base_url=server.url, timeout=ANSWER_WITHIN) as http:
                    answer = await http.post("/api/reports", data=data, headers={"Idempotency-Key": f"storm-report-{number}"})
                if answer.status_code == 200:
                    return str(answer.json()["case"])
            await asyncio.sleep(0.3)

    async def check(self) -> None:
        return None

    def count(self, books: Books) -> list[Secret]:
        rows = books("SELECT case_id, count(*) FROM ledger WHERE kind = 'case.classified' GROUP BY case_id")
        entered = {str(case): int(count) for case, count in rows}
        for case, acknowledged in self._classified.items():
            if entered.get(case, 0) != acknowledged:
                self._ground.fault(f"case {case}: {acknowledged} commands acknowledged, {entered.get(case, 0)} entered in the ledger")
        return [Secret(PHONE)]
