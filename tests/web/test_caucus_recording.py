"""A private talk that was recorded: in its own file under its own key, in a bundle of its own, and in nobody else's."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from agreements.commands import OpenPrivateDraft
from cases.commands.casework import CloseCase
from cases.commands.keeping import ApproveDestruction, AskDestruction
from cases.vocabulary import Consent, SeatRole
from evidence.verifier import verify_file
from rooms import commands as c
from rooms.media.segments import SegmentError, file_of, read_segment
from storage.models.recordings import SegmentRow, SessionKey
from tests.web.live_session import Session, send_media, signed_in, until
from tests.web.test_keeping import CENTRE
from web.composition import open_house
from web.recording_health import CANNOT_BEGIN
from web.settings import Settings

pytestmark = pytest.mark.anyio


async def test_it_is_a_recording_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error", destruction_wait=0)
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        await session.recorded(True)
        await send_media(session, 1.0)
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(session.private)
        await send_media(session, 1.0)  # nothing is agreed yet: nothing is recorded
        caucus = session.room().caucus
        assert caucus is not None
        talk = caucus.id
        main_before = [entry for entry, _, _ in await house.reader.ledger(session.case) if entry.chain == session.case]
        await session.do(c.GiveConsent(session.case, Consent.CAUCUS, True), session.party)
        document = (await session.do(OpenPrivateDraft(session.case), session.party))["document"]
        await session.media.settled(session.id)
        await send_media(session, 2.0)
        main = [entry for entry, _, _ in await house.reader.ledger(session.case) if entry.chain == session.case]
        assert main == main_before, "while it goes on the main chain stands still"
        await session.close()
        await session.recorded(False)

        rows = await SegmentRow.filter(case_id=session.case)
        (apart,) = [row for row in rows if row.session_id == talk]
        assert {row.session_id for row in rows} == {session.id, talk}
        assert {key.session_id for key in await SessionKey.filter(case_id=session.case)} == {session.id, talk}
        store = session.media.recording._recordings
        path = file_of(Path(apart.folder), apart.id.partition("/")[2])
        assert b"".join(read_segment(path, await store.key_to_read(talk)))
        with pytest.raises(SegmentError):
            list(read_segment(path, await store.key_to_read(session.id)))
        assert [row.session_id for row in await store.segments(session.case)] == [session.id]

        base = f"/api/cases/{session.case}/bundle?profile="
        async with signed_in(config.app, session, "wang") as http:
            (told,) = (await http.get(f"/api/cases/{session.case}/talks")).json()
            assert (told["id"], told["names"]) == (talk, ["李某"])
            (tmp_path / "full.zip").write_bytes((await http.get(f"{base}full")).content)
            (tmp_path / "talk.zip").write_bytes((await http.get(f"{base}caucus&talk={talk}")).content)
            for other in ("", session.id, "x"):
                refused = await http.get(f"{base}caucus&talk={other}")
                assert (refused.status_code, refused.json()["code"]) == (404, "no_talk")
        async with signed_in(config.app, session, "centre") as http:
            assert (await http.get(f"/api/cases/{session.case}/talks")).json() == []
            assert (await http.get(f"{base}caucus&talk={talk}")).json()["code"] == "no_talk"
        async with signed_in(config.app, session, seat="s1") as http:
            assert (await http.get(f"/api/cases/{session.case}/talks")).status_code == 403
        # Destroyed with the case's others, which its own bundle tells as the main one does.
        await session.do(c.EndSession(session.case, "谈不拢"))
        await session.media.settled(session.id)
        await session.do(CloseCase(session.case, "赵某没有到场"))
        await session.do(AskDestruction(session.case, "当事人申请删除"))
        await session.do(ApproveDestruction(session.case), CENTRE)
        async with signed_in(config.app, session, "wang") as http:
            (tmp_path / "gone.zip").write_bytes((await http.get(f"{base}caucus&talk={talk}")).content)

    gone = verify_file(tmp_path / "gone.zip")
    (told,) = [check.detail for check in gone.checks if check.code == "recordings_destroyed"]
    assert gone.ok and (told["segments"], told["role"], told["asked_role"], told["why"]) == (1, "centre", "mediator", "当事人申请删除")

    anchor = (tmp_path / "full.zip", tmp_path / "talk.zip")
    reports = [verify_file(path) for path in anchor]
    assert [report.ok for report in reports] == [True, True], [[check for check in report.checks if not check.status] for report in reports]
    with zipfile.ZipFile(tmp_path / "full.zip") as full, zipfile.ZipFile(tmp_path / "talk.zip") as own:
        whole, alone = (json.loads(bundle.read("manifest.json")) for bundle in (full, own))
        (recording,) = alone["recordings"]
        assert recording["track"] == "s1"
        (main_recording,) = whole["recordings"]
        assert full.read(main_recording["path"]) != own.read(recording["path"])
        assert alone["ledger"]["chain"] == f"{session.case}/{talk}" and whole["ledger"]["chain"] == session.case
        inside = [json.loads(line)["kind"] for line in own.read("ledger.jsonl").splitlines()]
        assert inside[:2] == ["consent.given", "recording.started"] and inside[-1] == "evidence.exported"
        # the draft that was written in it, and nothing of that elsewhere
        log = [json.loads(line) for line in own.read("draft/log.jsonl").splitlines()]
        assert [(line["document"], line["author"]) for line in log] == [(document, "server")]
        assert not any(document.encode() in full.read(name) for name in full.namelist())
        # the head of its chain stands in the main one, so that both belong together
        payloads = [json.loads(full.read(name)) for name in full.namelist() if name.startswith("payloads/")]
        heads = [told["payload"]["head"] for told in payloads if "head" in told.get("payload", {})]
        entries = [json.loads(line)["entry_hash"] for line in own.read("ledger.jsonl").splitlines()]
        assert heads and set(heads) <= set(entries)


async def test_what_is_wrong_with_it_and_why_it_stops_is_told_for_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error")
    async with open_house(settings, synthetic=True) as (house, _):
        session = Session(house)
        await session.begin()
        await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        await session.recorded(True)
        media, key_of = session.media, session.media.recording.key_of

        async def refused(room: Any, talk: str = "") -> bytes:
            if talk and talk != room.id:
                raise OSError("the token is away")
            return await key_of(room, talk)

        monkeypatch.setattr(media.recording, "key_of", refused)
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(session.private)
        await session.do(c.GiveConsent(session.case, Consent.CAUCUS, True), session.party)
        await until(lambda: media.recording.health.failed(session.id) == CANNOT_BEGIN)
        await session.close()
        await until(lambda: media.recording.health.failed(session.id) == "")
        assert media.recording.problem() == "", "it is over with the talk"

        monkeypatch.undo()
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(session.private)
        caucus = session.room().caucus
        assert caucus is not None
        await session.do(c.GiveConsent(session.case, Consent.CAUCUS, True), session.party)
        await session.do(c.SetRecording(session.case, False, "rest"))
        own = [
            (entry.kind, payload["reason"])
            for entry, _, payload in await house.reader.ledger(session.case)
            if entry.chain.endswith(caucus.id) and entry.kind == "recording.stopped" and payload
        ]
        assert own == [("recording.stopped", "rest")]
