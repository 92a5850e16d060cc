"""The unit of work: a command, its new state, its ledger entries, its outbox rows and its events, in one transaction.

The first statement takes the lock of the case (`UPDATE case_file SET seq = seq + 1 … RETURNING`), which orders everything that happens to
the case on SQLite and PostgreSQL alike. Then: receipt, load, decide (pure), save, ledger, streams. After the commit the changes go to the
hub by `publish`, in the order of the commits.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from agreements.live import LogEntry
from cases.case import Numbering
from cases.clock import COUNTY_TIME, rfc3339
from cases.errors import NotFound
from cases.ports import Clock, Happened, Message
from evidence.ledger import GENESIS, append, new_salt
from storage import dossier as files
from storage.database import writes
from storage.dossier import Dossier
from storage.models.agreements import DraftUpdateRow, FileRow
from storage.models.cases import CaseRow, Offer
from storage.models.ledger import LedgerPayload, LedgerRow, OutboxRow, Receipt
from storage.models.streams import StreamEvent
from storage.writer import Writer

SHARED = ("desk/", "centre/")
"""Streams whose documents many cases fill: a case that leaves takes its own entry out of a map, never the map."""
Fragments = Callable[[Dossier], dict[str, dict[str, Any]]]
Difference = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


class NewFile(msgspec.Struct, frozen=True):
    """A blob that now belongs to the case: (id, kind, blob name, SHA-256, bytes)."""

    id: str
    kind: str
    blob: str
    sha256: str
    size: int


class Outcome(msgspec.Struct):
    """What a decision made of a dossier."""

    happened: list[Happened] = []
    result: dict[str, Any] = {}
    messages: list[Message] = []
    draft: list[LogEntry] = []
    files: list[NewFile] = []


class Change(msgspec.Struct):
    """One step of one stream, ready for the hub."""

    stream: str
    epoch: str
    offset: int
    patch: dict[str, Any]


class Committed(msgspec.Struct):
    case_id: str
    before: Dossier | None
    after: Dossier
    changes: list[Change]
    happened: list[Happened]


Decide = Callable[[Dossier, Numbering, datetime], Outcome]


class Store:
    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        fragments: Fragments,
        difference: Difference,
        publish: Callable[[Committed], None],
    ) -> None:
        self._writer, self._clock = writer, clock
        self._fragments, self._difference, self._publish = fragments, difference, publish

    def waiting(self) -> int:
        """Commands that wait for their transaction."""
        return self._writer.waiting()

    async def create(self, make: Callable[[Numbering, datetime], tuple[Dossier, Outcome]], receipt: str = "") -> dict[str, Any]:
        """Write a new dossier. `receipt` is the idempotency key of the request, under which the same answer is given again."""

        async def job(connection: BaseDBAsyncClient) -> tuple[dict[str, Any], Committed | None]:
            known = await Receipt.filter(id=receipt).using_db(connection).first() if receipt else None
            if known:
                return json.loads(known.result), None
            now = self._clock.now()
            dossier, outcome = make(Numbering(new_id=secrets.token_hex(8), code=new_code()), now)
            row = CaseRow(id=dossier.case.id, seq=1)
            files.store(row, dossier)
            await row.save(using_db=connection, force_create=True)
            return await self._finish(connection, None, dossier, outcome, {}, receipt, now)

        try:
            return await self._run(job)
        except IntegrityError:
            # The same request came twice at once, and the other one was first.
            known = await Receipt.filter(id=receipt).using_db(writes()).first() if receipt else None
            if known is None:
                raise
            return dict(json.loads(known.result))

    async def execute(self, case_id: str, decide: Decide, receipt: str = "", numbering_for: str = "") -> dict[str, Any]:
        """Apply one decision to one case. `numbering_for` names the organisation whose next number the decision takes."""

        async def job(connection: BaseDBAsyncClient) -> tuple[dict[str, Any], Committed | None]:
            (mark,) = self._marks(connection, 1)
            locked = await connection.execute_query_dict(f"UPDATE case_file SET seq = seq + 1 WHERE id = {mark} RETURNING seq", [case_id])
            if not locked:
                raise NotFound("no_case", "There is no such case")
            known = await Receipt.filter(id=receipt).using_db(connection).first() if receipt else None
            if known:
                return json.loads(known.result), None
            now = self._clock.now()
            row = await CaseRow.get(id=case_id, using_db=connection)
            before, after = files.load(row), files.load(row)
            numbering = Numbering(new_id=secrets.token_hex(8))
            if numbering_for:
                numbering.number = await self._next_number(connection, numbering_for, now)
            outcome = decide(after, numbering, now)
            files.store(row, after)
            await row.save(using_db=connection)
            return await self._finish(connection, before, after, outcome, self._fragments(before), receipt, now)

        return await self._run(job)

    async def _run(self, job: Callable[[BaseDBAsyncClient], Any]) -> dict[str, Any]:
        result, _ = await self._writer.run(job, self._tell)
        return result

    def _tell(self, done: tuple[dict[str, Any], Committed | None]) -> None:
        if done[1] is not None:
            self._publish(done[1])

    async def _finish(
        self,
        connection: BaseDBAsyncClient,
        before: Dossier | None,
        after: Dossier,
        outcome: Outcome,
        old: dict[str, dict[str, Any]],
        receipt: str,
        now: datetime,
    ) -> tuple[dict[str, Any], Committed]:
        case_id = after.case.id
        if before is None or before.case.offered_to != after.case.offered_to or before.case.stage != after.case.stage:
            await self._save_offers(connection, after)
        await self._enter(connection, case_id, outcome.happened, now)
        changes = await self._advance(connection, old, self._fragments(after))
        for entry in outcome.draft:
            await DraftUpdateRow.create(
                document=entry.document,
                seq=entry.seq,
                author=entry.author,
                body=entry.update,
                prev_hash=entry.prev_hash,
                hash=entry.entry_hash,
                at=entry.at,
                using_db=connection,
            )
        for file in outcome.files:
            fields = {"id": file.id, "kind": file.kind, "blob": file.blob, "sha256": file.sha256, "size": file.size}
            await FileRow.create(case_id=case_id, created_at=now, using_db=connection, **fields)
        for message in outcome.messages:
            body = json.dumps(message.body, ensure_ascii=False)
            await OutboxRow.create(destination=message.destination, key=message.key, body=body, created_at=now, using_db=connection)
        if receipt:
            await Receipt.create(id=receipt, result=json.dumps(outcome.result), at=now, using_db=connection)
        return outcome.result, Committed(case_id, before, after, changes, outcome.happened)

    async def _save_offers(self, connection: BaseDBAsyncClient, dossier: Dossier) -> None:
        case = dossier.case
        await Offer.filter(case_id=case.id).using_db(connection).delete()
        if case.stage == "dispatched":
            for account in case.offered_to:
                await Offer.create(case_id=case.id, account=account, using_db=connection)

    async def _enter(self, connection: BaseDBAsyncClient, case_id: str, happened: list[Happened], now: datetime) -> None:
        heads: dict[str, tuple[int, str]] = {}
        for event in happened:
            chain = case_id if event.chain == "main" else f"{case_id}/{event.chain}"
            payload = dict(event.payload)
            if event.kind == "caucus.closed":
                # The head of the private chain enters the main chain when the talk ends: nothing before counts its entries.
                payload["head"] = (await self._head(connection, f"{case_id}/{payload['caucus']}"))[1]
            if chain not in heads:
                heads[chain] = await self._head(connection, chain)
            seq, prev = heads[chain]
            salt = new_salt()
            entry = append(chain, seq + 1, rfc3339(now), event.kind, payload, salt, prev)
            heads[chain] = (entry.seq, entry.entry_hash)
            await LedgerRow.create(case_id=case_id, **{f: getattr(entry, f) for f in entry.__slots__}, using_db=connection)
            body = json.dumps(payload, ensure_ascii=False, sort_keys=True)
            await LedgerPayload.create(entry=entry.entry_hash, salt=salt, body=body, using_db=connection)

    async def _head(self, connection: BaseDBAsyncClient, chain: str) -> tuple[int, str]:
        row = await LedgerRow.filter(chain=chain).using_db(connection).order_by("-seq").first()
        return (row.seq, row.entry_hash) if row else (0, GENESIS)

    async def _advance(self, connection: BaseDBAsyncClient, old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> list[Change]:
        changes = []
        for name in sorted(old.keys() | new.keys()):  # sorted: two transactions must not wait for each other crosswise
            before, after = old.get(name, {}), new.get(name, {})
            if name.startswith(SHARED):
                after = {**{part: {} for part in before}, **after}
            patch = self._difference(before, after)
            if not patch:
                continue
            # One statement, so that two first events of a list that many cases share cannot both believe to be the first.
            rows = await connection.execute_query_dict(
                "INSERT INTO stream (name, epoch, head) VALUES ({}, {}, 1) "
                "ON CONFLICT (name) DO UPDATE SET head = stream.head + 1 RETURNING epoch, head".format(*self._marks(connection, 2)),
                [name, secrets.token_hex(6)],
            )
            epoch, head = rows[0]["epoch"], rows[0]["head"]
            await StreamEvent.create(stream=name, seq=head, patch=json.dumps(patch, ensure_ascii=False), using_db=connection)
            changes.append(Change(name, epoch, head, patch))
        return changes

    async def _next_number(self, connection: BaseDBAsyncClient, organisation: str, now: datetime) -> str:
        """安和人调字〔2026〕第00001号. Inside the transaction, so that a refused command leaves no gap."""
        from storage.models.people import Organisation

        year = now.astimezone(COUNTY_TIME).year
        key = f"{organisation}/{year}"
        (mark,) = self._marks(connection, 1)
        rows = await connection.execute_query_dict(
            f"INSERT INTO numbering (id, taken) VALUES ({mark}, 1) ON CONFLICT (id) DO UPDATE SET taken = numbering.taken + 1 RETURNING taken",
            [key],
        )
        taken = rows[0]["taken"]
        org = await Organisation.get(id=organisation, using_db=connection)
        return f"{org.short_name}人调字〔{year}〕第{taken:05d}号"

    @staticmethod
    def _marks(connection: BaseDBAsyncClient, count: int) -> list[str]:
        return ["?"] * count if connection.capabilities.dialect == "sqlite" else [f"${n}" for n in range(1, count + 1)]


CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    """A public code of 40 random bits that can be read over the telephone: HY-7K3M-92QF."""
    letters = [secrets.choice(CODE_ALPHABET) for _ in range(8)]
    return f"HY-{''.join(letters[:4])}-{''.join(letters[4:])}"
