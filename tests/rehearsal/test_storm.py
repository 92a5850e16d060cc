"""A short storm of one seed on each kind of installation; `run.py soak` blows for hours."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.services import postgres_programs, redis_installed
from rehearsal.storm import kinds
from rehearsal.storm.ground import Result


def held(result: Result) -> None:
    assert result.faults == []
    assert result.acknowledged > 10
    assert result.events > result.acknowledged
    assert result.resumes > 0, "nobody was cut: the storm was none"
    assert result.talks and result.lines
    assert result.withdrawals > 1
    assert result.edits > 3, "nobody came to write on the draft between the kills"


@pytest.mark.services
def test_one_node_loses_nothing(tmp_path: Path) -> None:
    result = kinds.on_sqlite(tmp_path, 1, 5)
    held(result)
    assert result.troubles["kill -9 of a node"]


@pytest.mark.services
def test_two_nodes_lose_nothing(tmp_path: Path) -> None:
    if postgres_programs() is None or not redis_installed():
        pytest.skip("PostgreSQL or redis-server is not installed")
    result = kinds.on_postgres(tmp_path, 3, 8)
    held(result)
    assert len(result.troubles) >= 2
