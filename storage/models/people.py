"""Regions, organisations and accounts."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Region(Model):
    code = fields.CharField(12, primary_key=True)  # GB/T 2260, longer codes lie inside shorter ones
    name = fields.CharField(60)
    trial = fields.BooleanField(default=False, db_default=False)  # what comes in here, and in places within, counts in no statistics

    class Meta:
        table = "region"


class Organisation(Model):
    id = fields.CharField(32, primary_key=True)
    name = fields.CharField(80)
    short_name = fields.CharField(20)  # 安和, in 安和人调字
    region = fields.CharField(12)
    phone = fields.CharField(20, default="")
    retention_days = fields.IntField(default=0, db_default=0)  # of recordings, from the last one of a case; 0: until somebody destroys them

    class Meta:
        table = "organisation"


class Account(Model):
    id = fields.CharField(32, primary_key=True)
    login = fields.CharField(60, unique=True)
    name = fields.CharField(60)
    role = fields.CharField(20)
    org = fields.CharField(32, default="")
    region = fields.CharField(12, default="")
    speciality = fields.CharField(60, default="")
    away_until = fields.CharField(10, default="", db_default="")  # the last day of an absence, 2026-10-08
    password_hash = fields.CharField(200, default="")
    failures = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    disabled = fields.BooleanField(default=False)
    contact = fields.TextField(default="", db_default="")  # where notices go, sealed (storage/contacts.py)
    email = fields.CharField(200, default="", db_default="")  # the same as an earlier version kept it, empty once it is sealed
    phone = fields.CharField(20, default="", db_default="")
    language = fields.CharField(2, default="", db_default="")  # of notices: zh | en, zh where it is not known
    changed_at = fields.DatetimeField(null=True, db_index=True)  # when its rights last changed, for the connections that it has open

    class Meta:
        table = "account"


class Numbering(Model):
    """Gapless numbers per committee and year: taken inside the transaction that uses them."""

    id = fields.CharField(60, primary_key=True)  # <organisation>/<year>
    taken = fields.IntField(default=0)

    class Meta:
        table = "numbering"
