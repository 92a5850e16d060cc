"""Remarks on the draft: made and settled by command; an accepted wording is written into the text in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agreements import remarks
from agreements.agreement import Agreement
from agreements.commands import AnswerRemark, MakeRemark, RemarkCommand, ReopenRemark, SettleRemark
from agreements.layout import clause_texts
from agreements.live import LogEntry
from agreements.proposals import ClauseGone, apply_change
from agreements.rewording import WordsGone, WordsTwice, reword
from agreements.seed import SERVER_GRANT
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import Conflict, NotFound, OutOfTurn
from cases.permissions import demand
from cases.vocabulary import Action, SeatRole
from rooms.handling import seat_of, standings
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Decide, Outcome, Store
from web.drafting import DraftDesk


class RemarkDesk:
    def __init__(self, store: Store, reader: Reader, drafts: DraftDesk) -> None:
        self._store, self._reader, self._drafts = store, reader, drafts

    async def do(self, command: RemarkCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        dossier = await self._reader.dossier(command.case)
        _writing(dossier, actor)
        if isinstance(command, MakeRemark):
            draft = await self._drafts.draft(dossier)
            text = next((text for key, _, text in clause_texts(draft.live.proposed()) if key == command.clause), None)
            return await self._store.execute(command.case, _made(command, actor, text), receipt)
        if isinstance(command, AnswerRemark | ReopenRemark):
            return await self._store.execute(command.case, _talked(command, actor), receipt)
        if command.accept:
            try:
                return await self._accept(command, actor, dossier)
            except Conflict as refusal:
                if refusal.code != "draft_moved":
                    raise
                # Somebody wrote on another node while this was made: once more, on what there is now.
                return await self._accept(command, actor, await self._reader.dossier(command.case))
        return await self._store.execute(command.case, _settled(command, actor), receipt)

    async def _accept(self, command: SettleRemark, actor: Actor, dossier: Dossier) -> dict[str, Any]:
        draft = await self._drafts.draft(dossier)
        async with draft.lock:
            # Read again: somebody may have settled it while this one waited.
            dossier = await self._reader.dossier(command.case)
            _, agreement, _ = _writing(dossier, actor)
            found = next((one for one in agreement.remarks if one.id == command.remark), None)
            if found is not None and found.settled == "accepted":
                return {"settled": found.settled}  # sent again after the line was cut
            if found is None or not found.open or not (found.wording or found.proposal):
                return await self._store.execute(command.case, _settled(command, actor))
            try:
                state = draft.live.updates_since()
                if found.proposal is not None:
                    update = apply_change(state, found.proposal)
                else:
                    update = reword(state, found.clause, found.quote, found.wording)
            except (WordsGone, ClauseGone):
                raise Conflict("words_gone", "The draft does not say this any more; please read it again") from None
            except WordsTwice:
                raise Conflict("words_twice", "The clause says these words more than once; mark some more beside them") from None

            def decide(entry: LogEntry, missing: list[str]) -> Decide:
                return _settled(command, actor, entry, missing)

            # The words are those of whoever proposed them; that they were accepted, and by whom, stands in the ledger.
            return await self._drafts.writing.edit(draft, update, SERVER_GRANT, found.seat, decide)


def _writing(dossier: Dossier, actor: Actor) -> tuple[Room, Agreement, Seat]:
    """Those who may remark now. Raises `Refusal`."""
    room, agreement = dossier.room, dossier.agreement
    seat = seat_of(room, actor) if room is not None else None
    if room is None or seat is None:
        raise NotFound("no_session", "There is no session in this case")
    demand(standings(room, actor), Action.REMARK, room.stage)
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    if agreement is None or agreement.stage != "drafting" or room.caucus is not None:
        raise OutOfTurn("draft_wrong_stage", "The text cannot be edited at this moment")
    return room, agreement, seat


def _made(command: MakeRemark, actor: Actor, text: str | None) -> Decide:
    """`text`: what the clause says. Judged here and not before, so that a remark that was stored and is sent again is answered as it was."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, seat = _writing(dossier, actor)
        quote = command.quote.strip("\n")
        if text is None or quote not in text:
            raise Conflict("words_gone", "The draft does not say this any more; please read it again")
        if quote and command.wording and text.count(quote) > 1:
            raise Conflict("words_twice", "The clause says these words more than once; mark some more beside them")
        happened = remarks.make(agreement.remarks, command, seat.id, now)
        return Outcome(happened, {"remark": agreement.remarks[-1].id})

    return decide


def _settled(command: SettleRemark, actor: Actor, entry: LogEntry | None = None, missing: list[str] | None = None) -> Decide:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, seat = _writing(dossier, actor)
        found, happened = remarks.settle(agreement.remarks, command, seat.id, seat.role is SeatRole.MEDIATOR)
        if missing is not None:
            agreement.missing = missing
        return Outcome(happened, {"settled": found.settled}, draft=[entry] if entry else [])

    return decide


def _talked(command: AnswerRemark | ReopenRemark, actor: Actor) -> Decide:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, seat = _writing(dossier, actor)
        if isinstance(command, AnswerRemark):
            return Outcome(remarks.answer(agreement.remarks, command, seat.id, now), {"remark": command.remark})
        return Outcome(remarks.reopen(agreement.remarks, command, seat.id, seat.role is SeatRole.MEDIATOR), {"remark": command.remark})

    return decide
