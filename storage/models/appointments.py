"""When sessions begin, across cases."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class AppointmentRow(Model):
    """The time that is fixed for a case, written in the transaction that changes the case. `remind_at`: when the next reminder is due."""

    id = fields.CharField(32, primary_key=True)  # of the case
    mediator = fields.CharField(32, db_index=True)
    starts_at = fields.DatetimeField()
    minutes = fields.IntField()
    remind_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "appointment"
