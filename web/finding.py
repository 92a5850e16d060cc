"""One thing that was looked at, and its remedy."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True):
    """`name` is stable; `detail` is what was found, in English; the remedies are empty where nothing need be done."""

    name: str
    status: Status
    detail: str
    zh: str = ""
    en: str = ""
