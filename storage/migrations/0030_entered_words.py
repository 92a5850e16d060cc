from __future__ import annotations

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from cases.finding import scope_of, words_of
from storage import sql
from storage.dossier import parse
from storage.search import enter

AT_ONCE = 500


async def find_by_who_entered(apps: Any, editor: Any) -> None:
    """Cases are found by the account that entered them from now on: those that staff entered go into the index anew."""
    connection = editor.client
    rows = await connection.execute_query_dict('SELECT id FROM case_file WHERE state LIKE \'%"entered_by":"%\' ORDER BY id')
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        places = ", ".join(sql.marks(connection, len(part)))
        for row in await connection.execute_query_dict(f"SELECT id, state FROM case_file WHERE id IN ({places})", part):
            case = parse(row["state"], "", "").case
            if case.entered_by:
                await enter(connection, [(row["id"], words_of(case) + scope_of(case))])


class Migration(migrations.Migration):
    dependencies = [("heyi", "0029_wechat_consents")]

    initial = False

    operations = [ops.RunPython(find_by_who_entered)]
