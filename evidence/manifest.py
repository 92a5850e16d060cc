"""The manifest of an evidence bundle: which files, who signed, where the ledger ends, what was recorded and what was not.

Canonical JSON (`ledger.canonical_json`), since it is signed byte for byte:

    {"format": "heyi-evidence/1", "case", "created_at", "caucus", "profile",
     "agreement": {"path", "sha256", "content_sha256"} | null,
     "signers": [{"field", "name", "role", "certificate"}],              certificate: SHA-256 of the DER
     "ledger": {"path", "chain", "entries", "head"},
     "recordings": [{"path", "track", "segments": [{"number", "size", "sha256"}], "gaps": [{"from_ms", "to_ms", "reason"}]}],
     "files": [{"path", "sha256", "size"}],                              sorted by path, all but the three manifest files
     "merkle_root",                                                      over `files`, in that order: RFC 6962 2.1, SHA-256, hex
     "damaged": [{"track", "segment", "at"}],                            pieces of the recording that cannot be read any more; `at` RFC 3339
     "volume": {"number", "of"}, "elsewhere": [{"path", "sha256", "size"}]}   where recordings did not fit into one: those of the other volumes

With SM3 (GB/T 32905) there is also "hashes": ["sha256", "sm3"], and "sm3" stands beside each "sha256" of files and segments
(docs/decisions/0021-sm3-beside-sha256.md).

Segments follow one another and make up the whole file. `caucus` says what the main recording leaves out, `profile` for whom the bundle was made
(`evidence.profiles`), which tells what else it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from evidence.ledger import GENESIS, Entry, canonical_json, check_chain
from evidence.verifier import FORMAT, HASHES_WITH_SM3, Cms, common_name, fingerprint, merkle_root, read_pdf_signatures, role_of, unpad

CAUCUS = "背对背,不入主录"


class Signer(msgspec.Struct, frozen=True):
    """Who signed which field. `role`: platform, party, mediator, recorder or committee."""

    field: str
    name: str
    role: str
    certificate: str


class Segment(msgspec.Struct, frozen=True):
    """A closed piece of a recording: its number, bytes, and SHA-256 as noted when it was closed; SM3 where the bundle lists it."""

    number: int
    size: int
    sha256: str
    sm3: str | msgspec.UnsetType = msgspec.UNSET


class Described(msgspec.Struct, frozen=True):
    """What a bundle lists of a file: SHA-256 in hex, bytes, and SM3 in hex where it is wanted."""

    sha256: str
    size: int
    sm3: str | msgspec.UnsetType = msgspec.UNSET


class Gap(msgspec.Struct, frozen=True):
    """Time that is missing before a recording, in milliseconds since the first sample of its session, and why: `evidence.gaps.Reason`. `note` is what somebody
    gave as the reason of a pause, or the name of a piece that is damaged."""

    from_ms: int
    to_ms: int
    reason: str
    note: str | msgspec.UnsetType = msgspec.UNSET


class Damaged(msgspec.Struct, frozen=True):
    """A piece of the recording of `track` that began `at` (RFC 3339) and cannot be read any more, or is not there."""

    track: str
    segment: str
    at: str


class Elsewhere(msgspec.Struct, frozen=True):
    """A recording that lies in another volume: its name there, SHA-256 in hex, and bytes."""

    path: str
    sha256: str
    size: int


class Volume(msgspec.Struct, frozen=True):
    """Which of several volumes a bundle is. `number` counts from 1."""

    number: int
    of: int
    elsewhere: tuple[Elsewhere, ...] = ()


class Recording(msgspec.Struct, frozen=True):
    """`path` inside the bundle, below recordings/; `track` says whose sound or picture."""

    path: str
    track: str
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()


def signers_of(pdf: bytes) -> list[Signer]:
    """The signers of a finished agreement in order of signing, for the manifest. Raises `verifier.Broken` where it cannot be read."""
    found = []
    for signature in read_pdf_signatures(pdf):
        if not signature.is_timestamp:
            certificate = Cms(unpad(signature.contents)).certificate
            found.append(Signer(signature.name, common_name(certificate), role_of(signature.name), fingerprint(certificate)))
    return found


def build_manifest(
    *,
    case: str,
    created_at: datetime,
    files: dict[str, Described],
    entries: list[Entry],
    signers: list[Signer],
    recordings: list[Recording],
    agreement: tuple[str, str] | None,
    profile: str = "full",
    damaged: Sequence[Damaged] = (),
    volume: Volume | None = None,
) -> bytes:
    """`agreement`: (path, SHA-256 of its canonical text); SM3 is listed where it is of every file. Raises `LedgerBroken` for a broken chain."""
    head = check_chain(entries)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "case": case,
        "created_at": created_at.astimezone(UTC).isoformat(timespec="seconds"),
        "caucus": CAUCUS,
        "profile": profile,
        "agreement": None,
        "signers": [msgspec.to_builtins(signer) for signer in signers],
        "ledger": {"path": "ledger.jsonl", "chain": entries[0].chain if entries else "", "entries": len(entries), "head": head or GENESIS},
        "recordings": [msgspec.to_builtins(recording) for recording in recordings],
        "files": [{"path": path, **msgspec.to_builtins(file)} for path, file in sorted(files.items())],
    }
    manifest["merkle_root"] = merkle_root(manifest["files"])
    if damaged:
        manifest["damaged"] = [msgspec.to_builtins(one) for one in damaged]
    if volume is not None:
        manifest["volume"] = {"number": volume.number, "of": volume.of}
        manifest["elsewhere"] = [msgspec.to_builtins(one) for one in volume.elsewhere]
    if all(file.sm3 for file in files.values()):
        manifest["hashes"] = HASHES_WITH_SM3
    if agreement:
        path, content_hash = agreement
        manifest["agreement"] = {"path": path, "sha256": files[path].sha256, "content_sha256": content_hash}
    return canonical_json(manifest)
