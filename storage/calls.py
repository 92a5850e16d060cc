"""Statistics of calls: one row a seat and session, to which each report of its browser is added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import rfc3339
from storage.database import reads
from storage.models.calls import CallRow
from storage.writer import Writer


class CallStore:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def note(self, case_id: str, session_id: str, seat: str, report: dict[str, Any], now: datetime) -> None:
        """Add a report, which has been checked: `seconds`, `round_trip` (ms, -1 unknown), `loss_up` and `loss_down` (of 1), `jitter`, `frozen` and
        `concealed` (ms), `height`, `path`, `transport`."""

        async def job(db: BaseDBAsyncClient) -> None:
            row = await CallRow.filter(id=f"{session_id}/{seat}").using_db(db).first()
            if row is None:
                row = CallRow(id=f"{session_id}/{seat}", case_id=case_id, session_id=session_id, seat=seat)
            seconds = float(report["seconds"])
            row.seconds += seconds
            row.round_trip_sum += seconds * max(0, report["round_trip"])
            row.round_trip_worst = max(row.round_trip_worst, report["round_trip"])
            row.loss_up_sum += seconds * report["loss_up"]
            row.loss_up_worst = max(row.loss_up_worst, report["loss_up"])
            row.loss_down_sum += seconds * report["loss_down"]
            row.loss_down_worst = max(row.loss_down_worst, report["loss_down"])
            row.jitter_worst = max(row.jitter_worst, report["jitter"])
            row.frozen_ms += report["frozen"]
            row.concealed_ms += report["concealed"]
            row.height = max(row.height, report["height"])
            row.path, row.transport = report["path"] or row.path, report["transport"] or row.transport
            row.updated_at = rfc3339(now)
            await row.save(using_db=db)

        await self._writer.run(job, lambda _: None)


async def calls_of(case_id: str) -> list[dict[str, Any]]:
    """What is known of a case's calls, by session and seat: means, worst values, sums."""
    rows = await CallRow.filter(case_id=case_id).using_db(reads()).order_by("session_id", "seat")
    return [
        {
            "session": row.session_id,
            "seat": row.seat,
            "seconds": round(row.seconds),
            "round_trip": round(row.round_trip_sum / row.seconds) if row.seconds and row.round_trip_worst >= 0 else None,
            "round_trip_worst": row.round_trip_worst if row.round_trip_worst >= 0 else None,
            "loss_up": round(row.loss_up_sum / row.seconds, 4) if row.seconds else 0.0,
            "loss_down": round(row.loss_down_sum / row.seconds, 4) if row.seconds else 0.0,
            "loss_worst": round(max(row.loss_up_worst, row.loss_down_worst), 4),
            "jitter_worst": row.jitter_worst,
            "frozen": round(row.frozen_ms / 1000, 1),
            "concealed": round(row.concealed_ms / 1000, 1),
            "height": row.height,
            "path": row.path,
            "transport": row.transport,
        }
        for row in rows
    ]
