"""Old databases are brought up to date, and the models say nothing that the migrations do not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

from cases.finding import region_word
from cases.vocabulary import Role
from realtime import audience
from storage import search
from storage.case_keys import phone_word
from storage.case_sealing import seal_what_is_plain
from storage.database import APP, close_database, configuration, newest_migration, open_database, reads
from storage.models.cases import CaseRow
from storage.models.people import Account
from storage.reading import Reader
from tests.schema import INSTALLATION

pytestmark = pytest.mark.anyio
OLD = Path(__file__).parents[1] / "data" / "version-0.1.sql"


async def test_a_database_of_version_0_1_is_migrated_and_its_cases_can_be_read(folder: Path) -> None:
    folder.mkdir()
    path = folder / "heyi.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(OLD.read_text())
    connection.execute("UPDATE account SET role = 'administrator' WHERE id = 'chen'")
    connection.commit()
    connection.close()
    await open_database(f"sqlite://{path}", INSTALLATION)
    try:
        assert await seal_what_is_plain() == await CaseRow.all().count() and await seal_what_is_plain() == 0
        assert (await Account.get(id="chen", using_db=reads())).role == Role.SYSTEM_ADMIN
        names = [row["name"] for row in await reads().execute_query_dict("SELECT name FROM tortoise_migrations")]
        assert newest_migration() in names
        reader = Reader(audience.fragments, audience.rows)
        cases = [await reader.dossier(row.id) for row in await CaseRow.all().using_db(reads())]
        assert {d.case.stage for d in cases} >= {"reported", "mediating"}
        live = next(d for d in cases if d.room is not None)
        assert [s.role for s in live.room.seats.values()] == ["mediator", "party"]
        for dossier in cases:
            assert audience.fragments(dossier)
        entries = await reader.ledger(live.case.id)
        assert entries[0][0].kind == "case.reported"
        _, _, document = await reader.snapshot("centre/139901|staff", None)
        assert set(document["cases"]) == {d.case.id for d in cases}
        found, total = await search.find(reads(), [region_word("139901")], [], 0, 50)
        assert set(found) == {d.case.id for d in cases} and total == len(cases)
        party = live.case.parties[0]
        found, _ = await search.find(reads(), [phone_word(party.phone)], [], 0, 50)
        assert live.case.id in found, "cases there were are found by telephone too"
    finally:
        await close_database()


async def test_models_and_migrations_agree(folder: Path) -> None:
    settings = configuration(f"sqlite://{folder / 'heyi.sqlite3'}")
    await Tortoise.init(config=settings, _enable_global_fallback=True)
    try:
        assert Tortoise.apps is not None
        missing = await MigrationAutodetector(Tortoise.apps, {APP: settings["apps"][APP]}).changes()
        assert missing == [], "write a migration for what the models have now"
    finally:
        await close_database()
