"""What each step of the ceremony enters: the decisions of its short transactions, without their heavy parts. Pure but for the dossier they get."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from agreements import ceremony as c
from agreements.acts import Way
from agreements.agreement import MEDIATOR_SEAT, Agreement
from agreements.ceremony import Signer
from agreements.commands import INTENT, ConfirmClause, ObjectTo
from cases.acting import demand_binding
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Consent, SeatRole, SessionStage
from evidence.citation import Citation
from rooms.handling import seat_of, standings
from rooms.room import ORDER, Room, move
from storage.dossier import Dossier
from storage.work import NewFile, Outcome
from web.ceremony_steps import happened_of, in_force, own_of
from web.signing_codes import demand_code


def demand_consent(room: Room, seat: str) -> None:
    """The ceremony keeps a consent that was given once; a party may have taken it back since (电子签名法 3)."""
    if room.seats[seat].role is SeatRole.PARTY and not room.seats[seat].consents.get(Consent.SIGNATURE):
        raise OutOfTurn("no_consent", "Consent to e-signature comes before the signature")


def frozen(
    actor: Actor, made: Agreement, way: Way, text: str, file: str, read: tuple[int, str], recording: Citation, files: list[NewFile]
) -> Any:
    """`read`: number and hash of the last entry of the log that is in this text; `recording`: as the file cites it."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement = dossier.room, dossier.agreement
        assert room is not None and agreement is not None
        demand(standings(room, actor), Action.FREEZE, room.stage)
        signers = [Signer(seat, "mediator" if seat == MEDIATOR_SEAT else "party") for seat in made.fields]
        agreement.begin(signers)
        clauses = tuple(clause.id for clause in made.clauses)
        missing, paper = tuple(agreement.missing), agreement.paper_only
        command = c.Freeze(agreement.revision, text, file, clauses, missing, paper, way, made.pages)
        events = agreement.apply(command)
        # A consent to e-signature given at the door counts for the ceremony as well; it can still be withdrawn by not signing.
        for seat in room.parties():
            if seat.consents.get(Consent.SIGNATURE):
                events += agreement.apply(c.ConsentToSign(agreement.revision, seat.id))
        agreement.clauses, agreement.pages, agreement.void_reason = made.clauses, made.pages, ""
        agreement.file, agreement.content = made.file, made.content
        agreement.fields, agreement.names, agreement.anchor = made.fields, made.names, made.anchor
        agreement.printed, agreement.frozen_size, agreement.sheets = made.printed, made.frozen_size, {}
        agreement.code_way, agreement.codes = made.code_way, {}
        move(room, SessionStage.CONFIRMATION, dossier.facts())
        cited = {"recording": msgspec.to_builtins(recording)}
        told = [Happened(e.kind, {**e.payload, **cited}) if e.kind == "agreement.frozen" else e for e in happened_of(events, actor)]
        happened = [Happened("draft.frozen", {"document": agreement.document, "head": read[1]}), *told]
        happened.append(Happened("stage.moved", {"from": "drafting", "to": "confirmation"}))
        return Outcome(happened, {"revision": agreement.revision, "hash": text}, files=files, read_drafts=[(agreement.document, read[0])])

    return decide


def confirmed(command: ConfirmClause, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement, seat = own_of(dossier, actor, Action.CONFIRM_CLAUSE)
        demand_binding(room.seats[seat].acts)
        events = agreement.apply(c.ConfirmClause(agreement.revision, seat, command.clause, command.hash))
        return Outcome(happened_of(events, actor))

    return decide


def objected(command: ObjectTo, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement, seat = own_of(dossier, actor, Action.OBJECT)
        reason = command.reason.strip()[:200]
        if not reason:
            raise Invalid("missing", "Say in a few words what should change", field="reason")
        events = agreement.apply(c.Reopen(agreement.revision, seat, reason, command.clause[:60]))
        agreement.void_reason = reason
        move(room, SessionStage.DRAFTING, dossier.facts())
        return Outcome(happened_of(events, actor))

    return decide


def refused(actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, seat = own_of(dossier, actor, Action.SIGN)
        return Outcome(happened_of(agreement.apply(c.Refuse(agreement.revision, seat)), actor))

    return decide


def stage_moved(dossier: Dossier, actor: Actor, before: SessionStage) -> list[Happened]:
    """The ceremony goes along with the session: on to signing, or back to drafting, where whatever was confirmed or signed is void."""
    agreement, room = dossier.agreement, dossier.room
    if agreement is None or agreement.ceremony is None or room is None:
        return []
    seat = seat_of(room, actor)
    assert seat is not None
    if room.stage is SessionStage.SIGNING and agreement.stage == "confirming":
        # With the consents that were given since the freeze.
        events: list[c.Event] = []
        for party in room.parties():
            if party.consents.get(Consent.SIGNATURE):
                events += agreement.apply(c.ConsentToSign(agreement.revision, party.id))
        return happened_of([*events, *agreement.apply(c.OpenSigning(agreement.revision))], actor)
    if ORDER.index(room.stage) < ORDER.index(SessionStage.CONFIRMATION) and agreement.stage not in {"drafting", "effective"}:
        agreement.void_reason = "mediator"
        return happened_of(agreement.apply(c.Reopen(agreement.revision, seat.id, "mediator")), actor)
    return []


def signed(actor: Actor, command: c.Sign, files: list[NewFile], key: str) -> Any:
    """`key`: where the key of the signature lay, `server` or `device`."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement, seat = own_of(dossier, actor, Action.SIGN)
        demand_consent(room, seat)
        demand_code(room, agreement, room.seats[seat], now)
        events = agreement.apply(command)
        agreement.file = files[0].blob
        answered = agreement.codes.pop(seat, None)
        acts = room.seats[seat].acts
        demand_binding(acts)
        beside = (
            {"intent": INTENT, "key": key} | ({"code": answered.way} if answered else {}) | ({"acts": str(acts.capacity)} if acts else {})
        )
        happened = [
            Happened(one.kind, {**one.payload, **beside}) if one.kind == "agreement.signed" else one for one in happened_of(events, actor)
        ]
        return Outcome(happened, {"file": command.file_hash}, files=files)

    return decide


def sealed(actor: Actor, text: str, content: bytes, base: str, file: str, valid: bool, until: datetime, files: list[NewFile]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, _ = own_of(dossier, actor, Action.SEAL)
        assert agreement.ceremony is not None
        if agreement.ceremony.content_hash != text:
            raise Conflict("other_text", "This is not the text that was frozen: read it again")
        events = agreement.apply(c.Seal(agreement.revision, base, file))
        events += agreement.apply(c.Accept(agreement.revision, file, valid))
        agreement.file, agreement.stamped_until = files[0].blob, until
        return Outcome([*happened_of(events, actor), *in_force(dossier, file, content, now)], {"file": file}, files=files)

    return decide
