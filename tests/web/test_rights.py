"""The permissions table on a page: what staff reads is what is asked everywhere, and nobody else reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.permissions import DUTIES, POOL, TABLE, WALLS, may
from cases.vocabulary import CaseStage, SessionStage, Standing
from tests.web.test_administration import served
from tests.web.town import FENG, sign_in, town

pytestmark = pytest.mark.anyio


async def test_what_is_read_is_what_is_asked(folder: Path) -> None:
    async with served(folder) as place:
        for who in ("aud", "wang"):
            told = (await (await place.enter(who)).get("/api/rights")).json()
            read = {one["action"]: one["allowed"] for one in told["actions"]}
            for action in TABLE:
                for standing in Standing:
                    for stage in (*CaseStage, *SessionStage):
                        stages = read[action].get(standing)
                        assert may((standing,), action, stage) == (stages is not None and (not stages or stage in stages))
            assert told["duties"] == {duty: sorted(roles) for duty, roles in DUTIES.items()}
            assert told["pool"] == {duty: sorted(roles) for duty, roles in POOL.items()}
            assert told["walls"] == {duty: sorted(roles) for duty, roles in WALLS.items()}


async def test_it_is_for_accounts_of_staff(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        assert (await http.get("/api/rights")).status_code == 403
        await sign_in(http, FENG)
        assert (await http.get("/api/rights?as=me")).status_code in {401, 403}
