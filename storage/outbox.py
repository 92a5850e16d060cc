"""The outbox of notices: entered in the transaction of what they tell, taken out by one courier a channel, kept as the log of deliveries.

Only channels that this installation has are entered, and only people who can be reached by them. Nothing here refuses a change: what finds the
outbox full is entered as given up, and stands in the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Count

from cases.case import Case
from cases.delivery import QuietHours, first_try
from cases.notices import Notice, channels_of, notices_of
from cases.ports import Happened
from cases.vocabulary import Channel, Role
from storage import sql, wechat_consents
from storage.contacts import contact_of
from storage.database import reads
from storage.models.notices import OutboxRow
from storage.models.people import Account
from storage.writer import Writer

QUEUE_LIMIT = 5_000
"""Notices that may wait for one channel other than the page."""
COLUMNS = (
    "key",
    "channel",
    "kind",
    "case_id",
    "account",
    "party",
    "about",
    "state",
    "tries",
    "entered_at",
    "next_at",
    "settled_at",
    "reason",
    "address",
)
LOG_PAGE = 50


class Outbox:
    """`channels`: those that are set up here, the page among them."""

    def __init__(self, writer: Writer, channels: frozenset[Channel], quiet: QuietHours, limit: int = QUEUE_LIMIT) -> None:
        self._writer, self._channels, self._quiet, self._limit = writer, channels, quiet, limit

    async def enter(self, db: BaseDBAsyncClient, case: Case, happened: Iterable[Happened], now: datetime) -> None:
        """Whoever is to be told of what happened, in its transaction."""
        rows = []
        full: dict[Channel, bool] = {}
        for notice in notices_of(case, happened):
            for channel, account in await self._ways(db, notice, case):
                if channel not in full:
                    full[channel] = channel is not Channel.PAGE and await self._waiting(db, channel) >= self._limit
                row = self._row(notice, channel, account, case, now, full[channel])
                if channel is Channel.WECHAT and not full[channel]:
                    await wechat_consents.take(db, case.id, notice.party, str(row[0]))
                rows.append(row)
        await sql.insert(db, "outbox", COLUMNS, rows)

    async def _ways(self, db: BaseDBAsyncClient, notice: Notice, case: Case) -> list[tuple[Channel, str]]:
        """(channel, account), the account empty for a party."""
        channels = [channel for channel in Channel if channel in channels_of(notice, case) & self._channels]
        if notice.party:
            if Channel.WECHAT in channels and await wechat_consents.has_one(db, case.id, notice.party):
                return [(Channel.WECHAT, "")]
            return [(Channel.SMS, "")] if Channel.SMS in channels and case.party(notice.party).phone else []
        if notice.centre:
            inside = [notice.centre[:length] for length in range(len(notice.centre) + 1)]
            asked = Account.filter(role=Role.CENTRE, region__in=inside, disabled=False)
        else:
            asked = Account.filter(id=notice.account, disabled=False)
        told = await asked.using_db(db).order_by("id")
        reach = {
            Channel.PAGE: lambda _: True,
            Channel.EMAIL: lambda one: contact_of(one).email,
            Channel.SMS: lambda one: contact_of(one).phone,
        }
        return [(channel, account.id) for account in told for channel in channels if reach[channel](account)]

    async def _waiting(self, db: BaseDBAsyncClient, channel: Channel) -> int:
        return await OutboxRow.filter(channel=channel, next_at__not_isnull=True).using_db(db).count()

    def _row(self, notice: Notice, channel: Channel, account: str, case: Case, now: datetime, full: bool) -> list[object]:
        return self._entered(channel, (notice.kind, case.id, account, notice.party, notice.about), now, full)

    def _entered(self, channel: Channel, about: tuple[object, ...], now: datetime, full: bool) -> list[object]:
        state, reason = ("given_up", "outbox_full") if full else ("waiting", "")
        next_at = None if full else first_try(channel, now, self._quiet)
        return [secrets.token_hex(16), channel, *about, state, 0, now, next_at, now if full else None, reason, ""]

    async def give_up_closed(self, now: datetime) -> int:
        """What waits for channels that were set up once and are not any more. Returns how many."""

        async def job(db: BaseDBAsyncClient) -> int:
            left = OutboxRow.filter(next_at__not_isnull=True).exclude(channel__in=list(self._channels)).using_db(db)
            return await left.update(state="given_up", next_at=None, settled_at=now, reason="channel_off")

        return await self._writer.run(job, lambda _: None)

    # the courier's side

    async def due(self, channel: Channel, now: datetime, limit: int) -> list[OutboxRow]:
        """What is to be tried now, longest waiting first."""
        return await OutboxRow.filter(channel=channel, next_at__lte=now).using_db(reads()).order_by("next_at", "id").limit(limit)

    async def settle(self, row: OutboxRow, state: str, now: datetime, reason: str = "", address: str = "", tried: bool = True) -> None:
        """`sent`, or `given_up` with its reason."""
        tries = row.tries + tried
        await self._note(row, state=state, tries=tries, next_at=None, settled_at=now, reason=reason, address=address or row.address)

    async def by_sms_instead(self, row: OutboxRow, now: datetime, reason: str, phone: str, tried: bool) -> None:
        """What WeChat does not deliver is given up there, and entered anew for the party's telephone, where SMS are sent and there is one."""

        async def job(db: BaseDBAsyncClient) -> None:
            gone = {"state": "given_up", "tries": row.tries + tried, "next_at": None, "settled_at": now, "reason": reason}
            await OutboxRow.filter(id=row.id).using_db(db).update(**gone)
            await wechat_consents.spent(db, row.key)
            if Channel.SMS in self._channels and phone:
                about = (row.kind, row.case_id, "", row.party, row.about)
                full = await self._waiting(db, Channel.SMS) >= self._limit
                await sql.insert(db, "outbox", COLUMNS, [self._entered(Channel.SMS, about, now, full)])

        await self._writer.run(job, lambda _: None)

    async def put_off(self, row: OutboxRow, until: datetime, reason: str, address: str = "", tried: bool = True) -> None:
        await self._note(row, next_at=until, tries=row.tries + tried, reason=reason, address=address or row.address)

    async def _note(self, row: OutboxRow, **columns: object) -> None:
        async def job(db: BaseDBAsyncClient) -> None:
            await OutboxRow.filter(id=row.id).using_db(db).update(**columns)
            if row.channel == Channel.WECHAT and columns.get("settled_at"):
                await wechat_consents.spent(db, row.key)

        await self._writer.run(job, lambda _: None)


async def log(before: int = 0) -> list[OutboxRow]:
    """The newest fifty deliveries before `before`, an id; 0: the newest of all."""
    asked = OutboxRow.all()
    return await (asked.filter(id__lt=before) if before else asked).using_db(reads()).order_by("-id").limit(LOG_PAGE)


async def waiting() -> dict[str, int]:
    """Channel → how many notices wait for it."""
    rows = (
        await OutboxRow.filter(next_at__not_isnull=True)
        .using_db(reads())
        .annotate(count=Count("id"))
        .group_by("channel")
        .values("channel", "count")
    )
    return {str(row["channel"]): int(row["count"]) for row in rows}
