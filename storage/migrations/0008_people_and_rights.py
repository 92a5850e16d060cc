from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0007_search")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Login",
            name="account",
            field=fields.CharField(default="", db_index=True, max_length=32),
        ),
        ops.AddField(model_name="Login", name="address", field=fields.CharField(default="", db_default="", max_length=45)),
        ops.AddField(model_name="Login", name="browser", field=fields.CharField(default="", db_default="", max_length=40)),
        ops.AddField(model_name="Login", name="seen_at", field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
    ]
