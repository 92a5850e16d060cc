"""The unit of work: a command, its new state, its ledger entries, its outbox rows and its events, in one transaction.

The first statement takes the lock of the case (`UPDATE case_file SET seq = seq + 1 … RETURNING`), which orders everything that happens to
the case on SQLite and PostgreSQL alike. Then: receipt, load, decide (pure), save, ledger, streams. After the commit the changes go to the
hub by `publish`, in the order of the commits.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from agreements.live import LogEntry
from cases import risk
from cases.case import Numbering
from cases.clock import ClockHealth, moved_back, rfc3339, witnessed
from cases.counted import Counted
from cases.erasing import anonymise, demand_kept
from cases.errors import Conflict, NotFound
from cases.moment import CHAIN as STOOD
from cases.moment import stood
from cases.ports import Clock, Happened
from cases.vocabulary import Act
from evidence.ledger import GENESIS, Entry, append, new_salt
from rooms import co_mediators, expert_seats, record_keeping
from storage import appointments, assistance, audit, counting, drafts, erasing, expert_calls, search, sql
from storage import dossier as files
from storage.calendars import calendar_of
from storage.case_keys import CaseKey, keys
from storage.database import writes
from storage.dossier import Dossier
from storage.drafts import Kept
from storage.models.agreements import FileRow
from storage.models.cases import Offer, RevokedCode
from storage.models.recordings import SegmentRow, SessionKey
from storage.numbering import new_code, put_back_number, take_number
from storage.outbox import Outbox
from storage.payloads import closed
from storage.risk_queue import RiskQueue
from storage.search import found_by_words
from storage.steps import Change, enter_events, next_heads
from storage.writer import Writer

CASES_REMEMBERED = 500
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


class Audited(msgspec.Struct, frozen=True):
    """What the log of administrators tells of a decision too. `by`: id and role of who decided; `detail`: codes and times, never a name."""

    act: Act
    by: tuple[str, str]
    detail: str = ""


class Outcome(msgspec.Struct):
    """What a decision made of a dossier."""

    happened: list[Happened] = []
    result: dict[str, Any] = {}
    draft: list[LogEntry] = []
    kept: Kept | None = None
    """What the draft's log comes to with these entries, now and then."""
    files: list[NewFile] = []
    destroy_recordings: bool = False
    """The keys of the case's recordings go in the same transaction as the entry that says so."""

    audited: list[Audited] = []

    read_drafts: list[tuple[str, int]] = []
    """Documents with the number of the entry that the decision was made on: where a log has moved on meanwhile, on whichever node, it does not count."""

    @property
    def drafts_only(self) -> bool:
        """Nothing but updates of the draft, if they change nothing of the dossier."""
        return not (self.happened or self.files or self.destroy_recordings)


class Committed(msgspec.Struct):
    case_id: str
    before: Dossier | None
    after: Dossier
    changes: list[Change]
    happened: list[Happened]
    seq: int = 0
    shown: dict[str, dict[str, Any]] = {}
    """What every view shows of the case now: stream → its part."""
    counts: Counted | None = None
    """What is counted of the case now, if that changed."""


class _Head(NamedTuple):
    """The last entry of a chain: its number, hash and time."""

    seq: int
    hash: str
    at: str


Decide = Callable[[Dossier, Numbering, datetime], Outcome]


class Store:
    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        fragments: Fragments,
        difference: Difference,
        publish: Callable[[Committed], None],
        health: Callable[[], ClockHealth] = ClockHealth,
        outbox: Outbox | None = None,
        risks: RiskQueue | None = None,
    ) -> None:
        """`health` tells how well the clock is kept; `outbox` takes what people are to be told of a change, `risks` what the risk platform is."""
        self._writer, self._clock, self._health, self._outbox, self._risks = writer, clock, health, outbox, risks
        self._fragments, self._difference, self._publish = fragments, difference, publish
        self._shown: OrderedDict[str, tuple[int, dict[str, dict[str, Any]]]] = OrderedDict()

    def waiting(self) -> int:
        """Commands that wait for their transaction."""
        return self._writer.waiting()

    async def create(self, make: Callable[[Numbering, datetime], tuple[Dossier, Outcome]], receipt: str = "") -> dict[str, Any]:
        """Write a new dossier. `receipt` is the idempotency key of the request, under which the same answer is given again."""

        async def job(connection: BaseDBAsyncClient) -> tuple[dict[str, Any], Committed | None]:
            known = await _answered(connection, receipt)
            if known is not None:
                return known, None
            now = self._clock.now()
            dossier, outcome = make(Numbering(new_id=secrets.token_hex(8), code=new_code()), now)
            key = keys().fresh(dossier.case.id)
            columns = {"id": dossier.case.id, "seq": 1, **files.columns(dossier, key)}
            await sql.insert(connection, "case_file", list(columns), [list(columns.values())])
            return await self._finish(connection, None, dossier, outcome, {}, receipt, now, 1, key)

        try:
            return await self._run(job)
        except IntegrityError:
            # The same request came twice at once, and the other one was first.
            known = await _answered(writes(), receipt)
            if known is None:
                raise
            return known

    async def execute(
        self,
        case_id: str,
        decide: Decide,
        receipt: str = "",
        numbering_for: str = "",
        *,
        timed: bool = False,
        prepare: Callable[[BaseDBAsyncClient], Awaitable[None]] | None = None,
    ) -> dict[str, Any]:
        """Apply one decision to one case. `numbering_for` names the organisation whose next number the decision takes; one that counts terms is `timed`.
        `prepare` reads what the decision needs, once the case is locked."""

        async def job(connection: BaseDBAsyncClient) -> tuple[dict[str, Any], Committed | None]:
            (mark,) = sql.marks(connection, 1)
            locked = await connection.execute_query_dict(
                f"UPDATE case_file SET seq = seq + 1 WHERE id = {mark} RETURNING seq, key, state, room, agreement", [case_id]
            )
            if not locked:
                raise NotFound("no_case", "There is no such case")
            known = await _answered(connection, receipt)
            if known is not None:
                return known, None
            now, seq, wrapped = self._clock.now(), locked[0].pop("seq"), locked[0].pop("key")
            key = keys().of(case_id, wrapped) if wrapped else keys().fresh(case_id)
            row = files.opened(case_id, wrapped, locked[0])
            after = files.parse(**row)
            numbering = Numbering(new_id=secrets.token_hex(8), code=new_code())
            if numbering_for:
                numbering.number = await take_number(connection, numbering_for, now)
            if timed:
                numbering.calendar = await calendar_of(connection, after.case.region)
            if prepare is not None:
                await prepare(connection)
            demand_kept(after.case)
            outcome = decide(after, numbering, now)
            erased = after.case.erased is not None
            if erased:
                # What an earlier generation of its key has sealed opens no more, in whatever copy.
                key, after = keys().fresh(case_id, key.generation + 1), Dossier(anonymise(after.case))
            if numbering.number and after.case.number != numbering.number:
                await put_back_number(connection, numbering_for, now)
            for document, seq in outcome.read_drafts:
                if (await drafts.last_entry(connection, document)).get("seq") != seq:
                    raise Conflict("draft_moved", "Somebody wrote on the draft at this moment; please do it once more")
            # Read a second time only where it matters: states that are written alike are alike.
            alike = outcome.drafts_only and files.texts(after) == row
            before = after if alike else files.parse(**row)
            if alike or (outcome.drafts_only and after == before):
                # What somebody types changes nothing that anybody is shown of the case: neither its state nor its streams are written anew.
                await drafts.enter(connection, outcome.draft, outcome.kept, key)
                self._still_shown(case_id, seq)
                return outcome.result, None
            if self._risks is not None and not erased:
                outcome.happened += risk.follow(before.case, after.case, now, self._risks.sends(after.case))
            outcome.happened += expert_seats.follow(after.case, after.room, now)
            outcome.happened += co_mediators.follow(after.case, after.room, now)
            if after.room is not None:
                outcome.happened += record_keeping.note(after.room, outcome.happened, now)
            await sql.update(connection, "case_file", case_id, files.columns(after, key))
            return await self._finish(connection, before, after, outcome, self._shown_before(before, seq), receipt, now, seq, key)

        return await self._run(job)

    async def _run(self, job: Callable[[BaseDBAsyncClient], Any]) -> dict[str, Any]:
        result, _ = await self._writer.run(job, self._tell)
        return result

    def _tell(self, done: tuple[dict[str, Any], Committed | None]) -> None:
        committed = done[1]
        if committed is None:
            return
        self._shown.pop(committed.case_id, None)
        self._shown[committed.case_id] = (committed.seq, committed.shown)
        while len(self._shown) > CASES_REMEMBERED:
            self._shown.popitem(last=False)
        self._publish(committed)

    def _still_shown(self, case_id: str, seq: int) -> None:
        """Command `seq` leaves what is shown of a case as it is. Should it be rolled back, the next one has the same number and does not find its own."""
        remembered = self._shown.get(case_id)
        if remembered is not None and remembered[0] == seq - 1:
            self._shown[case_id] = (seq, remembered[1])

    def _shown_before(self, before: Dossier, seq: int) -> dict[str, dict[str, Any]]:
        """What every view shows of a case before this command: remembered from the last commit, if that was ours and the last."""
        remembered = self._shown.get(before.case.id)
        return remembered[1] if remembered is not None and remembered[0] == seq - 1 else self._fragments(before)

    async def _finish(
        self,
        connection: BaseDBAsyncClient,
        before: Dossier | None,
        after: Dossier,
        outcome: Outcome,
        old: dict[str, dict[str, Any]],
        receipt: str,
        now: datetime,
        seq: int,
        key: CaseKey,
    ) -> tuple[dict[str, Any], Committed]:
        case_id, erased = after.case.id, after.case.erased is not None
        if erased and before is not None:
            await erasing.erase(connection, before.case, now)
        if before is None or before.case.offered_to != after.case.offered_to or before.case.stage != after.case.stage:
            await self._save_offers(connection, after)
        if before is not None and before.case.code != after.case.code:
            await RevokedCode.create(code=before.case.code, case_id=case_id, using_db=connection)
        if before is None or before.case != after.case:
            found_by = found_by_words(after.case)
            if before is None or found_by != found_by_words(before.case):
                await search.enter(connection, [(case_id, found_by)])
        counts: Counted | None = counting.of_dossier(after)
        if before is not None and counting.of_dossier(before) == counts:
            counts = None
        elif counts is not None:
            await counting.enter(connection, [counting.Row(case_id, seq, after.case.synthetic, after.case.trial, counts)])
        await expert_calls.enter(connection, before.case if before is not None else None, after.case)
        await assistance.enter(connection, before.case if before is not None else None, after.case)
        await appointments.enter(connection, before.case if before is not None else None, after.case)
        await drafts.enter(connection, outcome.draft, outcome.kept, key)
        shown = self._fragments(after)
        office = f"case/{case_id}|staff"
        # What told how it stood before is gone, and so are the patches: the case, and each of its pages, begins anew.
        shown_office = {} if erased else old.get(office, {})
        await self._enter(connection, case_id, key, outcome.happened, now, shown_office, shown.get(office, {}))
        changes = await self._advance(connection, old, shown, anew=erased)
        for file in outcome.files:
            fields = {"id": file.id, "kind": file.kind, "blob": file.blob, "sha256": file.sha256, "size": file.size}
            await FileRow.create(case_id=case_id, created_at=now, using_db=connection, **fields)
        if outcome.destroy_recordings:
            await SessionKey.filter(case_id=case_id).using_db(connection).delete()
            await SegmentRow.filter(case_id=case_id).using_db(connection).update(state="destroyed")
        for one in outcome.audited:
            await audit.note_case(connection, now, one.act, one.by, after.case.code, after.case.region, one.detail)
        if self._outbox is not None:
            await self._outbox.enter(connection, after.case, outcome.happened, now)
        if self._risks is not None:
            await self._risks.enter(connection, after.case, outcome.happened, now)
        if receipt:
            await sql.insert(connection, "receipt", ("id", "result", "at"), [(receipt, json.dumps(outcome.result), now)])
        return outcome.result, Committed(case_id, before, after, changes, outcome.happened, seq, shown, counts)

    async def _save_offers(self, connection: BaseDBAsyncClient, dossier: Dossier) -> None:
        case = dossier.case
        await Offer.filter(case_id=case.id).using_db(connection).delete()
        if case.stage == "dispatched":
            for account in case.offered_to:
                await Offer.create(case_id=case.id, account=account, using_db=connection)

    async def _enter(
        self,
        connection: BaseDBAsyncClient,
        case_id: str,
        key: CaseKey,
        happened: list[Happened],
        now: datetime,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        """`before` and `after`: what the office is shown of the case, which becomes an entry where it changed."""
        heads: dict[str, _Head] = {}

        async def head(chain: str) -> _Head:
            if chain not in heads:
                heads[chain] = await _head(connection, chain)
            return heads[chain]

        entries, payloads = [], []

        async def enter(event: Happened) -> None:
            chain = case_id if event.chain == "main" else f"{case_id}/{event.chain}"
            told = [(event.kind, dict(event.payload))]
            if event.kind in {"caucus.closed", "caucus.recorded"}:
                # The head of the private chain enters the main chain when the talk is over: nothing before counts its entries.
                told[0][1]["head"] = (await head(f"{case_id}/{event.payload['caucus']}")).hash
            if event.kind.startswith("private_draft."):
                # Its log lies beside the chain, as that of everybody's draft does; the talk's own chain says how far it went.
                told[0][1].update(await drafts.last_entry(connection, event.payload["document"]))
            if (jump := moved_back((await head(chain)).at, now)) is not None:
                told.insert(0, ("clock.moved_back", jump))
            for kind, payload in told:
                salt, last = new_salt(), heads[chain]
                entry = append(chain, last.seq + 1, rfc3339(now), kind, payload, salt, last.hash)
                heads[chain] = _Head(entry.seq, entry.entry_hash, entry.at)
                entries.append([case_id, *(getattr(entry, field) for field in entry.__slots__)])
                payloads.append((entry.entry_hash, salt, closed(key, entry.entry_hash, payload)))

        for event in [*happened, *witnessed(happened, self._health)]:
            await enter(event)
        if before != after:
            known = (await head(f"{case_id}/{STOOD}")).seq > 0
            patch = self._difference(before if known else {}, after)
            last = await head(case_id)
            await enter(stood(patch, last.seq, last.hash))
        await sql.insert(connection, "ledger", ("case_id", *Entry.__slots__), entries)
        await sql.insert(connection, "ledger_payload", ("entry", "salt", "body"), payloads)

    async def _advance(
        self, connection: BaseDBAsyncClient, old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]], *, anew: bool = False
    ) -> list[Change]:
        """`anew`: documents of the case are written whole, whatever they showed before."""
        patches = {}
        for name in sorted(old.keys() | new.keys()):  # sorted: two transactions must not wait for each other crosswise
            before, after = old.get(name, {}), new.get(name, {})
            if anew and after and not name.startswith(SHARED):
                before = {}
            if name.startswith(SHARED):
                after = {**{part: {} for part in before}, **after}
            patch = self._difference(before, after)
            if patch:
                patches[name] = patch
        at = await next_heads(connection, list(patches))
        changes = [Change(name, *at[name], patch) for name, patch in patches.items()]
        await enter_events(connection, changes)
        return changes


async def _head(connection: BaseDBAsyncClient, chain: str) -> _Head:
    (mark,) = sql.marks(connection, 1)
    rows = await connection.execute_query_dict(
        f"SELECT seq, entry_hash, at FROM ledger WHERE chain = {mark} ORDER BY seq DESC LIMIT 1", [chain]
    )
    return _Head(rows[0]["seq"], rows[0]["entry_hash"], rows[0]["at"]) if rows else _Head(0, GENESIS, "")


async def _answered(connection: BaseDBAsyncClient, receipt: str) -> dict[str, Any] | None:
    """The answer that was given under a receipt before."""
    if not receipt:
        return None
    (mark,) = sql.marks(connection, 1)
    rows = await connection.execute_query_dict(f"SELECT result FROM receipt WHERE id = {mark}", [receipt])
    return dict(json.loads(rows[0]["result"])) if rows else None
