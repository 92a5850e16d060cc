"""An expert of the pool, invited to one session: its states, and the table of what leads from one to another. Pure.

Rules
* Every change of state is in `MOVES`; what is not there cannot happen. States that nothing leads out of are over for good: their seat is withdrawn.
* Nobody is seated who has not declared to have no interest in the case (在线调解规则 13). Who has one may still say so at the table, and leaves it.
* The seat itself, the parties' consent to it (人民调解法 20) and its minutes are the room's (`rooms.room`); what follows from them here, `rooms.expert_seats`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cases.errors import OutOfTurn
from cases.vocabulary import InvitationState as S

LEAST_MINUTES, MOST_MINUTES = 5, 30
OPEN_LIMIT, CASE_LIMIT = 3, 20
"""Invitations of one case: open at once, and ever."""
BRIEF_LIMIT, REASON_LIMIT = 1000, 200


class Move(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    DECLARE = "declare"  # a conflict of interest
    SEAT = "seat"
    END = "end"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[S, Move], S] = {
    (S.SENT, Move.ACCEPT): S.ACCEPTED,
    (S.SENT, Move.DECLINE): S.DECLINED,
    (S.SENT, Move.DECLARE): S.CONFLICT,
    (S.SENT, Move.EXPIRE): S.EXPIRED,
    (S.SENT, Move.WITHDRAW): S.WITHDRAWN,
    (S.ACCEPTED, Move.DECLINE): S.DECLINED,
    (S.ACCEPTED, Move.DECLARE): S.CONFLICT,
    (S.ACCEPTED, Move.SEAT): S.SEATED,
    (S.ACCEPTED, Move.EXPIRE): S.EXPIRED,
    (S.ACCEPTED, Move.WITHDRAW): S.WITHDRAWN,
    (S.SEATED, Move.DECLARE): S.CONFLICT,
    (S.SEATED, Move.END): S.DONE,
    (S.SEATED, Move.WITHDRAW): S.WITHDRAWN,
}
OPEN = frozenset({S.SENT, S.ACCEPTED, S.SEATED})


class Invitation(msgspec.Struct, omit_defaults=True):
    """`expert`: the entry of the pool; `until`: when the answer comes too late; `files`: photographs of the case that may be looked at from the seat; `at`: for when,
    where not at once; `leaves_at`: when the minutes at the table are over."""

    id: str
    expert: str
    name: str
    kind: str
    session: str
    seat: str
    sent_at: datetime
    until: datetime
    minutes: int
    brief: str
    state: S = S.SENT
    files: list[str] = []
    at: datetime | None = None
    reason: str = ""
    extended: bool = False
    seated_at: datetime | None = None
    leaves_at: datetime | None = None
    ended_at: datetime | None = None
    score: int = 0

    @property
    def open(self) -> bool:
        return self.state in OPEN


def move(invitation: Invitation, by: Move, now: datetime) -> None:
    """Raises `OutOfTurn` where nothing leads from the present state."""
    following = MOVES.get((invitation.state, by))
    if following is None:
        raise OutOfTurn("invitation_over", "This invitation has gone on meanwhile; look at its state", state=str(invitation.state))
    invitation.state = following
    if following is S.SEATED:
        invitation.seated_at = now
    if not invitation.open:
        invitation.ended_at = now
