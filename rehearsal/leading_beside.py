"""What people do beside the way of a case, once what it needs is there: statements from afar, lines of the record, remarks, experts, a paused recording, what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from agreements import commands as a
from cases.actor import Actor
from cases.commands import experts as x
from cases.commands import performance as p
from cases.commands import statements as s
from cases.vocabulary import CaseStage, Consent, InvitationState, SeatState, SessionStage
from rehearsal.leading_room import Step, actor_of
from rooms import commands as c
from rooms.room import Room
from storage.dossier import Dossier


def beside(dossier: Dossier, mediator: Actor, expert: str, today: date) -> list[Step]:
    """What could be done next, one step of each kind. `expert`: one of the pool."""
    room = dossier.room if dossier.room is not None and dossier.room.ended_at is None else None
    steps: list[Step] = []
    if dossier.case.stage is CaseStage.AGREED:
        steps += _kept(dossier, mediator, today)
    if dossier.case.stage in {CaseStage.ACCEPTED, CaseStage.MEDIATING}:
        steps += _from_afar(dossier, mediator)
    if room is not None and dossier.case.stage is CaseStage.MEDIATING:
        for kind in (_recorded, _written):
            steps += kind(room, mediator)
        steps += [*_remarked(dossier, room, mediator), *_invited(dossier, room, mediator, expert)]
    return steps


def _from_afar(dossier: Dossier, mediator: Actor) -> Iterator[Step]:
    """The second party cannot come, and everybody agrees to that."""
    case = dossier.case
    if case.afar is None or "p2" not in case.afar.statements:
        yield mediator, s.ProposeStatement(case.id, "p2")
        return
    for party in case.parties:
        if not case.afar.agreed.get(party.id):
            yield Actor("party", party.id, case_id=case.id), s.AgreeStatements(case.id, True)
            return
    yield mediator, s.AskIdentity(case.id, "p2")


def _recorded(room: Room, mediator: Actor) -> Iterator[Step]:
    """Recording begins once all have agreed to it; a pause needs its reason."""
    for seat in room.parties():
        if seat.present and not seat.consents.get(Consent.RECORDING):
            yield actor_of(room, seat), c.GiveConsent(room.case_id, Consent.RECORDING, True)
            return
    if room.recording:
        yield mediator, c.SetRecording(room.case_id, False, "rest")
    elif not room.recording_wanted:
        yield mediator, c.SetRecording(room.case_id, True)


def _written(room: Room, mediator: Actor) -> Iterator[Step]:
    own = [line for line in room.record.standing() if line.text.startswith("记下")]
    if room.record.closed_at is not None:
        return
    if not own:
        yield mediator, c.WriteLine(room.case_id, "记下：双方都同意")
        return
    yield mediator, c.ChangeLine(room.case_id, own[0].id, own[0].revision, "记下：双方都没有异议")
    yield mediator, c.StrikeLine(room.case_id, own[-1].id)


def _remarked(dossier: Dossier, room: Room, mediator: Actor) -> Iterator[Step]:
    agreement, case = dossier.agreement, dossier.case.id
    if agreement is None or agreement.stage != "drafting" or room.stage is not SessionStage.DRAFTING or not room.parties():
        return
    own = actor_of(room, room.parties()[0])
    settled = next((one for one in agreement.remarks if one.settled == "done"), None)
    waits = next((one for one in agreement.remarks if one.open), None)
    if waits is not None:
        yield mediator, a.AnswerRemark(case, waits.id, "可以")
        yield mediator, a.SettleRemark(case, waits.id)
    elif settled is not None:
        yield mediator, a.ReopenRemark(case, settled.id)
    else:
        yield own, a.MakeRemark(case, "terms-1", "写清楚日期")


def _invited(dossier: Dossier, room: Room, mediator: Actor, expert: str) -> Iterator[Step]:
    """From the invitation to the rating."""
    case = dossier.case
    invitation = next((one for one in case.experts if one.session == room.id and one.open), None)
    over = next((one for one in case.experts if one.state is InvitationState.DONE and not one.score), None)
    if over is not None:
        yield mediator, x.RateExpert(case.id, over.id, 4)
    if invitation is None:
        yield mediator, x.InviteExpert(case.id, expert, "看一看排水怎么改")
        return
    seat = room.seats[invitation.seat]
    own = actor_of(room, seat)
    refusing = next((one for one in room.parties() if not one.consents.get(Consent.EXPERT)), None)
    if seat.undeclared:
        yield own, x.DeclareInterest(case.id, "none")
    elif refusing is not None:
        yield actor_of(room, refusing), c.GiveConsent(case.id, Consent.EXPERT, True)
    elif seat.state in {SeatState.INVITED, SeatState.LEFT}:
        yield own, c.Knock(case.id)
    elif seat.state is SeatState.LOBBY:
        yield mediator, c.Admit(case.id, seat.id)
    elif seat.present:
        yield mediator, x.ExtendExpert(case.id, invitation.id)
        yield own, c.LeaveRoom(case.id)


def _kept(dossier: Dossier, mediator: Actor, today: date) -> Iterator[Step]:
    """What somebody owes, and what is said of it."""
    case, day = dossier.case, today.isoformat()
    party = Actor("reporter", case.id, case_id=case.id)
    obligation = next(iter(case.performance.open()), None) if case.performance else None
    if obligation is None or case.reporter is None:
        yield mediator, p.SetObligation(case.id, "给付赔偿款", debtor="p1", creditor="p2", amount="1800.00", due=day)
        return
    told = next((one for one in obligation.receipts if one.stands), None)
    if told is None:
        yield party, p.TellReceipt(case.id, obligation.id, day, "900.00")
        yield mediator, p.NoteReceipt(case.id, obligation.id, day, "900.00")
        return
    yield mediator, p.ConfirmReceipt(case.id, obligation.id, told.id)
    yield mediator, p.TakeBackReceipt(case.id, obligation.id, told.id, "记错了")
