from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0021_risk_versions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Expert",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("county", fields.CharField(db_index=True, max_length=6)),
                ("region", fields.CharField(max_length=12)),
                ("name", fields.CharField(max_length=60)),
                ("entry", fields.TextField(unique=False)),
                ("phone", fields.BinaryField()),
                ("phone_index", fields.CharField(max_length=64)),
                ("revision", fields.IntField(default=1)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "expert",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "An entry of the pool. `entry`: cases.experts.Entry as JSON, without the telephone, which is sealed, and `revision` grows with every change.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExpertCall",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("case_id", fields.CharField(max_length=32)),
                ("invitation", fields.CharField(max_length=8)),
                ("expert", fields.CharField(db_index=True, max_length=32)),
                ("state", fields.CharField(db_index=True, max_length=12)),
                ("sent_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("minutes", fields.IntField()),
                ("until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("seated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("score", fields.IntField(default=0)),
            ],
            options={
                "table": "expert_call",
                "app": "heyi",
                "unique_together": (("case_id", "invitation"),),
                "pk_attr": "id",
                "table_description": "An invitation, as its case has it: written in the transaction that changes the case. What loads and ratings are counted from.",
            },
            bases=["Model"],
        ),
    ]
