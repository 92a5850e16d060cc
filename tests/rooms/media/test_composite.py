"""A film of a session, from real segments: in step, whole, resumable, the same each time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import pytest

from rehearsal.clip import FRAME_RATE, load
from rooms.media import composite
from rooms.media.assembly import Frame
from rooms.media.composite import CompositeError, assemble, done, render
from rooms.media.composite_plan import CARD, LINE, NOBODY, RATE, Moment, Order, Piece, Plan, Stretch, card
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.segments import SegmentIndex

KEY, BEGIN = bytes(range(32)), 1_780_000_000_000
ROOT = Path(__file__).resolve().parents[3]
FONT = str(ROOT / "web/client/node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf")


def record(folder: Path, name: str, seat: str, begins: int, seconds: float, *, picture: bool = True) -> Piece:
    """The clip, which flashes and beeps at each full second of its own, recorded from a moment in ms on."""
    clip, kinds = load(), {"audio": "opus"} | ({"camera": "vp8"} if picture else {})
    muxer = SegmentMuxer(SegmentPlan(folder, name, KEY, kinds, {"seat": seat}))
    frames = [(n / 50, "audio", clip.audio[n % len(clip.audio)], True) for n in range(int(seconds * 50))]
    if picture:
        frames += [(n / FRAME_RATE, "camera", *clip.video[n % len(clip.video)]) for n in range(int(seconds * FRAME_RATE))]
    for at, kind, data, key in sorted(frames, key=lambda one: one[0]):
        muxer.add(Frame(kind, data, 0, key, (640, 360)), begins / 1000 + at, 0)
    muxer.close("ended", 0)
    index = SegmentIndex(folder / f"{name}.webm.enc", KEY)
    return Piece(name, seat, "main", begins, max(int(c["t_last_ms"] or 0) for c in index.chunks), picture, len(index.chunks))


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    folder = tmp_path_factory.mktemp("session")
    pieces = [
        record(folder, "m-0001", "m", BEGIN, 6),
        # Two seconds later to the frame, so that both flash together.
        record(folder, "s1-0001", "s1", BEGIN + 2000, 4),
        record(folder, "s2-0001", "s2", BEGIN + 1000, 3, picture=False),
        record(folder, "m-0002", "m", BEGIN + 20_000, 3),
    ]
    return Order(
        folder=str(folder),
        key=KEY,
        out=str(folder / "film"),
        font=FONT,
        pieces=pieces,
        names={"m": "王调解员", "s1": "李某", "s2": "赵某"},
        stages=[Moment(BEGIN - 1000, "各自陈述"), Moment(BEGIN + 4000, "商量方案")],
        speakers=[Stretch("s1", BEGIN + 2500, BEGIN + 5000)],
        gaps=[Moment(BEGIN + 6100, "背对背，不入主录")],
        offset=480,
    )


@pytest.fixture(scope="module")
def film(order: Order) -> Path:
    told: list[tuple[int, int]] = []
    assert not done(order)
    render(order, lambda *progress: told.append(progress))
    assert done(order) and told[-1][0] == told[-1][1]
    target = Path(order.folder) / "film.mp4"
    assemble(order, target)
    return target


def test_it_is_as_long_as_the_plan_and_has_both(film: Path, order: Order) -> None:
    plan = Plan(order)
    assert abs(plan.duration - (6000 + CARD + 3000)) < 120
    with av.open(str(film)) as file:
        assert abs(file.duration / 1000 - plan.duration) < 150
        assert [s.codec_context.name for s in file.streams] == ["h264", "aac"]
        frames = list(file.decode(video=0))
    assert len(frames) == plan.frames and {(f.width, f.height) for f in frames} == {(1280, 720)}
    assert [round(f.time * RATE) for f in frames] == list(range(plan.frames)), "without a gap over the parts"


def _rises(levels: list[tuple[float, float]], least: float) -> list[float]:
    """Times at which a level jumps up."""
    return [at for (_, before), (at, now) in pairwise(levels) if now - before > least]


def _bright(frame: av.VideoFrame, left: float, top: float) -> float:
    """Of the spot in the clip's foot that flashes."""
    plane = frame.planes[0]
    row, column = int(top), int(left)
    return float(sum(memoryview(plane)[row * plane.line_size + column : row * plane.line_size + column + 24]) / 24)


def test_picture_and_sound_of_everybody_are_in_step(film: Path, order: Order) -> None:
    """While two flash on each full second, so does the sound; goals: 80 ms between two people, 40 ms between picture and sound."""
    boxes = dict(Plan(order).scene(3000).tiles)
    spots = {seat: (box.left + box.width * 0.02, box.top + box.height * 0.55) for (seat, _), box in boxes.items() if seat in {"m", "s1"}}
    seen: dict[str, list[tuple[float, float]]] = {seat: [] for seat in spots}
    with av.open(str(film)) as file:
        for frame in file.decode(video=0):
            if 2.1 < frame.time < 5.9:
                for seat, (left, top) in spots.items():
                    seen[seat].append((frame.time, _bright(frame, left, top)))
    flashes = {seat: _rises(levels, 60) for seat, levels in seen.items()}
    assert len(flashes["m"]) >= 3 and len(flashes["s1"]) >= 3, flashes
    for one, other in zip(flashes["m"], flashes["s1"], strict=True):
        assert abs(one - other) <= 0.08
    heard: list[tuple[float, float]] = []
    with av.open(str(film)) as file:
        for frame in file.decode(audio=0):
            samples = memoryview(frame.planes[0]).cast("f")
            for start in range(0, frame.samples, 240):
                part = samples[start : min(start + 240, frame.samples)]
                heard.append((frame.time + start / 48000, max(abs(value) for value in part)))
    beeps = [at for at in _rises(heard, 0.1) if 2.1 < at < 5.9]
    for flash in flashes["m"]:
        # A picture is shown for a fifteenth of a second; that is as exact as it can be told.
        assert min(abs(flash - beep) for beep in beeps) <= 0.04 + 1 / RATE, (flash, beeps)


SEEN_AHEAD = 10
"""Frames of x264's lookahead in the preset `veryfast`."""


def test_it_goes_on_where_it_was_and_is_the_same(film: Path, order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composite, "PART", 5)
    again = msgspec.structs.replace(order, out=str(tmp_path / "again"))
    made: list[str] = []
    keep = composite._keep

    def noting(order: Order, name: str, data: bytes) -> None:
        made.append(name)
        keep(order, name, data)
        if len(made) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(composite, "_keep", noting)
    with pytest.raises(KeyboardInterrupt):
        render(again, lambda *progress: None)
    assert not done(again)
    render(again, lambda *progress: None)
    assert done(again) and len(made) == len(set(made)), "nothing was made twice"
    assemble(again, tmp_path / "again.mp4")
    # How well a frame is coded depends on those that the encoder sees ahead of it, which end where the part ends.
    alike = composite.PART * RATE - SEEN_AHEAD
    assert _pictures(tmp_path / "again.mp4")[:alike] == _pictures(film)[:alike], "the same frames, however it was parted"


def _pictures(film: Path) -> list[str]:
    with av.open(str(film)) as file:
        return [hashlib.sha256(b"".join(bytes(p) for p in frame.planes)).hexdigest() for frame in file.decode(video=0)]


def test_the_same_order_gives_the_same_film(film: Path, order: Order, tmp_path: Path) -> None:
    """Byte by byte, by the process as it is started."""
    again = msgspec.structs.replace(order, out=str(tmp_path / "again"))
    command = [sys.executable, "-m", "rooms.media.composite"]
    ran = subprocess.run(command, input=msgspec.msgpack.encode(again), capture_output=True, cwd=ROOT, timeout=60, check=True)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert lines[-1]["done"] == lines[-1]["all"]
    assemble(again, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == film.read_bytes()


def test_what_was_altered_or_is_of_another_film_does_not_open(film: Path, order: Order, tmp_path: Path) -> None:
    other = msgspec.structs.replace(order, names={**order.names, "m": "别人"})
    with pytest.raises(CompositeError):
        assemble(other, tmp_path / "other.mp4")
    part = Path(order.out) / composite.SOUND
    data = bytearray(part.read_bytes())
    data[100] ^= 1
    part.write_bytes(data)
    with pytest.raises(CompositeError, match="altered"):
        assemble(order, tmp_path / "altered.mp4")
    data[100] ^= 1
    part.write_bytes(data)


def test_a_session_that_cannot_be_read_ends_with_a_sentence(order: Order, tmp_path: Path) -> None:
    broken = msgspec.structs.replace(order, out=str(tmp_path / "b"), key=bytes(32))
    ran = subprocess.run(
        [sys.executable, "-m", "rooms.media.composite"],
        input=msgspec.msgpack.encode(broken),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1 and "does not decrypt" in json.loads(ran.stdout.splitlines()[-1])["error"]


def bare(*pieces: tuple[int, int], gaps: list[Moment], until: int = 0, resumed: Sequence[int] = ()) -> Plan:
    made = [Piece(f"m-{n}", "m", "main", BEGIN + begins, lasts, True, 2) for n, (begins, lasts) in enumerate(pieces)]
    return Plan(Order("", KEY, "", "", made, {}, [], [], gaps, 480, until, list(resumed)))


def test_a_card_tells_why_from_when_to_when_how_long_and_that_it_is_shortened() -> None:
    plan = bare((0, 10_000), (4_000_000, 5000), gaps=[Moment(BEGIN + 10_100, "录像暂停：休息"), Moment(BEGIN + 3_000_000, "录像停了")])
    assert plan.duration == 15_000 + CARD
    scene = plan.scene(10_000)
    assert scene.gap.split("\n") == ["录像暂停：休息", "2026-05-29 04:26:50 至 05:33:20，共 1 小时 06 分 30 秒", "本片在此缩短为 4 秒"]
    assert plan.at(10_000 + CARD - 1) <= BEGIN + 4_000_000 and plan.at(10_000 + CARD) == BEGIN + 4_000_000
    # as the record has it, by the second that has begun: 33.2 s from 26:51.9 on are 34 where the ledger tells them
    since, over = BEGIN + 11_900 - BEGIN % 1000, BEGIN + 45_100 - BEGIN % 1000
    (_, paused, _) = bare((0, 12_100), (45_600, 5000), gaps=[Moment(since, "录像暂停：休息")], resumed=[over]).spans
    assert paused.told == (since, over) and "共 34 秒" in card(paused, 480)
    (_, short, _) = bare((0, 10_000), (12_000, 5000), gaps=[]).spans
    assert card(short, 480).split("\n")[0] == NOBODY and card(short, 480).endswith("共 2 秒\n本片在此停留 4 秒")


def test_a_session_that_went_on_unrecorded_ends_with_a_card_and_long_reasons_take_lines() -> None:
    plan = bare((0, 10_000), gaps=[Moment(BEGIN + 10_100, "字" * (LINE + 1))], until=BEGIN + 130_000)
    assert plan.duration == 10_000 + CARD
    lines = plan.scene(plan.duration - 1).gap.split("\n")
    assert lines[:2] == ["字" * LINE, "字"] and "共 2 分 00 秒" in lines[2]
