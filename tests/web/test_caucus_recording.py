"""A private talk that was recorded: in its own file under its own key, in a bundle of its own, and in nobody else's."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from cases.vocabulary import Consent
from evidence.verifier import verify_file
from rooms import commands as c
from rooms.media.segments import SegmentError, file_of, read_segment
from storage.models.recordings import SegmentRow, SessionKey
from tests.web.live_session import Session, send_media, signed_in, until
from web.server import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


async def test_it_is_a_recording_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error")
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
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
        # the head of its chain stands in the main one, so that both belong together
        payloads = [json.loads(full.read(name)) for name in full.namelist() if name.startswith("payloads/")]
        heads = [told["payload"]["head"] for told in payloads if "head" in told.get("payload", {})]
        entries = [json.loads(line)["entry_hash"] for line in own.read("ledger.jsonl").splitlines()]
        assert heads and set(heads) <= set(entries)
