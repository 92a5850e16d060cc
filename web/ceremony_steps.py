"""What every step of a signing shares, electronic or on paper: whose it is, what it enters into the ledger, and how an agreement comes into force."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

import msgspec

from agreements import ceremony as c
from agreements.agreement import Agreement
from agreements.obligations import Person, obligations_of
from cases import performance
from cases.actor import Actor
from cases.case import agreement_sealed
from cases.errors import NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Blobs, Happened
from cases.vocabulary import Action, CaseStage, SessionStage
from evidence.manifest import signers_of
from evidence.pdf_check import check_agreement
from rooms.handling import seat_of, standings
from rooms.room import Room, move
from rooms.settling import settle_recording
from storage.dossier import Dossier
from storage.work import NewFile


def blob_of(kind: str, digest: str) -> str:
    """Where a file with this SHA-256 lies in the vault."""
    return f"{kind}/{digest[:2]}/{digest}"


async def keep(blobs: Blobs, data: bytes, kind: str) -> NewFile:
    """Written to the vault before the transaction that names it: a crash between leaves a blob that nothing points to, and that is swept (`storage/sweeping.py`)."""
    digest = hashlib.sha256(data).hexdigest()
    await blobs.put(blob_of(kind, digest), data)
    return NewFile(secrets.token_hex(12), kind, blob_of(kind, digest), digest, len(data))


def checked(pdf: bytes, roots: tuple[bytes, ...]) -> tuple[Any, bool]:
    """Our own validator's verdict on a file before it takes effect. CPU-heavy."""
    return check_agreement(pdf, roots=list(roots), expected=signers_of(pdf))


def happened_of(events: list[c.Event], actor: Actor) -> list[Happened]:
    """Ceremony events as ledger entries, in their order."""
    out = []
    for event in events:
        payload = {k: v for k, v in msgspec.to_builtins(event).items() if k != "type"}
        out.append(Happened(f"agreement.{type(event).__name__.lower()}", {**payload, "by": actor.ledger_name}))
    return out


def own_of(dossier: Dossier, actor: Actor, action: Action) -> tuple[Room, Agreement, str]:
    """The room, the frozen agreement and the actor's seat, where that seat may do this now. Raises `Refusal`."""
    room, agreement = dossier.room, dossier.agreement
    if room is None or agreement is None or agreement.ceremony is None:
        raise NotFound("no_agreement", "There is no frozen agreement")
    demand(standings(room, actor), action, room.stage)
    seat = seat_of(room, actor)
    assert seat is not None
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    if dossier.case.stage is not CaseStage.MEDIATING:
        raise OutOfTurn("wrong_stage", "This case is no longer being mediated", stage=str(dossier.case.stage))
    return room, agreement, seat.id


def in_force(dossier: Dossier, file: str, text: bytes, now: datetime, papers: dict[str, str] | None = None) -> list[Happened]:
    """The session is archived, its recording ends with what it is there to prove, the case is agreed, and its performance begins. `file` is the SHA-256 of the
    sealed file, `text` the canonical bytes that it prints, `papers` the hashes of the files that belong to it, by their names in a bundle."""
    room = dossier.room
    assert room is not None
    move(room, SessionStage.ARCHIVE, dossier.facts())
    happened = [Happened("stage.moved", {"from": "signing", "to": "archive"})]
    if settle_recording(room, now):
        room.epoch += 1
        happened.append(Happened("recording.stopped", {"reason": "archive"}))
    agreement_sealed(dossier.case, now)
    seated = {seat.party for seat in room.parties()}
    people = [Person(one.id, one.name, one.capacity) for one in dossier.case.parties if one.id in seated]
    begun = performance.begin(dossier.case, obligations_of(json.loads(text), people))
    return [*happened, Happened("case.agreed", {"file": file} | ({"papers": papers} if papers else {})), *begun]
