"""A case that its lead has brought before the governance centre (上报): why, and what the centre said. Pure data; its rules are `cases.escalation`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import EscalationState


class Escalation(msgspec.Struct, omit_defaults=True):
    """`account` and `name`: of the lead who did; `overdue`: the term was over by then. `words` and `answered_by`: the centre's, by name."""

    id: str
    reason: str
    account: str
    name: str
    at: datetime
    overdue: bool = False
    state: EscalationState = EscalationState.OPEN
    closed_at: datetime | None = None
    answered_by: str = ""
    words: str = ""

    @property
    def open(self) -> bool:
        return self.state is EscalationState.OPEN

    @property
    def answered(self) -> bool:
        return self.state in {EscalationState.INSTRUCTED, EscalationState.TAKEN}

    def close(self, state: EscalationState, now: datetime) -> None:
        self.state, self.closed_at = state, now
