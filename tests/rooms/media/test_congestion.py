"""What is concluded of a line, on lines whose nature is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.congestion import CEILING, COUNTED_EVERY, FLOOR, LOSS_LONGEST, Congestion
from rooms.media.transport_cc import Feedback
from tests.rooms.media.line import Line


def test_a_wide_line_gets_everything_soon() -> None:
    line = Line(lambda t: 20e6)
    line.run(6)
    assert min(line.large(4)) == 3


@pytest.mark.parametrize("capacity", [300_000, 500_000, 1_200_000, 2_000_000])
def test_a_narrow_line_is_filled_but_not_flooded(capacity: int) -> None:
    line = Line(lambda t: capacity)
    line.run(30)
    room = capacity - 100_000
    pictures = line.shown(5)
    assert min(pictures) >= 1
    assert sum(pictures) / len(pictures) >= (0.8 if room < 300_000 else 1.9)
    late = [d for d in line.audio_delay[-2000:] if d > 0.25]
    assert len(late) < 40, "sound does not wait behind pictures"
    assert sum(at > 110 for at in line.audio_lost) < 20


@pytest.mark.parametrize("seed", range(6))
def test_a_line_that_shakes_and_loses_a_little_is_not_narrow(seed: int) -> None:
    line = Line(lambda t: 5e6, jitter=0.05, loss=0.05, seed=seed)
    line.run(20)
    assert sum(line.large(8)) / len(line.large(8)) > 2.7


def test_a_line_that_narrows_is_relieved_at_once_and_filled_again() -> None:
    line = Line(lambda t: 3e6 if t < 8 or t > 28 else 300_000)
    line.run(45)
    assert min(line.large(6)[:15]) == 3
    narrow = [(at, layers) for at, layers, _ in line.history if 108.5 < at < 128]
    assert all(sum(layer == 1 for layer in layers.values()) == 0 for at, layers in narrow if at > 109)
    assert any(sum(layer == 0 for layer in layers.values()) >= 1 for at, layers in narrow if at < 111), (
        "a small picture within three seconds"
    )
    lost = [at for at in line.audio_lost if 108 < at < 110]
    assert len(lost) < 30
    assert line.large(40)[-1] == 3
    back = next(at for at, layers, _ in line.history if at > 128 and all(layer == 1 for layer in layers.values()))
    assert back < 128 + 15


@given(phase=st.floats(0, 0.16), queue=st.floats(0.15, 0.35), delay=st.floats(0.005, 0.04), narrow=st.integers(320_000, 420_000))
@settings(max_examples=20, deadline=None)
def test_a_flooded_line_has_a_picture_within_a_second_and_sound_from_then_on(phase: float, queue: float, delay: float, narrow: int) -> None:
    """Whatever it carries is concluded from what came after it had narrowed, and pictures wait for its queue no longer than that takes."""
    at = 6 + phase
    line = Line(lambda t: 3e6 if t < at else narrow, queue=queue, delay=delay)
    line.run(10)
    after = [(when - 100 - at, sum(layer is not None for layer in layers.values())) for when, layers, _ in line.history if when - 100 > at]
    gone = next(when for when, shown in after if shown < 3)
    assert gone < 0.5
    assert next(when for when, shown in after if when > gone and shown) < 1.3
    assert sum(when - 100 > at + 1.3 for when in line.audio_lost) < 25


def test_a_line_that_answers_nothing_gets_sound_alone_until_it_does() -> None:
    line = Line(lambda t: 5e6)
    line.run(5)
    line.loss = 1.0
    line.run(3)
    assert line.congestion.silent and line.shown(7)[-1] == 0
    line.loss = 0.0
    line.run(6)
    assert not line.congestion.silent and line.large(13)[-1] == 3


def test_a_drifting_clock_is_no_queue() -> None:
    line = Line(lambda t: 20e6, drift=300e-6)
    line.run(60)
    assert min(line.large(10)) == 3


@given(
    capacity=st.floats(150_000, 8e6),
    queue=st.floats(0.1, 1.0),
    delay=st.floats(0.001, 0.2),
    jitter=st.floats(0, 0.05),
    loss=st.floats(0, 0.08),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_sound_is_safe_where_a_queue_can_be_seen(
    capacity: float, queue: float, delay: float, jitter: float, loss: float, seed: int
) -> None:
    """On narrow lines that overflow earlier (below 80 ms) it is not: see docs/media.md."""
    line = Line(lambda t: capacity, queue=queue, delay=delay, jitter=jitter, loss=loss, seed=seed)
    line.run(15)
    settled = [at for at in line.audio_lost if at > 106]
    assert len(settled) < 900 * (loss + 0.06)
    assert FLOOR <= line.congestion.budget <= CEILING


TIMES = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=20) | st.lists(st.floats(-1e6, 1e6), max_size=60)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF) | st.integers(0, 600), TIMES), max_size=20))
def test_nonsense_from_a_viewer_stays_within_bounds(messages: list[tuple[int, list[float | None]]]) -> None:
    congestion = Congestion()
    for n, (first, times) in enumerate(messages):
        for _ in range(30):
            congestion.sent.number(1000, n / 10)
        congestion.told(Feedback(first, times, times.count(None)), n / 10)
        congestion.probe(5_000_000, n / 10)
        assert 0 <= congestion.owed(n / 10 + 0.05) < 10_000_000
        congestion.look(n / 10)
        assert FLOOR <= congestion.budget <= CEILING


def test_what_is_lost_is_named_once_and_only_on_a_line_that_loses_much() -> None:
    def named(every: int) -> list[tuple[int, int]]:
        congestion, found = Congestion(), []
        for message in range(100):
            now = message * 0.08
            sent = [congestion.sent.number(1000, now + n / 1000, (7, 0), 20 * message + n) for n in range(20)]
            times = [None if n % every == every - 1 and n != sent[-1] else now + 0.05 for n in sent]
            for _ in range(2):
                found += congestion.told(Feedback(sent[0], times, times.count(None)), now + 0.07)
        return found

    assert named(100) == []
    lost = named(10)
    assert len(lost) == len(set(lost)) > 50
    assert all(ssrc == 7 and number % 10 == 9 and number % 20 != 19 for ssrc, number in lost)


def test_a_viewer_whose_clock_stands_makes_nothing_grow() -> None:
    """Every packet is told to have arrived at one moment, one message for each."""
    congestion = Congestion()
    for n in range(20_000):
        now = n / 2000
        congestion.told(Feedback(congestion.sent.number(1000, now), [5.0], 0), now)
    assert len(congestion._recent) <= 256 and len(congestion._outcomes) <= LOSS_LONGEST / COUNTED_EVERY + 2
    assert len(congestion.sent.missing) <= 4096 and len(congestion._bases) <= 12
