"""The couriers: one task a channel takes notices out of the outbox and delivers them, with back-off, on the one node that has the rooms.

A channel that hangs keeps no other waiting. A server that is killed between the other side's taking of a notice and our note of it tries again with
the same key: what keeps keys (our page, an SMS gateway) tells it once.
"""

from __future__ import annotations

import traceback
from datetime import datetime, timedelta

import structlog

from cases.case import Case
from cases.delivery import GIVEN_UP_AFTER, RINGING, QuietHours, next_try
from cases.errors import NotFound, TooMuch
from cases.identity import mask_email, mask_phone
from cases.notices import Notice, holds, notices_of, outlived
from cases.ports import Clock, Letter, NotDelivered, Notifier
from cases.vocabulary import Channel, NoticeKind
from storage.contacts import contact_of
from storage.database import is_outage, reads
from storage.models.notices import OutboxRow
from storage.models.people import Account
from storage.outbox import Outbox
from storage.reading import Reader
from storage.work import Committed
from web.notice_texts import link_of, mail, number_of, sms, wechat, when_of
from web.rates import Rates
from web.rounds import Rounds

log = structlog.get_logger("courier")

AT_ONCE = 20
ABSENT = frozenset({"away", "silent"})
UNSAID = frozenset({"no_case", "settled"})
"""Reasons why nobody is to be told any more, by whatever channel."""


class Courier:
    def __init__(
        self,
        channel: Channel,
        notifier: Notifier,
        outbox: Outbox,
        reader: Reader,
        clock: Clock,
        quiet: QuietHours,
        rates: Rates,
        base_url: str,
    ) -> None:
        self.channel = channel
        self._notifier, self._outbox, self._reader, self._clock = notifier, outbox, reader, clock
        self._quiet, self._rates, self._base_url = quiet, rates, base_url
        self._rounds = Rounds()

    def __call__(self, committed: Committed) -> None:
        """A commit of this node, which may have entered something."""
        if notices_of(committed.after.case, committed.happened):
            self._rounds.wake()

    def problem(self) -> str:
        """For the health page."""
        return f"notices by {self.channel} wait: the other side does not answer" if self._rounds.absent > 2 else ""

    async def run(self) -> None:
        """Never returns."""
        while True:
            more = False
            try:
                more = await self.round()
            except Exception as error:
                log.warning("notices not looked at, tried again", channel=self.channel, reason=type(error).__name__)
            if not more:
                await self._rounds.rest()

    async def round(self) -> bool:
        """Try what is due. Whether there may be more of it at once. Where the other side is absent, the others are not tried."""
        self._rounds.begin()
        rows = await self._outbox.due(self.channel, self._clock.now(), AT_ONCE)
        for row in rows:
            if not await self._try(row):
                self._rounds.absent += 1
                return False
        if rows:
            self._rounds.absent = 0
        return len(rows) == AT_ONCE

    async def _try(self, row: OutboxRow) -> bool:
        """Whether anybody was there to take it."""
        now = self._clock.now()
        if self.channel is not Channel.PAGE and now - row.entered_at > GIVEN_UP_AFTER:
            await self._give_up(row, "too_late", tried=False)
            return True
        if self.channel in RINGING and self._quiet.hold(now):
            await self._put_off(row, self._quiet.over(now), "quiet_hours")
            return True
        masked = ""
        try:
            letter, masked = await self._letter(row)
            if self.channel is not Channel.PAGE and not row.tries:  # counted once, however often it must be tried
                self._rates.spend("notice", f"{self.channel}:{letter.to}")
            await self._notifier.deliver(letter)
        except TooMuch as refusal:
            await self._put_off(row, now + timedelta(seconds=refusal.detail.get("seconds", 5)), "too_many", masked)
            return True
        except NotDelivered as failure:
            await self._failed(row, failure, masked)
            return failure.reason not in ABSENT
        except Exception as error:
            if is_outage(error):
                raise
            # A mistake of ours must not keep what waits behind it for ever. Where it is, and not what it says, which may have the address in it.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("a notice failed", notice=row.id, reason=type(error).__name__, where=f"{where.filename}:{where.lineno}")
            await self._failed(row, NotDelivered("internal"), masked)
            return True
        await self._outbox.settle(row, "sent", self._clock.now(), address=masked)
        log.info("told", notice=row.id, channel=self.channel, kind=row.kind, case=row.case_id)
        return True

    async def _put_off(self, row: OutboxRow, until: datetime, reason: str, address: str = "") -> None:
        """Not tried at all yet."""
        if until - row.entered_at > GIVEN_UP_AFTER:
            await self._give_up(row, reason, address, tried=False)
        else:
            await self._outbox.put_off(row, until, reason, address, tried=False)

    async def _failed(self, row: OutboxRow, failure: NotDelivered, address: str) -> None:
        now = self._clock.now()
        at = None if failure.final else next_try(self.channel, row.entered_at, row.tries + 1, now, self._quiet, failure.after)
        log.warning("not told", notice=row.id, channel=self.channel, kind=row.kind, reason=failure.reason, given_up=at is None)
        if at is None:
            await self._give_up(row, failure.reason, address)
        else:
            await self._outbox.put_off(row, at, failure.reason, address)

    async def _give_up(self, row: OutboxRow, reason: str, address: str = "", *, tried: bool = True) -> None:
        now = self._clock.now()
        if self.channel is not Channel.WECHAT or reason in UNSAID:
            await self._outbox.settle(row, "given_up", now, reason, address, tried)
            return
        case = (await self._reader.dossier(row.case_id)).case
        await self._outbox.by_sms_instead(row, now, reason, case.party(row.party).phone, tried)

    async def _letter(self, row: OutboxRow) -> tuple[Letter, str]:
        """What goes out, and the masked address for the log. Raises `NotDelivered` where nothing may, or nobody can be reached."""
        kind = NoticeKind(row.kind)
        try:
            case = (await self._reader.dossier(row.case_id)).case
        except NotFound:
            raise NotDelivered("no_case", final=True) from None
        notice = Notice(kind, account=row.account, party=row.party, about=row.about)
        if not holds(case, notice) or outlived(case, notice, self._clock.now()):
            raise NotDelivered("settled", final=True)
        number = number_of(case)
        if self.channel is Channel.PAGE:
            return Letter(row.key, kind, row.account, case.id, number), ""
        if self.channel is Channel.WECHAT:
            subject, text = wechat(kind, case.kind, number, when_of(case, "zh"))
            return Letter(
                row.key, kind, f"{case.id}/{row.party}", case.id, number, "zh", subject, text, link_of(case, self._base_url, staff=False)
            ), ""
        to, language = await self._address(row, case)
        link, when = link_of(case, self._base_url, staff=bool(row.account)), when_of(case, language)
        if self.channel is Channel.EMAIL:
            subject, text = mail(kind, case.kind, language, number, link, when)
            return Letter(row.key, kind, to, case.id, number, language, subject, text), mask_email(to)
        return Letter(row.key, kind, to, case.id, number, language, text=sms(kind, case.kind, language, number, link, when)), mask_phone(to)

    async def _address(self, row: OutboxRow, case: Case) -> tuple[str, str]:
        """(where to, in which language), as it is now."""
        if row.party:
            to, language = case.party(row.party).phone, ""
        else:
            account = await Account.filter(id=row.account, disabled=False).using_db(reads()).first()
            if account is None:
                raise NotDelivered("no_account", final=True)
            contact = contact_of(account)
            to, language = contact.email if self.channel is Channel.EMAIL else contact.phone, account.language
        if not to:
            raise NotDelivered("no_address", final=True)
        return to, language or "zh"
