"""A case among those of a resident (我的事项): whether it is shown, and what the resident has to do in it. Pure.

Rules
* Whose case it is follows from a telephone that was proved by a code, never from a name: of who reported from that alone. The number of another party was typed by the
  other side or in an office and may be anybody's: there it counts only once whoever has the account sits there and was compared with the card (`binds`).
* Who reported sees the case. Another party sees that it exists only then, and while it has its place: a report is not told to whom it is about by a number alone.
* What is to be done in the room is named only where the room can be entered: by the seat's own link, which the mediator made and can withdraw.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cases.case import Case
from cases.permissions import may
from cases.vocabulary import Action, CaseStage, Standing


class Doing(StrEnum):
    """What waits for the resident, in this order."""

    SIGN = "sign"
    CONFIRM = "confirm"
    ANSWER_TIMES = "answer_times"
    ENTER = "enter"
    ANSWER_RECEIPT = "answer_receipt"
    PERFORM = "perform"
    RATE = "rate"


class Facts(msgspec.Struct, frozen=True):
    """`standing`: reporter or party. `seated`: has a place in the session; `link`: and a link to it that is in force; `open`: the session goes on; `confirms`,
    `signs`: the frozen text waits for this party; `asked`: receipts of the other side without an answer; `owes`: obligations that are open; `rates`: may still rate; `times`: times that are
    proposed wait for this party."""

    standing: Standing
    stage: CaseStage
    seated: bool = False
    link: bool = False
    open: bool = False
    confirms: bool = False
    signs: bool = False
    asked: int = 0
    owes: int = 0
    rates: bool = False
    times: bool = False


def binds(case: Case, party: str, phone: str, verified: bool) -> bool:
    """Whether the case is from now on that of the account with this number, in whose browser the session of a party's own place goes on. `verified`: whoever sits there
    was compared with the card, on this device. Who reported has it anyway."""
    return verified and any(one.id == party and one.phone == phone for one in case.parties if one is not case.reporter)


def shown(facts: Facts) -> bool:
    """Whether the case stands in the list."""
    if not may((facts.standing,), Action.SEE_MATTER, facts.stage):
        return False
    return facts.standing is Standing.REPORTER or facts.seated


def may_enter(facts: Facts) -> bool:
    """Whether the list leads to the party's own place in the session."""
    return facts.seated and facts.link and may((Standing.PARTY,), Action.COME_BY_ACCOUNT, facts.stage)


def to_do(facts: Facts) -> list[Doing]:
    """The most urgent first. Empty: nothing, others act."""
    if not shown(facts):
        return []
    inside = may_enter(facts)
    reaches = inside or facts.standing is Standing.REPORTER
    in_room = inside and facts.open and facts.stage is CaseStage.MEDIATING
    held = (facts.standing,)
    wanted = {
        Doing.SIGN: in_room and facts.signs,
        Doing.CONFIRM: in_room and facts.confirms,
        Doing.ANSWER_TIMES: reaches and facts.times and may(held, Action.ANSWER_TIMES, facts.stage),
        Doing.ENTER: in_room,
        Doing.ANSWER_RECEIPT: reaches and facts.asked > 0 and may(held, Action.TELL_RECEIPT, facts.stage),
        Doing.PERFORM: reaches and facts.owes > 0 and may(held, Action.TELL_RECEIPT, facts.stage),
        Doing.RATE: reaches and facts.rates and may(held, Action.RATE, facts.stage),
    }
    return [doing for doing in Doing if wanted[doing]]
