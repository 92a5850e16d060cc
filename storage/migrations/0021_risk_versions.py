from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0020_residents")]

    initial = False

    operations = [
        ops.CreateModel(
            name="RiskVersion",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=40)),
                ("case_id", fields.CharField(db_index=True, max_length=32)),
                ("region", fields.CharField(max_length=12)),
                ("version", fields.IntField()),
                ("body", fields.TextField(unique=False)),
                ("hash", fields.CharField(max_length=64)),
                ("state", fields.CharField(db_index=True, max_length=12)),
                ("replaced", fields.BooleanField(default=False)),
                ("tries", fields.IntField(default=0)),
                ("entered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("first_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("holder", fields.CharField(default="", max_length=8)),
                ("held_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(default="", max_length=40)),
                ("receipt", fields.CharField(default="", max_length=100)),
            ],
            options={
                "table": "risk_version",
                "app": "heyi",
                "unique_together": (("case_id", "version"),),
                "pk_attr": "id",
                "table_description": "Of the report of a case: written with the change that causes it, marked with the platform's acknowledgement.",
            },
            bases=["Model"],
        ),
    ]
