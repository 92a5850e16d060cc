"""What there is in a file that somebody sent as a recording: container, codecs, duration, size of the picture. Run as a process of its own, since the file may be hostile:

    python -m rooms.media.probe FD

reads the file behind the descriptor FD, with little memory and time, and prints one line of JSON: what was found, or `{"error": why}`.

The container is told by the first bytes and nothing else is tried: playlists, which would name other files, are no containers here. Only packets are
counted; of each stream one frame is decoded, which must succeed. The duration is that of the packets, since a browser's WebM has none in its header.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.stream import Disposition

MEMORY = 1 << 30
SECONDS = 15
"""Of computing."""
TRIED = 60
"""Packets within which a stream has its first frame."""
PACKETS = 200_000
"""More than five minutes of sound in the smallest packets with pictures beside it: a file of a few MB may hold millions, each a step of ours."""
LONGEST = 900
"""Seconds after which nothing more is counted: it is too long in any case."""
PIXELS = 3840 * 2160
"""Larger pictures are not decoded."""
EBML, OGG, FTYP = b"\x1a\x45\xdf\xa3", b"OggS", b"ftyp"
FORMATS = {"webm": "matroska", "mp4": "mov", "ogg": "ogg"}


class NotARecording(Exception):
    """The reason is for our log; people are told that it cannot be read."""


def container_of(head: bytes) -> str:
    """webm, mp4 or ogg, by the first bytes of a file. Raises `NotARecording`."""
    if head.startswith(EBML) and b"webm" in head[:64]:
        return "webm"
    if head.startswith(EBML):
        return "matroska"
    if head[4:8] == FTYP:
        return "mp4"
    if head.startswith(OGG):
        return "ogg"
    raise NotARecording("no container of a recording")


def probe(file: BinaryIO) -> dict[str, Any]:
    """`container ms sounds picture width height`. Raises `NotARecording`."""
    container = container_of(file.read(64))
    if container not in FORMATS:
        return {"container": container, "ms": 0, "sounds": ["unknown"]}
    file.seek(0)
    try:
        with av.open(file, "r", format=FORMATS[container]) as opened:
            return {"container": container, **_measured(opened)}
    except (av.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        raise NotARecording(f"{type(error).__name__}") from None


def _measured(opened: Any) -> dict[str, Any]:
    # What no decoder is known for has no context: phones add such tracks beside the one that everybody plays.
    sounds = [one for one in opened.streams.audio if one.codec_context is not None]
    pictures = [one for one in opened.streams.video if one.codec_context is not None and not one.disposition & Disposition.attached_pic]
    if len(pictures) > 1:
        raise NotARecording("several pictures")
    for one in [*sounds, *pictures]:
        one.codec_context.thread_count = 1
    told: dict[str, Any] = {"sounds": [_codec(one) for one in sounds]}
    for one in pictures:
        one.codec_context.options = {"max_pixels": str(PIXELS)}
        told |= {"picture": _codec(one), "width": one.codec_context.width, "height": one.codec_context.height}
    waiting: dict[int, int] = {one.index: TRIED for one in [*sounds, *pictures]}
    first: Fraction | None = None
    last = Fraction(0)
    for number, packet in enumerate(opened.demux([*sounds, *pictures])):
        if number > PACKETS:
            raise NotARecording("too many packets")
        if packet.stream.index in waiting:
            told |= _tried(packet, waiting)
        if not packet.size:
            continue  # what `demux` gives at the end, for decoders to be emptied
        if packet.is_corrupt:
            raise NotARecording("cut off")
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            continue
        begins, ends = at * packet.time_base, (at + (packet.duration or 0)) * packet.time_base
        first = begins if first is None else min(first, begins)
        last = max(last, ends)
        if last - first > LONGEST and not waiting:
            break
    if first is None or waiting:
        raise NotARecording("nothing that can be decoded")
    return {**told, "ms": int((last - first) * 1000)}


def _tried(packet: Any, waiting: dict[int, int]) -> dict[str, Any]:
    """Decode one packet of a stream whose first frame is still waited for: the size of the picture, where it is one."""
    index = packet.stream.index
    frames = packet.decode()
    if frames:
        del waiting[index]
        return {"width": frames[0].width, "height": frames[0].height} if packet.stream.type == "video" else {}
    waiting[index] -= 1
    if not waiting[index]:
        raise NotARecording("no frame within its first packets")
    return {}


def _codec(stream: Any) -> str:
    """Its name, whichever library decodes it."""
    return str(stream.codec_context.codec.canonical_name)


def main(descriptor: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    av.logging.set_level(av.logging.PANIC)
    try:
        with os.fdopen(descriptor, "rb") as file:
            told = probe(file)
    except NotARecording as error:
        told = {"error": str(error)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
