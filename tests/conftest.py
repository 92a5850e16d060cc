"""Fixtures for every test: one asyncio backend, Hypothesis profiles, a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from xdist.scheduler import LoadScopeScheduling

import storage.database
import web.passwords
from rehearsal.services import postgres, postgres_programs
from tests.schema import Cluster, Schema, schemas
from tests.serving import nurseries
from tests.storage.object_store import ObjectStore
from tests.storage.soft_tokens import SoftTokens

settings.register_profile("bounded", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bounded")
# Hypothesis also tries the constants of all modules that are loaded, and these depend on which tests a process has had before: what is found would not be
# found again.
providers._get_local_constants = lambda: providers._local_constants


SITTINGS = {
    f"tests/browser/test_{name}.py"
    for name in ("mediation", "line", "experts", "everybody", "room_guests", "room_people", "media_room", "room", "ends", "two_at_one_device", "drafting", "record")
}  # fmt: skip
"""Several browsers with video in each. One at a time is enough for two processors."""
ONE_SERVER = "tests/browser/pages/"
"""Files of this folder share a server and a browser."""


class ByFile(LoadScopeScheduling):
    """Where several processes share the tests, a file stays whole, and one process has all sittings."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(ONE_SERVER):
            return ONE_SERVER
        return "sittings" if file in SITTINGS else file


def _turn(item: pytest.Item) -> int:
    """The sittings first, which take a processor for many minutes, beside what mostly waits; the other browsers afterwards, by whoever is free."""
    file = item.nodeid.partition("::")[0]
    return 0 if file in SITTINGS else 2 if file.startswith("tests/browser/") else 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every",
        action="store_true",
        help="also what proves by a second way, and ways through pages whose rules and requests other tests prove",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--every` what is marked so is left out, so that all tests end within the half hour that they have on two cores."""
    items.sort(key=_turn)
    if config.getoption("--every"):
        return
    left = [item for item in items if item.get_closest_marker("every")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New databases are copies of one that is migrated once."""
    made = Schema(tmp_path_factory.mktemp("schema"))
    schemas.append(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.database, "migrate", made.migrate)
        yield
    for nursery in nurseries:
        nursery.end()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Statements are cached by the connection's name: whoever uses it beside SQLite clears that cache."""
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres() as server:
        yield Cluster(server)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 as the installation has it costs a good part of a second on purpose, for each sign-in; servers that are processes of their own have it so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web.passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


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
