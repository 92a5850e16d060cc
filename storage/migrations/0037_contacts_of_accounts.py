from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Telephone and e-mail of accounts are sealed; what is there plain is at the next start, when the key is known."""

    dependencies = [("heyi", "0036_deliveries_of_a_case")]

    initial = False

    operations = [ops.AddField(model_name="Account", name="contact", field=fields.TextField(default="", db_default=""))]
