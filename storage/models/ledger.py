"""The hash chain, and beside it the payloads that may be redacted."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class LedgerRow(Model):
    id = fields.BigIntField(primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    chain = fields.CharField(80)
    seq = fields.BigIntField()
    at = fields.CharField(32)
    kind = fields.CharField(40)
    payload_hash = fields.CharField(64)
    prev_hash = fields.CharField(64)
    entry_hash = fields.CharField(64)

    class Meta:
        table = "ledger"
        unique_together = (("chain", "seq"),)


class LedgerPayload(Model):
    id = fields.BigIntField(primary_key=True)
    entry = fields.CharField(64, unique=True)  # the entry's hash
    salt = fields.CharField(32)
    body = fields.TextField()

    class Meta:
        table = "ledger_payload"


class Receipt(Model):
    """The answer to a command, by the client's idempotency key: a resent command is answered, not repeated."""

    id = fields.CharField(140, primary_key=True)  # <actor>:<key>
    result = fields.TextField()
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "receipt"
