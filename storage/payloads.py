"""What an entry of the ledger tells, beside the chain: sealed under the key of its case, so that it can be destroyed while the chain holds."""

from __future__ import annotations

import json
from typing import Any

from storage.case_keys import CaseKey, Destroyed, Unreadable, keys


def closed(key: CaseKey, entry: str, payload: dict[str, Any]) -> str:
    """As it is kept; `entry` is the hash of the entry that it belongs to."""
    return key.seal(entry, json.dumps(payload, ensure_ascii=False, sort_keys=True))


def told(case: str, wrapped: str, entry: str, body: str) -> dict[str, Any] | None:
    """None: the key that it was sealed under is destroyed. Empty: it was altered. What begins with a brace is of an earlier version, and plain."""
    try:
        text = body if body.startswith("{") else keys().of(case, wrapped).open(entry, body)
        payload = json.loads(text)
    except Destroyed:
        return None
    except (Unreadable, ValueError):
        return {}
    return payload if isinstance(payload, dict) else {}
