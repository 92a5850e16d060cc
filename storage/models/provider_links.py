"""Accounts and persons of the identity provider, and tries to come in by it."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class ProviderLink(Model):
    """Which account a person of the identity provider has here. Who the person is there stands in no column."""

    id = fields.CharField(64, primary_key=True)  # SHA-256 of issuer and subject
    account = fields.CharField(32, unique=True)
    since = fields.DatetimeField()

    class Meta:
        table = "provider_link"


class ProviderAttempt(Model):
    """Of a browser that was sent to the provider, and gone when it is over."""

    id = fields.CharField(64, primary_key=True)  # SHA-256 of the secret in the browser's cookie
    login = fields.CharField(16, default="")  # the sign-in that links its account; empty: somebody comes in
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)  # when the browser came back: it does so once
    account = fields.CharField(32, default="")  # that the provider has proved, while its second factor is waited for
    session = fields.CharField(64, default="")  # at the provider, hashed

    class Meta:
        table = "provider_attempt"
