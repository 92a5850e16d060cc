"""Systems that refer cases to this one."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class ReferrerRow(Model):
    """One system. Its secret is sealed under a key that is not in the database. It stays when it has ended: its cases name it."""

    id = fields.CharField(32, primary_key=True)
    name = fields.CharField(40)
    source = fields.CharField(40)
    region = fields.CharField(12)
    secret = fields.BinaryField()
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "referrer"
