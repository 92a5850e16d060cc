from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0004_retention")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ClauseRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("org", fields.CharField(db_index=True, max_length=32)),
                ("title", fields.CharField(max_length=60)),
                ("text", fields.TextField(unique=False)),
                ("by", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "clause",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "A clause that an organisation keeps for its next agreements, as `agreements/library.py` writes it: without names and values.",
            },
        ),
    ]
