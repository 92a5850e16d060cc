from __future__ import annotations

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from cases.finding import scope_of, words_of
from storage import sql
from storage.dossier import parse
from storage.search import enter, tables

AT_ONCE = 400


async def build(apps: Any, editor: Any) -> None:
    """The index of what cases are found by, and all cases there are, in the order in which they were reported."""
    connection = editor.client
    for statement in tables(connection):
        await connection.execute_query(
            statement
        )  # one by one: a script would commit, and half an index would keep the server from starting
    ids = [row["id"] for row in await connection.execute_query_dict("SELECT id FROM case_file ORDER BY reported_at, id")]
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        places = ", ".join(sql.marks(connection, len(part)))
        rows = await connection.execute_query_dict(f"SELECT id, state FROM case_file WHERE id IN ({places})", part)
        cases = {row["id"]: parse(row["state"], "", "").case for row in rows}
        await enter(connection, [(key, words_of(cases[key]) + scope_of(cases[key])) for key in part])


class Migration(migrations.Migration):
    dependencies = [("heyi", "0006_wrapping_keys")]

    initial = False

    operations = [ops.RunPython(build)]
