"""A file that is destroyed in a house: by two people, with its recordings, and what each of its readers has of it then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cases.actor import Actor
from cases.case import Step
from cases.commands.casework import CloseCase
from cases.commands.data import AskData
from cases.commands.keeping import ApproveDestruction, AskDestruction, LiftHold, PlaceHold
from cases.commands.public_code import RenewCode
from cases.data_request import Wish
from cases.errors import NotAllowed, OutOfTurn
from cases.vocabulary import CaseStage
from realtime.audience import fragments, view_of
from rooms import commands as c
from storage.models.audit import AuditEntry
from storage.models.recordings import SegmentRow, SessionKey
from storage.work import Outcome
from tests.web.test_keeping import kept
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


async def test_two_people_destroy_a_file_with_its_recordings(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        house, case_id = at.session.house, at.case
        link = await house.doors.links.issue(
            "seat", timedelta(hours=1), case_id=case_id, session_id=at.session.id, seat=at.session.party.id
        )
        ask, approve = AskDestruction(case_id, "当事人申请，已无保存必要", "file"), ApproveDestruction(case_id, "file")
        with pytest.raises(OutOfTurn) as early:
            await at.session.do(ask)
        assert early.value.code == "case_not_closed"
        await at.ended()
        await at.do(CloseCase(case_id, "赵某没有到场"))
        before = await house.reader.dossier(case_id)
        phones, names = [one.phone for one in before.case.parties], [one.name for one in before.case.parties]
        assert before.room is not None and all(names)

        await at.do(PlaceHold(case_id, "法院调取"))
        with pytest.raises(OutOfTurn) as held:
            await at.session.do(ask)
        assert held.value.code == "on_hold"
        await at.do(LiftHold(case_id, "已结"))
        reporter = Actor("reporter", case_id, case_id=case_id)
        await at.session.do(AskData(case_id, Wish.DELETION, "请删除我的信息"), reporter)
        await at.session.do(ask)
        with pytest.raises(NotAllowed) as alone:
            await at.session.do(approve)
        assert alone.value.code == "second_person"
        shown = fragments(await house.reader.dossier(case_id))
        assert shown[f"case/{case_id}|reporter"]["recordings"]["file"] and shown[f"case/{case_id}|staff"]["destruction"]["what"] == "file"
        async with at.signed_in("centre") as http:
            told = (await http.get(f"/api/cases/{case_id}/keeping")).json()
            assert told["may_approve"] and told["file_bar"] is None
        await at.do(approve)

        assert not (at.folder / "recordings" / at.session.id).exists() and not await SessionKey.filter(case_id=case_id).exists()
        assert {row.state for row in await SegmentRow.filter(case_id=case_id)} == {"destroyed"}
        ledger = [entry for entry, _, _ in await house.reader.ledger(case_id)]
        assert [entry.kind for entry in ledger if entry.chain == case_id][-2:] == ["recording.destroyed", "case.erased"]
        assert [entry.kind for entry in ledger if entry.chain == f"{case_id}/data"] == ["data.asked", "data.answered"], (
            "a request for deletion is answered by it"
        )
        acts = await AuditEntry.filter(act__in=["erasure_asked", "recordings_destroyed", "case_erased"]).order_by("id")
        assert [(one.act, one.by) for one in acts] == [
            ("erasure_asked", "wang"), ("recordings_destroyed", "centre"), ("case_erased", "centre"),
        ]  # fmt: skip
        dossier = await house.reader.dossier(case_id)
        assert dossier.room is None and dossier.agreement is None and dossier.case.erased is not None
        public = Actor(kind="public", id=dossier.case.code)
        assert view_of(public, f"code/{dossier.case.code}", dossier) == "public"
        documents = fragments(dossier)
        assert documents[f"code/{dossier.case.code}|public"]["gone"] and documents[f"code/{dossier.case.code}|public"]["stage"] == "closed"
        assert not any(text in str(documents) for text in (*names, *filter(None, phones), before.case.facts))

        for command in (approve, ask, RenewCode(case_id, "x"), c.OpenSession(case_id)):
            with pytest.raises(OutOfTurn) as over:
                await at.do(command)
            assert over.value.code == "case_erased"
        with pytest.raises(NotAllowed) as gone:
            await house.doors.exchange(link, take_over=False)
        assert gone.value.code == "case_erased"
        async with at.signed_in("wang") as http:
            for what in ("bundle", "file", "file.pdf", "handouts", "keeping"):
                assert (await http.get(f"/api/cases/{case_id}/{what}")).json()["code"] == "case_erased", what
            assert (await http.get(f"/api/cases/{case_id}/certificate.pdf")).status_code == 404
            for what in ("record", "playback", "papers", "watchings", "calls", "risk", "confirmation", "ratings", "revealed"):
                assert (await http.get(f"/api/cases/{case_id}/{what}")).status_code < 500, what
            past = (await http.get(f"/api/cases/{case_id}/past")).json()
            assert past["faults"] == [] and "case.erased" in past["moments"][0]["kinds"] and len(past["moments"]) == 1
            assert past["moments"][0]["patch"]["erased"]["reason"] == "当事人申请，已无保存必要"
    # And a house that starts on it again.
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (again, _):
        assert (await again.reader.dossier(case_id)).case.erased is not None


async def test_the_file_of_an_agreement_is_kept_for_years(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        await at.closed()

        def agreed(dossier, numbering, now):  # type: ignore[no-untyped-def]
            dossier.case.agreed_at = now - timedelta(days=729)
            dossier.case.history[-1] = Step(CaseStage.CLOSED, now - timedelta(days=729))
            return Outcome()

        await at.session.house.store.execute(at.case, agreed)
        with pytest.raises(OutOfTurn) as kept_yet:
            await at.do(AskDestruction(at.case, "到期", "file"))
        assert kept_yet.value.code == "file_kept"
        async with at.signed_in("wang") as http:
            assert (await http.get(f"/api/cases/{at.case}/keeping")).json()["file_bar"]["detail"]["until"]
