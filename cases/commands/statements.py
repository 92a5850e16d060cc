"""What people ask of a party's own page and of statements from afar (非同步陈述)."""

from __future__ import annotations

import msgspec


class MakePage(msgspec.Struct, tag_field="t", tag="make_page", forbid_unknown_fields=True):
    """A link to a party's own page of the case, before there is a seat for it. One that was made before ends, with what it opened."""

    case: str
    party: str


class ClosePage(msgspec.Struct, tag_field="t", tag="close_page", forbid_unknown_fields=True):
    """The party's link, and what it opened, end."""

    case: str
    party: str


class AskStatement(msgspec.Struct, tag_field="t", tag="ask_statement", forbid_unknown_fields=True):
    """A party cannot come, says why, and wants to give its statement (陈述) from afar."""

    case: str
    why: str


class ProposeStatement(msgspec.Struct, tag_field="t", tag="propose_statement", forbid_unknown_fields=True):
    """The mediator proposes that to a party."""

    case: str
    party: str


class DropStatement(msgspec.Struct, tag_field="t", tag="drop_statement", forbid_unknown_fields=True):
    """The mediator takes back what was asked for or proposed, while no statement is there."""

    case: str
    party: str


class ComeAfterAll(msgspec.Struct, tag_field="t", tag="come_after_all", forbid_unknown_fields=True):
    """A party can come after all: what it asked for, or the mediator proposed, is over, while no statement of it is there."""

    case: str


class AgreeStatements(msgspec.Struct, tag_field="t", tag="agree_statements", forbid_unknown_fields=True):
    """A party's word on statements from afar, its own or another's; changed until one was shown."""

    case: str
    agreed: bool


class AskIdentity(msgspec.Struct, tag_field="t", tag="ask_identity", forbid_unknown_fields=True):
    """The mediator has the party on the telephone and compares the person with the case: a code to be read out."""

    case: str
    party: str


class AnswerIdentity(msgspec.Struct, tag_field="t", tag="answer_identity", forbid_unknown_fields=True):
    """A party enters that code on its own page."""

    case: str
    code: str


class WithdrawStatement(msgspec.Struct, tag_field="t", tag="withdraw_statement", forbid_unknown_fields=True):
    """A party takes its own statement back, until others can see it."""

    case: str


class ReleaseStatement(msgspec.Struct, tag_field="t", tag="release_statement", forbid_unknown_fields=True):
    """The mediator shows it to the other parties before the session, where the party has agreed to that."""

    case: str
    party: str


class PresentStatement(msgspec.Struct, tag_field="t", tag="present_statement", forbid_unknown_fields=True):
    """The mediator shows it to everybody in the session, in the stage of statements."""

    case: str
    party: str


class HearStatement(msgspec.Struct, tag_field="t", tag="hear_statement", forbid_unknown_fields=True):
    """It was read out: the party that is not there has spoken."""

    case: str
    party: str


StatementCommand = (
    AskStatement | ProposeStatement | DropStatement | ComeAfterAll | AgreeStatements | AskIdentity | AnswerIdentity | WithdrawStatement | ReleaseStatement
)  # fmt: skip


ShowCommand = PresentStatement | HearStatement


PageCommand = MakePage | ClosePage
