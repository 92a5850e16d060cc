"""Reading: dossiers, snapshots of streams, and what came since a position. Always on the read connection."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from tortoise.expressions import Q

from cases.case import Case
from cases.errors import NotFound
from cases.moment import CHAIN as STOOD
from cases.vocabulary import CaseStage
from evidence.ledger import Entry
from storage import assistance, bell, public_codes, sql
from storage.database import reads
from storage.dossier import TEXTS, Dossier, case_of, load
from storage.gathering import Gathering
from storage.models.cases import CaseRow, Offer
from storage.models.counts import CaseCount
from storage.models.ledger import LedgerPayload, LedgerRow, Receipt
from storage.models.streams import StreamRow
from storage.payloads import told
from storage.steps import patch_of

LIST_LIMIT = 300
COUNTY = 6
"""Digits of a county's code."""
NAME = re.compile(r"[0-9A-Za-z-]{1,32}")
"""Ids and codes as we make them. Others are not asked for: the ORM raises for them, also for those who are read together with them."""
HISTORY_LIMIT = 500
"""Events of a stream that somebody may resume across; further back there is only a fresh snapshot."""
Fragments = Callable[[Dossier], dict[str, dict[str, Any]]]
Rows = Callable[[Case], dict[str, dict[str, Any]]]


class Reader:
    def __init__(self, fragments: Fragments, rows: Rows) -> None:
        """`fragments`: what a dossier puts into every document; `rows`: what its case puts into lists, as part → id → row."""
        self._fragments, self._rows = fragments, rows
        self._cases: Gathering[str, Dossier] = Gathering(self._by_id)
        self._codes: Gathering[str, Dossier] = Gathering(self._by_code)

    async def dossier(self, case_id: str) -> Dossier:
        found = await self._cases.get(case_id) if NAME.fullmatch(case_id) else None
        if found is None:
            raise NotFound("no_case", "There is no such case")
        return found

    async def dossier_of(self, topic: str) -> Dossier | None:
        """The dossier that a topic is about, or None when the topic is a list or does not exist. Not to be changed: others have it too. A public code that was revoked names
        its case still: what is shown for it is another question."""
        kind, _, name = topic.partition("/")
        if not NAME.fullmatch(name):
            return None
        if kind == "code":
            return await self._codes.get(name)
        if kind in {"case", "own", "here", "ratings", "data", "risk"}:
            return await self._cases.get(name)
        if kind in {"room", "caucus", "live"}:
            # Room and caucus ids begin with the id of their case, so that no index is needed.
            return await self._cases.get(name.partition("-")[0])
        return None

    async def _by_id(self, ids: list[str]) -> dict[str, Dossier]:
        return {row.id: load(row) for row in await CaseRow.filter(id__in=ids).using_db(reads()).only("id", "key", *TEXTS)}

    async def _by_code(self, codes: list[str]) -> dict[str, Dossier]:
        rows = await CaseRow.filter(code__in=codes).using_db(reads()).only("id", "code", "key", *TEXTS)
        found = {row.code: load(row) for row in rows}
        if former := await public_codes.former([code for code in codes if code not in found]):
            cases = await self._by_id(list(former.values()))
            found |= {str(code): cases[case] for code, case in former.items() if case in cases}
        return found

    async def snapshot(self, stream: str, dossier: Dossier | None) -> tuple[str, int, dict[str, Any]]:
        """(epoch, offset, document). The position is read first: a change between the two reads is then sent again, which is harmless."""
        row = await StreamRow.filter(name=stream).using_db(reads()).first()
        epoch, head = (row.epoch, row.head) if row else ("", 0)
        if dossier is not None:
            fresh = await self.dossier(dossier.case.id)
            return epoch, head, self._fragments(fresh).get(stream, {})
        if stream.startswith("bell/"):
            return epoch, head, await bell.document(stream.partition("|")[0].removeprefix("bell/"))
        document: dict[str, Any] = {}
        for case in await self._listed(stream):
            for part, rows in self._rows(case).get(_kept_in(stream), {}).items():
                document.setdefault(part, {}).update(rows)
        return epoch, head, document

    async def rows(self, stream: str, ids: Sequence[str]) -> list[tuple[str, Any]]:
        """(id, row) of these cases as a list shows them, in this order; without those that are not in it."""
        if not ids:
            return []
        cases = {case.id: case for case in await self.cases(ids)}
        found = [(key, self._rows(cases[key]).get(_kept_in(stream), {}).get("cases", {}).get(key)) for key in ids if key in cases]
        return [(key, row) for key, row in found if row is not None]

    async def cases(self, ids: Sequence[str]) -> list[Case]:
        """Those that there are, in this order."""
        rows = await CaseRow.filter(id__in=list(ids)).using_db(reads()).values_list("id", "key", "state") if ids else []
        found = {str(case): case_of(str(case), str(key), str(state)) for case, key, state in rows}
        return [found[key] for key in ids if key in found]

    async def _listed(self, stream: str) -> list[Case]:
        kind, _, name = stream.partition("|")[0].partition("/")
        if kind == "centre":
            newest = CaseCount.filter(county=name) if len(name) == COUNTY else CaseCount.filter(region__startswith=name)
        elif kind == "desk":
            offered = await Offer.filter(account=name).using_db(reads()).limit(LIST_LIMIT).values_list("case_id", flat=True)
            shared = await assistance.of(name, LIST_LIMIT)
            newest = CaseCount.filter(Q(mediator=name) | Q(id__in=[*offered, *shared]))
        else:
            return []
        ids = await newest.using_db(reads()).order_by("-reported_at").limit(LIST_LIMIT).values_list("id", flat=True)
        return await self.cases([str(key) for key in ids])

    async def since(self, stream: str, epoch: str, offset: int, limit: int = HISTORY_LIMIT) -> list[tuple[int, dict[str, Any]]] | None:
        """Patches after `offset`, or None where history cannot be continued."""
        offset_, name, most = sql.marks(reads(), 3)
        rows = await reads().execute_query_dict(
            f"SELECT s.epoch, s.head, e.seq, e.patch FROM stream s LEFT JOIN stream_event e ON e.stream = s.name AND e.seq > {offset_} "
            f"WHERE s.name = {name} ORDER BY e.seq LIMIT {most}",
            [offset, stream, limit + 1],
        )
        if not rows or rows[0]["epoch"] != epoch or offset > rows[0]["head"]:
            return None
        events = [(row["seq"], patch_of(stream, row["seq"], row["patch"])) for row in rows if row["seq"] is not None]
        # A hole means that history was pruned; a last event beyond the head, that we read while one was being written.
        whole = len(events) == rows[0]["head"] - offset and len(events) <= limit
        return events if whole else None

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]:
        """Stream → (epoch, offset), of those that exist."""
        rows = await StreamRow.filter(name__in=streams).using_db(reads()).values_list("name", "epoch", "head")
        return {str(name): (str(epoch), int(head)) for name, epoch, head in rows}

    async def ledger(self, case_id: str, *, stood: bool = False) -> list[tuple[Entry, str, dict[str, Any] | None]]:
        """(entry, salt, payload) of all chains of a case, main chain first; the chain of its moments only where `stood` asks for it. The payload is None where it was
        redacted or its key destroyed, and empty where it was altered: its hash says so then."""
        rows = await LedgerRow.filter(case_id=case_id).using_db(reads()).order_by("chain", "seq")
        if not stood:
            rows = [row for row in rows if row.chain != f"{case_id}/{STOOD}"]
        payloads = {p.entry: p for p in await LedgerPayload.filter(entry__in=[r.entry_hash for r in rows]).using_db(reads())}
        wrapped = await CaseRow.filter(id=case_id).using_db(reads()).first().values_list("key", flat=True)
        out = []
        for r in rows:
            entry = Entry(r.chain, r.seq, r.at, r.kind, r.payload_hash, r.prev_hash, r.entry_hash)
            beside = payloads.get(r.entry_hash)
            out.append(
                (entry, beside.salt if beside else "", told(case_id, str(wrapped or ""), r.entry_hash, beside.body) if beside else None)
            )
        return out

    async def load_by_mediator(self) -> dict[str, int]:
        """Open cases by the account that accepted them."""
        rows = await CaseRow.filter(stage__in=["accepted", "mediating"]).using_db(reads()).values_list("mediator", flat=True)
        counts: dict[str, int] = {}
        for mediator in rows:
            counts[str(mediator)] = counts.get(str(mediator), 0) + 1
        return counts

    async def mediating(self) -> list[Dossier]:
        """Cases with a session, for the media rooms to be opened again after a start."""
        return [load(row) for row in await CaseRow.filter(stage="mediating").using_db(reads())]

    async def in_stage(self, stage: CaseStage) -> AsyncIterator[str]:
        """Cases of a stage, one after the other: there may be many."""
        last = ""
        while (
            found := await CaseRow.filter(stage=stage, id__gt=last)
            .using_db(reads())
            .order_by("id")
            .limit(LIST_LIMIT)
            .values_list("id", flat=True)
        ):
            for case_id in found:
                yield str(case_id)
            last = str(found[-1])

    async def receipt(self, receipt: str) -> dict[str, Any] | None:
        """The answer that was given to a command, or None when it has not been carried out."""
        row = await Receipt.filter(id=receipt).using_db(reads()).first() if receipt else None
        return dict(json.loads(row.result)) if row else None


def _kept_in(stream: str) -> str:
    """The list in which a case keeps its row for this one: the county's, for the centre of a place in it."""
    topic, _, view = stream.partition("|")
    kind, _, name = topic.partition("/")
    return f"centre/{name[:COUNTY]}|{view}" if kind == "centre" else stream
