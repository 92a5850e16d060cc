"""A recording of H.264 in the playback page of a real browser: it shows what the moment asks for, wherever one jumps, and is heard in step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.people import People
from tests.browser.playing import HEARD, JUMPS, SEEN, STANDS, Left, left, source
from tests.web.recorded_h264 import SECONDS, SILENT, SMALL, leave

pytestmark = [pytest.mark.every, pytest.mark.browser, pytest.mark.timeout(170)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    with left(tmp_path_factory.mktemp("left") / "data", leave) as found:
        yield found


def test_the_page_shows_each_moment_across_both_sizes(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    slider = page.get_by_role("slider")
    slider.focus()
    # Five seconds each: 5 and 10 are in the first segment, 15 is in the second one, and back.
    for key, moment, begins, height in (
        ("ArrowRight", 5, 0, 360),
        ("ArrowRight", 10, 0, 360),
        ("ArrowRight", 15, SMALL, 180),
        ("ArrowLeft", 10, 0, 360),
        ("Home", 0, 0, 360),
    ):
        slider.press(key)
        page.wait_for_function(STANDS, arg=moment - begins)
        time, found, light = page.evaluate(SEEN)
        assert (round(time, 1), found) == (moment - begins, height) and light > 200, (moment, time, found, light)
    slider.press("End")
    slider.press("ArrowLeft")
    slider.press("Home")
    page.get_by_role("button", name="播放", exact=True).click()
    page.wait_for_function("() => document.querySelector('.tile video').currentTime > 2")
    assert page.locator(".tile .instead").count() == 0, "nothing keeps it from being shown"


def test_one_may_jump_anywhere_in_its_file(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    moments = [11.5, 0.2, 7.9, 3.0, 13.5, 8.0, 7.99, 0.0, 12.1]
    found: dict[str, Any] = page.evaluate(JUMPS, [source(page), moments])
    assert abs(found["duration"] - SMALL) < 0.05
    for wanted, shown in zip(moments, found["shown"], strict=True):
        assert wanted - 0.05 < shown <= wanted + 0.001, (wanted, shown)


def test_picture_and_sound_are_in_step_after_a_pause(recorded: Left, everybody: People) -> None:
    page = recorded.open(everybody)
    found: dict[str, list[float]] = page.evaluate(HEARD, [source(page), 3.5, 9.0])
    assert [round(at) for at in found["flashes"]] == [4, 5, 6, 7, 8, 9, 10, 11, 12], found
    seconds = [second for second in range(4, 13) if not SILENT[0] <= second < SILENT[1]]
    assert [round(at) for at in found["beeps"]] == seconds, found
    # A browser on a busy machine leaves out a picture now and then, and shows white with the next one.
    late = sorted(abs(at - round(at)) for at in found["flashes"])
    assert late[len(late) // 2] < 0.001 and late[-1] < 0.12, found
    # What is heard is looked at every few milliseconds, on a machine that does much else.
    assert sorted(abs(at - round(at)) for at in found["beeps"])[len(seconds) // 2] < 0.08, found
    assert SECONDS > SMALL
