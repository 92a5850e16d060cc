"""What comes next where a written agreement is made: filled in, frozen, confirmed clause by clause, signed by keys here and on devices, sealed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from agreements import commands as a
from agreements.acts import Way
from agreements.agreement import MEDIATOR_SEAT, Agreement
from agreements.guard import Grant
from agreements.live import LogEntry
from agreements.schema import KINDS, fields_of
from cases.actor import Actor
from cases.case import Numbering
from cases.vocabulary import Consent, SessionStage
from realtime.messages import DraftUpdate
from rehearsal.device_key import DeviceKey
from rehearsal.hand import Hand, scribble
from rehearsal.leading_room import Step, actor_of
from rooms import commands as c
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.work import Outcome
from web.house import House

HAND = 77
"""Client id of the hand that fills the draft in."""
SAID = {"id": "11010519491231002X", "address": "安和县城关镇东街 1 号", "responsibility": "双方各有责任", "manner": "银行转账"}
"""By the last part of a field's key."""
WITHIN = timedelta(days=60)


class Signing:
    """What the devices of signers remember: the key of each seat, and how far its signature is."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], DeviceKey] = {}
        self._answers: dict[tuple[str, str], dict[str, Any]] = {}

    def next_step(self, case: str, seat: str, text: str, name: str) -> Any:
        """The command by which this seat goes on with a signature whose key does not leave the device."""
        key, told = self._keys.setdefault((case, seat), DeviceKey()), self._answers.get((case, seat), {})
        if "ticket" in told:
            return a.CompleteSignature(case, told["ticket"], key.sign(told["attributes"]))
        if "request" in told:
            return a.PrepareSignature(case, text, key.public, key.sign(told["request"]), scribble(), name, True)
        return a.BeginSigning(case, text, key.public, name, True)

    def told(self, command: a.BeginSigning | a.PrepareSignature, seat: str, result: dict[str, Any]) -> None:
        key = self._keys.get((command.case, seat))
        if key is not None and key.public == command.key:
            self._answers[command.case, seat] = result

    def failed(self, case: str, seat: str) -> None:
        """From the beginning."""
        self._answers.pop((case, seat), None)


def to_the_seal(dossier: Dossier, room: Room, mediator: Actor, signing: Signing, way: Way, codes: dict[str, str]) -> Step | None:
    """`codes`: the one-time codes that the mediator's screen shows, by seat. None where nothing is left, or pages of paper are waited for."""
    agreement, case = dossier.agreement, dossier.case.id
    if agreement is None or agreement.ceremony is None or agreement.stage == "drafting":
        lacks = next((seat for seat in room.parties() if way is Way.ELECTRONIC and not seat.consents.get(Consent.SIGNATURE)), None)
        if lacks is not None:
            return actor_of(room, lacks), c.GiveConsent(case, Consent.SIGNATURE, True)
        return (mediator, a.FreezeDraft(case, way)) if room.stage is SessionStage.DRAFTING else None
    text = agreement.ceremony.content_hash
    if agreement.stage in {"frozen", "confirming", "signing"} and {seat.id for seat in room.parties()} != set(agreement.ceremony.parties()):
        return mediator, a.ObjectTo(case, "有人新到场，或者离开了")
    match agreement.stage:
        case "frozen" | "confirming":
            return _confirmed(agreement, room, mediator, text)
        case "signing":
            return _signed(agreement, room, mediator, signing, codes)
        case "sealing":
            return mediator, a.SealAgreement(case, text)
        case "ended":
            return mediator, a.ObjectTo(case, "再谈一次")
    return None


def _confirmed(agreement: Agreement, room: Room, mediator: Actor, text: str) -> Step:
    assert agreement.ceremony is not None
    for seat in room.parties():
        for clause in agreement.clauses:
            if (seat.id, clause.id) not in agreement.ceremony.confirmed:
                return actor_of(room, seat), a.ConfirmClause(room.case_id, clause.id, text)
    return mediator, c.MoveStage(room.case_id, SessionStage.SIGNING)


def _signed(agreement: Agreement, room: Room, mediator: Actor, signing: Signing, codes: dict[str, str]) -> Step | None:
    """Parties by a key on the device and by one that is made here, in turn, then the mediator."""
    assert agreement.ceremony is not None
    case, text = room.case_id, agreement.ceremony.content_hash
    for number, seat in enumerate(room.parties()):
        if seat.id in agreement.ceremony.signed:
            continue
        own = actor_of(room, seat)
        if not seat.consents.get(Consent.SIGNATURE):
            return own, c.GiveConsent(case, Consent.SIGNATURE, True)
        asked = agreement.codes.get(seat.id)
        if agreement.code_way and (asked is None or asked.answered_at is None):
            return own, a.AnswerCode(case, text, codes[seat.id]) if seat.id in codes else a.AskCode(case, text)
        name = signer_of(agreement, seat)
        return own, signing.next_step(case, seat.id, text, name) if number == 0 else a.SignAgreement(case, text, scribble(), name, True)
    return mediator, a.SignAgreement(case, text, scribble(), agreement.names[MEDIATOR_SEAT], True)


def signer_of(agreement: Agreement, seat: Seat) -> str:
    """The name that is typed as a check."""
    return seat.acts.name if seat.acts else agreement.names.get(seat.id, "")


async def fill_in(house: House, dossier: Dossier) -> None:
    """The mediator's hand writes what the draft lacks, as far as it can be made up. Raises `Refusal`."""
    desk = house.desk.others[DraftUpdate]
    draft = await desk.draft(dossier)
    hand, today = Hand(HAND, draft.live.updates_since()), desk.writing.today()
    empty = [field["key"] for clause in draft.live.content()["clauses"] for field in fields_of(clause) if not field["value"].strip()]
    for key in empty:
        hand.set_field(key, _said(key, today))
    if not hand.text("terms-1").strip():
        hand.write("terms-1", "李某给付赵某")
        hand.put_field("terms-1", "sum", "amount", "1800.00")
        hand.write("terms-1", "。")
    update = hand.take()
    grant = Grant(MEDIATOR_SEAT, frozenset({HAND}), may_edit=True, kinds=frozenset(KINDS))
    async with draft.lock:
        await desk.writing.edit(draft, update, grant, MEDIATOR_SEAT, _stored)


def _said(key: str, today: date) -> str:
    last = key.rpartition(".")[2]
    return (today + WITHIN).isoformat() if last == "deadline" else SAID.get(last, "按双方约定")


def _stored(entry: LogEntry, missing: list[str]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: Any) -> Outcome:
        assert dossier.agreement is not None
        dossier.agreement.missing = missing
        return Outcome(draft=[entry])

    return decide
