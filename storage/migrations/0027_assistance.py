from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0026_provider_links")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AssistanceRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("case_id", fields.CharField(db_index=True, max_length=32)),
                ("account", fields.CharField(db_index=True, max_length=32)),
            ],
            options={
                "table": "assistance",
                "app": "heyi",
                "unique_together": (("case_id", "account"),),
                "pk_attr": "id",
                "table_description": "Repeats what the case says, for the lists of desks: accounts that assist, and those that are asked to.",
            },
            bases=["Model"],
        ),
    ]
