"""What ends a public code."""

from __future__ import annotations

import msgspec


class RenewCode(msgspec.Struct, tag_field="t", tag="renew_code", forbid_unknown_fields=True):
    """`why`: for the office, which has to say it; whoever reported need not. `code`: the one that the asker saw; another in force refuses."""

    case: str
    why: str = ""
    code: str = ""
