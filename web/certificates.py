"""The certificate of a mediation that is over, or the notice that it ended without an agreement: printed when somebody asks for it."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agreements.certificate_pdf import CertificateFacts, print_certificate
from agreements.fonts import FontDirs
from cases.actor import Actor
from cases.case import standings as case_standings
from cases.errors import NotFound
from cases.handouts import certified
from cases.permissions import may
from cases.vocabulary import Action, CaseStage
from rooms.handling import standings as room_standings
from storage.dossier import Dossier
from web.oral import parties_of
from web.ratings import RatingDesk
from web.request import actor_of, house


class CertificateDesk:
    def __init__(self, font_dirs: FontDirs, ratings: RatingDesk) -> None:
        self._font_dirs, self._ratings = font_dirs, ratings

    def routes(self) -> list[Route]:
        return [Route("/api/cases/{case}/certificate.pdf", self.pdf)]

    async def pdf(self, request: Request) -> Response:
        actor, _ = await actor_of(request)
        at = house(request)
        dossier = await at.reader.dossier(request.path_params["case"])
        sees = _sees(dossier, actor) and dossier.case.erased is None
        facts = certificate_of(dossier, f"{at.settings.base_url}/c/{dossier.case.code}") if sees else None
        if facts is None:
            raise NotFound("no_certificate", "This mediation is not over, or its certificate is not for you")
        facts = msgspec.structs.replace(facts, rating_link=self._ratings.link_for_paper(dossier, actor))
        data = await asyncio.get_running_loop().run_in_executor(at.pool, partial(print_certificate, facts, self._font_dirs))
        headers = {"Content-Disposition": f'attachment; filename="certificate-{dossier.case.code}.pdf"', "Cache-Control": "no-store"}
        return Response(data, media_type="application/pdf", headers=headers)


def _sees(dossier: Dossier, actor: Actor) -> bool:
    room = dossier.room
    if may(case_standings(dossier.case, actor), Action.SEE_CERTIFICATE, dossier.case.stage):
        return True
    return room is not None and may(room_standings(room, actor), Action.SEE_CERTIFICATE, room.stage)


def certificate_of(dossier: Dossier, link: str) -> CertificateFacts | None:
    """None while there is nothing to certify: the mediation goes on, or was withdrawn before it began."""
    case, room = dossier.case, dossier.room
    over = next((step for step in case.history if step.stage in {CaseStage.AGREED, CaseStage.FAILED}), None)
    taken = next((step for step in case.history if step.stage is CaseStage.ACCEPTED), None)
    if not certified(case) or over is None or taken is None or case.mediator is None:
        return None
    form, digest = _form(dossier) if over.stage is CaseStage.AGREED else ("", "")
    return CertificateFacts(
        number=case.number or case.code,
        committee=case.mediator.org_name,
        mediator=case.mediator.name,
        dispute_type=case.dispute_type,
        parties=parties_of(case, room),
        accepted_at=taken.at,
        at=over.at,
        form=form,
        file_hash=digest,
        link=link,
    )


def _form(dossier: Dossier) -> tuple[str, str]:
    """How the agreement was made, and the SHA-256 of its file."""
    room, agreement = dossier.room, dossier.agreement
    if room is not None and room.oral is not None and room.oral.file:
        return "oral", room.oral.file
    digest = agreement.ceremony.file_hash if agreement is not None and agreement.ceremony is not None else ""
    if not digest:
        return "elsewhere", ""  # nobody certifies here how it was signed
    return ("paper" if agreement is not None and agreement.on_paper else "electronic"), digest
