"""Real worker, real peers, real media: routes, mutes, reconnection."""

from __future__ import annotations

import asyncio

import pytest

from rooms.media import protocol
from tests.rooms.media.conftest import Stage

pytestmark = pytest.mark.anyio
ALL = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}


async def _three(stage: Stage) -> None:
    await stage.media.set_routes(stage.room, 1, ALL)
    for seat in "abc":
        await stage.publish(seat)
    for seat in "abc":
        await stage.subscribe(seat)
    await stage.until(
        lambda: all(
            stage.peers[x].received.get((y, kind)) is not None and stage.peers[x].received[y, kind].packets > 20
            for x in "abc"
            for y in ALL[x]
            for kind in ("audio", "camera")
        )
    )


async def _landed(stage: Stage) -> None:
    """What had left before the reply has been read, however busy the machine is: nothing new of c for a while, of whom all would go on to come every 20 ms."""
    for _ in range(20):
        before = [stage.peers[x].packets_from("c") for x in "ab"]
        await asyncio.sleep(0.2)
        if [stage.peers[x].packets_from("c") for x in "ab"] == before:
            return


async def test_three_seats_meet_part_mute_and_reconnect(stage: Stage) -> None:
    await _three(stage)
    a, b = stage.peers["a"], stage.peers["b"]

    # A caucus: c neither hears nor is heard, from the reply on.
    await stage.media.set_routes(stage.room, 2, {"a": ["b"], "b": ["a"]})
    await _landed(stage)
    before = {x: {y: stage.peers[x].packets_from(y) for y in "abc"} for x in "abc"}
    await asyncio.sleep(0.8)
    after = {x: {y: stage.peers[x].packets_from(y) for y in "abc"} for x in "abc"}
    assert after["c"] == before["c"]
    assert after["a"]["c"] == before["a"]["c"] and after["b"]["c"] == before["b"]["c"]
    assert after["a"]["b"] > before["a"]["b"] + 20

    # Mute of b's microphone only.
    await stage.media.mute(stage.room, "b", ["audio"])
    await asyncio.sleep(0.05)
    audio, camera = a.received["b", "audio"].packets, a.received["b", "camera"].packets
    await asyncio.sleep(0.6)
    assert a.received["b", "audio"].packets == audio
    assert a.received["b", "camera"].packets > camera + 10
    await stage.media.mute(stage.room, "b", [])
    await stage.until(lambda: a.received["b", "audio"].packets > audio + 10)

    # Back to the plenary: sections are offered again and media flows.
    heard = stage.peers["c"].packets_from("a")
    await stage.media.set_routes(stage.room, 3, ALL)
    await stage.until(lambda: stage.peers["c"].packets_from("a") > heard + 20)

    # b reconnects upwards: the same slots go on without a gap in their numbers.
    a.received["b", "camera"].gaps = a.received["b", "audio"].gaps = 0
    await stage.publish("b")
    seen = a.packets_from("b")
    await stage.until(lambda: a.packets_from("b") > seen + 30)
    assert a.received["b", "camera"].gaps == a.received["b", "audio"].gaps == 0
    assert b.received["a", "audio"].gaps == 0

    stats = await stage.media.stats(stage.room)
    assert stats["seats"]["b"]["up"]["camera"]["lost"] == 0
    assert {(e.seat, e.direction) for e in stage.of(protocol.Connected)} == {(s, d) for s in "abc" for d in ("up", "down")}
