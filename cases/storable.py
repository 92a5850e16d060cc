"""What no database keeps: the character NUL. PostgreSQL refuses any text with it (its manual, 8.3), and no person writes one. Pure.

It is taken out of what is sent, wherever it stands in it: what is left is judged as if it had been sent so.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
NUL = "\x00"
ESCAPED = (b"\x00", b"u0000")
"""How NUL looks in MessagePack, and in JSON. Without either of them there is none."""


def may_have_nul(data: bytes) -> bool:
    return any(one in data for one in ESCAPED)


def without_nul(value: T) -> T:
    """The same, of structs, lists, dictionaries and texts; everything else as it is."""
    found: Any = value
    if isinstance(found, str):
        return found.replace(NUL, "")  # type: ignore[return-value]
    if isinstance(found, msgspec.Struct):
        for name in found.__struct_fields__:
            before = getattr(found, name)
            after = without_nul(before)
            if after != before:
                msgspec.structs.force_setattr(found, name, after)
        return value
    if isinstance(found, list | tuple):
        return type(found)(without_nul(one) for one in found)  # type: ignore[return-value]
    if isinstance(found, dict):
        return {without_nul(key): without_nul(one) for key, one in found.items()}  # type: ignore[return-value]
    return value
