"""What the code says that the documentation must say too: every code of a refusal, found in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFUSALS = {
    "Refusal",
    "NotSigned",
    "NotAllowed",
    "NotFound",
    "OutOfTurn",
    "Conflict",
    "Invalid",
    "TooMuch",
    "OutOfOrder",
    "Unavailable",
    "BucketAway",
    "WrongType",
    "TooLarge",
    "OutOfRange",
}
# Errors of the pure rules that reach a client under a prefix: (files, class, prefix).
PREFIXED = (
    ("agreements/guard.py", "Refused", "draft_"),
    ("agreements/guard.py", "UpdateError", "draft_"),
    ("agreements/schema.py", "SchemaError", "draft_"),
    ("agreements/update_format.py", "UpdateError", "draft_"),
    ("agreements/strokes.py", "StrokesError", "strokes_"),
    ("agreements/signing.py", "SigningError", "signing_"),
    ("agreements/own_key.py", "SigningError", "signing_"),
    ("agreements/ceremony.py", "CeremonyError", ""),
)
FOLDERS = ("cases", "rooms", "agreements", "storage", "realtime", "web")


def refusal_codes() -> dict[str, str]:
    """Code → the English sentence where it is a constant, else the source of the expression."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for code, sentence in _codes(path, REFUSALS):
                found.setdefault(code, sentence)
    for name, kind, prefix in PREFIXED:
        for code, sentence in _codes(ROOT / name, {kind}):
            found.setdefault(prefix + code, sentence)
    for path in sorted((ROOT / "rooms" / "media").glob("*.py")):
        for code, sentence in _codes(path, {"EngineError"}):
            found.setdefault("media_" + code, sentence)
    return found


def _codes(path: Path, kinds: set[str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
            first, last = node.args[0], node.args[-1] if len(node.args) > 1 else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, _text(last)
            elif isinstance(first, ast.IfExp):
                for side in (first.body, first.orelse):
                    if isinstance(side, ast.Constant):
                        yield str(side.value), _text(last)


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
    return ""
