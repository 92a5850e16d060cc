"""A party proves its identity to a provider: in a house, over HTTP, with the provider in a process of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cases.actor import Actor
from cases.vocabulary import Consent, SeatRole
from realtime.audience import fragments
from rooms import commands as c
from tests.web.identity_provider import SECRET, IdentityProvider
from tests.web.live_session import Session, signed_in
from web.composition import open_house
from web.demonstration import plant
from web.settings import Settings, SettingsError, read_settings

CARD = "11010519491231002X"
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    there = IdentityProvider()
    yield there
    there.end()


async def test_the_servers_own_question_counts_and_nothing_that_a_browser_says(tmp_path: Path, provider: IdentityProvider) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    settings = Settings(
        data=str(tmp_path / "data"),
        identity_url=provider.url,
        identity_name="实人平台",
        identity_secret_file=str(secret),
        media_workers=1,
        log_level="error",
    )
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await plant(house)
        room = session.media.open_rooms()[0]
        session.case, session.id = room.case_id, room.id
        made = await session.do(c.Invite(session.case, SeatRole.PARTY, party="p1"))
        actor = Actor("seat", made["seat"], case_id=room.case_id, session_id=room.id)
        await session.do(c.GiveConsent(session.case, Consent.ONLINE, True), actor)
        await session.do(c.Knock(session.case), actor)

        async def seat() -> dict[str, object]:
            dossier = await house.reader.dossier(session.case)
            return dict(fragments(dossier)[f"room/{session.id}|{actor.id}"]["own"])

        async with signed_in(config.app, session, seat=actor.id) as http:
            path = f"/api/sessions/{session.id}/identity"
            assert (await http.get(path)).json() == {"provider": "实人平台", "number": False}
            assert (await http.post(path, json={})).json()["code"] == "no_id_number"
            assert (await http.post(path, json={"id_number": CARD[:-1] + "1"})).json()["code"] == "id_check_digit"
            assert (await http.post(f"{path}/outcome")).json()["code"] == "no_identity_check"
            begun = await http.post(path, json={"id_number": CARD})
            assert begun.status_code == 200, begun.text
            assert begun.json()["url"].startswith("http://127.0.0.1:")
            assert (await seat())["identity"] == {"state": "open", "tries": 1}
            assert (await http.post(f"{path}/outcome")).json()["state"] == "open"
            provider.decide("failed", "mismatch")
            assert (await http.post(f"{path}/outcome")).json() == {"state": "failed", "reason": "mismatch"}
            assert (await seat())["identity"] == {"state": "failed", "reason": "mismatch", "tries": 1}
            provider.decide("passed")
            assert (await http.post(f"{path}/outcome")).json()["code"] == "no_identity_check", "a try that failed has ended"
            await http.post(path, json={"id_number": CARD})
            provider.mode("failing")
            assert (await http.post(f"{path}/outcome")).json()["code"] == "identity_away"
            provider.mode("ok")
            assert (await http.post(f"{path}/outcome")).json()["state"] == "passed"
            assert (await seat())["verified"] is True
            assert provider.asked()["people"][-1]["id_number"] == CARD
            assert (await house.reader.dossier(session.case)).case.party("p1").id_number == CARD, "what was proved enters the case"
            assert (await http.post(path, json={})).json()["code"] == "already_verified"
        for whose in ({"account": "wang"}, {"account": "centre"}):
            async with signed_in(config.app, session, **whose) as http:
                assert (await http.post(path, json={})).json()["code"] == "not_seated"
        dossier = await house.reader.dossier(session.case)
        outside = json.dumps([value for key, value in fragments(dossier).items() if key.startswith("code/")], ensure_ascii=False)
        assert "实人平台" not in outside
    entries = _entries(tmp_path, session.case)
    assert [kind for kind in entries if kind.startswith("identity.")] == [
        "identity.begun",
        "identity.failed",
        "identity.begun",
        "identity.verified",
    ]


def _entries(folder: Path, case: str) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "heyi.sqlite3")) as connection:
        return [kind for (kind,) in connection.execute("SELECT kind FROM ledger WHERE case_id = ? ORDER BY seq", (case,))]


def test_the_settings_belong_together() -> None:
    with pytest.raises(SettingsError, match="HEYI_IDENTITY_SECRET_FILE"):
        read_settings({"HEYI_IDENTITY_URL": "https://a.example/check", "HEYI_IDENTITY_NAME": "实人平台"})
