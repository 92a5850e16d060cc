"""Shares on desks, on both databases: a list has the case from the request on, and no longer than the share runs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cases.assistance import Share
from cases.case import Case
from cases.vocabulary import ShareState
from storage import assistance
from storage.database import close_database, open_database, reads
from storage.models.assistance import AssistanceRow
from storage.writer import Writer
from tests.schema import INSTALLATION
from tests.storage.test_appointments import NINE, case

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writer(address: str) -> AsyncIterator[Writer]:
    await open_database(address, INSTALLATION)
    made = Writer(address.startswith("sqlite"))
    made.start()
    try:
        yield made
    finally:
        await made.stop()
        await close_database()


def shared(key: str, state: ShareState, account: str = "", *asked: str) -> Case:
    one = case(key, None)
    one.joint = [Share("j1", "liulin", "", "", "", NINE, list(asked), state=state, account=account)]
    return one


async def test_a_desk_has_what_its_account_is_asked_and_assists(writer: Writer) -> None:
    async def enter(before: Case | None, after: Case) -> None:
        await writer.run(lambda db: assistance.enter(db, before, after), lambda _: None)

    plain, asked = case("k1", None), shared("k1", ShareState.ASKED, "", "chen", "he")
    await enter(None, plain)
    await enter(plain, asked)
    await enter(None, shared("k2", ShareState.JOINED, "chen", "chen", "he"))
    assert [await assistance.of(who, 9) for who in ("chen", "he", "lin")] == [["k2", "k1"], ["k1"], []]
    assert await assistance.of("chen", 1) == ["k2"], "the newest, where there are too many"
    joined = shared("k1", ShareState.JOINED, "he", "chen", "he")
    await enter(asked, joined)
    assert [await assistance.of(who, 9) for who in ("chen", "he")] == [["k2"], ["k1"]]
    await enter(joined, joined)
    await enter(joined, shared("k1", ShareState.RELEASED, "he", "chen", "he"))
    assert [(row.case_id, row.account) for row in await AssistanceRow.all().using_db(reads())] == [("k2", "chen")]
