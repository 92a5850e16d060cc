"""An installation behind which a licensed authority and timestamp service stand, by settings alone: from the freeze to a bundle that others check."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from pypdf import PdfReader

from agreements import commands as a
from agreements.acts import Way
from agreements.authority import LABEL
from cases.errors import Unavailable
from cases.vocabulary import Consent, SessionStage
from evidence.token_key import TokenKey
from evidence.verifier import verify_file
from rehearsal.hand import scribble
from rooms import commands as c
from storage.pkcs11_token import Token
from tests.providers_server import POLICY, ProvidersServer
from tests.storage.soft_tokens import MODULE, PIN, SoftTokens
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG
from web.doctor_services import check_providers, check_signing_keys
from web.providers import Providers, providers_of
from web.settings import Settings, SettingsError

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    running = ProvidersServer(tmp_path_factory.mktemp("providers"))
    yield running
    running.end()


def stamped_by(server: ProvidersServer) -> dict[str, Any]:
    return {
        "timestamp_url": f"{server.url}/tsa",
        "timestamp_root": str(server.tsa_root),
        "timestamp_crls": server.tsa_lists,
        "timestamp_policy": POLICY,
    }


def certified_by(server: ProvidersServer) -> dict[str, Any]:
    return {
        "authority_url": f"{server.url}/certificates",
        "authority_root": str(server.ca_root),
        "authority_crls": server.ca_lists,
        "authority_secret_file": str(server.secret),
    }


def directly(work: Any, *arguments: Any) -> Any:
    return work(*arguments)


def providers_in(at: Agreeing) -> Providers:
    return at.app.state.bundles._providers  # type: ignore[no-any-return]


def asked_again(at: Agreeing) -> None:
    """The seconds after a failure are over."""
    providers_in(at)._away.clear()


async def sealed(at: Agreeing, server: ProvidersServer) -> str:
    """Freeze to seal, at each step of which a provider is away once."""
    session = at.session
    await at.write()
    server.tsa("failing")
    with pytest.raises(Unavailable) as away:
        await at.freeze(Way.ELECTRONIC)
    assert (away.value.code, away.value.retry) == ("timestamp_away", True)
    server.tsa("ok")
    with pytest.raises(Unavailable):
        await at.freeze(Way.ELECTRONIC)
    assert "500" in session.house.problems()[0]
    asked_again(at)
    text = await at.freeze(Way.ELECTRONIC)
    await at.confirm(text)
    for party in at.parties:
        await session.do(c.GiveConsent(session.case, Consent.SIGNATURE, True), party)
    await session.do(c.MoveStage(session.case, SessionStage.SIGNING))
    agreement = (await at.dossier()).agreement
    assert agreement is not None
    for number, actor in enumerate([*at.parties, WANG]):
        name = agreement.names["m" if actor is WANG else actor.id]
        if actor is not WANG:
            await at.answer_code(actor, text)
        if number == 0:
            for mode in ("failing", "other_key"):
                server.ca(mode)
                with pytest.raises(Unavailable) as away:
                    await session.do(a.SignAgreement(session.case, text, scribble(), name, True), actor)
                assert away.value.code == "authority_away"
                server.ca("ok")
                asked_again(at)
        await session.do(a.SignAgreement(session.case, text, scribble(), name, True), actor)
    server.tsa("other_nonce")
    with pytest.raises(Unavailable):
        await session.do(a.SealAgreement(session.case, text))
    server.tsa("ok")
    asked_again(at)
    await session.do(a.SealAgreement(session.case, text))
    agreement = (await at.dossier()).agreement
    assert agreement is not None and agreement.stage == "effective"
    return agreement.file


def said_in(pdf: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(pdf).pages)


def root_of(pem: Path) -> str:
    return x509.load_pem_x509_certificates(pem.read_bytes())[0].fingerprint(SHA256()).hex()


async def test_an_agreement_by_somebody_elses_services(server: ProvidersServer, tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data", **stamped_by(server), **certified_by(server)) as at:
        file = await sealed(at, server)
        pdf = tmp_path / "agreement.pdf"
        pdf.write_bytes(await at.session.house.blobs.get(file))
        assert LABEL not in said_in(pdf)
        anchors = providers_in(at).anchors
        assert anchors.split(",") == [root_of(server.ca_root), root_of(server.tsa_root)]
        assert all(root in said_in(pdf) for root in anchors.split(","))
        assert not (tmp_path / "data" / "keys" / "ca").exists(), "no authority of our own is made"
        for path in (pdf, bundle := await at.app.state.bundles.export(at.session.case, WANG, tmp_path)):
            report = verify_file(path, anchors)
            assert report.verdict == "成立，出处已核", [one for one in report.checks if one.status == "fail"]
            assert not verify_file(path, root_of(server.ca_root)).ok, "one root alone does not vouch for both"
        assert not [one for one in report.checks if one.code == "revocation_unknown"]
        if shutil.which("openssl"):
            _openssl_verifies(bundle, server.tsa_root, tmp_path)
        if shutil.which("pdfsig"):
            _pdfsig_verifies(pdf)


def _openssl_verifies(bundle: Path, root: Path, folder: Path) -> None:
    with zipfile.ZipFile(bundle) as held:
        held.extract("manifest.p7s", folder)
        held.extract("manifest.tsr", folder)
    command = ["openssl", "ts", "-verify", "-data", "manifest.p7s", "-in", "manifest.tsr", "-token_in", "-CAfile", str(root)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20)
    assert "Verification: OK" in done.stdout + done.stderr, done.stderr


def _pdfsig_verifies(pdf: Path) -> None:
    done = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True, timeout=20)
    assert done.stdout.count("Signature is Valid") == 5, done.stdout  # it knows no document timestamps
    assert "Total document signed" in done.stdout


async def test_what_was_certified_before_a_change_is_still_proved(server: ProvidersServer, tmp_path: Path) -> None:
    """The embedded authority certified it, under somebody else's timestamp; since then both are licensed ones."""
    async with agreeing(tmp_path / "data", **stamped_by(server)) as at:
        await at.write()
        await at.freeze(Way.ELECTRONIC)
        agreement = (await at.dossier()).agreement
        assert agreement is not None and agreement.anchor == providers_in(at).anchors
        (tmp_path / "frozen.pdf").write_bytes(await at.session.house.blobs.get(agreement.file))
        assert LABEL in said_in(tmp_path / "frozen.pdf")
        own = await providers_in(at).platform(datetime.now(UTC))
    settings = Settings(data=str(tmp_path / "data"), **stamped_by(server), **certified_by(server))
    after = providers_of(settings, datetime.now(UTC), directly)
    certificate = x509.load_der_x509_certificate(own.certificate).fingerprint(SHA256()).hex()
    assert (await after.platform(datetime.now(UTC), certificate)).certificate == own.certificate
    assert (await after.platform(datetime.now(UTC))).certificate != own.certificate
    assert len(after.anchors.split(",")) == 3
    trust, _ = await after.at_hand(datetime.now(UTC))
    assert len(await after.roots(trust, datetime.now(UTC))) == 3


async def test_the_platforms_key_and_the_seals_in_a_token(server: ProvidersServer, soft_tokens: SoftTokens, tmp_path: Path) -> None:
    """Signed in worker processes, of which the server's own module of the token knows nothing."""
    pin, label = tmp_path / "pin", secrets.token_hex(4)
    soft_tokens.make(label)
    pin.write_text(PIN)
    pin.chmod(0o600)
    token = Token(MODULE, label, lambda: PIN)
    await token.make_key("heyi recordings")
    token.close()
    settings = {"pkcs11_module": MODULE, "pkcs11_token": label, "pkcs11_pin_file": str(pin), "signing_keys": "token"}
    async with agreeing(tmp_path / "data", **settings) as at:
        await at.write()
        await at.freeze(Way.ELECTRONIC)
        providers, now = providers_in(at), datetime.now(UTC)
        platform, seal = await providers.platform(now), await providers.seal("安和县人民调解委员会", now)
        assert isinstance(platform.key, TokenKey) and isinstance(seal.key, TokenKey) and platform.key != seal.key
        assert not list((tmp_path / "data" / "keys").glob("ca-*/*.key"))
        path = await at.app.state.bundles.export(at.session.case, WANG, tmp_path)
        assert verify_file(path, providers.anchors).verdict == "成立，出处已核"
        soft_tokens.pull_out()
        try:
            with pytest.raises(Unavailable) as away:
                await at.app.state.bundles.export(at.session.case, WANG, tmp_path)
            assert away.value.code == "signing_key_away"
            found = await check_signing_keys(at.session.house.settings)
            assert found.status == "fail" and found.zh and found.en
        finally:
            soft_tokens.put_back()
        asked_again(at)
        assert await at.app.state.bundles.export(at.session.case, WANG, tmp_path)
        assert (await check_signing_keys(at.session.house.settings)).status == "ok"


async def test_the_doctor_asks_them(server: ProvidersServer, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert (await check_providers(Settings(data=str(tmp_path)), now)).status == "warn"
    settings = Settings(data=str(tmp_path), **stamped_by(server), **certified_by(server))
    found = await check_providers(settings, now)
    assert found.status == "ok" and "4 revocation lists" in found.detail
    server.tsa("garbage")
    found = await check_providers(settings, now)
    assert found.status == "fail" and found.zh and found.en
    server.tsa("ok")
    assert not (tmp_path / "keys" / "ca").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"timestamp_root": "/nowhere.pem"}, "HEYI_TIMESTAMP_ROOT"),
        ({"timestamp_url": "http://tsa.example/"}, "HEYI_TIMESTAMP_URL"),
        ({"timestamp_crls": "ftp://crl.example/"}, "HEYI_TIMESTAMP_CRLS"),
        ({"authority_url": "http://ca.example/"}, "HEYI_AUTHORITY_URL"),
        ({"authority_secret_file": "/nowhere"}, "HEYI_AUTHORITY_SECRET_FILE"),
    ],
)
def test_settings_that_cannot_be(server: ProvidersServer, tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    settings = Settings(**{"data": str(tmp_path), **stamped_by(server), **certified_by(server), **wrong})
    with pytest.raises(SettingsError, match=said):
        providers_of(settings, datetime.now(UTC), directly)
