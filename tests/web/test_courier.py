"""From a change to its notices: who gets them, when they are tried, what becomes of them; without settings nothing waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cases.actor import Actor
from cases.calendar import Day, county_day
from cases.case import Numbering
from cases.casework import handle
from cases.clock import COUNTY_TIME
from cases.commands.casework import Accept, Withdraw
from cases.errors import Refusal
from cases.ports import NotDelivered
from cases.vocabulary import CaseStage, Channel, NoticeKind, Role
from storage.calendars import Calendars
from storage.dossier import Dossier
from storage.models.people import Account, Organisation
from storage.outbox import Outbox
from storage.pruning import NOTICES_KEPT, prune
from storage.work import Outcome, Store
from tests.web.post import MAIL, PARTY, PHONE, Kept, Post, opened
from web.clockwork import Clockwork
from web.performance import PerformanceDesk
from web.rates import LIMITS
from web.terms import TermClock

pytestmark = pytest.mark.anyio
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")


async def test_an_order_is_told_by_every_way_that_there_is(folder: Path) -> None:
    async with opened(folder, *Channel) as post:
        ways = {channel: Kept() for channel in Channel}
        couriers = {channel: post.courier(channel, kept) for channel, kept in ways.items()}
        case_id = await post.order("wang", "li")
        for courier in couriers.values():
            courier(post.committed[-1])
            assert not await courier.round() and not await courier.round()
        code = (await post.reader.dossier(case_id)).case.code
        assert {(one.to, one.number) for one in ways[Channel.PAGE].letters} == {("wang", code), ("li", code)}
        (sms,), (mail,) = ways[Channel.SMS].letters, ways[Channel.EMAIL].letters
        assert sms.to == PHONE and mail.to == MAIL and "https://heyi.example.cn/desk" in sms.text and "有一件纠纷" in sms.text
        assert len({one.key for kept in ways.values() for one in kept.letters}) == 4
        log = {(row.channel, row.state, row.tries, row.address) for row in await post.rows()}
        assert log == {("page", "sent", 1, ""), ("sms", "sent", 1, "138****1111"), ("email", "sent", 1, "w***@example.cn")}
        await Account.filter(id="wang").update(language="en")
        await post.order("wang")
        await couriers[Channel.SMS].round()
        assert ways[Channel.SMS].letters[-1].text.startswith("[Heyi] A case was given to you")
        await post.order("wang", synthetic=True)
        assert len(await post.rows(channel="sms")) == 2, "an invented case is told of on the page alone"


async def test_what_is_not_set_up_queues_nothing(folder: Path) -> None:
    async with opened(folder, Channel.PAGE) as post:
        await post.order("wang")
        await post.owing("2026-05-01")
        await PerformanceDesk(post.store, post.reader, post.clock).look_at_the_clock()
        assert {row.channel for row in await post.rows()} == {"page"}


async def test_what_waits_for_a_channel_that_was_closed_or_is_a_day_old_is_given_up(folder: Path) -> None:
    async with opened(folder, *Channel) as post:
        await post.order("wang")
        closed = Outbox(post.writer, frozenset({Channel.PAGE, Channel.EMAIL}), post.quiet)
        assert (await closed.give_up_closed(post.clock.now()), await closed.give_up_closed(post.clock.now())) == (1, 0)
        assert [row.reason for row in await post.rows(state="given_up")] == ["channel_off"]
        post.clock.move(days=2)  # the server was down, or this is a backup
        ways = {channel: Kept() for channel in Channel}
        for channel, kept in ways.items():
            await post.courier(channel, kept).round()
        assert [len(kept.letters) for kept in ways.values()] == [1, 0, 0, 0], "the page is told all the same"
        assert [row.reason for row in await post.rows(channel="email")] == ["too_late"]


async def test_a_disabled_account_and_a_full_outbox(folder: Path) -> None:
    async with opened(folder, *Channel, limit=2) as post:
        for _ in range(3):
            await post.order("wang")
        rows = await post.rows(channel="sms")
        assert [row.state for row in rows] == ["waiting", "waiting", "given_up"] and rows[-1].reason == "outbox_full"
        assert len(await post.rows(channel="page")) == 3, "the page is never full"
        await Account.filter(id="wang").update(disabled=True)
        await post.order("wang")
        assert len(await post.rows(channel="page")) == 3
        kept = Kept()
        await post.courier(Channel.SMS, kept).round()
        assert not kept.letters and {row.reason for row in await post.rows(channel="sms")} == {"no_account", "outbox_full"}


async def test_orders_without_an_answer_are_told_to_the_centre_once(folder: Path) -> None:
    async with opened(folder, Channel.PAGE) as post:
        await post.order("wang")
        clock = TermClock(post.store, post.reader, Calendars(post.writer, post.clock), post.clock)
        assert await clock.look_at_the_clock() == 0
        post.clock.move(days=9)
        assert (await clock.look_at_the_clock(), await clock.look_at_the_clock()) == (1, 0)
        assert [row.account for row in await post.rows(kind="order_unanswered")] == ["centre"], "and not that of another county"
        kept = Kept()
        await post.courier(Channel.PAGE, kept).round()
        assert {(one.to, one.kind) for one in kept.letters} == {("centre", NoticeKind.ORDER_UNANSWERED)}, "what was offered is so no more"


async def test_the_centre_is_reminded_to_dispatch_before_it_is_told_that_it_did_not(folder: Path) -> None:
    """By the running clock, which looks every hour; with the log of deliveries."""
    async with opened(folder, Channel.PAGE, Channel.EMAIL) as post:
        await Account.filter(id="centre").update(email="centre@example.cn")
        case_id = await post.report()  # on a Monday, at noon; the days after it are holidays
        terms = TermClock(post.store, post.reader, Calendars(post.writer, post.clock), post.clock)
        ways, noted = {channel: Kept() for channel in (Channel.PAGE, Channel.EMAIL)}, list[tuple[str, str]]()

        async def pause(seconds: float) -> None:
            entries = [entry.kind for entry, _, _ in await post.reader.ledger(case_id)]
            noted.extend((kind, f"{post.clock.now().astimezone(COUNTY_TIME):%m-%d %H:%M}") for kind in entries[1 + len(noted) :])
            for channel, kept in ways.items():
                await post.courier(channel, kept).round()
            if "case.undispatched" in entries:
                raise Enough
            post.clock.move(minutes=30)

        with pytest.raises(Enough):
            await Clockwork(post.store, post.clock, list, [terms.look_at_the_clock], pause).run()
        assert noted == [("case.dispatch_reminded", "05-06 08:30"), ("case.undispatched", "05-07 00:30")]
        told = [[(one.to, one.kind) for one in kept.letters] for kept in ways.values()]
        kinds = [NoticeKind.DISPATCH_DUE, NoticeKind.CASE_UNDISPATCHED]
        assert told == [[("centre", kind) for kind in kinds], [("centre@example.cn", kind) for kind in kinds]]
        log = [(row.kind, row.channel, row.state) for row in await post.rows()]
        assert sorted(log) == sorted((str(kind), channel, "sent") for kind in kinds for channel in ways)


async def test_of_a_case_that_was_dispatched_meanwhile_the_reminder_is_not_told(folder: Path) -> None:
    async with opened(folder, Channel.EMAIL) as post:
        await Account.filter(id="centre").update(email="centre@example.cn")
        case_id, kept = await post.report(), Kept()
        post.clock.move(days=2)
        clock = TermClock(post.store, post.reader, Calendars(post.writer, post.clock), post.clock)
        assert (await clock.look_at_the_clock(), await clock.look_at_the_clock()) == (1, 0)
        await post.offer(case_id, "wang")
        await post.courier(Channel.EMAIL, kept).round()
        assert [(row.kind, row.state, row.reason) for row in await post.rows(account="centre")] == [("dispatch_due", "given_up", "settled")]
        assert [one.to for one in kept.letters] == [MAIL], "who has the order now"


class Enough(Exception):
    pass


class Overtaken:
    """A store in which something else is done between what the clock has read and what it does."""

    def __init__(self, store: Store, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._store, self._meanwhile = store, meanwhile

    async def execute(self, *asked: Any, **how: Any) -> dict[str, Any]:
        await self._meanwhile()
        return await self._store.execute(*asked, **how)


class Withdrawing:
    """A reader of whose cases the first is withdrawn after it was listed and before it is read."""

    def __init__(self, post: Post) -> None:
        self._reader, self._store, self._gone = post.reader, post.store, ""

    async def in_stage(self, stage: CaseStage) -> AsyncIterator[str]:
        for case_id in [one async for one in self._reader.in_stage(stage)]:
            if not self._gone:
                self._gone = case_id
                await self._store.execute(case_id, _withdrawn)
            yield case_id

    async def dossier(self, case_id: str) -> Dossier:
        return await self._reader.dossier(case_id)


def _withdrawn(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    case = dossier.case
    return Outcome(handle(case, Withdraw(case.id), Actor("reporter", case.id, case_id=case.id), now, numbering))


async def test_a_case_that_ends_meanwhile_keeps_the_clock_from_no_other(folder: Path) -> None:
    async with opened(folder, Channel.PAGE) as post:
        for _ in range(2):
            await post.order("wang")
        post.clock.move(days=9)
        clock = TermClock(post.store, Withdrawing(post), Calendars(post.writer, post.clock), post.clock)  # type: ignore[arg-type]
        assert await clock.look_at_the_clock() == 1, "the other one"


@pytest.mark.parametrize("faster", ["wang", "clock", "both"])
async def test_an_order_is_taken_or_goes_back_and_never_both(folder: Path, faster: str) -> None:
    async with opened(folder, Channel.PAGE) as post:
        await Organisation.create(id="committee", name="县调委会", short_name="安和", region="139901")
        case_id = await post.order("wang")
        post.clock.move(days=9)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            return Outcome(handle(dossier.case, Accept(case_id), WANG, now, numbering))

        async def accept() -> str:
            try:
                await post.store.execute(case_id, decide, numbering_for="committee", timed=True)
            except Refusal as refused:
                return refused.code
            return "accepted"

        def clock(store: Any) -> TermClock:
            return TermClock(store, post.reader, Calendars(post.writer, post.clock), post.clock)

        if faster == "wang":
            answers: list[str] = []

            async def meanwhile() -> None:
                answers.append(await accept())

            await clock(Overtaken(post.store, meanwhile)).look_at_the_clock()
            (answer,) = answers
            assert answer == "accepted"
        elif faster == "clock":
            await clock(post.store).look_at_the_clock()
            answer = await accept()
            assert answer == "order_lapsed"
        else:
            answer, _ = await asyncio.gather(accept(), clock(post.store).look_at_the_clock())
        case = (await post.reader.dossier(case_id)).case
        kinds = [entry.kind for entry, _, _ in await post.reader.ledger(case_id)]
        taken = answer == "accepted"
        assert (case.stage, case.number) == ((CaseStage.ACCEPTED, "安和人调字〔2026〕第00001号") if taken else (CaseStage.REPORTED, ""))
        assert ("case.accepted" in kinds, "case.unanswered" in kinds) == (taken, not taken)
        if not taken:
            await post.offer(case_id, "wang")
            assert await accept() == "accepted"
        assert (await post.reader.dossier(case_id)).case.number.endswith("第00001号"), "no number was spent on a late answer"


async def test_a_changed_calendar_moves_the_term_of_an_offer(folder: Path) -> None:
    async with opened(folder, Channel.PAGE) as post:
        case_id = await post.order("wang")
        before = (await post.reader.dossier(case_id)).case.answer_by
        assert before is not None
        calendars = Calendars(post.writer, post.clock)
        clock = TermClock(post.store, post.reader, calendars, post.clock)
        await calendars.set(("operator", ""), "139901", Day(county_day(before), False, "庙会"))
        assert (await clock.recount("139902"), await clock.recount("139901"), await clock.recount("139901")) == (0, 1, 0)
        after = (await post.reader.dossier(case_id)).case.answer_by
        assert after is not None and county_day(after) > county_day(before)
        kinds = [entry.kind for entry, _, _ in await post.reader.ledger(case_id)]
        assert kinds[-1] == "case.recounted"


async def test_what_is_owed_is_told_to_the_party_and_the_desk(folder: Path) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS) as post:
        case_id = await post.owing("2026-05-06")
        desk, kept = PerformanceDesk(post.store, post.reader, post.clock), Kept()
        courier = post.courier(Channel.SMS, kept)
        assert (await desk.look_at_the_clock(), await desk.look_at_the_clock()) == (1, 0)
        await courier.round()
        post.clock.move(days=3)
        assert (await desk.look_at_the_clock(), await desk.look_at_the_clock()) == (1, 0)
        owed = [(row.kind, row.account, row.party) for row in await post.rows(kind__startswith="obligation")]
        assert owed == [(kind, *who) for kind in ("obligation_due", "obligation_overdue") for who in (("wang", ""), ("", "p1"))]
        await courier.round()
        code = (await post.reader.dossier(case_id)).case.code
        assert [one.to for one in kept.letters] == [PARTY, PARTY] and all(f"/c/{code}" in one.text for one in kept.letters)
        assert {row.reason for row in await post.rows(channel="sms", state="given_up")} == {"settled"}, "the order was taken meanwhile"


async def test_at_night_an_sms_waits_and_the_page_does_not(folder: Path) -> None:
    async with opened(folder, Channel.PAGE, Channel.SMS) as post:
        post.clock.move(hours=9, minutes=59, seconds=59)  # 21:59:59
        await post.order("wang")
        post.clock.move(seconds=2)
        await post.order("wang")
        page, sms = Kept(), Kept()
        couriers = post.courier(Channel.PAGE, page), post.courier(Channel.SMS, sms)
        for hours in (0, 9, 0.98):  # 22:00, 7:00, 7:59
            post.clock.move(hours=hours)
            for courier in couriers:
                await courier.round()
            assert (len(page.letters), len(sms.letters)) == (2, 0)
        assert [(row.tries, row.reason) for row in await post.rows(channel="sms")] == [(0, "quiet_hours"), (0, "")]
        post.clock.move(minutes=2)
        await couriers[1].round()
        assert len(sms.letters) == 2


async def test_back_off_then_a_success_then_the_end_of_a_day(folder: Path) -> None:
    async with opened(folder, Channel.EMAIL) as post:
        await post.order("wang")
        await post.order("wang")
        kept = Kept()
        courier = post.courier(Channel.EMAIL, kept)
        kept.fails = NotDelivered("answered_500")
        for tries in range(1, 6):
            await courier.round()
            rows = await post.rows()
            assert {(row.tries, row.reason, row.state) for row in rows} == {(tries, "answered_500", "waiting")}
            assert {(row.next_at - post.clock.now()).total_seconds() for row in rows} == {5 * 2 ** (tries - 1)}
            await courier.round()
            assert (await post.rows())[0].tries == tries, "not before its time"
            post.clock.at = rows[0].next_at
        kept.fails = ValueError("a mistake of ours")
        await courier.round()
        assert {row.reason for row in await post.rows()} == {"internal"}
        post.clock.move(hours=1)
        kept.fails = NotDelivered("answered_422", final=True)
        await courier.round()
        assert {(row.state, row.next_at) for row in await post.rows()} == {("given_up", None)}
        await post.order("wang")
        kept.fails = NotDelivered("answered_500", after=1e12)
        await courier.round()
        (last,) = await post.rows(state="waiting")
        assert last.next_at - post.clock.now() == timedelta(hours=24), "no longer than a day, whatever the other side asks for"
        post.clock.at = last.next_at
        await courier.round()
        assert (await post.rows())[-1].state == "given_up" and not kept.letters
        await post.order("wang")
        kept.fails = None
        await courier.round()
        assert len(kept.letters) == 1


async def test_who_does_not_answer_is_not_asked_for_each(folder: Path) -> None:
    async with opened(folder, Channel.SMS) as post:
        for _ in range(3):
            await post.order("wang")
        kept = Kept()
        kept.fails = NotDelivered("silent")
        courier = post.courier(Channel.SMS, kept)
        for _ in range(3):
            assert courier.problem() == ""
            await courier.round()
        assert [row.tries for row in await post.rows()] == [1, 1, 1], "one a round"
        assert "sms" in courier.problem()
        kept.fails = None
        post.clock.move(minutes=1)
        await courier.round()
        assert len(kept.letters) == 3 and courier.problem() == ""


async def test_one_address_gets_so_many_and_no_more(folder: Path) -> None:
    async with opened(folder, Channel.SMS) as post:
        most = LIMITS["notice"][1]
        for _ in range(most + 2):
            await post.order("wang")
        kept = Kept()
        await post.courier(Channel.SMS, kept).round()
        assert len(kept.letters) == most
        late = await post.rows(state="waiting")
        assert [(row.tries, row.reason) for row in late] == [(0, "too_many")] * 2 and all(row.next_at > post.clock.now() for row in late)


async def test_what_is_settled_goes_after_half_a_year(folder: Path) -> None:
    async with opened(folder, Channel.PAGE) as post:
        await post.order("wang")
        later = post.clock.now() + NOTICES_KEPT + timedelta(days=1)
        await prune(post.writer, {}, later)
        assert len(await post.rows()) == 1, "what waits is not touched"
        await post.courier(Channel.PAGE, Kept()).round()
        await prune(post.writer, {}, later)
        assert await post.rows() == []
