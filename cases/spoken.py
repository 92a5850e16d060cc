"""A report that is spoken (口述): for who would rather tell than write. Sound alone, of up to three minutes; it takes the place of the subject and the description, never of the
names. Pure."""

from __future__ import annotations

import msgspec

from cases.errors import Invalid
from cases.recorded import LEAST_MS, SOUND, Found
from cases.vocabulary import DisputeKind

MOST_MS = 190_000
"""Three minutes, with ten seconds for the button."""
SIZE_LIMIT = 4 << 20
"""Bytes: three minutes at more than what a browser takes for speech."""


class Spoken(msgspec.Struct, frozen=True):
    """`id` of the file, its SHA-256 as it came, its length, its media type."""

    id: str
    sha256: str
    ms: int
    size: int
    type: str


def made_title(kind: DisputeKind, region_name: str) -> str:
    """The subject of a report that is told and has none, until the office has heard it: what everybody may know who reads a subject, whom it is offered and who came by a link too. So
    it says nothing of the description or of the place within its township, and guesses no type."""
    return f"口述的{'民生事项' if kind is DisputeKind.MATTER else '纠纷'}（{region_name}）"


def judge_spoken(found: Found) -> str:
    """Its media type. Raises `Invalid`. What browsers play everywhere, as of a statement (`cases.recorded`)."""
    if found.picture:
        raise Invalid("spoken_picture", "What is told here is sound alone, without a picture", field="spoken")
    if not found.sounds:
        raise Invalid("spoken_silent", "There is no sound in what was told", field="spoken")
    if found.container not in SOUND or not SOUND[found.container].issuperset(found.sounds):
        raise Invalid("spoken_kind", "The office's browsers do not play this kind of sound", field="spoken")
    if found.ms < LEAST_MS:
        raise Invalid("spoken_short", "What is told here lasts a second at least", field="spoken")
    if found.ms > MOST_MS:
        raise Invalid("spoken_long", "What is told here lasts at most three minutes", field="spoken")
    return f"audio/{found.container}"
