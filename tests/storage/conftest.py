"""Databases of both kinds, empty, each for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty database is. Statements are cached by the connection's name, and this process speaks to two kinds of database."""
    EXECUTOR_CACHE.clear()
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'heyi.sqlite3'}"
    else:
        yield request.getfixturevalue("cluster").database()
    EXECUTOR_CACHE.clear()
