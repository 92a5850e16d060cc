"""Databases of both kinds, empty, each for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from rehearsal.services import postgres, postgres_programs


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty database is. Statements are cached by the connection's name, and this process speaks to two kinds of database."""
    EXECUTOR_CACHE.clear()
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'heyi.sqlite3'}"
    elif postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    else:
        with postgres() as database:
            yield database.url
    EXECUTOR_CACHE.clear()
