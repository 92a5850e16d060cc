"""What came with a report, voice and photographs: bundles that have it as the chain noted it, and others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence.profiles import PARTY, takes

from .conftest import RECORD, Finished
from .rebundling import bundle_with, chain_noting

Make = Callable[[Finished, Path], bytes]
FILES = {"voice-aa01.webm": b"told", "photo-bb01.jpg": b"wall", "photo-bb02.jpg": b"eaves"}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


REPORT: dict[str, Any] = {
    "title": "漏水",
    "spoken": {"file": "aa01", "sha256": _digest(b"told"), "ms": 3000},
    "photos": [{"photo": "bb01", "sha256": _digest(b"wall")}],
}
LATER: dict[str, Any] = {"photo": "bb02", "sha256": _digest(b"eaves"), "by": "reporter:k"}


def told(
    files: dict[str, bytes] | None = None, report: Any = None, later: Any = None, keeps: Callable[[str], bool] = bool, **more: Any
) -> Make:
    """`report` and `later` stand in for what the chain says; `keeps`: of which kinds the payloads are enclosed."""

    def make(finished: Finished, folder: Path) -> bytes:
        noted = ("case.reported", REPORT if report is None else report), ("case.photo_added", LATER if later is None else later)
        entries, payloads = chain_noting(finished.pdf, RECORD, *noted)
        kept = {seq: payload for seq, payload in payloads.items() if keeps(entries[seq - 1].kind)}
        return bundle_with(finished, folder, entries=entries, payloads=kept, reported=FILES if files is None else files, **more)

    return make


def _without(name: str) -> dict[str, bytes]:
    return {one: data for one, data in FILES.items() if one != name}


HONEST_TOLD: dict[str, Make] = {
    "with what came with the report": told(),
    "with what came with the report, of which a photograph is gone": told(_without("photo-bb02.jpg")),
    "with photographs of a report of an earlier version, which noted none": told(
        report={"title": "漏水"}, files=_without("voice-aa01.webm")
    ),
    "for the court after it failed, with the report": told(
        _without("photo-bb02.jpg"), agreement=None, record={}, recordings=[], draft={}, profile="court_failure"
    ),
    "for the court after it failed, the voice gone": told(
        {"photo-bb01.jpg": b"wall"}, agreement=None, record={}, recordings=[], draft={}, profile="court_failure"
    ),
    "of an earlier version, which enclosed nothing of a report": told({}, report={"title": "漏水", "spoken": REPORT["spoken"]}),
    "a party's own copy of a case that was told by voice": told(
        {}, keeps=lambda kind: takes(PARTY, kind, {}), recordings=[], profile="party"
    ),
    "with what came with the report, what the chain says withheld": told(keeps=lambda kind: not kind.startswith("case.reported")),
}
TOLD_CHANGES: dict[str, tuple[Make, str]] = {
    "another voice": (told(FILES | {"voice-aa01.webm": b"said"}), "reported"),
    "another photograph": (told(FILES | {"photo-bb01.jpg": b"fence"}), "reported"),
    "another photograph that was added": (told(FILES | {"photo-bb02.jpg": b"fence"}), "reported"),
    "a photograph that the chain does not know": (told(FILES | {"photo-cc01.jpg": b"wall"}), "reported"),
    "a voice that the chain does not know": (told(FILES | {"voice-cc01.webm": b"told"}), "reported"),
    "a voice where an earlier version noted no photographs": (told(report={"title": "漏水"}), "reported"),
    "a second file under a name that the chain knows": (told(FILES | {"voice-aa01.mp4": b"told"}), "reported"),
    "a file of no ending": (told(_without("photo-bb01.jpg") | {"photo-bb01": b"wall"}), "reported"),
    "a voice that is nothing": (told(report=REPORT | {"spoken": None}), "as_entered"),
    "a voice without a hash": (told(report=REPORT | {"spoken": {"file": "aa01"}}), "as_entered"),
    "a voice of a name that is a path": (told(report=REPORT | {"spoken": {"file": "../aa", "sha256": ""}}), "as_entered"),
    "photographs that are no list": (told(report=REPORT | {"photos": {}}), "as_entered"),
    "a photograph that is a name alone": (told(report=REPORT | {"photos": ["bb01"]}), "as_entered"),
    "a photograph added as another": (told(later=LATER | {"photo": "bb01"}), "as_entered"),
    "a photograph added of no name": (told(later={"sha256": ""}), "as_entered"),
}
