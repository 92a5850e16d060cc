from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0003_calls")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organisation",
            name="retention_days",
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
