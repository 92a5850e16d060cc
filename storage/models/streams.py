"""Durable streams: their heads, and the patches by which a reader resumes."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class StreamRow(Model):
    name = fields.CharField(120, primary_key=True)
    epoch = fields.CharField(16)
    head = fields.BigIntField(default=0)

    class Meta:
        table = "stream"


class StreamEvent(Model):
    id = fields.BigIntField(primary_key=True)
    stream = fields.CharField(120)
    seq = fields.BigIntField()
    patch = fields.TextField()

    class Meta:
        table = "stream_event"
        unique_together = (("stream", "seq"),)
