"""Segments of recordings, as their worker reported them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class SegmentRow(Model):
    id = fields.CharField(60, primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    session_id = fields.CharField(32, db_index=True)
    seat = fields.CharField(16)
    folder = fields.CharField(200)
    started_at = fields.CharField(32)
    state = fields.CharField(12)  # open | closed | cut | broken | destroyed
    chunks = fields.IntField(default=0)
    size = fields.BigIntField(default=0)
    duration_ms = fields.BigIntField(default=0)
    sha256 = fields.CharField(64, default="")
    info = fields.TextField(default="{}")

    class Meta:
        table = "segment"


class SessionKey(Model):
    """The session's recording key, wrapped by the installation's key."""

    session_id = fields.CharField(32, primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    wrapped = fields.BinaryField()
    wrapped_by = fields.CharField(140, default="file", db_default="file")
    """The name of the key that wrapped it (`storage/wrapping.py`)."""

    class Meta:
        table = "session_key"
