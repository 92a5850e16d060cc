"""The pool of experts, and what was asked of them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Expert(Model):
    """An entry of the pool. `entry`: cases.experts.Entry as JSON, without the telephone, which is sealed, and `revision` grows with every change."""

    id = fields.CharField(32, primary_key=True)
    county = fields.CharField(6, db_index=True)
    region = fields.CharField(12)
    name = fields.CharField(60)
    entry = fields.TextField()
    phone = fields.BinaryField()
    phone_index = fields.CharField(64)  # HMAC-SHA-256 of the number
    revision = fields.IntField(default=1)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "expert"


class ExpertCall(Model):
    """An invitation, as its case has it: written in the transaction that changes the case. What loads and ratings are counted from."""

    id = fields.BigIntField(primary_key=True)
    case_id = fields.CharField(32)
    invitation = fields.CharField(8)
    expert = fields.CharField(32, db_index=True)
    state = fields.CharField(12, db_index=True)  # cases.vocabulary.InvitationState
    sent_at = fields.DatetimeField()
    at = fields.DatetimeField(null=True)
    minutes = fields.IntField()
    until = fields.DatetimeField()
    seated_at = fields.DatetimeField(null=True)
    score = fields.IntField(default=0)

    class Meta:
        table = "expert_call"
        unique_together = (("case_id", "invitation"),)
