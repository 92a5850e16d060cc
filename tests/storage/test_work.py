"""The unit of work under random commands, on SQLite and on PostgreSQL: what is stored, what is told and what is chained agree."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.backends.base.executor import EXECUTOR_CACHE

from cases.actor import Actor
from cases.case import Numbering, open_case
from cases.clock import ClockHealth
from cases.commands.casework import Accept, AddParty, Classify, CloseCase, Dispatch, Refuse, Report, Withdraw
from cases.delivery import parse_quiet_hours
from cases.errors import Refusal
from cases.ports import Letter
from cases.vocabulary import Channel, Consent, NoticeKind, Role, SeatRole, SessionStage
from evidence.ledger import check_chain, check_payload
from realtime import audience, past, patch
from rooms.commands import Admit, ConfirmNotice, EndSession, GiveConsent, Invite, Knock, MoveStage, OpenCaucus, OpenSession, RemoveSeat, Say
from storage import bell, counting
from storage.database import close_database, open_database, reads
from storage.dossier import Dossier
from storage.models.cases import CaseRow
from storage.models.notices import OutboxRow
from storage.models.people import Account, Organisation, Region
from storage.models.streams import StreamEvent
from storage.outbox import Outbox
from storage.reading import Reader
from storage.steps import patch_of
from storage.work import Committed, Outcome, Store
from storage.writer import Writer
from tests.schema import INSTALLATION
from web.desk import CommandDesk
from web.doors import Doors

REGION = "139901001"
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "committee", "139901")


class Ticking:
    def __init__(self) -> None:
        self._now = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)

    def set_back(self, by: timedelta) -> None:
        self._now -= by

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class NoHub:
    def close_login(self, login: str, code: int, reason: str) -> None:
        return None


class Bench:
    """An installation without a web server, on a loop of its own, since Hypothesis does not wait."""

    def __init__(self, url: str) -> None:
        EXECUTOR_CACHE.clear()  # statements are cached by the connection's name, and this process speaks to two kinds of database
        self.runner = asyncio.Runner()
        self.committed: list[Committed] = []
        self.run(self._open(url))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    async def _open(self, url: str) -> None:
        await open_database(url, INSTALLATION)
        self.writer = Writer(single=url.startswith("sqlite"))
        self.writer.start()
        self.clock = clock = Ticking()
        outbox = Outbox(self.writer, frozenset({Channel.PAGE}), parse_quiet_hours("22:00-08:00"))
        kept = ClockHealth(True, 12, "chrony")
        self.store = Store(self.writer, clock, audience.fragments, patch.diff, self.committed.append, lambda: kept, outbox)
        self.reader = Reader(audience.fragments, audience.rows)
        self.desk = CommandDesk(self.store, Doors(self.writer, clock, b"k" * 32, frozenset()), "http://127.0.0.1")
        self.desk.hub = NoHub()  # type: ignore[assignment]
        await Region.create(code=REGION, name="城关镇")
        await Organisation.create(id="committee", name="安和县人民调解委员会", short_name="安和", region="139901")
        for account in (WANG, CHEN):
            await Account.create(id=account.id, login=account.id, name=account.name, role=Role.MEDIATOR, org="committee", region="139901")

    async def report(self) -> str:
        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            asked = Report(title="漏水", facts="天花板受损，协商未果。", region=REGION, name="郑某", phone="13800005555")
            case, happened = open_case(asked, numbering, now, [], "城关镇", True)
            return Dossier(case), Outcome(happened, {"case": case.id})

        return str((await self.store.create(make))["case"])

    def close(self) -> None:
        self.run(self.writer.stop())
        self.run(close_database())
        self.runner.close()
        EXECUTOR_CACHE.clear()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if request.param == "sqlite":
        made = Bench(f"sqlite://{tmp_path_factory.mktemp('work') / 'heyi.sqlite3'}")
        yield made
        made.close()
        return
    made = Bench(request.getfixturevalue("cluster").database())
    yield made
    made.close()


def seat(dossier: Dossier, number: int) -> Actor:
    """The party in the n-th seat, or one that does not exist."""
    room = dossier.room
    seats = [s.id for s in room.seats.values() if s.role is not SeatRole.MEDIATOR] if room else []
    name = seats[number % len(seats)] if seats else "p9"
    return Actor("seat", name, case_id=dossier.case.id, session_id=room.id if room else "none")


def ask(dossier: Dossier, what: str, number: int) -> tuple[Any, Actor]:
    """One command and who sends it. Most are possible at some time; many come at the wrong one."""
    case = dossier.case.id
    mediator = WANG if number % 4 else CHEN
    match what:
        case "classify":
            return Classify(case, ["邻里", "物业", "合同", "nonsense"][number % 4]), CENTRE
        case "dispatch":
            return Dispatch(case, [["wang"], ["chen"], ["wang", "chen"], ["nobody"]][number % 4]), CENTRE
        case "accept":
            return Accept(case), mediator
        case "refuse":
            return Refuse(case, "不属于本辖区"), mediator
        case "party":
            return AddParty(case, ["赵某", "冯某"][number % 2], "respondent", "13900005678"), mediator
        case "withdraw":
            return Withdraw(case), Actor("reporter", case, case_id=case)
        case "close":
            return CloseCase(case), CENTRE
        case "open":
            return OpenSession(case), mediator
        case "invite":
            return Invite(case, SeatRole.PARTY, party=["p1", "p2"][number % 2]), mediator
        case "consent":
            return GiveConsent(case, list(Consent)[number % len(Consent)], number % 5 != 0), seat(dossier, number)
        case "knock":
            return Knock(case), seat(dossier, number)
        case "admit":
            return Admit(case, seat(dossier, number).id), mediator
        case "notice":
            return ConfirmNotice(case), seat(dossier, number)
        case "stage":
            return MoveStage(case, list(SessionStage)[number % len(SessionStage)]), mediator
        case "say":
            return Say(case, f"第{number}句"), [mediator, seat(dossier, number)][number % 2]
        case "caucus":
            return OpenCaucus(case, [seat(dossier, number).id]), mediator
        case "remove":
            return RemoveSeat(case, seat(dossier, number).id), mediator
    return EndSession(case, "双方分歧较大"), mediator


WAY = ["classify", "dispatch", "accept", "party", "open", "invite", "invite", "consent", "consent", "consent", "knock", "admit"]
STEPS = [*WAY, "refuse", "notice", "stage", "say", "caucus", "remove", "withdraw", "end", "close"]
# Half of the runs begin along the usual way: from nothing, chance seldom comes as far as a room.
RANDOM = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 40)), max_size=12)
RUNS = st.tuples(st.integers(0, len(WAY)), RANDOM).map(lambda r: [(what, n * 4 + 1) for n, what in enumerate(WAY[: r[0]])] + r[1])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(RUNS)
def test_what_is_stored_told_and_chained_agrees(bench: Bench, steps: list[tuple[str, int]]) -> None:
    bench.run(_play(bench, steps))


async def _play(bench: Bench, steps: list[tuple[str, int]]) -> None:
    case_id = await bench.report()
    for what, number in steps:
        before = await bench.reader.dossier(case_id)
        told = len(bench.committed)
        command, actor = ask(before, what, number)
        try:
            await bench.desk.do(command, actor, "")
        except Refusal:
            assert msgspec.json.encode(await bench.reader.dossier(case_id)) == msgspec.json.encode(before)
            assert len(bench.committed) == told, "a refused command was told to somebody"
    dossier = await bench.reader.dossier(case_id)
    await _streams_agree(bench, dossier)
    await _ledger_holds(bench, case_id)
    await _past_is_what_was_shown(bench, case_id)
    await _told_of_what_is_in_the_chain(bench, case_id)
    await _numbers_have_no_gap()
    ((_, counts),) = (await counting.read(reads(), [case_id], dossier.case.synthetic)).values()
    assert counts == counting.of_dossier(dossier)


async def _streams_agree(bench: Bench, dossier: Dossier) -> None:
    """Old snapshot + events = fresh snapshot, where the old one is the empty document."""
    for name, shown in audience.fragments(dossier).items():
        events = await StreamEvent.filter(stream=name).using_db(reads()).order_by("seq")
        assert [e.seq for e in events] == list(range(1, len(events) + 1)), name
        folded: dict[str, Any] = {}
        for event in events:
            folded = patch.apply(folded, patch_of(name, event.seq, event.patch))
        topic = name.partition("|")[0]
        listed = topic.startswith(("centre/", "desk/"))
        epoch, offset, fresh = await bench.reader.snapshot(name, None if listed else dossier)
        if listed:
            fresh = {k: v for k, v in fresh.items() if v}  # a list that became empty stays as an empty object in the fold
            folded = {k: v for k, v in folded.items() if v}
            for part, rows in shown.items():
                for case_id, row in rows.items():
                    assert folded[part][case_id] == row
        assert folded == fresh, name
        assert offset == len(events)
        assert await bench.reader.since(name, epoch, 0) == [(e.seq, patch_of(name, e.seq, e.patch)) for e in events] or len(events) > 500


async def _ledger_holds(bench: Bench, case_id: str) -> None:
    lines = await bench.reader.ledger(case_id, stood=True)
    chains: dict[str, list[Any]] = {}
    for entry, salt, payload in lines:
        assert payload is not None
        check_payload(entry, payload, salt)
        chains.setdefault(entry.chain, []).append(entry)
    assert case_id in chains
    for entries in chains.values():
        assert check_chain(entries) == entries[-1].entry_hash


async def _past_is_what_was_shown(bench: Bench, case_id: str) -> None:
    """At the time of every commit the case stood as the office was shown it then, and the ledger says nothing else."""
    ledger = await bench.reader.ledger(case_id, stood=True)
    found = past.moments(ledger, case_id)
    shown = [one.shown[f"case/{case_id}|staff"] for one in bench.committed if one.case_id == case_id]
    changed = [document for n, document in enumerate(shown) if n == 0 or document != shown[n - 1]]
    assert len(found) == len(changed)
    for one, document in zip(found, changed, strict=True):
        held = past.standing_at(found, datetime.fromisoformat(one.at))
        assert held is not None and held[1] == document
        assert one.kinds
    assert past.faults(ledger, case_id) == []


async def _told_of_what_is_in_the_chain(bench: Bench, case_id: str) -> None:
    """For every order and session in the ledger a notice in the outbox, and none for what was refused."""
    due = Counter[tuple[str, str]]()
    for entry, _, payload in await bench.reader.ledger(case_id):
        assert payload is not None
        if entry.kind in {"case.assigned", "case.handed_over"}:
            due.update(("order_offered", account) for account in payload["to"])
        if entry.kind == "session.opened":
            due["session_begins", (await bench.reader.dossier(case_id)).case.mediator.account] += 1  # type: ignore[union-attr]
    rows = await OutboxRow.filter(case_id=case_id).using_db(reads())
    assert Counter((row.kind, row.account) for row in rows) == due
    assert {(row.channel, row.state) for row in rows} <= {("page", "waiting")}


async def _numbers_have_no_gap() -> None:
    numbers = [n for n in await CaseRow.all().using_db(reads()).values_list("number", flat=True) if n]
    assert sorted(numbers) == [f"安和人调字〔2026〕第{n:05d}号" for n in range(1, len(numbers) + 1)]


def test_a_bell_counts_right_when_many_ring_it_at_once(bench: Bench) -> None:
    async def ring() -> None:
        letters = [Letter(f"{n % 10}-{secrets.token_hex(4)}", NoticeKind.ORDER_OFFERED, "chen", "case", "HY") for n in range(10)]
        rung = [bench.writer.run(partial(bell.put, letter=letter, now=bench.clock.now()), lambda _: None) for letter in letters * 2]
        steps = sorted((step for step in await asyncio.gather(*rung) if step is not None), key=lambda step: step.offset)
        assert [(step.offset, step.patch["unread"]) for step in steps] == [(n, n) for n in range(1, 11)], (
            "each key once, in the stream's order"
        )
        newest = steps[-1].patch["newest"]
        read = await bench.writer.run(partial(bell.mark_read, account="chen", upto=newest, now=bench.clock.now()), lambda _: None)
        assert read is not None and (read.offset, read.patch) == (11, {"unread": 0, "newest": newest})
        assert await bench.reader.snapshot("bell/chen|own", None) == (read.epoch, 11, read.patch)

    bench.run(ring())


def test_two_who_accept_at_once(bench: Bench) -> None:
    async def race() -> None:
        case_id = await bench.report()
        await bench.desk.do(Dispatch(case_id, ["wang", "chen"]), CENTRE, "")
        answers = await asyncio.gather(*(bench.desk.do(Accept(case_id), who, "") for who in (WANG, CHEN) * 5), return_exceptions=True)
        won = {who.id for who, a in zip((WANG, CHEN) * 5, answers, strict=True) if isinstance(a, dict)}
        assert len(won) == 1
        assert {a.code for a in answers if isinstance(a, Refusal)} <= {"already_accepted", "wrong_stage", "not_allowed"}
        await _numbers_have_no_gap()

    bench.run(race())


@pytest.mark.parametrize("times", [60, pytest.param(1000, marks=[pytest.mark.every, pytest.mark.timeout(400)])])
def test_of_two_who_accept_at_once_one_wins_each_time(bench: Bench, times: int) -> None:
    async def races() -> None:
        wins: Counter[str] = Counter()
        for n in range(times):
            case_id = await bench.report()
            await bench.desk.do(Dispatch(case_id, ["wang", "chen"]), CENTRE, "")
            both = (WANG, CHEN) if n % 2 else (CHEN, WANG)
            answers = await asyncio.gather(*(bench.desk.do(Accept(case_id), who, "") for who in both), return_exceptions=True)
            (winner,) = [who.id for who, answer in zip(both, answers, strict=True) if isinstance(answer, dict)]
            (refusal,) = [answer for answer in answers if not isinstance(answer, dict)]
            assert isinstance(refusal, Refusal) and refusal.code in {"already_accepted", "not_allowed"}, refusal
            assert (await bench.reader.dossier(case_id)).case.mediator.account == winner
            wins[winner] += 1
        assert wins.total() == times and set(wins) == {"wang", "chen"}
        await _numbers_have_no_gap()

    bench.run(races())


def test_a_resent_command_is_answered_and_not_repeated(bench: Bench) -> None:
    async def twice() -> None:
        case_id = await bench.report()
        await bench.desk.do(Dispatch(case_id, ["wang"]), CENTRE, "")
        first = await bench.desk.do(Accept(case_id), WANG, "the-same-key")
        assert await bench.desk.do(Accept(case_id), WANG, "the-same-key") == first
        kinds = [entry.kind for entry, _, _ in await bench.reader.ledger(case_id)]
        assert kinds.count("case.accepted") == 1
        # With a key of its own, as from a second page: it is the same acceptance, and takes no further number.
        number = (await bench.reader.dossier(case_id)).case.number
        assert await bench.desk.do(Accept(case_id), WANG, "another-key") == first
        assert (await bench.reader.dossier(case_id)).case.number == number
        other = await bench.report()
        await bench.desk.do(Dispatch(other, ["wang"]), CENTRE, "")
        await bench.desk.do(Accept(other), WANG, "")
        await _numbers_have_no_gap()

    bench.run(twice())


def test_a_clock_that_was_set_back_is_explained_once(bench: Bench) -> None:
    async def set_back() -> None:
        case_id = await bench.report()
        await bench.desk.do(Dispatch(case_id, ["wang"]), CENTRE, "")
        bench.clock.set_back(timedelta(minutes=5))
        try:
            await bench.desk.do(Accept(case_id), WANG, "")
            await bench.desk.do(AddParty(case_id, "赵某", "respondent", "13900005678"), WANG, "")
        finally:
            bench.clock.set_back(timedelta(minutes=-5))
        ledger = await bench.reader.ledger(case_id)
        check_chain([entry for entry, _, _ in ledger])
        kinds = [entry.kind for entry, _, _ in ledger]
        at = kinds.index("clock.moved_back")
        assert kinds.count("clock.moved_back") == 1 and kinds[at + 1] == "case.accepted"
        payload = ledger[at][2]
        assert payload is not None and payload["last"] == ledger[at - 1][0].at and 295_000 <= payload["ms"] <= 300_000

    bench.run(set_back())


def test_how_well_the_clock_is_kept_is_noted_where_evidence_begins(bench: Bench) -> None:
    async def opened() -> None:
        case_id = await bench.report()
        await bench.desk.do(Dispatch(case_id, ["wang"]), CENTRE, "")
        await bench.desk.do(Accept(case_id), WANG, "")
        await bench.desk.do(OpenSession(case_id), WANG, "")
        told = [(entry.kind, payload) for entry, _, payload in await bench.reader.ledger(case_id)]
        assert told[-1] == ("clock.checked", {"kept": True, "error_ms": 12, "service": "chrony"})
        assert [kind for kind, _ in told].count("clock.checked") == 1

    bench.run(opened())
