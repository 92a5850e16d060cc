"""Experts of the pool at the table: a seat is made for an invitation, and what becomes of the seat moves the invitation on. Pure.

`follow` runs after every command on the case, whoever gave it: the room's own rules seat an expert and send him out, and only then it is noted here. Whoever's
invitation is over has no seat any more, so that the link opens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases.actor import Actor
from cases.case import Case
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.commands.experts import DeclareInterest, ExtendExpert, InviteExpert, RateExpert, WithdrawExpert
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, TooMuch
from cases.expert_choice import Candidate, why_not
from cases.expert_invitation import BRIEF_LIMIT, CASE_LIMIT, LEAST_MINUTES, MOST_MINUTES, OPEN_LIMIT, REASON_LIMIT, Invitation, Move, move
from cases.experts import moment_of
from cases.identity import number_in, parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, InvitationState, SeatRole, SeatState
from rooms import attendance
from rooms import commands as c
from rooms.handling import invite, seat_of, standings
from rooms.room import Room, Seat
from rooms.settling import settled

ANSWER_WITHIN = timedelta(hours=24)
AHEAD = timedelta(days=30)
CHAIN = "experts"
"""Of what is the office's alone: it goes into no bundle."""
_ANSWERS = {"none": Move.ACCEPT, "conflict": Move.DECLARE, "decline": Move.DECLINE}


def invite_expert(
    case: Case, room: Room | None, one: Candidate, marks: frozenset[str], command: InviteExpert, actor: Actor, now: datetime
) -> tuple[Invitation, list[Happened]]:
    """A seat in the room for an expert of the pool, as for any other, and the invitation to it. `marks`: of the parties' telephones."""
    demand(case_standings(case, actor), Action.INVITE_EXPERT, case.stage)
    if room is None or room.ended_at is not None:
        raise NotFound("no_session", "Open a session first")
    if not LEAST_MINUTES <= command.minutes <= MOST_MINUTES:
        raise Invalid("expert_minutes", "An expert is invited for 5 to 30 minutes", field="minutes", least=LEAST_MINUTES, most=MOST_MINUTES)
    at = _planned(command.at, now)
    brief = parse_text(command.brief, "brief", BRIEF_LIMIT)
    if found := number_in(brief):
        raise Invalid("number_in_brief", "An expert needs no number of an identity card and no telephone", field="brief", number=found)
    files = list(dict.fromkeys(command.files))
    if not set(files) <= {photo.id for photo in case.photos}:
        raise Invalid("unknown_file", "One of the chosen photographs is not of this case", field="files")
    against = why_not(case, one, marks, at or now)
    if against is not None:
        raise OutOfTurn("expert_left_out", "This expert is not to be invited to this case", why=against.code, until=against.word)
    running = [there for there in case.experts if there.open]
    if any(there.expert == one.id for there in running):
        raise Conflict("expert_invited", "This expert has an open invitation to this case already")
    if len(running) >= OPEN_LIMIT:
        raise TooMuch("invitations_open", f"At most {OPEN_LIMIT} invitations of a case are open at once", limit=OPEN_LIMIT)
    if len(case.experts) >= CASE_LIMIT:
        raise TooMuch("invitations_spent", f"At most {CASE_LIMIT} invitations are sent in one case", limit=CASE_LIMIT)
    asked = c.Invite(case.id, SeatRole.EXPERT, name=one.entry.name, minutes=command.minutes, stages=list(dict.fromkeys(command.stages)))
    asked.speciality = "、".join(one.entry.specialities)[:40]
    seat, happened = invite(room, asked, "")
    seat.invitation, seat.undeclared = f"x{len(case.experts) + 1}", True
    invitation = Invitation(
        id=seat.invitation,
        expert=one.id,
        name=one.entry.name,
        kind=one.entry.kind,
        session=room.id,
        seat=seat.id,
        sent_at=now,
        until=(at or now) + ANSWER_WITHIN,
        minutes=command.minutes,
        brief=brief,
        files=files,
        at=at,
    )
    case.experts = [*case.experts, invitation]
    return invitation, [*happened, _told("invited", invitation, minutes=command.minutes, photographs=len(files))]


def handle(
    case: Case, room: Room | None, command: WithdrawExpert | DeclareInterest | ExtendExpert | RateExpert, actor: Actor, now: datetime
) -> list[Happened]:
    """Raises `Refusal` before anything is changed."""
    match command:
        case DeclareInterest():
            return _declare(case, room, command, actor, now)
        case RateExpert():
            demand(case_standings(case, actor), Action.RATE_EXPERT, case.stage)
            return _rate(_invitation(case, command.invitation), command.score)
        case WithdrawExpert():
            demand(case_standings(case, actor), Action.INVITE_EXPERT, case.stage)
            invitation = _invitation(case, command.invitation)
            move(invitation, Move.WITHDRAW, now)
            return [_told("withdrawn", invitation), *_unseat(room, invitation, now)]
        case ExtendExpert():
            demand(case_standings(case, actor), Action.INVITE_EXPERT, case.stage)
            return _extend(_invitation(case, command.invitation), room)


def follow(case: Case, room: Room | None, now: datetime) -> list[Happened]:
    """What became of invitations by what became of their seats, and by the clock."""
    return [event for one in case.experts if one.open for event in _follow(one, room, now)]


def invitation_of(case: Case, room: Room, seat: Seat) -> Invitation | None:
    return next((one for one in case.experts if one.session == room.id and one.seat == seat.id), None)


def _follow(one: Invitation, room: Room | None, now: datetime) -> list[Happened]:
    seat = room.seats.get(one.seat) if room is not None and room.id == one.session else None
    gone = seat is None or (room is not None and room.ended_at is not None)
    events: list[Happened] = []
    if seat is not None and seat.present and one.state is InvitationState.ACCEPTED:
        move(one, Move.SEAT, now)
        one.leaves_at = seat.until
        events.append(_told("seated", one))
    if one.state is InvitationState.SEATED:
        # Another device is let in anew, for no longer than the first one was.
        if seat is not None and seat.present:
            seat.until = one.leaves_at
        over = gone or seat is None or seat.revoked or seat.state is SeatState.LEFT or (one.leaves_at is not None and now >= one.leaves_at)
        if over:
            move(one, Move.END, now)
            events += [_told("done", one), *_unseat(room, one, now)]
    elif seat is not None and seat.revoked and not gone:
        move(one, Move.WITHDRAW, now)
        events.append(_told("withdrawn", one))
    elif gone or now >= one.until:
        move(one, Move.EXPIRE, now)
        events += [_told("expired", one), *_unseat(room, one, now)]
    return events


def _declare(case: Case, room: Room | None, command: DeclareInterest, actor: Actor, now: datetime) -> list[Happened]:
    seat = seat_of(room, actor) if room is not None else None
    if room is None or seat is None or actor.kind != "seat":
        raise NotAllowed("not_seated", "You have no seat in this session")
    demand(standings(room, actor), Action.DECLARE_INTEREST, room.stage)
    invitation = invitation_of(case, room, seat)
    if invitation is None:
        raise NotFound("no_invitation", "There is no such invitation")
    if command.answer == "none":
        if room.ended_at is not None or now >= invitation.until:
            raise OutOfTurn("invitation_over", "This invitation has gone on meanwhile; look at its state", state="expired")
        move(invitation, Move.ACCEPT, now)
        seat.undeclared = False
        return [_told("accepted", invitation)]
    reason = parse_text(command.reason, "reason", REASON_LIMIT)
    move(invitation, _ANSWERS[command.answer], now)
    invitation.reason = reason
    kind = "conflict" if command.answer == "conflict" else "declined"
    return [
        _told(kind, invitation),
        Happened(f"expert.{kind}", {"invitation": invitation.id, "reason": reason}, chain=CHAIN),
        *_unseat(room, invitation, now),
    ]


def _extend(invitation: Invitation, room: Room | None) -> list[Happened]:
    seat = room.seats.get(invitation.seat) if room is not None and room.id == invitation.session else None
    if invitation.state is not InvitationState.SEATED or seat is None or not seat.present or invitation.leaves_at is None:
        raise OutOfTurn("expert_not_seated", "This expert does not sit in the room now")
    if invitation.extended:
        raise Conflict("expert_extended", "The time was extended once already; invite this expert anew if needed")
    invitation.extended = True
    invitation.leaves_at += timedelta(minutes=invitation.minutes)
    seat.until = invitation.leaves_at
    return [_told("extended", invitation, until=rfc3339(invitation.leaves_at))]


def _rate(invitation: Invitation, score: int) -> list[Happened]:
    if not 1 <= score <= 5:
        raise Invalid("expert_score", "The score is 1 to 5", field="score")
    if invitation.open or invitation.seated_at is None:
        raise OutOfTurn("expert_not_over", "An expert is rated who sat in the room and has left it")
    if invitation.score:
        raise Conflict("expert_rated", "This expert's help was rated already")
    invitation.score = score
    return [Happened("expert.rated", {"invitation": invitation.id, "score": score}, chain=CHAIN)]


def _unseat(room: Room | None, invitation: Invitation, now: datetime) -> list[Happened]:
    """The seat is withdrawn: nobody reads or hears anything by it any more."""
    seat = room.seats.get(invitation.seat) if room is not None and room.id == invitation.session else None
    if room is None or seat is None or seat.revoked:
        return []
    events = settled(room, now, lambda: attendance.leave(room, seat, now))
    seat.state, seat.revoked = SeatState.REMOVED, True
    return events


def _invitation(case: Case, key: str) -> Invitation:
    found = next((one for one in case.experts if one.id == key), None)
    if found is None:
        raise NotFound("no_invitation", "There is no such invitation")
    return found


def _planned(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    at = moment_of(text)
    if not now - timedelta(minutes=5) <= at <= now + AHEAD:
        raise Invalid("expert_when", "This is no time within the next thirty days", field="at")
    return at


def _told(kind: str, invitation: Invitation, **more: Any) -> Happened:
    return Happened(f"expert.{kind}", {"invitation": invitation.id, "seat": invitation.seat, "expert": invitation.expert, **more})
