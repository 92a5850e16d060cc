from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("heyi", "0027_assistance")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WechatConsent",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("case_id", fields.CharField(db_index=True, max_length=32)),
                ("party", fields.CharField(max_length=8)),
                ("scene", fields.IntField()),
                ("asked_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("openid", fields.BinaryField(null=True)),
                ("notice", fields.CharField(default="", db_index=True, max_length=32)),
            ],
            options={
                "table": "wechat_consent",
                "app": "heyi",
                "pk_attr": "id",
                "table_description": "One message of WeChat that a party asks for, has allowed, or is about to have. Goes once it is sent.",
            },
            bases=["Model"],
        ),
    ]
