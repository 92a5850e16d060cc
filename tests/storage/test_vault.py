"""One suite for blobs in files, in a bucket, and in files that move into it; what a bucket says that is away, does not exist, or takes no such keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.ports import Blobs
from storage.bucket import Bucket, BucketAway, Place
from storage.moving import blobs, move
from storage.sealed_blobs import SealedBlobs
from storage.vault import NAME_LIMIT, BucketBlobs, FileBlobs, MovingBlobs
from tests.storage.object_store import ObjectStore

pytestmark = pytest.mark.anyio
DATA = bytes(range(256)) * 5000


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    return object_store.new_bucket()


@pytest.fixture(params=["files", "bucket", "moving", "sealed"])
def vault(request: pytest.FixtureRequest, folder: Path) -> Blobs:
    if request.param in {"files", "sealed"}:
        files = FileBlobs(folder / "blobs")
        return SealedBlobs(files, b"k" * 32) if request.param == "sealed" else files
    objects = BucketBlobs(request.getfixturevalue("bucket"))
    return objects if request.param == "bucket" else MovingBlobs(FileBlobs(folder / "blobs"), objects)


async def read(vault: Blobs, name: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in vault.stream(name, start, end)])


async def test_what_is_put_is_there_until_it_is_deleted(vault: Blobs) -> None:
    await vault.put("photos/甲.jpg", DATA)
    await vault.put("photos/乙.jpg", b"")
    assert await vault.get("photos/甲.jpg") == DATA and await vault.get("photos/乙.jpg") == b""
    assert await read(vault, "photos/甲.jpg") == DATA
    assert await read(vault, "photos/甲.jpg", 1000) == DATA[1000:]
    assert await read(vault, "photos/甲.jpg", 5, 1_200_000) == DATA[5:1_200_000]
    for _ in range(2):
        await vault.delete("photos/甲.jpg")
        with pytest.raises(KeyError):
            await vault.get("photos/甲.jpg")
        with pytest.raises(KeyError):
            await read(vault, "photos/甲.jpg", 0, 10)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "photos/../../x", "x" * (NAME_LIMIT + 1)])
async def test_names_that_are_none(vault: Blobs, name: str) -> None:
    for call in (vault.put(name, b"x"), vault.get(name), read(vault, name), vault.delete(name)):
        with pytest.raises(ValueError, match="not a blob name"):
            await call


async def test_a_blob_that_was_moved_is_read_from_the_bucket(folder: Path, bucket: Bucket) -> None:
    vault = MovingBlobs(FileBlobs(folder / "blobs"), BucketBlobs(bucket))
    await vault.put("agreements/1.pdf", DATA)
    ((path, name),) = blobs(folder)
    assert name == "blobs/agreements/1.pdf" and move(path, name, bucket)
    assert list(blobs(folder)) == [] and await vault.get("agreements/1.pdf") == DATA
    assert await read(vault, "agreements/1.pdf", 10, 20) == DATA[10:20]
    await vault.put("agreements/1.pdf", b"anew")
    assert await vault.get("agreements/1.pdf") == b"anew", "what lies in the folder is newer"
    await vault.delete("agreements/1.pdf")
    assert not bucket.has(name) and list(blobs(folder)) == []


async def test_a_bucket_that_is_away_keeps_nobody_from_writing(folder: Path, bucket: Bucket, object_store: ObjectStore) -> None:
    vault = MovingBlobs(FileBlobs(folder / "blobs"), BucketBlobs(bucket))
    await vault.put("old.jpg", DATA)
    for path, name in blobs(folder):
        move(path, name, bucket)
    object_store.go_away()
    await vault.put("new.jpg", b"x")
    assert await vault.get("new.jpg") == b"x"
    for call in (vault.get("old.jpg"), read(vault, "old.jpg"), vault.delete("old.jpg")):
        with pytest.raises(BucketAway):
            await call
    assert bucket.place.bucket in bucket.problem()
    object_store.come_back()
    assert await vault.get("old.jpg") == DATA and bucket.problem() == ""


def test_keys_that_are_not_taken_and_buckets_that_are_not_there(object_store: ObjectStore, bucket: Bucket) -> None:
    wrong = object_store.bucket(bucket.place.bucket, "not the secret")
    with pytest.raises(BucketAway) as caught:
        wrong.put("x", b"x")
    assert caught.value.reason == "SignatureDoesNotMatch" and "SignatureDoesNotMatch" in wrong.problem()
    absent = object_store.bucket("evidence-of-nobody")
    for call in (lambda: absent.get("x"), lambda: absent.put("x", b"x"), lambda: absent.has("x"), lambda: absent.delete("x")):
        with pytest.raises(BucketAway, match="does not answer"):
            call()
    nobody = Bucket(Place("evidence", "http://127.0.0.1:1"), "key", "secret")
    with pytest.raises(BucketAway) as caught:
        nobody.size("x")
    assert caught.value.reason == "nothing listens there"


def test_where_the_bucket_is_part_of_the_host() -> None:
    assert Place("evidence", "https://s3.example.cn:9000").address == "https://s3.example.cn:9000"
    assert Place("evidence", "https://oss.example.cn", path_style=False).address == "https://evidence.oss.example.cn"


def test_files_of_objects(bucket: Bucket, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(DATA * 10)
    bucket.put("recordings/s/a.enc", large)
    with bucket.open("recordings/s/a.enc") as file:
        assert file.read(3) == DATA[:3]
        file.seek(-4, 2)
        assert file.read() == DATA[-4:] and file.read(1) == b""
        file.seek(len(DATA) * 3 + 7)
        assert file.read(400_000) == (DATA * 2)[7:400_007]
    assert bucket.size("recordings/s/a.enc") == len(DATA) * 10
    bucket.put("recordings/t/b.enc", b"x")
    assert bucket.folders("recordings") == ["s", "t"] and bucket.folders("blobs") == []
    assert list(bucket.listed("recordings/s")) == [("recordings/s/a.enc", len(DATA) * 10)]
    with pytest.raises(FileNotFoundError):
        bucket.fetch("recordings/s/none", tmp_path / "none")
