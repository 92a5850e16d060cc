"""What can be told of H.264 without decoding it: units, parameter sets, the picture's size (ITU-T H.264 sections 7.3 and 7.4). Pure.

A decoder needs a sequence and a picture parameter set before it can begin. Senders put them before a keyframe, mostly before each; a file has
them in its header. So whoever records notes those that came, by their ids, and makes each keyframe carry its own.
"""

from __future__ import annotations

from dataclasses import dataclass

START = b"\0\0\0\1"
SLICE, IDR, SPS, PPS = 1, 5, 7, 8
MAX_SET = 4096
"""Bytes of a parameter set that is kept; browsers' have some thirty."""
_WITH_CHROMA = frozenset([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
"""Profiles whose sequence parameter set tells chroma format and depth (section 7.3.2.1.1)."""


class H264Error(ValueError):
    """A parameter set or a slice that cannot be read."""


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """What a sequence parameter set tells. `width` and `height` in pixels, cropped; `chroma` is its chroma_format_idc, depths are in bits."""

    number: int
    width: int
    height: int
    chroma: int
    luma_depth: int
    chroma_depth: int


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The sets that a keyframe needs, whole units without start codes: its sequence's, and the picture's that belong to that."""

    sps: bytes
    pps: tuple[bytes, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels. Raises `H264Error`."""
        told = sequence(self.sps)
        return told.width, told.height

    @property
    def units(self) -> tuple[bytes, ...]:
        return (self.sps, *self.pps)


def units(data: bytes) -> list[bytes]:
    """The units of a byte stream with start codes (Annex B), none of them empty."""
    return [unit for piece in data.split(b"\0\0\1")[1:] if (unit := piece.rstrip(b"\0"))]


def kind(unit: bytes) -> int:
    return unit[0] & 31


class SetsInForce:
    """The parameter sets of one stream, by their ids: a later one takes the place of the former (section 7.4.1.2.1)."""

    def __init__(self) -> None:
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, tuple[int, bytes]] = {}

    def take(self, unit: bytes) -> None:
        """Note a unit if it is a parameter set. One that cannot be read is passed over: no decoder could use it."""
        if kind(unit) not in (SPS, PPS) or len(unit) > MAX_SET:
            return
        try:
            if kind(unit) == SPS:
                self._sps[sequence(unit).number] = unit
            else:
                number, of = _picture_set(unit)
                self._pps[number] = (of, unit)
        except H264Error:
            return

    def of(self, piece: bytes) -> ParameterSets | None:
        """Those that a slice needs; None where they have not come."""
        try:
            bits = _Bits(piece[1:64])
            bits.golomb()
            bits.golomb()
            wanted = self._pps.get(bits.golomb())
        except H264Error:
            return None
        if wanted is None or (sps := self._sps.get(wanted[0])) is None:
            return None
        return ParameterSets(sps, tuple(unit for _, (of, unit) in sorted(self._pps.items()) if of == wanted[0]))

    def complete(self, data: bytes) -> tuple[bytes, ParameterSets | None]:
        """One access unit as a byte stream, with the sets that it needs where it is a keyframe (IDR) and its sets are known; they are put before it
        where it does not bring them itself. Empty where it has no slice at all, but may have brought sets. The sets are None but for a keyframe."""
        found = units(data)
        for unit in found:
            self.take(unit)
        if not any(SLICE <= kind(unit) <= IDR for unit in found):
            return b"", None
        first = next((unit for unit in found if kind(unit) == IDR), None)
        sets = self.of(first) if first is not None else None
        if sets is not None and not set(sets.units) <= set(found):
            data = b"".join(START + unit for unit in sets.units) + data
        return data, sets


def sets_of(data: bytes) -> ParameterSets | None:
    """The sets that a keyframe brings by itself; None where it is none, or brings none."""
    return SetsInForce().complete(data)[1]


def sequence(unit: bytes) -> SequenceSet:
    """Read a sequence parameter set (section 7.3.2.1.1). Raises `H264Error`."""
    bits = _Bits(unit[1:])
    profile = bits.take(8)
    bits.take(16)
    number = bits.golomb(31)
    chroma, depths, planes = 1, (8, 8), 0
    if profile in _WITH_CHROMA:
        chroma = bits.golomb(3)
        planes = bits.take(1) if chroma == 3 else 0
        depths = (bits.golomb(6) + 8, bits.golomb(6) + 8)
        bits.take(1)
        if bits.take(1):
            for place in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling(bits, 16 if place < 6 else 64)
    bits.golomb()
    order = bits.golomb(2)
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(bits.golomb(255)):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    across, down = bits.golomb(4095) + 1, bits.golomb(4095) + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = (bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()) if bits.take(1) else (0, 0, 0, 0)
    # Cropping counts in samples of the colours, and in both fields of a frame (equations 7-19 to 7-22).
    step_x = 1 if planes or chroma in (0, 3) else 2
    step_y = (2 if chroma == 1 else 1) * (2 - frames_only)
    width = 16 * across - step_x * (left + right)
    height = 16 * down * (2 - frames_only) - step_y * (top + bottom)
    if not (0 < width < 1 << 16 and 0 < height < 1 << 16):
        raise H264Error("a picture of no size")
    return SequenceSet(number, width, height, chroma, *depths)


def _picture_set(unit: bytes) -> tuple[int, int]:
    """(its own id, that of its sequence) of a picture parameter set (section 7.3.2.2)."""
    bits = _Bits(unit[1:])
    return bits.golomb(255), bits.golomb(31)


def _skip_scaling(bits: _Bits, size: int) -> None:
    """A scaling list (section 7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            coded = bits.golomb()
            following = (last + ((coded + 1) // 2 if coded % 2 else -(coded // 2))) % 256
        last = following or last


class _Bits:
    """Reads bits of a unit; bytes that only keep start codes out of it are left out (section 7.4.1)."""

    def __init__(self, data: bytes) -> None:
        plain = data.replace(b"\0\0\3", b"\0\0")
        self._left = 8 * len(plain)
        self._value = int.from_bytes(plain, "big")

    def take(self, count: int) -> int:
        if count > self._left:
            raise H264Error("a unit that ends too early")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self, most: int = (1 << 32) - 2) -> int:
        """An Exp-Golomb code, unsigned (section 9.1), of at most `most`."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise H264Error("a number that is too large")
        value = (1 << zeros) - 1 + self.take(zeros)
        if value > most:
            raise H264Error("a number beyond its range")
        return value
