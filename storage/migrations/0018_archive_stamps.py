from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0015_county_days")]

    initial = False

    operations = [
        ops.AddField(model_name="CaseRow", name="stamped_until", field=fields.DatetimeField(null=True, db_index=True)),
    ]
