"""Cases and their sessions. `seq` is the locked counter row of the case: the first statement of every transaction on it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class CaseRow(Model):
    id = fields.CharField(32, primary_key=True)
    seq = fields.BigIntField(default=0)
    code = fields.CharField(20, unique=True)
    number = fields.CharField(60, default="", db_index=True)
    stage = fields.CharField(20, db_index=True)
    kind = fields.CharField(20)
    dispute_type = fields.CharField(40)
    region = fields.CharField(12, db_index=True)
    mediator = fields.CharField(32, default="", db_index=True)
    synthetic = fields.BooleanField(default=False)
    reported_at = fields.DatetimeField()
    due = fields.DatetimeField(null=True)
    agreed_at = fields.DatetimeField(null=True)
    stamped_until = fields.DatetimeField(null=True, db_index=True)
    key = fields.TextField(default="", db_default="")  # what the following are sealed under, sealed itself (storage/case_keys.py)
    state = fields.TextField()  # cases.case.Case as JSON
    room = fields.TextField(default="")  # rooms.room.Room as JSON, of the current session
    agreement = fields.TextField(default="")  # agreements.ceremony state as JSON

    class Meta:
        table = "case_file"


class RevokedCode(Model):
    """A former public code, and whose it was: it opens nothing, and is known so that whoever has it reads why."""

    code = fields.CharField(20, primary_key=True)
    case_id = fields.CharField(32)

    class Meta:
        table = "revoked_code"


class Offer(Model):
    """To whom an order is offered, for the lists of their desks."""

    id = fields.BigIntField(primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    account = fields.CharField(32, db_index=True)

    class Meta:
        table = "offer"
        unique_together = (("case_id", "account"),)
