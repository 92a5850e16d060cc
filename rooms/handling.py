"""Commands of a session, applied to its room. Pure: changes the given room in place and returns what happened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cases.acting import SHOWN, Acting, acting
from cases.actor import Actor
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.identity import parse_name, parse_phone, parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Consent, SeatRole, SeatState, SessionStage, Standing
from rooms import attendance, oral_agreement, record_keeping
from rooms import commands as c
from rooms.identity_check import forget_number
from rooms.room import (
    LINE_LIMIT,
    ORDER,
    Facts,
    Room,
    Seat,
    add_line,
    admit,
    move,
    open_caucus,
    take_seat,
)
from rooms.settling import recording_allowed, settled
from rooms.sharing import demand_together

_STANDING = {
    SeatRole.MEDIATOR: Standing.ASSIGNEE,
    SeatRole.CO_MEDIATOR: Standing.ASSISTANT,
    SeatRole.PARTY: Standing.PARTY,
    SeatRole.EXPERT: Standing.EXPERT,
    SeatRole.OBSERVER: Standing.OBSERVER,
    SeatRole.RECORDER: Standing.RECORDER,
    SeatRole.DEVICE: Standing.DEVICE,
}
_BY_ACCOUNT = frozenset({SeatRole.MEDIATOR, SeatRole.CO_MEDIATOR})
EXPERT_MINUTES = (1, 60)
PAUSE_LIMIT = 40
"""Characters of a pause's reason: it stands in one line of a telephone."""


def seat_of(room: Room, actor: Actor) -> Seat | None:
    """The actor's seat: by its own link, or by the account that accepted the case or assists in it."""
    if actor.kind == "seat" and actor.session_id == room.id:
        return room.seats.get(actor.id)
    if actor.kind == "account":
        return next((s for s in room.seats.values() if s.role in _BY_ACCOUNT and s.party == actor.id and not s.revoked), None)
    return None


def standings(room: Room, actor: Actor) -> tuple[Standing, ...]:
    if actor.kind == "system":
        return (Standing.SYSTEM,)
    seat = seat_of(room, actor)
    return standings_of(seat) if seat is not None else ()


def standings_of(seat: Seat) -> tuple[Standing, ...]:
    if seat.revoked or seat.state is SeatState.REMOVED:
        return ()
    return (_STANDING[seat.role],)


def open_room(room_id: str, case_id: str, mediator: Actor, now: datetime) -> tuple[Room, list[Happened]]:
    seat = Seat(
        id="m",
        role=SeatRole.MEDIATOR,
        name=mediator.name,
        state=SeatState.ADMITTED,
        party=mediator.id,
        org=mediator.org,
        verified=True,
        notice=True,
        known=True,
    )
    room = Room(id=room_id, case_id=case_id, opened_at=now, seats={"m": seat})
    return room, [Happened("session.opened", {"session": room_id, "by": mediator.ledger_name})]


def invite(room: Room, command: c.Invite, party_name: str) -> tuple[Seat, list[Happened]]:
    """One more seat, for a link that the driver makes."""
    if command.acts and command.role is not SeatRole.PARTY:
        raise Invalid("acts_for_nobody", "Somebody acts for a party: say for which", field="acts")
    if command.role in _BY_ACCOUNT:
        raise Invalid("one_mediator", "The mediator's seat is not given away by a link", field="role")
    prefix = {SeatRole.PARTY: "s", SeatRole.EXPERT: "e", SeatRole.OBSERVER: "o", SeatRole.RECORDER: "r", SeatRole.DEVICE: "d"}[command.role]
    number = 1 + sum(1 for s in room.seats.values() if s.role is command.role)
    if command.role is SeatRole.RECORDER and any(s.role is SeatRole.RECORDER and not s.revoked for s in room.seats.values()):
        raise Invalid("one_recorder", "One person keeps the record beside the mediator; withdraw that seat first", field="role")
    if command.role is SeatRole.PARTY and not party_name:
        raise Invalid("unknown_party", "Say which party of the case this seat is for", field="party")
    if command.role is SeatRole.EXPERT and not EXPERT_MINUTES[0] <= command.minutes <= EXPERT_MINUTES[1]:
        raise Invalid("minutes", "An expert stays for 1 to 60 minutes", field="minutes", least=EXPERT_MINUTES[0], most=EXPERT_MINUTES[1])
    acts = acting_of(command, party_name) if command.acts else None
    seat = Seat(
        id=f"{prefix}{number}",
        role=command.role,
        acts=acts,
        name=acts.title if acts else party_name or parse_name(command.name),
        party=command.party if command.role is SeatRole.PARTY else "",
        minutes=command.minutes if command.role is SeatRole.EXPERT else 0,
        stages=command.stages if command.role is SeatRole.EXPERT else [],
        speciality=parse_text(command.speciality, "speciality", 40, required=False),
    )
    take_seat(room, seat)
    told = {"seat": seat.id, "role": str(seat.role), "name": seat.name, "minutes": seat.minutes}
    return seat, [Happened("seat.invited", told | _told_of(acts) if acts else told)]


def acting_of(command: c.Invite, party_name: str) -> Acting:
    """Who is to act for a party. Raises `Invalid`."""
    phone = parse_phone(command.phone) if command.phone.strip() else ""
    return acting(parse_name(command.name), party_name, command.acts, command.authority, phone)


def _told_of(acts: Acting) -> dict[str, str]:
    return {"capacity": str(acts.capacity)} | ({"authority": str(acts.authority)} if acts.authority else {})


def represent(room: Room, seat: Seat, acts: Acting | None, now: datetime) -> tuple[bool, list[Happened]]:
    """Who is to sit on a party's seat that is there: (whether it stays), what happened. The same person stays, with other powers maybe; for another one the seat is
    withdrawn, since what was said and agreed on it is the former one's."""
    if acts is None or (seat.acts and (seat.acts.name, seat.acts.capacity) == (acts.name, acts.capacity)):
        if acts is None or acts == seat.acts:
            return True, []
        former, seat.acts = seat.acts, acts
        if former is not None and former.authority == acts.authority:  # another telephone
            return True, []
        return True, [Happened("seat.authorised", {"seat": seat.id, **_told_of(acts)})]
    if ORDER.index(room.stage) >= ORDER.index(SessionStage.CONFIRMATION):
        raise OutOfTurn("text_frozen", "Who acts for a party is settled before the text is frozen: take it back first")
    return False, settled(room, now, lambda: attendance.remove(room, seat.id, now))


def handle(room: Room, command: Any, actor: Actor, now: datetime, facts: Facts, new_id: str) -> list[Happened]:
    """Apply one command of an actor who sits in this room. Raises `Refusal` before anything is changed."""
    held, seat = standings(room, actor), seat_of(room, actor)
    if seat is None:
        raise NotAllowed("not_seated", "You have no seat in this session")
    if room.ended_at is not None and not isinstance(command, c.LeaveRoom):
        raise OutOfTurn("session_ended", "This session has ended")
    return settled(room, now, lambda: _apply(room, command, seat, held, now, facts, new_id))


def expire(room: Room, now: datetime) -> list[Happened]:
    """What the clock does by itself: an expert's minutes end."""
    return settled(room, now, lambda: attendance.expire(room, now))


def lost(room: Room, seats: Collection[str], now: datetime) -> list[Happened]:
    """People who closed the page a while ago and did not come back."""
    return settled(room, now, lambda: attendance.lose(room, [one for one in seats if room.seats[one].present], now))


def taken_over(room: Room, seat_id: str, now: datetime) -> list[Happened]:
    """A seat was opened on another device."""
    return settled(room, now, lambda: attendance.take_over(room, seat_id, now))


def uninvited(room: Room, seats: Collection[str], now: datetime) -> list[Happened]:
    """Whoever came in by these seats may be somebody else: they hear and are heard no more, and whoever is meant comes by a new link."""
    return [event for seat in seats for event in settled(room, now, partial(attendance.empty, room, seat, now))]


def acknowledge_routes(room: Room, epoch: int, now: datetime) -> list[Happened]:
    """All media workers have put the routes of `epoch` in force: the caucus door closes, its people may talk."""
    if room.caucus is None or room.caucus.open or epoch != room.epoch:
        return []
    return settled(room, now, lambda: _close_door(room))


def _close_door(room: Room) -> list[Happened]:
    assert room.caucus is not None
    room.caucus.open = True
    return [Happened("caucus.private", {"caucus": room.caucus.id, "epoch": room.epoch})]


def _apply(room: Room, command: Any, seat: Seat, held: tuple[Standing, ...], now: datetime, facts: Facts, new_id: str) -> list[Happened]:
    def need(action: Action) -> None:
        demand(held, action, room.stage)

    match command:
        case c.GiveConsent():
            need(Action.CONSENT)
            # Who had agreed before takes it back: that is another act than to refuse at the door.
            withdrawn = not command.given and seat.consents.get(str(command.point)) is True
            seat.consents[str(command.point)] = command.given
            # What is agreed about a private talk, inside it, is told in its own chain.
            inside = command.point is Consent.CAUCUS and room.caucus is not None and seat.id in room.caucus.seats
            told = {"seat": seat.id, "point": str(command.point)}
            kind = "consent.given" if command.given else "consent.withdrawn" if withdrawn else "consent.refused"
            events = [Happened(kind, told, chain=room.caucus.id if inside else "main")]  # type: ignore[union-attr]
            if withdrawn and command.point is Consent.RECORDING and room.recording and seat.present:
                room.pause_reason = "withdrawn"
            if command.point is Consent.ONLINE and not command.given and seat.present:
                seat.state = SeatState.LOBBY
                room.epoch += 1
                events += attendance.vacate(room, seat, now)
            if command.point is Consent.EXPERT and not command.given:
                events += attendance.expel_experts(room, now)
            return events
        case c.Knock():
            need(Action.ENTER)
            return attendance.knock(room, seat, command)
        case c.Admit():
            need(Action.ADMIT)
            admit(room, room.seat(command.seat), now)
            room.epoch += 1
            return [Happened("seat.admitted", {"seat": command.seat})]
        case c.VerifyIdentity():
            need(Action.VERIFY_IDENTITY)
            other = room.seat(command.seat)
            if not other.present:
                raise OutOfTurn("not_present", "Admit this person before comparing the card with the face")
            other.verified = True
            forget_number(other)
            shown = f", {SHOWN[other.acts.capacity]} shown" if other.acts else ""
            return [Happened("identity.verified", {"seat": other.id, "method": f"card compared on video{shown}"})]
        case c.ConfirmNotice():
            need(Action.CONFIRM_NOTICE)
            if not seat.consents.get(Consent.ONLINE):
                raise OutOfTurn("no_online_consent", "Consent to online mediation comes first")
            if seat.notice:
                return []  # a second tap
            seat.notice = True
            # What was agreed in a private talk stays there.
            agreed = {point: bool(given) for point, given in sorted(seat.consents.items()) if point != Consent.CAUCUS}
            return [Happened("notice.confirmed", {"seat": seat.id, "consents": agreed})]
        case c.MoveStage():
            need(Action.MOVE_STAGE)
            before = room.stage
            move(room, command.to, facts)
            gone = attendance.expire(room, now)
            if before is not room.stage:
                _lower_hands(room)
            return [Happened("stage.moved", {"from": str(before), "to": str(room.stage)}), *gone] if before is not room.stage else gone
        case c.GiveFloor():
            need(Action.GIVE_FLOOR)
            return _give_floor(room, command, now)
        case c.SpeakDone():
            need(Action.SPEAK_DONE)
            if room.stage is SessionStage.STATEMENTS and room.floor != seat.id:
                raise OutOfTurn("no_floor", "Ask for the floor first: a statement is made when it is your turn")
            seat.spoken, seat.hand = True, False
            if room.floor == seat.id:
                room.floor, room.floor_until = "", None
            return [Happened("statement.done", {"seat": seat.id})]
        case c.RaiseHand():
            need(Action.RAISE_HAND)
            if not seat.present:
                raise OutOfTurn("not_present", "You have not been admitted yet")
            seat.hand = command.up
            return []
        case c.SetMedia():
            need(Action.PUBLISH_MEDIA)
            if not seat.present:
                raise OutOfTurn("not_present", "You have not been admitted yet")
            _switch(seat, command.media, on=command.on)
            return [Happened("media.set", {"seat": seat.id, "media": command.media, "on": command.on})]
        case c.MuteSeat():
            need(Action.MUTE_OTHER)
            _switch(room.seat(command.seat), command.media, on=False)
            return [Happened("media.muted", {"seat": command.seat, "media": command.media})]
        case c.AskMedia():
            need(Action.ASK_MEDIA)
            return _ask_media(room, command)
        case c.AnswerMedia():
            need(Action.PUBLISH_MEDIA)
            if command.media not in seat.asked:
                raise OutOfTurn("not_asked", "Nobody asks this of you any more")
            _switch(seat, command.media, on=command.on)
            if not command.on:
                seat.declined = [*seat.declined, command.media]
            return [Happened("media.answered", {"seat": seat.id, "media": command.media, "on": command.on})]
        case c.LockRoom():
            need(Action.LOCK_ROOM)
            if room.locked == command.on:
                return []
            room.locked = command.on
            return [Happened("room.locked" if command.on else "room.unlocked", {})]
        case c.RemoveSeat():
            need(Action.REMOVE_SEAT)
            return attendance.remove(room, command.seat, now)
        case c.Say():
            need(Action.CHAT)
            return _say(room, seat, command, now)
        case c.OpenCaucus():
            need(Action.CAUCUS)
            demand_together(room, command.seats)
            open_caucus(room, new_id, command.seats, now)
            return [Happened("caucus.opened", {"caucus": new_id, "seats": list(command.seats)})]
        case c.CloseCaucus():
            need(Action.CAUCUS)
            return attendance.end_caucus(room, now)
        case c.SetRecording():
            need(Action.RECORD)
            _set_recording(room, command)
            return []
        case c.LeaveRoom():
            need(Action.LEAVE)
            return attendance.leave(room, seat, now)
        case c.EndSession():
            need(Action.END_SESSION)
            reason = parse_text(command.reason, "reason", 500, required=facts.agreement != "effective")
            events = attendance.end_caucus(room, now) if room.caucus is not None else []
            room.ended_at, room.end_reason = now, reason
            for other in room.seats.values():
                forget_number(other)
            room.epoch += 1
            return [*events, Happened("session.ended", {"reason": reason})]
        case c.WriteLine() | c.ChangeLine() | c.StrikeLine() | c.ConfirmLines() | c.ObjectToLine() | c.CloseRecord():
            answers = isinstance(command, c.ConfirmLines | c.ObjectToLine)
            closes = isinstance(command, c.CloseRecord)
            need(Action.CONFIRM_RECORD if answers else Action.CLOSE_RECORD if closes else Action.WRITE_RECORD)
            return record_keeping.handle(room, command, seat, now)
        case c.WriteOral() | c.ReadOral() | c.StateOral() | c.DropOral():
            need(Action.RECORD_ORAL)
            return oral_agreement.handle(room, command, seat, now, facts)
        case c.ConfirmOral() | c.DoubtOral():
            need(Action.CONFIRM_ORAL)
            return oral_agreement.handle(room, command, seat, now, facts)
    raise Invalid("unknown_command", "This command is not one of a session")


def _set_recording(room: Room, command: c.SetRecording) -> None:
    """Only what is wished; what follows from it is settled, and told, with everything else (`rooms.settling`)."""
    if command.on:
        if not recording_allowed(room):
            raise OutOfTurn("no_recording_consent", "Every party present must consent to the recording")
        room.recording_wanted = True
        return
    if not command.why:
        raise Invalid("missing", "Say why the recording is paused", field="why")
    words = parse_text(command.reason, "reason", PAUSE_LIMIT, required=command.why == "other")
    if not room.recording_wanted:
        return
    if not room.recording:
        # Nothing would be entered, and a reason would stand there for what somebody else stopped.
        raise OutOfTurn("not_recording", "Nothing is being recorded now")
    room.recording_wanted, room.pause_reason = False, command.why
    # The entry is everybody's, what is talked about in private is not.
    room.pause_words = words if room.caucus is None else ""


def _switch(seat: Seat, media: str, *, on: bool) -> None:
    """Whatever was asked about it is settled by that."""
    setattr(seat, media, on)
    seat.asked = [m for m in seat.asked if m != media]
    seat.declined = [m for m in seat.declined if m != media]


def _ask_media(room: Room, command: c.AskMedia) -> list[Happened]:
    other = room.seat(command.seat)
    if not other.present:
        raise OutOfTurn("not_present", "This person is not in the room")
    if room.caucus is not None and other.id not in room.caucus.seats:
        raise OutOfTurn("outside_caucus", "This person waits outside of the private talk; end the talk first")
    if getattr(other, command.media):
        raise OutOfTurn("already_on", "This is on already")
    if command.media in other.asked:
        return []
    other.asked = [*other.asked, command.media]
    other.declined = [m for m in other.declined if m != command.media]
    return [Happened("media.asked", {"seat": other.id, "media": command.media})]


def _give_floor(room: Room, command: c.GiveFloor, now: datetime) -> list[Happened]:
    if not command.seat:
        room.floor, room.floor_until = "", None
        return [Happened("floor.open", {})]
    if not 0 <= command.seconds <= 3600:
        raise Invalid("seconds", "The floor is given for at most an hour", field="seconds", limit=3600)
    other = room.seat(command.seat)
    if not other.present:
        raise OutOfTurn("not_present", "This person is not in the room")
    if room.caucus is not None and other.id not in room.caucus.seats:
        # Nobody would hear it, and the clock would run for somebody who is told to wait.
        raise OutOfTurn("outside_caucus", "This person waits outside of the private talk; end the talk first")
    room.floor, other.hand = other.id, False
    room.floor_until = now + timedelta(seconds=command.seconds) if command.seconds else None
    return [Happened("floor.given", {"seat": other.id, "seconds": command.seconds})]


def _say(room: Room, seat: Seat, command: c.Say, now: datetime) -> list[Happened]:
    if not seat.present:
        raise OutOfTurn("not_present", "You have not been admitted yet")
    text = parse_text(command.text, "text", LINE_LIMIT)
    caucus = room.caucus
    if caucus is not None and seat.id not in caucus.seats:
        # An outsider's line to the plenary would reveal nothing, but nobody inside would see it: say so instead of swallowing it.
        raise OutOfTurn("caucus_waiting", "A private talk is going on; please wait until you are called back")
    if command.talk is not None and command.talk != (caucus.id if caucus is not None else ""):
        raise OutOfTurn("other_talk", "This was written in another talk; read it again before you say it here")
    if caucus is None:
        line = add_line(room.lines, seat, text, now)
        return [Happened("chat.said", {"seat": seat.id, "text": text, "line": line.id})]
    line = add_line(caucus.lines, seat, text, now)
    return [Happened("chat.said", {"seat": seat.id, "text": text, "line": line.id}, chain=caucus.id)]


def _lower_hands(room: Room) -> None:
    """A hand is raised in a stage, about what is said there."""
    for seat in room.seats.values():
        seat.hand = False
