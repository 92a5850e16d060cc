"""Evidence over HTTP: the bundle of a case, and verification of a bundle or a signed agreement by anybody.

The bundle is put together in a worker process from decrypted copies of the recordings, which are deleted as soon as it is written.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from agreements.fonts import FontDirs
from agreements.guide_pdf import GuideFacts, print_guide
from agreements.history import log_lines, texts_of_versions
from cases.actor import Actor
from cases.case import Numbering
from cases.case import standings as case_standings
from cases.erasing import demand_kept
from cases.errors import Invalid, NotFound, OutOfTurn, TooMuch
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, SeatRole
from evidence.bundle import BundleError, Contents, inside_of, write_bundle
from evidence.guide import Inside
from evidence.ledger import canonical_json
from evidence.manifest import signers_of
from evidence.profiles import CAUCUS, FULL, PARTY, PROFILES, SUCCESS, Profile, takes, takes_consents
from evidence.verifier import HASHES_WITH_SM3, Report, verify_file
from rooms.handling import seat_of
from rooms.handling import standings as room_standings
from storage.dossier import Dossier
from storage.drafts import read_log
from storage.recordings import RecordingStore
from storage.shelf import RecordingShelf
from storage.work import Outcome
from web.app import VERIFIER
from web.bundle_recordings import Ledger, RecordingCopies, volumes_of
from web.bundle_reported import reported_files
from web.house import House
from web.oral import OralDesk
from web.paper import PaperDesk
from web.providers import Providers
from web.records import RecordDesk
from web.request import actor_of, address_of, house

log = structlog.get_logger("evidence")

UPLOAD_LIMIT = 2 * 1024**3
Settled = Callable[[str], Awaitable[None]]


class BundleDesk:
    def __init__(
        self,
        at: House,
        recordings: RecordingStore,
        shelf: RecordingShelf,
        records: RecordDesk,
        paper: PaperDesk,
        oral: OralDesk,
        providers: Providers,
        settled: Settled,
        font_dirs: FontDirs,
    ) -> None:
        self._house, self._recordings, self._providers = at, recordings, providers
        self.copies = RecordingCopies(recordings, shelf, at.pool)
        self._records, self._paper, self._oral, self._settled, self._font_dirs = records, paper, oral, settled, font_dirs
        self.one_at_a_time, self.one_check = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self.fingerprint = providers.anchors

    async def export(
        self, case_id: str, actor: Actor, folder: Path, profile: Profile = FULL, party: str = "", talk: str = "", volume: int = 1
    ) -> Path:
        """Write a bundle of a case into `folder`; the export itself is the ledger's last entry in it. `party`: whose copy it is; `talk`: the private
        talk that it holds, of those that `talks` names; `volume`: which, where recordings take several. Raises `Refusal`."""
        at = self._house
        known = await at.reader.dossier(case_id)
        _demand_export(known, actor, profile, party)
        if known.room is not None:
            await self._settled(known.room.id)
        seats = {s.id for s in known.room.seats.values() if s.party == party} if known.room is not None and party else set()
        if profile.own and not seats:
            raise Invalid("unknown_party", "Say whose copy it is: a party that had a seat in the session", field="party")
        if talk and known.room is not None and known.room.caucus is not None and known.room.caucus.id == talk:
            raise OutOfTurn("caucus_open", "End the private talk first")
        if profile is CAUCUS and talk not in {one["id"] for one in await self.talks(known, actor)}:
            raise NotFound("no_talk", "No private talk of this case that you took part in was recorded under this name")
        rows = await self.copies.rows(case_id, talk) if profile.recordings else []
        of = len(volumes_of(rows))
        if volume > of:
            raise NotFound("no_volume", f"This bundle has {of} volumes")
        told = {"volume": volume, "of": of} if of > 1 else {}
        await at.store.execute(case_id, _exported(actor, profile, party, talk, at.settings.sm3, told))
        dossier = await at.reader.dossier(case_id)
        whole = await at.reader.ledger(case_id)
        main = [line for line in whole if line[0].chain == (f"{case_id}/{talk}" if talk else case_id)]
        now = at.clock.now()
        agreement = dossier.agreement
        effective = profile.agreement and _is_effective(dossier)
        trust, service = await self._providers.at_hand(now)
        proof = await self._providers.proof(trust, now)
        enclosed = await self.copies.enclose(rows, volume, main, folder, int(now.timestamp() * 1000))
        contents = Contents(
            case=dossier.case.number or dossier.case.code,
            entries=[entry for entry, _, _ in main],
            payloads={
                entry.seq: (payload, salt)
                for entry, salt, payload in main
                if payload is not None and takes(profile, entry.kind, payload, seats)
            },
            agreement=await at.blobs.get(agreement.file) if effective and agreement else None,
            content_sha256=agreement.ceremony.content_hash if effective and agreement and agreement.ceremony else "",
            recordings=enclosed.copies,
            damaged=enclosed.damaged,
            volume=enclosed.volume,
            draft=await self._draft(dossier, profile, main) if effective or not profile.own else {},
            consents={f"{of}.json": data for of, data in _consents(dossier, main).items() if takes_consents(profile, of, seats)},
            profile=profile.name,
            paper=await self._papers_of(dossier, effective=effective) if profile.agreement else {},
            record=await self._records.files(at, dossier) if profile.record else {},
            reported=await reported_files(at, dossier.case, profile, main),
            page=VERIFIER if VERIFIER.exists() else None,
            sm3=at.settings.sm3,
            anchors={
                **{f"root{f'-{n}' if n > 1 else ''}.crt": data for n, data in enumerate(proof.roots, 1)},
                **{f"list-{n}.crl": data for n, data in enumerate(proof.crls, 1)},
            },
        )
        contents = msgspec.structs.replace(contents, guide=await self._guide(dossier, inside_of(contents)))
        about = "" if profile is FULL else f".{profile.name}{f'-{party or talk}' if party or talk else ''}"
        about += f".{volume}-{of}" if of > 1 else ""
        out = folder / f"{dossier.case.code}{about}.heyi.zip"
        loop = asyncio.get_running_loop()
        certified = (
            next((one.certificate for one in signers_of(contents.agreement) if one.role == "platform"), "") if contents.agreement else ""
        )
        platform = await self._providers.platform(now, certified)
        with self._providers.answering():
            try:
                await loop.run_in_executor(at.pool, write_bundle, out, contents, platform, service, at.clock.now())
            except BundleError as error:
                log.error("bundle not made", case=case_id, code=error.code, reason=str(error))
                raise OutOfTurn("bundle_too_large", f"This bundle cannot be made: {error}", reason=error.code) from None
        return out

    async def _draft(self, dossier: Dossier, profile: Profile, chain: Ledger) -> dict[str, bytes]:
        """What became of the draft: every change as it was entered, and the versions as text; of a private talk that of its own, as far as it was written by the
        end of that talk. Nothing of it where the agreement is not told."""
        if not profile.draft:
            return {}
        if profile is CAUCUS:
            closed = next((payload for entry, _, payload in chain if entry.kind == "private_draft.closed" and payload), None)
            entries = (await read_log(closed["document"]))[: closed["seq"]] if closed else []
        else:
            entries = await read_log(dossier.agreement.document) if dossier.agreement is not None else []
        if not entries:
            return {}
        told = await asyncio.get_running_loop().run_in_executor(self._house.pool, texts_of_versions, entries)
        return {"log.jsonl": log_lines(entries), "versions.json": canonical_json(told)}

    async def talks(self, dossier: Dossier, actor: Actor) -> list[dict[str, Any]]:
        """Private talks that were recorded and that this person took part in: `id`, `at`, and `names` of who was inside beside the mediator."""
        room = dossier.room
        own = seat_of(room, actor) if room is not None else None
        if room is None or own is None:
            return []
        recorded = await self._recordings.talks(dossier.case.id)
        ledger = await self._house.reader.ledger(dossier.case.id)
        # Who took the session up from another mediator was in no talk before that.
        since = max((entry.seq for entry, _, _ in ledger if entry.kind == "session.taken_up"), default=0)
        return [
            {
                "id": payload["caucus"],
                "at": entry.at,
                "names": [room.seats[seat].name for seat in payload["seats"] if seat in room.seats and seat != own.id],
            }
            for entry, _, payload in ledger
            if entry.kind == "caucus.opened"
            and payload
            and payload["caucus"] in recorded
            # who leads it sits in every private talk, and is not named among those who were called in
            and (entry.seq > since if own.role is SeatRole.MEDIATOR else own.id in payload["seats"])
        ]

    async def _papers_of(self, dossier: Dossier, *, effective: bool) -> dict[str, bytes]:
        """Of an agreement on paper, or by word of mouth."""
        agreement = dossier.agreement
        on_paper = await self._paper.files(agreement) if effective and agreement is not None else {}
        return on_paper | await self._oral.files(dossier.room)

    async def _guide(self, dossier: Dossier, inside: Inside) -> bytes:
        case, at = dossier.case, self._house
        committee = case.mediator.org_name if case.mediator else "人民调解委员会"
        facts = GuideFacts(case.number or case.code, committee, inside, f"{at.settings.base_url}/verify", self._providers.embedded)
        return await asyncio.get_running_loop().run_in_executor(at.pool, print_guide, facts, self._font_dirs)


def _consents(dossier: Dossier, ledger: Ledger) -> dict[str, bytes]:
    """One file a party: every consent asked, given, refused, and when."""
    room = dossier.room
    files: dict[str, list[dict[str, Any]]] = {}
    for entry, _, payload in ledger:
        if payload and entry.kind in {"consent.given", "consent.refused", "consent.withdrawn", "notice.confirmed"}:
            files.setdefault(str(payload["seat"]), []).append({"seq": entry.seq, "at": entry.at, "kind": entry.kind, "payload": payload})
    names = {seat.id: seat.name for seat in room.seats.values()} if room else {}
    return {seat: canonical_json({"seat": seat, "name": names.get(seat, ""), "entries": lines}) for seat, lines in files.items()}


def _is_effective(dossier: Dossier) -> bool:
    agreement = dossier.agreement
    return agreement is not None and agreement.stage == "effective" and agreement.ceremony is not None


def _demand_export(dossier: Dossier, actor: Actor, profile: Profile, party: str) -> None:
    """Whoever leads the case or the centre; a party for its own copy, once the case has ended. Raises `Refusal`."""
    seat = seat_of(dossier.room, actor) if dossier.room is not None and actor.kind == "seat" else None
    if dossier.room is not None and seat is not None and profile.own and party and seat.party == party:
        demand(room_standings(dossier.room, actor), Action.TAKE_OWN_COPY, dossier.case.stage)
    else:
        demand(case_standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
    demand_kept(dossier.case)
    spoken = dossier.room is not None and dossier.room.oral is not None and bool(dossier.room.oral.file)
    if profile is SUCCESS and not spoken and not _is_effective(dossier):
        raise OutOfTurn("nothing_to_confirm", "No agreement is in force in this case, so there is none that a court could confirm")


def _exported(actor: Actor, profile: Profile, party: str, talk: str, sm3: bool, volume: dict[str, int]) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        _demand_export(dossier, actor, profile, party)
        told: dict[str, Any] = {"by": actor.ledger_name, "profile": profile.name} | ({"party": party} if party else {}) | volume
        if sm3:
            # So that nobody who signs the list can leave them out of it.
            told["hashes"] = HASHES_WITH_SM3
        # That a private talk left the house is told in its own chain; the main one has the new head of that.
        return Outcome(
            [Happened("evidence.exported", told, chain=talk), Happened("caucus.recorded", {"caucus": talk})]
            if talk
            else [Happened("evidence.exported", told)]
        )

    return decide


def scratch(request: Request) -> Path:
    """A folder for decrypted or uploaded files, inside the data folder, which only its owner reads; emptied at every start."""
    return Path(tempfile.mkdtemp(dir=house(request).settings.scratch))


async def bundle(request: Request) -> Response:
    actor, _ = await actor_of(request)
    desk: BundleDesk = request.app.state.bundles
    own = actor.kind == "seat"
    profile = PROFILES.get(request.query_params.get("profile", PARTY.name if own else FULL.name))
    if profile is None:
        raise Invalid("malformed", f"A bundle is made for one of {', '.join(PROFILES)}", field="profile")
    party = request.query_params.get("party", "") if profile.own else ""
    if own:
        house(request).rates.spend("own_copy", f"{actor.case_id}/{actor.id}")
        party = await _party_of(request, actor)
    talk = request.query_params.get("talk", "") if profile is CAUCUS else ""
    asked = request.query_params.get("volume", "1")
    if not asked.isdecimal() or not 1 <= int(asked[:4]) <= 999:
        raise Invalid("malformed", "volume is a number from 1 on", field="volume")
    folder = scratch(request)
    try:
        async with desk.one_at_a_time:
            out = await desk.export(request.path_params["case"], actor, folder, profile, party, talk, int(asked[:4]))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        out, media_type="application/zip", filename=out.name, background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    )


async def _party_of(request: Request, actor: Actor) -> str:
    """The party that sits there; empty for anybody else."""
    room = (await house(request).reader.dossier(request.path_params["case"])).room
    seat = seat_of(room, actor) if room is not None else None
    return seat.party if seat is not None and seat.role is SeatRole.PARTY else ""


async def volumes(request: Request) -> Response:
    """How many volumes the recordings of a case take in a bundle, and the bytes of each."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(case_standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
    desk: BundleDesk = request.app.state.bundles
    talk = request.query_params.get("talk", "")
    if talk and talk not in {one["id"] for one in await desk.talks(dossier, actor)}:
        raise NotFound("no_talk", "No private talk of this case that you took part in was recorded under this name")
    parts = volumes_of(await desk.copies.rows(dossier.case.id, talk))
    return JSONResponse([{"number": number, "bytes": sum(row.size for row in part)} for number, part in enumerate(parts, 1)])


async def talks(request: Request) -> Response:
    """The recorded private talks of a case that the caller took part in and may export."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(case_standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
    desk: BundleDesk = request.app.state.bundles
    return JSONResponse(await desk.talks(dossier, actor))


async def anchor(request: Request) -> Response:
    """The fingerprints that verifiers compare with, as the committee publishes them, separated by commas."""
    desk: BundleDesk = request.app.state.bundles
    return JSONResponse({"fingerprint": desk.fingerprint})


async def verify(request: Request) -> Response:
    """A bundle or a PDF as the request's body → the verdict and every check. Without an account; nothing is kept."""
    at = house(request)
    at.rates.spend("verify", address_of(request))
    folder = scratch(request)
    try:
        path = folder / secrets.token_hex(8)
        digest = await _receive(request, path)
        given = request.query_params.get("anchor") or None
        # One at a time: a stranger's large file must not take the workers from those who are signing.
        async with request.app.state.bundles.one_check:
            report = await asyncio.get_running_loop().run_in_executor(at.pool, verify_file, path, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return JSONResponse(_answer(report, digest))


async def _receive(request: Request, path: Path) -> str:
    if int(request.headers.get("Content-Length", "0") or 0) > UPLOAD_LIMIT:
        raise TooMuch("too_large", "A file has at most 2 GB here; larger ones are verified with the program inside the bundle")
    size, digest = 0, hashlib.sha256()
    pieces: AsyncIterator[bytes] = request.stream()
    with path.open("wb") as file:
        async for piece in pieces:
            size += len(piece)
            if size > UPLOAD_LIMIT:
                raise TooMuch("too_large", "A file has at most 2 GB here; larger ones are verified with the program inside the bundle")
            digest.update(piece)
            await asyncio.to_thread(file.write, piece)
    if size == 0:
        raise NotFound("no_file", "The request carries no file")
    return digest.hexdigest()


def _answer(report: Report, digest: str) -> dict[str, Any]:
    plain = json.loads(json.dumps(report.plain()))
    verdict = "broken" if not report.ok else "holds" if report.anchored else "unanchored"
    checks = [{"code": c.code, "ok": c.status, "detail": c.detail} for c in report.checks]
    facts = {k: v for k, v in plain.items() if k not in {"checks"}}
    return {"verdict": verdict, "checks": json.loads(json.dumps(checks, default=str)), "facts": {**facts, "sha256": digest}}


EVIDENCE_ROUTES = [
    Route("/api/cases/{case}/bundle", bundle),
    Route("/api/cases/{case}/bundle/volumes", volumes),
    Route("/api/cases/{case}/talks", talks),
    Route("/api/anchor", anchor),
    Route("/api/verify", verify, methods=["POST"]),
]
