"""What a walk tries next: any command by anybody, or the one that was tried least where it is permitted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from cases.actor import Actor
from cases.permissions import ANY, TABLE
from cases.vocabulary import Action, CaseStage, Role, Standing
from realtime import messages
from realtime.own_document import held_of
from storage.dossier import Dossier

A = Action
NEEDS: dict[str, tuple[Action, ...]] = {
    "withdraw_expert": (A.INVITE_EXPERT,), "extend_expert": (A.INVITE_EXPERT,), "invite_expert": (A.INVITE_EXPERT,), "join_case": (A.JOIN,),
    "place_hold": (A.HOLD,), "lift_hold": (A.HOLD,), "make_page": (A.SEND_PAGE,), "close_page": (A.SEND_PAGE,),
    "set_obligation": (A.KEEP_SCHEDULE,), "drop_obligation": (A.KEEP_SCHEDULE,), "answer_receipt": (A.TELL_RECEIPT,),
    "confirm_receipt": (A.NOTE_RECEIPT,), "take_back_receipt": (A.NOTE_RECEIPT, A.TELL_RECEIPT), "waive_obligation": (A.NOTE_RECEIPT,),
    "plan_visit": (A.FOLLOW_UP,), "note_visit": (A.FOLLOW_UP,), "release_words": (A.ANSWER_RATING,), "propose_times": (A.SCHEDULE,),
    "note_times": (A.SCHEDULE,), "fix_time": (A.SCHEDULE,), "move_time": (A.SCHEDULE,), "call_off": (A.SCHEDULE,),
    "drop_statement": (A.PROPOSE_STATEMENT,), "come_after_all": (A.ASK_STATEMENT,), "ask_identity": (A.CHECK_STATEMENT,),
    "answer_identity": (A.GIVE_STATEMENT,), "withdraw_statement": (A.GIVE_STATEMENT,), "hear_statement": (A.PRESENT_STATEMENT,),
    "knock": (A.ENTER,), "set_media": (A.PUBLISH_MEDIA,), "mute_seat": (A.MUTE_OTHER,), "answer_media": (A.PUBLISH_MEDIA,), "say": (A.CHAT,),
    "open_caucus": (A.CAUCUS,), "close_caucus": (A.CAUCUS,), "set_recording": (A.RECORD,), "leave_room": (A.LEAVE,), "write_line": (A.WRITE_RECORD,),
    "change_line": (A.WRITE_RECORD,), "strike_line": (A.WRITE_RECORD,), "confirm_lines": (A.CONFIRM_RECORD,), "object_to_line": (A.CONFIRM_RECORD,),
    "write_oral": (A.RECORD_ORAL,), "read_oral": (A.RECORD_ORAL,), "state_oral": (A.RECORD_ORAL,), "doubt_oral": (A.CONFIRM_ORAL,),
    "drop_oral": (A.RECORD_ORAL,), "conclude_oral": (A.RECORD_ORAL,), "ask_code": (A.SIGN,), "answer_code": (A.SIGN,), "begin_signing": (A.SIGN,),
    "prepare_signature": (A.SIGN,), "complete_signature": (A.SIGN,), "refuse_to_sign": (A.SIGN,), "drop_page": (A.FILE_PAPER,),
    "settle_remark": (A.REMARK,), "answer_remark": (A.REMARK,), "reopen_remark": (A.REMARK,), "open_private_draft": (A.PRIVATE_DRAFT,),
}  # fmt: skip
"""Of commands that are not called as their action is."""
PERMITTED, GOES_ON, FAIR = 0.75, 0.9, 0.7
"""Shares: of what is tried, what is permitted; nothing that ends a case or a session; and of what is permitted, what was tried least."""
ENDING = frozenset(
    {
        "withdraw",
        "close_case",
        "end_session",
        "remove_seat",
        "decline_report",
        "answer_matter",
        "give_back",
        "refuse_to_sign",
        "approve_destruction",
    }
)
"""What the rest of a case's walk would be short by."""


def _members(union: Any) -> list[type[msgspec.Struct]]:
    found: list[type[msgspec.Struct]] = []
    for one in get_args(union):
        found += _members(one) if get_args(one) else [one]
    return found


COMMANDS = tuple(_members(messages.Command))
"""Every one of the protocol."""


def tag_of(command: Any) -> str:
    """Of a command, or of its kind."""
    return str(command.__struct_config__.tag)


def action_of(command: type[msgspec.Struct]) -> tuple[Action, ...]:
    """One of these is needed for it. Raises `ValueError` for one of which nothing is known."""
    tag = tag_of(command)
    return NEEDS[tag] if tag in NEEDS else (Action(tag),)


def permitted(dossier: Dossier, actor: Actor, kind: type[msgspec.Struct]) -> bool:
    """As the table says."""
    held = held_of(actor, dossier)
    return any(_may(dossier, standing, action) for standing in held for action in action_of(kind))


def _may(dossier: Dossier, standing: Standing, action: Action) -> bool:
    stages = TABLE[action].get(standing)
    if stages is None or stages == ANY:
        return stages is not None
    of_case = isinstance(next(iter(stages)), CaseStage)
    return (dossier.case.stage if of_case else dossier.room.stage if dossier.room is not None else None) in stages


class Tries:
    """How often each command was tried by somebody who may. `by`: chooses."""

    def __init__(self, by: random.Random) -> None:
        self._by = by
        self.counts: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, tuple[Standing, ...]]] = Counter()
        self._open: dict[tuple[Any, ...], tuple[type[msgspec.Struct], ...]] = {}

    def note(self, dossier: Dossier, actor: Actor, kind: type[msgspec.Struct]) -> None:
        self.counts[tag_of(kind)] += 1
        self._pairs[tag_of(kind), held_of(actor, dossier)] += 1

    def choose(self, dossier: Dossier, people: Sequence[Actor]) -> tuple[Actor, type[msgspec.Struct]]:
        """Whoever has something to do with the case, mostly with something permitted: whatever is tried blindly is mostly refused."""
        ends = self._by.random() >= GOES_ON
        if self._by.random() < PERMITTED:
            open_to = [(actor, kind) for actor in people for kind in self._permitted(dossier, actor) if ends or tag_of(kind) not in ENDING]
            if open_to and self._by.random() < FAIR:
                least = min(self._rank(dossier, *one) for one in open_to)
                open_to = [one for one in open_to if self._rank(dossier, *one) == least]
            if open_to:
                return self._by.choice(open_to)
        return self._by.choice(people), self._by.choice([one for one in COMMANDS if ends or tag_of(one) not in ENDING])

    def _rank(self, dossier: Dossier, actor: Actor, kind: type[msgspec.Struct]) -> tuple[int, int]:
        """By command, and among those alike by what whoever tries it is to the case."""
        tag = tag_of(kind)
        return self.counts[tag], self._pairs[tag, held_of(actor, dossier)]

    def _permitted(self, dossier: Dossier, actor: Actor) -> tuple[type[msgspec.Struct], ...]:
        held = held_of(actor, dossier)
        where = (held, dossier.case.stage, dossier.room.stage if dossier.room is not None else None)
        if where not in self._open:
            self._open[where] = tuple(one for one in COMMANDS if permitted(dossier, actor, one))
        return self._open[where]

    def never(self) -> list[str]:
        """Commands that nobody has tried who may."""
        return sorted({tag_of(one) for one in COMMANDS} - self.counts.keys())


def people_of(dossier: Dossier, accounts: Sequence[Actor]) -> list[Actor]:
    """Who has something to do with the case, twice as likely as anybody else."""
    case, room = dossier.case, dossier.room
    near = [one for one in accounts if one.role is Role.CENTRE or held_of(one, dossier)]
    near += [Actor("reporter", case.id, case_id=case.id), *(Actor("party", one.id, case_id=case.id) for one in case.parties)]
    if room is not None:
        near += [Actor("seat", seat, case_id=case.id, session_id=room.id) for seat in room.seats if seat[0] not in "ma"]
    far = [
        Actor("public", case.code),
        Actor("reporter", "another", case_id="another"),
        Actor("wall", "139901", role=Role.WALL, region="139901"),
    ]
    return [*near, *near, *accounts, *far]
