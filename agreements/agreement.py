"""The agreement of a case as it is kept: its draft's name, what the draft still lacks, the frozen text, and the ceremony. Pure.

`summary` is what people in the room read of it; it holds nothing of the draft's text but what remarks quote: the text has its own relay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from agreements import ceremony as c
from agreements import remarks
from agreements.ceremony import Ceremony, CeremonyError, Signer, Stage
from agreements.facts import CaseFacts, Party
from agreements.one_time_code import AskedCode, bound_to
from agreements.remarks import Remark
from cases.acting import Acting
from cases.case import Case
from cases.errors import Conflict, OutOfTurn, Refusal

MEDIATOR_SEAT = "m"


class ClauseText(msgspec.Struct):
    """A frozen clause as it is confirmed: `text` is plain, with fields written out."""

    id: str
    title: str
    text: str


class SheetFile(msgspec.Struct):
    """A page that came back signed: SHA-256 of the page laid flat, of the photograph it was found on, and of the file as it came, with that one's ending."""

    leaf: str
    photo: str
    source: str
    ending: str


class Agreement(msgspec.Struct, omit_defaults=True):
    document: str
    missing: list[str] = []
    remarks: list[Remark] = []
    paper_only: str = ""
    ceremony: Ceremony | None = None
    clauses: list[ClauseText] = []
    pages: int = 0
    file: str = ""  # blob of the present PDF
    stamped_until: datetime | None = None  # once in force: when the certificate of its last document timestamp ends
    content: str = ""  # blob of the canonical bytes
    fields: dict[str, str] = {}  # seat → PDF field
    names: dict[str, str] = {}  # seat → name as printed
    void_reason: str = ""
    anchor: str = ""
    frozen_size: int = 0  # bytes of the file before anybody signed it
    printed: str = ""  # blob of what was printed to be signed on paper
    sheets: dict[str, SheetFile] = {}  # page from 1 → what came back
    code_way: str = ""  # how one-time codes are told, as it was at the freeze; empty: none is asked for
    codes: dict[str, AskedCode] = {}  # seat → the last one

    @property
    def on_paper(self) -> bool:
        return self.ceremony is not None and self.ceremony.way is c.Way.PAPER

    @property
    def stage(self) -> str:
        return str(self.ceremony.stage) if self.ceremony else str(Stage.DRAFTING)

    @property
    def progress(self) -> str:
        """The stage, with `confirmed` between confirming and signing: every party has confirmed every clause."""
        state = self.ceremony
        if state is not None and state.stage is Stage.CONFIRMING:
            pairs = {(seat, clause) for seat in state.parties() for clause in state.clauses}
            if pairs <= state.confirmed:
                return "confirmed"
        return self.stage

    @property
    def revision(self) -> int:
        return self.ceremony.revision if self.ceremony else 0

    def bound(self, session: str, seat: str, device: int) -> str:
        """What a one-time code of this seat is for at present, on the `device` that it has now."""
        state = self.ceremony
        assert state is not None
        return bound_to(session, seat, device, state.revision, state.content_hash, state.frozen_hash)

    def summary(self) -> dict[str, Any]:
        """For the room's document. Lists are keyed by seat, so that a change is a small patch."""
        state = self.ceremony
        doc: dict[str, Any] = {
            "stage": self.stage,
            "document": self.document,
            "revision": self.revision,
            "missing": list(self.missing),
            "paper_only": self.paper_only or None,
            "void_reason": self.void_reason or None,
        }
        if state is None or state.stage in {Stage.DRAFTING, Stage.ENDED}:
            return doc | {"remarks": remarks.told(self.remarks), "settled_remarks": remarks.told_settled(self.remarks) or None}
        confirmed: dict[str, list[str]] = {seat: [] for seat in state.parties()}
        for seat, clause in sorted(state.confirmed):
            confirmed[seat].append(clause)
        if self.on_paper:
            doc |= {"way": str(state.way), "leaves": list(state.leaves)}
        return doc | {
            "hash": state.content_hash,
            "clauses": [msgspec.to_builtins(clause) for clause in self.clauses],
            "pages": self.pages,
            "confirmed": confirmed,
            "signed": list(state.signed),
            "sealed": state.sealed,
            "signers": dict(self.names),
            "anchor": self.anchor,
            "frozen": {"hash": state.frozen_hash, "size": self.frozen_size} if self.frozen_size else None,
            "code_way": self.code_way or None,
        }

    def demand(self, command: c.Command) -> list[c.Event]:
        """What the command would cause; nothing is changed. Raises `Refusal` in the house's own terms."""
        assert self.ceremony is not None, "a ceremony begins with the first freeze"
        try:
            return c.decide(self.ceremony, command)
        except CeremonyError as error:
            raise _refusal(error) from None

    def apply(self, command: c.Command) -> list[c.Event]:
        """Decide and evolve. Raises `Refusal`."""
        events = self.demand(command)
        assert self.ceremony is not None
        for event in events:
            self.ceremony = c.evolve(self.ceremony, event)
        return events

    def begin(self, signers: list[Signer]) -> None:
        """Before a freeze: who is to sign. Keeps the count of revisions, so that an old page is never taken for the new one."""
        try:
            fresh = c.begin(signers)
        except CeremonyError as error:
            raise _refusal(error) from None
        if self.ceremony is not None:
            if self.ceremony.stage is not Stage.DRAFTING:
                raise OutOfTurn("wrong_stage", "The text is frozen already", stage=self.stage)
            fresh = msgspec.structs.replace(fresh, revision=self.ceremony.revision)
        self.ceremony = fresh


def _refusal(error: CeremonyError) -> Refusal:
    kind = Conflict if error.retry else OutOfTurn
    return kind(error.code, str(error), **error.data)


def facts_of(case: Case, committee: str, seats: dict[str, str], mediator: str, acting: dict[str, Acting]) -> CaseFacts:
    """What is printed of the case. `seats`: party id → seat, for the parties who sit in the session; `acting`: party id → who sits there for it."""
    roles = {"applicant": "申请人", "respondent": "被申请人"}
    parties = [
        Party(
            seat=seats[p.id],
            name=p.name,
            role=roles.get(p.capacity, "当事人"),
            id_number=p.id_number,
            address=p.address,
            represented_by=acting[p.id].represented_by if p.id in acting else "",
            signs_as=acting[p.id].title if p.id in acting else "",
        )
        for p in case.parties
        if p.id in seats
    ]
    return CaseFacts(
        number=case.number,
        committee=committee,
        parties=parties,
        mediator=mediator,
        dispute_type=case.dispute_type,
        facts=case.facts,
        disputes=case.subject,
    )
