"""A peer that is asked for a keyframe goes on with the clip's next second, picture and sound alike."""

from __future__ import annotations

import pytest

from rehearsal import clip
from rehearsal.clip import FRAME_RATE
from rehearsal.peer import _ClipTrack, _Reel

pytestmark = pytest.mark.anyio


async def test_the_next_frame_is_a_keyframe_and_the_sound_moves_with_it() -> None:
    sample = clip.load()
    reel = _Reel()
    pictures = _ClipTrack("video", [data for data, _ in sample.video], FRAME_RATE, 90000, reel)
    sounds = _ClipTrack("audio", list(sample.audio), 50, 48000, reel)
    for _ in range(4):
        await pictures.recv()
    await sounds.recv()
    reel.next_keyframe()
    picture, sound = await pictures.recv(), await sounds.recv()
    assert bytes(picture) == sample.video[FRAME_RATE][0] and sample.video[FRAME_RATE][1]
    assert picture.pts == 4 * 90000 // FRAME_RATE, "time goes on evenly"
    # 26 frames were skipped; of the sound as much, to its next whole packet.
    assert bytes(sound) == sample.audio[1 + round(26 / FRAME_RATE * 50)]
    reel.next_keyframe()
    after = reel.skipped
    reel.next_keyframe()
    assert reel.skipped == after, "asked twice before a frame was sent, it moves once"
