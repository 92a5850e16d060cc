"""The evidence bundle: one canonical ZIP that a court clerk verifies offline.

    agreement.pdf                     the final file
    anchors/*.crt, *.crl              certificates and revocation lists (the anchor itself is told apart from the bundle)
    consents/*.json                   who consented to what, and when
    ledger.jsonl                      the chain, one entry a line
    manifest.json, .p7s, .tsr         list of everything, its signature, its timestamp
    paper/*                           of an agreement signed on paper: what was printed, every page that came back, the files they came in
    oral/*                            of an oral agreement (口头协议): its form, and what it was printed of
    payloads/000001.json              what ledger entries commit to, with salts; which are left out depends on the profile
    record/record.json, record.pdf    the written record (笔录): its canonical form, whose hash is in the chain, and as it is printed
    recordings/*                      sound and picture, segment by segment as in the manifest
    verify.html, verify.py            the verifier, for a browser and for Python
    说明.pdf, 说明.txt                  how to use it: one page to print, with a QR code, and the same as text

Nothing is compressed (recordings and PDF are already), so that equality with the canonical rebuild is a comparison of headers. Recordings
are streamed from disk, twice: once for hashes, once for writing. Equal contents give an equal ZIP but for signature and timestamp.

Errors: `BundleError(code)`: bad_name, too_large, too_many_files, segments_differ, recording_missing.
"""

from __future__ import annotations

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
from evidence.ledger import Entry, canonical_json, check_payload
from evidence.manifest import Described, Recording, build_manifest, signers_of
from evidence.timestamp import Timestamper, timestamp
from evidence.verifier import MAX_BYTES, MAX_FILES, Member, central_record, end_record, local_header, safe_name

Source = bytes | Path
CHUNK = 2**20

GUIDE = """和议存证包说明

一、本包为一次在线调解的完整存证：调解协议书、流程记录链、录音录像、各项同意书，以及证明其未被改动的清单、签名和时间戳。
二、验证方法（无需联网，文件不离开本机），任选其一：
    1. 双击包内的 verify.html（请先解压出这一个文件），用浏览器打开后，把整个存证包（.zip）拖进去，填入根证书指纹。
    2. 电脑装有 Python 3.9 以上版本的，先运行 pip install cryptography，再运行
        python3 verify.py 存证包文件名.zip --anchor 根证书指纹
    两个程序规则相同，结论相同。根证书指纹印在协议书每页页脚，也公示于调委会页面。请从这两处取得，不要从本包取得。
    对本包来源有疑问的，核验程序也请从调委会网站（证据核验页）另行下载，不用包内的。
三、未给出指纹时，结论为“内部一致，出处未核”，仅说明包内各项相互吻合。
四、背对背谈话不入主录；清单 manifest.json 的 recordings 一项列明各段录制与缺口，profile 一项列明本包为谁制作：
        full 全部；court_success 申请司法确认，不含录音录像和谈话；court_failure 调解不成移交法院，不含协议、谈话和录音录像；party 当事人副本；caucus 一次背对背谈话，经同意单独录存。
        未装入的记录内容仍在链上留有时间和散列，验证时列为“未附”。
    清单列明每个文件和每段录制的 SHA-256；有 hashes 一项的，另列有 SM3，两个程序一并核对。
        在纸上签的协议，打印文本、签好的各页和收到的原始照片、扫描件在 paper 文件夹；口头协议的登记表在 oral 文件夹。
五、内置证书服务为非第三方CA，由它签发的证书均注明；没有注明的，由证书上的机构签发。
六、本包含个人信息，请依法保管，不得公开。

In short: take verify.html out of this package, open it with a double click and drop the package in, or run
`python3 verify.py BUNDLE.zip --anchor FINGERPRINT`; the fingerprint is printed on every page of the agreement. Whoever doubts the package
takes the program from the committee's site, too.
"""


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
    paper: dict[str, bytes] = {}
    anchors: dict[str, bytes] = {}
    page: Path | None = None
    guide: bytes | None = None
    sm3: bool = False
    """Whether SM3 is listed beside SHA-256, of every file and segment."""


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
    )
    signature = sign_detached(manifest, credential, at)
    late = {"manifest.json": manifest, "manifest.p7s": signature, "manifest.tsr": timestamp(signature, service, at)}
    sources.update(late)
    described.update({path: _describe(path, data) for path, data in late.items()})
    return _write_zip(out, sources, described)


def _sources(contents: Contents) -> dict[str, Source]:
    sources: dict[str, Source] = {
        "verify.py": Path(verifier.__file__),
        "说明.txt": GUIDE.encode(),
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
    for folder, files in (("consents", contents.consents), ("anchors", contents.anchors), ("record", contents.record)):
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
