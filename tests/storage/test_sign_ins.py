"""Sign-ins of an account, on SQLite and on PostgreSQL: listed, marked as seen, ended one by one or all the others, with the links."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from cases.errors import NotFound
from storage.database import close_database, open_database, reads
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.sign_ins import SHOWN, STAFF_HOURS, SignInStore
from storage.writer import Writer

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("sign-ins")
    if request.param == "sqlite":
        yield f"sqlite://{folder / 'heyi.sqlite3'}"
    else:
        yield request.getfixturevalue("cluster").database()


class Place:
    def __init__(self, store: SignInStore, clock: Clock) -> None:
        self.store, self.clock = store, clock

    async def sign_in(self, key: str, account: str = "wang", kind: str = "account", since: datetime = NOON) -> None:
        whose = {"account": account} if kind == "account" else {"seat": "p1"}
        await Login.create(id=key, secret_hash="0" * 64, kind=kind, expires_at=since + timedelta(hours=STAFF_HOURS), **whose)

    async def listed(self, here: str = "a") -> list[str]:
        return [row.id for row in await self.store.of("wang", here)]


@pytest.fixture
async def place(address: str) -> AsyncIterator[Place]:
    EXECUTOR_CACHE.clear()  # statements are cached by the connection's name, and this process speaks to two kinds of database
    await open_database(address)
    writer, clock = Writer(single=address.startswith("sqlite")), Clock()
    writer.start()
    for login in ("wang", "chen"):
        await Account.create(id=login, login=login, name=login, role="mediator")
    try:
        yield Place(SignInStore(writer, clock), clock)
    finally:
        await Login.all().delete()
        await Link.all().delete()
        await Account.all().delete()
        await writer.stop()
        await close_database()
        EXECUTOR_CACHE.clear()


async def test_only_those_that_are_open_and_ones_own_are_listed(place: Place) -> None:
    await place.sign_in("a")
    await place.sign_in("b", since=NOON - timedelta(hours=1))
    await place.sign_in("over", since=NOON - timedelta(hours=STAFF_HOURS))
    await place.sign_in("chen", account="chen")
    await place.sign_in("seat", kind="seat")
    rows = await place.store.of("wang", "b")
    assert [(row.id, row.here, row.since) for row in rows] == [
        ("a", False, "2026-05-04T12:00:00.000000Z"),
        ("b", True, "2026-05-04T11:00:00.000000Z"),
    ]


async def test_no_more_than_a_page_is_listed(place: Place) -> None:
    for number in range(SHOWN + 1):
        await place.sign_in(f"{number}")
    assert len(await place.listed()) == SHOWN
    assert len(await place.store.end_others("wang", "0")) == SHOWN, "yet all the others end"


async def test_who_is_seen_is_noted_once_for_all(place: Place) -> None:
    for key, kind in (("a", "account"), ("b", "account"), ("c", "account"), ("seat", "seat")):
        await place.sign_in(key, kind=kind)
    place.clock.time = NOON + timedelta(minutes=5)
    place.store.saw("a")
    await place.store.note(["b", "seat"])
    seen = {row.id: row.seen for row in await place.store.of("wang", "a")}
    assert seen == {"a": "2026-05-04T12:05:00.000000Z", "b": "2026-05-04T12:05:00.000000Z", "c": "2026-05-04T12:00:00.000000Z"}
    assert (await Login.get(id="seat", using_db=reads())).seen_at is None
    place.clock.time = NOON + timedelta(minutes=6)
    await place.store.note([])
    assert (await place.store.of("wang", "a"))[0].seen == "2026-05-04T12:05:00.000000Z"


async def test_one_ends_and_nobody_elses(place: Place) -> None:
    await place.sign_in("a")
    await place.sign_in("b")
    await place.sign_in("chen", account="chen")
    await place.sign_in("seat", kind="seat")
    await place.store.end("wang", "b")
    assert await place.listed() == ["a"]
    for none in ("b", "chen", "seat", "nothing"):
        with pytest.raises(NotFound, match="no such sign-in"):
            await place.store.end("wang", none)
    assert (await Login.get(id="b", using_db=reads())).ended_why == "ended"


@pytest.mark.parametrize("password", ["", "a hash"])
async def test_links_end_with_the_others_where_there_is_another_way_in(place: Place, password: str) -> None:
    await Account.filter(id="wang").update(password_hash=password)
    await Link.create(id="l", kind="account", account="wang", expires_at=NOON + timedelta(days=1))
    await Link.create(id="chen", kind="account", account="chen", expires_at=NOON + timedelta(days=1))
    for key in ("a", "b", "c"):
        await place.sign_in(key)
    assert sorted(await place.store.end_others("wang", "a")) == ["b", "c"]
    assert await place.listed() == ["a"]
    assert ((await Link.get(id="l", using_db=reads())).revoked_at is not None) == bool(password)
    assert (await Link.get(id="chen", using_db=reads())).revoked_at is None
