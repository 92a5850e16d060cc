"""What is kept and for how long, asked of the books: recordings by case and by organisation, and what a policy says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from rooms.room import is_caucus
from storage import sql
from storage.database import reads
from storage.dossier import case_of
from storage.models.cases import CaseRow
from storage.models.people import Organisation
from storage.models.recordings import SegmentRow

BATCH = 200


class Recorded(msgspec.Struct, frozen=True):
    """Recordings of one case that are still there. `bytes` as they were before encryption, `last` when the last one began."""

    case: str
    sessions: tuple[str, ...]
    segments: int
    bytes: int
    last: datetime
    talks: dict[str, tuple[int, int]]
    """Of private talks that were recorded by themselves: (segments, bytes)."""
    open: bool
    """Whether one of them is still being written."""


async def recorded(case_id: str) -> Recorded | None:
    rows = await SegmentRow.filter(case_id=case_id).exclude(state="destroyed").using_db(reads()).order_by("started_at")
    if not rows:
        return None
    return Recorded(
        case_id,
        tuple(dict.fromkeys(row.session_id for row in rows)),
        len(rows),
        sum(row.size for row in rows),
        datetime.fromisoformat(rows[-1].started_at),
        {talk: (len(own), sum(row.size for row in own)) for talk, own in _talks(rows).items()},
        any(row.state == "open" for row in rows),
    )


def _talks(rows: list[SegmentRow]) -> dict[str, list[SegmentRow]]:
    found: dict[str, list[SegmentRow]] = {}
    for row in rows:
        if is_caucus(row.session_id):
            found.setdefault(row.session_id, []).append(row)
    return found


async def retention(organisation: str) -> int:
    """Days; 0 where recordings are kept until somebody destroys them."""
    row = await Organisation.filter(id=organisation).using_db(reads()).first()
    return row.retention_days if row else 0


async def shortest_retention() -> int:
    rows = await Organisation.filter(retention_days__gt=0).using_db(reads()).order_by("retention_days").limit(1)
    return rows[0].retention_days if rows else 0


async def recorded_before(moment: str) -> AsyncIterator[str]:
    """Cases with recordings of which the last began before a moment (RFC 3339), in the order of their ids."""
    after = ""
    while True:
        first, second, most = sql.marks(reads(), 3)
        rows = await reads().execute_query_dict(
            f"SELECT case_id FROM segment WHERE case_id > {first} AND state <> 'destroyed' GROUP BY case_id HAVING MAX(started_at) < {second} "
            f"ORDER BY case_id LIMIT {most}",
            [after, moment, BATCH],
        )
        for row in rows:
            yield str(row["case_id"])
        if len(rows) < BATCH:
            return
        after = str(rows[-1]["case_id"])


async def destroyed_sessions() -> set[str]:
    return {
        str(key) for key in await SegmentRow.filter(state="destroyed").using_db(reads()).distinct().values_list("session_id", flat=True)
    }


async def report() -> list[dict[str, Any]]:
    """One row an organisation: cases with recordings, sessions, segments, bytes, hours, oldest, how many are on hold, destroyed, and the policy."""
    names = {org.id: (org.name, org.retention_days) for org in await Organisation.all().using_db(reads())}
    rows: dict[str, dict[str, Any]] = {}
    sums = await reads().execute_query_dict(
        "SELECT case_id, COUNT(DISTINCT session_id) AS sessions, COUNT(*) AS segments, SUM(size) AS size, SUM(duration_ms) AS duration, "
        "MIN(started_at) AS oldest, SUM(CASE WHEN state = 'destroyed' THEN 1 ELSE 0 END) AS destroyed FROM segment GROUP BY case_id ORDER BY case_id"
    )
    for start in range(0, len(sums), BATCH):
        part = sums[start : start + BATCH]
        states = await CaseRow.filter(id__in=[row["case_id"] for row in part]).using_db(reads()).values_list("id", "key", "state")
        cases = {str(case): case_of(str(case), str(key), str(state)) for case, key, state in states}
        for row in part:
            case = cases.get(row["case_id"])
            org = case.mediator.org if case is not None and case.mediator else ""
            name, days = names.get(org, ("", 0))
            one = rows.setdefault(org, empty(org, name, days))
            if row["destroyed"]:
                one["destroyed"] += 1
                continue
            one["cases"] += 1
            one["on_hold"] += case is not None and case.hold is not None
            one["sessions"] += int(row["sessions"])
            one["segments"] += int(row["segments"])
            one["bytes"] += int(row["size"] or 0)
            one["hours"] += int(row["duration"] or 0) / 3_600_000
            one["oldest"] = min(filter(None, (one["oldest"], row["oldest"])))
    for org, (name, days) in names.items():
        if days and org not in rows:
            rows[org] = empty(org, name, days)
    return sorted(rows.values(), key=lambda one: (-one["bytes"], one["organisation"]))


def empty(org: str, name: str, days: int) -> dict[str, Any]:
    """The row of an organisation that has recorded nothing."""
    zeros = dict.fromkeys(("cases", "sessions", "segments", "bytes", "on_hold", "destroyed"), 0)
    return {"organisation": org, "name": name, "retention_days": days, "oldest": "", "hours": 0.0, **zeros}
