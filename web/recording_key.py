"""Which key wraps the keys of recordings in this installation, by its settings; and `run.py recording-key`, which looks after them.

The server refuses to start where the token is not there, does not take the PIN or has no such key: nothing could be recorded. A token that goes
away later keeps new sessions from being recorded, which their mediators are told, and old ones from being read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from storage import rewrapping
from storage.database import close_database, forget_deleted, open_database
from storage.pkcs11_token import PREFIX, Token, TokenKey
from storage.wrapping import FileKey, Keyring, KeyUnknown, WrappingError, WrappingKey
from storage.writer import Writer
from web.keys import load_key, read_secret
from web.settings import Settings

MAKE = "python3 run.py recording-key --make"


@asynccontextmanager
async def open_keyring(settings: Settings, to_file: bool = False) -> AsyncIterator[Keyring]:
    """The keys as the settings name them; `to_file`: what is new is wrapped by the key file all the same. Raises `WrappingError`."""
    file = FileKey(load_key(settings.folder, "recordings"))
    if not settings.pkcs11_module:
        yield Keyring.of_file(file)
        return
    async with open_token(settings) as token:
        try:
            present: WrappingKey = file if to_file else await token.key(settings.pkcs11_key)
        except KeyUnknown as error:
            raise KeyUnknown(f"{error}; make one with: {MAKE}") from None
        yield Keyring(present, partial(_find, file, token), token.problem)


@asynccontextmanager
async def open_token(settings: Settings) -> AsyncIterator[Token]:
    token = Token(settings.pkcs11_module, settings.pkcs11_token, lambda: read_secret(Path(settings.pkcs11_pin_file)))
    try:
        yield token
    finally:
        token.close()


def _find(file: FileKey, token: Token, name: str) -> WrappingKey:
    return token.key_named(name) if name.startswith(PREFIX) else file


def token_needed(settings: Settings) -> list[str]:
    """What a backup of this installation needs beside itself to be read, in English clauses."""
    if not settings.pkcs11_module:
        return []
    recordings = (
        f"the PKCS#11 token {settings.pkcs11_token} with its key {settings.pkcs11_key}, without which no recording wrapped by it opens"
    )
    if settings.signing_keys != "token":
        return [recordings]
    return [
        recordings,
        f"the keys of the platform and of the seals in the PKCS#11 token {settings.pkcs11_token}, without which nothing is sealed or exported",
    ]


async def probe(settings: Settings) -> tuple[TokenKey, bool]:
    """The token's key, after it has wrapped and unwrapped, and whether it could be extracted. Raises `WrappingError`."""
    async with open_token(settings) as token:
        key = await token.key(settings.pkcs11_key)
        if await key.unwrap(await key.wrap(bytes(32), "probe"), "probe") != bytes(32):
            raise WrappingError("the token does not give back what it wrapped")
        return key, await key.extractable()


async def make(settings: Settings) -> str:
    """A new key in the token, and its name. Raises `WrappingError`."""
    async with open_token(settings) as token:
        return (await token.make_key(settings.pkcs11_key)).name


async def report(settings: Settings) -> dict[str, Any]:
    """{"present": name, "sessions": {name: how many}}. Raises `WrappingError`."""
    await open_database(settings.database_url)
    try:
        async with open_keyring(settings) as ring:
            return {"present": ring.present.name, "sessions": await rewrapping.count()}
    finally:
        await close_database()


async def rewrap(settings: Settings, to_file: bool, progress: Callable[[int, int], None]) -> rewrapping.Rewrapped:
    """Wrap every session's key by the present key, also while the server runs. Raises `WrappingError`."""
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        async with open_keyring(settings, to_file) as ring:
            done = await rewrapping.rewrap(writer, ring, progress)
        await forget_deleted()
    finally:
        await writer.stop()
        await close_database()
    return done
