"""Links and tries under many at once: a try is taken once, a person has one account, and what is over is gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from cases.clock import SystemClock
from cases.errors import Conflict, NotAllowed
from storage.database import close_database, open_database
from storage.models.audit import AuditEntry
from storage.models.doors import Login
from storage.models.people import Account
from storage.models.provider_links import ProviderAttempt, ProviderLink
from storage.provider_links import ProviderLinkStore, hashed
from storage.writer import Writer

pytestmark = pytest.mark.anyio
TEN = timedelta(minutes=10)
PERSON = hashed("https://id.example", "p1")


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def test_many_at_once(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "sqlite":
        return await many_at_once(f"sqlite://{tmp_path}/heyi.sqlite3")
    database = request.getfixturevalue("cluster").database()
    EXECUTOR_CACHE.clear()  # statements are cached by the connection's name, and this process speaks to two kinds of database
    try:
        await many_at_once(database)
    finally:
        EXECUTOR_CACHE.clear()


async def many_at_once(url: str) -> None:
    await open_database(url)
    clock, writer = SystemClock(), Writer(single=url.startswith("sqlite"))
    writer.start()
    try:
        links = ProviderLinkStore(writer, clock)
        accounts = [f"a{n}" for n in range(8)]
        for key in accounts:
            await Account.create(id=key, login=key, name="王某", role="mediator")
            await Login.create(id=key, secret_hash="", kind="account", account=key, expires_at=clock.now() + TEN)

        await links.begin("k", TEN, "", [])
        taken: list[object] = []

        async def take() -> None:
            taken.append(await links.take("k"))

        async with anyio.create_task_group() as together:
            for _ in range(8):
                together.start_soon(take)
        assert sum(row is not None for row in taken) == 1

        found: list[str] = []

        async def link(key: str) -> None:
            try:
                await links.link(key, key, PERSON, "")
                found.append("")
            except Conflict as refused:
                found.append(refused.code)

        async with anyio.create_task_group() as together:
            for key in accounts:
                together.start_soon(link, key)
        assert sorted(found) == ["", *["oidc_taken"] * 7]
        assert await ProviderLink.all().count() == await AuditEntry.filter(act="provider_linked").count() == 1
        owner = await links.account_of(PERSON)
        assert owner is not None and await links.since(owner.id) is not None
        with pytest.raises(Conflict) as again:
            await links.link(owner.id, owner.id, hashed("https://id.example", "p2"), "")
        assert again.value.code == "oidc_linked"
        with pytest.raises(NotAllowed):
            await links.link("a1", "a2", PERSON, "")  # by another's sign-in

        session = hashed("https://id.example", "s1")
        await Login.filter(id=owner.id).update(provider=session)
        assert await links.end(PERSON, hashed("https://id.example", "s2")) == []
        assert await links.end(hashed("https://id.example", "p2"), "") == []
        assert await links.end(PERSON, session) == [owner.id]
        assert await links.end(PERSON, "") == [], "ended already"

        assert await links.unlink(owner.id, "") == []
        assert await links.unlink(owner.id, "") == []
        assert await AuditEntry.filter(act="provider_unlinked").count() == 1, "once"
        await links.begin("late", timedelta(seconds=-1), "", [])
        assert await links.take("late") is None
        await links.begin("next", TEN, "", ["k"])
        assert await ProviderAttempt.all().values_list("id", flat=True) == ["next"], "what is over and what gave way is gone"
    finally:
        await writer.stop()
        await close_database()
