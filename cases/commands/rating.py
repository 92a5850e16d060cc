"""What people ask of the ratings of a case that is over."""

from __future__ import annotations

import msgspec


class AnswerRating(msgspec.Struct, tag_field="t", tag="answer_rating", forbid_unknown_fields=True):
    """What came out of the follow-up that a low rating of `party` has asked for, on the day it took place."""

    case: str
    party: str
    on: str
    outcome: str
    satisfied: bool


class ReleaseWords(msgspec.Struct, tag_field="t", tag="release_words", forbid_unknown_fields=True):
    """The mediator may read what `party` wrote, once the case is closed; not that it was this party."""

    case: str
    party: str


RatingCommand = AnswerRating | ReleaseWords
