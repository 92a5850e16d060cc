"""JSON merge patches (RFC 7396) over documents without nulls: how every topic's document changes.

`apply(before, diff(before, after)) == after` for all documents whose values are objects, lists, strings, numbers or booleans.
A list is replaced whole. Null is not a value here but the sign for removal.
"""

from __future__ import annotations

from typing import Any

Doc = dict[str, Any]


def diff(before: Doc, after: Doc) -> Doc:
    """The smallest merge patch that leads from `before` to `after`; empty when they are equal. Parts that are one and the same object are not looked into."""
    patch: Doc = {}
    for key in before.keys() - after.keys():
        patch[key] = None
    for key, new in after.items():
        if key not in before:
            patch[key] = new
            continue
        old = before[key]
        if old is new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            inner = diff(old, new)
            if inner:
                patch[key] = inner
        elif type(old) is not type(new) or old != new:
            patch[key] = new
    return patch


def apply(document: Doc, patch: Doc) -> Doc:
    """A new document; the given one is not changed."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            old = result.get(key)
            result[key] = apply(old if isinstance(old, dict) else {}, value)
        else:
            result[key] = value
    return result


def without_nulls(value: Any) -> Any:
    """A document in which absent things are absent, since null means removal."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    return value
