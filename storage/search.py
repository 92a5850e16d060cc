"""The index of what cases are found by: FTS5 on SQLite, a `tsvector` with a GIN index on PostgreSQL. What the words are, `cases.finding` says.

Numbers of rows rise with the time of the report, so that the newest come first without sorting, however many are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Case
from cases.finding import Phrase, scope_of, words_of
from storage import sql
from storage.case_keys import blind_words

COUNT_LIMIT = 1000
"""More are not counted: whoever finds that many asks for something narrower."""
POSITIONS = 16_000
"""Words of a case that are kept; PostgreSQL counts no further than 16,383."""
PAGES_AT_ONCE = 500
"""Of the index, that one step of merging writes."""
PLACES_OF_A_WORD = 250
"""At which one word is kept: PostgreSQL takes 256."""


def tables(connection: BaseDBAsyncClient) -> list[str]:
    """Statements that make the index."""
    if connection.capabilities.dialect != "sqlite":
        return [
            "CREATE TABLE case_search (id BIGSERIAL PRIMARY KEY, case_id VARCHAR(32) NOT NULL UNIQUE, words TSVECTOR NOT NULL)",
            "CREATE INDEX case_search_words ON case_search USING GIN (words)",
        ]
    return [
        "CREATE TABLE case_search (id INTEGER PRIMARY KEY AUTOINCREMENT, case_id VARCHAR(32) NOT NULL UNIQUE, words TEXT NOT NULL)",
        # Characters that were added to Unicode after this table of SQLite are letters all the same: rare names are written with them.
        "CREATE VIRTUAL TABLE case_words USING fts5(words, content='case_search', content_rowid='id', "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co Cn' tokenchars '_'\")",
        "CREATE TRIGGER case_search_new AFTER INSERT ON case_search BEGIN INSERT INTO case_words(rowid, words) VALUES (new.id, new.words); END",
        "CREATE TRIGGER case_search_old AFTER UPDATE ON case_search BEGIN "
        "INSERT INTO case_words(case_words, rowid, words) VALUES ('delete', old.id, old.words); "
        "INSERT INTO case_words(rowid, words) VALUES (new.id, new.words); END",
    ]


def found_by_words(case: Case) -> list[str]:
    """By what a case is found: its words, who may find it, and the telephones and identity numbers of its parties by a keyed hash."""
    phones, numbers = [one.phone for one in case.parties], [one.id_number for one in case.parties]
    return words_of(case) + scope_of(case) + blind_words(phones, numbers)


async def enter(connection: BaseDBAsyncClient, found_by: Iterable[tuple[str, Sequence[str]]]) -> None:
    """What cases are found by from now on: (id, words), at most a few hundred at a time."""
    plain = connection.capabilities.dialect == "sqlite"
    values: list[str] = []
    for case_id, words in found_by:
        kept = list(islice(words, POSITIONS))
        values += [case_id, " ".join(kept) if plain else _vector(kept)]
    marks, cast = sql.marks(connection, len(values)), "" if plain else "::text::tsvector"
    places = ", ".join(f"({first}, {second}{cast})" for first, second in zip(marks[::2], marks[1::2], strict=True))
    await connection.execute_query(
        f"INSERT INTO case_search (case_id, words) VALUES {places} ON CONFLICT (case_id) DO UPDATE SET words = excluded.words", values
    )


async def merge(connection: BaseDBAsyncClient, begun: bool) -> bool:
    """One step of merging the parts of the index, which leaves out words that cases were found by once. Whether there is more to do."""
    if connection.capabilities.dialect != "sqlite":
        return False
    # "The 'merge' command" of FTS5: a negative number takes all parts into one; the count of changes tells when nothing is left.
    changes = "SELECT total_changes() AS n"
    (before,) = await connection.execute_query_dict(changes)
    await connection.execute_query(
        "INSERT INTO case_words(case_words, rank) VALUES ('merge', ?)", [PAGES_AT_ONCE if begun else -PAGES_AT_ONCE]
    )
    (after,) = await connection.execute_query_dict(changes)
    return int(after["n"]) - int(before["n"]) >= 2


async def find(
    connection: BaseDBAsyncClient, scope: Iterable[str], phrases: Iterable[Phrase], skip: int, limit: int
) -> tuple[list[str], int]:
    """(ids of cases that have all of these, the newest first, `limit` of them after the first `skip`; how many there are, at most `COUNT_LIMIT`)."""
    asked = [*(Phrase((word,)) for word in scope), *phrases]
    if connection.capabilities.dialect == "sqlite":
        return await _find_by_fts5(connection, " AND ".join(map(_fts5, asked)), skip, limit)
    return await _find_by_tsquery(connection, " & ".join(map(_tsquery, asked)), skip, limit)


async def _find_by_fts5(connection: BaseDBAsyncClient, wanted: str, skip: int, limit: int) -> tuple[list[str], int]:
    rows = await connection.execute_query_dict(
        "SELECT s.case_id FROM case_words w JOIN case_search s ON s.id = w.rowid WHERE w.case_words MATCH ? "
        f"ORDER BY w.rowid DESC LIMIT {int(limit)} OFFSET {int(skip)}",
        [wanted],
    )
    (total,) = await connection.execute_query_dict(
        f"SELECT COUNT(*) AS n FROM (SELECT 1 FROM case_words WHERE case_words MATCH ? LIMIT {COUNT_LIMIT}) found", [wanted]
    )
    return [str(row["case_id"]) for row in rows], int(total["n"])


async def _find_by_tsquery(connection: BaseDBAsyncClient, wanted: str, skip: int, limit: int) -> tuple[list[str], int]:
    """By what the count showed, not by what the planner supposes, which takes pairs of characters for independent of each other: few are fetched by the GIN index
    and sorted here; where there are many, the newest of them are met soon on a way back through the primary key."""
    found = await connection.execute_query_dict(
        f"SELECT s.id, s.case_id FROM case_search s WHERE s.words @@ $1::text::tsquery LIMIT {COUNT_LIMIT}", [wanted]
    )
    if len(found) < COUNT_LIMIT:
        rows = sorted(found, key=lambda row: -int(row["id"]))[skip : skip + limit]
    else:
        # IS TRUE says nothing new and cannot be answered by the GIN index: that one would fetch and sort all of them.
        rows = await connection.execute_query_dict(
            "SELECT s.case_id FROM case_search s WHERE (s.words @@ $1::text::tsquery) IS TRUE "
            f"ORDER BY s.id DESC LIMIT {int(limit)} OFFSET {int(skip)}",
            [wanted],
        )
    return [str(row["case_id"]) for row in rows], len(found)


def _fts5(phrase: Phrase) -> str:
    """A phrase in FTS5's language (SQLite, "Full-text Query Syntax"). Words hold no quotes: they are letters, digits and underscores."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.unfinished else ""}'


def _tsquery(phrase: Phrase) -> str:
    words = [f"'{word}'" for word in phrase.words]
    return "(" + " <-> ".join([*words[:-1], words[-1] + (":*" if phrase.unfinished else "")]) + ")"


def _vector(words: Sequence[str]) -> str:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(place)
    return " ".join(f"'{word}':{','.join(map(str, at[:PLACES_OF_A_WORD]))}" for word, at in places.items())
