"""The bucket of this installation, as its settings name it, and what the doctor finds there."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from cases.ports import Blobs
from storage.bucket import Bucket, Place, bucket_away
from storage.vault import FOLDER, BucketBlobs, FileBlobs, MovingBlobs
from web.keys import begun, installation_of, read_secret
from web.settings import Settings, SettingsError


def bucket_of(settings: Settings) -> Bucket | None:
    """None where files stay in the data folder. Raises `SettingsError` where the keys cannot be read."""
    if not settings.s3_bucket:
        return None
    try:
        keys = read_secret(Path(settings.s3_keys_file)).split()
    except ValueError as error:
        raise SettingsError(f"HEYI_S3_KEYS_FILE: {error}") from None
    if len(keys) != 2:
        raise SettingsError(
            f"HEYI_S3_KEYS_FILE: {settings.s3_keys_file} has the access key in its first line and the secret key in its second"
        )
    place = Place(settings.s3_bucket, settings.s3_endpoint.rstrip("/"), settings.s3_region, settings.s3_path_style)
    return Bucket(place, *keys)


def blobs_of(settings: Settings, bucket: Bucket | None) -> Blobs:
    files = FileBlobs(settings.folder / FOLDER)
    return files if bucket is None else MovingBlobs(files, BucketBlobs(bucket))


def claim(bucket: Bucket, folder: Path) -> None:
    """For the installation in this data folder, where it was begun. Raises `BucketAway`."""
    if begun(folder):
        bucket.claim(installation_of(folder))


async def probe(bucket: Bucket, folder: Path) -> None:
    """Claim it, and write, read and delete an object. Raises `BucketAway`."""
    name, data = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(32)

    def tried() -> None:
        claim(bucket, folder)
        bucket.put(name, data)
        if bucket.get(name) != data:
            raise bucket_away("it gives back something else than it was given")
        bucket.delete(name)
        if bucket.has(name):
            raise bucket_away("what was deleted is still there")

    await asyncio.to_thread(tried)
