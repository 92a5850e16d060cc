"""What administrators did, and how accounts came in and went."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class AuditEntry(Model):
    """Append-only, by triggers of the database."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    act = fields.CharField(20)
    by = fields.CharField(32)  # an account's id, or operator: who has the server's command line
    role = fields.CharField(20)  # which `by` had then; empty for the operator
    subject = fields.CharField(32)  # an account's or an organisation's id
    region = fields.CharField(12)  # of the subject
    address = fields.CharField(45, default="")  # masked: see `web.came`
    detail = fields.CharField(200, default="")  # codes and ids, never a name

    class Meta:
        table = "audit_entry"
        indexes = [Index(fields=["by"]), Index(fields=["subject"]), Index(fields=["at"])]
