"""Fixtures for every test: one asyncio backend, Hypothesis profiles, a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.storage.object_store import ObjectStore
from tests.storage.soft_tokens import SoftTokens

settings.register_profile("bounded", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bounded")


class ByFile(LoadScopeScheduling):
    """Where several processes share the tests, a file stays whole, and one process has all sittings of several browsers: they fill a core by themselves."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browsers" if file.startswith("tests/browser/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def soft_tokens(tmp_path_factory: pytest.TempPathFactory) -> SoftTokens:
    return SoftTokens(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture(scope="session")
def running_store() -> Iterator[ObjectStore]:
    store = ObjectStore()
    yield store
    store.end()


@pytest.fixture
def object_store(running_store: ObjectStore) -> Iterator[ObjectStore]:
    """One that answers, whatever the test before left."""
    running_store.come_back()
    yield running_store
