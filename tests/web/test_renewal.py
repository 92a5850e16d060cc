"""Archive timestamps renewed by the clock, years later, in a house whose agreement was signed in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agreements.renewal import stamped_until
from evidence.verifier import verify_file
from storage.dossier import Dossier
from storage.work import Outcome
from tests.web.agreeing import Agreeing, agreeing
from tests.web.test_performance import seal
from web.renewal import AHEAD, RenewalDesk

pytestmark = pytest.mark.anyio
YEAR = timedelta(days=365)


class Ahead:
    """A clock that is ahead."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


def desk_in(at: Agreeing, years: float) -> RenewalDesk:
    house, providers = at.session.house, at.app.state.bundles._providers
    return RenewalDesk(house.store, house.reader, house.blobs, Ahead(years * YEAR), house.pool, providers)


def _forgotten(dossier: Dossier, numbering: Any, now: datetime) -> Outcome:
    assert dossier.agreement is not None
    dossier.agreement.stamped_until = None
    return Outcome()


async def test_an_agreement_is_stamped_anew_before_its_timestamp_ends_and_holds(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        await seal(at)
        case = at.session.case
        signed = (await at.dossier()).agreement
        assert signed is not None and signed.stamped_until is not None
        before = await at.session.house.blobs.get(signed.file)
        assert stamped_until(before) == signed.stamped_until

        assert await desk_in(at, 1).look_at_the_clock() == 0, "there is time"
        # From before this was kept: it is learnt from the file, once.
        await at.session.house.store.execute(case, _forgotten)
        ends = (signed.stamped_until - datetime.now(UTC)) / YEAR
        late = desk_in(at, ends - AHEAD / YEAR + 0.01)
        assert await late.look_at_the_clock() == 1 and late.problem() == ""
        assert await late.look_at_the_clock() == 0, "once is enough"

        renewed = (await at.dossier()).agreement
        assert renewed is not None and renewed.stamped_until is not None and renewed.stamped_until > signed.stamped_until + YEAR
        assert (await at.session.house.blobs.get(renewed.file)).startswith(before)
        told = [payload for entry, _, payload in await at.session.house.reader.ledger(case) if entry.kind == "agreement.renewed"]
        assert [(one["before"], one["file"]) for one in told if one] == [
            (signed.file.rpartition("/")[2], renewed.file.rpartition("/")[2]),
        ]
        (tmp_path / "agreement.pdf").write_bytes(await at.session.house.blobs.get(renewed.file))
        report = await asyncio.to_thread(verify_file, tmp_path / "agreement.pdf")
        assert report.ok, [check for check in report.checks if check.status == "fail"]


async def test_what_cannot_be_renewed_is_told_and_keeps_its_file(tmp_path: Path) -> None:
    """The timestamp has ended: nobody would believe another one over it."""
    async with agreeing(tmp_path / "data") as at:
        await seal(at)
        before = (await at.dossier()).agreement
        desk = desk_in(at, 16)
        assert await desk.look_at_the_clock() == 0
        assert "1 agreements cannot be renewed" in desk.problem()
        assert (await at.dossier()).agreement == before
