"""Commands from the websocket: looked up, authorised by the pure rules, written in one transaction, answered once.

This is the driver between `realtime.endpoint` and the rules of `cases` and `rooms`; it decides nothing itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from agreements.commands import AgreementCommand, PrivateDraftCommand, RemarkCommand
from cases import case as case_rules
from cases import data_rights, filing, form_filling, party_correction, public_code
from cases.acting import Acting, Capacity
from cases.actor import Actor
from cases.case import Numbering
from cases.casework import handle as handle_case
from cases.commands.archiving import ArchiveCommand
from cases.commands.casework import Accept, CaseCommand, Classify, CloseCase, CorrectParty, Dispatch, FillForm
from cases.commands.data import DataCommand
from cases.commands.declining import DecliningCommand
from cases.commands.escalation import EscalationCommand
from cases.commands.experts import ExpertCommand
from cases.commands.joint import JointCommand
from cases.commands.keeping import KeepingCommand
from cases.commands.matters import AnswerMatter
from cases.commands.performance import PerformanceCommand
from cases.commands.public_code import RenewCode
from cases.commands.rating import RatingCommand
from cases.commands.risk import RiskCommand
from cases.commands.scheduling import ScheduleCommand
from cases.commands.statements import PageCommand, ShowCommand, StatementCommand
from cases.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Refusal
from cases.permissions import demand
from cases.vocabulary import Action, CaseStage, Role, SeatRole
from realtime.endpoint import Connection
from realtime.handout_document import agreement_kept
from realtime.hub import Hub
from realtime.messages import KEY_LIMIT, Do, Done
from realtime.metrics import COMMAND_SECONDS, COMMANDS
from realtime.session import Code
from rooms import commands as room_commands
from rooms import handing_over, handling
from rooms.room import caucus_id
from storage.database import reads
from storage.dossier import Dossier
from storage.models.people import Account, Organisation
from storage.regions import region_of
from storage.work import Outcome, Store
from web.ceremony import CeremonyDesk
from web.ceremony_acts import stage_moved
from web.declining import DecliningDesk
from web.doors import Doors
from web.escalations import EscalationDesk
from web.expert_desk import ExpertDesk
from web.filed import filing_facts
from web.joint import JointDesk
from web.keeping import KeepingDesk
from web.nodes import Nodes
from web.oral import OralDesk
from web.own_pages import PageDesk
from web.performance import PerformanceDesk
from web.private_drafts import PrivateDraftDesk
from web.ratings import RatingDesk
from web.remarks import RemarkDesk
from web.risk_desk import RiskDesk
from web.scheduling import SchedulingDesk, link_lasts
from web.statements import StatementDesk, unread

log = structlog.get_logger("desk")

LINK_LIFETIME = timedelta(hours=24)
FOLLOWING = timedelta(days=30)
"""Of a party's link while the agreement is being performed: it opens again and again, a sign-in by it ends after a day all the same."""


class CommandDesk:
    """Answers `Do`. Other kinds of message are answered by the desks in `others`, by their type."""

    def __init__(self, store: Store, doors: Doors, base_url: str) -> None:
        self.store, self.doors, self.base_url = store, doors, base_url
        self.hub: Hub | None = None
        self.nodes: Nodes | None = None
        self.ceremony: CeremonyDesk | None = None
        self.keeping: KeepingDesk | None = None
        self.performance: PerformanceDesk | None = None
        self.ratings: RatingDesk | None = None
        self.risks: RiskDesk | None = None
        self.experts: ExpertDesk | None = None
        self.joint: JointDesk | None = None
        self.escalations: EscalationDesk | None = None
        self.declining: DecliningDesk | None = None
        self.scheduling: SchedulingDesk | None = None
        self.pages: PageDesk | None = None
        self.statements: StatementDesk | None = None
        self.remarks: RemarkDesk | None = None
        self.private_drafts: PrivateDraftDesk | None = None
        self.oral: OralDesk | None = None
        self.archive: Callable[[ArchiveCommand, Actor, str], Awaitable[dict[str, Any]]] | None = None
        self.others: dict[type, Any] = {}

    async def handle(self, connection: Connection, message: Any) -> None:
        other = self.others.get(type(message))
        if other is not None:
            await other.handle(connection, message)
            return
        assert isinstance(message, Do), message
        if not 1 <= len(message.key) <= KEY_LIMIT:
            raise Invalid("bad_key", f"A command's key has 1 to {KEY_LIMIT} characters", field="key")
        name = type(message.command).__name__
        try:
            with COMMAND_SECONDS.time():
                result = await self.do(message.command, connection.actor, message.key)
        except Refusal:
            COMMANDS.labels(name, "refused").inc()
            raise
        COMMANDS.labels(name, "done").inc()
        assert self.hub is not None
        self.hub.send(connection, Done(message.key, result))

    def left(self, connection: Connection) -> None:
        for other in {id(o): o for o in self.others.values()}.values():
            other.left(connection)

    async def do(self, command: Any, actor: Actor, key: str) -> dict[str, Any]:
        """Run one command of an actor. The key makes it idempotent: sent again, it gets the same answer."""
        receipt = _receipt(command, actor, key) if key else ""
        if isinstance(command, Dispatch):
            command = await self._with_names(command, actor)
        if isinstance(command, Classify | Dispatch) and command.region:
            command = msgspec.structs.replace(command, region_name=(await region_of(command.region)).name)
        if isinstance(command, room_commands.OpenSession):
            return await self.store.execute(command.case, _open_session(actor), receipt)
        if isinstance(command, room_commands.Invite):
            return await self._invite(command, actor, receipt)
        if isinstance(command, room_commands.ConcludeOral):
            assert self.oral is not None
            return await self.oral.conclude(command, actor, receipt)
        if isinstance(command, AgreementCommand):
            assert self.ceremony is not None
            return await self.ceremony.do(command, actor, receipt)
        if isinstance(command, RemarkCommand):
            assert self.remarks is not None
            return await self.remarks.do(command, actor, receipt)
        if isinstance(command, PrivateDraftCommand):
            assert self.private_drafts is not None
            return await self.private_drafts.do(command, actor, receipt)
        if isinstance(command, CorrectParty):
            return await self._correct(command, actor, receipt)
        if isinstance(command, DataCommand):
            return await self.store.execute(command.case, _data_command(command, actor), receipt, timed=True)
        if isinstance(command, KeepingCommand):
            assert self.keeping is not None
            return await self.keeping.do(command, actor, receipt)
        if isinstance(command, PerformanceCommand):
            assert self.performance is not None
            return await self.performance.do(command, actor, receipt)
        if isinstance(command, RatingCommand):
            assert self.ratings is not None
            return await self.ratings.do(command, actor, receipt)
        if isinstance(command, ExpertCommand):
            assert self.experts is not None
            return await self.experts.do(command, actor, receipt)
        if isinstance(command, JointCommand):
            assert self.joint is not None
            return await self.joint.do(command, actor, receipt)
        if isinstance(command, EscalationCommand):
            assert self.escalations is not None
            return await self.escalations.do(command, actor, receipt)
        if isinstance(command, DecliningCommand):
            assert self.declining is not None
            return await self.declining.do(command, actor, receipt)
        if isinstance(command, RiskCommand):
            assert self.risks is not None
            return await self.risks.do(command, actor, receipt)
        if isinstance(command, ScheduleCommand):
            assert self.scheduling is not None
            return await self.scheduling.do(command, actor, receipt)
        if isinstance(command, StatementCommand):
            assert self.statements is not None
            return await self.statements.do(command, actor, receipt)
        if isinstance(command, ShowCommand):
            assert self.statements is not None
            return await self.statements.show(command, actor, receipt)
        if isinstance(command, PageCommand):
            assert self.pages is not None
            return await self.pages.do(command, actor, receipt)
        if isinstance(command, FillForm):
            return await self.store.execute(command.case, _fill_form(command, actor), receipt)
        if isinstance(command, ArchiveCommand):
            assert self.archive is not None
            return await self.archive(command, actor, receipt)
        if isinstance(command, RenewCode):
            return await self.store.execute(command.case, _renew_code(command, actor), receipt)
        if isinstance(command, CaseCommand):
            numbering_for = actor.org if isinstance(command, Accept) else ""
            return await self.store.execute(
                command.case, _case_command(command, actor), receipt, numbering_for, timed=isinstance(command, Accept | Dispatch)
            )
        result = await self.store.execute(command.case, _room_command(command, actor), receipt)
        if isinstance(command, room_commands.RemoveSeat):
            await self._close_seat(result["session"], command.seat)
        return result

    async def _with_names(self, command: Dispatch, actor: Actor) -> Dispatch:
        """Fill in the organisations of those who are to get the order; the client's own idea of them is not believed."""
        names = []
        for account_id in command.to[:20]:
            account = await Account.filter(id=account_id, disabled=False).using_db(reads()).first()
            if account is None or not account.region.startswith(actor.region) or account.role not in {Role.MEDIATOR, Role.GRID_WORKER}:
                raise Invalid("unknown_account", "One of the chosen people does not exist or cannot take orders", field="to")
            org = await Organisation.filter(id=account.org).using_db(reads()).first()
            names.append(org.name if org else account.name)
        return msgspec.structs.replace(command, names=names)

    async def _invite(self, command: room_commands.Invite, actor: Actor, receipt: str) -> dict[str, Any]:
        """Make the seat (or find the one that this party already has) and a fresh link to it."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            demand(case_rules.standings(dossier.case, actor), Action.INVITE, dossier.case.stage)
            room, performing = dossier.room, dossier.case.stage is CaseStage.AGREED
            if room is None or (room.ended_at is not None and not performing):
                raise NotFound("no_session", "Open a session first")
            if performing and room.ended_at is None:
                raise OutOfTurn("session_open", "The session has not ended yet")
            lasts = int(link_lasts(dossier.case, now, LINK_LIFETIME).total_seconds())
            if command.role is SeatRole.PARTY:
                known = next((s for s in room.parties() if s.party == command.party), None)
                acts = handling.acting_of(command, dossier.case.party(command.party).name) if command.acts else None
                if acts is not None:
                    _demand_one_side(dossier, command.party, acts)
                if known is not None:
                    stays, left = handling.represent(room, known, acts, now)
                    if stays:
                        days = FOLLOWING.days if performing else 0
                        return Outcome(left, {"seat": known.id, "session": room.id, "days": days, "lasts": lasts})
                    seat, happened = handling.invite(room, command, dossier.case.party(command.party).name)
                    return Outcome([*left, *happened], {"seat": seat.id, "session": room.id, "lasts": lasts, "former": known.id})
            if performing:
                raise OutOfTurn("agreed_already", "After the agreement only those who made it get a link, to follow its performance")
            name = dossier.case.party(command.party).name if command.role is SeatRole.PARTY else ""
            seat, happened = handling.invite(room, command, name)
            return Outcome(happened, {"seat": seat.id, "session": room.id, "lasts": lasts})

        result = await self.store.execute(command.case, decide, receipt)
        lasts = timedelta(seconds=result.pop("lasts", 0))
        if "former" in result:
            await self._close_seat(result["session"], result.pop("former"))
        minutes = command.minutes + 24 * 60 if command.role is SeatRole.EXPERT else 0
        lifetime = timedelta(minutes=minutes) if minutes else timedelta(days=result.get("days", 0)) or LINK_LIFETIME
        if command.role is SeatRole.PARTY:
            token, code = await self.doors.links.issue_with_code(max(lifetime, lasts), command.case, result["session"], result["seat"])
            return {**result, "url": f"{self.base_url}/j#{token}", "code": code}
        token = await self.doors.links.issue("seat", lifetime, case_id=command.case, session_id=result["session"], seat=result["seat"])
        if command.role is SeatRole.DEVICE:
            # Not a link to click on: what is typed into a camera's or a player's settings.
            return {**result, "whip": f"{self.base_url}/whip", "whep": f"{self.base_url}/whep", "token": token}
        return {**result, "url": f"{self.base_url}/j#{token}"}

    async def _correct(self, command: CorrectParty, actor: Actor, receipt: str) -> dict[str, Any]:
        """With the telephone of who reported ends what hung on the former one; done again when the command is sent again."""
        result = await self.store.execute(command.case, _correction(command, actor), receipt)
        session, seats = result.pop("session", ""), result.pop("seats", [])
        if gone := result.pop("gone", []):
            assert self.statements is not None
            await self.statements.forget(gone)
        if result.pop("moved", False):
            assert self.nodes is not None
            for seat in seats:
                await self._close_seat(session, seat)
            self.nodes.end(await self.doors.end_number(command.case, command.party), Code.REVOKED, "the number was corrected")
        return result

    async def take_place(self, case_id: str, actor: Actor) -> None:
        """A party comes by its own page while the session is open: it gets its place, and the link to it, once. Not again where the mediator has withdrawn it."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            demand(case_rules.standings(dossier.case, actor), Action.COME_BY_PAGE, dossier.case.stage)
            room = dossier.room
            if room is None or not room.awaits(actor.id):
                return Outcome()
            command = room_commands.Invite(case_id, SeatRole.PARTY, party=actor.id)
            seat, (invited,) = handling.invite(room, command, dossier.case.party(actor.id).name)
            lasts = int(link_lasts(dossier.case, now, LINK_LIFETIME).total_seconds())
            told = msgspec.structs.replace(invited, payload=invited.payload | {"by": actor.ledger_name})
            return Outcome([told], {"session": room.id, "seat": seat.id, "lasts": lasts})

        made = await self.store.execute(case_id, decide)
        if made:
            await self.doors.links.issue_with_code(timedelta(seconds=made["lasts"]), case_id, made["session"], made["seat"])

    async def close_seats(self, session_id: str, seats: list[str]) -> None:
        """Of a case that goes to another mediator: whoever has the page open reads that, and not to ask a mediator who is none any more."""
        for seat in seats:
            await self._close_seat(session_id, seat, "handed_over")

    async def _close_seat(self, session_id: str, seat: str, why: str = "this seat was withdrawn") -> None:
        assert self.nodes is not None
        self.nodes.end(await self.doors.links.revoke_seat(session_id, seat), Code.REVOKED, why)


def _demand_one_side(dossier: Dossier, party: str, acts: Acting) -> None:
    """Nobody is agent of both sides (民法典 168)."""
    assert dossier.room is not None
    side = dossier.case.party(party).capacity
    for seat in dossier.room.parties():
        other = dossier.case.party(seat.party)
        if acts.capacity is Capacity.AGENT and other.capacity != side and acts.name in {other.name, seat.acts.name if seat.acts else ""}:
            raise Invalid("acts_for_both", "Nobody acts for both sides", field="name")


def _receipt(command: Any, actor: Actor, key: str) -> str:
    """Under what an answer is kept: the same key means the same command of the same person in the same session, and nothing else."""
    content = msgspec.msgpack.encode(command)
    return hashlib.sha256(b"|".join([actor.ledger_name.encode(), actor.session_id.encode(), key.encode(), content])).hexdigest()


def _case_command(command: CaseCommand, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        if isinstance(command, CloseCase):
            demand(case_rules.standings(dossier.case, actor), Action.CLOSE_CASE, dossier.case.stage)
            filing.demand_complete(filing.items_of(filing_facts(dossier)), command.reason)
        if isinstance(command, AnswerMatter) and dossier.room is not None and dossier.room.ended_at is None:
            # Of a mediator before this one, whom the centre took it from: it would go on for ever.
            raise OutOfTurn("session_open", "The session has not ended yet")
        happened = handle_case(dossier.case, command, actor, now, numbering)
        return Outcome(happened, {"stage": str(dossier.case.stage), "number": dossier.case.number})

    return decide


def _renew_code(command: RenewCode, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        signing = dossier.agreement is not None and dossier.agreement.stage not in {"drafting", "effective", "ended"}
        happened = public_code.renew(dossier.case, command, actor, numbering, signing)
        return Outcome(happened, {"code": dossier.case.code})

    return decide


def _fill_form(command: FillForm, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        happened = form_filling.fill(dossier.case, command, actor, now, agreement_kept(dossier))
        form = dossier.case.forms.get(command.form)
        return Outcome(happened, {"revision": form.revision if form else 0})

    return decide


def _correction(command: CorrectParty, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        happened, room = party_correction.handle(dossier.case, command, actor, now), dossier.room
        gone = unread(happened, dossier.case, command.party)
        if not any("checked" in one.payload for one in happened):
            return Outcome(happened, gone)
        # Whoever was compared with the card stays; others may have come by a link that went to the former number.
        open_room = room if room is not None and room.ended_at is None else None
        seats = [one.id for one in open_room.parties() if one.party == command.party and not one.verified] if open_room is not None else []
        if open_room is None:
            return Outcome(happened, {"moved": True, **gone})
        out = handling.uninvited(open_room, seats, now)
        return Outcome([*happened, *out], {"moved": True, "session": open_room.id, "seats": seats, **gone})

    return decide


def _data_command(command: DataCommand, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        return Outcome(data_rights.handle(dossier.case, command, actor, now, numbering.calendar))

    return decide


def _open_session(actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        case = dossier.case
        demand(case_rules.standings(case, actor), Action.OPEN_SESSION, case.stage)
        if dossier.room is not None and dossier.room.ended_at is None:
            taken_up = handing_over.take_up(dossier.room, actor, now)
            if taken_up:
                case_rules.session_opened(case, dossier.room.id, now, actor.name)
            return Outcome(taken_up, {"session": dossier.room.id})
        room, happened = handling.open_room(f"{case.id}-{numbering.new_id[:8]}", case.id, actor, now)
        dossier.room = room
        case_rules.session_opened(case, room.id, now, actor.name)
        return Outcome(happened, {"session": room.id})

    return decide


def _room_command(command: Any, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        if room is None:
            raise NotFound("no_session", "There is no session in this case")
        if actor.kind == "seat" and (actor.case_id != dossier.case.id or actor.session_id != room.id):
            raise NotAllowed("other_session", "Your link belongs to another session")
        caucus = caucus_id(dossier.case.id, numbering.new_id)
        before = room.stage
        happened = handling.handle(room, command, actor, now, dossier.facts(), caucus)
        if room.stage is not before:
            happened += stage_moved(dossier, actor, before)
        if isinstance(command, room_commands.EndSession) and dossier.case.stage is CaseStage.MEDIATING:
            case_rules.session_failed(dossier.case, now, "")
        return Outcome(happened, {"session": room.id})

    return decide
