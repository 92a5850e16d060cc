"""A fresh session: the row behind it, of which only a hash of the secret is kept, and what the browser gets."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from storage.models.doors import Login


class Grant(msgspec.Struct):
    """A fresh session: the cookie to set, and where the browser should go."""

    handle: str
    secret: str
    login: str
    max_age: int
    where: str
    taken_over: list[str] = []  # the logins that this one replaced
    case_id: str = ""
    session_id: str = ""
    seat: str = ""


async def open_login(db: BaseDBAsyncClient, now: datetime, handle: str, lifetime: timedelta, where: str, **fields: str) -> Grant:
    """In a transaction. `fields`: of the row, its kind among them."""
    login_id, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
    await Login.create(id=login_id, secret_hash=hash_of(secret), expires_at=now + lifetime, using_db=db, **fields)
    return Grant(handle, f"{login_id}.{secret}", login_id, int(lifetime.total_seconds()), where)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
