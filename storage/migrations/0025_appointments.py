from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0024_case_counts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AppointmentRow",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("mediator", fields.CharField(db_index=True, max_length=32)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("minutes", fields.IntField()),
                ("remind_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "appointment",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "The time that is fixed for a case, written in the transaction that changes the case. `remind_at`: when the next reminder is due.",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="Link", name="code_hash", field=fields.CharField(default="", db_default="", max_length=64)),
        ops.AddField(model_name="Link", name="code_tries", field=fields.IntField(default=0, db_default=0)),
    ]
