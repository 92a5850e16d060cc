from __future__ import annotations

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from cases.finding import scope_of, words_of
from storage.dossier import parse
from storage.search import enter, tables

AT_ONCE = 500


async def build(apps: Any, editor: Any) -> None:
    """The index of what cases are found by, and all cases there are, in the order in which they were reported."""
    connection = editor.client
    for statement in tables(connection):
        await connection.execute_script(statement)
    last = ""
    while True:
        rows = await connection.execute_query_dict(
            f"SELECT id, state, reported_at FROM case_file WHERE id > '{last}' ORDER BY id LIMIT {AT_ONCE}"  # ids are our own: letters and digits
        )
        if not rows:
            return
        for row in rows:
            case = parse(row["state"], "", "").case
            await enter(connection, case.id, words_of(case) + scope_of(case))
        last = rows[-1]["id"]


class Migration(migrations.Migration):
    dependencies = [("heyi", "0006_wrapping_keys")]

    initial = False

    operations = [ops.RunPython(build)]
