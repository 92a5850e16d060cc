"""Every part of the hub's benchmark does what it says, at a size that proves it and measures nothing."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Awaitable
from pathlib import Path

import msgpack
import pytest
import uvloop
from PIL import Image

from benchmarks import hub, hub_fanout, hub_files, hub_idle, hub_latency, hub_peers, hub_resume, hub_store, parts
from benchmarks.figures import Figure, figure
from benchmarks.hub_crowd import Subscriber
from benchmarks.hub_server import TOPIC, patch_for
from benchmarks.hub_side import FRAME_BYTES, Kind, floor
from benchmarks.plot import draw
from realtime.messages import Event, encode
from realtime.streams import frame


def measured(part: Awaitable[list[Figure]]) -> dict[str, Figure]:
    return {f.name: f for f in uvloop.run(part)}


@pytest.mark.parametrize("size", [FRAME_BYTES, 8192])
@pytest.mark.parametrize("offset", [1, 127, 128, 70_000])
def test_every_frame_has_the_size_that_is_told(offset: int, size: int) -> None:
    assert len(frame(encode(Event(TOPIC, offset, patch_for(offset, size))))) == size


def test_fan_out_is_measured_beside_the_floor_in_turns() -> None:
    found = measured(hub_fanout.beside_raw(20, rounds=2, deliveries=400))
    ratio, cost = found["hub.fanout.20.vs_raw"], found["hub.fanout.20.vs_raw.cost"]
    assert [len(s) for s in (ratio.samples["ours"], cost.samples["ours"], cost.samples["peer"])] == [2, 2, 2]
    assert ratio.samples["ours"] == pytest.approx([a / b for a, b in zip(*cost.samples.values(), strict=True)], rel=0.05)
    assert ratio.goal == 1.1


def test_a_peer_is_measured_the_same_way() -> None:
    websockets = next(kind for kind in hub_peers.kinds() if kind.name == "websockets")
    found = measured(hub_fanout.beside_peers([websockets], 20, rounds=1, deliveries=100))
    assert found["hub.fanout.20.vs_websockets"].goal == 0.7
    assert found["hub.fanout.20.vs_websockets.cost"].peer.name == "websockets"


def test_a_server_that_sends_too_much_is_no_measurement() -> None:
    wordy = dataclasses.replace(floor(FRAME_BYTES + 1), name="ours")
    with pytest.raises(AssertionError, match="more bytes"):
        measured(hub_fanout.compare([wordy], 5, 1, 20))


def test_a_server_that_ends_is_told() -> None:
    with pytest.raises(AssertionError, match="broken ended"):
        measured(hub_fanout.compare([Kind("broken", (sys.executable, "-c", ""), floor().manners)], 5, 1, 20))


@pytest.mark.every
def test_a_hot_topic() -> None:
    (found,) = measured(hub_fanout.hot(20, rounds=1, messages=200)).values()
    assert (found.name, found.goal) == ("hub.hot.cpu_per_million", 1.0)
    assert found.value > 0


@pytest.mark.every
def test_latency() -> None:
    (found,) = measured(hub_latency.latency(20, 50, 20, rounds=2, seconds=0.2)).values()
    assert (found.name, len(found.samples["ours"])) == ("hub.latency.20.p99", 2)
    assert found.value > 0


def test_delays_run_from_the_publishing_to_the_whole_message() -> None:
    subscriber = Subscriber.__new__(Subscriber)
    subscriber.arrivals = [(100 + FRAME_BYTES // 2, 1.0), (100 + 2 * FRAME_BYTES, 1.5)]
    assert hub_latency.delays([subscriber], 100, [0.9, 1.2]) == pytest.approx([600, 300])
    assert hub_latency.percentile([float(n) for n in range(100)], 0.99) == 99


@pytest.mark.every
def test_a_reader_that_stops() -> None:
    found = measured(hub_latency.stalled(messages=1500, readers=3, rounds=1))
    assert found["hub.stalled.held"].value > 64, "it held nothing: the reader did not stop"
    assert found["hub.stalled.gap"].unit == "ms"


@pytest.mark.every
def test_idle_connections() -> None:
    assert measured(hub_idle.memory(200, 20, rounds=1))["hub.idle.memory"].unit == "KiB"
    held = measured(hub_idle.many(150))["hub.idle.connections"]
    assert (held.value, held.goal, held.held) == (150, 150, True)


@pytest.mark.every
def test_durable_events_are_counted_as_they_were_told() -> None:
    found = measured(hub_store.append(cases=5, commands=20, rounds=1))
    assert found["hub.append.sqlite"].value == pytest.approx(3 * found["hub.append.sqlite.commands"].value, rel=0.1)


@pytest.mark.every
def test_everybody_who_was_away_gets_what_was_missed() -> None:
    found = measured(hub_resume.resume(clients=30, topics=3, missed=4))
    assert found["hub.resume.30"].goal == 8.0
    assert found["hub.resume.30.cpu"].value > 0


@pytest.mark.parametrize(
    "offsets", [[6, 7, 9], [6, 7, 7, 8], [6, 8, 7], [6, 7], [7, 8, 9]], ids=["a hole", "twice", "out of order", "too few", "too late"]
)
def test_a_wrong_resumption_is_seen(offsets: list[int]) -> None:
    absent = hub_resume.Absent("main", "", "case/1", "e", 5)
    said = [{"t": "welcome"}, *({"t": "event", "offset": n} for n in offsets), {"t": "current", "offset": 8}]
    with pytest.raises(AssertionError):
        hub_resume.check(b"".join(frame(msgpack.packb(m)) for m in said), absent, 3)


def test_one_part_alone() -> None:
    assert list(parts.chosen(hub.PARTS, ["hub.idle"])) == ["hub.idle.memory", "hub.idle.connections"]
    assert list(parts.chosen(hub.PARTS, ["hub.stalled.gap"])) == ["hub.stalled"]
    assert parts.chosen(hub.PARTS, []) == hub.PARTS


def test_a_part_that_fails_does_not_take_the_others_with_it() -> None:
    async def fails() -> list[Figure]:
        raise AssertionError("nobody came")

    async def works() -> list[Figure]:
        return [figure("b", "s", [1.0])]

    found, failed = uvloop.run(parts.measure({"a": fails, "b": works}))
    assert [f.name for f in found] == ["b"]
    assert failed == ["a could not be measured: nobody came"]


def test_a_limit_of_open_files_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(hub_files.resource, "getrlimit", lambda what: (1024, 1024))
    monkeypatch.setattr(hub_files.resource, "setrlimit", _refuse)
    assert hub_files.connections_for(5000) == 924
    assert "ulimit -n 5100" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        hub_files.need_connections(5000)


def _refuse(what: int, limits: tuple[int, int]) -> None:
    raise ValueError("not allowed to raise maximum limit")


def test_a_picture_shows_what_has_a_goal(tmp_path: Path) -> None:
    held, missed = figure("a", "s", [1.0], goal=2.0), figure("b", "events/s", [1.0], goal=9.0, at_least=True)
    colours = []
    for shown in ([held], [missed], [held, missed, figure("no goal", "s", [1.0])]):
        draw(shown, tmp_path / "new" / "hub.png")
        with Image.open(tmp_path / "new" / "hub.png") as image:
            colours.append((image.height, {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}))
    good, bad = (0x3A, 0x7D, 0x5D), (0xB5, 0x52, 0x3B)
    assert good in colours[0][1] and bad not in colours[0][1]
    assert bad in colours[1][1] and good not in colours[1][1]
    assert colours[2][0] > colours[1][0] and {good, bad} <= colours[2][1]
