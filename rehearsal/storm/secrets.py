"""What some people may never receive, in whatever frame."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rehearsal.storm.page import Page


class Secret(msgspec.Struct, frozen=True):
    """`text` may reach the pages named in `known_to`, and nobody else."""

    text: str
    known_to: frozenset[str] = frozenset()


def told(secrets: Iterable[Secret], pages: Iterable[Page]) -> list[str]:
    """A sentence for each secret that stands anywhere in the bytes that somebody received who may not know it."""
    heard = [(page.name, page.heard) for page in pages]
    return [
        f"{name} received {secret.text}, which is not for them"
        for secret in secrets
        for name, data in heard
        if name not in secret.known_to and secret.text.encode() in data
    ]
