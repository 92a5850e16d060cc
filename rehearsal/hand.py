"""A hand on the draft: a Yjs document as a browser holds it, with the few edits that a rehearsal makes."""

from __future__ import annotations

import json
from math import sin
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from agreements.schema import read_document

ROOT = "agreement"


class Hand:
    """`take()` returns what was edited since the last call, as one update."""

    def __init__(self, client_id: int, state: bytes) -> None:
        self.doc: Doc[Any] = Doc(client_id=client_id)
        self.doc.apply_update(state)
        self._seen = self.doc.get_state()
        self._written: dict[str, XmlText] = {}

    @property
    def clauses(self) -> list[Any]:
        return list(self.doc.get(ROOT, type=XmlFragment).children)

    def clause(self, clause_id: str) -> Any:
        return next(c for c in self.clauses if c.attributes["id"] == clause_id)

    def write(self, clause_id: str, text: str) -> None:
        """Go on writing at this hand's own place, which is at first the end of the clause's first paragraph."""
        own = self._written.get(clause_id)
        if own is None:
            own = self._written[clause_id] = XmlText(text)
            self.clause(clause_id).children[0].children.append(own)
        else:
            own.insert(len(own), text)

    def put_field(self, clause_id: str, key: str, kind: str, value: str) -> None:
        """A field at the end of the clause's first paragraph; this hand goes on writing behind it."""
        children = self.clause(clause_id).children[0].children
        children.append(XmlElement("field", {"key": key, "type": kind, "value": value}))
        self._written.pop(clause_id, None)

    def text(self, clause_id: str) -> str:
        """What stands in the first paragraph of a clause, fields left out."""
        return "".join(str(part) for part in self.clause(clause_id).children[0].children if isinstance(part, XmlText))

    def set_field(self, key: str, value: str) -> None:
        for clause in self.clauses:
            for paragraph in clause.children:
                for part in paragraph.children:
                    if isinstance(part, XmlElement) and part.tag == "field" and part.attributes["key"] == key:
                        part.attributes["value"] = value
                        return
        raise KeyError(key)

    def content(self) -> dict[str, Any]:
        """The plain form: attributes have no order in Yjs, so that copies are compared by this."""
        return read_document(self.doc)

    def take(self) -> bytes:
        update = self.doc.get_update(self._seen)
        self._seen = self.doc.get_state()
        return bytes(update)

    def receive(self, update: bytes) -> None:
        self.doc.apply_update(update)
        self._seen = self.doc.get_state()


def scribble() -> str:
    """Three loops, as a handwriting pad would report them."""
    strokes = [
        [[round(60 + 4 * i + 130 * k, 1), round(100 + 60 * sin(i / 5 + k), 1), 12 * i + 1000 * k] for i in range(40)] for k in range(3)
    ]
    return json.dumps({"width": 600, "height": 200, "strokes": strokes})
