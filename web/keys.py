"""Secrets of the installation: generated at the first start into the data folder, or given by the operator in a file; readable by its owner alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

SECRET_LIMIT = 4096
"""Characters."""


def load_key(folder: Path, name: str, size: int = 32) -> bytes:
    """The secret `name` of `size` random bytes, made if it does not exist yet."""
    path = folder / "keys" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


def read_secret(path: Path) -> str:
    """What an operator has put into a file, without the white space around it. Raises `ValueError` with a sentence where it is not there, is empty, or
    others may read it."""
    try:
        with path.open() as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ValueError(f"{path} can be read by others: chmod 600 {path}")
            text = file.read(SECRET_LIMIT + 1).strip()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if not text or len(text) > SECRET_LIMIT:
        raise ValueError(f"{path} is {'empty' if not text else 'too long'}")
    return text


def begun(folder: Path) -> bool:
    """Whether there is an installation in this data folder."""
    return (folder / "keys" / "links").exists()


def installation_of(folder: Path) -> str:
    """A name for the installation that all its nodes find from their keys, and nobody else."""
    return hashlib.sha256(load_key(folder, "links")).hexdigest()[:16]
