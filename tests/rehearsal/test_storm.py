"""A short storm of one seed on each kind of installation; `run.py soak` blows for hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import storm
from rehearsal.services import postgres_programs, redis_installed


def held(result: storm.Result) -> None:
    assert result.faults == []
    assert result.acknowledged > 10
    assert result.events > result.acknowledged
    assert result.resumes > 0, "nobody was cut: the storm was none"


@pytest.mark.services
def test_one_node_loses_nothing(tmp_path: Path) -> None:
    result = storm.on_sqlite(tmp_path, 1, 8)
    held(result)
    assert result.troubles["kill -9 of a node"]


@pytest.mark.services
def test_two_nodes_lose_nothing(tmp_path: Path) -> None:
    if postgres_programs() is None or not redis_installed():
        pytest.skip("PostgreSQL or redis-server is not installed")
    result = storm.on_postgres(tmp_path, 3, 15)
    held(result)
    assert len(result.troubles) >= 2
