"""What is counted of each case, narrow enough that lists and statistics over all cases of a county read it at once."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class CaseCount(Model):
    """Of one case: `cases.counted.Counted`, since command `seq`."""

    id = fields.CharField(32, primary_key=True)
    seq = fields.BigIntField()
    county = fields.CharField(6)
    synthetic = fields.BooleanField()
    trial = fields.BooleanField()
    region = fields.CharField(12)
    dispute_type = fields.CharField(40)
    stage = fields.CharField(20)
    mediator = fields.CharField(32)
    reported_at = fields.DatetimeField()
    due = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    mediated_at = fields.DatetimeField(null=True)
    agreed_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    live = fields.BooleanField()
    risk = fields.CharField(10)
    risk_at = fields.DatetimeField(null=True)
    asked = fields.IntField()
    answered = fields.IntField()
    content = fields.IntField()

    class Meta:
        table = "case_count"
        indexes = (("county", "reported_at"), ("county", "stage"))
