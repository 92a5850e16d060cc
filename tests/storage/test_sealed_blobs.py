"""What lies in the files: nothing that can be read; what was altered or moved is told; what an earlier version wrote is read, and sealed at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.sealed_blobs import MARK, Altered, SealedBlobs, seal_plain_blobs
from storage.vault import FOLDER, FileBlobs

pytestmark = pytest.mark.anyio
KEY, TEXT = b"k" * 32, "身份证号 11010519491231002X".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / FOLDER


@pytest.fixture
def vault(folder: Path) -> SealedBlobs:
    return SealedBlobs(FileBlobs(folder), KEY)


async def test_nothing_that_can_be_read_lies_in_the_files(folder: Path, vault: SealedBlobs) -> None:
    for name in ("content/ab/abcd", "photos/a.jpg"):
        await vault.put(name, TEXT)
        kept = (folder / name).read_bytes()
        assert kept.startswith(MARK) and b"11010519491231002X" not in kept and len(kept) == len(MARK) + 12 + len(TEXT) + 16
        assert await vault.get(name) == TEXT
    assert (folder / "content/ab/abcd").read_bytes() != (folder / "photos/a.jpg").read_bytes()


async def test_what_is_sealed_by_others_lies_as_it_was_given(folder: Path, vault: SealedBlobs) -> None:
    await vault.put("spoken/f", b"sealed elsewhere")
    await vault.put("statements/f", iter([b"piece ", b"by piece"]))
    assert (folder / "spoken/f").read_bytes() == b"sealed elsewhere" and (folder / "statements/f").read_bytes() == b"piece by piece"
    assert b"".join([piece async for piece in vault.stream("statements/f", 6, 8)]) == b"by"


async def test_altered_moved_cut_and_of_another_installation(folder: Path, vault: SealedBlobs) -> None:
    await vault.put("photos/a.jpg", TEXT)
    kept = (folder / "photos/a.jpg").read_bytes()
    (folder / "photos/b.jpg").write_bytes(kept)
    for name, data in (("photos/c.jpg", kept[:-1] + bytes([kept[-1] ^ 1])), ("photos/d.jpg", kept[:20]), ("photos/e.jpg", MARK)):
        (folder / name).write_bytes(data)
    for name in ("photos/b.jpg", "photos/c.jpg", "photos/d.jpg", "photos/e.jpg"):
        with pytest.raises(Altered, match=name):
            await vault.get(name)
        with pytest.raises(Altered):
            assert [piece async for piece in vault.stream(name)]
    with pytest.raises(Altered):
        await SealedBlobs(FileBlobs(folder), b"x" * 32).get("photos/a.jpg")


async def test_what_an_earlier_version_wrote_is_read_and_then_sealed_once(tmp_path: Path, folder: Path, vault: SealedBlobs) -> None:
    plain = FileBlobs(folder)
    names = ("content/ab/abcd", "photos/a.jpg", "photos/empty.jpg")
    for name in names:
        await plain.put(name, b"" if "empty" in name else TEXT)
        assert await vault.get(name) == (b"" if "empty" in name else TEXT), "also before it is sealed"
    await plain.put("statements/f", b"sealed elsewhere")
    (folder / "photos" / "x.jpg#1").write_bytes(b"being written")
    await vault.put("photos/new.jpg", TEXT)
    assert seal_plain_blobs(tmp_path, KEY) == len(names) and seal_plain_blobs(tmp_path, KEY) == 0
    for name in (*names, "photos/new.jpg"):
        assert (folder / name).read_bytes().startswith(MARK)
        assert await vault.get(name) == (b"" if "empty" in name else TEXT)
    assert (folder / "statements/f").read_bytes() == b"sealed elsewhere"
    assert (folder / "photos" / "x.jpg#1").read_bytes() == b"being written"
    assert not list(folder.rglob("*#sealed"))
