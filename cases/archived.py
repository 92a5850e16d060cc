"""That the paper file of a case lies in the archive (归档): kept in the case."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Archived(msgspec.Struct, frozen=True, omit_defaults=True):
    """`missing`: required items (`cases.filing.Doc`) that it lacked, for `reason`. `sha256` and `pages` of the file as it was bound; empty where it was too large for one volume."""

    at: datetime
    by: str
    shelf: str = ""
    missing: list[str] = []
    reason: str = ""
    sha256: str = ""
    pages: int = 0


class TakenOut(msgspec.Struct, frozen=True):
    """That it was taken out of the archive to be put right."""

    at: datetime
    by: str
    reason: str
