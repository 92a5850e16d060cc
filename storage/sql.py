"""The few statements of the unit of work that are written by hand: one round to the database for what the ORM does in several.

Every command runs them, and each round costs a change of threads on SQLite and a packet on PostgreSQL. Values are always parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

ROWS_AT_ONCE = 400
"""SQLite takes 32,766 parameters in a statement."""


def marks(connection: BaseDBAsyncClient, count: int, first: int = 1) -> list[str]:
    """Placeholders of parameters `first`, `first + 1`, …"""
    if connection.capabilities.dialect == "sqlite":
        return ["?"] * count
    return [f"${n}" for n in range(first, first + count)]


def bound(connection: BaseDBAsyncClient, values: Iterable[Any]) -> list[Any]:
    """Values as the driver wants them: SQLite keeps moments as text, in the ORM's spelling."""
    if connection.capabilities.dialect == "sqlite":
        return [v.isoformat(" ") if isinstance(v, datetime) else v for v in values]
    return list(values)


async def insert(
    connection: BaseDBAsyncClient, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], ending: str = ""
) -> list[dict[str, Any]]:
    """Insert many rows in one statement. `ending` may be `ON CONFLICT … RETURNING …`, and then what it returns is returned."""
    returned: list[dict[str, Any]] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        width = len(columns)
        places = ", ".join(f"({', '.join(marks(connection, width, 1 + n * width))})" for n in range(len(part)))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places} {ending}"
        values = bound(connection, (value for row in part for value in row))
        returned += await connection.execute_query_dict(statement, values)
    return returned


async def update(connection: BaseDBAsyncClient, table: str, key: str, columns: dict[str, Any]) -> None:
    """Set columns of the row whose `id` is `key`."""
    places = marks(connection, len(columns) + 1)
    settings = ", ".join(f"{name} = {place}" for name, place in zip(columns, places, strict=False))
    await connection.execute_query(f"UPDATE {table} SET {settings} WHERE id = {places[-1]}", bound(connection, [*columns.values(), key]))
