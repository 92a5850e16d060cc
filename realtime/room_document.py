"""A session as one seat sees it: its document, made of the room and the agreement.

What grows all through a session and is the same for everybody who may read it, chat and written record, is made once and stays the same object until
something is added: a comparison of two states need not look into it, and a long session costs a command no more than a short one.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from agreements.agreement import Agreement
from agreements.one_time_code import told
from cases.acting import Acting
from cases.case import Case
from cases.clock import rfc3339
from cases.permissions import may
from cases.stating import excused
from cases.vocabulary import SIDES, Action, Consent, DisputeKind, SeatRole, Standing
from realtime.dossier import Dossier
from realtime.expert_document import own_invitation, room_experts
from realtime.handout_document import own_handouts
from realtime.keeping_document import recordings_going
from realtime.patch import Doc, without_nulls
from realtime.performance_document import party_performance
from realtime.rating_document import own_rating
from realtime.schedule_document import party_schedule
from realtime.statement_document import room_statements
from rooms import oral_agreement, private_draft
from rooms.handling import standings_of
from rooms.record_people import settled_record
from rooms.room import ORDER, Caucus, Line, Room, Seat, missing_for, muted, recorded_apart
from rooms.sharing import together
from rooms.written_record import WrittenRecord

REMEMBERED = 128
"""Documents of chats and written records that are kept made."""


class Papers(msgspec.Struct, frozen=True):
    """Not to be changed: all readers share them."""

    lines: Doc
    record: Doc


def papers_of(room: Room) -> Papers:
    return Papers(_lines(msgspec.json.encode(room.lines)), _record(msgspec.json.encode(settled_record(room))))


def caucus_document(caucus: Caucus) -> Doc:
    return {"lines": _lines(msgspec.json.encode(caucus.lines)), "seats": sorted(caucus.seats)}


def room_document(dossier: Dossier, room: Room, seat: Seat, papers: Papers) -> Doc:
    """A session as one seat sees it. During a caucus an outsider's document stands still but for the wait itself."""
    case = dossier.case
    outside = room.caucus is not None and seat.id not in room.caucus.seats
    mediator = seat.role is SeatRole.MEDIATOR
    doc: Doc = {
        "id": room.id,
        "case": case.id,
        "title": case.title,
        "number": case.number,
        "me": seat.id,
        "opened_at": rfc3339(room.opened_at),
        "stage": str(room.stage),
        "visited": [str(stage) for stage in room.visited] or None,
        "recording": room.recording and room.caucus is None,
        "locked": room.locked or None,
        "recording_since": rfc3339(room.recording_since) if room.recording_since else None,
        "recorded": room.was_recorded or None,
        **_pause(room, outside),
        "ended": room.end_reason if room.ended_at else None,
        "recordings": recordings_going(case) if seat.role is SeatRole.PARTY else None,
        # Also to who has left: it is looked at for months after the session.
        "handouts": own_handouts(dossier, room, seat),
        "orally": bool(room.oral and room.oral.concluded_at) or None,
        "mediator": next(s.name for s in room.seats.values() if s.role is SeatRole.MEDIATOR),
        "own": _own_seat(room, seat) | {"invitation": own_invitation(case, room, seat) if seat.role is SeatRole.EXPERT else None},
        "performance": party_performance(case, seat.party, Standing.PARTY) if Standing.PARTY in standings_of(seat) else None,
        "rating": own_rating(dossier, seat.party, Standing.PARTY) if Standing.PARTY in standings_of(seat) else None,
        "schedule": party_schedule(case, seat.party, Standing.PARTY) if Standing.PARTY in standings_of(seat) else None,
    }
    if not seat.present and not mediator:
        return dict(without_nulls(doc))
    if outside:
        assert room.caucus is not None
        doc["waiting"] = {"since": rfc3339(room.caucus.opened_at)}
        return dict(without_nulls(doc))
    doc["floor"] = {"seat": room.floor, "until": rfc3339(room.floor_until) if room.floor_until else None} if room.floor else None
    orgs = {share.account: share.org_name for share in case.joint if share.assists}
    doc["seats"] = {s.id: _seat(room, s, mediator) | _assists(s, orgs) for s in room.seats.values() if mediator or s.present}
    if dossier.agreement is not None and seat.role in {SeatRole.MEDIATOR, SeatRole.PARTY}:
        doc["agreement"] = dossier.agreement.summary() | _unwilling(room, dossier.agreement) | _codes(room, dossier.agreement, seat)
    doc["statements"] = room_statements(case, room, seat)
    if seat.role in {SeatRole.MEDIATOR, SeatRole.PARTY}:
        doc["oral"] = oral_agreement.document(room)
    if room.caucus is not None:
        doc["caucus"] = {
            "id": room.caucus.id,
            "seats": sorted(room.caucus.seats),
            "since": rfc3339(room.caucus.opened_at),
            "open": room.caucus.open,
            "recorded": bool(recorded_apart(room)) or None,
            **_private_draft(room, seat),
        }
    doc["private_drafts"] = _kept_drafts(room, seat)
    if mediator:
        doc["invitations"] = room_experts(case, room)
        doc["unseated"] = _unseated(case, room)
        doc["sideless"] = _sideless(case)
        following = ORDER[min(ORDER.index(room.stage) + 1, len(ORDER) - 1)]
        doc["next"] = {"stage": str(following), "missing": [list(gap) for gap in missing_for(room, following, dossier.facts())]}
    plain: Doc = without_nulls(doc)
    plain["lines"] = papers.lines
    if may(standings_of(seat), Action.SEE_RECORD, room.stage):
        plain["record"] = papers.record
    return plain


def _private_draft(room: Room, seat: Seat) -> Doc:
    """Of the talk that is on: the draft that is open in it, or that one may go on with; for those who write there."""
    if not private_draft.inside(room, seat):
        return {}
    draft = private_draft.open_for(room, seat)
    if draft is None:
        return {"earlier": private_draft.continued(room) is not None or None}
    return {"draft": {"document": draft.document, "agreed": dict(sorted(draft.agreed.items()))}}


def _kept_drafts(room: Room, seat: Seat) -> Doc | None:
    """Private drafts that are closed, by their talk, for those who were inside."""
    kept = [one for one in private_draft.readable_for(room, seat) if one.closed_at is not None]
    return {
        one.talk: {"closed": rfc3339(one.closed_at), "brought": one.brought_at is not None or None} for one in kept if one.closed_at
    } or None


def _pause(room: Room, outside: bool) -> Doc:
    """Why nothing is recorded now, in words where the mediator gave some, and since when. Whoever waits outside of a private talk does not learn what becomes of
    the recording meanwhile."""
    caucus = room.caucus
    was_on = room.recording or (caucus is not None and room.paused_at is not None and room.paused_at >= caucus.opened_at)
    if caucus is not None and (room.recording or (outside and was_on)):
        return {"pause": "caucus"}
    return {
        "pause": room.pause_reason or None,
        "pause_words": room.pause_words or None,
        "paused_since": rfc3339(room.paused_at) if room.paused_at else None,
    }


def _unwilling(room: Room, agreement: Agreement) -> Doc:
    """Parties without whose consent to the electronic signature a frozen agreement is neither signed nor sealed."""
    if agreement.on_paper or agreement.stage not in {"frozen", "confirming", "signing", "sealing"}:
        return {}
    return {"without_consent": [s.id for s in room.parties() if not s.consents.get(Consent.SIGNATURE)]}


def _codes(room: Room, agreement: Agreement, seat: Seat) -> Doc:
    """One-time codes that were asked for: a party reads of its own, the mediator of all. The codes themselves are in no document."""
    if agreement.stage != "signing":
        return {}
    asked = {at: told(code) for at, code in agreement.codes.items() if code.bound == agreement.bound(room.id, at, room.seats[at].device)}
    if seat.role is SeatRole.MEDIATOR:
        return {"codes": asked}
    return {"code": asked.get(seat.id)}


def _unseated(case: Case, room: Room) -> Doc | None:
    """Parties of the case who have no seat: nobody waits for them, and nothing else in the room tells of them. `afar`: who has given a statement from afar."""
    seated = {seat.party for seat in room.parties()}
    afar = excused(case)
    found = (one for one in case.parties if one.id not in seated)
    return {one.id: {"name": one.name, "side": one.capacity, "afar": one.id in afar or None} for one in found} or None


def _sideless(case: Case) -> list[str] | None:
    """Sides of a dispute of which the case has nobody: nothing else tells that one side alone is talked with. A livelihood matter has one side."""
    there = {one.capacity for one in case.parties}
    return [side for side in SIDES if side not in there] or None if case.kind is DisputeKind.DISPUTE else None


def _own_seat(room: Room, seat: Seat) -> Doc:
    experts = [s for s in room.seats.values() if s.role is SeatRole.EXPERT and not s.revoked]
    return {
        "role": str(seat.role),
        "name": seat.name,
        "state": str(seat.state),
        "consents": dict(sorted(seat.consents.items())),
        "notice": seat.notice,
        "audio": seat.audio,
        "camera": seat.camera,
        "screen": seat.screen,
        "hand": seat.hand,
        "spoken": seat.spoken,
        "muted": muted(room, seat),
        "asked": seat.asked or None,
        "until": rfc3339(seat.until) if seat.until else None,
        "minutes": seat.minutes or None,
        "stages": [str(stage) for stage in seat.stages] or None,
        "acts": _acts(seat.acts),
        "verified": seat.verified or None,
        "identity": _identity(seat),
        "expert_consent_asked": bool(experts) or None,
        # An expert who is not let in, so as not to wait for nothing; which party said so is the mediator's to know.
        "not_agreed": (seat.role is SeatRole.EXPERT and any(s.consents.get(Consent.EXPERT) is False for s in room.parties())) or None,
        # Whom a party is asked about: told before the expert may come in.
        "experts": {s.id: {"name": s.name, "speciality": s.speciality or None} for s in experts} or None
        if seat.role is SeatRole.PARTY
        else None,
    }


def _identity(seat: Seat) -> Doc | None:
    """To the person and the mediator: how a proof of identity to a provider stands, on the present device. `passed` is told with `verified` alone."""
    found = seat.identity
    if found is None or found.device != seat.device:
        return None
    return {
        "state": "passed" if seat.verified else "failed" if found.failed else "open",
        "reason": found.failed or None,
        "tries": found.count,
    }


def _acts(acts: Acting | None) -> Doc | None:
    """To who acts and to the mediator. What everybody reads is the seat's name, which says for whom."""
    if acts is None:
        return None
    return {
        "name": acts.name,
        "principal": acts.principal,
        "capacity": str(acts.capacity),
        "authority": str(acts.authority) if acts.authority else None,
    }


def _assists(seat: Seat, orgs: dict[str, str]) -> Doc:
    """Whose people a co-mediator is of: told to everybody, who would else not know who that is."""
    return {"org": orgs.get(seat.party)} if seat.role is SeatRole.CO_MEDIATOR else {}


def _seat(room: Room, seat: Seat, for_mediator: bool) -> Doc:
    doc: Doc = {
        "name": seat.name,
        "role": str(seat.role),
        "state": str(seat.state),
        "audio": "audio" not in muted(room, seat),
        "camera": seat.camera,
        "screen": seat.screen,
        "hand": seat.hand or None,
        "speciality": seat.speciality or None,
        "until": rfc3339(seat.until) if seat.until else None,
        "beside": [one for one in together(room, seat.id) if one != seat.id] or None,
    }
    if for_mediator:
        doc |= {
            "consents": dict(sorted(seat.consents.items())),
            "verified": seat.verified,
            "identity": _identity(seat),
            "notice": seat.notice,
            "spoken": seat.spoken,
            "party": seat.party or None,
            "acts": _acts(seat.acts),
            "stages": [str(stage) for stage in seat.stages] or None,
            # What the person has switched off, as told from what the floor keeps back.
            "off": [media for media in ("audio", "camera") if not getattr(seat, media)] or None,
            "asked": seat.asked or None,
            "declined": seat.declined or None,
        }
    return doc


@lru_cache(REMEMBERED)
def _record(encoded: bytes) -> Doc:
    """By content, so that a state whose transaction failed is never taken for the next one. Not to be changed."""
    record = msgspec.json.decode(encoded, type=WrittenRecord)
    doc: Doc = {
        "lines": {
            f"{line.id:06d}": {
                "kind": str(line.kind),
                "seat": line.seat or None,
                "text": line.text,
                "at": rfc3339(line.at),
                "revision": line.revision,
                "struck": line.struck or None,
            }
            for line in record.lines
        },
        "people": {person.seat: {"name": person.name, "role": str(person.role)} for person in record.people},
        "omitted": record.omitted or None,
        "confirmed": {seat: dict(lines) for seat, lines in record.confirmed.items()},
        "objections": {seat: dict(lines) for seat, lines in record.objections.items()},
        "closed": rfc3339(record.closed_at) if record.closed_at else None,
        "sha256": record.sha256 or None,
    }
    return dict(without_nulls(doc))


@lru_cache(REMEMBERED)
def _lines(encoded: bytes) -> Doc:
    """Keyed by number, so that a patch carries the new line alone. Not to be changed."""
    lines = msgspec.json.decode(encoded, type=list[Line])
    return {f"{line.id:06d}": {"seat": line.seat, "text": line.text, "at": rfc3339(line.at)} for line in lines}
