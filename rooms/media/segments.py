"""Segments on disk: encrypted, hashed, readable up to the last whole chunk after a crash.

A segment is one file of a recording: one seat's audio and camera, or its screen. `NAME.webm.enc` or, with H.264, `NAME.mp4.enc` holds its
chunks, `NAME.journal` one JSON line per chunk, where NAME is `<seat>-<number>` or `<seat>-screen-<number>`.

    file    = magic (8) salt (16) chunk*
    chunk   = kind (1, "d" data or "e" end) index (4) length (4) AES-256-GCM( plaintext ), length counts the ciphertext with its tag
    key     = HKDF-SHA256(session key, salt, "heyi segment " NAME), so that no key ever sees a nonce twice
    nonce   = index, 12 bytes, big endian
    AAD     = NAME 0x00 kind index SHA-256 of the plaintext before (32 zero bytes first): chunks cannot be swapped or moved

The end chunk holds JSON with the hash of the whole plaintext: a file without one was cut short. Hashes are those of the plaintext,
so that whoever exports a decrypted copy can prove it against the ledger. A journal's first line describes the segment, the lines of
chunks are {"i", "offset", "length", "plain", "sha256", "t_first_ms", "t_last_ms", "at_ms", "key_ms", "heard"}, and the last line says that it is closed.
`heard` is where a cluster's sound lies (`heard.py`), null where there is none; journals of earlier versions do not have it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rooms.media.files import DISK, Files
from rooms.media.heard import Heard

MAGIC = b"HEYISEG1"
KEY_BYTES = 32
MAX_CHUNK = 64 << 20
_SALT = 16
_HEAD = struct.Struct("!cII")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SEALED = ".enc"
_WEBM, _MP4 = ".webm.enc", ".mp4.enc"
SUFFIXES = (_WEBM, _MP4)
"""What the files of segments end with. H.264 of earlier versions lies in a `.webm.enc` too, as Matroska."""


class SegmentError(Exception):
    """Root of what can be wrong with a segment.

    SegmentError
    ├── NotASegment     the file is no segment, or its name is not one
    └── SegmentBroken   a whole chunk does not decrypt: wrong key, or altered. `index` is its number
    """


class NotASegment(SegmentError):
    """See `SegmentError`."""


class SegmentBroken(SegmentError):
    """See `SegmentError`."""

    def __init__(self, name: str, index: int) -> None:
        super().__init__(f"chunk {index} of segment {name} does not decrypt")
        self.name, self.index = name, index

    def __reduce__(self) -> tuple[type[SegmentBroken], tuple[str, int]]:
        return SegmentBroken, (self.name, self.index)  # whole out of a process pool


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """One line of the journal. `offset` and `length` are in the encrypted file, head included; `plain` are bytes of plaintext."""

    i: int
    offset: int
    length: int
    plain: int
    sha256: str
    t_first_ms: int | None
    t_last_ms: int | None
    at_ms: int
    key_ms: int | None = None
    """From where in the chunk a player can begin; None where it cannot."""
    heard: list[Any] | None = None
    """See `Heard.as_json`."""

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ChunkRecord.__slots__}


class _Cipher:
    def __init__(self, key: bytes, salt: bytes, name: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a session key has {KEY_BYTES} bytes")
        self._name = name.encode()
        self._aead = AESGCM(HKDF(SHA256(), 32, salt, b"heyi segment " + self._name).derive(key))

    def seal(self, kind: bytes, index: int, previous: bytes, plain: bytes) -> bytes:
        return self._aead.encrypt(index.to_bytes(12, "big"), plain, self._bound(kind, index, previous))

    def open(self, kind: bytes, index: int, previous: bytes, sealed: bytes) -> bytes:
        return self._aead.decrypt(index.to_bytes(12, "big"), sealed, self._bound(kind, index, previous))

    def _bound(self, kind: bytes, index: int, previous: bytes) -> bytes:
        return self._name + b"\0" + kind + index.to_bytes(4, "big") + previous


class SegmentWriter:
    """Appends chunks to a new segment. Used by one thread only; every call may raise `OSError`."""

    def __init__(self, directory: Path, name: str, key: bytes, header: dict[str, Any], files: Files = DISK) -> None:
        """`header["container"]`, `webm` where it is missing, tells the suffix. Raises `FileExistsError` when the segment exists, `NotASegment` for a
        name that is none."""
        if _NAME.fullmatch(name) is None:
            raise NotASegment(f"{name!r} cannot be a segment's name")
        self.name = name
        self.path = directory / f"{name}{_suffix(header)}"
        self.bytes = 0
        self._index = 0
        self._offset = len(MAGIC) + _SALT
        self._previous = bytes(32)
        self._whole = hashlib.sha256()
        self._lasting = (0, 0, self._whole.copy())
        """Chunks, bytes and hash of what has reached the disk."""
        salt = secrets.token_bytes(_SALT)
        self._cipher = _Cipher(key, salt, name)
        self._file = files.create(self.path)
        self._file.write(MAGIC + salt)
        self._journal = files.create(directory / f"{name}.journal")
        self._note({"v": 1, "segment": name, **header})
        self.sync()
        files.sync_folder(directory)

    def append(
        self, plain: bytes, first_ms: int | None, last_ms: int | None, at_ms: int, key_ms: int | None = None, heard: Heard | None = None
    ) -> ChunkRecord:
        """Encrypt and append one chunk, and note it in the journal. Both are handed to the kernel; `sync` makes them last."""
        digest = hashlib.sha256(plain).digest()
        offset, length = self._seal(b"d", plain)
        self._previous = digest
        self._whole.update(plain)
        self.bytes += len(plain)
        sound = heard.as_json() if heard is not None else None
        record = ChunkRecord(self._index - 1, offset, length, len(plain), digest.hex(), first_ms, last_ms, at_ms, key_ms, sound)
        self._note(record.as_dict())
        return record

    def sync(self) -> None:
        """Wait until what was appended is on the disk."""
        # In this order, so that the journal tells of nothing that is not there.
        self._file.sync()
        self._journal.sync()
        self._lasting = (self._index, self.bytes, self._whole.copy())

    def close(self, **facts: Any) -> dict[str, Any]:
        """Write the end, sync, close. Returns `facts` with `sha256` (of the whole plaintext), `bytes` and `chunks` added."""
        end = {"sha256": self._whole.hexdigest(), "bytes": self.bytes, "chunks": self._index, **facts}
        self._seal(b"e", json.dumps(end, ensure_ascii=False, sort_keys=True).encode())
        self._note({"closed": True, **end})
        self.sync()
        self._file.close()
        self._journal.close()
        return end

    def abandon(self, **facts: Any) -> dict[str, Any]:
        """Leave the file as it is, after an error: what `close` returns, of the chunks that have reached the disk. The file has no end."""
        for file in (self._file, self._journal):
            with suppress(OSError):
                file.close()
        chunks, size, whole = self._lasting
        return {"sha256": whole.hexdigest(), "bytes": size, "chunks": chunks, **facts}

    def _seal(self, kind: bytes, plain: bytes) -> tuple[int, int]:
        sealed = self._cipher.seal(kind, self._index, self._previous, plain)
        self._file.write(_HEAD.pack(kind, self._index, len(sealed)) + sealed)
        offset, length = self._offset, _HEAD.size + len(sealed)
        self._offset += length
        self._index += 1
        return offset, length

    def _note(self, line: dict[str, Any]) -> None:
        self._journal.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


class SegmentReader:
    """Iterate for the plaintext, chunk by chunk. Afterwards: `closed` (the end was found and its hash holds), `dropped` (bytes of an
    incomplete tail), `chunks`, and `sha256` of the plaintext that was read."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self.name = name_of(path)
        self.closed = False
        self.dropped = 0
        self.chunks = 0
        self.sha256 = ""

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            head = file.read(len(MAGIC) + _SALT)
            if len(head) < len(MAGIC) + _SALT or not head.startswith(MAGIC):
                raise NotASegment(f"{self._path.name} does not begin like a segment")
            cipher = _Cipher(self._key, head[len(MAGIC) :], self.name)
            whole, previous = hashlib.sha256(), bytes(32)
            for kind, sealed in self._records(file):
                try:
                    plain = cipher.open(kind, self.chunks, previous, sealed)
                except InvalidTag:
                    raise SegmentBroken(self.name, self.chunks) from None
                if kind == b"e":
                    self.closed = json.loads(plain)["sha256"] == whole.hexdigest()
                    break
                self.chunks += 1
                previous = hashlib.sha256(plain).digest()
                whole.update(plain)
                yield plain
            self.sha256 = whole.hexdigest()

    def _records(self, file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
        while head := file.read(_HEAD.size):
            if len(head) < _HEAD.size:
                self.dropped = len(head)
                return
            kind, index, length = _HEAD.unpack(head)
            if kind not in (b"d", b"e") or index != self.chunks or length > MAX_CHUNK + 16:
                raise SegmentBroken(self.name, self.chunks)
            sealed = file.read(length)
            if len(sealed) < length:
                self.dropped = _HEAD.size + len(sealed)
                return
            yield kind, sealed


def read_segment(path: Path, key: bytes) -> SegmentReader:
    """Decrypt and check a segment, whole or left by a crash. Raises `NotASegment` at once, `SegmentBroken` while iterated."""
    return SegmentReader(path, key)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A segment as its journal tells it: the description, the whole lines of chunks, and the closing line if there is one."""

    path: Path
    header: dict[str, Any]
    chunks: tuple[dict[str, Any], ...]
    end: dict[str, Any] | None


def recover(directory: Path, pattern: str = "*.journal") -> list[Recovered]:
    """All segments of a directory by name, for replay into the ledger; those with `end` None were left by a crash.

    A last line that was torn is ignored, as is a segment whose journal has no whole first line. Of one that was left by a crash, so are lines of
    chunks beyond the file's end: a power cut may have taken the chunk and left its line.
    """
    return [found for journal in sorted(directory.glob(pattern)) if (found := _told(journal, ON_DISK)) is not None]


def _told(journal: Path, shelf: Shelf) -> Recovered | None:
    lines = [_line(raw) for raw in shelf.read(journal).split(b"\n") if raw]
    whole = [line for line in lines if line is not None]
    if not whole or "segment" not in whole[0]:
        return None
    end = whole[-1] if whole[-1].get("closed") else None
    path = journal.with_name(journal.stem + _suffix(whole[0]))
    chunks = tuple(line for line in whole[1:] if "i" in line)
    if end is None:
        size = shelf.size(path) if shelf.exists(path) else 0
        chunks = tuple(chunk for chunk in chunks if chunk["offset"] + chunk["length"] <= size)
    return Recovered(path, whole[0], chunks, end)


class Shelf(Protocol):
    """Where the files of recordings lie, by their paths in the folder of recordings; they may have been moved away from there."""

    def exists(self, path: Path) -> bool: ...

    def size(self, path: Path) -> int:
        """Raises `FileNotFoundError`, as those that follow."""
        ...

    def read(self, path: Path) -> bytes: ...

    def open(self, path: Path) -> BinaryIO:
        """For reading, and for seeking in it."""
        ...


class OnDisk:
    """Where they were written."""

    def exists(self, path: Path) -> bool:
        return path.exists()

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def open(self, path: Path) -> BinaryIO:
        return path.open("rb")


ON_DISK = OnDisk()


class SegmentIndex:
    """Chunks of one segment anywhere in it, by its journal, without reading what is before them."""

    def __init__(self, path: Path, key: bytes, shelf: Shelf = ON_DISK) -> None:
        """Raises `NotASegment` where file or journal are none."""
        name = name_of(path)
        try:
            found = _told(path.with_name(f"{name}.journal"), shelf)
            if found is None or found.path != path:
                raise NotASegment(f"{path.name} has no journal")
            with shelf.open(path) as file:
                head = file.read(len(MAGIC) + _SALT)
        except FileNotFoundError:
            raise NotASegment(f"{path.name} or its journal is not there") from None
        self.header, self.chunks = found.header, found.chunks
        if len(head) < len(MAGIC) + _SALT or not head.startswith(MAGIC):
            raise NotASegment(f"{path.name} does not begin like a segment")
        self.name = name
        self._path, self._shelf, self._cipher = path, shelf, _Cipher(key, head[len(MAGIC) :], name)

    def read(self, first: int, last: int) -> list[bytes]:
        """The plaintext of these chunks, both included. Raises `SegmentBroken`: what the journal says is believed only where the chunk opens by it."""
        return list(self.pieces(first, last))

    def pieces(self, first: int, last: int) -> Iterator[bytes]:
        """The same, one after the other."""
        with self._shelf.open(self._path) as file:
            for index in range(first, last + 1):
                chunk = self.chunks[index]
                previous = bytes.fromhex(self.chunks[index - 1]["sha256"]) if index else bytes(32)
                file.seek(chunk["offset"])
                sealed = file.read(chunk["length"])[_HEAD.size :]
                try:
                    piece = self._cipher.open(b"d", index, previous, sealed)
                except InvalidTag:
                    raise SegmentBroken(self.name, index) from None
                yield piece


def name_of(path: Path) -> str:
    """The name of the segment in a file. Raises `NotASegment`."""
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if suffix is None:
        raise NotASegment(f"{path.name} is not named like a segment")
    return path.name.removesuffix(suffix)


def file_of(directory: Path, name: str, shelf: Shelf = ON_DISK) -> Path:
    """The file of the segment `name`, whichever of both it is; one that is not there where there is none."""
    mp4, webm = directory / f"{name}{_MP4}", directory / f"{name}{_WEBM}"
    # What lies here must not wait for where it might lie else.
    for path in (mp4, webm):
        if path.exists():
            return path
    return mp4 if shelf.exists(mp4) else webm


def plain_name(path: Path) -> str:
    """What a plain copy of a segment's file is called: `NAME.webm` or `NAME.mp4`."""
    return path.name.removesuffix(_SEALED)


def _suffix(header: dict[str, Any]) -> str:
    return _MP4 if header.get("container") == "mp4" else _WEBM


def next_number(directory: Path, stem: str) -> int:
    """The first number not yet used by segments called `<stem>-<number>`, crashed ones included."""
    pattern = re.compile(re.escape(stem) + r"-(\d{4})\.(?:webm\.enc|mp4\.enc|journal)")
    return max((int(m[1]) for p in directory.iterdir() if (m := pattern.fullmatch(p.name))), default=0) + 1


def _line(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
