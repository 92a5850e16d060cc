"""A picture is put together from whole keyframes only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import RtpPacket

from rehearsal import clip
from rehearsal.picture import FirstPicture

PART = 100
"""Bytes of a frame in one packet: small, so that every keyframe has several."""


@pytest.fixture(scope="module")
def frames() -> list[list[bytes]]:
    """Packets of the clip's first 31 frames, as a sender would cut them; the first and the last are keyframes."""
    return [list(packets(data, number)) for number, (data, _) in enumerate(clip.load().video[:31])]


def packets(frame: bytes, number: int) -> Iterator[bytes]:
    for n, at in enumerate(range(0, len(frame), PART)):
        descriptor = VpxPayloadDescriptor(partition_start=int(at == 0), partition_id=0, picture_id=number)
        last = int(at + PART >= len(frame))
        yield RtpPacket(96, last, number * 1000 + n, number * 3000, 7, bytes(descriptor) + frame[at : at + PART]).serialize()


def feed(picture: FirstPicture, given: list[bytes]) -> list[bool]:
    return [picture.add(data) is not None for data in given]


def test_a_keyframe_is_decoded_with_its_last_packet(frames: list[list[bytes]]) -> None:
    picture, first = FirstPicture(), frames[0]
    assert len(first) > 2
    assert feed(picture, first[:-1]) == [False] * (len(first) - 1)
    shown = picture.add(first[-1])
    assert shown is not None and (shown.width, shown.height) == (clip.WIDTH, clip.HEIGHT)


def test_frames_between_keyframes_are_waited_out(frames: list[list[bytes]]) -> None:
    picture = FirstPicture()
    assert not any(feed(picture, [data for frame in frames[1:30] for data in frame]))
    assert feed(picture, frames[30])[-1]


def test_a_keyframe_with_a_hole_is_given_up(frames: list[list[bytes]]) -> None:
    picture = FirstPicture()
    assert not any(feed(picture, frames[0][:-2] + frames[0][-1:]))
    assert not any(feed(picture, frames[1]))
    assert feed(picture, frames[30])[-1]
