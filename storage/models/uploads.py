"""Recordings of parties on their way here."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class UploadRow(Model):
    """One recording of a party, piece by piece. Goes once a statement was made of it, or after a day."""

    id = fields.CharField(32, primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    party = fields.CharField(8)
    size = fields.BigIntField()
    received = fields.BigIntField(default=0)
    began_at = fields.DatetimeField(db_index=True)
    state = fields.CharField(8, default="open")  # open | ready | over
    file = fields.CharField(32, default="")  # of the whole, once it is being checked
    sha256 = fields.CharField(64, default="")
    ms = fields.IntField(default=0)
    type = fields.CharField(20, default="")

    class Meta:
        table = "upload"
