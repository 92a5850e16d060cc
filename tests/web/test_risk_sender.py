"""From a change to the platform's acknowledgement: in order, once, whatever fails in between; and what becomes of it where nothing helps."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from cases.commands.risk import ReportRisk, SendRiskAgain, WithdrawRisk
from cases.errors import OutOfTurn
from cases.ports import ClockOff, NotDelivered
from cases.risk import key_of
from cases.risk_delivery import GIVEN_UP_AFTER
from cases.vocabulary import RiskLevel, RiskReason, RiskState
from realtime import audience, patch
from storage.database import reads
from storage.models.notices import OutboxRow
from storage.models.risk import RiskVersion
from storage.risk_queue import RiskQueue
from storage.work import Store
from tests.schema import Cluster
from tests.web.post import CENTRE
from tests.web.risk_ground import WANG, Ground, ground
from tests.web.risk_killed import HELD_FOR, PATIENCE, reopened
from tests.web.risk_platform import SECRET, RiskPlatformServer
from web.risk_remote import RemoteRiskPlatform

pytestmark = pytest.mark.anyio


class Fake:
    """A platform that keeps what it takes, or fails as it is told for a case; where it `waits` for something it answers after that."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.fails: dict[str, Exception] = {}
        self.asked: list[str] = []
        self.waits: asyncio.Event | None = None

    async def take(self, key: str, body: bytes) -> str:
        self.asked.append(key)
        if self.waits is not None:
            await self.waits.wait()
        for start, failure in self.fails.items():
            if key.startswith(start):
                raise failure
        self.bodies.setdefault(key, body)
        return f"FX-{len(self.bodies)}"

    async def held(self, after: str) -> tuple[list[tuple[str, str]], str]:
        raise AssertionError("a sender asks for nothing")


@pytest.fixture
def server() -> Iterator[RiskPlatformServer]:
    there = RiskPlatformServer()
    yield there
    there.end()


async def test_a_report_is_acknowledged_once_and_later_changes_follow(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        sender, case_id = at.sender(fake), await at.case()
        asked = ReportRisk(case_id, RiskLevel.RED, RiskReason.THREAT, "扬言要点火")
        assert await at.do(asked, receipt="tap") == await at.do(asked, receipt="tap") == {"version": 1}, (
            "a tap that is sent again is one report"
        )
        await at.change(case_id, 0)
        for committed in at.committed:
            sender(committed)
        assert await sender.round() and (await at.sync(case_id)).state is RiskState.WAITING, "the second is on its way"
        assert await sender.round() and not await sender.round()
        sync = await at.sync(case_id)
        assert (sync.state, sync.acknowledged, sync.receipt) == (RiskState.ACKNOWLEDGED, 2, "FX-2")
        assert list(fake.bodies) == fake.asked == [key_of(case_id, 1), key_of(case_id, 2)]
        assert b"13800005555" in fake.bodies[key_of(case_id, 1)]
        rows = await at.rows()
        assert [(row.state, row.body, row.replaced) for row in rows] == [("acknowledged", "", True), ("acknowledged", "", False)]
        chain = [(entry.chain, entry.kind) for entry, _, _ in await at.reader.ledger(case_id) if entry.kind.startswith("risk.")]
        assert chain == [(f"{case_id}/risk", f"risk.{kind}") for kind in ("reported", "followed", "acknowledged", "acknowledged")]
        assert sender.problem() == ""


async def test_what_is_refused_is_told_and_can_be_sent_again(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        sender, case_id = at.sender(fake), await at.reported()
        fake.fails[case_id] = NotDelivered("platform_no_such_region", final=True)
        await sender.round()
        sync = await at.sync(case_id)
        assert (sync.state, sync.trouble) == (RiskState.REFUSED, "platform_no_such_region") and "1 reports" in sender.problem()
        fake.fails.clear()
        await at.do(SendRiskAgain(case_id), CENTRE)
        await sender.round()
        assert (await at.sync(case_id)).acknowledged == 2 and sender.problem() == "", "the newer one tells more"
        assert list(fake.bodies) == [key_of(case_id, 2)]


async def test_after_three_days_in_vain_it_is_given_up_and_what_follows_goes(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        sender, case_id = at.sender(fake), await at.reported()
        fake.fails[case_id] = NotDelivered("answered_500")
        began = at.clock.now()
        await sender.round()
        sync = await at.sync(case_id)
        assert (sync.state, sync.trouble, sync.tries) == (RiskState.WAITING, "answered_500", 1) and sync.again_at is not None
        assert not await sender.round() and len(fake.asked) == 1, "not before its time"
        entries = len(await at.reader.ledger(case_id))
        await at.until_settled(sender)
        assert timedelta(hours=70) < at.clock.now() - began <= GIVEN_UP_AFTER
        sync = await at.sync(case_id)
        assert (sync.state, sync.trouble, sync.tries, sync.again_at) == (RiskState.DEAD, "answered_500", 0, None)
        assert len(await at.reader.ledger(case_id)) == entries + 2, "tries are no entries; that it is late is one, and the end"
        assert "given up" in sender.problem()
        fake.fails.clear()
        await at.change(case_id, 0)
        await at.until_settled(sender)
        assert list(fake.bodies) == [key_of(case_id, 2)] and sender.problem() == ""


async def test_a_version_that_waited_behind_another_has_its_own_three_days(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        sender, case_id = at.sender(fake), await at.reported()
        await at.change(case_id, 0)
        fake.fails[case_id] = NotDelivered("answered_500")
        while (await at.rows(version=1))[0].state == RiskState.WAITING:
            await sender.round()
            at.clock.move(minutes=10)
        await sender.round()
        assert (await at.rows(version=2))[0].state == RiskState.WAITING and len(fake.asked) > 70
        assert fake.asked == sorted(fake.asked), "never the second before the first was settled"


async def test_one_case_that_fails_holds_up_no_other(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        bad, *good = [await at.reported() for _ in range(12)]
        for failure in (NotDelivered("answered_500"), NotDelivered("away"), ValueError("a mistake of ours")):
            fake.fails[bad] = failure
            sender = at.sender(fake)
            while await sender.round():
                pass
            assert {(await at.sync(case_id)).state for case_id in good} == {RiskState.ACKNOWLEDGED}
            assert (await at.sync(bad)).trouble == (getattr(failure, "reason", "internal"))
            for case_id in good:
                await at.change(case_id, 1 if fake.asked.count(key_of(case_id, 2)) else 0)
            at.clock.move(hours=1)


async def test_who_does_not_answer_at_all_is_told_and_not_asked_for_each(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        for _ in range(20):
            await at.reported()
        fake.fails[""] = NotDelivered("away")
        sender = at.sender(fake)
        assert not await sender.round() and len(fake.asked) == 8, "and then it rests"
        for _ in range(3):
            await sender.round()
        assert "does not answer" in sender.problem()
        fake.fails[""] = ClockOff(-900)
        at.clock.move(hours=1)
        await sender.round()
        assert "-900 s" in sender.problem()
        fake.fails.clear()
        await at.until_settled(sender)
        assert len(fake.bodies) == 20 and sender.problem() == ""


async def test_of_two_nodes_one_tries_and_a_killed_one_is_taken_over(folder: Path) -> None:
    async with ground(folder) as at:
        fake = Fake()
        case_id = await at.reported()
        fake.waits = asyncio.Event()
        slow, other = at.sender(fake, "slow"), at.sender(fake, "other")
        trying = asyncio.create_task(slow.round())
        while not fake.asked:
            await asyncio.sleep(0)
        assert not await other.round() and len(fake.asked) == 1
        at.clock.move(seconds=31)
        taking_over = asyncio.create_task(other.round())
        while len(fake.asked) < 2:
            await asyncio.sleep(0)
        fake.waits.set()
        await asyncio.gather(trying, taking_over)
        assert (await at.sync(case_id)).acknowledged == 1 and len(fake.bodies) == 1
        kinds = [entry.kind for entry, _, _ in await at.reader.ledger(case_id)]
        assert kinds.count("risk.acknowledged") == 1, "whoever came late has entered nothing"


async def test_without_a_platform_nothing_waits_and_what_waited_is_told_so(folder: Path) -> None:
    async with ground(folder, synthetic=True) as at:
        first = await at.reported(synthetic=True)
        await at.change(first, 0)
        at.queue.connected = False
        second = await at.reported()
        await at.sender(None).run()
        assert {row.state for row in await at.rows()} == {"unconnected"} and {row.body for row in await at.rows()} == {""}
        assert {(await at.sync(case_id)).state for case_id in (first, second)} == {RiskState.UNCONNECTED}
        with pytest.raises(OutOfTurn):
            await at.do(SendRiskAgain(second), CENTRE)
        at.queue.connected = True
        fake = Fake()
        await at.sender(fake).round()
        assert fake.asked == [], "what was reported by other ways is not sent behind anybody's back"
        await at.do(SendRiskAgain(second), CENTRE)
        await at.sender(fake).round()
        assert list(fake.bodies) == [key_of(second, 2)]


async def test_an_invented_case_is_told_to_nobody_but_a_demonstration(folder: Path) -> None:
    async with ground(folder) as at:
        case_id = await at.reported(synthetic=True)
        assert (await at.sync(case_id)).state is RiskState.UNCONNECTED
    async with ground(folder / "demo", synthetic=True) as at:
        fake, case_id = Fake(), await at.reported(synthetic=True)
        await at.sender(fake).round()
        assert b'"trial":true' in fake.bodies[key_of(case_id, 1)]


async def test_what_waited_as_a_trial_goes_nowhere_once_the_demonstration_is_over(folder: Path) -> None:
    async with ground(folder, synthetic=True) as at:
        trial = await at.reported(synthetic=True)
        await at.change(trial, 0)
        real = await at.case()
        at.queue = served = RiskQueue(at.post.writer, True, False, "")
        at.store = Store(at.post.writer, at.clock, audience.fragments, patch.diff, at.committed.append, outbox=at.post.outbox, risks=served)
        await at.do(ReportRisk(real, RiskLevel.RED, RiskReason.THREAT, 'wrote "trial":true'))
        await at.sender(Fake()).disconnect()
        assert [row.state for row in await at.rows(case_id=trial)] == ["unconnected"] * 2
        assert [row.state for row in await at.rows(case_id=real)] == ["waiting"]


async def test_what_was_not_taken_is_told_to_the_office_alone(folder: Path) -> None:
    async with ground(folder) as at:
        fake, case_id = Fake(), await at.reported()
        fake.fails[case_id] = NotDelivered("answered_422", final=True)
        await at.sender(fake).round()
        told = {(row.kind, row.channel, row.account, row.party) for row in await OutboxRow.all()}
        assert told == {("risk_not_taken", "page", account, "") for account in ("wang", "centre")}
        await at.do(WithdrawRisk(case_id, "平息"), WANG)
        fake.fails.clear()
        await at.sender(fake).round()
        assert b'"withdrawn"' in fake.bodies[key_of(case_id, 2)] and b"13800005555" not in fake.bodies[key_of(case_id, 2)]


async def test_a_few_hundred_versions_against_a_platform_that_misbehaves(folder: Path, server: RiskPlatformServer) -> None:
    async with ground(folder) as at:
        senders = [at.sender(RemoteRiskPlatform(server.url, SECRET.encode(), seconds=PATIENCE), node) for node in ("one", "two")]
        server.chaos(7)
        cases = [await at.reported() for _ in range(20)]
        for n in range(9):
            for case_id in cases:
                await at.change(case_id, n)
            await asyncio.gather(*(sender.round() for sender in senders))
            at.clock.move(seconds=20)
        await at.until_settled(*senders)
        await _all_there(at, server, cases, 10)
        assert server.told()["repeated"] > 10, "acknowledgements were lost, and nothing came of it"


async def _all_there(at: Ground, server: RiskPlatformServer, cases: list[str], versions: int) -> None:
    told = server.told()
    assert told["wrong"] == []
    for case_id in cases:
        assert [one["version"] for one in told["bodies"] if one["case"] == case_id] == list(range(1, versions + 1))
        assert (await at.sync(case_id)).acknowledged == versions
    assert {row.state for row in await at.rows()} == {"acknowledged"}


@pytest.fixture
def statements() -> Iterator[None]:
    """They are cached by the connection's name, and this process speaks to two kinds of database."""
    EXECUTOR_CACHE.clear()
    yield
    EXECUTOR_CACHE.clear()


LONG = [pytest.mark.every, pytest.mark.timeout(2400)]


@pytest.mark.parametrize(("cases", "changes", "kills"), [(12, 5, 3), pytest.param(500, 19, 25, marks=LONG)])
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
@pytest.mark.usefixtures("statements")
async def test_a_sender_that_is_killed_loses_nothing_and_tells_nothing_twice(
    folder: Path, server: RiskPlatformServer, request: pytest.FixtureRequest, kind: str, cases: int, changes: int, kills: int
) -> None:
    folder.mkdir()
    database = f"sqlite://{folder / 'heyi.sqlite3'}" if kind == "sqlite" else request.getfixturevalue("cluster").database()
    since = time.time()
    server.chaos(11)
    apart = cases * (changes + 1) // 8 // (kills + 1)

    def start() -> subprocess.Popen[str]:
        arguments = [database, server.url, str(cases), str(changes), str(since)]
        process = subprocess.Popen([sys.executable, "-m", "tests.web.risk_killed", *arguments], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "entered\n"
        return process

    for n in range(kills + 1):
        process = start()
        assert process.stdout is not None
        lines = 0
        while process.stdout.readline() == "sent\n":
            lines += 1
            if n < kills and lines >= apart:
                process.kill()
        process.stdout.close()
        assert process.wait(10) == (-9 if n < kills else 0), "each was killed in the middle, and the last has settled all"
    async with reopened(database, since) as at:
        found = sorted({row.case_id for row in await at.rows()})
        assert len(found) == cases
        await _all_there(at, server, found, changes + 1)


@pytest.mark.services
@pytest.mark.usefixtures("statements")
async def test_several_nodes_send_at_once_over_postgresql(server: RiskPlatformServer, cluster: Cluster) -> None:
    server.chaos(5)
    async with reopened(cluster.database(), time.time()) as at:
        senders = [
            at.sender(RemoteRiskPlatform(server.url, SECRET.encode(), seconds=PATIENCE), node, held_for=HELD_FOR) for node in ("one", "two")
        ]
        cases = [await at.reported() for _ in range(6)]
        for n in range(3):
            await asyncio.gather(*(at.change(case_id, n) for case_id in cases), *(sender.round() for sender in senders))
        while await RiskVersion.filter(next_at__not_isnull=True).using_db(reads()).exists():
            await asyncio.gather(*(sender.round() for sender in senders))
        await _all_there(at, server, cases, 4)
