"""Cases on the desks of those who assist in them or are asked to: entered with each case, read for the lists."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Case
from cases.joint_mediation import desks
from storage.database import reads
from storage.models.assistance import AssistanceRow


async def enter(db: BaseDBAsyncClient, before: Case | None, after: Case) -> None:
    known, now = desks(before) if before is not None else set(), desks(after)
    if gone := known - now:
        await AssistanceRow.filter(case_id=after.id, account__in=list(gone)).using_db(db).delete()
    for account in sorted(now - known):
        await AssistanceRow.create(case_id=after.id, account=account, using_db=db)


async def of(account: str, limit: int) -> list[str]:
    """Cases of this account's desk, the newest share first."""
    asked = AssistanceRow.filter(account=account).using_db(reads()).order_by("-id").limit(limit)
    return [str(case_id) for case_id in await asked.values_list("case_id", flat=True)]
