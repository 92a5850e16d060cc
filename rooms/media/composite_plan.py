"""What one film of a whole session shows at which moment: who is there and where in the picture, who speaks, in which stage. Pure.

The film runs on a clock of its own: times without any recording are not sat through, but told on a card of a few seconds: why, from when to when, how long, and that
the film is shorter than what it shows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from cases.clock import whole_seconds

WIDTH, HEIGHT, RATE = 1280, 720, 15
CAPTION = 40
"""Rows at the foot for stage and time."""
MARGIN = 8
"""Between tiles, and for the frame around who speaks."""
CARD = 4000
"""Milliseconds of the film for a time that was not recorded."""
SEAM = 1000
"""Shorter pauses between segments are no such time, in ms."""
NEAR = 3000
"""Ms between what stopped a recording and its last moment."""
LINE = 38
"""Characters of one line of a card."""
NOBODY = "这段时间没有录到任何人"
LINGER = 700
"""Milliseconds for which somebody whose segment has ended keeps the tile: the next one mostly follows at once."""
GRIDS = ((1, 1, 1), (2, 2, 1), (4, 2, 2), (6, 3, 2), (9, 3, 3), (16, 4, 4))
"""(tiles, columns, rows)"""


class Piece(msgspec.Struct, frozen=True):
    """One segment: `begins` in ms since 1970, `duration` in ms, `chunks` that the ledger knows."""

    name: str
    seat: str
    part: str
    begins: int
    duration: int
    picture: bool
    chunks: int

    @property
    def ends(self) -> int:
        return self.begins + self.duration


class Moment(msgspec.Struct, frozen=True):
    """From `at` on, in ms since 1970, the words hold."""

    at: int
    words: str


class Stretch(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    seat: str
    from_: int
    to: int


class Order(msgspec.Struct, frozen=True):
    """Everything that a film is made of. `names` by seat; `gaps`: why nothing was recorded, by when that began; `font` a TrueType file."""

    folder: str
    key: bytes
    out: str
    font: str
    pieces: Annotated[list[Piece], msgspec.Meta(min_length=1, max_length=20_000)]
    names: dict[str, str]
    stages: list[Moment]
    speakers: list[Stretch]
    gaps: list[Moment]
    offset: int
    """Minutes by which the county's clock is ahead of UTC."""
    until: int = 0
    """When a session ended, in ms since 1970, that went on unrecorded after its last piece; 0 where it did not."""
    resumed: list[int] = []
    """When recording went on, in ms since 1970, as the ledger says."""


@dataclass(frozen=True, slots=True)
class Span:
    """`begins` to `ends` of the film, in ms, from `at` on in the session; `gap` tells why nothing was recorded, empty where something was."""

    begins: int
    ends: int
    at: int
    gap: str = ""
    until: int = 0
    """Of a gap: when it was over in the session."""
    told: tuple[int, int] = (0, 0)
    """Of a gap: from when to when it is said to be, as the ledger has it where it does, else by what was recorded."""


@dataclass(frozen=True, slots=True)
class Box:
    """Of a tile, in pixels; all even, as the colours have half the resolution."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Scene:
    """`tiles`: (seat, part) → where; `gap`, lines of a card, instead of them where nothing was recorded."""

    tiles: tuple[tuple[tuple[str, str], Box], ...]
    speaker: str
    stage: str
    gap: str = ""


class Plan:
    def __init__(self, order: Order) -> None:
        self._pieces = sorted(order.pieces, key=lambda piece: (piece.begins, piece.seat, piece.part))
        self._stages = sorted(order.stages, key=lambda moment: moment.at)
        self._speakers = sorted(order.speakers, key=lambda stretch: stretch.from_)
        self._spoken = [stretch.from_ for stretch in self._speakers]
        self._offset = order.offset
        self.spans = _spans(self._pieces, sorted(order.gaps, key=lambda moment: moment.at), order.until, order.resumed)
        self._starts = [span.begins for span in self.spans]
        self.duration = self.spans[-1].ends
        """Of the film, in ms."""

    @property
    def frames(self) -> int:
        return max(1, self.duration * RATE // 1000)

    def span(self, time: int) -> Span:
        return self.spans[max(0, bisect_right(self._starts, time) - 1)]

    def at(self, time: int) -> int:
        """The session's moment at a time of the film."""
        span = self.span(time)
        at = span.at + time - span.begins
        return min(at, span.until) if span.gap else at

    def scene(self, time: int) -> Scene:
        span, at = self.span(time), self.at(time)
        stage = next((moment.words for moment in reversed(self._stages) if moment.at <= at), "")
        if span.gap:
            return Scene((), "", stage, card(span, self._offset))
        here = sorted({(p.seat, p.part) for p in self._pieces if p.begins <= at < p.ends + LINGER})
        said = bisect_right(self._spoken, at) - 1
        speaker = self._speakers[said].seat if said >= 0 and at < self._speakers[said].to else ""
        return Scene(tuple(zip(here, grid(len(here)), strict=True)), speaker, stage)

    def piece(self, seat: str, part: str, at: int) -> Piece | None:
        """What was recorded there at a moment of the session."""
        return next((p for p in self._pieces if p.seat == seat and p.part == part and p.begins <= at < p.ends), None)

    def pieces(self, seat: str) -> list[Piece]:
        return [piece for piece in self._pieces if piece.seat == seat]

    @property
    def seats(self) -> list[str]:
        return sorted({piece.seat for piece in self._pieces if piece.part == "main"})

    def film_time(self, at: int) -> int | None:
        """The film's time of a moment of the session; None inside of a gap."""
        for span in self.spans:
            if not span.gap and span.at <= at < span.at + span.ends - span.begins:
                return span.begins + at - span.at
        return None


def _spans(pieces: list[Piece], gaps: list[Moment], until: int, resumed: Sequence[int]) -> list[Span]:
    spans: list[Span] = []
    begins, covered, film = pieces[0].begins, pieces[0].ends, 0

    def recorded() -> None:
        nonlocal film
        spans.append(Span(film, film + covered - begins, begins))
        film = spans[-1].ends

    def missing(end: int) -> None:
        nonlocal film
        # The first that was told around its beginning is why, as in the playback.
        gap = next((gap for gap in gaps if covered - NEAR <= gap.at <= end), None)
        since = gap.at if gap is not None and gap.at <= covered + NEAR else covered
        over = next((at for at in resumed if since < at and abs(at - end) <= NEAR), end)
        spans.append(Span(film, film + CARD, covered, gap.words if gap is not None else NOBODY, end, (since, over)))
        film += CARD

    for piece in pieces[1:]:
        if piece.begins - covered > SEAM:
            recorded()
            missing(piece.begins)
            begins = piece.begins
        covered = max(covered, piece.ends)
    recorded()
    if until > covered:
        missing(until)
    return spans


def card(span: Span, offset: int) -> str:
    """What a card says of a time that was not recorded, in lines: why, from when to when and how long, and what the film makes of it."""

    def told(at: int, form: str) -> str:
        return (datetime.fromtimestamp(at / 1000, UTC) + timedelta(minutes=offset)).strftime(form)

    day = "%Y-%m-%d "
    since, over = span.told
    same = told(since, day) == told(over, day)
    when = f"{told(since, day + '%H:%M:%S')} 至 {told(over, '%H:%M:%S' if same else day + '%H:%M:%S')}，共{lasted(since, over)}"
    length = (span.ends - span.begins) // 1000
    shorter = f"本片在此缩短为 {length} 秒" if span.until - span.at > span.ends - span.begins else f"本片在此停留 {length} 秒"
    why = [span.gap[at : at + LINE] for at in range(0, len(span.gap), LINE)]
    return "\n".join([*why, when, shorter])


def lasted(begins: int, ends: int) -> str:
    """1 小时 02 分 03 秒, without what is nought in front."""
    minutes, seconds = divmod(whole_seconds(begins / 1000, ends / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f" {hours} 小时 {minutes:02d} 分 {seconds:02d} 秒"
    return f" {minutes} 分 {seconds:02d} 秒" if minutes else f" {seconds} 秒"


def grid(count: int) -> list[Box]:
    """Where so many tiles stand: alike, 16:9, centred."""
    _, columns, rows = next((g for g in GRIDS if g[0] >= count), GRIDS[-1])
    room_w = (WIDTH - MARGIN * (columns + 1)) // columns
    room_h = (HEIGHT - CAPTION - MARGIN * (rows + 1)) // rows
    width = min(room_w, room_h * 16 // 9) // 4 * 4
    height = width * 9 // 16 // 2 * 2
    left0 = (WIDTH - columns * width - (columns - 1) * MARGIN) // 4 * 2
    top0 = (HEIGHT - CAPTION - rows * height - (rows - 1) * MARGIN) // 4 * 2
    places = [(number % columns, number // columns) for number in range(min(count, columns * rows))]
    boxes = [Box(left0 + x * (width + MARGIN), top0 + y * (height + MARGIN), width, height) for x, y in places]
    return boxes + boxes[-1:] * (count - len(boxes))
