"""A recording of VP8 and Opus, or of sound alone, in a real browser: heard in step after pauses, and sought in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.people import People
from tests.browser.playing import HEARD, JUMPS, Left, left, source
from tests.web.recorded_vp8 import MUTED, SECONDS, UNPLUGGED, leave, leave_sound

pytestmark = [pytest.mark.every, pytest.mark.browser, pytest.mark.timeout(170)]
BEEPS = [second for second in range(SECONDS) if not any(begin <= second < end for begin, end in (MUTED, UNPLUGGED))]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    with left(tmp_path_factory.mktemp("webm") / "data", leave) as found:
        yield found


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    with left(tmp_path_factory.mktemp("sound") / "data", leave_sound) as found:
        yield found


def in_step(found: list[float], seconds: list[int]) -> None:
    """What is heard is looked at every few milliseconds, on a machine that does much else."""
    assert [round(at) for at in found] == seconds, found
    assert sorted(abs(at - round(at)) for at in found)[len(seconds) // 2] < 0.08, found


def test_picture_and_sound_are_in_step_after_pauses(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    found: dict[str, list[float]] = page.evaluate(HEARD, [source(page), 2.5, 12.9])
    assert [round(at) for at in found["flashes"]] == list(range(3, 16)), found
    # A browser on a busy machine leaves out a picture now and then, and shows white with the next one.
    late = sorted(abs(at - round(at)) for at in found["flashes"])
    assert late[len(late) // 2] < 0.002 and late[-1] < 0.12, found
    in_step(found["beeps"], [second for second in BEEPS if second >= 3])


def test_whoever_begins_in_a_pause_is_in_step(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    found: dict[str, list[float]] = page.evaluate(HEARD, [source(page), 6.4, 3.2])
    assert [round(at) for at in found["flashes"]] == [7, 8, 9], found
    in_step(found["beeps"], [8, 9])


def test_one_may_jump_anywhere_in_its_file(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    moments = [11.5, 0.2, 7.9, 3.0, 15.5, 8.0, 7.99, 0.0, 12.1, 5.05]
    found: dict[str, Any] = page.evaluate(JUMPS, [source(page), moments])
    assert abs(found["duration"] - SECONDS) < 0.05
    for wanted, shown in zip(moments, found["shown"], strict=True):
        assert wanted - 0.05 < shown <= wanted + 0.001, (wanted, shown)


def test_sound_alone_is_heard_at_its_time(spoken: Left, everybody: People) -> None:
    page = spoken.open(everybody)
    found: dict[str, list[float]] = page.evaluate(HEARD, [source(page), 2.5, 12.9])
    in_step(found["beeps"], [second for second in BEEPS if second >= 3])
