from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0013_draft_snapshots")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CountyDay",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24)),
                ("region", fields.CharField(db_index=True, max_length=12)),
                ("day", fields.CharField(max_length=10)),
                ("working", fields.BooleanField()),
                ("name", fields.CharField(max_length=20)),
            ],
            options={"table": "county_day", "app": "heyi", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(model_name="Account", name="away_until", field=fields.CharField(default="", db_default="", max_length=10)),
    ]
