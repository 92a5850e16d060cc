"""Opening the database: SQLite in the data folder by default, PostgreSQL by its URL. Migrations run at every start.

SQLite gets two connections on one file: `default` writes (WAL, synchronous FULL: acknowledged means durable), `reads` only reads, so that
a page never waits for an open transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import pkgutil
import socket
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import structlog
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError
from tortoise.migrations.api.migrate import migrate as run_migrations

from storage import case_keys, migrations
from storage.models import MODULES

log = structlog.get_logger("database")

APP = "heyi"
AWAY = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
)


def configuration(url: str) -> dict[str, Any]:
    """Tortoise's configuration for `sqlite:///path` or `postgres://user:password@host:port/name`. Raises `ValueError` for other schemes."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(url.removeprefix("sqlite://"))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = "tortoise.backends.sqlite"
        write = {"file_path": path, "journal_mode": "WAL", "synchronous": "FULL", "busy_timeout": 5000, "secure_delete": "ON"}
        read = {**write, "query_only": 1}
    elif parts.scheme in {"postgres", "postgresql"}:
        engine = "tortoise.backends.asyncpg"
        write = {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "database": parts.path.lstrip("/"),
            "minsize": 1,
            "maxsize": 8,
            "command_timeout": 30,  # a database that is silent must not be waited for without end
        }
        read = dict(write)
    else:
        raise ValueError(f"database: unknown scheme {parts.scheme!r}; use sqlite:///path or postgres://user:password@host:port/name")
    return {
        "connections": {"default": {"engine": engine, "credentials": write}, "reads": {"engine": engine, "credentials": read}},
        "apps": {APP: {"models": MODULES, "default_connection": "default", "migrations": "storage.migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def newest_migration() -> str:
    """The name of the last migration of this version, as the database records it when it has been applied."""
    return max(module.name for module in pkgutil.iter_modules(migrations.__path__))


async def migrate(url: str) -> None:
    await run_migrations(config=configuration(url))
    await Tortoise.close_connections()


async def open_database(url: str, installation: bytes | None = None) -> None:
    """Bring the schema up to date and connect. `installation`: the secret that cases are sealed under; without it none can be read or written. Call `close_database` at
    the end."""
    await migrate(url)
    if installation is not None:
        case_keys.use(installation)
    # Tortoise keeps its statements by the connection's name: those of another kind of database, opened in this process before, would be sent.
    EXECUTOR_CACHE.clear()
    await Tortoise.init(config=configuration(url), _enable_global_fallback=True)


async def close_database() -> None:
    case_keys.forget()
    await Tortoise.close_connections()


async def forget_deleted() -> None:
    """Have deleted rows leave the files too. SQLite: pages are overwritten at deletion (`secure_delete`), but the log still has them as they were.
    PostgreSQL: by its own vacuum."""
    connection = writes()
    if isinstance(connection, SqliteClient):
        await asyncio.to_thread(_checkpoint, connection.filename)


def _checkpoint(path: str) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        log.warning("the log could not be emptied now; it is at the next start")


def is_outage(error: BaseException) -> bool:
    """Whether the database was away, so that the same may succeed when it is back; anything else is a mistake of ours."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return any(isinstance(c, AWAY) for c in causes)


def writes() -> BaseDBAsyncClient:
    return get_connection("default")


def reads() -> BaseDBAsyncClient:
    return get_connection("reads")
