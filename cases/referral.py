"""A case that another system refers (转办、移交): the 12345 hotline, letters and visits, the police, a court, a department. Pure.

Rules
* A system refers cases of one source, in its own region, and under its own number of each, by which both sides name it from then on.
* Nobody concerned has reported it here: a telephone that comes with it opens nothing by itself, as with what staff enter (`cases.intake`).
* What comes again is answered alike; another content under a known number is refused, since a case is not altered from outside.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import msgspec

from cases.actor import Actor
from cases.case import Case, Numbering, Photo, Referred, open_case
from cases.commands.casework import Referral
from cases.errors import Invalid
from cases.identity import parse_name
from cases.ports import Happened
from cases.spoken import Spoken
from cases.vocabulary import CASE_SOURCES, DisputeKind

OWN_SOURCES = ("当事人申请", "人民调解委员会主动调解", "网格员排查")
"""What people do here themselves; everything else comes from an authority, which may have a system."""
SOURCES = tuple(source for source in CASE_SOURCES if source not in OWN_SOURCES)
REFERENCE_LIMIT = 64
_REFERENCE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff〔〕（）()\[\]._/-]+")
_REGION = re.compile(r"\d{6}(\d{3}(\d{3})?)?")


class Referrer(msgspec.Struct, frozen=True):
    """A system that refers cases. `source`: of `SOURCES`; `region`: a county, a township or a village."""

    id: str
    name: str
    source: str
    region: str

    @property
    def actor(self) -> Actor:
        return Actor(kind="referrer", id=self.id, name=self.name, region=self.region)


def parse_referrer(name_id: str, name: str, source: str, region: str) -> Referrer:
    """A new one, of what an operator typed. Raises `Invalid` naming the field."""
    if source not in SOURCES:
        raise Invalid("unknown_source", f"Choose where its cases come from: {', '.join(SOURCES)}", field="source", allowed=list(SOURCES))
    if not _REGION.fullmatch(region):
        raise Invalid("unknown_region", "A region is named by its code of 6, 9 or 12 digits", field="region")
    return Referrer(name_id, parse_name(name), source, region)


def parse_reference(text: str) -> str:
    """The other system's number of a case, such as 12345-2026-00017 or 冀信转〔2026〕17号. Raises `Invalid`."""
    reference = text.strip()
    if not reference or len(reference) > REFERENCE_LIMIT or not _REFERENCE.fullmatch(reference):
        raise Invalid(
            "bad_reference",
            f"Your number of the case has 1 to {REFERENCE_LIMIT} letters, digits, Chinese characters or . _ - / ( ) [ ] 〔 〕",
            field="reference",
            limit=REFERENCE_LIMIT,
        )
    return reference


def digest_of(command: Referral, files: Sequence[str] = ()) -> str:
    """SHA-256, in hexadecimal, of what is said: whatever the order of its fields and the space around them, and without those that say nothing, so that a field
    which is added later alters no earlier one. `files`: SHA-256 of each that came with it, in their order."""
    said = {name: unicodedata.normalize("NFC", str(value)).strip() for name, value in msgspec.structs.asdict(command).items()}
    told = sorted((name, value) for name, value in said.items() if value and (name, value) != ("kind", DisputeKind.DISPUTE))
    return hashlib.sha256(msgspec.json.encode(["referral.1", told, *([list(files)] if files else [])])).hexdigest()


def refer_case(
    command: Referral,
    referrer: Referrer,
    numbering: Numbering,
    now: datetime,
    region_name: str,
    synthetic: bool,
    photos: Sequence[Photo] = (),
    spoken: Spoken | None = None,
    digests: Sequence[str] = (),
    files: Sequence[str] = (),
) -> tuple[Case, list[Happened]]:
    """`digests`: SHA-256 of each photograph as it is kept; `files`: of each file as it came. Raises `Invalid` naming the field."""
    reference = parse_reference(command.reference)
    if not command.region.startswith(referrer.region):
        raise Invalid("region_elsewhere", "This system refers cases of its own region", field="region", region=referrer.region)
    case, happened = open_case(
        command, numbering, now, list(photos), region_name, synthetic, referrer.source, referrer.actor, spoken, digests
    )
    case.referred = Referred(referrer.name, reference, digest_of(command, files))
    happened[0].payload["reference"] = reference
    return case, happened
