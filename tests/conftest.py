"""Fixtures for every test: one asyncio backend, Hypothesis profiles, a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("bounded", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bounded")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes share the tests, a file stays whole, and one process has all of those with browsers: they fill a core by themselves.

    First of all: the plugin that shares them reads the marks in the same hook."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("browsers" if item.get_closest_marker("browser") else str(item.path)))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"
