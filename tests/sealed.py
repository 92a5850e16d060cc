"""A case as the database of a running server has it, read and altered from outside: it is sealed under the installation's key, which lies in the data folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from storage.case_keys import CaseKeys
from web.keys import load_key


def states(data: Path) -> list[dict[str, Any]]:
    """Of every case."""
    with _rows(data) as (books, keys):
        rows = books.execute("SELECT id, key, state FROM case_file").fetchall()
        return [json.loads(keys.of(case, wrapped).open("state", state)) for case, wrapped, state in rows]


def alter(data: Path, case: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """`change` gets the case and its room, and alters them in place; an empty room is an empty object."""
    with _rows(data) as (books, keys):
        wrapped, state, room = books.execute("SELECT key, state, room FROM case_file WHERE id = ?", (case,)).fetchone()
        key = keys.of(case, wrapped)
        told, there = json.loads(key.open("state", state)), json.loads(key.open("room", room)) if room else {}
        change(told, there)
        kept = (key.seal("state", json.dumps(told)), key.seal("room", json.dumps(there)) if there else "", told["stage"], case)
        books.execute("UPDATE case_file SET state = ?, room = ?, stage = ? WHERE id = ?", kept)


def alter_payload(data: Path, case: str, kind: str, change: Callable[[str], str]) -> None:
    """What the one entry of that kind says, by whoever has the database and the key beside it."""
    with _rows(data) as (books, keys):
        (wrapped,) = books.execute("SELECT key FROM case_file WHERE id = ?", (case,)).fetchone()
        ((entry, body),) = books.execute(
            "SELECT p.entry, p.body FROM ledger_payload p JOIN ledger l ON l.entry_hash = p.entry WHERE l.case_id = ? AND l.kind = ?",
            (case, kind),
        ).fetchall()
        key = keys.of(case, wrapped)
        books.execute("UPDATE ledger_payload SET body = ? WHERE entry = ?", (key.seal(entry, change(key.open(entry, body))), entry))


@contextmanager
def _rows(data: Path) -> Iterator[tuple[sqlite3.Connection, CaseKeys]]:
    with closing(sqlite3.connect(data / "heyi.sqlite3", timeout=20)) as books, books:
        yield books, CaseKeys(load_key(data, "links"))
