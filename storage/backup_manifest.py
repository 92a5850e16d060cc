"""What a backup contains, as data: its manifest, the names that may stand in it, and how far an open recording may be copied.

Pure. A backup is one tar: `database.sqlite3` (or `database.pgdump`), `keys/`, `blobs/`, `recordings/`, and last `manifest.json`, which
names every file with its size, mode and SHA-256. Settings are not in it: they belong to the machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

FORMAT = "heyi-backup/1"
MANIFEST = "manifest.json"
SQLITE = "database.sqlite3"
POSTGRESQL = "database.pgdump"
FOLDERS = ("keys", "blobs", "recordings")
MOVED = ("blobs", "recordings")
"""What may have been moved into a bucket, under the same names."""
SEGMENT_SUFFIXES = (".webm.enc", ".mp4.enc")
JOURNAL_SUFFIX = ".journal"
SEGMENT_HEAD = 24
"""Bytes of a segment before its first chunk: magic and salt (`rooms.media.segments`)."""
_PART = re.compile(r"[^/\0]{1,200}")


class BackupError(RuntimeError):
    """The sentence says what is wrong with the backup, or why it cannot be made or restored."""


class Item(msgspec.Struct, frozen=True):
    """One file: its name in the tar, bytes, permission bits, SHA-256 in hex."""

    name: str
    size: int
    mode: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`made_at` is RFC 3339; `engine` is sqlite or postgresql; `needs` says what must be there beside the backup for all of it to be read."""

    format: str
    made_at: str
    engine: str
    items: list[Item]
    needs: list[str] = []

    @property
    def bytes(self) -> int:
        return sum(item.size for item in self.items)


def write_manifest(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """Raises `BackupError` for anything that this version cannot restore."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BackupError(f"The backup's manifest cannot be read: {error}") from None
    if manifest.format != FORMAT:
        raise BackupError(f"This backup has the format {manifest.format[:40]!r}; this version reads {FORMAT}")
    return manifest


def safe_name(name: str) -> bool:
    """Whether a name stays inside the data folder and is one that a backup may contain."""
    if name in {SQLITE, POSTGRESQL, MANIFEST}:
        return True
    parts = name.split("/")
    return parts[0] in FOLDERS and len(parts) > 1 and all(_PART.fullmatch(p) and p not in {".", ".."} for p in parts)


def compare(manifest: Manifest, found: Mapping[str, tuple[int, str]]) -> list[str]:
    """Sentences about what differs between the manifest and the files found, name → (bytes, SHA-256). Empty: all is there and whole."""
    listed = {item.name: item for item in manifest.items}
    problems = [f"{name} is missing" for name in sorted(listed.keys() - found.keys())]
    problems += [f"{name} is not in the manifest" for name in sorted(found.keys() - listed.keys())]
    for name in sorted(listed.keys() & found.keys()):
        item = listed[name]
        if found[name] != (item.size, item.sha256):
            problems.append(f"{name} was altered or damaged")
    return problems


def whole_lines(journal: bytes) -> bytes:
    """A journal up to its last complete line: the next one may be half written."""
    return journal[: journal.rfind(b"\n") + 1]


def journaled_length(journal: bytes, size: int) -> int:
    """How many bytes of a segment its journal vouches for. `size`: of the segment's file now. A closed segment is copied whole."""
    reach = SEGMENT_HEAD
    for line in _lines(journal):
        if line.get("closed"):
            return size
        if "offset" in line and "length" in line:
            reach = int(line["offset"]) + int(line["length"])
    return min(reach, size)


def _lines(journal: bytes) -> Iterator[dict[str, Any]]:
    for text in whole_lines(journal).splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line
