"""The log of deliveries, read: of a case for whoever handles it, of a county for whoever keeps its channels going. Addresses are masked in it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from tortoise.expressions import Subquery
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from cases.clock import rfc3339
from cases.vocabulary import Channel
from storage.database import reads
from storage.models.cases import CaseRow
from storage.models.notices import OutboxRow
from storage.models.people import Account

PAGE = 50
OF_CASE = 200
"""Notices of a case that are listed; it says how many there were."""
STATES = ("waiting", "sent", "given_up")


class Delivery(msgspec.Struct, omit_defaults=True):
    """`to`: name of the account; empty for a party, which `party` is the id of. `at`: when it was entered; `settled`: when it was sent or given up; `next`: when it is
    tried next. `reason`: why not, or why not yet, as the table of `docs/operations.md` has it. `address`: masked, of the last try. Times in RFC 3339."""

    id: int
    at: str
    channel: str
    kind: str
    state: str
    tries: int
    to: str = ""
    party: str = ""
    reason: str = ""
    address: str = ""
    settled: str = ""
    next: str = ""


class Sought(msgspec.Struct, frozen=True):
    """Older than `before` (an id; 0: from the newest on), by a channel, in a state."""

    before: int = 0
    channel: Channel | None = None
    state: str = ""


async def of_county(region: str, sought: Sought = Sought()) -> list[Delivery]:
    """A page of what cases of a region had to tell, the newest first. No party is named, nor any case."""
    asked = _of(region)
    if sought.before:
        asked = asked.filter(id__lt=sought.before)
    if sought.channel:
        asked = asked.filter(channel=sought.channel)
    if sought.state:
        asked = asked.filter(state=sought.state)
    found = await _told(await asked.using_db(reads()).order_by("-id").limit(PAGE))
    for one in found:
        one.party = ""
    return found


async def waiting(region: str) -> dict[str, int]:
    """Channel → how many notices of a region's cases wait for it."""
    rows = (
        await _of(region)
        .filter(next_at__not_isnull=True)
        .using_db(reads())
        .annotate(count=Count("id"))
        .group_by("channel")
        .values("channel", "count")
    )
    return {str(row["channel"]): int(row["count"]) for row in rows}


async def of_case(case: str) -> tuple[list[Delivery], int]:
    """The newest of a case, and how many there are."""
    asked = OutboxRow.filter(case_id=case)
    return await _told(await asked.using_db(reads()).order_by("-id").limit(OF_CASE)), await asked.using_db(reads()).count()


def _of(region: str) -> QuerySet[OutboxRow]:
    return OutboxRow.filter(case_id__in=Subquery(CaseRow.filter(region__startswith=region).values("id")))


async def _told(rows: list[OutboxRow]) -> list[Delivery]:
    names = dict(
        await Account.filter(id__in=list({row.account for row in rows if row.account})).using_db(reads()).values_list("id", "name")
    )
    return [
        Delivery(
            row.id,
            rfc3339(row.entered_at),
            row.channel,
            row.kind,
            row.state,
            row.tries,
            str(names.get(row.account, "")),
            row.party,
            row.reason,
            row.address,
            _when(row.settled_at),
            _when(row.next_at),
        )
        for row in rows
    ]


def _when(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else ""
