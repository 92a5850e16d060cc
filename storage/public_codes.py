"""Whose a public code is, in force or revoked."""

from __future__ import annotations

from cases.errors import NotFound
from storage.database import reads
from storage.models.cases import CaseRow, RevokedCode


async def case_of(code: str) -> str | None:
    """The id of the case that has or had this code; None: no case has."""
    row = await CaseRow.filter(code=code).using_db(reads()).first().values_list("id", flat=True)
    return str(row) if row else (await former([code])).get(code)


async def former(codes: list[str]) -> dict[str, str]:
    """Code → case id, of those that were revoked."""
    return {
        str(code): str(case) for code, case in await RevokedCode.filter(code__in=codes).using_db(reads()).values_list("code", "case_id")
    }


async def demand_in_force(code: str) -> None:
    """Raises `NotFound`, which says so where it was revoked: whoever has it on paper reads why it shows nothing."""
    if await CaseRow.filter(code=code).using_db(reads()).exists():
        return
    if await RevokedCode.filter(code=code).using_db(reads()).exists():
        raise NotFound("code_revoked", "This code was revoked and shows nothing any more; ask whoever gave it to you, or the office")
    raise NotFound("no_case", "There is no case with this code")
