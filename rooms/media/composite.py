"""One film of a whole session, made afterwards from its segments: everybody in a grid, who speaks in a frame, stage and time below, all voices mixed.

    python -m rooms.media.composite < ORDER

Runs as a process of its own at the lowest priority. The order (`composite_plan.Order`, MessagePack) comes on standard input, since it has the session's
key; lines of JSON on standard output tell how far it is. Pictures are made minute by minute, each encrypted under its own name when it is done, so that whoever begins
again goes on where it was; the same order gives the same frames. `assemble` puts them together to an MP4.

Errors: what cannot be read ends it with exit code 1 and a line `{"error": …}`.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rooms.media.composite_picture import Canvas, Key
from rooms.media.composite_plan import HEIGHT, RATE, WIDTH, Order, Plan
from rooms.media.composite_source import SOUND_RATE, Pictures, Sound

PART = 60
"""Seconds of one part of the picture."""
BLOCK = SOUND_RATE
"""Samples that are mixed at once."""
_PICTURE = {"preset": "veryfast", "crf": "26", "threads": "1", "bf": "0"}
"""One thread, as its number is in what the encoder writes; no frames that wait for later ones, so that parts join without a seam."""
_PDEATHSIG = 1  # prctl(2)
Progress = Callable[[int, int], None]


class CompositeError(Exception):
    """A part was altered, or is of another order."""


def render(order: Order, progress: Progress) -> None:
    """Make what is missing in the order's folder `out`. `progress(done, all)` in seconds of the film. Raises `SegmentError`, `OSError`."""
    plan, out = Plan(order), Path(order.out)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    per = PART * RATE
    for number in range(parts(plan)):
        name = _name(number)
        if not (out / name).exists():
            _keep(order, name, _picture(order, plan, number * per, min(plan.frames, (number + 1) * per)))
        progress(min(plan.duration // 1000, (number + 1) * PART), plan.duration // 1000)
    if not (out / SOUND).exists():
        _keep(order, SOUND, _sound(order, plan))


SOUND = "sound.enc"


def parts(plan: Plan) -> int:
    return -(-plan.frames // (PART * RATE))


def done(order: Order) -> bool:
    out = Path(order.out)
    return (out / SOUND).exists() and all((out / _name(number)).exists() for number in range(parts(Plan(order))))


def assemble(order: Order, target: Path) -> None:
    """The film as an MP4, whose index comes first so that it plays while it loads. Raises `CompositeError`, `OSError`."""
    plan = Plan(order)
    film: Any = av.open(str(target), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})
    sound: Any = av.open(io.BytesIO(_kept(order, SOUND)))
    with film, sound:
        # All of it at once: it is a hundredth of the picture.
        heard = [packet for packet in sound.demux(audio=0) if packet.dts is not None]
        pictures, voices, spoken = None, None, 0
        for number in range(parts(plan)):
            part: Any = av.open(io.BytesIO(_kept(order, _name(number))))
            with part:
                if pictures is None:
                    pictures = film.add_stream_from_template(part.streams.video[0])
                    voices = film.add_stream_from_template(sound.streams.audio[0])
                shift = int(number * PART / part.streams.video[0].time_base)
                for packet in part.demux(video=0):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, pictures
                    time = packet.dts * packet.time_base
                    film.mux(packet)
                    while spoken < len(heard) and heard[spoken].dts * heard[spoken].time_base <= time:
                        heard[spoken].stream = voices
                        film.mux(heard[spoken])
                        spoken += 1
        for packet in heard[spoken:]:
            packet.stream = voices
            film.mux(packet)


def _picture(order: Order, plan: Plan, first: int, last: int) -> bytes:
    """Frames `first` up to but without `last`, as an MP4 of H.264."""
    folder, canvas, made = Path(order.folder), Canvas(order.font, order.names), io.BytesIO()
    sources: dict[Key, Pictures] = {}
    try:
        with av.open(made, "w", format="mp4", options={"fflags": "+bitexact"}) as file:
            stream: Any = file.add_stream("libx264", rate=RATE, options=_PICTURE)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.time_base = stream.codec_context.time_base = Fraction(1, RATE)
            for number in range(first, last):
                time = number * 1000 // RATE
                scene, moment = plan.scene(time), plan.at(time)
                pictures = {key: sources.setdefault(key, Pictures(folder, order.key, plan, *key)).at(moment) for key, _ in scene.tiles}
                canvas.show(scene, pictures, _clock(moment, order.offset))
                frame = canvas.frame()
                frame.pts, frame.time_base = number - first, Fraction(1, RATE)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    finally:
        for source in sources.values():
            source.close()
    return made.getvalue()


def _sound(order: Order, plan: Plan) -> bytes:
    """All voices, mixed, as AAC in Matroska."""
    voices = [Sound(Path(order.folder), order.key, plan, seat) for seat in plan.seats]
    graph = av.filter.Graph()
    inputs = [graph.add_abuffer(sample_rate=SOUND_RATE, format="fltp", layout="mono", time_base=Fraction(1, SOUND_RATE)) for _ in voices]
    mixed = graph.add("amix", f"inputs={len(voices)}:normalize=0")
    sink = graph.add("abuffersink")
    for number, one in enumerate(inputs):
        one.link_to(mixed, 0, number)
    mixed.link_to(sink)
    graph.configure()
    made, left, pts = io.BytesIO(), plan.duration * SOUND_RATE // 1000, 0
    with av.open(made, "w", format="matroska", options={"fflags": "+bitexact"}) as file:
        stream: Any = file.add_stream("aac", rate=SOUND_RATE, layout="mono", options={"b": "64000"})
        while left > 0:
            count = min(BLOCK, left)
            left -= count
            for voice, entrance in zip(voices, inputs, strict=True):
                frame = voice.take(count)
                frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, pts, Fraction(1, SOUND_RATE)
                entrance.push(frame)
            pts += count
            for frame in _pulled(sink):
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return made.getvalue()


def _pulled(sink: Any) -> Any:
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return


def _clock(moment: int, offset: int) -> str:
    return (datetime.fromtimestamp(moment / 1000, UTC) + timedelta(minutes=offset)).strftime("%Y-%m-%d %H:%M:%S")


def _name(number: int) -> str:
    return f"picture-{number:04d}.enc"


def _cipher(order: Order, name: str) -> AESGCM:
    # A key for each name, under which few are ever written: a random nonce will do.
    return AESGCM(HKDF(SHA256(), 32, b"", f"heyi composite {name}".encode()).derive(order.key))


def _keep(order: Order, name: str, data: bytes) -> None:
    path = Path(order.out) / name
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        nonce = os.urandom(12)
        file.write(nonce + _cipher(order, name).encrypt(nonce, data, _identity(order)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _kept(order: Order, name: str) -> bytes:
    data = (Path(order.out) / name).read_bytes()
    try:
        return _cipher(order, name).decrypt(data[:12], data[12:], _identity(order))
    except InvalidTag:
        raise CompositeError(f"{name} was altered, or is of another film") from None


def _identity(order: Order) -> bytes:
    """Parts of films of other orders do not fit."""
    return msgspec.json.encode([order.pieces, order.names, order.stages, order.speakers, order.gaps, order.offset, order.until])


def _end_with_the_server() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    _end_with_the_server()
    os.nice(19)
    try:
        order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
        render(order, lambda done, whole: print(json.dumps({"done": done, "all": whole}), flush=True))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
