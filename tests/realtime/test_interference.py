"""A caucus is a wall: who is outside hears no byte of it, and cannot tell a silent one from a talkative one by when, how often or how much
he receives. Random casts, stages and caucuses, on the real rules, audience and hub."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cases import risk
from cases.commands.risk import ReportRisk
from cases.permissions import may
from cases.vocabulary import Action, RiskLevel, RiskReason, RiskState, SessionStage, Standing
from realtime.messages import Typing
from rooms import commands as c
from storage.dossier import Dossier
from tests.realtime.simulation import WANG, Listener, World

SECRET = "只跟您一个人说"
TALK = ("say", "typing", "speaking", "quality", "mediator", "tab", "record")
OUTSIDE = ("nothing", "hand", "camera", "consent")

TALKS = st.lists(st.tuples(st.sampled_from(TALK), st.integers(0, 3)), max_size=8)
RUNS = st.fixed_dictionaries(
    {
        "parties": st.integers(2, 4),
        "experts": st.integers(0, 2),
        "stage": st.sampled_from([s for s in SessionStage if may((Standing.ASSIGNEE,), Action.CAUCUS, s)]),
        "inside": st.integers(1, 15),
        "before": st.lists(st.sampled_from(("say", "hand", "floor")), max_size=4),
        "outside": st.lists(st.sampled_from(OUTSIDE), max_size=4),
    }
)


async def talk(world: World, inside: list[str], what: str, number: int) -> None:
    """Something that only those inside may know of."""
    seat = inside[number % len(inside)]
    flags = {"seats": {s: {"quality": "weak" if (number + i) % 2 else "good"} for i, s in enumerate(inside)}}
    match what:
        case "say":
            await world.do(seat, c.Say("case", f"{SECRET}{number}" * (number + 1)))
        case "mediator":
            await world.do("m", c.Say("case", f"{SECRET}，对方不知道"))
        case "record":
            # The written record stands still meanwhile, for the mediator and for parties inside alike.
            assert not await world.do("m", c.WriteLine("case", f"{SECRET}{number}"))
            assert not await world.do("m", c.StrikeLine("case", 1, number % 2 == 0))
            assert not await world.do(seat, c.ConfirmLines("case", {"1": 1}))
        case "typing":
            await world.flags.handle(world.listeners[seat], Typing("case-r1", number % 3 != 0))  # type: ignore[arg-type]
        case "speaking":
            world.flags.tell("case-r1", "media", {**flags, "speaking": seat})
        case "quality":
            world.flags.tell("case-r1", "media", flags)
        case "tab":
            # A second device of somebody inside comes and goes.
            other = Listener(world.actor(seat), world)
            world.hub.join(other)
            await world.hub.subscribe(other, "room/case-r1", "", 0)
            await world.hub.subscribe(other, "live/case-r1", "", 0)
            world.hub.leave(other)
    await world.settle()


async def play(run: dict[str, Any], talks: list[tuple[str, int]]) -> tuple[World, list[str], list[str]]:
    """(the world afterwards, seats inside, seats outside)."""
    world = World(run["parties"], run["experts"])
    await world.listen()
    others = [s for s in world.listeners if s not in {"m", "centre", "public"}]
    # A party is inside, and somebody is outside.
    chosen = [s for i, s in enumerate(others) if run["inside"] >> i & 1 or i == 0]
    inside = chosen if len(chosen) < len(others) else others[:-1]
    outside = [s for s in others if s not in inside]
    for what in run["before"]:
        command = {"say": c.Say("case", "大家好"), "hand": c.RaiseHand("case", True), "floor": c.GiveFloor("case", others[0])}[what]
        await world.do("m" if what == "floor" else others[0], command)
    assert world.dossier.room is not None
    world.dossier.room.stage = run["stage"]
    world.flags.tell("case-r1", "media", {"speaking": others[-1]})
    await world.settle()
    world.step = 100
    assert await world.do("m", c.OpenCaucus("case", inside))
    await world.follow_again()
    for number, what in enumerate(run["outside"] or ["nothing"]):
        world.step = 1000 + number
        for kind, n in talks[number :: max(1, len(run["outside"]))]:
            await talk(world, ["m", *inside], kind, n)
        world.step = 200 + number
        seat = outside[number % len(outside)]
        if what == "hand":
            await world.do(seat, c.RaiseHand("case", number % 2 == 0))
        elif what == "camera":
            await world.do(seat, c.SetMedia("case", "camera", number % 2 == 0))
    world.step = 300
    world.flags.tell("case-r1", "media", {})
    assert await world.do("m", c.CloseCaucus("case"))
    await world.follow_again()
    world.step = 400
    await world.do("m", c.Say("case", "我们继续"))
    assert await world.do("m", c.WriteLine("case", "谈过了"))
    await world.flags.stop()
    return world, inside, outside


@given(RUNS, TALKS)
def test_no_byte_of_a_caucus_reaches_who_is_outside(run: dict[str, Any], talks: list[tuple[str, int]]) -> None:
    world, _, outside = asyncio.run(play(run, talks))
    said = [t for t in talks if t[0] in {"say", "mediator"}]
    for name in [*outside, "public", "centre"]:
        assert SECRET.encode() not in world.listeners[name].heard, name
    if said:
        assert SECRET.encode() in world.listeners["m"].heard, "who is inside does hear it: the test would else prove nothing"


@given(RUNS, TALKS)
def test_a_talkative_caucus_looks_from_outside_like_a_silent_one(run: dict[str, Any], talks: list[tuple[str, int]]) -> None:
    talkative, _, outside = asyncio.run(play(run, talks))
    silent, _, _ = asyncio.run(play(run, []))
    for name in [*outside, "public", "centre"]:
        assert talkative.listeners[name].trace == silent.listeners[name].trace, name


@given(RUNS, TALKS)
def test_personal_data_reach_nobody_unmasked(run: dict[str, Any], talks: list[tuple[str, int]]) -> None:
    world, _, _ = asyncio.run(play(run, talks))
    for name, listener in world.listeners.items():
        for person in world.dossier.case.parties:
            assert person.phone.encode() not in listener.heard, name
            assert person.id_number.encode() not in listener.heard, name
            if name == "public":
                assert person.name.encode() not in listener.heard


async def reporting(parties: int, experts: int, level: RiskLevel, reports: bool) -> World:
    """Everybody asks for what was reported to the risk platform; then it is, or it is not; then life goes on."""
    world = World(parties, experts)
    await world.listen()
    for listener in world.listeners.values():
        await world.hub.subscribe(listener, "risk/case", "", 0)
    world.step = 1
    before = msgspec.convert(msgspec.to_builtins(world.dossier), Dossier)
    case = world.dossier.case
    if reports:
        risk.handle(case, ReportRisk("case", level, RiskReason.THREAT, SECRET), WANG, world.now(), True)
        risk.delay(case, "away", 1, world.now(), timedelta(hours=1))
        risk.settle(case, 1, RiskState.DEAD, world.now(), "answered_500")
    await world.publish(before)
    world.step = 2
    await world.do("m", c.Say("case", "我们继续"))
    await world.flags.stop()
    return world


@given(st.integers(1, 4), st.integers(0, 2), st.sampled_from(RiskLevel))
def test_a_report_to_the_risk_platform_is_seen_by_the_office_alone(parties: int, experts: int, level: RiskLevel) -> None:
    told, plain = (asyncio.run(reporting(parties, experts, level, reports)) for reports in (True, False))
    for name, listener in told.listeners.items():
        if name in {"m", "centre"}:
            assert SECRET.encode() in listener.heard, name
        else:
            assert listener.trace == plain.listeners[name].trace and "risk/case" not in listener.topics, name
