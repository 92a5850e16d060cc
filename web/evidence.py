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
from itertools import islice
from pathlib import Path
from typing import Any

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from agreements.fonts import FontDirs
from agreements.guide_pdf import GuideFacts, print_guide
from cases.actor import Actor
from cases.case import Numbering
from cases.case import standings as case_standings
from cases.errors import Invalid, NotFound, OutOfTurn, TooMuch
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, SeatRole
from evidence.bundle import Contents, write_bundle
from evidence.ledger import Entry, canonical_json
from evidence.manifest import Gap, Recording, Segment, signers_of
from evidence.profiles import CAUCUS, FULL, PROFILES, Profile, takes, takes_consents
from evidence.verifier import HASHES_WITH_SM3, Report, verify_file
from rooms.handling import seat_of
from rooms.media.segments import file_of, plain_name, read_segment
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow
from storage.recordings import RecordingStore
from storage.shelf import RecordingShelf
from storage.work import Outcome
from web.app import VERIFIER
from web.house import House
from web.oral import OralDesk
from web.paper import PaperDesk
from web.providers import Providers
from web.records import RecordDesk
from web.request import actor_of, address_of, house

log = structlog.get_logger("evidence")

UPLOAD_LIMIT = 2 * 1024**3
Ledger = list[tuple[Entry, str, dict[str, Any] | None]]
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
        self._house, self._recordings, self._shelf, self._providers = at, recordings, shelf, providers
        self._records, self._paper, self._oral, self._settled, self._font_dirs = records, paper, oral, settled, font_dirs
        self.one_at_a_time, self.one_check = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self.fingerprint = providers.anchors

    async def export(self, case_id: str, actor: Actor, folder: Path, profile: Profile = FULL, party: str = "", talk: str = "") -> Path:
        """Write a bundle of a case into `folder`; the export itself is the ledger's last entry in it. `party`: whose copy it is; `talk`: the private
        talk that it holds, of those that `talks` names."""
        at = self._house
        known = await at.reader.dossier(case_id)
        demand(case_standings(known.case, actor), Action.EXPORT_EVIDENCE, known.case.stage)
        if known.room is not None:
            await self._settled(known.room.id)
        seats = {s.id for s in known.room.seats.values() if s.party == party} if known.room is not None and party else set()
        if profile.own and not seats:
            raise Invalid("unknown_party", "Say whose copy it is: a party that had a seat in the session", field="party")
        if talk and known.room is not None and known.room.caucus is not None and known.room.caucus.id == talk:
            raise OutOfTurn("caucus_open", "End the private talk first")
        if profile is CAUCUS and talk not in {one["id"] for one in await self.talks(known, actor)}:
            raise NotFound("no_talk", "No private talk of this case that you took part in was recorded under this name")
        await at.store.execute(case_id, _exported(actor, profile.name, party, talk, at.settings.sm3))
        dossier = await at.reader.dossier(case_id)
        whole = await at.reader.ledger(case_id)
        main = [line for line in whole if line[0].chain == (f"{case_id}/{talk}" if talk else case_id)]
        now = at.clock.now()
        agreement = dossier.agreement
        effective = profile.agreement and agreement is not None and agreement.stage == "effective" and agreement.ceremony is not None
        trust, service = await self._providers.at_hand(now)
        proof = await self._providers.proof(trust, now)
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
            recordings=await self._copies(case_id, main, folder, talk) if profile.recordings else [],
            consents={f"{of}.json": data for of, data in _consents(dossier, main).items() if takes_consents(profile, of, seats)},
            profile=profile.name,
            paper=await self._papers_of(dossier, effective=effective) if profile.agreement else {},
            record=await self._records.files(at, dossier) if profile.record else {},
            page=VERIFIER if VERIFIER.exists() else None,
            guide=await self._guide(dossier, profile),
            sm3=at.settings.sm3,
            anchors={
                **{f"root{f'-{n}' if n > 1 else ''}.crt": data for n, data in enumerate(proof.roots, 1)},
                **{f"list-{n}.crl": data for n, data in enumerate(proof.crls, 1)},
            },
        )
        about = "" if profile is FULL else f".{profile.name}{f'-{party or talk}' if party or talk else ''}"
        out = folder / f"{dossier.case.code}{about}.heyi.zip"
        loop = asyncio.get_running_loop()
        certified = (
            next((one.certificate for one in signers_of(contents.agreement) if one.role == "platform"), "") if contents.agreement else ""
        )
        platform = await self._providers.platform(now, certified)
        with self._providers.answering():
            await loop.run_in_executor(at.pool, write_bundle, out, contents, platform, service, at.clock.now())
        return out

    async def talks(self, dossier: Dossier, actor: Actor) -> list[dict[str, Any]]:
        """Private talks that were recorded and that this person took part in: `id`, `at`, and `names` of who was inside beside the mediator."""
        room = dossier.room
        own = seat_of(room, actor) if room is not None else None
        if room is None or own is None:
            return []
        recorded = await self._recordings.talks(dossier.case.id)
        return [
            {
                "id": payload["caucus"],
                "at": entry.at,
                "names": [room.seats[seat].name for seat in payload["seats"] if seat in room.seats and seat != own.id],
            }
            for entry, _, payload in await self._house.reader.ledger(dossier.case.id)
            if entry.kind == "caucus.opened"
            and payload
            and payload["caucus"] in recorded
            # who leads it sits in every private talk, and is not named among those who were called in
            and (own.role is SeatRole.MEDIATOR or own.id in payload["seats"])
        ]

    async def _papers_of(self, dossier: Dossier, *, effective: bool) -> dict[str, bytes]:
        """Of an agreement on paper, or by word of mouth."""
        agreement = dossier.agreement
        on_paper = await self._paper.files(agreement) if effective and agreement is not None else {}
        return on_paper | await self._oral.files(dossier.room)

    async def _guide(self, dossier: Dossier, profile: Profile) -> bytes:
        case, at = dossier.case, self._house
        committee = case.mediator.org_name if case.mediator else "人民调解委员会"
        facts = GuideFacts(case.number or case.code, committee, profile.name, f"{at.settings.base_url}/verify", self._providers.embedded)
        return await asyncio.get_running_loop().run_in_executor(at.pool, print_guide, facts, self._font_dirs)

    async def _copies(self, case_id: str, ledger: Ledger, folder: Path, talk: str = "") -> list[tuple[Recording, Path]]:
        found: list[tuple[Recording, Path]] = []
        loop = asyncio.get_running_loop()
        former: dict[str, SegmentRow] = {}
        for row in await self._recordings.segments(case_id, talk):
            if row.state == "destroyed":
                continue
            name = row.id.partition("/")[2]
            source = await asyncio.to_thread(_here, self._shelf, Path(row.folder), name, folder) if row.state != "broken" else None
            if source is None:
                log.error("a recorded segment cannot be exported", case=case_id, segment=name, state=row.state)
                continue
            key = await self._recordings.key_to_read(row.session_id)
            copy = folder / plain_name(source)
            digest, size = await loop.run_in_executor(
                self._house.pool, decrypt, source, key, copy, _entered_chunks(ledger, name) if row.state == "open" else row.chunks
            )
            source.unlink()
            track = f"{row.seat}-screen" if "-screen-" in name else row.seat
            gaps = _gaps(former.get(track), row, ledger)
            former[track] = row
            found.append((Recording(f"recordings/{copy.name}", track, (Segment(1, size, digest),), gaps), copy))
        return found


def _here(shelf: RecordingShelf, session: Path, name: str, folder: Path) -> Path | None:
    """A segment's file in `folder`, from wherever it lies; None where it is nowhere. Raises `BucketAway`."""
    path = file_of(session, name, shelf)
    try:
        shelf.copy(path, folder / path.name)
    except FileNotFoundError:
        return None
    return folder / path.name


def _entered_chunks(ledger: Ledger, segment: str) -> int:
    """Of a segment that is still being written: so many chunks the chain has, as this bundle tells it."""
    told = (payload for entry, _, payload in ledger if entry.kind == "recording.segment" and payload)
    return len({chunk["i"] for payload in told if payload["segment"] == segment for chunk in payload["chunks"]})


def decrypt(source: Path, key: bytes, target: Path, chunks: int | None = None) -> tuple[str, int]:
    """A plain copy of a segment, up to where a crash may have cut it: (SHA-256, bytes). No more than its first `chunks`, which the ledger knows: what a
    worker that was given up may have written later is not vouched for by anybody."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for piece in islice(read_segment(source, key), chunks):
            out.write(piece)
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _gaps(former: SegmentRow | None, row: SegmentRow, ledger: Ledger) -> tuple[Gap, ...]:
    """What is missing between a track's former segment and this one, and why."""
    if former is None:
        return ()
    end = _wall(former) + former.duration_ms
    begin = _wall(row)
    if begin - end < 500 and former.state == "closed":
        return ()
    reason = "connection" if former.state == "closed" else "restart"
    for entry, _, _ in ledger:
        at = int(datetime.fromisoformat(entry.at).timestamp() * 1000)
        if entry.kind == "caucus.opened" and end - 2000 <= at <= begin:
            reason = "caucus"
        if entry.kind == "recording.stopped" and end - 2000 <= at <= begin:
            reason = "stopped"
    return (Gap(0, max(0, begin - end), reason),)


def _wall(row: SegmentRow) -> int:
    return int(datetime.fromisoformat(row.started_at).timestamp() * 1000)


def _consents(dossier: Dossier, ledger: Ledger) -> dict[str, bytes]:
    """One file a party: every consent asked, given, refused, and when."""
    room = dossier.room
    files: dict[str, list[dict[str, Any]]] = {}
    for entry, _, payload in ledger:
        if payload and entry.kind in {"consent.given", "consent.refused", "notice.confirmed"}:
            files.setdefault(str(payload["seat"]), []).append({"seq": entry.seq, "at": entry.at, "kind": entry.kind, "payload": payload})
    names = {seat.id: seat.name for seat in room.seats.values()} if room else {}
    return {seat: canonical_json({"seat": seat, "name": names.get(seat, ""), "entries": lines}) for seat, lines in files.items()}


def _exported(actor: Actor, profile: str, party: str, talk: str, sm3: bool) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        demand(case_standings(dossier.case, actor), Action.EXPORT_EVIDENCE, dossier.case.stage)
        told: dict[str, Any] = {"by": actor.ledger_name, "profile": profile} | ({"party": party} if party else {})
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
    profile = PROFILES.get(request.query_params.get("profile", "full"))
    if profile is None:
        raise Invalid("malformed", f"A bundle is made for one of {', '.join(PROFILES)}", field="profile")
    party = request.query_params.get("party", "") if profile.own else ""
    talk = request.query_params.get("talk", "") if profile is CAUCUS else ""
    folder = scratch(request)
    try:
        async with desk.one_at_a_time:
            out = await desk.export(request.path_params["case"], actor, folder, profile, party, talk)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        out, media_type="application/zip", filename=out.name, background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    )


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
    Route("/api/cases/{case}/talks", talks),
    Route("/api/anchor", anchor),
    Route("/api/verify", verify, methods=["POST"]),
]
