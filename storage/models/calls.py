"""How each seat's call went in a session, as its browser counted: sums and worst values, no addresses, no content."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class CallRow(Model):
    """Sums are weighted by seconds. Times in ms, losses in parts of 1, -1 where it was never known."""

    id = fields.CharField(50, primary_key=True)  # session/seat
    case_id = fields.CharField(32, db_index=True)
    session_id = fields.CharField(32, db_index=True)
    seat = fields.CharField(16)
    seconds = fields.FloatField(default=0.0)
    round_trip_sum = fields.FloatField(default=0.0)
    round_trip_worst = fields.IntField(default=-1)
    loss_up_sum = fields.FloatField(default=0.0)
    loss_up_worst = fields.FloatField(default=0.0)
    loss_down_sum = fields.FloatField(default=0.0)
    loss_down_worst = fields.FloatField(default=0.0)
    jitter_worst = fields.IntField(default=0)
    frozen_ms = fields.BigIntField(default=0)
    concealed_ms = fields.BigIntField(default=0)
    height = fields.IntField(default=0)
    path = fields.CharField(8, default="")
    transport = fields.CharField(4, default="")
    updated_at = fields.CharField(32)

    class Meta:
        table = "call"
