"""Numbers and codes of cases: 安和人调字〔2026〕第00001号, gapless per committee and year (domain: cover of the paper file); and the random public code beside it."""

from __future__ import annotations

import secrets
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import COUNTY_TIME
from storage import sql
from storage.models.people import Organisation

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


async def take_number(connection: BaseDBAsyncClient, organisation: str, now: datetime) -> str:
    """Inside the transaction, so that a refused command leaves no gap."""
    key, year = _sequence(organisation, now)
    (mark,) = sql.marks(connection, 1)
    rows = await connection.execute_query_dict(
        f"INSERT INTO numbering (id, taken) VALUES ({mark}, 1) ON CONFLICT (id) DO UPDATE SET taken = numbering.taken + 1 RETURNING taken",
        [key],
    )
    org = await Organisation.get(id=organisation, using_db=connection)
    return f"{org.short_name}人调字〔{year}〕第{rows[0]['taken']:05d}号"


async def put_back_number(connection: BaseDBAsyncClient, organisation: str, now: datetime) -> None:
    """The decision was a repeated one and needed none. In the same transaction: the row is locked since, nobody has the next."""
    (mark,) = sql.marks(connection, 1)
    await connection.execute_query_dict(
        f"UPDATE numbering SET taken = taken - 1 WHERE id = {mark} RETURNING taken", [_sequence(organisation, now)[0]]
    )


def new_code() -> str:
    """A public code of 40 random bits that can be read over the telephone: HY-7K3M-92QF."""
    letters = [secrets.choice(CODE_ALPHABET) for _ in range(8)]
    return f"HY-{''.join(letters[:4])}-{''.join(letters[4:])}"


def _sequence(organisation: str, now: datetime) -> tuple[str, int]:
    year = now.astimezone(COUNTY_TIME).year
    return f"{organisation}/{year}", year
