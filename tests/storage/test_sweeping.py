"""What nothing refers to goes after a day, and nothing else: not what is young, not what is referred to, not what is laid down anew at that moment."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import sweeping
from storage.database import close_database, open_database
from storage.models.agreements import FileRow
from storage.models.uploads import UploadRow
from storage.sweeping import AGE, KEPT, Sweep, referred
from tests.schema import INSTALLATION

pytestmark = pytest.mark.anyio
NOW = 1_790_000_000.0
SMALLEST = 0.5


@pytest.fixture
async def data(folder: Path):
    await open_database(f"sqlite://{folder / 'heyi.sqlite3'}", INSTALLATION)
    yield folder
    await close_database()


async def lay(data: Path, name: str, age: float) -> None:
    path = data / "blobs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())
    os.utime(path, (NOW - age, NOW - age))


def there(data: Path, folder: str = "blobs") -> set[str]:
    return {path.relative_to(data / folder).as_posix() for path in (data / folder).rglob("*") if path.is_file()}


async def refer(blob: str, file: str = "") -> None:
    await FileRow.create(
        id=file or Path(blob).stem, case_id="c", kind="k", blob=blob, sha256="", size=1, created_at=datetime.fromtimestamp(NOW, UTC)
    )


async def test_what_nothing_refers_to_goes_after_a_day(data: Path) -> None:
    old, young = AGE + SMALLEST, AGE - SMALLEST
    digest = "ab" * 32
    kept = ["photos/a1.jpg", "photos/a1.thumb.jpg", "spoken/b1", "statements/d1", f"agreement/ab/{digest}"]
    for blob in kept:
        await lay(data, blob, 30 * old)
    for blob in ("photos/a1.jpg", "spoken/b1"):
        await refer(blob)
    await refer(f"agreement/ab/{digest}", "an-id-of-its-own")
    await UploadRow.create(id="u1", case_id="c", party="p1", size=1, file="d1", state="ready", began_at=datetime.fromtimestamp(NOW, UTC))
    gone = ["photos/a2.jpg", "photos/a2.thumb.jpg", "spoken/b2", "statements/d2", f"leaf/cd/{'cd' * 32}", "spoken/b3#1"]
    for blob in gone:
        await lay(data, blob, old)
    others = ["photos/a3.jpg", "photos/a3.thumb.jpg", "spoken/b4"]
    for blob in others:
        await lay(data, blob, young)
    await lay(data, "uploads/u2-0", 30 * old)  # has books of its own
    assert await referred([*kept, *gone, *others]) == set(kept)
    sweep = Sweep(data, lambda: NOW)
    assert await sweep.turn() == len(gone)
    assert there(data) == {*kept, *others, "uploads/u2-0"}
    assert there(data, "swept") == set(gone), "laid aside: it may be the books that are wrong"
    assert await sweep.turn() == 0
    await refer("spoken/b4")
    assert await Sweep(data, lambda: NOW + AGE).turn() == 2 and there(data) == {*kept, "spoken/b4", "uploads/u2-0"}


async def test_one_turn_looks_at_some_and_the_next_goes_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "LOOKED", 3)
    monkeypatch.setattr(sweeping, "BATCH", 2)
    chosen = random.Random(7)
    names = [f"spoken/{chosen.randrange(1 << 40):010x}" for _ in range(10)]
    for name in names:
        await lay(data, name, 2 * AGE)
    kept = set(names[::3])
    for name in kept:
        await refer(name)
    sweep = Sweep(data, lambda: NOW)
    assert [await sweep.turn() for _ in range(4)] != [0, 0, 0, 0] and there(data) == kept
    await lay(data, "spoken/0", 2 * AGE)
    await sweep.turn()
    await sweep.turn()
    assert there(data) == kept, "it begins anew after the last"


async def test_what_is_laid_down_anew_meanwhile_stays(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await lay(data, "leaf/ab/abab", 2 * AGE)

    async def meanwhile(names: list[str]) -> set[str]:
        """Somebody sends the same page again while the rows are asked."""
        found = await referred(names)
        await lay(data, "leaf/ab/abab", 0)
        return found

    monkeypatch.setattr(sweeping, "referred", meanwhile)
    assert await Sweep(data, lambda: NOW).turn() == 0
    assert there(data) == {"leaf/ab/abab"} and (data / "blobs/leaf/ab/abab").read_bytes() == b"leaf/ab/abab"


async def test_what_goes_by_itself_meanwhile_and_an_empty_folder_are_no_matter(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Sweep(data, lambda: NOW)
    assert await sweep.turn() == 0
    await lay(data, "spoken/a", 2 * AGE)

    async def meanwhile(names: list[str]) -> set[str]:
        (data / "blobs/spoken/a").unlink()
        return set()

    monkeypatch.setattr(sweeping, "referred", meanwhile)
    assert await sweep.turn() == 0 and there(data) == set()


async def test_what_was_laid_aside_goes_after_a_month_and_may_be_put_back_before(data: Path) -> None:
    """A database that was set back, or another one beside this folder: nothing of the vault is named by it."""
    for name in ("photos/a1.jpg", "spoken/b1"):
        await lay(data, name, 100 * AGE)
    assert await Sweep(data, lambda: NOW).turn() == 2 and there(data) == set()
    assert await Sweep(data, lambda: NOW + KEPT).turn() == 0 and there(data, "swept") == {"photos/a1.jpg", "spoken/b1"}
    (data / "swept/spoken/b1").rename(data / "blobs/spoken/b1")
    await refer("spoken/b1")
    assert await Sweep(data, lambda: NOW + KEPT + 1).turn() == 0
    assert there(data, "swept") == set() and there(data) == {"spoken/b1"}
    assert (data / "blobs/spoken/b1").read_bytes() == b"spoken/b1"
