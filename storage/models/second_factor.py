"""The second factor of accounts: secrets, encrypted, and recovery codes, hashed."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class SecondFactor(Model):
    account = fields.CharField(32, primary_key=True)
    secret = fields.BinaryField()  # nonce (12) AES-256-GCM( secret, AAD = account ) tag (16)
    begun_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)  # from then on it is asked for
    last_step = fields.BigIntField(default=0)  # RFC 6238, 5.2: a code is good once

    class Meta:
        table = "second_factor"


class RecoveryCode(Model):
    hash = fields.CharField(64, primary_key=True)  # HMAC-SHA-256 of account and code
    account = fields.CharField(32, db_index=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"
