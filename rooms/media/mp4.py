"""The header of a fragmented MP4 with H.264 and Opus, and its fragments. Pure: values in, bytes out.

    header     ftyp, and moov with one track of pictures (`avc1`) and perhaps one of sound (`Opus`), neither with samples of its own
    fragment   moof, which tells the times and sizes of the samples in the mdat behind it

Sources: ISO/IEC 14496-12 (boxes, movie fragments in 8.8), ISO/IEC 14496-15 section 5 (H.264), "Encapsulation of Opus in ISO Base Media File
Format" 0.8.1 (sections 4.3 and 4.5). Every sample tells its own duration: some players read no other kind.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from rooms.media import h264
from rooms.media.boxes import box, full_box, u16, u32

PICTURE, SOUND = 1, 2
"""Numbers of the tracks."""
PICTURE_SCALE, SOUND_SCALE = 90_000, 48_000
"""Units a second in which their times count: those of RTP."""
MOVIE_SCALE = 1000
_BRANDS = (b"iso6", b"iso5", b"mp41")
"""iso6 has decode times of 64 bits in fragments, iso5 offsets that count from the fragment."""
_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4
"""The language `und`, three letters of five bits."""
SYNC, _NOT_SYNC = 0x02000000, 0x01010000
"""Depends on no other sample; depends on others and is none to begin with (8.8.3.1)."""
_PREROLL = -4
"""Packets of 20 ms before one that a decoder must have heard, so that it sounds right: 80 ms."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame. `time` and `duration` count in the track's units; `data` is as the track has it: H.264 with lengths instead of start codes."""

    data: bytes
    time: int
    duration: int
    key: bool


def header(sets: h264.ParameterSets, sound: bool) -> bytes:
    """`ftyp` and `moov`. Raises `h264.H264Error` for parameter sets that cannot be read."""
    movie = full_box(b"mvhd", 0, 0, u32(0, 0, MOVIE_SCALE, 0, 0x10000), u16(0x100), bytes(10), _MATRIX, bytes(24), u32(SOUND + 1))
    tracks = [_picture_track(sets)] + ([_sound_track()] if sound else [])
    extends = [full_box(b"trex", 0, 0, u32(number, 1, 0, 0, 0)) for number in (PICTURE, SOUND)[: len(tracks)]]
    return box(b"ftyp", _BRANDS[0], u32(0), *_BRANDS) + box(b"moov", movie, *tracks, box(b"mvex", *extends))


def fragment(number: int, pictures: Sequence[Sample], sounds: Sequence[Sample]) -> bytes:
    """`moof` and `mdat`; `number` counts fragments from 1. Samples of each track follow one another without overlap."""
    runs = [(track, samples) for track, samples in ((PICTURE, pictures), (SOUND, sounds)) if samples]

    def moof(begin: int) -> bytes:
        parts = []
        for track, samples in runs:
            parts.append(_run(track, samples, begin))
            begin += sum(len(sample.data) for sample in samples)
        return box(b"moof", full_box(b"mfhd", 0, 0, u32(number)), *parts)

    # Offsets have a fixed length, so that the length of all is known before them. The content follows the head of the mdat.
    return moof(len(moof(0)) + 8) + box(b"mdat", *(sample.data for _, samples in runs for sample in samples))


def _run(track: int, samples: Sequence[Sample], begin: int) -> bytes:
    """The samples of one track, whose bytes lie `begin` bytes behind the moof's first (8.8.6 to 8.8.8, 8.8.12)."""
    rows = b"".join(struct.pack("!III", sample.duration, len(sample.data), SYNC if sample.key else _NOT_SYNC) for sample in samples)
    # Offset of the data; duration, size and flags of each sample.
    run = full_box(b"trun", 0, 0x701, u32(len(samples), begin), rows)
    about = full_box(b"tfhd", 0, 0x020000, u32(track)) + full_box(b"tfdt", 1, 0, samples[0].time.to_bytes(8, "big"))
    roll = full_box(b"sbgp", 0, 0, b"roll", u32(1, len(samples), 1)) if track == SOUND else b""
    return box(b"traf", about, run, roll)


def _picture_track(sets: h264.ParameterSets) -> bytes:
    width, height = sets.size
    entry = box(
        b"avc1",
        bytes(6) + u16(1) + bytes(16),
        u16(width, height),
        u32(0x480000, 0x480000, 0),
        u16(1) + bytes(32) + u16(24, 0xFFFF),
        box(b"avcC", decoder_configuration(sets)),
    )
    head = full_box(b"vmhd", 0, 1, bytes(8))
    return _track(PICTURE, PICTURE_SCALE, b"vide", head, entry, u16(0), u32(width << 16, height << 16))


def _sound_track() -> bytes:
    # No pre-skip: whoever records joins in the midst of a stream, there is no beginning of an encoder to leave out.
    about = struct.pack("!BBHIhB", 0, 2, 0, SOUND_SCALE, 0, 0)
    entry = box(b"Opus", bytes(6) + u16(1) + bytes(8), u16(2, 16) + bytes(4), u32(SOUND_SCALE << 16), box(b"dOps", about))
    roll = full_box(b"sgpd", 1, 0, b"roll", u32(2, 1), struct.pack("!h", _PREROLL))
    return _track(SOUND, SOUND_SCALE, b"soun", full_box(b"smhd", 0, 0, bytes(4)), entry, u16(0x100), u32(0, 0), roll)


def _track(number: int, scale: int, handler: bytes, head: bytes, entry: bytes, volume: bytes, size: bytes, more: bytes = b"") -> bytes:
    """A track without samples: they come in fragments. `volume` in 8.8 and `size` in 16.16 fixed point."""
    table = (
        full_box(b"stsd", 0, 0, u32(1), entry),
        full_box(b"stts", 0, 0, u32(0)),
        full_box(b"stsc", 0, 0, u32(0)),
        full_box(b"stsz", 0, 0, u32(0, 0)),
        full_box(b"stco", 0, 0, u32(0)),
        more,
    )
    # The data lie in this file itself, which is what the flag says.
    place = box(b"dinf", full_box(b"dref", 0, 0, u32(1), full_box(b"url ", 0, 1)))
    media = (
        full_box(b"mdhd", 0, 0, u32(0, 0, scale, 0), u16(_UNDETERMINED, 0)),
        full_box(b"hdlr", 0, 0, u32(0), handler, bytes(12), b"\0"),
        box(b"minf", head, place, box(b"stbl", *table)),
    )
    # Enabled, and part of what is played.
    about = full_box(b"tkhd", 0, 3, u32(0, 0, number, 0, 0), bytes(8), u16(0, 0), volume, u16(0), _MATRIX, size)
    return box(b"trak", about, box(b"mdia", *media))


def decoder_configuration(sets: h264.ParameterSets) -> bytes:
    """The content of `avcC` (ISO/IEC 14496-15 section 5.3.3.1); lengths in samples have four bytes."""
    told = h264.sequence(sets.sps)
    pictures = sets.pps[:255]
    found = bytes([1, *sets.sps[1:4], 0xFC | 3, 0xE0 | 1]) + u16(len(sets.sps)) + sets.sps
    found += bytes([len(pictures)]) + b"".join(u16(len(unit)) + unit for unit in pictures)
    if sets.sps[1] in (100, 110, 122, 144):
        found += bytes([0xFC | told.chroma, 0xF8 | (told.luma_depth - 8), 0xF8 | (told.chroma_depth - 8), 0])
    return found


def picture_data(data: bytes) -> bytes:
    """A byte stream's access unit as the track has it: each unit behind its length, parameter sets left out, since `avc1` has them in the header."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in h264.units(data) if h264.kind(unit) not in (h264.SPS, h264.PPS))
