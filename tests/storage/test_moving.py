"""Files that move into the bucket: only what came back whole leaves the disk, whatever broke off in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.bucket import Bucket, BucketAway
from storage.moving import NotTheSame, blobs, move
from storage.shelf import RecordingShelf, object_of
from tests.storage.object_store import ObjectStore
from web.moving import Mover

pytestmark = pytest.mark.anyio
DATA = os.urandom(1000) * 7000


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    return object_store.new_bucket()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "recordings" / "c1-s1" / "a-0001.webm.enc"
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA)
    return path


def test_a_file_goes_when_the_bucket_has_given_it_back(path: Path, bucket: Bucket) -> None:
    assert move(path, object_of(path), bucket)
    assert not path.exists() and bucket.get(object_of(path)) == DATA
    path.write_bytes(DATA)
    assert not move(path, object_of(path), bucket), "it was there: measured, not uploaded again"
    assert not path.exists()


def test_what_was_there_in_part_or_altered_is_replaced(path: Path, bucket: Bucket) -> None:
    for other in (DATA[:-1], DATA[:-1] + bytes([DATA[-1] ^ 1])):
        path.write_bytes(DATA)
        bucket.put(object_of(path), other)
        assert move(path, object_of(path), bucket) and bucket.get(object_of(path)) == DATA


def test_a_bucket_that_gives_back_something_else_gets_nothing(path: Path, bucket: Bucket, object_store: ObjectStore) -> None:
    class Forgetful(Bucket):
        def put(self, name: str, data: bytes | Path) -> None:
            super().put(name, DATA[:-1])

    place = bucket.place
    with pytest.raises(NotTheSame):
        move(path, object_of(path), Forgetful(place, object_store.key, object_store.secret))
    assert path.read_bytes() == DATA


def test_a_bucket_that_is_away(path: Path, bucket: Bucket, object_store: ObjectStore) -> None:
    object_store.go_away()
    with pytest.raises(BucketAway):
        move(path, object_of(path), bucket)
    assert path.read_bytes() == DATA


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.bucket import Bucket, Place
from storage.moving import move
class Dying(Bucket):
    def put(self, name, data):
        super().put(name, data)
        os.kill(os.getpid(), signal.SIGKILL)
path = Path(sys.argv[1])
move(path, sys.argv[2], Dying(Place(sys.argv[3], sys.argv[4]), sys.argv[5], sys.argv[6]))
"""


def test_killed_between_upload_and_proof(path: Path, bucket: Bucket, object_store: ObjectStore) -> None:
    arguments = [str(path), object_of(path), bucket.place.bucket, bucket.place.endpoint, object_store.key, object_store.secret]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL and path.read_bytes() == DATA
    assert not move(path, object_of(path), bucket) and not path.exists()


def test_what_is_being_written_is_no_blob(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    for name in ("a.pdf", "b.pdf#1"):
        (tmp_path / "blobs" / name).write_bytes(b"x")
    (tmp_path / "blobs" / "uploads").mkdir()
    (tmp_path / "blobs" / "uploads" / "piece-0").write_bytes(b"on its way, for a day at most")
    assert [name for _, name in blobs(tmp_path)] == ["blobs/a.pdf"]


async def everything(names: Sequence[str]) -> set[str]:
    return set(names)


async def test_what_nothing_refers_to_yet_stays_where_it_is(tmp_path: Path, bucket: Bucket) -> None:
    (tmp_path / "blobs" / "photos").mkdir(parents=True)
    (tmp_path / "recordings").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "blobs" / "photos" / name).write_bytes(b"x")

    async def one(names: Sequence[str]) -> set[str]:
        return set(names) & {"photos/a.jpg"}

    assert await Mover(tmp_path, "heyi", bucket, list, one).round()
    assert [name for _, name in blobs(tmp_path)] == ["blobs/photos/b.jpg"]
    assert [name for name, _ in bucket.listed("blobs")] == ["blobs/photos/a.jpg"]


async def test_the_mover_tells_why_files_wait_and_takes_all_that_it_can(tmp_path: Path, bucket: Bucket, object_store: ObjectStore) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "recordings").mkdir()
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "blobs" / name).write_bytes(b"x")
    mover = Mover(tmp_path, "heyi", bucket, list, everything)
    object_store.go_away()
    assert not await mover.round() and bucket.place.bucket in mover.problem()
    object_store.come_back()

    class Choosy(Bucket):
        def put(self, name: str, data: bytes | Path) -> None:
            super().put(name, b"else" if name.endswith("a.pdf") else data)

    other = Mover(tmp_path, "heyi", Choosy(bucket.place, object_store.key, object_store.secret), list, everything)
    assert not await other.round() and "a.pdf came back" in other.problem()
    assert [name for _, name in blobs(tmp_path)] == ["blobs/a.pdf"], "the others do not wait for it"
    assert await mover.round() and mover.problem() == "" and list(blobs(tmp_path)) == []


async def test_a_bucket_of_another_installation_gets_nothing(tmp_path: Path, bucket: Bucket) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "a.pdf").write_bytes(b"x")
    bucket.claim("another")
    mover = Mover(tmp_path, "heyi", bucket, list, everything)
    for _ in range(2):
        assert not await mover.round() and "another installation" in mover.problem()
    assert list(bucket.listed("blobs")) == [] and len(list(blobs(tmp_path))) == 1
    bucket.claim("another")


async def test_the_shelf_reads_from_wherever_a_file_lies(path: Path, bucket: Bucket, tmp_path: Path) -> None:
    shelf, missing = RecordingShelf(tmp_path / "recordings", bucket), path.with_name("b-0001.webm.enc")
    for number in range(2):
        assert shelf.exists(path) and shelf.size(path) == len(DATA) and shelf.read(path) == DATA
        with shelf.open(path) as file:
            file.seek(5)
            assert file.read(10) == DATA[5:15]
        shelf.copy(path, tmp_path / f"copy-{number}")
        assert (tmp_path / f"copy-{number}").read_bytes() == DATA
        await asyncio.to_thread(lambda: path.exists() and move(path, object_of(path), bucket))
    assert not path.exists() and not shelf.exists(missing)
    for call in (shelf.size, shelf.read, shelf.open, lambda at: shelf.copy(at, tmp_path / "none")):
        with pytest.raises(FileNotFoundError):
            call(missing)
        with pytest.raises(FileNotFoundError):
            RecordingShelf(tmp_path / "recordings", None).read(path)
    assert shelf.destroyed({"c1-s1", "c1-s2"}) == {"c1-s1"}
    shelf.remove("c1-s1")
    assert shelf.destroyed({"c1-s1"}) == set() and not path.parent.exists()
