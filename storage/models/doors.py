"""How people come in: links, and the server-side sessions behind their cookies."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Link(Model):
    id = fields.CharField(32, primary_key=True)
    kind = fields.CharField(16)  # seat | party (to its own page) | account | once (an account's, for one use) | wall | feed (of a calendar)
    case_id = fields.CharField(32, default="", db_index=True)
    session_id = fields.CharField(32, default="")
    seat = fields.CharField(8, default="")  # or party
    account = fields.CharField(32, default="")
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    code_hash = fields.CharField(64, default="", db_default="")  # of a party's seat: see `web.entry_codes`
    code_tries = fields.IntField(default=0, db_default=0)

    class Meta:
        table = "link"


class Login(Model):
    """A session of a browser. The cookie's name carries `id`, its value the secret of which only the hash is kept."""

    id = fields.CharField(16, primary_key=True)
    secret_hash = fields.CharField(64)
    kind = fields.CharField(16)  # account | resident | seat | party | reporter | wall
    account = fields.CharField(32, default="", db_index=True)  # or resident
    case_id = fields.CharField(32, default="")
    session_id = fields.CharField(32, default="")
    seat = fields.CharField(8, default="")
    link = fields.CharField(32, default="", db_index=True)  # by which it came; of a case that a resident opened: the resident's sign-in
    region = fields.CharField(12, default="")
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True, db_index=True)
    ended_why = fields.CharField(
        16, default=""
    )  # signed_out | taken_over | revoked | ended (from another sign-in) | password_changed | deleted
    address = fields.CharField(45, default="", db_default="")  # of accounts, masked: see `web.came`
    browser = fields.CharField(40, default="", db_default="")  # of accounts
    seen_at = fields.DatetimeField(null=True)  # of accounts, to a minute
    provider = fields.CharField(64, default="", db_default="")  # hash of the session at the identity provider by which an account came

    class Meta:
        table = "login"
