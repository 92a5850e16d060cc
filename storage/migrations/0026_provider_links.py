from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0025_appointments")]

    initial = False

    operations = [
        ops.AddField(model_name="Login", name="provider", field=fields.CharField(default="", db_default="", max_length=64)),
        ops.CreateModel(
            name="ProviderLink",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("account", fields.CharField(unique=True, max_length=32)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "provider_link",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Which account a person of the identity provider has here. Who the person is there stands in no column.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProviderAttempt",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("login", fields.CharField(default="", max_length=16)),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("account", fields.CharField(default="", max_length=32)),
                ("session", fields.CharField(default="", max_length=64)),
            ],
            options={
                "table": "provider_attempt",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "Of a browser that was sent to the provider, and gone when it is over.",
            },
            bases=["Model"],
        ),
    ]
