"""A bucket of an object store that speaks S3, through obstore. Calls block, and are made in threads; what fails raises `BucketAway`.

Objects are named like files, by their path in the data folder (`blobs/…`, `recordings/SESSION/…`). Large ones are uploaded in parts; an upload that
was killed leaves parts that only the bucket's own rules remove (AbortIncompleteMultipartUpload).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from cases.errors import Unavailable

log = structlog.get_logger("bucket")

CONNECT, SILENCE, WHOLE = timedelta(seconds=5), timedelta(seconds=10), timedelta(hours=1)
"""How long a connection may take, a pause between two bytes, and one request."""
RETRY = timedelta(seconds=20)
OWNER = "installation"
"""The object that says whose bucket it is."""
PIECE = 1 << 20
AHEAD = 256 << 10
"""Bytes that are read at once where less is asked for: about a second of a camera."""


class BucketAway(Unavailable):
    """The bucket does not answer, does not take the keys, or does not exist. `reason` is for the operator alone."""

    reason = ""


def bucket_away(reason: str) -> BucketAway:
    error = BucketAway("bucket_away", "The store of files does not answer at the moment; nothing is lost, please try again later")
    error.reason = reason
    return error


class Place(msgspec.Struct, frozen=True):
    """`endpoint` is an address with its scheme, empty for Amazon's own; `path_style`: the bucket is part of the path, not of the host's name."""

    bucket: str
    endpoint: str = ""
    region: str = "us-east-1"
    path_style: bool = True

    @property
    def address(self) -> str:
        """As obstore wants it: with the bucket in the host's name where it is not part of the path."""
        scheme, _, host = self.endpoint.partition("://")
        return self.endpoint if self.path_style else f"{scheme}://{self.bucket}.{host}"

    @property
    def spoken(self) -> str:
        return f"{self.bucket} at {self.endpoint or self.region}"


class Bucket:
    def __init__(self, place: Place, key: str, secret: str) -> None:
        self.place = place
        self._problem = ""
        where: Any = {"endpoint": place.address} if place.endpoint else {}
        self._store = S3Store(
            place.bucket,
            **where,
            region=place.region,
            access_key_id=key,
            secret_access_key=secret,
            virtual_hosted_style_request=not place.path_style,
            client_options={
                "allow_http": place.endpoint.startswith("http://"),
                "connect_timeout": CONNECT,
                "read_timeout": SILENCE,
                "timeout": WHOLE,
            },
            retry_config={"max_retries": 2, "retry_timeout": RETRY},
        )

    def problem(self) -> str:
        """Why the last call failed, in an English clause. Empty: it did not."""
        return self._problem

    def claim(self, installation: str) -> None:
        """A bucket that nobody has is this installation's from now on. Raises `BucketAway` where it is another's: what that one destroys, and what this
        one backs up, would not be its own."""
        try:
            owner = self.get(OWNER)
        except FileNotFoundError:
            self.put(OWNER, installation.encode())
            return
        if owner != installation.encode():
            raise self._away("it belongs to another installation")

    def put(self, name: str, data: bytes | Path) -> None:
        """Store bytes, or a whole file, under a name; what was there under it is replaced."""
        with self._asked():
            obstore.put(self._store, name, data)

    def get(self, name: str) -> bytes:
        """Raises `FileNotFoundError`, as all that follow."""
        with self._asked():
            return bytes(obstore.get(self._store, name).bytes())

    def part(self, name: str, start: int, length: int) -> bytes:
        """Some bytes of an object, which has them."""
        with self._asked():
            return bytes(obstore.get_range(self._store, name, start=start, length=length))

    def size(self, name: str) -> int:
        with self._asked():
            try:
                return int(obstore.head(self._store, name)["size"])
            except FileNotFoundError:
                # HEAD has no body that would say what is not there: the object, or the whole bucket.
                return int(obstore.get(self._store, name).meta["size"])

    def has(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def pieces(self, name: str) -> Iterator[bytes]:
        """An object from its first byte to its last."""
        with self._asked():
            found = obstore.get(self._store, name)
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def measure(self, name: str) -> tuple[str, int]:
        """SHA-256 in hex, and bytes, of what the bucket gives back."""
        digest, size = hashlib.sha256(), 0
        for piece in self.pieces(name):
            digest.update(piece)
            size += len(piece)
        return digest.hexdigest(), size

    def open(self, name: str) -> BinaryIO:
        """An object as a file that can be read and sought in; what is read is asked for, and little more."""
        return io.BufferedReader(_Ranges(self, name, self.size(name)), AHEAD)

    def fetch(self, name: str, target: Path) -> None:
        """A copy of an object as a new file."""
        with target.open("xb") as file:
            for piece in self.pieces(name):
                file.write(piece)

    def delete(self, name: str) -> None:
        """Harmless where there is none."""
        with self._asked(), _harmless():
            obstore.delete(self._store, name)

    def listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        """(name, bytes) of the objects below a folder such as `blobs`, in the order of the store."""
        with self._asked():
            for page in obstore.list(self._store, prefix):
                yield from ((str(one["path"]), int(one["size"])) for one in page)

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders in a folder."""
        with self._asked():
            found = obstore.list_with_delimiter(self._store, prefix)
            return [str(path).rstrip("/").rpartition("/")[2] for path in found["common_prefixes"]]

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                self._problem = ""
                raise
            raise self._away("there is no such bucket") from None
        except BaseError as error:
            raise self._away(_reason(error)) from None
        self._problem = ""

    def _away(self, reason: str) -> BucketAway:
        problem = f"files: the bucket {self.place.spoken} is away: {reason}"
        if problem != self._problem:
            log.error("bucket away", bucket=self.place.bucket, reason=reason)
        self._problem = problem
        return bucket_away(reason)


class _Ranges(io.RawIOBase):
    def __init__(self, bucket: Bucket, name: str, size: int) -> None:
        super().__init__()
        self._bucket, self._name, self._size, self._at = bucket, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        buffer[:length] = self._bucket.part(self._name, self._at, length)
        self._at += length
        return length

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at


@contextmanager
def _harmless() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise


CAUSES = {
    "InvalidCertificate": "its certificate is none that this machine trusts",
    "ConnectionRefused": "nothing listens there",
    "dns error": "there is no such host",
    "TimedOut": "it does not answer in time",
    "kind: Timeout": "it does not answer in time",
    **{code: code for code in ("SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "RequestTimeTooSkewed", "SlowDown")},
}
"""What obstore's sentences have in them, and what it means; S3's own codes as they are."""


def _reason(error: BaseError) -> str:
    """The same for the same cause, so that it is told once: without times, and without the answer's XML, which repeats the request."""
    text = str(error)
    for word, cause in CAUSES.items():
        if word in text:
            return cause
    first = re.sub(r" in [0-9.]+[mµn]?s\b", "", text.partition("\n")[0])
    return f"{type(error).__name__}: {first[:160]}"
