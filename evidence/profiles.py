"""For whom a bundle is made, and what it therefore leaves out. Pure.

The chain is always whole: kinds and times of all entries. What an entry is about (its payload) goes only to whom a profile's list names it; what is not in a list stays
behind. So a court that takes over a failed case learns neither offers nor statements (在线调解规则 18: what was conceded in mediation is not used in litigation).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

Payload = Mapping[str, Any]


class Profile(msgspec.Struct, frozen=True):
    """`kinds`: the kinds of entries whose payloads go in, "*" for all; a kind that ends with "." stands for all that begin so.
    `draft`: every change of the draft and its versions, which whoever sat at it has seen."""

    name: str
    agreement: bool
    recordings: bool
    record: bool
    kinds: tuple[str, ...]
    consents: bool = True
    draft: bool = False
    report: bool = False
    """What was told by voice with the report, and its photographs: what somebody asked for before anything was mediated, and no concession."""
    material: bool = False
    """Photographs that were added later, too: they may have come out of the mediation."""
    own: bool = False
    """Made for one party: of consents only its own, and of payloads none that tells of another person."""


_FORMAL = ("case.", "session.", "seat.", "identity.", "notice.", "consent.", "stage.", "evidence.", "clock.")
"""How the mediation was held, not what was said in it."""

FULL = Profile("full", agreement=True, recordings=True, record=True, draft=True, report=True, material=True, kinds=("*",))
_PERFORMED = ("performance.", "obligation.", "receipt.")
SUCCESS = Profile(
    "court_success",
    agreement=True,
    recordings=False,
    record=False,
    kinds=(*_FORMAL, "agreement.", "oral.", "draft.frozen", *_PERFORMED),
)
"""For the judicial confirmation (司法确认; 人民调解法 33) and the enforcement after it: the agreement, who made it and how, and what was performed of it. The talk
itself is not needed for that, nor what came with the report, nor what was said at follow-ups."""
FAILURE = Profile("court_failure", agreement=False, recordings=False, record=False, report=True, kinds=_FORMAL)
_OWN = ("session.", "stage.", "clock.", "agreement.", "oral.", "draft.frozen", "chat.", "record.closed", "case.agreed")
"""Of the case itself only what its own agreement hashes to, which tells of no person."""
PARTY = Profile("party", agreement=True, recordings=False, record=True, draft=True, kinds=_OWN, own=True)
CAUCUS = Profile("caucus", agreement=False, recordings=True, record=False, draft=True, kinds=("*",), consents=False)
"""One private talk that was recorded: its own chain, its own recording and the draft that was written in it, for those who were inside. No other bundle has any of it."""
PROFILES = {profile.name: profile for profile in (FULL, SUCCESS, FAILURE, PARTY, CAUCUS)}

_LOCAL = frozenset(
    {
        "case.refused",
        "case.relocated",
        "case.given_back",
        "case.closed",
        "case.archived",
        "case.file_taken_out",
        "case.declined",
        "case.taken_up",
        "matter.answered",
        "case.code_renewed",
        "case.erasure_asked",
        "case.erasure_withdrawn",
        "case.erased",
        "case.escalated",
        "case.instructed",
        "case.taken_over",
        "case.dispatch_reminded",
        "case.undispatched",
        "case.unanswered",
        "case.answer_reminded",
        "case.due_reminded",
        "case.overdue",
        "case.recounted",
        "seat.taken_over",
        "entry.codes_spent",
    }
)
"""Formal by name, of no concern to a court: reasons of the office's own, an address."""


def takes(profile: Profile, kind: str, payload: Payload, seats: Collection[str] = ()) -> bool:
    """Whether the payload of an entry goes in, of the main chain or, in its own bundle, of a private talk's; `seats` are those of whose copy it is."""
    if profile in {FULL, CAUCUS}:
        return True
    if kind in _LOCAL or not any(kind == one or (one.endswith(".") and kind.startswith(one)) for one in profile.kinds):
        return False
    return not profile.own or "seat" not in payload or payload["seat"] in seats or kind.startswith("chat.")


def takes_consents(profile: Profile, seat: str, seats: Collection[str] = ()) -> bool:
    return profile.consents and (not profile.own or seat in seats)
