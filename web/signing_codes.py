"""One-time codes before signatures: asked for and answered by the signer, told at the mediator's desk or by SMS, each in a transaction of its own.

The code is made of the installation's key whenever it is needed (`agreements.one_time_code`); it is in no document, no answer that is kept, no entry and no log.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Any

import structlog

from agreements import one_time_code as codes
from agreements.agreement import Agreement
from agreements.commands import AnswerCode, AskCode, CodeCommand
from agreements.one_time_code import SCREEN, AskedCode
from cases.acting import demand_binding
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import Conflict, Invalid, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Clock, CodeWay, Happened, NotDelivered
from cases.vocabulary import Action, Consent, SeatRole
from rooms.handling import standings
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store
from web.ceremony_steps import own_of

log = structlog.get_logger("codes")


def code_key(link_key: bytes) -> bytes:
    """The key of codes, of the installation's."""
    return hmac.digest(link_key, b"heyi.signing-codes.v1", "sha256")


class SigningCodes:
    """`way`: how codes are told here; empty: none is asked for. It counts for agreements that are frozen from now on."""

    def __init__(self, store: Store, reader: Reader, clock: Clock, key: bytes, ways: dict[str, CodeWay], way: str) -> None:
        self._store, self._reader, self._clock = store, reader, clock
        self._key, self._ways, self.way = key, ways, way

    async def do(self, command: CodeCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        """Raises `Refusal`."""
        if isinstance(command, AskCode):
            return await self._ask(command, actor, receipt)
        return self.answered(await self._store.execute(command.case, self._answer(command, actor), receipt))

    @staticmethod
    def answered(result: dict[str, Any]) -> dict[str, Any]:
        """A wrong answer counts, and is therefore kept before it is refused; sent again it is refused again and not counted."""
        left = result.get("left")
        if left is not None:
            raise Invalid("code_wrong", f"This is not the code; {left} tries are left", field="code", left=left)
        return result

    async def _ask(self, command: AskCode, actor: Actor, receipt: str) -> dict[str, Any]:
        nonce = secrets.token_hex(16)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room, agreement, seat = _signer(dossier, actor, command.hash)
            wanted = SCREEN if command.desk else agreement.code_way
            # A way that was set up at the freeze, and is not any more.
            way, failed = (wanted, "") if wanted in self._ways else (SCREEN, "channel_off")
            asked = codes.ask(agreement.codes.get(seat.id), agreement.bound(room.id, seat.id, seat.device), nonce, way, failed, now)
            agreement.codes[seat.id] = asked
            return Outcome([Happened("agreement.codeasked", {"seat": seat.id, "way": way})], {"way": way})

        result = await self._store.execute(command.case, decide, receipt)
        dossier = await self._reader.dossier(command.case)
        asked = dossier.agreement.codes.get(actor.id) if dossier.agreement else None
        if asked is None or asked.nonce != nonce:
            return result
        try:
            await self._ways[asked.way].bring(nonce, _phone(dossier, actor.id), codes.code_of(self._key, asked))
        except NotDelivered as failure:
            log.warning("a code was not sent", case=command.case, reason=failure.reason)
            return await self._store.execute(command.case, _at_desk(actor.id, nonce, failure.reason))
        return result

    def _answer(self, command: AnswerCode, actor: Actor) -> Any:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room, agreement, seat = _signer(dossier, actor, command.hash)
            former = agreement.codes.get(seat.id)
            asked = codes.answer(former, agreement.bound(room.id, seat.id, seat.device), command.code, self._key, now)
            agreement.codes[seat.id] = asked
            if asked.answered_at is None:
                left = codes.TRIES - asked.tries
                return Outcome([Happened("agreement.codewrong", {"seat": seat.id, "left": left})], {"left": left})
            if former == asked:
                return Outcome()
            return Outcome([Happened("agreement.codeanswered", {"seat": seat.id, "way": asked.way})])

        return decide

    async def shown(self, session: str, actor: Actor) -> dict[str, str]:
        """To the mediator: seat → the code that is told at the desk and not answered yet. Raises `Refusal`."""
        dossier: Any = await self._reader.dossier_of(f"room/{session}")
        if dossier is None or dossier.room is None or dossier.room.id != session:
            raise NotFound("no_session", "There is no session in this case")
        room, agreement = dossier.room, dossier.agreement
        demand(standings(room, actor), Action.SEE_CODES, room.stage)
        now = self._clock.now()
        return {
            seat: codes.code_of(self._key, asked)
            for seat, asked in (agreement.codes if agreement is not None and agreement.stage == "signing" else {}).items()
            if asked.way == SCREEN and codes.open_to(asked, agreement.bound(room.id, seat, room.seats[seat].device), now)
        }


def demand_code(room: Room, agreement: Agreement, seat: Seat, now: datetime) -> None:
    """Before a party's signature, where codes are asked for. The mediator signs from an account, with a password and a second factor of its own."""
    if agreement.code_way and seat.role is SeatRole.PARTY:
        codes.demand_answered(agreement.codes.get(seat.id), agreement.bound(room.id, seat.id, seat.device), now)


def _signer(dossier: Dossier, actor: Actor, text: str) -> tuple[Room, Agreement, Seat]:
    """Who may sign this text now, and was compared with the card on the present device."""
    room, agreement, name = own_of(dossier, actor, Action.SIGN)
    seat, state = room.seats[name], agreement.ceremony
    assert state is not None
    if not agreement.code_way or seat.role is not SeatRole.PARTY:
        raise OutOfTurn("no_code_here", "No one-time code is asked for before this signature")
    if agreement.stage != "signing":
        raise OutOfTurn("wrong_stage", "Nobody signs at present", stage=agreement.stage)
    if state.content_hash != text:
        raise Conflict("other_text", "This is not the text that was frozen: read it again")
    if name in state.signed:
        raise OutOfTurn("already_signed", "This seat has signed already")
    demand_binding(seat.acts)
    if not seat.verified:
        raise OutOfTurn("not_verified", "The mediator compares your card with your face first")
    if not seat.consents.get(Consent.SIGNATURE):
        raise OutOfTurn("no_consent", "Consent to e-signature comes before the signature")
    return room, agreement, seat


def _phone(dossier: Dossier, seat: str) -> str:
    """Of who signs."""
    assert dossier.room is not None
    signer = dossier.room.seats[seat]
    return signer.acts.phone if signer.acts else dossier.case.party(signer.party).phone


def _at_desk(seat: str, nonce: str, reason: str) -> Any:
    """What could not be sent is told by the mediator."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        asked = dossier.agreement.codes.get(seat) if dossier.agreement else None
        if asked is None or asked.nonce != nonce:
            return Outcome(result={"way": SCREEN})
        assert dossier.agreement is not None
        dossier.agreement.codes[seat] = AskedCode(
            nonce, asked.bound, asked.asked_at, SCREEN, reason, asked.tries, asked.count, asked.answered_at
        )
        return Outcome([Happened("agreement.codenotsent", {"seat": seat, "reason": reason})], {"way": SCREEN, "failed": reason})

    return decide
