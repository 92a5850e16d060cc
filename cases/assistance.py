"""A share in a joint mediation (联合调解): an organisation that is asked to join the lead (主办), and who of it assists (协办). Pure data; its rules are `cases.joint_mediation`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import ShareState


class Share(msgspec.Struct, omit_defaults=True):
    """`asked`: accounts of the organisation that may take it, without those who declined; `declined`: why they did, and `declined_by` the names, in the same order. `account` and `name`: who joined. `closed_why`: in the
    words of whoever left or was released."""

    id: str
    org: str
    org_name: str
    reason: str
    asked_by: str
    asked_at: datetime
    asked: list[str] = []
    declined: list[str] = []
    declined_by: list[str] = []
    state: ShareState = ShareState.ASKED
    account: str = ""
    name: str = ""
    joined_at: datetime | None = None
    closed_at: datetime | None = None
    closed_why: str = ""

    @property
    def waits(self) -> bool:
        return self.state is ShareState.ASKED

    @property
    def assists(self) -> bool:
        return self.state is ShareState.JOINED

    @property
    def open(self) -> bool:
        return self.waits or self.assists

    def close(self, state: ShareState, now: datetime, why: str = "") -> None:
        self.state, self.closed_at, self.closed_why = state, now, why
