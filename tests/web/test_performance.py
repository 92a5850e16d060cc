"""Performance at the server: from the seal on, by whom, who reads what of it, the clock, the end, and the bundle."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agreements import commands as a
from cases.actor import Actor
from cases.clock import COUNTY_TIME
from cases.commands import performance as c
from cases.commands.casework import CloseCase
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.vocabulary import CaseStage, Role, SeatRole
from evidence.verifier import verify_file
from realtime.audience import fragments
from rooms import commands as rc
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG, signed_in
from web.photos import SIZE_LIMIT

pytestmark = pytest.mark.anyio
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
DAY = datetime.now(UTC).astimezone(COUNTY_TIME).date()
TODAY, YESTERDAY = DAY.isoformat(), (DAY - timedelta(days=1)).isoformat()


async def seal(at: Agreeing) -> None:
    text = await at.open_signing()
    for party, name in zip(at.parties, ("李某", "赵某"), strict=True):
        await at.answer_code(party, text)
        await at.sign(party, name, text)
    await at.sign(WANG, "王调解员", text)
    await at.session.do(a.SealAgreement(at.session.case, text))


async def shown(at: Agreeing, view: str) -> dict[str, Any]:
    return next(doc for name, doc in fragments(await at.dossier()).items() if name.split("/")[0] + "|" + name.split("|")[1] == view)


async def photograph(at: Agreeing, case: str) -> None:
    """Beside the debtor's word: by him alone, once, seen by both sides and nobody else."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    address, key = f"/api/cases/{case}/receipts/o1/r1/photo", {"Idempotency-Key": "photo-key-1"}
    li, zhao = (signed_in(at.app, at.session, seat=party.id) for party in at.parties)
    async with li as mine, zhao as theirs, signed_in(at.app, at.session, "chen") as other:
        assert (await theirs.post(address, content=out.getvalue(), headers=key)).json()["code"] == "not_your_word"
        assert (await other.post(address, content=out.getvalue(), headers=key)).json()["code"] == "not_allowed"
        assert (await mine.post(address, content=b"no picture", headers=key)).json()["code"] == "not_a_photo"
        assert (await mine.post(address, content=b"x" * (SIZE_LIMIT + 1), headers=key)).json()["code"] == "photo_size"
        assert (await mine.post(address, content=out.getvalue())).json()["code"] == "bad_key"
        photo = (await mine.post(address, content=out.getvalue(), headers=key)).json()["photo"]
        assert (await mine.post(address, content=out.getvalue(), headers=key)).json() == {"photo": photo}, "answered once"
        assert (await mine.post(address, content=out.getvalue(), headers={"Idempotency-Key": "photo-key-2"})).json()[
            "code"
        ] == "photo_there"
        assert Image.open(io.BytesIO((await theirs.get(f"/api/receipts/photos/{photo}")).content)).size == (40, 30)
        assert (await other.get(f"/api/receipts/photos/{photo}")).json()["code"] == "no_photo"


async def test_from_the_seal_to_the_closed_case(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at, signed_in(at.app, at.session, "wang") as http:
        session, case, (li, zhao) = at.session, at.session.case, at.parties
        with pytest.raises(OutOfTurn):
            await session.do(c.PlanVisit(case, TODAY, "telephone"))
        await seal(at)
        with pytest.raises(OutOfTurn) as sitting:
            await session.do(rc.Invite(case, SeatRole.PARTY, party="p2"))
        assert sitting.value.code == "session_open"
        await session.do(rc.EndSession(case))
        staff = (await shown(at, "case|staff"))["performance"]
        (owed,) = staff["obligations"].values()
        assert (owed["debtor"], owed["creditor"], owed["amount"], owed["state"], owed["drawn"]) == ("p1", "p2", "1800.00", "due", True)
        made = await session.do(c.SetObligation(case, "装好水落管", debtor="p1", creditor="p2", due=TODAY))
        assert made == {"id": "o2"}
        clock = session.house.desk.performance
        assert clock is not None and (await clock.look_at_the_clock(), await clock.look_at_the_clock()) == (1, 0), "due today, said once"
        await session.do(c.SetObligation(case, "装好水落管", "o2", debtor="p1", creditor="p2", due=YESTERDAY))
        assert (await clock.look_at_the_clock(), await clock.look_at_the_clock()) == (1, 0)
        await session.do(c.TellReceipt(case, "o1", TODAY, "800.00"), li)
        await photograph(at, case)
        await session.do(c.AnswerReceipt(case, "o1", "r1", True), zhao)
        for actor, command in (
            (li, c.ConfirmReceipt(case, "o1", "r1")),
            (CENTRE, c.SetObligation(case, "再加一件")),
            (WALL, c.PlanVisit(case, TODAY, "visit")),
        ):
            with pytest.raises(NotAllowed):
                await session.do(command, actor)
        await session.do(c.ConfirmReceipt(case, "o1", "r1"), CENTRE)

        party = (await shown(at, f"room|{zhao.id}"))["performance"]
        assert (party["me"], party["obligations"]["o1"]["rest"], party["open"]) == ("p2", "1000.00", True)
        reporter = (await shown(at, "case|reporter"))["performance"]
        assert reporter["me"] == "p1" and "visits" not in reporter
        assert "performance" not in await shown(at, "room|m"), "the mediator reads it on the case's page"
        public = await shown(at, "code|public")
        assert public["performing"] == "going" and "performance" not in public and "1800" not in str(public)
        assert (await shown(at, "centre|staff"))["cases"][case]["owing"]["open"] == 2

        link = await session.do(rc.Invite(case, SeatRole.PARTY, party="p2"))
        assert link["seat"] == zhao.id and link["days"] == 30 and link["url"]
        with pytest.raises(OutOfTurn) as nobody_new:
            await session.do(rc.Invite(case, SeatRole.EXPERT, name="刘律师"))
        assert nobody_new.value.code == "agreed_already"

        await session.do(c.StateBreach(case, "o2", "催了三次没有装"))
        await session.do(c.PlanVisit(case, TODAY, "telephone"))
        await session.do(c.NoteVisit(case, "v1", TODAY, "赵某说还没有装", False), CENTRE)
        with pytest.raises(Invalid) as owing:
            await session.do(CloseCase(case))
        assert owing.value.code == "still_owed"
        await session.do(CloseCase(case, "赵某已就水落管起诉"))
        assert (await at.dossier()).case.stage is CaseStage.CLOSED
        assert "performing" not in await shown(at, "code|public"), "closed with something owed: neither is true"
        with pytest.raises(OutOfTurn):
            await session.do(c.NoteReceipt(case, "o1", TODAY))

        kinds = [entry.kind for entry, _, _ in await session.house.reader.ledger(case)]
        assert kinds.count("obligation.overdue") == kinds.count("obligation.reminded") == 1
        for kind in (
            "performance.begun",
            "obligation.entered",
            "receipt.told",
            "receipt.answered",
            "receipt.confirmed",
            "obligation.breached",
            "visit.noted",
        ):
            assert kind in kinds
        bundle = tmp_path / "bundle.zip"
        bundle.write_bytes((await http.get(f"/api/cases/{case}/bundle")).content)
        report = verify_file(bundle)
        assert report.ok, [check for check in report.checks if check.status == "fail"]


WALL = Actor("wall", "139901", role=Role.WALL, region="139901")
