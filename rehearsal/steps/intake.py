"""From a resident's report to the one mediator who has the case."""

from __future__ import annotations

import asyncio
import json
import time

from rehearsal.client import Refused
from rehearsal.play import Play

REPORT = {
    "title": "院墙渗水",
    "facts": "李某家西侧屋檐雨水流向赵某院墙，墙面受潮剥落。双方对排水改造和修补费有争议，愿意在线调解。",
    "region": "139901001",
    "name": "李某",
    "phone": "13800001234",
    "id_number": "11010519491231002X",
    "address": "安和县城关镇东街",
}


async def sign_in(play: Play) -> str:
    for role, link in (("centre", "centre"), ("wang", "mediator"), ("chen", "second mediator"), ("wall", "wall")):
        await play.visit(role, play.server.links[link])
    await play.clients["centre"].follow("centre/139901")
    await play.clients["wang"].follow("desk/wang")
    await play.clients["chen"].follow("desk/chen")
    play.wall_before = await play.clients["wall"].follow("wall/139901")
    return f"{len(play.clients)} people"


async def report(play: Play) -> str:
    answer = await play.visitor().http.post(
        "/api/reports", data={"report": json.dumps(REPORT)}, headers={"Idempotency-Key": f"rehearsal-{time.time_ns()}"}
    )
    assert answer.status_code == 200, answer.text
    play.case, play.code = answer.json()["case"], answer.json()["code"]
    centre = play.clients["centre"]
    await centre.until(lambda: play.case in centre.docs["centre/139901"]["cases"])
    public = await play.visit("public", code=play.code)
    await public.follow(f"code/{play.code}")
    return play.code


async def dispatch(play: Play) -> str:
    centre, wang, chen = play.clients["centre"], play.clients["wang"], play.clients["chen"]
    await centre.do({"t": "classify", "case": play.case, "dispute_type": "邻里"})
    await centre.do({"t": "dispatch", "case": play.case, "to": ["wang", "chen"], "mode": "assign"})
    await wang.until(lambda: play.case in wang.docs["desk/wang"].get("orders", {}))
    await chen.until(lambda: play.case in chen.docs["desk/chen"].get("orders", {}))
    return "交办"


async def accept(play: Play) -> str:
    wang, chen = play.clients["wang"], play.clients["chen"]
    first = asyncio.create_task(wang.do({"t": "accept", "case": play.case}))
    await asyncio.sleep(0)
    second = asyncio.create_task(chen.do({"t": "accept", "case": play.case}))
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    won = [o for o in outcomes if isinstance(o, dict)]
    lost = [o for o in outcomes if isinstance(o, Refused)]
    assert len(won) == 1 and len(lost) == 1, outcomes
    assert lost[0].code == "already_accepted"
    play.host = "wang" if isinstance(outcomes[0], dict) else "chen"
    return f"{won[0]['number']}, {lost[0].detail['by']} was faster"
