"""The table of what is counted of each case: written with the change itself, read by lists and by the numbers of the wall."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.counted import Counted, counted
from cases.vocabulary import CaseStage, RiskLevel
from storage import sql
from storage.dossier import Dossier

AT_ONCE = 2000
FIELDS = Counted.__struct_fields__
COLUMNS = ("id", "seq", "county", "synthetic", "trial", *FIELDS)
MOMENTS = frozenset(name for name in FIELDS if name.endswith("_at") or name == "due")


def of_dossier(dossier: Dossier) -> Counted:
    room = dossier.room
    live = room is not None and room.ended_at is None and dossier.case.stage is CaseStage.MEDIATING and len(room.present()) > 1
    return counted(dossier.case, live)


class Row(NamedTuple):
    """`seq`: of the command since which this counts. `trial` and `synthetic`: of the case; neither counts among real ones."""

    id: str
    seq: int
    synthetic: bool
    trial: bool
    counted: Counted


def row_of(seq: int, dossier: Dossier) -> Row:
    case = dossier.case
    return Row(case.id, seq, case.synthetic, case.trial, of_dossier(dossier))


async def enter(connection: BaseDBAsyncClient, rows: Iterable[Row]) -> None:
    """What counts of cases from now on."""
    values = [[row.id, row.seq, row.counted.region[:6], row.synthetic, row.trial, *_values(row.counted)] for row in rows]
    kept = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
    await sql.insert(connection, "case_count", COLUMNS, values, f"ON CONFLICT (id) DO UPDATE SET {kept}")


def _values(one: Counted) -> list[Any]:
    return [str(value or "") if name == "risk" else value for name, value in msgspec.structs.asdict(one).items()]


async def read(connection: BaseDBAsyncClient, ids: list[str], synthetic: bool) -> dict[str, tuple[int, Counted]]:
    """Of these cases, at most `AT_ONCE`; without those of a trial, here and below."""
    places = ", ".join(sql.marks(connection, len(ids)))
    return {key: (seq, one) for key, seq, one in await _rows(connection, f"id IN ({places})", ids, synthetic)} if ids else {}


async def everything(connection: BaseDBAsyncClient, synthetic: bool) -> AsyncIterator[list[tuple[str, int, Counted]]]:
    """(id, seq, what counts) of all cases, `AT_ONCE` at a time, so that nothing else waits for it."""
    last = ""
    (after,) = sql.marks(connection, 1)
    while rows := await _rows(connection, f"id > {after}", [last], synthetic, f"ORDER BY id LIMIT {AT_ONCE}"):
        yield rows
        last = rows[-1][0]


async def heads(connection: BaseDBAsyncClient, synthetic: bool) -> AsyncIterator[list[tuple[str, int]]]:
    """(id, seq) of all cases: what moved is what differs."""
    last = ""
    after, kind = sql.marks(connection, 2)
    query = f"SELECT id, seq FROM case_count WHERE id > {after} AND synthetic = {kind} AND NOT trial ORDER BY id LIMIT {AT_ONCE}"
    while rows := await connection.execute_query_dict(query, [last, synthetic]):
        yield [(row["id"], row["seq"]) for row in rows]
        last = rows[-1]["id"]


async def _rows(
    connection: BaseDBAsyncClient, where: str, values: list[Any], synthetic: bool, ending: str = ""
) -> list[tuple[str, int, Counted]]:
    kind = sql.marks(connection, 1, len(values) + 1)[0]
    rows = await connection.execute_query_dict(
        f"SELECT id, seq, {', '.join(FIELDS)} FROM case_count WHERE {where} AND synthetic = {kind} AND NOT trial {ending}",
        [*values, synthetic],
    )
    return [(row["id"], row["seq"], _counted(row)) for row in rows]


def _counted(row: dict[str, Any]) -> Counted:
    found: dict[str, Any] = {name: _moment(row[name]) if name in MOMENTS else row[name] for name in FIELDS}
    found |= {"stage": CaseStage(row["stage"]), "live": bool(row["live"]), "risk": RiskLevel(row["risk"]) if row["risk"] else None}
    return Counted(**found)


def _moment(value: Any) -> datetime | None:
    """SQLite keeps moments as text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
