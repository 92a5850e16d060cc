"""Whose desk has a case by a share in its joint mediation."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class AssistanceRow(Model):
    """Repeats what the case says, for the lists of desks: accounts that assist, and those that are asked to."""

    id = fields.BigIntField(primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    account = fields.CharField(32, db_index=True)

    class Meta:
        table = "assistance"
        unique_together = (("case_id", "account"),)
