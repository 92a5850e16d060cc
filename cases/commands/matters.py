"""What ends a livelihood matter."""

from __future__ import annotations

import msgspec

from cases.vocabulary import MatterOutcome


class AnswerMatter(msgspec.Struct, tag_field="t", tag="answer_matter", forbid_unknown_fields=True):
    """`words`: what was done, or why not and who can; read by whoever reported."""

    case: str
    outcome: MatterOutcome
    words: str
