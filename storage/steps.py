"""One step of a durable stream: its next offset, taken under the lock of its row, and the patch that a reader resumes by."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from storage import sql
from storage.case_keys import keys


class Change(msgspec.Struct):
    """One step of one stream, ready for the hub."""

    stream: str
    epoch: str
    offset: int
    patch: dict[str, Any]


async def next_heads(connection: BaseDBAsyncClient, streams: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Stream → (epoch, its new offset). Locks them until the end of the transaction: `streams` in one order everywhere, which is the alphabet's."""
    # One statement, so that two first events of a list that many cases share cannot both believe to be the first.
    rows = await sql.insert(
        connection,
        "stream",
        ("name", "epoch", "head"),
        [(name, secrets.token_hex(6), 1) for name in streams],
        "ON CONFLICT (name) DO UPDATE SET head = stream.head + 1 RETURNING name, epoch, head",
    )
    return {row["name"]: (row["epoch"], row["head"]) for row in rows}


async def enter_events(connection: BaseDBAsyncClient, changes: Sequence[Change]) -> None:
    sealing = keys()
    events = [(c.stream, c.offset, sealing.seal_event(c.stream, c.offset, json.dumps(c.patch, ensure_ascii=False))) for c in changes]
    await sql.insert(connection, "stream_event", ("stream", "seq", "patch"), events)


def patch_of(stream: str, seq: int, kept: str) -> dict[str, Any]:
    """As it was entered. What begins with a brace is of an earlier version, and plain. Raises `case_keys.Unreadable`."""
    return dict(json.loads(kept if kept.startswith("{") else keys().open_event(stream, seq, kept)))
