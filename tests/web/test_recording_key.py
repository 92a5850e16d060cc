"""Recordings whose keys a PKCS#11 token wraps: the start without one, sessions while it goes away and comes back, wrapping anew, the doctor."""

from __future__ import annotations

import asyncio
import json
import secrets
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.vocabulary import SeatRole
from rooms import commands as c
from storage.database import close_database, open_database
from storage.models.recordings import SessionKey
from storage.pkcs11_token import Token
from storage.recordings import RecordingStore
from storage.wrapping import FileKey, Keyring, WrappingError
from storage.writer import Writer
from tests.storage.soft_tokens import MODULE, PIN, SoftTokens
from tests.web.live_session import Session, send_media, signed_in, until
from web.commands import cli
from web.composition import open_house
from web.doctor_services import check_recording_key
from web.keys import load_key
from web.recording_health import NOT_RECORDED
from web.settings import Settings, SettingsError, read_settings

pytestmark = pytest.mark.anyio
KEY = "heyi recordings"


@pytest.fixture
async def settings(tmp_path: Path, soft_tokens: SoftTokens) -> Settings:
    """Of an installation with a token of its own, without a key in it yet."""
    label, pin = secrets.token_hex(4), tmp_path / "pin"
    soft_tokens.make(label)
    pin.write_text(PIN + "\n")
    pin.chmod(0o600)
    token = {"pkcs11_module": MODULE, "pkcs11_token": label, "pkcs11_pin_file": str(pin)}
    return Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error", **token)


async def with_key(settings: Settings) -> str:
    token = Token(MODULE, settings.pkcs11_token, lambda: PIN)
    name = (await token.make_key(KEY)).name
    token.close()
    return name


async def test_no_start_without_the_key(settings: Settings) -> None:
    async def refused(**changed: str) -> str:
        with pytest.raises(WrappingError) as caught:
            async with open_house(Settings(**{**{f: getattr(settings, f) for f in settings.__struct_fields__}, **changed})):
                pass
        return str(caught.value)

    assert "recording-key --make" in await refused()
    assert "no PKCS#11 token nobody" in await refused(pkcs11_token="nobody")
    pin = Path(settings.pkcs11_pin_file)
    pin.chmod(0o640)
    assert "chmod 600" in await refused()
    pin.chmod(0o600)
    pin.write_text("0000")
    assert "PinIncorrect" in await refused()


def test_settings_that_belong_together() -> None:
    with pytest.raises(SettingsError, match="HEYI_PKCS11_PIN_FILE belong together"):
        read_settings({"HEYI_PKCS11_MODULE": MODULE, "HEYI_PKCS11_TOKEN": "heyi"})


async def test_a_token_that_goes_away_stops_no_recording_and_lets_none_begin(settings: Settings, soft_tokens: SoftTokens) -> None:
    name = await with_key(settings)
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        soft_tokens.pull_out()
        try:
            await session.recorded(True)
            assert session.media.shown.flags[session.id]["recording_failed"], "the mediator is told"
            assert NOT_RECORDED in house.problems() and any("token" in problem for problem in house.problems())
        finally:
            soft_tokens.put_back()
        await until(lambda: "recording_failed" not in session.media.shown.flags[session.id])
        assert [row.wrapped_by for row in await SessionKey.all()] == [name] and house.problems() == []
        soft_tokens.pull_out()
        try:
            # Somebody who comes is recorded too, which needs the key again.
            await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
            await send_media(session, 1.0)
            await session.media.settled(session.id)
            assert "recording_failed" not in session.media.shown.flags[session.id]
            await session.do(c.EndSession(session.case, "谈不拢"))
            await session.media.settled(session.id)
            async with signed_in(config.app, session, "wang") as http:
                for answer in (await http.post(f"/api/cases/{session.case}/playback"), await http.get(f"/api/cases/{session.case}/bundle")):
                    assert (answer.status_code, answer.json()["code"]) == (503, "recording_key_away")
        finally:
            soft_tokens.put_back()
        await asyncio.sleep(2.0)
        async with signed_in(config.app, session, "wang") as http:
            told = (await http.post(f"/api/cases/{session.case}/playback")).json()
            assert told["segments"] and all(segment["vouched"] for segment in told["segments"])


async def test_every_key_is_wrapped_anew_and_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Keyring.of_file(FileKey(load_key(settings.folder, "recordings")))
    sessions = [f"c{n}-s{n}" for n in range(120)]

    async def stored() -> dict[str, str]:
        await open_database(settings.database_url)
        try:
            return {row.session_id: row.wrapped_by for row in await SessionKey.all()}
        finally:
            await close_database()

    await open_database(settings.database_url)
    writer = Writer(single=True)
    writer.start()
    keys = {session: await RecordingStore(writer, file).key_of(session.partition("-")[0], session) for session in sessions}
    await SessionKey.filter(session_id="c7-s7").update(wrapped=b"altered")
    await writer.stop()
    await close_database()
    for field in ("data", "pkcs11_module", "pkcs11_token", "pkcs11_pin_file"):
        monkeypatch.setenv(f"HEYI_{field.upper()}", getattr(settings, field))

    async def run(*arguments: str) -> tuple[int, str, str]:
        done = await asyncio.to_thread(CliRunner().invoke, cli, ["recording-key", *arguments], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    code, _, said = await run()
    assert code == 1 and "recording-key --make" in said
    assert (await run("--make"))[0] == 0
    code, out, _ = await run("--json")
    report = json.loads(out)
    assert code == 0 and report["sessions"] == {"file": 120} and report["present"].startswith("pkcs11:")
    code, out, said = await run("--rewrap")
    assert code == 1 and "c7-s7" in said and f"119 sessions: {report['present']}" in out and "1 sessions: file" in out
    assert (await run("--rewrap"))[2].count("0 sessions' keys were wrapped anew") == 1, "what is done is done"

    token = Token(MODULE, settings.pkcs11_token, lambda: PIN)
    ring = Keyring(await token.key(KEY), token.key_named)
    await open_database(settings.database_url)
    for row in await SessionKey.exclude(session_id="c7-s7").limit(3):
        assert await ring.unwrap(bytes(row.wrapped), row.wrapped_by, row.session_id) == keys[row.session_id]
    await close_database()
    token.close()

    assert (await run("--rewrap", "--to-file"))[0] == 0
    assert set((await stored()).values()) == {"file"}
    for wrong in (("--to-file",), ("--make", "--rewrap")):
        assert (await run(*wrong))[0] == 2
    monkeypatch.delenv("HEYI_PKCS11_MODULE")
    assert (await run("--make"))[0] == 1


async def test_the_doctor_and_the_backup_tell_of_the_token(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (await check_recording_key(Settings())).status == "ok"
    absent = await check_recording_key(settings)
    assert absent.status == "fail" and "--make" in absent.zh and "--make" in absent.en
    await with_key(settings)
    assert (await check_recording_key(settings)).status == "ok"
    Path(settings.pkcs11_pin_file).write_text("0000")
    refused = await check_recording_key(settings)
    assert refused.status == "fail" and refused.zh and refused.en
    async with open_house(Settings(data=settings.data, media_workers=1, log_level="error")):
        pass
    for field in ("data", "pkcs11_module", "pkcs11_token", "pkcs11_pin_file"):
        monkeypatch.setenv(f"HEYI_{field.upper()}", getattr(settings, field))
    tar = tmp_path / "backup.tar"
    for arguments in (["backup", str(tar)], ["restore", str(tar), "--data", str(tmp_path / "new")]):
        done = await asyncio.to_thread(CliRunner().invoke, cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0 and f"needs the PKCS#11 token {settings.pkcs11_token}" in " ".join(done.stderr.split())
