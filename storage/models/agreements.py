"""The draft's raw log of updates, kept as evidence, and the files of a case."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class DraftUpdateRow(Model):
    id = fields.BigIntField(primary_key=True)
    document = fields.CharField(60)
    seq = fields.BigIntField()
    author = fields.CharField(60)
    body = fields.BinaryField()
    prev_hash = fields.CharField(64)
    hash = fields.CharField(64)
    at = fields.CharField(32)  # the spelling that was hashed

    class Meta:
        table = "draft_update"
        unique_together = (("document", "seq"),)


class DraftSnapshotRow(Model):
    """What a draft's log comes to up to entry `seq`, so that a long one is opened without replaying all of it. The log alone counts: a row may be deleted at any time."""

    document = fields.CharField(60, primary_key=True)
    seq = fields.BigIntField()
    head = fields.CharField(64)
    state = fields.BinaryField()
    writers = fields.TextField()  # JSON, client id → seat

    class Meta:
        table = "draft_snapshot"


class FileRow(Model):
    """A photograph, a PDF revision, an exported bundle: the bytes lie in the vault under `blob`."""

    id = fields.CharField(32, primary_key=True)
    case_id = fields.CharField(32, db_index=True)
    kind = fields.CharField(20)  # photo | agreement | bundle
    blob = fields.CharField(120)
    sha256 = fields.CharField(64)
    size = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "file"


class ClauseRow(Model):
    """A clause that an organisation keeps for its next agreements, as `agreements/library.py` writes it: without names and values."""

    id = fields.CharField(32, primary_key=True)
    org = fields.CharField(32, db_index=True)
    title = fields.CharField(60)
    text = fields.TextField()
    by = fields.CharField(60)
    created_at = fields.DatetimeField()

    class Meta:
        table = "clause"
