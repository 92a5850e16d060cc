"""Statements from afar at the server: commands, the code that the mediator reads out, and the text, sealed in the vault. What is recorded with it: `statement_recordings`.

The code is made of the installation's key whenever it is needed; it is in no document, no answer that is kept, no entry and no log.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases import phone_code, stating
from cases.actor import Actor
from cases.case import Case, Numbering
from cases.commands.statements import AnswerIdentity, AskIdentity, PresentStatement, ShowCommand, StatementCommand
from cases.errors import Invalid, NotFound, OutOfTurn, Refusal, Unavailable
from cases.permissions import demand
from cases.ports import Blobs, Clock, Happened
from cases.statement import Given, Recording, StatementKind
from cases.vocabulary import Action, SeatRole
from realtime.audience import reads_statement
from realtime.own_document import held_of
from realtime.performance_document import party_of
from rooms import handling
from rooms.commands import Invite
from rooms.room import Seat
from storage.dossier import Dossier
from storage.reading import Reader
from storage.sealing import derived, opened_bytes, sealed_bytes
from storage.uploads import take
from storage.work import NewFile, Outcome, Store
from web.statement_recordings import RecordingDesk, blob_of, demand_giving, is_late, new_file

KIND = "statement"


class Read(msgspec.Struct, frozen=True):
    given: Given
    content: bytes


class StatementDesk:
    def __init__(self, store: Store, reader: Reader, blobs: Blobs, clock: Clock, link_key: bytes, recordings: RecordingDesk) -> None:
        self._store, self._reader, self._blobs, self._clock, self._recordings = store, reader, blobs, clock, recordings
        self._code_key, self._key = derived(link_key, b"heyi.statement-codes.v1"), derived(link_key, b"heyi.statements.v1")

    async def do(self, command: StatementCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        """Raises `Refusal`. A wrong code counts, and is therefore kept before it is refused."""
        nonce = secrets.token_hex(16) if isinstance(command, AskIdentity) else ""
        entered = phone_code.digits_of(command.code) if isinstance(command, AnswerIdentity) else ""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            case, party = dossier.case, party_of(dossier, actor)
            of = command.party if isinstance(command, AskIdentity) else party
            code = (nonce, self._hash(case.id, of, self._code(case.id, of, nonce) if nonce else entered))
            happened = stating.handle(case, command, actor, held_of(actor, dossier), party, now, code)
            if happened and happened[0].kind == "statement.code_wrong":
                asked = case.afar.statements[party].code if case.afar is not None else None
                return Outcome(happened, {"left": phone_code.TRIES - asked.tries if asked is not None else 0})
            return Outcome(happened, unread(happened, case, party))

        result = await self._store.execute(command.case, decide, receipt)
        await self.forget(result.pop("gone", []))
        if result.get("left") == 0:
            raise OutOfTurn("code_over", "These digits were wrong too often; ask the mediator on the telephone for others")
        if "left" in result:
            raise Invalid("code_wrong", f"This is not the code; {result['left']} tries are left", field="code", left=result["left"])
        return result

    async def show(self, command: ShowCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        """In the session: shown to everybody, or read out. A party that had no place gets one, which stays empty."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            room = dossier.room
            if room is None or room.ended_at is not None:
                raise NotFound("no_session", "There is no session in this case")
            demand(handling.standings(room, actor), Action.PRESENT_STATEMENT, room.stage)
            if room.caucus is not None:
                raise OutOfTurn("caucus_open", "End the private talk first")
            happened: list[Happened] = []
            party = dossier.case.party(command.party)
            stating.demand_given(dossier.case, party.id)
            seat = next((one for one in room.parties() if one.party == party.id), None)
            if seat is None:
                seat, happened = handling.invite(room, Invite(dossier.case.id, SeatRole.PARTY, party=party.id), party.name)
            if seat.present:
                raise OutOfTurn("speaks_itself", "This party is in the room and speaks for itself")
            if isinstance(command, PresentStatement):
                return Outcome([*happened, *stating.present(dossier.case, party.id, seat.id, now)])
            return Outcome([*happened, *_heard(dossier.case, party.id, seat, now)])

        return await self._store.execute(command.case, decide, receipt)

    async def give(self, case_id: str, actor: Actor, text: str, shared: bool, receipt: str, upload: str = "") -> dict[str, Any]:
        """Answers `sha256 number`. `upload`: of the recording that belongs to it, which is whole and was looked into. Raises `Refusal`."""
        known = await self._reader.receipt(receipt)
        if known is not None:
            await self.forget(known.pop("gone", []))
            return known
        dossier = await self._reader.dossier(case_id)
        demand_giving(dossier, actor, self._clock.now())
        content = stating.parse_statement(text).encode()
        recording = await self._recordings.ready(dossier, actor, upload) if upload else None
        file = secrets.token_hex(10)
        blob, digest = blob_of(file), hashlib.sha256(content).hexdigest()
        await self._blobs.put(blob, sealed_bytes(self._key, file.encode(), content))

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            party = party_of(dossier, actor)
            given = Given(0, StatementKind.TEXT, file, digest, len(content), now, now, shared, recording)
            happened = stating.give(dossier.case, held_of(actor, dossier), party, given, is_late(dossier.room), now)
            told = {"sha256": digest, "number": happened[0].payload["number"], **unread(happened, dossier.case, party)}
            files = [NewFile(file, KIND, blob, digest, len(content)), *([new_file(recording)] if recording is not None else [])]
            return Outcome(happened, told, files=files)

        async def taken(db: BaseDBAsyncClient) -> None:
            if upload:
                await take(db, case_id, party_of(dossier, actor), upload)

        try:
            result = await self._store.execute(case_id, decide, receipt, prepare=taken)
        except Unavailable:
            raise  # it may be stored
        except Refusal:
            await self.forget([file])  # nothing refers to it
            raise
        await self.forget(result.pop("gone", []))
        if upload:
            await self._recordings.tidy()
        return result

    async def forget(self, files: list[str]) -> None:
        """What was taken back or replaced goes, once that is committed; the chain has its hash. Done again when the request comes again."""
        for file in files:
            await self._blobs.delete(blob_of(file))

    async def read(self, case_id: str, party: str, actor: Actor) -> Read:
        """Raises `NotFound` for whoever may not read it, as where there is none."""
        given = await self.given(case_id, party, actor)
        return Read(given, await self.text(given))

    async def given(self, case_id: str, party: str, actor: Actor) -> Given:
        """Raises `NotFound`, as `read`."""
        dossier = await self._reader.dossier_of(f"case/{case_id}")
        if dossier is None or not reads_statement(actor, dossier, party):
            raise NotFound("no_statement", "There is no statement of this party")
        given = stating.given_by(dossier.case, party)
        assert given is not None
        return given

    async def text(self, given: Given) -> bytes:
        """Of whoever may read it. Raises `KeyError` where it was taken back meanwhile."""
        return opened_bytes(self._key, given.file.encode(), await self._blobs.get(blob_of(given.file)))

    def recorded(self, recording: Recording) -> AsyncGenerator[bytes, None]:
        """Of whoever may read it. Raises `KeyError`, as `text`."""
        return self._recordings.play(recording)

    async def codes(self, case_id: str, actor: Actor) -> dict[str, str]:
        """To the mediator: party → the code to be read out."""
        case = (await self._reader.dossier(case_id)).case
        demand(held_of(actor, Dossier(case)), Action.CHECK_STATEMENT, case.stage)
        statements, now = case.afar.statements if case.afar is not None else {}, self._clock.now()
        return {
            party: self._code(case.id, party, one.nonce)
            for party, one in statements.items()
            if one.nonce and phone_code.holds(one.code, now)
        }

    def _code(self, case: str, party: str, nonce: str) -> str:
        """Six digits, as RFC 4226 makes them of a keyed hash, from 64 of its bits: the bias is below 1 in 10^13."""
        digest = hmac.digest(self._code_key, f"code\n{case}\n{party}\n{nonce}".encode(), "sha256")
        return str(int.from_bytes(digest[:8]) % 10**phone_code.DIGITS).zfill(phone_code.DIGITS)

    def _hash(self, case: str, party: str, digits: str) -> str:
        return hmac.digest(self._code_key, f"hash\n{case}\n{party}\n{digits}".encode(), "sha256").hex()


def unread(happened: list[Happened], case: Case, party: str) -> dict[str, list[str]]:
    """`gone`: files of statements that nobody reads any more, once what happened is stored."""
    state = case.afar.statements.get(party) if case.afar is not None else None
    ended = any(one.kind in {"statement.withdrawn", "statement.given", "statement.set_aside"} for one in happened)
    return {"gone": [file for one in state.earlier for file in one.files]} if ended and state is not None and state.earlier else {}


def _heard(case: Case, party: str, seat: Seat, now: datetime) -> list[Happened]:
    happened = stating.hear(case, party, seat.id, now)
    seat.spoken = True
    return happened
