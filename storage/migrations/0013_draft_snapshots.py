from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0010_notifications")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DraftSnapshotRow",
            fields=[
                ("document", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                ("seq", fields.BigIntField()),
                ("head", fields.CharField(max_length=64)),
                ("state", fields.BinaryField()),
                ("writers", fields.TextField(unique=False)),
            ],
            options={
                "table": "draft_snapshot",
                "app": "heyi",
                "pk_attr": "document",
                "table_description": "What a draft's log comes to up to entry `seq`, so that a long one is opened without replaying all of it. The log alone counts: a row may be deleted at any time.",
            },
            bases=["Model"],
        ),
    ]
