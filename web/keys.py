"""Secrets of the installation: generated at the first start into the data folder, readable by its owner alone (mode 0600)."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


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


def installation_of(folder: Path) -> str:
    """A name for the installation that all its nodes find from their keys, and nobody else."""
    return hashlib.sha256(load_key(folder, "links")).hexdigest()[:16]
