"""The log of administrators and sign-ins, on SQLite and on PostgreSQL: read page by page and by region, and never altered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from tortoise.transactions import in_transaction

from cases.vocabulary import Act
from storage.audit import DETAIL, OPERATOR, Someone, note, note_organisation
from storage.audit_reading import KINDS, PAGE, ActKind, Sought, page
from storage.database import close_database, open_database
from storage.models.audit import AuditEntry
from storage.models.people import Account, Organisation, Region

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
async def account(address: str) -> AsyncIterator[Account]:
    await open_database(address)
    try:
        yield await Account.create(id="w", login="wang", name="王某", role="mediator", region="139901001")
    finally:
        await close_database()


async def test_people_and_places_are_called_by_their_names_and_nobody_else(account: Account) -> None:
    await Organisation.create(id="committee", name="安和县人民调解委员会", short_name="安和", region="139901")
    await Region.create(code="139901001", name="城关镇")
    resident = Someone("f" * 32, "resident", "139901")
    async with in_transaction("default") as db:
        await note(db, NOON, Act.CREATED, account, ("w", "system_admin"), detail="mediator committee 139901001")
        await note(db, NOON, Act.MATTER_CLAIMED, resident, detail="committee 139901001")
    claimed, created = await page("139901")
    assert created.names == {"wang": "王某", "committee": "安和县人民调解委员会", "139901001": "城关镇"}
    assert (claimed.subject, claimed.names) == ("f" * 32, {}), "neither a resident nor a case is named to who audits"


async def test_pages_regions_and_nothing_is_altered(account: Account) -> None:
    elsewhere = await Account.create(id="x", login="xu", name="徐某", role="mediator", region="139902")
    async with in_transaction("default") as db:
        for number in range(PAGE + 5):
            await note(db, NOON, Act.SIGNED_IN, account, address="203.0.113.*", detail=str(number))
        await note(db, NOON, Act.LOCKED, elsewhere, (OPERATOR, ""), detail="x" * 1000)
    newest = await page("139901")
    assert [len(newest), newest[0].detail, newest[-1].detail] == [PAGE, str(PAGE + 4), "5"]
    assert [entry.detail for entry in await page("139901", Sought(before=newest[-1].id))] == ["4", "3", "2", "1", "0"]
    assert (newest[0].by, newest[0].role, newest[0].subject) == ("wang", "mediator", "wang")
    assert newest[0].names == {"wang": "王某"}
    assert (await page(""))[0].by == OPERATOR and len((await page(""))[0].detail) == DETAIL
    assert await page("139903") == []
    for alter in (
        AuditEntry.all().update(act="signed_out"),
        AuditEntry.filter(id=newest[0].id).update(by="z"),
        AuditEntry.all().delete(),
    ):
        with pytest.raises(Exception, match="append-only"):
            await alter
    assert len(await page("")) == PAGE


def test_every_act_is_of_one_kind() -> None:
    acts = [act for kind in ActKind for act in KINDS[kind]]
    assert sorted(acts) == sorted(Act)


async def test_what_is_sought_is_found_and_nothing_else(account: Account) -> None:
    li = await Account.create(id="l", login="li.na", name="李娜", role="security_admin", region="139901")
    await Account.create(id="far", login="wangfar", name="王某", role="mediator", region="139902")
    committee = await Organisation.create(id="committee", name="安和县人民调解委员会", short_name="安和", region="139901")
    evening = datetime(2026, 5, 3, 15, 59, 59, 999_999, tzinfo=UTC)  # the last moment of 3 May in the county
    midnight = datetime(2026, 5, 3, 16, 0, tzinfo=UTC)
    async with in_transaction("default") as db:
        await note(db, evening, Act.SIGNED_IN, account)
        await note(db, midnight, Act.ATTEMPT_FAILED, li)
        await note(db, NOON, Act.LOCKED, account, ("l", "security_admin"))
        await note_organisation(db, NOON, Act.ORGANISATION_ALTERED, committee, (OPERATOR, ""))
        await note(db, NOON, Act.REGISTERED, Someone("f" * 32, "resident", "139901"))

    async def acts(**sought: object) -> list[str]:
        return [entry.act for entry in await page("139901", Sought(**sought))]  # type: ignore[arg-type]

    assert await acts(who="王") == ["locked", "signed_in"], "also what another did to an account; nobody of another county"
    assert await acts(who="LI.") == ["locked", "attempt_failed"]
    assert await acts(who="调解委员会") == await acts(who=OPERATOR) == ["organisation_altered"]
    assert await acts(who="f" * 32) == ["registered"], "a resident by the id that the entry has"
    assert await acts(who="%") == await acts(who="_") == await acts(who="王_") == [], "signs of the database's own search are words"
    assert await acts(who="王" * 60) == [], "longer than any id"
    assert await acts(kind=ActKind.SIGN_INS) == ["attempt_failed", "signed_in"]
    assert await acts(kind=ActKind.SIGN_INS, who="li") == ["attempt_failed"]
    assert await acts(until=date(2026, 5, 3)) == ["signed_in"]
    assert await acts(since=date(2026, 5, 4), until=date(2026, 5, 4), kind=ActKind.SIGN_INS) == ["attempt_failed"]
    assert await acts(since=date(2026, 5, 5)) == []
    assert await acts(count=2) == ["registered", "organisation_altered"]
