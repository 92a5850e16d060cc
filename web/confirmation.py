"""Applying together for judicial confirmation: until when, and the package that is taken to the court."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from agreements.agreement import Agreement
from agreements.certificate_pdf import print_certificate
from agreements.confirmation_pdf import Applicant, ApplicationFacts, print_application
from agreements.fonts import FontDirs
from agreements.schema import fields_of
from cases.actor import Actor
from cases.case import Numbering, standings
from cases.clock import COUNTY_TIME
from cases.confirmation import Confirmation, confirmation, demand_open, parse_court
from cases.errors import NotFound
from cases.handouts import IN_FORCE
from cases.permissions import demand
from cases.ports import Blobs
from cases.vocabulary import Action, CaseStage
from evidence.profiles import SUCCESS
from realtime.handout_document import agreement_kept
from storage.dossier import Dossier
from storage.work import Outcome
from web.certificates import certificate_of
from web.evidence import BundleDesk, scratch
from web.house import House
from web.keeping import personal
from web.oral import OralDesk, seated
from web.request import actor_of, house

STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every file in the package, so that the same files make the same package."""


class ConfirmationDesk:
    def __init__(self, bundles: BundleDesk, oral: OralDesk, font_dirs: FontDirs) -> None:
        self._bundles, self._oral, self._font_dirs = bundles, oral, font_dirs

    def routes(self) -> list[Route]:
        return [
            Route("/api/cases/{case}/confirmation", self.told),
            Route("/api/cases/{case}/confirmation.zip", self.package),
        ]

    async def told(self, request: Request) -> Response:
        """{"until": the last day, "bar": why not, or empty}. 404 where no agreement is in force."""
        _, _, found = await self._of(request)
        return JSONResponse({"until": found.until.isoformat(), "bar": found.bar})

    async def package(self, request: Request) -> Response:
        """The application, the agreement, the certificate and the bundle for the court, in one ZIP. `court`: its name."""
        dossier, actor, found = await self._of(request)
        demand_open(found)
        court = parse_court(request.query_params.get("court", ""))
        folder = scratch(request)
        try:
            async with self._bundles.one_at_a_time:
                bundle = await self._bundles.export(dossier.case.id, actor, folder, SUCCESS)
            await house(request).store.execute(dossier.case.id, _sought)
            papers = await self.papers(house(request), dossier, found, court)
            out = await asyncio.to_thread(_packed, folder / f"confirmation-{dossier.case.code}.zip", papers, bundle)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return FileResponse(
            out, media_type="application/zip", filename=out.name, background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        )

    async def _of(self, request: Request) -> tuple[Dossier, Actor, Confirmation]:
        actor, _ = await actor_of(request)
        at = house(request)
        dossier = await at.reader.dossier(request.path_params["case"])
        demand(standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
        found = await confirmation_of(at, dossier)
        if found is None:
            raise NotFound("no_agreement", "There is no agreement in force in this case")
        return dossier, actor, found

    async def papers(self, at: House, dossier: Dossier, found: Confirmation, court: str) -> dict[str, bytes]:
        """Name → file: application, agreement, certificate, in this order. `court`: its full name, or a line to write it on."""
        case, room = dossier.case, dossier.room
        link = f"{at.settings.base_url}/c/{case.code}"
        certified = certificate_of(dossier, link)
        assert certified is not None, "an agreement is in force"
        acting = {seat.party: seat.acts.represented_by for seat in room.parties() if seat.acts is not None} if room else {}
        # What they signed goes before what the office had noted.
        written = await written_of(at.blobs, dossier.agreement)
        facts = ApplicationFacts(
            number=certified.number,
            committee=certified.committee,
            dispute_type=case.dispute_type,
            court=court,
            applicants=[
                Applicant(
                    person.name,
                    capacity,
                    written.get(f"party.{number}.id") or person.id_number,
                    written.get(f"party.{number}.address") or person.address,
                    person.phone,
                    acting.get(person.id, ""),
                )
                for number, (person, capacity) in enumerate(seated(case, room), 1)
            ],
            effective_on=certified.at.astimezone(COUNTY_TIME).date(),
            until=found.until,
            file_hash=certified.file_hash,
            link=link,
        )
        loop = asyncio.get_running_loop()
        spoken = room is not None and room.oral is not None and bool(room.oral.file)
        assert room is not None and (spoken or dossier.agreement is not None)
        signed = await self._oral.form(room) if spoken or dossier.agreement is None else await at.blobs.get(dossier.agreement.file)
        return {
            "1-司法确认申请书.pdf": await loop.run_in_executor(at.pool, partial(print_application, facts, self._font_dirs)),
            f"2-{'口头协议登记表' if spoken else '人民调解协议书'}.pdf": signed,
            "3-人民调解证明.pdf": await loop.run_in_executor(at.pool, partial(print_certificate, certified, self._font_dirs)),
        }


async def confirmation_of(at: House, dossier: Dossier) -> Confirmation | None:
    """How it stands with a joint application now; None where there is no agreement."""
    agreed = next((step for step in dossier.case.history if step.stage is CaseStage.AGREED), None)
    if agreed is None:
        return None
    calendar = (await at.doors.calendars.all()).of(dossier.case.region)
    return confirmation(agreed.at, at.clock.now(), personal(dossier), calendar, agreement_kept(dossier) in IN_FORCE)


async def written_of(blobs: Blobs, agreement: Agreement | None) -> dict[str, str]:
    """Field → value, of the text of an agreement that was frozen; empty where there is none."""
    content = await blobs.get(agreement.content) if agreement is not None and agreement.content else b""
    clauses = json.loads(content)["clauses"] if content else []
    return {field["key"]: field["value"].strip() for clause in clauses for field in fields_of(clause)}


def _sought(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    """The court may be concerned with the agreement from now on. That the bundle left the house is in the ledger already."""
    dossier.case.confirmation_sought = now
    return Outcome()


def _packed(out: Path, papers: Mapping[str, bytes], bundle: Path) -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in papers.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
        with archive.open(zipfile.ZipInfo(f"4-证据包-{bundle.name}", STAMP), "w", force_zip64=True) as target, bundle.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
    return out
