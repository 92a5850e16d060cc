from __future__ import annotations

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from storage.counting import enter, row_of
from storage.dossier import parse

AT_ONCE = 500


async def count(apps: Any, editor: Any) -> None:
    """What counts of the cases there are."""
    connection, last = editor.client, ""
    while True:
        mark = "?" if connection.capabilities.dialect == "sqlite" else "$1"
        rows = await connection.execute_query_dict(
            f"SELECT id, seq, state, room FROM case_file WHERE id > {mark} ORDER BY id LIMIT {AT_ONCE}", [last]
        )
        if not rows:
            return
        await enter(
            connection,
            [row_of(row["seq"], parse(row["state"], row["room"] or "", "")) for row in rows],
        )
        last = rows[-1]["id"]


class Migration(migrations.Migration):
    dependencies = [("heyi", "0022_experts")]

    initial = False

    operations = [
        ops.AddField(model_name="Region", name="trial", field=fields.BooleanField(default=False, db_default=False)),
        ops.CreateModel(
            name="CaseCount",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("seq", fields.BigIntField()),
                ("county", fields.CharField(max_length=6)),
                ("synthetic", fields.BooleanField()),
                ("trial", fields.BooleanField()),
                ("region", fields.CharField(max_length=12)),
                ("dispute_type", fields.CharField(max_length=40)),
                ("stage", fields.CharField(max_length=20)),
                ("mediator", fields.CharField(max_length=32)),
                ("reported_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("accepted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("mediated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("agreed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("live", fields.BooleanField()),
                ("risk", fields.CharField(max_length=10)),
                ("risk_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("asked", fields.IntField()),
                ("answered", fields.IntField()),
                ("content", fields.IntField()),
            ],
            options={
                "table": "case_count",
                "app": "heyi",
                "indexes": [Index(fields=["county", "reported_at"]), Index(fields=["county", "stage"])],
                "pk_attr": "id",
                "table_description": "Of one case: `cases.counted.Counted`, since command `seq`.",
            },
            bases=["Model"],
        ),
        ops.RunPython(count),
    ]
