from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Who was told of what of a case: looked for by the case."""

    dependencies = [("heyi", "0035_case_keys")]

    initial = False

    operations = [ops.AddIndex(model_name="OutboxRow", index=Index(fields=["case_id"]))]
