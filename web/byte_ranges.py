"""Ranges of bytes, as a request asks for them (RFC 9110 section 14). Pure.

One range is served. Several at once, another unit, or what is no range (a last byte before the first) are ignored, as section 14.2 allows: the answer is then the whole. A
range that begins behind the end, and a suffix of nothing, cannot be satisfied (416).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cases.errors import OutOfRange

_ONE = re.compile(r"bytes=(?:([0-9]+)-([0-9]*)|-([0-9]+))", re.IGNORECASE)
FARTHEST = 10**18
"""Larger numbers than any file has bytes mean the same."""


class Part(NamedTuple):
    """From `start` up to but without `end`; `open`: asked for to the end of the file, so that less may be answered."""

    start: int
    end: int
    open: bool


def part_of(header: str, size: int) -> Part | None:
    """What is asked for of `size` bytes; None for the whole. Raises `OutOfRange`."""
    found = _ONE.fullmatch(header.strip())
    if found is None:
        return None
    first, last, suffix = (_number(text) for text in found.groups())
    if suffix is not None:
        if not suffix or not size:
            raise _beyond(size)
        return Part(max(0, size - suffix), size, open=False)
    assert first is not None
    if last is not None and last < first:
        return None
    if first >= size:
        raise _beyond(size)
    return Part(first, size if last is None else min(size, last + 1), open=last is None)


def _number(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= 18 else FARTHEST


def _beyond(size: int) -> OutOfRange:
    return OutOfRange("out_of_range", f"The recording has {size} bytes", field="Range", limit=size)
