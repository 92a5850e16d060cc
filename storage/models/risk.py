"""What the risk platform is told: on its way, and what became of it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class RiskVersion(Model):
    """Of the report of a case: written with the change that causes it, marked with the platform's acknowledgement.

    Of a case only the oldest that waits has `next_at`, so that none overtakes another. `body` is emptied once it is settled: its hash remains, to compare with
    what the platform holds.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(40, unique=True)
    case_id = fields.CharField(32, db_index=True)
    region = fields.CharField(12)
    version = fields.IntField()
    body = fields.TextField()
    hash = fields.CharField(64)
    state = fields.CharField(12, db_index=True)  # cases.vocabulary.RiskState
    replaced = fields.BooleanField(default=False)  # a newer one tells more
    tries = fields.IntField(default=0)
    entered_at = fields.DatetimeField()
    first_at = fields.DatetimeField(null=True)  # when its turn came, from which the days are counted until it is given up
    next_at = fields.DatetimeField(null=True, db_index=True)
    holder = fields.CharField(8, default="")  # the node that tries it
    held_until = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    reason = fields.CharField(40, default="")
    receipt = fields.CharField(100, default="")

    class Meta:
        table = "risk_version"
        unique_together = (("case_id", "version"),)
