"""What is found in files that come in as recordings: of phones and browsers, and of people who mean no good."""

from __future__ import annotations

import io

import pytest

from rooms.media.probe import NotARecording, container_of, probe
from tests.recordings import recording

FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}


@pytest.mark.parametrize(
    ("made", "container", "picture", "sound"),
    [
        (recording(), "webm", "vp8", "opus"),
        (recording(options={"live": "1"}), "webm", "vp8", "opus"),  # as a browser makes it: no duration, no index
        (recording("mp4", "h264", "aac"), "mp4", "h264", "aac"),
        (recording("mp4", "h264", "aac", options=FRAGMENTS), "mp4", "h264", "aac"),
        (recording("mov", "h264", "aac"), "mp4", "h264", "aac"),
        (recording("3gp", "h264", "aac"), "mp4", "h264", "aac"),
        (recording("ipod", "", "aac"), "mp4", "", "aac"),
        (recording("ogg", "", "libopus"), "ogg", "", "opus"),
        (recording("webm", "libvpx", ""), "webm", "vp8", ""),
        (recording("mp4", "h264", "aac", seconds=0.3, side=32), "mp4", "h264", "aac"),
    ],
)
def test_what_phones_and_browsers_record(made: bytes, container: str, picture: str, sound: str) -> None:
    found = probe(io.BytesIO(made))
    assert (found["container"], found.get("picture", ""), found["sounds"]) == (container, picture, [sound] if sound else [])
    assert 250 <= found["ms"] <= 2300
    assert not picture or found["width"] == found["height"] > 0


def test_how_long_it_is_say_the_packets() -> None:
    assert 650_000 < probe(io.BytesIO(recording(stretch=330)))["ms"] < 670_000
    told = recording("mp4", "h264", "aac")
    at = told.index(b"mvhd") + 4 + 16
    faked = told[:at] + (600_000).to_bytes(4, "big") + told[at + 4 :]
    assert probe(io.BytesIO(faked))["ms"] < 2300, "what the header says is not believed"


@pytest.mark.parametrize(
    "made",
    [
        b"",
        b"x",
        "墙是我砌的".encode() * 100,
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x1a\x45\xdf\xa3\x84webm" + bytes(500),
        bytes(4) + b"ftypisom" + b"words, and no recording" * 50,
        b"OggS" + bytes(300),
        recording("mp4", "h264", "aac")[:9000],
        recording("mp4", "h264", "aac", options=FRAGMENTS)[:12000],
        recording("webm", "libvpx", "libopus")[:300],
    ],
)
def test_what_is_no_recording(made: bytes) -> None:
    with pytest.raises(NotARecording):
        probe(io.BytesIO(made))


def test_a_container_is_told_by_its_first_bytes() -> None:
    assert container_of(recording("matroska", "", "libopus")[:64]) == "matroska"
    assert probe(io.BytesIO(recording("matroska", "", "libopus")))["container"] == "matroska", "no browser plays it"


def test_what_would_take_for_ever_to_count_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a few MB may hold millions of packets."""
    monkeypatch.setattr("rooms.media.probe.PACKETS", 100)
    with pytest.raises(NotARecording, match="too many packets"):
        probe(io.BytesIO(recording(picture="", seconds=3)))
    monkeypatch.undo()
    monkeypatch.setattr("rooms.media.probe.LONGEST", 1)
    assert 1000 < probe(io.BytesIO(recording(picture="", seconds=3)))["ms"] < 1200, (
        "what is longer is told to be too long, and not counted to its end"
    )
