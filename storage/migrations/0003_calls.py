from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0002_sign_ins_end")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CallRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=50)),
                ("case_id", fields.CharField(db_index=True, max_length=32)),
                ("session_id", fields.CharField(db_index=True, max_length=32)),
                ("seat", fields.CharField(max_length=16)),
                ("seconds", fields.FloatField(default=0.0)),
                ("round_trip_sum", fields.FloatField(default=0.0)),
                ("round_trip_worst", fields.IntField(default=-1)),
                ("loss_up_sum", fields.FloatField(default=0.0)),
                ("loss_up_worst", fields.FloatField(default=0.0)),
                ("loss_down_sum", fields.FloatField(default=0.0)),
                ("loss_down_worst", fields.FloatField(default=0.0)),
                ("jitter_worst", fields.IntField(default=0)),
                ("frozen_ms", fields.BigIntField(default=0)),
                ("concealed_ms", fields.BigIntField(default=0)),
                ("height", fields.IntField(default=0)),
                ("path", fields.CharField(default="", max_length=8)),
                ("transport", fields.CharField(default="", max_length=4)),
                ("updated_at", fields.CharField(max_length=32)),
            ],
            options={
                "table": "call",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Sums are weighted by seconds. Times in ms, losses in parts of 1, -1 where it was never known.",
            },
        )
    ]
