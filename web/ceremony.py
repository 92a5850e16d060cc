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

from agreements.acts import Way
from agreements.agreement import MEDIATOR_SEAT, Agreement, ClauseText
from agreements.commands import (
    AgreementCommand,
    AnswerCode,
    AskCode,
    BeginSigning,
    CompleteSignature,
    ConfirmClause,
    DropPage,
    FilePaper,
    FreezeDraft,
    ObjectTo,
    PrepareSignature,
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
from agreements.renewal import stamped_until
from agreements.schema import SchemaError, canonical, content_hash
from agreements.seal_image import draw_seal
from agreements.signing import certify, revision_hash, seal
from cases.actor import Actor
from cases.clock import COUNTY_TIME
from cases.errors import Invalid, NotFound, OutOfTurn
from cases.permissions import demand
from cases.ports import Blobs, Clock
from cases.vocabulary import Action
from rooms.handling import seat_of, standings
from rooms.room import Room
from storage.cited_recording import recording_cited
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Store
from web import ceremony_acts as acts
from web.ceremony_steps import checked, keep
from web.drafting import DraftDesk
from web.paper import PaperDesk
from web.providers import Providers
from web.signatures import Signatures
from web.signing_codes import SigningCodes

log = structlog.get_logger("ceremony")
T = TypeVar("T")


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
        self._font_dirs, self._base_url, self._paper, self.codes = font_dirs, base_url, paper, codes
        self._locks: dict[str, asyncio.Lock] = {}
        self._signatures = Signatures(store, reader, blobs, clock, self._run, providers, font_dirs, self._lock)

    async def do(self, command: AgreementCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        # A command that is sent again after a cut is answered before anything is checked: its first run may have changed the stage.
        known = await self._reader.receipt(receipt)
        if known is not None:
            return self.codes.answered(known) if isinstance(command, AnswerCode) else known
        match command:
            case FreezeDraft():
                return await self._freeze(command, actor, receipt)
            case ConfirmClause():
                return await self._store.execute(command.case, acts.confirmed(command, actor), receipt)
            case ObjectTo():
                return await self._store.execute(command.case, acts.objected(command, actor), receipt)
            case RefuseToSign():
                return await self._store.execute(command.case, acts.refused(actor), receipt)
            case AskCode() | AnswerCode():
                return await self.codes.do(command, actor, receipt)
            case SignAgreement() | BeginSigning() | PrepareSignature() | CompleteSignature():
                return await self._signatures.do(command, actor, receipt)
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
            if dossier.agreement is None:
                # Nobody has opened it: it does not begin by being refused.
                raise _incomplete(await self._drafts.lacking_first(dossier))
            draft = await self._drafts.draft(dossier)
            async with draft.lock:
                try:
                    content = draft.live.content()
                except SchemaError as error:
                    raise Invalid("draft_broken", str(error)) from None
                now = self._clock.now()
                facts, text = draft.facts, canonical(content)
                agreement = dossier.agreement
                # Asked again: the text was complete when it was last edited, and a deadline may have passed since.
                missing = [gap.label for gap in missing_items(content, facts, self._drafts.writing.today())]
                if missing:
                    raise _incomplete(missing)
                on_paper = command.way is Way.PAPER
                if agreement.paper_only and not on_paper:
                    raise OutOfTurn(
                        "paper_only", "Matters of personal status are signed on paper with a fingerprint", reason=agreement.paper_only
                    )
                # The revision that this freeze will be: the codes on the pages name it.
                mark = mark_of(dossier.case.code, agreement.revision + 1, 1, 1, "") if on_paper else None
                link = f"{self._base_url}/c/{dossier.case.code}"
                behind = self._providers
                # As far as it is entered by now: nothing waits for a segment that is still being written.
                recording = await recording_cited(command.case)
                options = PrintOptions(
                    _day(now), self._font_dirs, behind.signing_anchor, behind.stamp_anchor, behind.label, link, mark, recording
                )
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
                    frozen_size=len(pdf),
                    printed=files[0].blob if on_paper else "",
                    code_way="" if on_paper else self.codes.way,
                )
                read = draft.live.last()
                result = await self._store.execute(
                    command.case, acts.frozen(actor, frozen, command.way, hashed, revision_hash(pdf), read, recording, files), receipt
                )
        return result

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
                command.case,
                acts.sealed(actor, command.hash, content, revision_hash(before), revision_hash(after), valid, stamped_until(after), files),
                receipt,
            )

    async def _room(self, case_id: str, actor: Actor) -> tuple[Dossier, Room]:
        dossier = await self._reader.dossier(case_id)
        if dossier.room is None or seat_of(dossier.room, actor) is None:
            raise NotFound("no_session", "There is no session in this case")
        return dossier, dossier.room


def _day(now: datetime) -> date:
    return now.astimezone(COUNTY_TIME).date()


def _incomplete(missing: list[str]) -> OutOfTurn:
    return OutOfTurn("incomplete", "Statutory items are missing", missing=missing)


def _glyph(error: MissingGlyph, field: str) -> Invalid:
    return Invalid("missing_glyph", str(error), field=field, character=error.character, code_point=error.code_point, package=error.package)
