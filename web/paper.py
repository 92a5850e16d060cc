"""Paper and fingerprint: the printed agreement comes back page by page, is looked at, and takes effect as one sealed file.

A photograph or scan is read in a worker process (`agreements/paper_scan.py`); what came is kept byte for byte beside the page that was found on it.
The last step assembles the pages, seals the file and checks it before the one transaction in which the agreement takes effect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from typing import Any, TypeVar

import structlog

from agreements import ceremony as c
from agreements.agreement import Agreement, SheetFile
from agreements.commands import DropPage, FilePaper, PaperCommand
from agreements.fonts import FontDirs
from agreements.paper_marks import mark_of
from agreements.paper_pdf import PaperFacts, PaperPage, assemble, statement
from agreements.paper_scan import Upload, read_upload
from agreements.pdf import PAPER_SEAL_FIELD
from agreements.renewal import stamped_until
from agreements.seal_image import draw_seal
from agreements.signing import certify, revision_hash, seal
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import Invalid, NotFound, OutOfTurn
from cases.ports import Blobs, Clock, Happened
from cases.vocabulary import Action
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import NewFile, Outcome, Store
from web.ceremony_steps import blob_of, checked, happened_of, in_force, keep, own_of
from web.drafting import DraftDesk
from web.providers import Providers

log = structlog.get_logger("paper")
T = TypeVar("T")
ENDINGS = ((b"%PDF-", "pdf"), (b"\x89PNG", "png"), (b"RIFF", "webp"))
LEAF, PHOTO, SOURCE = "paper-leaf", "paper-photo", "paper-source"


class PaperDesk:
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
    ) -> None:
        self._store, self._reader, self._drafts, self._blobs = store, reader, drafts, blobs
        self._clock, self._pool, self._providers, self._font_dirs = clock, pool, providers, font_dirs
        self._reading = asyncio.Semaphore(2)

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)

    async def take(self, dossier: Dossier, actor: Actor, data: bytes, receipt: str) -> dict[str, Any]:
        """Find the pages in a file and enter them. Raises `Refusal`."""
        agreement = dossier.agreement
        assert agreement is not None and agreement.ceremony is not None
        if agreement.stage != "paper":
            raise OutOfTurn("wrong_stage", "Nothing is being signed on paper at present", stage=agreement.stage)
        document = mark_of(dossier.case.code, agreement.revision, 1, agreement.pages, agreement.ceremony.content_hash)
        async with self._reading:
            found: Upload = await self._run(read_upload, data, document)
        source = await keep(self._blobs, data, SOURCE)
        ending = next((name for head, name in ENDINGS if data.startswith(head)), "jpg")
        files, sheets = [source], {}
        for sheet in found.sheets:
            leaf, photo = await keep(self._blobs, sheet.leaf, LEAF), await keep(self._blobs, sheet.photo, PHOTO)
            files += [leaf, photo]
            sheets[sheet.mark.page] = SheetFile(leaf.sha256, photo.sha256, source.sha256, ending)
        result = {
            "taken": sorted(sheets),
            "unread": [{"sheet": one.sheet, "code": one.code, "message": one.message} for one in found.unread],
        }
        return await self._store.execute(dossier.case.id, _taken(actor, agreement.revision, sheets, files, result), receipt)

    async def picture(self, agreement: Agreement, page: int, *, photo: bool) -> bytes:
        """JPEG of a page that came back, laid flat, or of the photograph it was found on. Raises `NotFound`."""
        sheet = agreement.sheets.get(str(page))
        if sheet is None:
            raise NotFound("no_page", "This page has not come back yet")
        return await self._blobs.get(blob_of(PHOTO, sheet.photo) if photo else blob_of(LEAF, sheet.leaf))

    # commands

    async def do(self, command: PaperCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        if isinstance(command, DropPage):
            return await self._store.execute(command.case, _dropped(command, actor), receipt)
        return await self._file(command, actor, receipt)

    async def _file(self, command: FilePaper, actor: Actor, receipt: str) -> dict[str, Any]:
        dossier = await self._reader.dossier(command.case)
        _, agreement, seat = own_of(dossier, actor, Action.FILE_PAPER)
        assert agreement.ceremony is not None
        if not command.stated:
            raise Invalid("statement_needed", "Please tick that everybody signed before you", field="stated")
        printed_hash = agreement.ceremony.file_hash
        # Asked first with a hash that cannot be: whoever may not file it is told so before a file is made.
        agreement.apply(c.Attest(agreement.revision, seat, command.hash, tuple(command.leaves), "0" * 64))
        facts = await self._drafts.facts(dossier)
        said = statement(facts.mediator, [party.name for party in facts.parties], facts.committee)
        now = self._clock.now()
        about = PaperFacts(facts.number, facts.committee, facts.mediator, said, command.hash, printed_hash, now)
        pages = [await self._page(agreement, number) for number in range(1, agreement.pages + 1)]
        made = await self._run(assemble, pages, about, self._font_dirs)
        picture = await self._run(draw_seal, facts.committee, self._font_dirs)
        platform, committee = await self._providers.platform(now), await self._providers.seal(facts.committee, now)
        now = self._clock.now()
        trust, service = await self._providers.at_hand(now)
        with self._providers.answering():
            base = await self._run(certify, made.pdf, made.boxes, platform, trust, service, now)
            sealed = await self._run(seal, base, picture, committee, trust, service, now, self._font_dirs, PAPER_SEAL_FIELD)
        checks, valid = await self._run(checked, sealed, await self._providers.roots(trust, now))
        if not valid:
            log.error("sealed paper does not hold", case=command.case, failed=[check.code for check in checks if check.status == "fail"])
        files = [await keep(self._blobs, sealed, "agreement")]
        content = await self._blobs.get(agreement.content)
        attest = c.Attest(agreement.revision, seat, command.hash, tuple(command.leaves), revision_hash(base))
        return await self._store.execute(
            command.case,
            _filed(actor, attest, said, content, revision_hash(sealed), made.pages, valid, stamped_until(sealed), files),
            receipt,
        )

    async def _page(self, agreement: Agreement, number: int) -> PaperPage:
        sheet = agreement.sheets[str(number)]
        return PaperPage(await self._blobs.get(blob_of(LEAF, sheet.leaf)), await self._blobs.get(blob_of(PHOTO, sheet.photo)))

    # evidence

    async def files(self, agreement: Agreement) -> dict[str, bytes]:
        """What belongs to an agreement on paper, by its names in a bundle; empty for an electronic one."""
        if not agreement.on_paper or agreement.stage != "effective":
            return {}
        return {name: await self._blobs.get(blob) for name, blob in names_of(agreement).items()}


def names_of(agreement: Agreement) -> dict[str, str]:
    """Name in a bundle → blob: what was printed, every page that came back, and the files they came in, each once."""
    found = {"paper/printed.pdf": agreement.printed}
    for number, sheet in sorted(agreement.sheets.items(), key=lambda item: int(item[0])):
        found[f"paper/page-{int(number):02d}.jpg"] = blob_of(LEAF, sheet.leaf)
        found[f"paper/source-{sheet.source[:12]}.{sheet.ending}"] = blob_of(SOURCE, sheet.source)
    return found


def _taken(actor: Actor, revision: int, sheets: dict[int, SheetFile], files: list[NewFile], result: dict[str, Any]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, _ = own_of(dossier, actor, Action.FILE_PAPER)
        events: list[c.Event] = []
        for page, sheet in sorted(sheets.items()):
            taken = agreement.apply(c.TakePage(revision, page, sheet.leaf, sheet.photo, sheet.source))
            if taken:
                agreement.sheets[str(page)] = sheet
            events += taken
        return Outcome(happened_of(events, actor), result, files=files)

    return decide


def _dropped(command: DropPage, actor: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, _ = own_of(dossier, actor, Action.FILE_PAPER)
        events = agreement.apply(c.DropPage(agreement.revision, command.page, command.leaf))
        agreement.sheets.pop(str(command.page), None)
        return Outcome(happened_of(events, actor))

    return decide


def _filed(
    actor: Actor, attest: c.Attest, said: str, content: bytes, file: str, pages: int, valid: bool, until: datetime, files: list[NewFile]
) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _, agreement, _ = own_of(dossier, actor, Action.FILE_PAPER)
        events = agreement.apply(attest)
        events += agreement.apply(c.Seal(agreement.revision, attest.file_hash, file))
        events += agreement.apply(c.Accept(agreement.revision, file, valid))
        agreement.file, agreement.pages, agreement.stamped_until = files[0].blob, pages, until
        happened = [
            Happened(one.kind, {**one.payload, "statement": said}) if one.kind == "agreement.attested" else one
            for one in happened_of(events, actor)
        ]
        papers = {name: blob.rpartition("/")[2] for name, blob in names_of(agreement).items()}
        return Outcome([*happened, *in_force(dossier, file, content, now, papers)], {"file": file}, files=files)

    return decide
