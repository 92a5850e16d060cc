"""Residents' own accounts, the codes that went to their telephones, and the cases that they claimed beside those of their number."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Resident(Model):
    """`key` is the resident's own and sealed by the installation's. `phone` and `name` are sealed by `key`, so that nothing of them can be read once the row is gone."""

    id = fields.CharField(32, primary_key=True)
    key = fields.BinaryField()
    phone_index = fields.CharField(64, unique=True)  # HMAC-SHA-256 of the number
    phone = fields.BinaryField()
    name = fields.BinaryField()
    region = fields.CharField(12, default="")
    consent = fields.CharField(16)  # version of the privacy notice
    consent_at = fields.DatetimeField()
    registered_at = fields.DatetimeField()

    class Meta:
        table = "resident"


class PhoneCodeRow(Model):
    """Of one number, by its index: the last code, hashed."""

    id = fields.CharField(64, primary_key=True)
    hash = fields.CharField(64)
    asked_at = fields.DatetimeField(db_index=True)
    since = fields.DatetimeField()
    count = fields.IntField()
    tries = fields.IntField()
    answered = fields.BooleanField()

    class Meta:
        table = "phone_code"


class Claim(Model):
    """A case that is a resident's though its number is not, or is not any more. `party` of the case."""

    id = fields.BigIntField(primary_key=True)
    resident = fields.CharField(32, db_index=True)
    case_id = fields.CharField(32)
    party = fields.CharField(8)
    at = fields.DatetimeField()

    class Meta:
        table = "claim"
        unique_together = (("resident", "case_id", "party"),)
