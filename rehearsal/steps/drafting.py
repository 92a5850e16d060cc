"""The agreement written by three hands at once, letter by letter, as people type."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest

from cases.clock import COUNTY_TIME
from rehearsal.client import Refused
from rehearsal.play import Play
from rehearsal.seat import Seat

EDIT = "rehearsal.edit_to_everyone"
"""From a key that was pressed to the letter in everybody's copy; the other hands type in between."""
ONE = "被申请人配合申请人在西侧檐口加装水落管，雨水引入门前排水沟，施工由申请人安排，费用由申请人承担，施工期间不影响被申请人通行；"
TWO = "申请人支付被申请人院墙墙面修补费人民币1800元，由被申请人自行修补。"
FIELDS = (
    ("m", "disputes.responsibility", "申请人承担主要责任"),
    ("s2", "performance.manner", "银行转账"),
    ("s1", "performance.deadline", (datetime.now(COUNTY_TIME) + timedelta(days=60)).date().isoformat()),
    ("m", "party.1.address", "安和县城关镇东街"),
    ("m", "party.2.address", "安和县城关镇东街"),
)


async def draft(play: Play) -> str:
    mediator, one, two = (play.seats[seat] for seat in ("m", "s1", "s2"))
    await mediator.do("move_stage", to="drafting")
    hands = {seat.seat: await seat.open_draft() for seat in (mediator, one, two)}

    async def edit(seat: Seat, change: Callable[[], None]) -> None:
        began = time.perf_counter()
        change()
        await seat.save()
        others = [s for s in (mediator, one, two) if s is not seat]
        for other in others:
            await other.client.until(lambda other=other: any(m["t"] == "draft_remote" for m in other.client.others))
            other.receive()
        play.measured(EDIT, time.perf_counter() - began)

    for pair in zip_longest(ONE, TWO):
        for seat, letter in zip((one, two), pair, strict=True):
            if letter:
                await edit(seat, partial(hands[seat.seat].write, "terms-1", letter))
    for name, key, value in FIELDS:
        await edit(play.seats[name], partial(hands[name].set_field, key, value))
    contents = [hand.content() for hand in hands.values()]
    assert contents[0] == contents[1] == contents[2], "the three copies differ"
    written = hands["m"].text("terms-1")
    assert ONE in written and TWO in written, f"the letters lie mixed: {written}"
    try:
        hands["s2"].set_field("disputes.responsibility", "各半")
        await two.save()
        raise AssertionError("a party edited what only the mediator may")
    except Refused as refused:
        assert refused.code == "draft_may_not_edit_clause", refused.code
    await mediator.client.until(lambda: mediator.doc["agreement"]["missing"] == [])
    return f"{len(play.samples[EDIT])} edits by three hands, one refused"
