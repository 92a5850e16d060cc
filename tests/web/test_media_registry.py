"""How the workers of media nodes join and leave, whatever the registry tells; the nodes themselves are pretended."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.port import EngineGone
from web.media_nodes import GONE_AFTER, MAX_NODES, MediaNodes
from web.media_registry import Registration
from web.media_workers import MediaWorkers

pytestmark = pytest.mark.anyio
NODES = st.dictionaries(
    st.sampled_from(["10.0.0.7:8421", "10.0.0.8:8421", "[fd00::1]:8421"]),
    st.tuples(st.integers(1, 3), st.booleans()),
    max_size=3,
)


def nodes_over(workers: MediaWorkers) -> MediaNodes:
    return MediaNodes(None, workers, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), Path("/nowhere"))  # type: ignore[arg-type]


def told(found: dict[str, tuple[int, bool]]) -> dict[str, Registration]:
    return {address: Registration(address, workers, draining) for address, (workers, draining) in found.items()}


@given(st.lists(NODES, max_size=8))
def test_workers_are_those_of_the_nodes_that_are_there(history: list[dict[str, tuple[int, bool]]]) -> None:
    async def run() -> None:
        async def never(*args: Any) -> Any:
            raise EngineGone("pretended")

        workers = MediaWorkers([], lambda event: None, lambda rooms: never, lambda: None)
        nodes = nodes_over(workers)
        nodes._start = lambda address, number: never  # type: ignore[method-assign, assignment, return-value]
        try:
            for found in history:
                for _ in range(GONE_AFTER):
                    nodes.take(told(found))
                wanted = {f"{a}/{n}" for a, (count, draining) in found.items() if not draining for n in range(count)}
                assert set(workers.all) == wanted, "none of them has a room"
                assert not any(worker.leaves for worker in workers.all.values())
        finally:
            await workers.stop()

    asyncio.run(run())


async def test_a_room_keeps_its_worker_from_leaving() -> None:
    async def never(*args: Any) -> Any:
        raise EngineGone("pretended")

    workers = MediaWorkers([], lambda event: None, lambda rooms: never, lambda: None)
    nodes = nodes_over(workers)
    nodes._start = lambda address, number: never  # type: ignore[method-assign, assignment, return-value]
    try:
        nodes.take(told({"10.0.0.7:8421": (2, False)}))
        workers.all["10.0.0.7:8421/1"].rooms.add("room")
        for found in ({"10.0.0.7:8421": (2, True)}, {}):
            for _ in range(GONE_AFTER):
                nodes.take(told(found))
            assert list(workers.all) == ["10.0.0.7:8421/1"] and workers.all["10.0.0.7:8421/1"].leaves
        workers.all["10.0.0.7:8421/1"].rooms.clear()
        nodes.take({})
        assert workers.all == {}
        nodes.take(told({f"10.0.1.{n}:1": (1, False) for n in range(MAX_NODES + 5)}))
        assert len(workers.all) == MAX_NODES
    finally:
        await workers.stop()


async def test_a_registry_that_has_lost_its_memory_for_a_moment_costs_no_worker() -> None:
    async def never(*args: Any) -> Any:
        raise EngineGone("pretended")

    workers = MediaWorkers([], lambda event: None, lambda rooms: never, lambda: None)
    nodes = nodes_over(workers)
    nodes._start = lambda address, number: never  # type: ignore[method-assign, assignment, return-value]
    try:
        for found in [{"10.0.0.7:8421": (1, False)}, {}, {}, {"10.0.0.7:8421": (1, False)}] * 3:
            nodes.take(told(found))
            assert list(workers.all) == ["10.0.0.7:8421/0"] and not workers.all["10.0.0.7:8421/0"].leaves
    finally:
        await workers.stop()
