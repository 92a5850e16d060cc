"""The update by which some words of a clause give way to others, written by the server on somebody's behalf.

It touches nothing but these words: what others write elsewhere in the same moment stays. Texts are counted in bytes of UTF-8, as the library does.

Errors: `WordsGone` where the clause does not say these words any more, `WordsTwice` where it says them more than once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pycrdt import Doc, XmlElement, XmlText

from agreements.schema import fragment
from agreements.seed import SERVER_CLIENT


class WordsGone(ValueError):
    """The clause, or these words in it, are not there any more."""


class WordsTwice(ValueError):
    """The clause says these words more than once: nobody knows which were meant."""


def reword(state: bytes, clause_id: str, quote: str, wording: str) -> bytes:
    """The update that puts `wording` in the place of `quote`, which stands once, within one paragraph of the clause of the document with this state. Fields are never
    touched: words on both sides of one are not found. Proposed under `SERVER_GRANT`. Raises `WordsGone`, `WordsTwice`."""
    doc: Doc[Any] = Doc(client_id=SERVER_CLIENT)
    doc.apply_update(state)
    before = doc.get_state()
    clause = next((one for one in fragment(doc).children if isinstance(one, XmlElement) and one.attributes["id"] == clause_id), None)
    if clause is None or not quote:
        raise WordsGone(clause_id)
    places = [(run, at) for run in _runs(clause) for at in _places("".join(map(str, run)), quote)]
    if not places:
        raise WordsGone(quote)
    if len(places) > 1:
        raise WordsTwice(quote)
    (run, at) = places[0]
    with doc.transaction():
        _replace(run, at, len(quote), wording)
    return doc.get_update(before)


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    while at >= 0:
        yield at
        at = text.find(quote, at + 1)


def _runs(node: Any) -> Iterator[list[XmlText]]:
    """Texts that stand side by side, of every paragraph in reading order."""
    run: list[XmlText] = []
    for child in node.children:
        if isinstance(child, XmlText):
            run.append(child)
            continue
        if run:
            yield run
            run = []
        yield from _runs(child)
    if run:
        yield run


def _replace(run: list[XmlText], at: int, length: int, wording: str) -> None:
    written = False
    for text in run:
        words = str(text)
        start, end = min(max(at, 0), len(words)), min(max(at + length, 0), len(words))
        if start < end:
            first, last = len(words[:start].encode()), len(words[:end].encode())
            del text[first:last]
            if not written:
                text.insert(first, wording)
                written = True
        at -= len(words)
