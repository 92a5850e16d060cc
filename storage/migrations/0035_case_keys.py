from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """The key of a case, under which its row is sealed; what there is already is sealed at the next start (`storage/case_sealing.py`), since a migration has no key."""

    dependencies = [("heyi", "0034_revoked_codes")]

    initial = False

    operations = [ops.AddField(model_name="CaseRow", name="key", field=fields.TextField(default="", db_default="", unique=False))]
