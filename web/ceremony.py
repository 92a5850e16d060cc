"""Freeze, confirm, sign, seal: the heavy parts in worker processes, the decision in one short transaction at the end.

No transaction spans a call to a timestamp service or CA. One lock per agreement queues its signers; the commit compares the hash of the
file that was signed with the present one, so that of two signatures on the same file the second is made again on the new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import date, datetime
from typing import Any, TypeVar

import structlog

from agreements import ceremony as c
from agreements.acts import Way
from agreements.agreement import MEDIATOR_SEAT, Agreement, ClauseText
from agreements.ceremony import Signer
from agreements.commands import (
    INTENT,
    AgreementCommand,
    AnswerCode,
    AskCode,
    ConfirmClause,
    DropPage,
    FilePaper,
    FreezeDraft,
    ObjectTo,
    RefuseToSign,
    SealAgreement,
    SignAgreement,
)
from agreements.completeness import missing_items
from agreements.fonts import FontDirs, MissingGlyph
from agreements.layout import clause_texts, signature_rows
from agreements.paper_marks import mark_of
from agreements.paper_pdf import MAX_PAGES
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import SchemaError, canonical, content_hash
from agreements.seal_image import draw_seal
from agreements.signing import certify, revision_hash, seal, sign
from agreements.strokes import StrokesError, draw_strokes, read_strokes
from cases.acting import TITLES, demand_binding
from cases.actor import Actor
from cases.case import Numbering
from cases.clock import COUNTY_TIME
from cases.errors import Conflict, Invalid, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Blobs, Clock, Happened
from cases.vocabulary import Action, Consent, SeatRole, SessionStage
from rooms.handling import seat_of, standings
from rooms.room import ORDER, Room, move
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import NewFile, Outcome, Store
from web.ceremony_steps import checked, happened_of, in_force, keep, own_of
from web.drafting import DraftDesk
from web.paper import PaperDesk
from web.providers import Providers
from web.signing_codes import SigningCodes, demand_code

log = structlog.get_logger("ceremony")
T = TypeVar("T")
TRIES = 3


class CeremonyDesk:
    def __init__(
        self,
        store: Store,
        reader: Reader,
        drafts: DraftDesk,
        blobs: Blobs,
        clock: Clock,
        pool: Executor,
        providers: Providers,
        font_dirs: FontDirs,
        base_url: str,
        paper: PaperDesk,
        codes: SigningCodes,
    ) -> None:
        self._store, self._reader, self._drafts, self._blobs = store, reader, drafts, blobs
        self._clock, self._pool, self._providers = clock, pool, providers
        self._font_dirs, self._base_url, self._paper, self._codes = font_dirs, base_url, paper, codes
        self._locks: dict[str, asyncio.Lock] = {}

    async def do(self, command: AgreementCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        # A command that is sent again after a cut is answered before anything is checked: its first run may have changed the stage.
        known = await self._reader.receipt(receipt)
        if known is not None:
            return self._codes.answered(known) if isinstance(command, AnswerCode) else known
        match command:
            case FreezeDraft():
                return await self._freeze(command, actor, receipt)
            case ConfirmClause():
                return await self._store.execute(command.case, _confirmed(command, actor), receipt)
            case ObjectTo():
                result = await self._store.execute(command.case, _objected(command, actor), receipt)
                self._drafts.stop_editing(command.case)
                return result
            case RefuseToSign():
                return await self._store.execute(command.case, _refused(actor), receipt)
            case AskCode() | AnswerCode():
                return await self._codes.do(command, actor, receipt)
            case SignAgreement():
                return await self._sign(command, actor, receipt)
            case SealAgreement():
                return await self._seal(command, actor, receipt)
            case DropPage() | FilePaper():
                return await self._paper.do(command, actor, receipt)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        """CPU-heavy work beside the event loop: 0.7 s of PDF here would stop the hub."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    def _lock(self, case_id: str) -> asyncio.Lock:
        return self._locks.setdefault(case_id, asyncio.Lock())

    # freeze

    async def _freeze(self, command: FreezeDraft, actor: Actor, receipt: str) -> dict[str, Any]:
        async with self._lock(command.case):
            dossier, room = await self._room(command.case, actor)
            demand(standings(room, actor), Action.FREEZE, room.stage)
            if room.caucus is not None:
                raise OutOfTurn("caucus_open", "End the private talk first")
            draft = await self._drafts.draft(dossier)
            async with draft.lock:
                try:
                    content = draft.live.content()
                except SchemaError as error:
                    raise Invalid("draft_broken", str(error)) from None
                now = self._clock.now()
                facts, text = draft.facts, canonical(content)
                agreement = dossier.agreement
                assert agreement is not None
                # Asked again: the text was complete when it was last edited, and a deadline may have passed since.
                missing = [gap.label for gap in missing_items(content, facts, self._drafts.writing.today())]
                if missing:
                    raise OutOfTurn("incomplete", "Statutory items are missing", missing=missing)
                on_paper = command.way is Way.PAPER
                if agreement.paper_only and not on_paper:
                    raise OutOfTurn(
                        "paper_only", "Matters of personal status are signed on paper with a fingerprint", reason=agreement.paper_only
                    )
                # The revision that this freeze will be: the codes on the pages name it.
                mark = mark_of(dossier.case.code, agreement.revision + 1, 1, 1, "") if on_paper else None
                link = f"{self._base_url}/c/{dossier.case.code}"
                behind = self._providers
                options = PrintOptions(_day(now), self._font_dirs, behind.signing_anchor, behind.stamp_anchor, behind.label, link, mark)
                try:
                    printed = await self._run(print_agreement, text, facts, options)
                except MissingGlyph as error:
                    raise _glyph(error, "draft") from None
                if on_paper and printed.pages > MAX_PAGES:
                    raise OutOfTurn("paper_too_long", f"On paper an agreement has at most {MAX_PAGES} pages: shorten it", limit=MAX_PAGES)
                platform = await behind.platform(now)
                now = self._clock.now()
                trust, service = await behind.at_hand(now)
                with behind.answering():
                    pdf = await self._run(certify, printed.pdf, printed.boxes, platform, trust, service, now)
                hashed = content_hash(content)
                files = [await keep(self._blobs, pdf, "agreement"), await keep(self._blobs, text, "content")]
                rows = signature_rows(facts)
                seats = [p.seat for p in facts.parties] + [MEDIATOR_SEAT]
                frozen = Agreement(
                    document=agreement.document,
                    clauses=[ClauseText(*clause) for clause in clause_texts(content)],
                    pages=printed.pages,
                    file=files[0].blob,
                    content=files[1].blob,
                    fields={seat: row.field for seat, row in zip(seats, rows, strict=True)},
                    names={seat: row.name for seat, row in zip(seats, rows, strict=True)},
                    anchor=",".join(filter(None, [behind.signing_anchor, behind.stamp_anchor])),
                    printed=files[0].blob if on_paper else "",
                    code_way="" if on_paper else self._codes.way,
                )
                head = draft.live.head
                result = await self._store.execute(
                    command.case, _frozen(actor, frozen, command.way, hashed, revision_hash(pdf), head, files), receipt
                )
        self._drafts.stop_editing(command.case)
        return result

    # signatures

    async def _sign(self, command: SignAgreement, actor: Actor, receipt: str) -> dict[str, Any]:
        try:
            picture = await self._run(_picture, command.strokes.encode())
        except StrokesError as error:
            raise Invalid(f"strokes_{error.code}", str(error), field="strokes") from None
        for _ in range(TRIES):
            async with self._lock(command.case):
                dossier, room = await self._room(command.case, actor)
                seat = seat_of(room, actor)
                agreement = dossier.agreement
                if seat is None or agreement is None or agreement.ceremony is None:
                    raise NotFound("no_agreement", "There is nothing to sign yet")
                demand(standings(room, actor), Action.SIGN, room.stage)
                _demand_consent(room, seat.id)
                demand_binding(seat.acts)
                printed = agreement.names.get(seat.id, "")
                name = seat.acts.name if seat.acts else printed
                if command.name.strip() != name:
                    raise Invalid("other_name", f"Please type the name as it is printed: {name}", field="name", expected=name)
                if not command.intent:
                    raise Invalid(
                        "intent_needed", "Please tick that you have read the agreement and sign it of your own will", field="intent"
                    )
                if not agreement.file:
                    raise NotFound("no_agreement", "There is nothing to sign yet")
                before = await self._blobs.get(agreement.file)
                base = revision_hash(before)
                # Asked first with a hash that cannot be: whoever may not sign is told so before a key is made.
                agreement.apply(c.Sign(agreement.revision, seat.id, command.hash, base, "0" * 64))
                demand_code(room, agreement, seat, self._clock.now())
                role = "人民调解员" if seat.id == MEDIATOR_SEAT else TITLES[seat.acts.capacity] if seat.acts else "当事人"
                behind = self._providers
                credential = await behind.one_time(printed, role, self._clock.now())
                now = self._clock.now()
                trust, service = await behind.at_hand(now)
                field = agreement.fields[seat.id]
                with behind.answering():
                    after = await self._run(sign, before, field, picture, credential, trust, service, now, self._font_dirs, behind.label)
                files = [await keep(self._blobs, after, "agreement"), await keep(self._blobs, command.strokes.encode(), "strokes")]
                signed = c.Sign(agreement.revision, seat.id, command.hash, base, revision_hash(after))
                try:
                    return await self._store.execute(command.case, _signed(actor, signed, files), receipt)
                except Conflict as conflict:
                    if conflict.code != "stale_file":
                        raise
        raise Conflict("busy_signing", "Several people are signing at once; please try again")

    async def _seal(self, command: SealAgreement, actor: Actor, receipt: str) -> dict[str, Any]:
        async with self._lock(command.case):
            dossier, room = await self._room(command.case, actor)
            demand(standings(room, actor), Action.SEAL, room.stage)
            agreement = dossier.agreement
            if agreement is None or agreement.ceremony is None or agreement.stage != "sealing":
                raise OutOfTurn("wrong_stage", "The seal comes last, after every signature")
            facts = await self._drafts.facts(dossier)
            before, content = await self._blobs.get(agreement.file), await self._blobs.get(agreement.content)
            picture = await self._run(draw_seal, facts.committee, self._font_dirs)
            committee = await self._providers.seal(facts.committee, self._clock.now())
            now = self._clock.now()
            trust, service = await self._providers.at_hand(now)
            with self._providers.answering():
                after = await self._run(seal, before, picture, committee, trust, service, now, self._font_dirs)
            checks, valid = await self._run(checked, after, await self._providers.roots(trust, now))
            if not valid:
                log.error(
                    "sealed agreement does not hold", case=command.case, failed=[check.code for check in checks if check.status == "fail"]
                )
            files = [await keep(self._blobs, after, "agreement")]
            return await self._store.execute(
                command.case, _sealed(actor, command.hash, content, revision_hash(before), revision_hash(after), valid, files), receipt
            )

    async def _room(self, case_id: str, actor: Actor) -> tuple[Dossier, Room]:
        dossier = await self._reader.dossier(case_id)
        if dossier.room is None or seat_of(dossier.room, actor) is None:
            raise NotFound("no_session", "There is no session in this case")
        return dossier, dossier.room


def _picture(strokes: bytes) -> bytes:
    return draw_strokes(read_strokes(strokes))


def _day(now: datetime) -> date:
    return now.astimezone(COUNTY_TIME).date()


def _glyph(error: MissingGlyph, field: str) -> Invalid:
    return Invalid("missing_glyph", str(error), field=field, character=error.character, code_point=error.code_point, package=error.package)


def _demand_consent(room: Room, seat: str) -> None:
    """The ceremony keeps a consent that was given once; a party may have taken it back since (电子签名法 3)."""
    if room.seats[seat].role is SeatRole.PARTY and not room.seats[seat].consents.get(Consent.SIGNATURE):
        raise OutOfTurn("no_consent", "Consent to e-signature comes before the signature")


def _frozen(actor: Actor, frozen: Agreement, way: Way, text: str, file: str, head: str, files: list[NewFile]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement = dossier.room, dossier.agreement
        assert room is not None and agreement is not None
        demand(standings(room, actor), Action.FREEZE, room.stage)
        signers = [Signer(seat, "mediator" if seat == MEDIATOR_SEAT else "party") for seat in frozen.fields]
        agreement.begin(signers)
        clauses = tuple(clause.id for clause in frozen.clauses)
        missing, paper = tuple(agreement.missing), agreement.paper_only
        command = c.Freeze(agreement.revision, text, file, clauses, missing, paper, way, frozen.pages)
        events = agreement.apply(command)
        # A consent to e-signature given at the door counts for the ceremony as well; it can still be withdrawn by not signing.
        for seat in room.parties():
            if seat.consents.get(Consent.SIGNATURE):
                events += agreement.apply(c.ConsentToSign(agreement.revision, seat.id))
        agreement.clauses, agreement.pages, agreement.void_reason = frozen.clauses, frozen.pages, ""
        agreement.file, agreement.content = frozen.file, frozen.content
        agreement.fields, agreement.names, agreement.anchor = frozen.fields, frozen.names, frozen.anchor
        agreement.printed, agreement.sheets = frozen.printed, {}
        agreement.code_way, agreement.codes = frozen.code_way, {}
        move(room, SessionStage.CONFIRMATION, dossier.facts())
        happened = [Happened("draft.frozen", {"document": agreement.document, "head": head}), *happened_of(events, actor)]
        happened.append(Happened("stage.moved", {"from": "drafting", "to": "confirmation"}))
        return Outcome(happened, {"revision": agreement.revision, "hash": text}, files=files)

    return decide


def _confirmed(command: ConfirmClause, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement, seat = own_of(dossier, actor, Action.CONFIRM_CLAUSE)
        demand_binding(room.seats[seat].acts)
        events = agreement.apply(c.ConfirmClause(agreement.revision, seat, command.clause, command.hash))
        return Outcome(happened_of(events, actor))

    return decide


def _objected(command: ObjectTo, actor: Actor) -> Any:
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


def _refused(actor: Actor) -> Any:
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
    if ORDER.index(room.stage) < ORDER.index(SessionStage.CONFIRMATION) and agreement.stage in {
        "frozen",
        "confirming",
        "signing",
        "paper",
        "sealing",
    }:
        agreement.void_reason = "mediator"
        return happened_of(agreement.apply(c.Reopen(agreement.revision, seat.id, "mediator")), actor)
    return []


def _signed(actor: Actor, command: c.Sign, files: list[NewFile]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room, agreement, seat = own_of(dossier, actor, Action.SIGN)
        _demand_consent(room, seat)
        demand_code(room, agreement, room.seats[seat], now)
        events = agreement.apply(command)
        agreement.file = files[0].blob
        answered = agreement.codes.pop(seat, None)
        acts = room.seats[seat].acts
        demand_binding(acts)
        beside = {"intent": INTENT} | ({"code": answered.way} if answered else {}) | ({"acts": str(acts.capacity)} if acts else {})
        happened = [
            Happened(one.kind, {**one.payload, **beside}) if one.kind == "agreement.signed" else one for one in happened_of(events, actor)
        ]
        return Outcome(happened, {"file": command.file_hash}, files=files)

    return decide


def _sealed(actor: Actor, text: str, content: bytes, base: str, file: str, valid: bool, files: list[NewFile]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, _ = own_of(dossier, actor, Action.SEAL)
        assert agreement.ceremony is not None
        if agreement.ceremony.content_hash != text:
            raise Conflict("other_text", "This is not the text that was frozen: read it again")
        events = agreement.apply(c.Seal(agreement.revision, base, file))
        events += agreement.apply(c.Accept(agreement.revision, file, valid))
        agreement.file = files[0].blob
        return Outcome([*happened_of(events, actor), *in_force(dossier, file, content, now)], {"file": file}, files=files)

    return decide
