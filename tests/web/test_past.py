"""The case as it stood at any time, over HTTP: who may, what is told, and what an edited row looks like."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cases.clock import rfc3339
from realtime.audience import fragments
from realtime.patch import apply
from storage.database import writes
from storage.models.ledger import LedgerPayload, LedgerRow
from tests.web.live_session import Session, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


def spoilt(body: str) -> str:
    """As an edit in the database leaves what is sealed."""
    return body[:-6] + ("A" if body[-6] != "A" else "B") + body[-5:]


async def test_a_case_is_read_back_by_its_people_and_an_edited_row_is_found(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        address = f"/api/cases/{session.case}/past"
        async with signed_in(config.app, session, "wang") as http:
            told = (await http.get(address)).json()
            kinds = [kind for one in told["moments"] for kind in one["kinds"]]
            assert kinds[0] == "case.reported" and "case.accepted" in kinds and "session.opened" in kinds
            assert told["faults"] == [] and told["earlier"] == 0 and told["entries"] > len(told["moments"])
            accepted = next(one for one in told["moments"] if "case.accepted" in one["kinds"])
            assert accepted["by"] == {"name": "王调解员"} and accepted["patch"]["stage"] == "accepted"

            # Every moment by its time is what the patches until then add up to, and the last one what is shown now.
            document: dict[str, object] = {}
            for one in told["moments"]:
                document = apply(document, one["patch"])
                then = (await http.get(address, params={"at": one["at"]})).json()
                assert then["document"] == document and then["seq"] == one["seq"]
            assert document == fragments(await house.reader.dossier(session.case))[f"case/{session.case}|staff"]

            early = rfc3339((await house.reader.dossier(session.case)).case.reported_at - timedelta(hours=1))
            assert (await http.get(address, params={"at": early})).json()["code"] == "no_past"
            for wrong in ("yesterday", "2026-01-31T09:30:00", ""):
                assert (await http.get(address, params={"at": wrong})).json()["code"] == "bad_time"

        async with signed_in(config.app, session, "chen") as other:
            assert (await other.get(address)).json()["code"] == "not_allowed"
        async with signed_in(config.app, session, seat=session.party.id) as party:
            assert (await party.get(address)).json()["code"] == "not_allowed"

        row = await LedgerRow.filter(case_id=session.case, kind="case.accepted").using_db(writes()).get()
        body = await LedgerPayload.filter(entry=row.entry_hash).using_db(writes()).get()
        await LedgerPayload.filter(id=body.id).using_db(writes()).update(body=spoilt(body.body))
        async with signed_in(config.app, session, "wang") as http:
            (fault,) = (await http.get(address)).json()["faults"]
            assert (fault["what"], fault["seq"], fault["kind"]) == ("payload", row.seq, "case.accepted")
            stood = await LedgerRow.filter(chain=f"{session.case}/stood", seq=2).using_db(writes()).get()
            beside = await LedgerPayload.filter(entry=stood.entry_hash).using_db(writes()).get()
            await LedgerPayload.filter(id=beside.id).using_db(writes()).update(body=spoilt(beside.body))
            told = (await http.get(address)).json()
            assert [one["what"] for one in told["faults"]] == ["payload", "payload"] and 2 not in [one["seq"] for one in told["moments"]]
            while (answer := await http.get(address)).status_code == 200:
                pass
            assert answer.json()["code"] == "too_fast"
