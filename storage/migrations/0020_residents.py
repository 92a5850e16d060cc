from __future__ import annotations

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from cases.finding import scope_of, words_of
from storage import sql
from storage.dossier import parse
from storage.search import enter

AT_ONCE = 500


async def find_by_phone(apps: Any, editor: Any) -> None:
    """Cases are found by their parties' telephones from now on: those there are enter the index anew."""
    connection = editor.client
    ids = [row["id"] for row in await connection.execute_query_dict("SELECT id FROM case_file ORDER BY reported_at, id")]
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        places = ", ".join(sql.marks(connection, len(part)))
        for row in await connection.execute_query_dict(f"SELECT id, state FROM case_file WHERE id IN ({places})", part):
            case = parse(row["state"], "", "").case
            await enter(connection, [(row["id"], words_of(case) + scope_of(case))])


class Migration(migrations.Migration):
    dependencies = [("heyi", "0018_archive_stamps")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Resident",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("key", fields.BinaryField()),
                ("phone_index", fields.CharField(unique=True, max_length=64)),
                ("phone", fields.BinaryField()),
                ("name", fields.BinaryField()),
                ("region", fields.CharField(default="", max_length=12)),
                ("consent", fields.CharField(max_length=16)),
                ("consent_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("registered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "resident",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "`key` is the resident's own and sealed by the installation's. `phone` and `name` are sealed by `key`, so that nothing of them can be read once the row is gone.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PhoneCodeRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("hash", fields.CharField(max_length=64)),
                ("asked_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("count", fields.IntField()),
                ("tries", fields.IntField()),
                ("answered", fields.BooleanField()),
            ],
            options={
                "table": "phone_code",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Of one number, by its index: the last code, hashed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Claim",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("resident", fields.CharField(db_index=True, max_length=32)),
                ("case_id", fields.CharField(max_length=32)),
                ("party", fields.CharField(max_length=8)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "claim",
                "app": "heyi",
                "pk_attr": "id",
                "unique_together": (("resident", "case_id", "party"),),
                "table_description": "A case that is a resident's though its number is not, or is not any more. `party` of the case.",
            },
            bases=["Model"],
        ),
        ops.RunPython(find_by_phone),
    ]
