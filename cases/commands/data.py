"""What people ask of their personal data."""

from __future__ import annotations

import msgspec

from cases.data_request import Ground, Wish


class AskData(msgspec.Struct, tag_field="t", tag="ask_data", forbid_unknown_fields=True):
    """Who reported asks about the personal data in the file: to see, correct, delete or object."""

    case: str
    wish: Wish
    words: str


class AnswerData(msgspec.Struct, tag_field="t", tag="answer_data", forbid_unknown_fields=True):
    """The centre's answer, once. `ground` is needed where it is refused."""

    case: str
    request: str
    granted: bool
    reason: str
    ground: Ground | None = None


DataCommand = AskData | AnswerData
