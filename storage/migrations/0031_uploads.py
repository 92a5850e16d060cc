from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0030_entered_words")]

    initial = False

    operations = [
        ops.CreateModel(
            name="UploadRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("case_id", fields.CharField(db_index=True, max_length=32)),
                ("party", fields.CharField(max_length=8)),
                ("size", fields.BigIntField()),
                ("received", fields.BigIntField(default=0)),
                ("began_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="open", max_length=8)),
                ("file", fields.CharField(default="", max_length=32)),
                ("sha256", fields.CharField(default="", max_length=64)),
                ("ms", fields.IntField(default=0)),
                ("type", fields.CharField(default="", max_length=20)),
            ],
            options={
                "table": "upload",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "One recording of a party, piece by piece. Goes once a statement was made of it, or after a day.",
            },
            bases=["Model"],
        ),
    ]
