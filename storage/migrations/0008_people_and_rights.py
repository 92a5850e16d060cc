from __future__ import annotations

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from storage.audit import guards


async def guard(apps: Any, editor: Any) -> None:
    """What is in the log stays as it is; and of the three administrators there are now, those who were the only kind are the first."""
    for statement in guards(editor.client):
        await editor.client.execute_query(statement)
    await editor.client.execute_query("UPDATE account SET role = 'system_admin' WHERE role = 'administrator'")


class Migration(migrations.Migration):
    dependencies = [("heyi", "0007_search")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Login",
            name="account",
            field=fields.CharField(default="", db_index=True, max_length=32),
        ),
        ops.AddField(model_name="Login", name="address", field=fields.CharField(default="", db_default="", max_length=45)),
        ops.AddField(model_name="Login", name="browser", field=fields.CharField(default="", db_default="", max_length=40)),
        ops.AddField(model_name="Login", name="seen_at", field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.CreateModel(
            name="SecondFactor",
            fields=[
                ("account", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("secret", fields.BinaryField()),
                ("begun_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_step", fields.BigIntField(default=0)),
            ],
            options={"table": "second_factor", "app": "heyi", "pk_attr": "account"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                ("hash", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("account", fields.CharField(db_index=True, max_length=32)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "recovery_code", "app": "heyi", "pk_attr": "hash"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("act", fields.CharField(max_length=20)),
                ("by", fields.CharField(max_length=32)),
                ("role", fields.CharField(max_length=20)),
                ("subject", fields.CharField(max_length=32)),
                ("region", fields.CharField(max_length=12)),
                ("address", fields.CharField(default="", max_length=45)),
                ("detail", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "audit_entry",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Append-only, by triggers of the database.",
            },
            bases=["Model"],
        ),
        ops.RunPython(guard),
    ]
