"""Days off and days worked, where a county's calendar differs from the State Council's notice."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class CountyDay(Model):
    id = fields.CharField(24, primary_key=True)  # <region>/<day>
    region = fields.CharField(12, db_index=True)  # empty: the whole installation; the longest code that a case's begins with counts
    day = fields.CharField(10)  # 2026-02-14
    working = fields.BooleanField()
    name = fields.CharField(20)

    class Meta:
        table = "county_day"
