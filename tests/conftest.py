"""Fixtures for every test: one asyncio backend, Hypothesis profiles, a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.storage.soft_tokens import SoftTokens

settings.register_profile("bounded", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bounded")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def soft_tokens(tmp_path_factory: pytest.TempPathFactory) -> SoftTokens:
    return SoftTokens(tmp_path_factory.mktemp("softhsm"))
