"""What is taken as a recording, and why something is not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid
from cases.recorded import LEAST_MS, MOST_MS, PICTURE, SIDE_LIMIT, SOUND, Found, judge

GOOD = Found("webm", 60_000, ("opus",), "vp8", 640, 480)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "video/webm"),
        ({"picture": "", "width": 0, "height": 0}, "audio/webm"),
        ({"container": "mp4", "sounds": ("aac",), "picture": "h264"}, "video/mp4"),
        ({"container": "ogg", "picture": ""}, "audio/ogg"),
        ({"ms": LEAST_MS}, "video/webm"),
        ({"ms": MOST_MS}, "video/webm"),
        ({"width": SIDE_LIMIT, "height": SIDE_LIMIT}, "video/webm"),
    ],
)
def test_what_is_taken(more: dict[str, Any], kind: str) -> None:
    assert judge(msgspec.structs.replace(GOOD, **more)) == kind


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"sounds": ()}, "recording_silent"),
        ({"container": "matroska"}, "recording_kind"),
        ({"container": "mp4", "sounds": ("amr_nb",), "picture": "h264"}, "recording_kind"),
        ({"container": "mp4", "sounds": ("aac",), "picture": "hevc"}, "recording_kind"),
        ({"picture": "h264"}, "recording_kind"),
        ({"ms": LEAST_MS - 1}, "recording_short"),
        ({"ms": MOST_MS + 1}, "recording_long"),
        ({"width": SIDE_LIMIT + 1}, "recording_picture"),
        ({"height": 0}, "recording_picture"),
    ],
)
def test_what_is_not(more: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        judge(msgspec.structs.replace(GOOD, **more))
    assert (refused.value.code, refused.value.detail["field"]) == (code, "recording")


@given(st.builds(Found, st.sampled_from(["webm", "mp4", "ogg", "avi"]), st.integers(), st.lists(st.text(max_size=6)).map(tuple)))
def test_nothing_is_taken_that_is_not_in_the_table(found: Found) -> None:
    try:
        kind = judge(found)
    except Invalid:
        return
    assert kind == f"audio/{found.container}" and set(found.sounds) <= SOUND[found.container] and LEAST_MS <= found.ms <= MOST_MS
    assert PICTURE.keys() == SOUND.keys()
