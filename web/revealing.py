"""Masked personal data of a party, shown whole for a reason: entered before it is handed out, and listed, with who opened the paper file, where it stands as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Numbering, standings
from cases.clock import rfc3339
from cases.data_rights import CHAIN
from cases.form_filling import CHAIN as FILE
from cases.permissions import demand
from cases.revealing import KIND, reveal
from cases.vocabulary import Act, Action
from storage.dossier import Dossier
from storage.work import Audited, Outcome
from web.request import actor_of, body_of, house
from web.watching import names_of

LISTED = 200
OF_FILE = {"file.opened": "file_opened", "file.taken": "file_taken"}
"""What is told instead of a reason."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    words: str = ""


async def shown(request: Request) -> Response:
    """Name, telephone, identity number and address of one party, as the case has them."""
    actor, _ = await actor_of(request)
    asked: Asked = await body_of(request, Asked)
    house(request).rates.spend("reveal", actor.id)
    found: dict[str, str] = {}

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        told, entry = reveal(dossier.case, request.path_params["party"], asked.reason, asked.words, actor)
        found.update(told)
        return Outcome(entry, audited=[Audited(Act.CASE_REVEALED, (actor.id, str(actor.role or "")), asked.reason)])

    await house(request).store.execute(request.path_params["case"], decide)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


async def listed(request: Request) -> Response:
    """Who looked at whose data and why, or opened or took the paper file, the latest first."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.REVEAL, dossier.case.stage)
    people = {person.id: person.name for person in dossier.case.parties}
    case = dossier.case.id
    looked = {(f"{case}/{CHAIN}", KIND), *((f"{case}/{FILE}", kind) for kind in OF_FILE)}
    ledger = [
        (entry.at, {"reason": OF_FILE.get(entry.kind, ""), **(payload or {})})
        for entry, _, payload in await house(request).reader.ledger(case)
        if (entry.chain, entry.kind) in looked
    ]
    # Whoever leafs through the file pushes no look at somebody's particulars off the list.
    looks, of_file = ([one for one in ledger if (one[1]["reason"] in OF_FILE.values()) is filed] for filed in (False, True))
    latest = sorted(looks[-LISTED:] + of_file[-LISTED:], key=lambda one: one[0], reverse=True)
    names = await names_of({str(payload.get("by", "")) for _, payload in latest})
    return JSONResponse({"looks": [_row(at, payload, names, people) for at, payload in latest], "count": len(ledger)})


def _row(at: str, payload: dict[str, Any], names: dict[str, str], people: dict[str, str]) -> dict[str, Any]:
    by, party = str(payload.get("by", "")), str(payload.get("party", ""))
    reason, words = str(payload.get("reason", "")), str(payload.get("words", ""))
    return {
        "at": rfc3339(datetime.fromisoformat(at)),
        "by": names.get(by, by),
        "party": people.get(party, party),
        "reason": reason,
        "words": words,
    } | ({"item": payload["item"]} if "item" in payload else {})


REVEALING_ROUTES = [
    Route("/api/cases/{case}/people/{party}/reveal", shown, methods=["POST"]),
    Route("/api/cases/{case}/looks", listed),
]
