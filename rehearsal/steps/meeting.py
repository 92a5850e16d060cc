"""In the room: joining, seeing each other, speaking in turn, a private talk, an expert."""

from __future__ import annotations

import asyncio
import time

import msgpack

from rehearsal.play import Play
from rehearsal.seat import Seat

JOIN = "media.join"
"""From being let in to the first picture of somebody else, decoded. One sample a person."""


async def open_session(play: Play) -> str:
    host = play.clients[play.host]
    respondent = {"name": "赵某", "capacity": "respondent", "id_number": "440524188001010014", "address": "城关镇东街"}
    await host.do({"t": "add_party", "case": play.case, **respondent})
    play.session = (await host.do({"t": "open_session", "case": play.case}))["session"]
    await host.follow(f"room/{play.session}")
    play.take_seat("m", host)
    return play.session


async def join(play: Play) -> str:
    for party, seat in (("p1", "s1"), ("p2", "s2")):
        made = await play.seats["m"].do("invite", role="party", party=party)
        assert made["seat"] == seat
        refusing = not play.recording and seat == "s2"
        await play.enter(seat, made["url"], {"online": True, "recording": not refusing, "expert": True})
        await play.seats["m"].do("verify_identity", seat=seat)
    return "lobby, admitted, identity compared"


async def see_each_other(play: Play) -> str:
    everyone = set(play.seats)
    began = time.perf_counter()

    async def arrive(seat: Seat) -> None:
        admitted = time.monotonic()
        await seat.connect()
        play.measured(JOIN, await seat.sees(*(everyone - {seat.seat})) - admitted)

    async def hear(packets: int) -> None:
        await asyncio.gather(*(seat.hears(*(everyone - {seat.seat}), packets=packets) for seat in play.seats.values()))

    arrivals = [asyncio.create_task(arrive(seat)) for seat in play.seats.values()]
    await hear(1)
    play.measured("rehearsal.join_to_first_packets", time.perf_counter() - began)
    await asyncio.gather(*arrivals)
    await hear(30)
    assert play.seats["s1"].doc["recording"] is play.recording
    return "recorded" if play.recording else "not recorded: one party refused"


async def statements(play: Play) -> str:
    mediator = play.seats["m"]
    await mediator.do("move_stage", to="notice")
    for seat in ("s1", "s2"):
        await play.seats[seat].do("confirm_notice")
    await mediator.do("move_stage", to="statements")
    for seat, other in (("s1", "s2"), ("s2", "s1")):
        await mediator.do("give_floor", seat=seat, seconds=180)
        await play.seats[other].client.until(lambda other=other: "audio" in play.seats[other].doc["own"]["muted"])
        await play.seats[seat].do("say", text="我说一下情况。")
        await play.seats[seat].do("speak_done")
    await mediator.do("move_stage", to="options")
    return "each spoke uninterrupted"


async def caucus(play: Play) -> str:
    mediator, outsider = play.seats["m"], play.seats["s2"]
    answered = outsider.answered
    await mediator.do("open_caucus", seats=["s1"])
    await outsider.client.until(lambda: "waiting" in outsider.doc)
    await mediator.client.until(lambda: mediator.doc["caucus"]["open"])
    # The door itself is noticed: the document says so, and the downlink is emptied by one offer. After that nothing may come.
    async with asyncio.timeout(8):
        while outsider.answered == answered:  # noqa: ASYNC110  (counted by another task)
            await asyncio.sleep(0.02)
    await outsider.client.settle()
    # What was sent before the wall went up may still lie unread on a busy machine; what passes through it would not cease.
    async with asyncio.timeout(8):
        while True:
            before = outsider.peer.packets_from("m") + outsider.peer.packets_from("s1")
            await asyncio.sleep(0.2)
            if before == outsider.peer.packets_from("m") + outsider.peer.packets_from("s1"):
                break
    frames, packets = len(outsider.client.frames), outsider.peer.packets_from("m") + outsider.peer.packets_from("s1")
    await mediator.do("say", text="底价是多少")
    await play.seats["s1"].do("say", text="一千八百")
    await mediator.hears("s1")
    assert outsider.peer.packets_from("m") + outsider.peer.packets_from("s1") == packets, "media of the private talk reached an outsider"
    reached = [msgpack.unpackb(data, timestamp=3) for data in outsider.client.frames[frames:]]
    assert not reached, f"while the private talk went on, an outsider received {reached}"
    await mediator.do("close_caucus")
    await outsider.hears("m", "s1")
    assert "底价".encode() not in b"".join(outsider.client.frames)
    return "0 packets, 0 frames outside"


async def expert(play: Play) -> str:
    made = await play.seats["m"].do("invite", role="expert", name="刘律师", minutes=10, speciality="相邻关系")
    admitted = await play.enter(made["seat"], made["url"], {})
    guest = play.seats[made["seat"]]
    await guest.connect()
    play.measured(JOIN, await guest.sees("m", "s1", "s2") - admitted)
    await guest.hears("m", "s1", "s2")
    await guest.do("leave_room")
    return "刘律师, 10 minutes"
