"""A sound whose clock stood still, and one that was held up on the way."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.assembly import Frame
from rooms.media.resumption import Resumption
from rooms.media.segments import SegmentIndex, recover
from rooms.media.timeline import Timeline
from tests.rooms.media.chromium import BrowserSeat, seated
from tests.rooms.media.conftest import Stage

KEY = bytes(range(32))
NTP = 1 << 32
PACKET = 960
PAUSE = (
    """async on => { const s = up.getTransceivers()[0].sender; window.taken ??= s.track; await s.replaceTrack(on ? window.taken : null) }"""
)


def placed(came: list[tuple[int, float]], reports: dict[float, int] | None = None) -> list[tuple[float, float]]:
    """(arrival, place) of packets that came as (timestamp, arrival). `reports`: arrival → timestamp that was reported as of then."""
    line, resumption, found = Timeline(), Resumption(48_000), []
    told = sorted((reports or {}).items())
    for timestamp, arrival in came:
        while told and told[0][0] < arrival:
            at, reported = told.pop(0)
            line.report("audio", int(at * NTP), reported, at)
        settled = resumption.push(Frame("audio", b"x", timestamp & 0xFFFFFFFF, True), arrival)
        if settled.resumed is not None:
            line.resume("audio", *settled.resumed)
        found += [(when, line.place("audio", frame.timestamp, 48_000, when)) for frame, when in settled.frames]
    return found


def sent(count: int, timestamp: int, begin: float) -> list[tuple[int, float]]:
    return [(timestamp + n * PACKET, begin + n / 50) for n in range(count)]


@given(pause=st.floats(0.3, 60), first=st.integers(0, 2**32 - 1))
def test_after_a_clock_stood_still_sound_lies_where_it_came(pause: float, first: int) -> None:
    before, after = sent(100, first, 10.0), sent(100, first + 100 * PACKET, 12.0 + pause)
    # What is reported during the pause is of a clock that goes on.
    reports = {11.0: first + 48_000 & 0xFFFFFFFF, 12.0 + pause / 2: first + round((2 + pause / 2) * 48_000) & 0xFFFFFFFF}
    found = placed([*before, *after], reports)
    assert len(found) == 200
    assert all(abs(at - arrival) < 0.001 for arrival, at in found)


@given(held=st.floats(0.3, 4.5), spacing=st.floats(0, 0.008))
def test_what_was_held_up_lies_where_it_was_said(held: float, spacing: float) -> None:
    before = sent(100, 0, 10.0)
    late = round(held * 50)
    burst = [((100 + n) * PACKET, 12.0 + held + n * spacing) for n in range(late + 20)]
    found = placed([*before, *burst])
    assert len(found) == 120 + late
    assert all(abs(at - (10.0 + n / 50)) < 0.001 for n, (_, at) in enumerate(found))


def test_a_muted_microphone_is_no_doubt() -> None:
    found = placed([(n * 20 * PACKET, 10.0 + n * 0.4) for n in range(20)])
    assert len(found) == 20 and all(abs(at - arrival) < 0.001 for arrival, at in found)


def test_one_packet_between_two_pauses_and_one_that_nothing_follows() -> None:
    found = placed([*sent(50, 0, 10.0), (50 * PACKET, 14.0), *sent(50, 51 * PACKET, 18.0)])
    assert len(found) == 101 and all(abs(at - arrival) < 0.001 for arrival, at in found)
    resumption = Resumption(48_000)
    resumption.push(Frame("audio", b"x", 0, True), 10.0)
    assert resumption.push(Frame("audio", b"y", PACKET, True), 12.0).frames == []
    assert resumption.overdue(12.2).frames == []
    settled = resumption.overdue(12.4)
    assert [frame.data for frame, _ in settled.frames] == [b"y"] and settled.resumed == (PACKET, 12.0)
    assert resumption.release().frames == []


@pytest.mark.anyio
@pytest.mark.browser
async def test_a_browser_whose_sound_is_taken_away_and_given_back(stage: Stage, tmp_path: Path) -> None:
    """The recording has the pause, and what follows it is not too early."""
    async with seated(stage, "a"):
        seat = stage.peers["a"]
        assert isinstance(seat, BrowserSeat)
        await stage.media.set_routes(stage.room, 1, {}, ["a"])
        await stage.media.start_recording(stage.room, "s1", ["a"], str(tmp_path), KEY)
        await seat.page.evaluate("publish(false)")
        await asyncio.sleep(3)
        await seat.page.evaluate(PAUSE, False)
        await asyncio.sleep(2.5)
        await seat.page.evaluate(PAUSE, True)
        await asyncio.sleep(1.5)
        await stage.media.stop_recording(stage.room, "s1")
    (segment,) = recover(tmp_path)
    index = SegmentIndex(segment.path, KEY)
    runs = [run for record in index.chunks[1:] if record["heard"] for run in record["heard"][3:]]
    pauses = [(later[1] - former[1] - former[2] / 48, later[1]) for former, later in itertools.pairwise(runs)]
    longest, goes_on = max(pauses)
    assert 2300 < longest < 3500, runs
    # All that was sent for a second and a half lies behind it, not only what came after the next report.
    end = runs[-1][1] + runs[-1][2] / 48
    assert end - goes_on > 1200, runs
    assert segment.end is not None and abs(end - segment.end["duration_ms"]) < 400, (end, segment.end)
