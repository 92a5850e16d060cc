"""The pool of experts on SQLite and on PostgreSQL: sealed, counted, bounded, and changed by one person at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

import storage.experts
from cases.actor import Actor
from cases.case import Case, Person
from cases.errors import Conflict, Invalid, NotFound, TooMuch, Unavailable
from cases.expert_invitation import Invitation
from cases.experts import Entry, checked
from cases.vocabulary import CaseStage, DisputeKind, InvitationState, Role
from storage.audit_reading import page
from storage.database import close_database, open_database, reads, writes
from storage.expert_calls import busy, enter, overdue, tallies
from storage.experts import ExpertStore
from storage.models.experts import Expert
from storage.models.people import Region
from storage.writer import Writer

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
FAR = Actor("account", "far", "远主任", Role.CENTRE, "far", "139902")
LIU = checked(Entry("刘某", "lawyer", "people", "139901", "13800000001", ["邻里"], ["mandarin"]))


class Noon:
    def now(self) -> datetime:
        return NOON


@pytest.fixture
async def pool(address: str) -> AsyncIterator[ExpertStore]:
    await open_database(address)
    writer = Writer(address.startswith("sqlite"))
    writer.start()
    for code in ("139901", "139901001", "139902"):
        await Region.create(code=code, name=code)
    try:
        yield ExpertStore(writer, Noon(), b"k" * 32)
    finally:
        await writer.stop()
        await close_database()


def case_with(*experts: Invitation, key: str = "case") -> Case:
    return Case(
        id=key,
        code=key,
        kind=DisputeKind.DISPUTE,
        stage=CaseStage.MEDIATING,
        title="",
        facts="",
        region="139901",
        region_name="",
        place="",
        source="",
        reported_at=NOON,
        experts=list(experts),
        parties=[Person("p1", "李某", "applicant", "13800000001"), Person("p2", "赵某", "respondent")],
    )


def called(key: str = "x1", expert: str = "liu", **more: object) -> Invitation:
    one = Invitation(key, expert, "刘某", "lawyer", "r", "e1", NOON, NOON + timedelta(days=1), 10, "事由")
    return msgspec.structs.replace(one, **more)


async def test_a_telephone_is_sealed_and_compared_without_being_read(pool: ExpertStore) -> None:
    key = await pool.create(CENTRE, LIU)
    row = await Expert.get(id=key, using_db=reads())
    assert b"13800000001" not in bytes(row.phone) and "13800000001" not in row.entry + row.phone_index
    (kept,) = await pool.of_county("139901001")
    assert kept.candidate.entry == msgspec.structs.replace(LIU, phone="") and kept.candidate.mark in pool.marks_of(case_with())
    assert await pool.phones([key]) == {key: "13800000001"}
    other = ExpertStore(Writer(True), Noon(), b"z" * 32)
    with pytest.raises(Unavailable):
        await other.phones([key])
    assert other.mark("13800000001") != kept.candidate.mark
    second = await pool.create(CENTRE, msgspec.structs.replace(LIU, name="吴某"))
    await Expert.filter(id=second).update(phone=row.phone)
    with pytest.raises(Unavailable):
        await pool.phones([second])


async def test_of_two_who_change_one_entry_the_second_is_told(pool: ExpertStore) -> None:
    key = await pool.create(CENTRE, LIU)
    changes = [msgspec.structs.replace(LIU, employer=name) for name in ("甲所", "乙所")]
    results = await asyncio.gather(*(pool.alter(CENTRE, key, 1, entry) for entry in changes), return_exceptions=True)
    assert [each for each in results if each == 2] and [type(each) for each in results if each != 2] == [Conflict]
    assert await pool.alter(CENTRE, key, 2, LIU) == 3


async def test_what_is_not_of_the_county_is_not_there(pool: ExpertStore) -> None:
    key = await pool.create(CENTRE, LIU)
    assert await pool.of_county("139902") == []
    for ask in (
        lambda: pool.alter(FAR, key, 1, LIU),
        lambda: pool.reveal(FAR, key, "contact"),
        lambda: pool.candidate(writes(), key, "139902"),
    ):
        with pytest.raises(NotFound):
            await ask()
    for region in ("139902", "139901009", "13"):
        with pytest.raises(Invalid):
            await pool.create(CENTRE, msgspec.structs.replace(LIU, region=region))
        with pytest.raises(Invalid):
            await pool.alter(CENTRE, key, 1, msgspec.structs.replace(LIU, region=region))


async def test_each_change_and_each_look_is_in_the_log(pool: ExpertStore) -> None:
    key = await pool.create(CENTRE, LIU)
    await pool.alter(CENTRE, key, 1, msgspec.structs.replace(LIU, listed=False))
    assert await pool.reveal(CENTRE, key, "contact") == "13800000001"
    told = [(entry.act, entry.subject, entry.detail) for entry in await page("139901")]
    assert told == [
        ("expert_revealed", "刘某", "contact"),
        ("expert_altered", "刘某", "1 → 2, not listed"),
        ("expert_entered", "刘某", "lawyer"),
    ]
    with pytest.raises(NotFound):
        await pool.candidate(writes(), key, "139901")


async def test_nobody_twice_and_no_more_than_the_limit(pool: ExpertStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.experts, "ENTRY_LIMIT", 3)
    await pool.create(CENTRE, LIU)
    with pytest.raises(Conflict):
        await pool.create(CENTRE, LIU)
    rest = [msgspec.structs.replace(LIU, name=name) for name in ("甲某", "乙某", "丙某", "丁某")]
    results = await asyncio.gather(*(pool.create(CENTRE, entry) for entry in rest), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["TooMuch", "TooMuch", "str", "str"]
    assert TooMuch in {type(each) for each in results} and len(await pool.of_county("139901")) == 3


async def test_loads_and_ratings_are_counted_from_what_cases_have(pool: ExpertStore) -> None:
    day = timedelta(days=1)
    now = case_with(
        called("x1", state=InvitationState.SENT),
        called("x2", state=InvitationState.SEATED, seated_at=NOON),
        called("x3", state=InvitationState.DONE, seated_at=NOON - 29 * day, score=5),
        called("x4", state=InvitationState.DONE, seated_at=NOON - 31 * day, score=4),
        called("x5", state=InvitationState.SENT, until=NOON),
        called("x6", state=InvitationState.CONFLICT),
        called("x7", "chen", state=InvitationState.DONE, seated_at=NOON, score=1),
    )
    await enter(writes(), None, now)
    counted = await tallies(["liu", "chen", "nobody"], NOON)
    assert (counted["liu"].open, counted["liu"].sessions, counted["liu"].ratings, counted["liu"].mean) == (1, 2, 2, 0)
    assert (counted["chen"].load, counted["chen"].mean, counted["nobody"].load) == (1, 0, 0)
    later = case_with(*(msgspec.structs.replace(one, score=3) if one.id == "x2" else one for one in now.experts))
    await enter(writes(), now, later)
    assert (await tallies(["liu"], NOON))["liu"].mean == 400
    assert await overdue(NOON) == ["case"] and await overdue(NOON - day) == []


async def test_who_is_asked_for_elsewhere_at_the_same_time(pool: ExpertStore) -> None:
    """One who is wanted at once may be needed for an hour."""
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    times = [
        (None, None, 1),
        (NOON + 59 * minute, None, 1),
        (NOON + hour, None, 0),
        (NOON + 5 * hour, NOON + 5 * hour + 9 * minute, 1),
        (NOON + 5 * hour, NOON + 5 * hour + 10 * minute, 0),
        (None, NOON + 59 * minute, 1),
        (None, NOON + 61 * minute, 0),
    ]
    for number, (theirs, mine, found) in enumerate(times):
        expert = f"liu{number}"
        await enter(writes(), None, case_with(called(expert=expert, at=theirs), key=f"other{number}"))
        assert len(await busy(writes(), expert, "case", mine, 10, NOON)) == found, number
        assert await busy(writes(), expert, f"other{number}", mine, 10, NOON) == [], "an invitation is not in its own way"
    assert await busy(writes(), "chen", "case", None, 10, NOON) == []
