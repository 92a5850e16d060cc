"""The recording as a frozen agreement cites it: the newest entry of the chain that tells of a recorded segment, and how many there are until then. Pure.

Each entry commits to all before it, so that this one hash stands for everything that was entered of the recording until then: the hashes of its chunks,
of segments that are closed and of those that are still written. It is found in `ledger.jsonl` as it is printed (docs/decisions/0065-the-recording-in-the-agreement.md).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

KIND = "recording.segment"
MARK = "heyi-recording/1"


class Citation(msgspec.Struct, frozen=True):
    """`through`: the number of the chain's last entry when it was read. `segments`: how many the entries up to there name, each once, those that are
    still written as well. `hash` and `until`: hash and time (RFC 3339) of the newest of these entries; both empty where nothing is recorded."""

    through: int
    segments: int
    hash: str = ""
    until: str = ""

    @property
    def keyword(self) -> str:
        """As it stands in the PDF for machines: segments, hash, time; a stroke for what there is not."""
        return f"{MARK} {self.segments} {self.hash or '-'} {self.until or '-'}"


def cite(through: int, told: Iterable[tuple[str, str, str]]) -> Citation:
    """`told`: hash, time and segment of each entry of `KIND` in the main chain up to its entry `through`, in their order. Private talks have chains of their own."""
    names, newest = set(), ("", "")
    for digest, at, segment in told:
        names.add(segment)
        newest = digest, at
    return Citation(through, len(names), *newest)
