"""The port `CertificateAuthority`: the embedded one and somebody else's over HTTP, one suite for both; and what the other's may not do."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from agreements.authority import LABEL, AuthorityError, CertificateAuthority, EmbeddedAuthority, one_time_credential, subject_name
from agreements.authority_remote import RemoteAuthority
from agreements.standing import FileKeys, Keys, StandingKeys, TokenKeys
from evidence.chain import read_anchors
from evidence.cms import Credential, sign_detached
from evidence.revocation import RevocationLists
from evidence.token_key import Token, TokenError, TokenKey, make_key, may_leave
from evidence.verifier import Broken, Cms, Trusted, check_chain_of, common_name, der_of
from tests.providers_server import SECRET, ProvidersServer
from tests.storage.soft_tokens import MODULE, PIN, SoftTokens

NAME = "李某"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    running = ProvidersServer(tmp_path_factory.mktemp("providers"))
    yield running
    running.end()


def lists_of(server: ProvidersServer, seconds: float = 2.0) -> RevocationLists:
    anchors = read_anchors(server.ca_root.read_bytes())
    return RevocationLists(tuple(server.ca_lists.split(",")), (*anchors.roots, *anchors.others), seconds)


@pytest.fixture
def remote(server: ProvidersServer) -> RemoteAuthority:
    server.ca("ok")
    server.crl("ok")
    anchors = read_anchors(server.ca_root.read_bytes())
    return RemoteAuthority(f"{server.url}/certificates", SECRET.encode(), anchors, lists_of(server), 2.0)


@pytest.fixture(params=["embedded", "remote"])
def authority(request: pytest.FixtureRequest, tmp_path: Path) -> CertificateAuthority:
    return EmbeddedAuthority(tmp_path / "ca", now()) if request.param == "embedded" else request.getfixturevalue("remote")


def trusted(authority: CertificateAuthority) -> Trusted:
    trust = authority.trust(now())
    return Trusted([x509.load_der_x509_certificate(trust.root)], [x509.load_der_x509_crl(der) for der in trust.crls])


def root_of(credential: Credential, authority: CertificateAuthority) -> bytes:
    known = trusted(authority)
    root = check_chain_of(Cms(sign_detached(b"text", credential, now())), now(), known)
    assert not known.unlisted
    return der_of(root)


def test_a_certificate_for_one_signature(authority: CertificateAuthority) -> None:
    credential = one_time_credential(authority, NAME, "申请人", now())
    certificate = x509.load_der_x509_certificate(credential.certificate)
    assert common_name(certificate) == NAME
    assert root_of(credential, authority) == authority.trust(now()).root
    assert (LABEL in certificate.subject.rfc4514_string()) == bool(authority.label)


def test_requests_that_are_none_are_refused(authority: CertificateAuthority) -> None:
    with pytest.raises(AuthorityError):
        authority.issue(b"noise", now())


def directly(work: Any, *arguments: Any) -> Any:
    return work(*arguments)


def token_of(soft_tokens: SoftTokens, folder: Path) -> Token:
    label, pin = os.urandom(4).hex(), folder / "pin"
    soft_tokens.make(label)
    pin.write_text(PIN + "\n")
    return Token(MODULE, label, str(pin))


@pytest.fixture(params=["files", "token"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], Keys]:
    """Makes the keys of a folder, the same ones each time."""
    if request.param == "files":
        return FileKeys
    token = token_of(request.getfixturevalue("soft_tokens"), tmp_path)
    return lambda folder: TokenKeys(folder, token, directly)


def test_standing_keys_are_found_again(authority: CertificateAuthority, where: Callable[[Path], Keys], tmp_path: Path) -> None:
    folder = tmp_path / "standing"
    keys = StandingKeys(folder, authority, where(folder), "和议平台")
    first = keys.platform(now())
    again = StandingKeys(folder, authority, where(folder), "和议平台").platform(now())
    assert (first.certificate, first.key) == (again.certificate, again.key)
    assert root_of(first, authority) == authority.trust(now()).root
    seal = keys.seal("安和县调委会", now())
    assert common_name(x509.load_der_x509_certificate(seal.certificate)) == "安和县调委会" and seal.key != first.key
    fingerprint = x509.load_der_x509_certificate(first.certificate).fingerprint(hashes.SHA256()).hex()
    former = keys.former(fingerprint)
    assert former is not None and former.certificate == first.certificate
    assert keys.former("0" * 64) is None
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_standing_certificate_is_renewed_before_it_ends(remote: RemoteAuthority, server: ProvidersServer, tmp_path: Path) -> None:
    keys = StandingKeys(tmp_path, remote, FileKeys(tmp_path), "和议平台")
    first = keys.platform(now())
    soon = now() + timedelta(days=380)
    server.ca("failing")
    assert keys.platform(soon).certificate == first.certificate
    with pytest.raises(AuthorityError, match="answers 500"):
        keys.platform(soon + timedelta(days=30))
    server.ca("ok")
    second = keys.platform(soon)
    assert second.certificate != first.certificate and second.key == first.key


def test_a_key_in_a_token_stays_there(remote: RemoteAuthority, soft_tokens: SoftTokens, tmp_path: Path) -> None:
    before = StandingKeys(tmp_path, remote, FileKeys(tmp_path), "和议平台").platform(now())
    token = token_of(soft_tokens, tmp_path)
    keys = StandingKeys(tmp_path, remote, TokenKeys(tmp_path, token, directly), "和议平台")
    own = keys.platform(now())
    assert isinstance(own.key, TokenKey) and not may_leave(own.key)
    assert pickle.loads(pickle.dumps(own.key)) == own.key
    former = keys.former(x509.load_der_x509_certificate(before.certificate).fingerprint(hashes.SHA256()).hex())
    assert former is not None and former.key == before.key, "what a key in a file certified is still proved by it"
    soft_tokens.pull_out()
    try:
        with pytest.raises(TokenError) as error:
            own.sign(b"text")
        assert error.value.code in {"unreachable", "unknown_key"}
    finally:
        soft_tokens.put_back()
    assert own.sign(b"text")


def test_a_wrong_pin_is_sent_once(soft_tokens: SoftTokens, tmp_path: Path) -> None:
    token = token_of(soft_tokens, tmp_path)
    Path(token.pin_file).write_text("000000")
    for said in ("does not take the PIN", "before", "before"):
        with pytest.raises(TokenError, match=said) as error:
            make_key(token, "heyi platform")
        assert error.value.code == "pin_refused"
    Path(token.pin_file).write_text(PIN)
    assert make_key(token, "heyi platform").sign(b"text")


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("silent", "unreachable"),
        ("failing", "unreachable"),
        ("refusing", "refused"),
        ("other_key", "wrong_certificate"),
        ("other_name", "wrong_certificate"),
        ("ended", "wrong_certificate"),
        ("stranger", "wrong_certificate"),
        ("garbage", "malformed"),
        ("endless", "malformed"),
    ],
)
def test_what_misbehaves_is_refused_by_name(server: ProvidersServer, remote: RemoteAuthority, mode: str, code: str) -> None:
    server.ca(mode)
    hasty = RemoteAuthority(remote.url, SECRET.encode(), remote.anchors, lists_of(server), 0.3 if mode == "silent" else 2.0)
    with pytest.raises(AuthorityError) as error:
        one_time_credential(hasty, NAME, "申请人", now())
    assert error.value.code == code, error.value


def test_a_repeated_request_makes_no_second_certificate(server: ProvidersServer, remote: RemoteAuthority) -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(subject_name(NAME, "", "")).sign(
        ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()
    ).public_bytes(Encoding.DER)  # fmt: skip
    before = server.asked()["ca"]
    assert remote.issue(request, now()) == remote.issue(request, now())
    assert server.asked()["ca"] == before + 1
    server.ca("once")
    assert one_time_credential(remote, NAME, "", now()).chain


def test_who_does_not_share_the_secret_gets_nothing(server: ProvidersServer, remote: RemoteAuthority) -> None:
    stranger = RemoteAuthority(remote.url, b"another secret of some length", remote.anchors, lists_of(server), 2.0)
    with pytest.raises(AuthorityError, match="401"):
        one_time_credential(stranger, NAME, "", now())
    with pytest.raises(ValueError, match="16 bytes"):
        RemoteAuthority(remote.url, b"short", remote.anchors, lists_of(server))


def test_what_was_revoked_is_known_at_the_next_list(server: ProvidersServer, remote: RemoteAuthority) -> None:
    credential = one_time_credential(remote, NAME, "", now())
    assert root_of(credential, remote)
    server.revoke(x509.load_der_x509_certificate(credential.certificate).serial_number)
    assert root_of(credential, remote), "the list is kept for a while"
    later = now() + timedelta(hours=2)
    known = Trusted(lists=[x509.load_der_x509_crl(der) for der in remote.trust(later).crls])
    with pytest.raises(Broken, match="certificate_revoked"):
        check_chain_of(Cms(sign_detached(b"text", credential, later)), later, known)


def test_lists_are_kept_while_valid_and_nothing_else_passes(server: ProvidersServer, remote: RemoteAuthority) -> None:
    at, before = now(), server.asked()["crl"]
    found = remote.trust(at).crls
    assert remote.trust(at + timedelta(minutes=30)).crls == found
    assert server.asked()["crl"] == before + 2
    for mode in ("failing", "stale", "endless", "stranger"):
        server.crl(mode)
        assert remote.trust(at + timedelta(hours=3)).crls == found, "while the former is valid"
        with pytest.raises(AuthorityError):
            remote.trust(at + timedelta(days=2))
