"""The paper file (卷宗) over HTTP: its list, each item as a PDF, and the whole in one file. For the mediator who has the case, and the centre.

What is opened is entered in the ledger's chain of the file before it is handed out. The whole is put together in a worker process, one at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.file_facts import FileFacts
from agreements.file_forms import print_form
from agreements.file_pages import Assembled, FileTooLarge, Part, assemble, join
from agreements.file_photos import MOST, Photograph, print_photographs
from agreements.fonts import FontDirs
from cases.actor import Actor
from cases.case import Numbering, standings
from cases.clock import rfc3339
from cases.confirmation import confirmation
from cases.erasing import demand_kept
from cases.errors import NotFound, OutOfTurn
from cases.filing import Doc, Item, Made, State, items_of, lacking
from cases.form_filling import CHAIN, limits_of
from cases.form_filling import FORMS as FILLED
from cases.obligation import Performance
from cases.permissions import demand, may
from cases.ports import Happened
from cases.vocabulary import Action, CaseStage
from realtime.handout_document import agreement_kept
from storage.dossier import Dossier
from storage.work import Outcome
from web.ceremony_steps import blob_of
from web.confirmation import ConfirmationDesk, written_of
from web.filed import applied, file_facts, filed_item, filing_facts
from web.house import House
from web.keeping import personal
from web.oral import OralDesk
from web.records import RecordDesk
from web.request import actor_of, house

BOUND = "bound"
"""Kind of the blob that a file is kept as once it is archived."""
COURT = "＿" * 10 + "人民法院"
T = TypeVar("T")


class FilingDesk:
    def __init__(self, records: RecordDesk, oral: OralDesk, papers: ConfirmationDesk, font_dirs: FontDirs) -> None:
        self._records, self._oral, self._papers, self._font_dirs = records, oral, papers, font_dirs
        self._one_at_a_time = asyncio.Semaphore(1)

    def routes(self) -> list[Route]:
        return [
            Route("/api/cases/{case}/file", self.listed),
            Route("/api/cases/{case}/file.pdf", self.whole),
            Route("/api/cases/{case}/file/{n:int}.pdf", self.one),
        ]

    async def listed(self, request: Request) -> Response:
        """The items with their states, and the forms with what is filled in and what may be."""
        dossier, actor = await self._of(request)
        case = dossier.case
        forms = {
            name: {
                "revision": case.forms[name].revision if name in case.forms else 0,
                "fields": case.forms[name].fields if name in case.forms else {},
                "by": case.forms[name].by if name in case.forms else None,
                "at": rfc3339(case.forms[name].at) if name in case.forms else None,
                "limits": limits_of(name, case, agreement_kept(dossier)),
            }
            for name in FILLED
        }
        items = [
            {
                "n": item.n,
                "doc": item.doc,
                "required": item.required,
                "state": item.state,
                "reason": item.reason,
                "made": item.made,
                "remedy": item.remedy,
                "opens": item.opens,
            }
            for item in items_of(filing_facts(dossier))
        ]
        fills = case.archived is None and may(standings(case, actor), Action.FILL_FORM, case.stage)
        return JSONResponse({"items": items, "forms": forms, "may_fill": fills, "people": {one.id: one.name for one in case.parties}})

    async def one(self, request: Request) -> Response:
        """Item `n` as it stands, or the empty form; 0 is the cover."""
        dossier, actor = await self._of(request)
        at, n = house(request), request.path_params["n"]
        at.rates.spend("paper_file", actor.id)
        facts = await self._facts(at, dossier)
        if n == 0:
            data = await self._form(at, "cover", facts)
        else:
            item = next((one for one in items_of(filing_facts(dossier)) if one.n == n and one.opens), None)
            if item is None:
                raise NotFound("no_item", "There is nothing of this in the paper file")
            part = await self._part(at, dossier, item, facts)
            data = part.files[0] if len(part.files) == 1 else await self._joined(at, part)
        await at.store.execute(dossier.case.id, _entered(actor, "file.opened", {"item": n}))
        return _handed(data, f"file-{dossier.case.code}-{n:02}.pdf")

    async def whole(self, request: Request) -> Response:
        """Cover, catalogue, every item that is there, back cover; of what is archived the file as it was bound then. Refused with `file_too_large`."""
        dossier, actor = await self._of(request)
        at, case = house(request), dossier.case
        at.rates.spend("paper_file", actor.id)
        if case.archived is not None and case.archived.sha256:
            pdf, pages = await at.blobs.get(blob_of(BOUND, case.archived.sha256)), case.archived.pages
        else:
            try:
                made = await self.bound(at, dossier)
            except FileTooLarge as error:
                raise OutOfTurn("file_too_large", str(error), what=error.what, limit=error.limit) from None
            pdf, pages = made.pdf, made.pages
        missing = [str(one.doc) for one in lacking(items_of(filing_facts(dossier)))]
        told = {"pages": pages, "sha256": hashlib.sha256(pdf).hexdigest(), "missing": missing}
        await at.store.execute(case.id, _entered(actor, "file.taken", told))
        return _handed(pdf, f"file-{case.code}.pdf", f"卷宗-{case.number or case.code}.pdf")

    async def bound(self, at: House, dossier: Dossier) -> Assembled:
        """All of it as one, of this dossier. Raises `FileTooLarge`."""
        async with self._one_at_a_time:
            facts = await self._facts(at, dossier)
            items = [one for one in items_of(filing_facts(dossier)) if one.state is State.PRESENT and one.doc is not Doc.BACK]
            parts = [await self._part(at, dossier, item, facts) for item in items]
            cover = await self._form(at, "cover", facts)
            return await self._work(at, partial(assemble, cover, parts, facts, self._font_dirs))

    async def _of(self, request: Request) -> tuple[Dossier, Actor]:
        actor, _ = await actor_of(request)
        dossier = await house(request).reader.dossier(request.path_params["case"])
        demand(standings(dossier.case, actor), Action.SEE_FILE, dossier.case.stage)
        demand_kept(dossier.case)
        return dossier, actor

    async def _facts(self, at: House, dossier: Dossier) -> FileFacts:
        main = dossier.case.id
        ledger = await at.reader.ledger(main)
        entries = [(entry.kind, entry.at, payload) for entry, _, payload in ledger if entry.chain == main and payload is not None]
        in_force = dossier.agreement if dossier.agreement is not None and dossier.agreement.stage == "effective" else None
        return file_facts(dossier, entries, await written_of(at.blobs, in_force))

    async def _part(self, at: House, dossier: Dossier, item: Item, facts: FileFacts) -> Part:
        if item.made is Made.PAPER:
            slip = _only(facts, filed_item(item, dossier.case).n)
            return Part(item.n, [await self._form(at, "slip", slip)])
        match item.doc:
            case Doc.EVIDENCE:
                whose = "当事人提交" if applied(dossier.case) else "登记时拍摄、收到"
                return Part(item.n, [await self._photographs(at, "人民调解证据材料", [(photo.id, whose) for photo in dossier.case.photos])])
            case Doc.RECORD:
                return Part(item.n, [await self._records.printed(at, dossier)])
            case Doc.AGREEMENT:
                return await self._agreement(at, dossier, item)
            case Doc.RECEIPTS:
                return Part(item.n, await self._receipts(at, dossier, facts))
            case Doc.CONFIRMATION:
                return Part(item.n, await self._confirmation(at, dossier, facts))
            case _:
                return Part(item.n, [await self._form(at, str(item.doc), facts)])

    async def _agreement(self, at: House, dossier: Dossier, item: Item) -> Part:
        if item.made is Made.FORM:
            return Part(item.n, [await self._oral.form(dossier.room)])
        assert dossier.agreement is not None, "an agreement is in force"
        signed = await at.blobs.get(dossier.agreement.file)
        return Part(item.n, [signed], signed, f"人民调解协议书-{dossier.case.number or dossier.case.code}.pdf")

    async def _receipts(self, at: House, dossier: Dossier, facts: FileFacts) -> list[bytes]:
        shown = [
            (receipt.photo, f"{receipt.on}　{one.what}")
            for one in (dossier.case.performance or Performance()).obligations
            for receipt in one.receipts
            if receipt.photo and receipt.stands and receipt.confirmed is not None
        ]
        register = await self._form(at, "receipts", facts)
        return [register, await self._photographs(at, "履行凭证", shown)] if shown else [register]

    async def _photographs(self, at: House, title: str, shown: list[tuple[str, str]]) -> bytes:
        """`shown`: id and caption of each."""
        photos = []
        for name, caption in shown[:MOST]:
            data = await at.blobs.get(f"photos/{name}.jpg")
            photos.append(Photograph(data, f"{caption}（SHA-256 {hashlib.sha256(data).hexdigest()[:16]}…）"))
        return await self._work(at, partial(print_photographs, title, photos, len(shown) - len(photos), self._font_dirs))

    async def _confirmation(self, at: House, dossier: Dossier, facts: FileFacts) -> list[bytes]:
        agreed = next(step for step in dossier.case.history if step.stage is CaseStage.AGREED)
        calendar = (await at.doors.calendars.all()).of(dossier.case.region)
        found = confirmation(agreed.at, at.clock.now(), personal(dossier), calendar)
        papers = await self._papers.papers(at, dossier, found, facts.words("confirmation", "court", COURT))
        # The agreement is an item of its own.
        return [data for name, data in papers.items() if not name.startswith("2-")]

    async def _form(self, at: House, name: str, facts: FileFacts) -> bytes:
        return await self._work(at, partial(print_form, name, facts, self._font_dirs))

    async def _joined(self, at: House, part: Part) -> bytes:
        return await self._work(at, partial(join, part.files))

    async def _work(self, at: House, task: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(at.pool, task)


def _only(facts: FileFacts, n: int) -> FileFacts:
    return msgspec.structs.replace(facts, items=[item for item in facts.items if item.n == n])


def _entered(actor: Actor, kind: str, told: dict[str, Any]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: Any) -> Outcome:
        demand(standings(dossier.case, actor), Action.SEE_FILE, dossier.case.stage)
        return Outcome([Happened(kind, {**told, "by": actor.ledger_name}, chain=CHAIN)])

    return decide


def _handed(data: bytes, name: str, shown: str = "") -> Response:
    more = f"; filename*=UTF-8''{quote(shown)}" if shown else ""
    headers = {"Content-Disposition": f'attachment; filename="{name}"{more}', "Cache-Control": "no-store"}
    return Response(data, media_type="application/pdf", headers=headers)
