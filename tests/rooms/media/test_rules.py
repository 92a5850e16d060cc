"""Small rules: time axis, loudness, bandwidth, quality, framing."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.bandwidth import CEILING, FLOOR, PATIENCE, Budget, Line
from rooms.media.framing import Framer, FramingError
from rooms.media.loudness import PAUSE, Loudness
from rooms.media.protocol import MAX_MESSAGE
from rooms.media.quality import GOOD, HOLD, LOST, WEAK, Quality, judge
from rooms.media.timeline import Timeline

NTP = 1 << 32


@given(audio=st.integers(0, 2**32 - 1), video=st.integers(0, 2**32 - 1), late=st.floats(0, 2), clock=st.integers(0, 2**31))
def test_reports_put_unrelated_clocks_on_one_axis(audio: int, video: int, late: float, clock: int) -> None:
    line = Timeline()
    line.report("camera", clock * NTP, video, 100.0)
    line.report("audio", clock * NTP, audio, 100.0 + late)
    for seconds in (0, 1, 3600):
        a = line.place("audio", (audio + seconds * 48000) & 0xFFFFFFFF, 48000, 999.0)
        v = line.place("camera", (video + seconds * 90000) & 0xFFFFFFFF, 90000, 888.0)
        assert a == pytest.approx(v) == pytest.approx(100.0 + seconds)


def test_before_a_report_arrival_counts() -> None:
    line = Timeline()
    assert line.place("audio", 5, 48000, 50.0) == 50.0
    assert line.place("audio", 5 + 24000, 48000, 77.0) == 50.5
    line.restart("audio")
    assert line.place("audio", 9, 48000, 60.0) == 60.0


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_clock_that_drifts_is_followed_for_all_tracks_alike(ppm: int) -> None:
    """Half an hour, over a line that shakes: no more than its shaking apart from the truth, and never two tracks from each other."""
    line, worst = Timeline(), 0.0
    for second in range(1800):
        day, late = 5000 + second * (1 + ppm / 1e6), 0.02 + second * 7 % 13 / 100
        line.report("camera", int(day * NTP), second * 90000 & 0xFFFFFFFF, second + late)
        if second % 5 == 0:
            line.report("audio", int(day * NTP), second * 48000, second + late)
        seen = line.place("camera", second * 90000 & 0xFFFFFFFF, 90000, second + late)
        heard = line.place("audio", second * 48000, 48000, second + late)
        assert abs(seen - heard) < 0.002
        if second > 60:
            worst = max(worst, abs(seen - second - 0.02))
    assert worst < 0.02


def test_a_clock_that_is_set_is_followed_at_once_forwards_and_soon_backwards() -> None:
    line = Timeline()
    line.report("audio", 100 * NTP, 0, 50.0)
    line.report("audio", 200 * NTP, 48000, 51.0)
    assert line.place("audio", 48000, 48000, 51.0) == pytest.approx(51.0)
    for second in range(2, 40):
        line.report("audio", (100 + second) * NTP, 48000 * second, 50.0 + second)
    assert line.place("audio", 48000 * 39, 48000, 89.0) == pytest.approx(89.0)


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.floats(0, 1e6)), min_size=1, max_size=200))
def test_reports_of_any_nonsense_place_packets_somewhere(reports: list[tuple[int, int, float]]) -> None:
    line = Timeline()
    for ntp, clock, arrival in reports:
        line.report("audio", ntp, clock, arrival)
        assert abs(line.place("audio", clock, 48000, arrival)) < 1e10


def test_the_loudest_speaks_and_a_cough_does_not_take_over() -> None:
    loud = Loudness()
    now = 0.0
    for _ in range(50):
        now += 0.02
        loud.hear("a", 20, now)
        loud.hear("b", 60, now)
    assert loud.poll(now) == ("a", 20)
    assert loud.poll(now + PAUSE / 2) is None
    for _ in range(50):
        now += 0.02
        loud.hear("a", 20, now)
        loud.hear("b", 17, now)
    assert loud.poll(now)[0] == "a"
    for _ in range(200):
        now += 0.02
        loud.hear("a", 127, now)
        loud.hear("b", 17, now)
    assert loud.poll(now) == ("b", 17)
    assert loud.poll(now + 2) is None
    loud.forget("b")


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10_000_000), st.lists(st.integers(0, 10_000_000), max_size=4)), max_size=80))
def test_a_budget_stays_in_its_bounds(steps: list[tuple[float, int, list[int]]]) -> None:
    budget = Budget()
    for loss, received, viewers in steps:
        assert FLOOR <= budget.update(loss, received, viewers) <= CEILING


def test_a_budget_follows_loss_and_the_median_viewer() -> None:
    budget = Budget()
    assert budget.update(0.5, 800_000, []) < 800_000
    grown = [budget.update(0.0, 3_000_000, []) for _ in range(40)]
    assert grown == sorted(grown) and grown[-1] == CEILING
    assert budget.update(0.0, 0, [200_000, 900_000, 2_000_000]) == 900_000


def test_a_line_bounds_only_when_it_is_full() -> None:
    line = Line()
    assert line.update(500_000, 300_000, 0.0) == line.update(0, 300_000, 0.5) == CEILING
    assert line.update(500_000, 100_000, 0.2) == 500_000
    assert [line.update(500_000, 600_000, 0.0) for _ in range(PATIENCE)] == [CEILING] * (PATIENCE - 1) + [500_000]
    assert line.update(500_000, 400_000, 0.0) == CEILING


def test_quality_falls_at_once_and_rises_late() -> None:
    assert (judge(0, 0, 0), judge(0.06, 0, 0), judge(0, 0.5, 0), judge(0, 0, 6)) == (GOOD, WEAK, WEAK, LOST)
    quality = Quality()
    assert quality.update(GOOD, 0), "of whoever had the seat before, something else may still be shown"
    assert not quality.update(GOOD, 0.5) and quality.update(LOST, 1)
    assert not quality.update(GOOD, 2) and not quality.update(WEAK, 2 + HOLD * 0.9)
    assert quality.update(GOOD, 2 + HOLD) and quality.word == GOOD


MESSAGES = st.lists(st.dictionaries(st.text(max_size=8), st.integers().filter(lambda n: -(2**63) <= n < 2**63), max_size=4), max_size=10)


@given(MESSAGES, st.lists(st.integers(1, 50), max_size=20))
def test_messages_in_pieces_of_any_size(messages: list[dict], sizes: list[int]) -> None:
    whole, framer, read = b"".join(msgpack.packb(m) for m in messages), Framer(), []
    for size in [*sizes, len(whole) + 1]:
        read += framer.feed(whole[:size])
        whole = whole[size:]
    assert read == messages


@pytest.mark.parametrize("data", [b"\x01", msgpack.packb([1]), b"\xc1", msgpack.packb({1: 2})])
def test_what_is_no_map_is_refused(data: bytes) -> None:
    with pytest.raises(FramingError):
        Framer().feed(data)


def test_a_message_too_long_is_refused() -> None:
    framer = Framer()
    with pytest.raises(FramingError):
        framer.feed(b"\x81\xa1a\xc6" + (MAX_MESSAGE * 8).to_bytes(4, "big"))
        for _ in range(20):
            framer.feed(bytes(MAX_MESSAGE // 8))
