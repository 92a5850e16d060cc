from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0005_clauses")]

    initial = False

    operations = [
        ops.AddField(
            model_name="SessionKey",
            name="wrapped_by",
            field=fields.CharField(default="file", db_default="file", max_length=140),
        ),
    ]
