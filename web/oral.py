"""The end by word of mouth: the registration form is printed and kept, its hash goes into the chain, and the case is agreed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from copy import deepcopy
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from agreements.fonts import FontDirs
from agreements.oral_pdf import OralFacts, print_oral
from cases import performance
from cases.actor import Actor
from cases.case import Case, Numbering, Person, agreed_orally
from cases.errors import Conflict, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Blobs, Clock, Happened
from cases.vocabulary import Action, CaseStage, SessionStage
from evidence.citation import Citation
from rooms import oral_agreement
from rooms.commands import ConcludeOral
from rooms.handling import seat_of, standings
from rooms.room import Room, move
from rooms.settling import settle_recording
from storage.cited_recording import recording_cited
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import NewFile, Outcome, Store
from web.ceremony_steps import blob_of, keep

CAPACITIES = {"applicant": "申请人", "respondent": "被申请人"}
FORM, TEXT = "oral-form", "oral-text"
FORM_NAME, TEXT_NAME = "oral/registration.pdf", "oral/agreement.json"
"""In a bundle."""


class OralDesk:
    def __init__(
        self, store: Store, reader: Reader, blobs: Blobs, clock: Clock, pool: Executor, font_dirs: FontDirs, base_url: str
    ) -> None:
        self._store, self._reader, self._blobs, self._clock, self._pool = store, reader, blobs, clock, pool
        self._font_dirs, self._base_url = font_dirs, base_url

    async def conclude(self, command: ConcludeOral, actor: Actor, receipt: str) -> dict[str, Any]:
        """Raises `Refusal`. The form is printed of the state that was read; the commit compares it with the present one."""
        known = await self._reader.receipt(receipt) if receipt else None
        if known is not None:
            return known
        dossier = await self._reader.dossier(command.case)
        now = self._clock.now()
        text = _concluded(dossier, actor, command.hash, now)
        cited = await recording_cited(command.case)
        print_it: Callable[[], bytes] = partial(print_oral, text, self._facts(dossier, cited), self._font_dirs)
        pdf = await asyncio.get_running_loop().run_in_executor(self._pool, print_it)
        files = [await keep(self._blobs, text, TEXT), await keep(self._blobs, pdf, FORM)]
        return await self._store.execute(command.case, _entered(actor, command.hash, now, text, cited, files), receipt)

    def _facts(self, dossier: Dossier, cited: Citation) -> OralFacts:
        case = dossier.case
        return OralFacts(
            number=case.number or case.code,
            committee=case.mediator.org_name if case.mediator else "",
            mediator=case.mediator.name if case.mediator else "",
            dispute_type=case.dispute_type,
            parties=_details(case, dossier.room),
            link=f"{self._base_url}/c/{case.code}",
            recording=cited,
        )

    async def form(self, room: Room | None) -> bytes:
        """Raises `NotFound` where nothing was agreed by word of mouth."""
        if room is None or room.oral is None or not room.oral.file:
            raise NotFound("no_oral", "There is no oral agreement")
        return await self._blobs.get(blob_of(FORM, room.oral.file))

    async def files(self, room: Room | None) -> dict[str, bytes]:
        """For a bundle, by their names there; empty where nothing was agreed by word of mouth."""
        if room is None or room.oral is None or not room.oral.file:
            return {}
        return {FORM_NAME: await self.form(room), TEXT_NAME: oral_agreement.canonical(room)}


def parties_of(case: Case, room: Room | None) -> list[tuple[str, str]]:
    """Name and capacity of the parties who have a seat in the session."""
    return [(person.name, capacity) for person, capacity in seated(case, room)]


def _details(case: Case, room: Room | None) -> list[tuple[str, str]]:
    """As the form has them: the capacity with number and address, where they are known (人民调解法 29: the parties' details)."""
    found = []
    for person, capacity in seated(case, room):
        more = [f"证件号码 {person.id_number}"] * bool(person.id_number) + [f"住址 {person.address}"] * bool(person.address)
        found.append((person.name, "，".join([capacity, *more])))
    return found


def seated(case: Case, room: Room | None) -> list[tuple[Person, str]]:
    """The parties who have a seat in the session, each with what it is called."""
    there = {seat.party for seat in room.parties()} if room is not None else set()
    return [(person, CAPACITIES.get(person.capacity, "当事人")) for person in case.parties if person.id in there]


def _concluded(dossier: Dossier, actor: Actor, digest: str, now: datetime) -> bytes:
    """The canonical bytes of what would be concluded now, on a copy; raises `Refusal` where it may not be."""
    room = deepcopy(dossier.room)
    if room is None:
        raise NotFound("no_session", "There is no session in this case")
    _conclude(room, dossier, actor, digest, now)
    return oral_agreement.canonical(room)


def _conclude(room: Room, dossier: Dossier, actor: Actor, digest: str, now: datetime) -> None:
    demand(standings(room, actor), Action.RECORD_ORAL, room.stage)
    seat = seat_of(room, actor)
    assert seat is not None
    if dossier.case.stage is not CaseStage.MEDIATING:
        raise OutOfTurn("wrong_stage", "This case is no longer being mediated", stage=str(dossier.case.stage))
    oral_agreement.demand_open(room, seat, dossier.facts())
    oral_agreement.conclude(room, digest, now)


def _entered(actor: Actor, digest: str, at: datetime, text: bytes, cited: Citation, files: list[NewFile]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        assert room is not None
        before = room.stage
        _conclude(room, dossier, actor, digest, at)
        if oral_agreement.canonical(room) != text:
            raise Conflict("oral_changed", "The text was changed meanwhile; please read it again")
        assert room.oral is not None
        room.oral.file = files[1].sha256
        agreed_orally(dossier.case, now)
        move(room, SessionStage.ARCHIVE, dossier.facts())
        told = {"sha256": hashlib.sha256(text).hexdigest(), "form": room.oral.file, "by": actor.ledger_name}
        happened = [
            Happened("oral.concluded", {**told, "recording": msgspec.to_builtins(cited)}),
            Happened("stage.moved", {"from": str(before), "to": "archive"}),
        ]
        if settle_recording(room, now):
            room.epoch += 1
            happened.append(Happened("recording.stopped", {"reason": "archive"}))
        papers = {FORM_NAME: room.oral.file, TEXT_NAME: hashlib.sha256(text).hexdigest()}
        # What was agreed by word of mouth has no fields: the mediator enters what is owed by hand.
        begun = performance.begin(dossier.case, [])
        return Outcome([*happened, Happened("case.agreed", {"papers": papers}), *begun], {"form": room.oral.file}, files=files)

    return decide
