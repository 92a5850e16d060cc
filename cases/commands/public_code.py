"""What ends a public code."""

from __future__ import annotations

import msgspec


class RenewCode(msgspec.Struct, tag_field="t", tag="renew_code", forbid_unknown_fields=True):
    """`why`: for the office, which has to say it; whoever reported need not."""

    case: str
    why: str = ""
