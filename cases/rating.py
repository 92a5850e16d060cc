"""What somebody thought of a mediation afterwards (评价): the data. Its rules are those of `cases.satisfaction`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import Mark

LOWEST, HIGHEST = 1, 5
LOW = 2
"""Up to which somebody is called about it."""


class Rating(msgspec.Struct, omit_defaults=True):
    """Of one party, once. `score` from 1 to 5; `marks`: what was good; `released`: who of the centre let the mediator read the words, empty while nobody has."""

    party: str
    score: int
    at: datetime
    marks: list[Mark] = []
    words: str = ""
    released: str = ""

    @property
    def low(self) -> bool:
        return self.score <= LOW
