"""Who is asking: resolved once at the door from a session cookie, then passed along as a value."""

from __future__ import annotations

from typing import Literal

import msgspec

from cases.vocabulary import Role


class Actor(msgspec.Struct, frozen=True):
    """`kind` says how the person came in: a signed-in account of staff or of a resident, a seat by its link, a party by the link to its own page, a guest's own
    report, a public code, another system that refers cases, or the server. A resident is nobody to a case: each of the own ones is opened as the report or the seat that it is.

    `id` is the account id, the resident's id, seat id, party's id, case id of the report, or public code. `case_id` and `session_id` bind seats, parties and guests to one case.
    """

    kind: Literal["account", "resident", "seat", "party", "reporter", "public", "wall", "referrer", "system"]
    id: str
    name: str = ""
    role: Role | None = None
    org: str = ""
    region: str = ""
    case_id: str = ""
    session_id: str = ""

    @property
    def ledger_name(self) -> str:
        """How the ledger calls this actor: never a person's name."""
        return f"{self.kind}:{self.id}"


SYSTEM = Actor(kind="system", id="server")
