"""Passwords by argon2, in a worker thread, since one hash takes a good part of a second on purpose."""

from __future__ import annotations

import asyncio
import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from cases.errors import Invalid

_hasher = PasswordHasher()
LENGTH = (8, 128)


@functools.cache
def _dummy() -> str:
    """Verified when there is no such account, so that a stranger cannot tell by the time it takes."""
    return _hasher.hash("no such account")


def check_strength(password: str) -> None:
    if not LENGTH[0] <= len(password) <= LENGTH[1]:
        raise Invalid(
            "password_length", f"A password has {LENGTH[0]} to {LENGTH[1]} characters", field="password", least=LENGTH[0], most=LENGTH[1]
        )


async def hash_password(password: str) -> str:
    check_strength(password)
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(stored: str, password: str) -> bool:
    # Made whether it is needed or not: that of the first one would tell.
    dummy = await asyncio.to_thread(_dummy)
    try:
        return await asyncio.to_thread(_hasher.verify, stored or dummy, password[: LENGTH[1]]) and bool(stored)
    except (VerifyMismatchError, InvalidHashError):
        return False
