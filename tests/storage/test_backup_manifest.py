"""The pure part of backups: names, journals, comparison."""

from __future__ import annotations

import json

import pytest

from storage.backup_manifest import (
    FORMAT,
    BackupError,
    Item,
    Manifest,
    compare,
    journaled_length,
    read_manifest,
    safe_name,
    whole_lines,
    write_manifest,
)


def chunk(offset: int, length: int) -> bytes:
    return json.dumps({"i": 0, "offset": offset, "length": length}).encode() + b"\n"


@pytest.mark.parametrize(
    ("journal", "size", "expected"),
    [
        (b"", 24, 24),
        (b'{"v":1}\n', 90, 24),
        (b'{"v":1}\n' + chunk(24, 100), 500, 124),
        (b'{"v":1}\n' + chunk(24, 100) + chunk(124, 50)[:-5], 500, 124),
        (b'{"v":1}\n' + chunk(24, 100) + b'{"closed":true}\n', 500, 500),
        (b'{"v":1}\n' + chunk(24, 100), 60, 60),
    ],
)
def test_an_open_segment_is_copied_as_far_as_its_journal_goes(journal: bytes, size: int, expected: int) -> None:
    assert journaled_length(journal, size) == expected


def test_half_a_line_is_left_out() -> None:
    assert whole_lines(b"a\nb\nhal") == b"a\nb\n"
    assert whole_lines(b"hal") == b""


@pytest.mark.parametrize("name", ["../keys/links", "keys", "keys/../x", "/etc/passwd", "other/file", "keys//x", "blobs/./x", ""])
def test_names_that_leave_the_folder_are_refused(name: str) -> None:
    assert not safe_name(name)


@pytest.mark.parametrize(
    "name", ["database.sqlite3", "keys/ca/root.key", "blobs/photos/a.jpg", "recordings/s-1/p1-1.webm.enc", "recordings/s-1/p1-2.mp4.enc"]
)
def test_names_of_ours_pass(name: str) -> None:
    assert safe_name(name)


def test_a_manifest_reads_back_and_another_format_is_refused() -> None:
    manifest = Manifest(FORMAT, "2026-01-01T00:00:00Z", "sqlite", [Item("keys/links", 32, 0o600, "ab")])
    assert read_manifest(write_manifest(manifest)) == manifest
    with pytest.raises(BackupError, match="heyi-backup/9"):
        read_manifest(write_manifest(Manifest("heyi-backup/9", "", "sqlite", [])))
    with pytest.raises(BackupError):
        read_manifest(b"nonsense")


def test_every_difference_is_named() -> None:
    manifest = Manifest(FORMAT, "", "sqlite", [Item("keys/a", 1, 0o600, "aa"), Item("keys/b", 1, 0o600, "bb")])
    problems = compare(manifest, {"keys/b": (1, "cc"), "keys/c": (1, "dd")})
    assert problems == ["keys/a is missing", "keys/c is not in the manifest", "keys/b was altered or damaged"]
    assert compare(manifest, {"keys/a": (1, "aa"), "keys/b": (1, "bb")}) == []
