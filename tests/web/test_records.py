"""The written record over HTTP: who gets its file, and that it is the one whose hash is in the ledger."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest

from cases.actor import Actor
from cases.vocabulary import Consent, SeatRole, SessionStage
from rooms import commands as c
from tests.web.live_session import OWN, Session, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


class Held:
    def __init__(self, session: Session, app: Any) -> None:
        self.session, self.app = session, app
        self.path = f"/api/records/{session.case}/record.pdf"

    def signed_in(self, account: str = "", seat: str = "") -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return signed_in(self.app, self.session, account, seat)


@asynccontextmanager
async def held(folder: Path) -> AsyncIterator[Held]:
    async with open_house(Settings(data=str(folder / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        yield Held(session, config.app)


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


async def test_who_gets_it_and_what_it_says(tmp_path: Path) -> None:
    async with held(tmp_path) as at:
        session = at.session
        await session.do(c.WriteLine(session.case, "雨水冲坏了墙", seat=session.party.id))
        made = await session.do(c.Invite(session.case, SeatRole.EXPERT, name="刘律师"))
        for account in ("wang", "centre"):
            async with at.signed_in(account) as http:
                answer = await http.get(at.path)
                assert answer.status_code == 200 and "雨水冲坏了墙" in text_of(answer.content), answer.text[:200]
                assert "尚未定稿" in text_of(answer.content) and answer.headers["cache-control"] == "no-store"
        async with at.signed_in(seat=session.party.id) as http:
            # Opened on another device: it waits to be admitted again, but has been there.
            assert (await http.get(at.path)).status_code == 200
        for account, seat in (("chen", ""), ("grid1", ""), ("liu", ""), ("", made["seat"])):
            async with at.signed_in(account, seat) as http:
                answer = await http.get(at.path)
                assert (answer.status_code, answer.json()["code"]) == (404, "no_record")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(at.app), base_url=OWN) as http:
            assert (await http.get(at.path)).status_code in {401, 403}


async def test_who_has_never_been_let_in_gets_nothing(tmp_path: Path) -> None:
    async with held(tmp_path) as at:
        made = await at.session.do(c.Invite(at.session.case, SeatRole.PARTY, party="p2"))
        async with at.signed_in(seat=made["seat"]) as http:
            assert (await http.get(at.path)).json()["code"] == "no_record"


async def test_whoever_waits_outside_a_private_talk_is_told_to_wait(tmp_path: Path) -> None:
    async with held(tmp_path) as at:
        session = at.session
        made = await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        other = Actor("seat", made["seat"], case_id=session.case, session_id=session.id)
        await session.do(c.GiveConsent(session.case, Consent.ONLINE, True), other)
        await session.do(c.Knock(session.case), other)
        await session.do(c.Admit(session.case, other.id))
        async with at.signed_in(seat=other.id) as http:
            assert (await http.get(at.path)).status_code == 200
            await session.do(c.OpenCaucus(session.case, [session.party.id]))
            assert (await http.get(at.path)).json()["code"] == "record_waits"


async def test_the_closed_record_is_in_the_bundle_with_its_hash_in_the_ledger(tmp_path: Path) -> None:
    async with held(tmp_path) as at:
        session = at.session
        await session.do(c.WriteLine(session.case, "没有争议的事", agreed=True))
        await session.do(c.EndSession(session.case, "谈不拢"))
        stage = (await session.house.reader.dossier(session.case)).room
        assert stage is not None and stage.stage is not SessionStage.ARCHIVE and stage.record.closed_at is not None
        async with at.signed_in("wang") as http:
            found = {}
            for profile in ("full", "court_failure"):
                answer = await http.get(f"/api/cases/{session.case}/bundle", params={"profile": profile})
                assert answer.status_code == 200, answer.text[:200]
                with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
                    found[profile] = {name: bundle.read(name) for name in bundle.namelist()}
        assert not [name for name in found["court_failure"] if name.startswith("record/")], (
            "what was said is not handed over (在线调解规则 18)"
        )
        full = found["full"]
        closed = [json.loads(full[name]) for name in full if name.startswith("payloads/") and b'"unconfirmed"' in full[name]]
        assert [entry["payload"]["sha256"] for entry in closed] == [hashlib.sha256(full["record/record.json"]).hexdigest()]
        assert "没有争议的事" in text_of(full["record/record.pdf"]) and "未达成调解协议。谈不拢" in text_of(full["record/record.pdf"])
