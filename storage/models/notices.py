"""What people are told of: on its way (the outbox), and on their pages."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class OutboxRow(Model):
    """Written with the change that causes it, tried afterwards, kept as the log of deliveries. Names accounts and parties, not their addresses."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(32, unique=True)  # of all tries, for the other side to know them again
    channel = fields.CharField(8)
    kind = fields.CharField(24)
    case_id = fields.CharField(32)
    account = fields.CharField(32, default="")
    party = fields.CharField(8, default="")
    about = fields.CharField(12, default="")  # an obligation's id
    state = fields.CharField(8, default="waiting")  # waiting | sent | given_up
    tries = fields.IntField(default=0)
    entered_at = fields.DatetimeField(db_index=True)
    next_at = fields.DatetimeField(null=True, db_index=True)  # null once it is settled
    settled_at = fields.DatetimeField(null=True)
    reason = fields.CharField(40, default="")  # a code: of the last failure, or why it was given up
    address = fields.CharField(80, default="")  # masked, of the last try

    class Meta:
        table = "outbox"
        indexes = [Index(fields=["case_id"])]


class WechatConsent(Model):
    """One message of WeChat that a party asks for, has allowed, or is about to have. Goes once it is sent."""

    id = fields.CharField(32, primary_key=True)  # of the state that came back with the browser, hashed
    case_id = fields.CharField(32, db_index=True)
    party = fields.CharField(8)
    scene = fields.IntField()
    asked_at = fields.DatetimeField(db_index=True)
    openid = fields.BinaryField(null=True)  # sealed; null until it is allowed
    notice = fields.CharField(32, default="", db_index=True)  # key of the notice that takes it

    class Meta:
        table = "wechat_consent"


class NoticeRow(Model):
    """On the page of an account."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(32, unique=True)
    account = fields.CharField(32, db_index=True)
    kind = fields.CharField(24)
    case_id = fields.CharField(32)
    number = fields.CharField(60)
    at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notice"
