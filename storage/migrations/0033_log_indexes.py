from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """What is sought in the log: who did it, who had it done, and when."""

    dependencies = [("heyi", "0032_referrers")]

    initial = False

    operations = [ops.AddIndex(model_name="AuditEntry", index=Index(fields=[field])) for field in ("by", "subject", "at")]
