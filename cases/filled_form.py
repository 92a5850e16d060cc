"""What the office has filled into a form of the paper file, where the case itself has nothing: kept in the case."""

from __future__ import annotations

from datetime import datetime

import msgspec


class FilledForm(msgspec.Struct):
    """`fields`: key → words, none of them empty. `revision` counts from 1: whoever has read an older one is refused."""

    fields: dict[str, str]
    revision: int
    by: str
    at: datetime
