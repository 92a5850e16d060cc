from __future__ import annotations

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from cases.finding import scope_of, words_of
from storage import sql
from storage.dossier import parse
from storage.search import enter

AT_ONCE = 500


async def find_by_numbers_as_they_are_said(apps: Any, editor: Any) -> None:
    """第276号 finds 第00276号 from now on: cases with a number go into the index anew."""
    connection = editor.client
    rows = await connection.execute_query_dict("SELECT id FROM case_file WHERE number <> '' ORDER BY id")
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        places = ", ".join(sql.marks(connection, len(part)))
        found = await connection.execute_query_dict(f"SELECT id, state FROM case_file WHERE id IN ({places})", part)
        cases = [(row["id"], parse(row["state"], "", "").case) for row in found]
        await enter(connection, [(key, words_of(case) + scope_of(case)) for key, case in cases])


class Migration(migrations.Migration):
    dependencies = [("heyi", "0034_revoked_codes")]

    initial = False

    operations = [ops.RunPython(find_by_numbers_as_they_are_said)]
