from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0031_uploads")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ReferrerRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("name", fields.CharField(max_length=40)),
                ("source", fields.CharField(max_length=40)),
                ("region", fields.CharField(max_length=12)),
                ("secret", fields.BinaryField()),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "referrer",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "One system. Its secret is sealed under a key that is not in the database. It stays when it has ended: its cases name it.",
            },
            bases=["Model"],
        ),
    ]
