from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0001_initial")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Account",
            name="changed_at",
            field=fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterField(
            model_name="Login",
            name="ended_at",
            field=fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Login",
            name="ended_why",
            field=fields.CharField(default="", max_length=16),
        ),
    ]
