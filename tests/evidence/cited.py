"""What an agreement cites of the recording, honest and not: bundles of whoever has the platform's key, whose chain says something else than the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agreements.pdf import PrintOptions, print_agreement
from evidence.citation import Citation
from evidence.profiles import SUCCESS, takes

from .conftest import NOW, RECORD, Finished, cited_of, entered_of, make_ledger, segments_of, sign_all
from .rebundling import ROOM, bundle_with

Make = Callable[[Finished, Path], bytes]
Entered = list[tuple[str, dict[str, Any]]]
NONE = Citation(5, 0)
"""Of a chain that had five entries by then, none of which tells of a recording."""
_made: dict[tuple[str, str], bytes] = {}


def chained(pdf: bytes, change: Callable[[Entered], Entered]) -> tuple[Any, Any]:
    return make_ledger(entered=change(entered_of(pdf, RECORD, ROOM, [ROOM[:6000], ROOM[6000:]])))


def stating(**values: Any) -> Callable[[Entered], Entered]:
    """The entry of the freeze says this of the recording instead."""

    def change(entered: Entered) -> Entered:
        *before, (kind, payload) = entered
        return [*before, (kind, {"recording": payload["recording"] | values})]

    return change


def bundle_of(change: Callable[[Entered], Entered], pdf: Callable[[Finished], bytes] = lambda finished: finished.pdf, **more: Any) -> Make:
    def make(finished: Finished, folder: Path) -> bytes:
        entries, payloads = chained(pdf(finished), change)
        return bundle_with(finished, folder, entries=entries, payloads=payloads, agreement=pdf(finished), **more)

    return make


def printing(cited: Citation | None) -> Callable[[Finished], bytes]:
    """The agreement as it would have been printed, and signed by everybody, citing this."""

    def make(finished: Finished) -> bytes:
        key = finished.anchor, str(cited)
        if key not in _made:
            options = PrintOptions(NOW.date(), finished.fonts, anchor=finished.anchor, recording=cited)
            printed: Any = finished.printed
            again = print_agreement(finished.text, finished.facts, options)  # type: ignore[arg-type]
            assert again.content_hash == printed.content_hash
            _made[key] = sign_all(finished.authority, finished.facts, again, finished.fonts)[-1]
        return _made[key]

    return make


def last_segment_dropped(entered: Entered) -> Entered:
    """Somebody makes the chain anew without the last entry of the recording; what was frozen still cites it."""
    last = max(n for n, (kind, _) in enumerate(entered) if kind == "recording.segment")
    return entered[:last] + entered[last + 1 :]


def silent(entered: Entered) -> Entered:
    return [one for one in entered if one[0] != "recording.segment"]


def frozen_before(entered: Entered) -> Entered:
    return [entered[-1], *entered[:-1]]


def unsaid(entered: Entered) -> Entered:
    return [*entered[:-1], ("agreement.frozen", {})]


def for_a_court(finished: Finished, folder: Path) -> bytes:
    entries, payloads = finished.contents.entries, finished.contents.payloads
    kept = {seq: payload for seq, payload in payloads.items() if takes(SUCCESS, entries[seq - 1].kind, payload[0])}
    return bundle_with(finished, folder, payloads=kept, recordings=[], profile="court_success")


WHOLE = cited_of(segments_of())
HONEST_CITED: dict[str, Make] = {
    "cited, for a court": for_a_court,
    "nothing was recorded, as cited": bundle_of(
        lambda entered: stating(**msgspec.to_builtins(NONE))(silent(entered)), printing(NONE), recordings=[]
    ),
    "recorded after it was frozen": bundle_of(stating(**msgspec.to_builtins(NONE)), printing(NONE)),
    "frozen by an earlier version, which cited nothing": bundle_of(unsaid, printing(None)),
    "cited, and the chain does not say what": bundle_of(unsaid),
}
CITED_CHANGES: dict[str, Make] = {
    "the last of it left out of the chain": bundle_of(last_segment_dropped),
    "all of it left out of the chain": bundle_of(silent, recordings=[]),
    "another hash in the chain": bundle_of(stating(hash="0" * 64)),
    "another hash in chain and file": bundle_of(stating(hash="0" * 64), printing(msgspec.structs.replace(WHOLE, hash="0" * 64))),
    "another time in chain and file": bundle_of(
        stating(until="2026-11-23T09:00:00.000000Z"), printing(msgspec.structs.replace(WHOLE, until="2026-11-23T09:00:00.000000Z"))
    ),
    "another number in chain and file": bundle_of(stating(segments=3), printing(msgspec.structs.replace(WHOLE, segments=3))),
    "less than there was": bundle_of(stating(through=7)),
    "nothing in chain and file, though there was": bundle_of(stating(segments=0, hash="", until=""), printing(Citation(8, 0))),
    "nothing in the file alone": bundle_of(stating(), printing(None)),
    "later than the freeze": bundle_of(frozen_before),
    "of itself": bundle_of(stating(through=15)),
    "a number that is a word": bundle_of(stating(segments="2")),
    "a key more": bundle_of(stating(more=1)),
}
