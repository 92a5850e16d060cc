"""The evidence bundle: one canonical ZIP that a court clerk verifies offline.

    agreement.pdf                     the final file
    anchors/*.crt, *.crl              certificates and revocation lists (the anchor itself is told apart from the bundle)
    consents/*.json                   who consented to what, and when
    draft/log.jsonl, versions.json    every change of the agreement's draft, chained by hashes; its versions with who wrote them, as text
    ledger.jsonl                      the chain, one entry a line
    manifest.json, .p7s, .tsr         list of everything, its signature, its timestamp
    paper/*                           of an agreement signed on paper: what was printed, every page that came back, the files they came in
    oral/*                            of an oral agreement (口头协议): its form, and what it was printed of
    payloads/000001.json              what ledger entries commit to, with salts; which are left out depends on the profile
    record/record.json, record.pdf    the written record (笔录): its canonical form, whose hash is in the chain, and as it is printed
    reported/*                        what was told by voice with the report, and photographs, under the names that the chain has
    recordings/*                      sound and picture, segment by segment as in the manifest
    verify.html, verify.py            the verifier, for a browser and for Python
    说明.pdf, 说明.txt                  how to use it: one page to print, with a QR code, and the same as text

Nothing is compressed (recordings and PDF are already), so that equality with the canonical rebuild is a comparison of headers. Recordings
are streamed from disk, twice: once for hashes, once for writing. Equal contents give an equal ZIP but for signature and timestamp.

Errors: `BundleError(code)`: bad_name, too_large, too_many_files, segments_differ, recording_missing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SM3, Hash

from evidence import verifier
from evidence.cms import Credential, sign_detached
from evidence.guide import Inside, guide_text
from evidence.ledger import Entry, canonical_json, check_payload
from evidence.manifest import Damaged, Described, Recording, Volume, build_manifest, signers_of
from evidence.profiles import FAILURE
from evidence.timestamp import Timestamper, timestamp
from evidence.verifier import MAX_BYTES, MAX_FILES, Broken, Entered, Member, central_record, end_record, local_header, safe_name

Source = bytes | Path
CHUNK = 2**20


class BundleError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[BundleError], tuple[str, str]]:
        return BundleError, (self.code, str(self))  # whole out of a process pool


class Contents(msgspec.Struct, frozen=True):
    """What goes in. `payloads`: sequence number → (payload, salt); `recordings`: description → file; names in `consents` and `anchors`
    are file names such as `p1.json`, `root.crt`, `signing.crl`. `page`: the built verify.html, which a machine that never built the client lacks;
    `guide`: how to check, on one printed page; `paper`: names below paper/ or oral/.
    """

    case: str
    entries: list[Entry]
    payloads: dict[int, tuple[Any, str]] = {}
    agreement: bytes | None = None
    content_sha256: str = ""
    recordings: list[tuple[Recording, Path]] = []
    consents: dict[str, bytes] = {}
    profile: str = "full"
    record: dict[str, bytes] = {}
    reported: dict[str, bytes] = {}
    paper: dict[str, bytes] = {}
    anchors: dict[str, bytes] = {}
    page: Path | None = None
    guide: bytes | None = None
    sm3: bool = False
    """Whether SM3 is listed beside SHA-256, of every file and segment."""
    draft: dict[str, bytes] = {}
    damaged: tuple[Damaged, ...] = ()
    volume: Volume | None = None


def inside_of(contents: Contents) -> Inside:
    """What its guides tell of: that, and nothing that is not there."""
    destroyed = [entry.seq for entry in contents.entries if entry.kind == "recording.destroyed"]
    told, noted, failed = {name.rpartition(".")[0] for name in contents.reported}, _noted(contents), contents.profile == FAILURE.name
    return Inside(
        profile=contents.profile,
        agreement=contents.agreement is not None,
        oral=any(name.startswith("oral/") for name in contents.paper),
        paper=any(name.startswith("paper/") for name in contents.paper),
        record=bool(contents.record),
        voice=any(stem.startswith("voice-") for stem in told),
        photographs=any(stem.startswith("photo-") for stem in told),
        report_lacks=not (noted.initial if failed else set(noted.told)) <= told,
        later_left_out=failed and not set(noted.told) - noted.initial <= told,
        recordings=bool(contents.recordings),
        consents=bool(contents.consents),
        draft=bool(contents.draft),
        destroyed=bool(destroyed),
        destruction_told=bool(destroyed) and destroyed[-1] in contents.payloads,
        volumes=contents.volume is not None,
        damaged=bool(contents.damaged),
        sm3=contents.sm3,
    )


def _noted(contents: Contents) -> Entered:
    """What came with the report, as far as what the chain says of it is enclosed. What it says in no shape that the verifier reads, the verifier tells of."""
    entered = Entered()
    for seq, (payload, _) in contents.payloads.items():
        if contents.entries[seq - 1].kind in {"case.reported", "case.photo_added"}:
            with contextlib.suppress(Broken):
                entered.take(contents.entries[seq - 1].kind, payload)
    return entered


def write_bundle(out: Path, contents: Contents, credential: Credential, service: Timestamper, at: datetime) -> str:
    """Write the bundle and return its SHA-256. `credential` is the platform's. The file appears whole or not at all.

    Raises `BundleError`, `LedgerBroken` (a payload that does not belong), `TimestampError`, OSError.
    """
    sources = _sources(contents)
    described = {path: _describe(path, source, contents.sm3) for path, source in sources.items()}
    recordings = [_checked(recording, path, contents.sm3) for recording, path in contents.recordings]
    manifest = build_manifest(
        case=contents.case,
        created_at=at,
        files={path: about for path, (about, _) in described.items()},
        entries=contents.entries,
        signers=signers_of(contents.agreement) if contents.agreement else [],
        recordings=sorted(recordings, key=lambda recording: recording.path),
        agreement=("agreement.pdf", contents.content_sha256) if contents.agreement else None,
        profile=contents.profile,
        damaged=contents.damaged,
        volume=contents.volume,
    )
    signature = sign_detached(manifest, credential, at)
    late = {"manifest.json": manifest, "manifest.p7s": signature, "manifest.tsr": timestamp(signature, service, at)}
    sources.update(late)
    described.update({path: _describe(path, data) for path, data in late.items()})
    return _write_zip(out, sources, described)


def _sources(contents: Contents) -> dict[str, Source]:
    sources: dict[str, Source] = {
        "verify.py": Path(verifier.__file__),
        "说明.txt": guide_text(inside_of(contents)).encode(),
        "ledger.jsonl": b"".join(canonical_json(dataclasses.asdict(entry)) + b"\n" for entry in contents.entries),
    }
    if contents.page:
        sources["verify.html"] = contents.page
    if contents.guide:
        sources["说明.pdf"] = contents.guide
    if contents.agreement:
        sources["agreement.pdf"] = contents.agreement
    for seq, (payload, salt) in contents.payloads.items():
        check_payload(contents.entries[seq - 1], payload, salt)
        sources[f"payloads/{seq:06d}.json"] = canonical_json({"payload": payload, "salt": salt})
    sources.update(contents.paper)
    for folder, files in (
        ("consents", contents.consents),
        ("anchors", contents.anchors),
        ("record", contents.record),
        ("reported", contents.reported),
        ("draft", contents.draft),
    ):
        sources.update({f"{folder}/{name}": data for name, data in files.items()})
    for recording, path in contents.recordings:
        if not recording.path.startswith("recordings/"):
            raise BundleError("bad_name", f"{recording.path!r} must lie below recordings/")
        if not path.is_file():
            raise BundleError("recording_missing", f"{path} is not there: restore it, or state a gap and leave it out")
        sources[recording.path] = path
    for name in sources:
        if not safe_name(name):
            raise BundleError("bad_name", f"{name!r} cannot be a name inside a bundle: rename the file")
    if len(sources) + 3 > MAX_FILES:
        raise BundleError("too_many_files", f"{len(sources)} files, at most {MAX_FILES}")
    return sources


def _checked(recording: Recording, path: Path, sm3: bool) -> Recording:
    """Refuse at home what the verifier would refuse in court. The recording, with the SM3 of its segments where it is wanted."""
    segments = []
    with path.open("rb") as file:
        for segment in recording.segments:
            hashing = Hashing(sm3)
            left = segment.size
            while piece := file.read(min(CHUNK, left)):
                hashing.update(piece)
                left -= len(piece)
            about = hashing.described()
            if about.sha256 != segment.sha256 or left:
                raise BundleError("segments_differ", f"segment {segment.number} of {path} is not what was recorded")
            segments.append(msgspec.structs.replace(segment, sm3=about.sm3))
        if file.read(1):
            raise BundleError("segments_differ", f"{path} goes on after its last segment")
    return msgspec.structs.replace(recording, segments=tuple(segments))


def has_sm3() -> bool:
    """Whether OpenSSL has it here: it may be built without."""
    try:
        Hash(SM3())
    except UnsupportedAlgorithm:
        return False
    return True


class Hashing:
    """SHA-256, and SM3 where it is wanted, of pieces as they come. Raises `UnsupportedAlgorithm` where OpenSSL has no SM3."""

    def __init__(self, sm3: bool) -> None:
        self._sha256, self._sm3, self._size = hashlib.sha256(), Hash(SM3()) if sm3 else None, 0

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)
        if self._sm3 is not None:
            self._sm3.update(piece)
        self._size += len(piece)

    def described(self) -> Described:
        return Described(self._sha256.hexdigest(), self._size, self._sm3.finalize().hex() if self._sm3 is not None else msgspec.UNSET)


def _pieces(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _describe(path: str, source: Source, sm3: bool = False) -> tuple[Described, int]:
    """What is listed of it, and its CRC-32."""
    hashing, crc = Hashing(sm3), 0
    for piece in _pieces(source):
        hashing.update(piece)
        crc = zlib.crc32(piece, crc)
    about = hashing.described()
    if about.size > MAX_BYTES:
        raise BundleError(
            "too_large", f"{path} has {about.size} bytes; a bundle holds {MAX_BYTES}: leave recordings out and deliver them apart"
        )
    return about, crc


def _write_zip(out: Path, sources: dict[str, Source], described: dict[str, tuple[Described, int]]) -> str:
    members, offset = [], 0
    for name in sorted(sources, key=str.encode):
        about, crc = described[name]
        members.append(Member(name, crc, about.size, offset))
        offset = members[-1].start + about.size
    if offset > MAX_BYTES:
        raise BundleError("too_large", f"the bundle would have {offset} bytes, at most {MAX_BYTES}: leave recordings out")
    digest = hashlib.sha256()
    part = out.with_name(out.name + ".part")
    with part.open("wb") as file:
        for piece in _zip_pieces(members, sources, offset):
            digest.update(piece)
            file.write(piece)
    part.replace(out)
    return digest.hexdigest()


def _zip_pieces(members: list[Member], sources: dict[str, Source], offset: int) -> Iterator[bytes]:
    for member in members:
        yield local_header(member)
        yield from _pieces(sources[member.name])
    yield from map(central_record, members)
    yield end_record(members, offset)
