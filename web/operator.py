"""What `run.py top` asks a running server: its load at this moment. For whoever can read the data folder's key, and nobody else.

Ids and counts only: an operator of machines need not see who has a dispute with whom.
"""

from __future__ import annotations

import hmac
import time
from typing import Any

import psutil
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.errors import NotAllowed
from realtime import metrics
from realtime.hub import Hub
from web.house import House
from web.keys import load_key

KEY = "operator"
SHOWN = 12
_process = psutil.Process()


async def load(request: Request) -> Response:
    house: House = request.app.state.house
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), load_key(house.settings.folder, KEY).hex().encode()):
        raise NotAllowed("not_allowed", "This is for the operator of this server")
    return JSONResponse(measure(house))


def measure(house: House) -> dict[str, Any]:
    """Totals since the start, from which rates are made by asking twice; and what is longest or slowest now."""
    hub = house.hub
    return {
        "at": time.monotonic(),
        "node": hub.node,
        "problems": house.problems(),
        "cpu_seconds": sum(_process.cpu_times()[:2]),
        "memory": _process.memory_info().rss,
        "connections": len(hub.readers),
        "by_kind": _by_kind(hub),
        "streams": len(hub.streams.all),
        "waiting": house.store.waiting(),
        "rooms": house.open_rooms(),
        "media_workers": house.media_workers(),
        "totals": {
            "events": _sum(metrics.PUBLISHED),
            "deliveries": _sum(metrics.DELIVERIES),
            "bytes": _sum(metrics.BYTES),
            "commands": _sum(metrics.COMMANDS),
            "cuts": _sum(metrics.CUTS),
            "from_ring": _sum(metrics.RESUMES, source="ring"),
            "from_database": _sum(metrics.RESUMES, source="database"),
            "from_snapshot": _sum(metrics.RESUMES, source="snapshot"),
        },
        "loop_lag": _mean(metrics.LOOP_LAG),
        "publish": _mean(metrics.PUBLISH_SECONDS),
        "topics": _busiest(hub),
        "slowest": _slowest(hub),
    }


def _by_kind(hub: Hub) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for reader in hub.readers:
        kind = reader.actor.kind  # type: ignore[attr-defined]
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def _busiest(hub: Hub) -> list[dict[str, Any]]:
    most = sorted(hub.streams.all.values(), key=lambda s: (-len(s.readers), s.name))[:SHOWN]
    return [{"stream": s.name, "readers": len(s.readers), "offset": s.offset, "ring": s.ring_bytes} for s in most if s.readers]


def _slowest(hub: Hub) -> list[dict[str, Any]]:
    """Readers for whom bytes wait, those with the most first."""
    held = [(reader.transport.get_write_buffer_size(), reader) for reader in hub.readers]  # type: ignore[attr-defined]
    most = sorted(((size, r) for size, r in held if size), key=lambda found: -found[0])[:SHOWN]
    return [{"held": size, "kind": r.actor.kind, "login": r.login, "topics": len(r.topics)} for size, r in most]  # type: ignore[attr-defined]


def _sum(counter: Counter, **labels: str) -> float:
    samples = [s for family in counter.collect() for s in family.samples if s.name.endswith("_total")]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def _mean(histogram: Histogram) -> dict[str, float]:
    """Count and sum since the start: the mean of an interval is made of two of them."""
    values = {s.name.rpartition("_")[2]: s.value for family in histogram.collect() for s in family.samples if "le" not in s.labels}
    return {"count": values["count"], "sum": values["sum"]}


OPERATOR_ROUTES = [Route("/api/operator/load", load)]
