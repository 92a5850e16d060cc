"""Picture beside sound, and people beside each other, where no two clocks run alike. Simulated time, as fast as it can be recorded."""

from __future__ import annotations

import asyncio

import pytest

from rehearsal.recorded import people_beside_each_other, picture_beside_sound


@pytest.mark.parametrize("ppm", [200, 3000])
def test_picture_and_sound_stay_together_though_their_clocks_do_not(ppm: int) -> None:
    """Two minutes; 3000 ppm part the clocks as far in them as 200 do in half an hour, 0.36 s."""
    apart = asyncio.run(picture_beside_sound(120, ppm))
    assert max(map(abs, apart)) <= 0.04, apart


def test_two_people_stay_together_though_their_clocks_and_lines_do_not() -> None:
    """A minute, in which the clocks part by 180 ms, and the lines by 40."""
    apart = asyncio.run(people_beside_each_other(60, 1500))
    assert max(map(abs, apart)) <= 0.08, apart
