"""Appointments across cases, and entry codes beside their links, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.appointment import Ahead, Appointment, Slot
from cases.case import Case, Mediator, Person
from cases.vocabulary import CaseStage, DisputeKind
from storage import appointments
from storage.database import close_database, open_database, reads
from storage.models.appointments import AppointmentRow
from storage.models.doors import Link
from storage.writer import Writer
from tests.schema import INSTALLATION
from web.entry_codes import TRIES, EntryCodes, Tried

pytestmark = pytest.mark.anyio
NINE = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
async def writer(address: str) -> AsyncIterator[Writer]:
    await open_database(address, INSTALLATION)
    made = Writer(address.startswith("sqlite"))
    made.start()
    try:
        yield made
    finally:
        await made.stop()
        await close_database()


def case(key: str, start: datetime | None, mediator: str = "wang", stage: CaseStage = CaseStage.MEDIATING) -> Case:
    return Case(
        id=key, code=f"HY-{key}", kind=DisputeKind.DISPUTE, stage=stage, title="", facts="", place="", region="139901001", region_name="",
        source="", reported_at=NINE, mediator=Mediator(mediator, "", "", ""), parties=[Person("p1", "李某", "applicant")],
        appointment=Appointment(1, NINE, fixed=Slot(start, 60)) if start is not None else None,
    )  # fmt: skip


async def test_what_is_fixed_is_found_by_clashes_and_reminders(writer: Writer) -> None:
    async def enter(before: Case | None, after: Case) -> None:
        await writer.run(lambda db: appointments.enter(db, before, after), lambda _: None)

    one, two, others = case("k1", NINE), case("k2", NINE + timedelta(hours=1)), case("k3", NINE, "chen")
    for each in (one, two, others, case("k4", None), case("k5", NINE, stage=CaseStage.AGREED)):
        await enter(None, each)
    wanted = [Slot(NINE + timedelta(minutes=30), 60)]
    assert {key for key, slot in await appointments.near("wang", "k9", wanted) if slot.meets(wanted[0])} == {"k1", "k2"}
    assert [key for key, _ in await appointments.near("wang", "k1", wanted)] == ["k2"], "not with itself"
    assert await appointments.near("wang", "k9", []) == []
    assert await appointments.due(NINE - timedelta(hours=25)) == []
    assert await appointments.due(NINE - timedelta(hours=24)) == ["k1", "k3"]
    reminded = case("k1", NINE)
    assert reminded.appointment is not None
    reminded.appointment.reminded = [Ahead.DAY]
    await enter(one, reminded)
    assert await appointments.due(NINE - timedelta(hours=24)) == ["k3"]
    assert set(await appointments.due(NINE - timedelta(hours=1))) == {"k1", "k2", "k3"}
    await enter(reminded, case("k1", None))
    await enter(two, case("k2", NINE + timedelta(hours=1), stage=CaseStage.CLOSED))
    assert [row.id for row in await AppointmentRow.all().using_db(reads())] == ["k3"]


async def test_of_many_guesses_at_once_no_more_are_looked_at_than_may_be(writer: Writer) -> None:
    codes = EntryCodes(b"k" * 32)

    async def make(db: BaseDBAsyncClient) -> str:
        code, made = await codes.make(db, "k1", NINE)
        await Link.create(id="a", kind="seat", case_id="k1", expires_at=NINE + timedelta(days=1), code_hash=made, using_db=db)
        await Link.create(id="b", kind="seat", case_id="k2", expires_at=NINE + timedelta(days=1), code_hash="x", using_db=db)
        return code

    code = await writer.run(make, lambda _: None)
    assert (await writer.run(lambda db: codes.find(db, "k1", code, NINE), lambda _: None)).link.id == "a"
    for case_id, given, now in (("k2", code, NINE), ("k1", code, NINE + timedelta(days=2))):
        assert await writer.run(lambda db, c=case_id, g=given, n=now: codes.find(db, c, g, n), lambda _: None) == Tried(None)
    found = await asyncio.gather(*(writer.run(lambda db: codes.find(db, "k1", "wrong", NINE), lambda _: None) for _ in range(TRIES + 10)))
    assert sorted(found, key=lambda one: one.spent) == [Tried(None)] * (TRIES + 9) + [Tried(None, spent=True)], (
        "that they are spent is told once"
    )
    tries = dict(await Link.all().using_db(reads()).values_list("id", "code_tries"))
    assert tries == {"a": TRIES, "b": 1}, "each counted, of this case alone, and none beyond the last"
    assert await writer.run(lambda db: codes.find(db, "k1", code, NINE), lambda _: None) == Tried(None)
