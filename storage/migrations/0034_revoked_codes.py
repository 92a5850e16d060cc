from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Public codes that were revoked, and whose they were."""

    dependencies = [("heyi", "0033_log_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="RevokedCode",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ("case_id", fields.CharField(max_length=32)),
            ],
            options={
                "table": "revoked_code",
                "app": "heyi",
                "pk_attr": "code",
                "table_description": "A former public code, and whose it was: it opens nothing, and is known so that whoever has it reads why.",
            },
            bases=["Model"],
        ),
    ]
