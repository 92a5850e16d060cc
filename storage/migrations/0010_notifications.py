from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The outbox that there was had never been written to."""

    dependencies = [("heyi", "0008_people_and_rights")]

    initial = False

    operations = [
        ops.DeleteModel(name="OutboxRow"),
        ops.CreateModel(
            name="OutboxRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=32)),
                ("channel", fields.CharField(max_length=8)),
                ("kind", fields.CharField(max_length=24)),
                ("case_id", fields.CharField(max_length=32)),
                ("account", fields.CharField(default="", max_length=32)),
                ("party", fields.CharField(default="", max_length=8)),
                ("about", fields.CharField(default="", max_length=12)),
                ("state", fields.CharField(default="waiting", max_length=8)),
                ("tries", fields.IntField(default=0)),
                ("entered_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("next_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(default="", max_length=40)),
                ("address", fields.CharField(default="", max_length=80)),
            ],
            options={
                "table": "outbox",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Written with the change that causes it, tried afterwards, kept as the log of deliveries. Names accounts and parties, not their addresses.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NoticeRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=32)),
                ("account", fields.CharField(db_index=True, max_length=32)),
                ("kind", fields.CharField(max_length=24)),
                ("case_id", fields.CharField(max_length=32)),
                ("number", fields.CharField(max_length=60)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "notice", "app": "heyi", "pk_attr": "id", "table_description": "On the page of an account."},
            bases=["Model"],
        ),
        ops.AddField(model_name="Account", name="email", field=fields.CharField(default="", db_default="", max_length=200)),
        ops.AddField(model_name="Account", name="phone", field=fields.CharField(default="", db_default="", max_length=20)),
        ops.AddField(model_name="Account", name="language", field=fields.CharField(default="", db_default="", max_length=2)),
    ]
