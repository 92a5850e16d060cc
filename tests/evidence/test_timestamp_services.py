"""The port `Timestamper`: our own responder and somebody else's service over HTTP, one suite for both; and what the other's may not do."""

from __future__ import annotations

import hashlib
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from agreements.authority import EmbeddedAuthority
from evidence.chain import Anchors, read_anchors
from evidence.timestamp import Timestamper, TimestampError, make_request, timestamp, token_of
from evidence.timestamp_remote import RemoteService
from evidence.verifier import Broken, Trusted, check_timestamp, fingerprint
from tests.providers_server import POLICY, ProvidersServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    running = ProvidersServer(tmp_path_factory.mktemp("providers"))
    yield running
    running.end()


@pytest.fixture
def remote(server: ProvidersServer):
    server.tsa("ok")
    return RemoteService(f"{server.url}/tsa", read_anchors(server.tsa_root.read_bytes()), policy=POLICY, seconds=2.0)


@pytest.fixture(params=["embedded", "remote"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Timestamper, Path]:
    """And a PEM file with its root."""
    if request.param == "embedded":
        authority = EmbeddedAuthority(tmp_path_factory.mktemp("ca") / "ca", datetime.now(UTC))
        return authority.timestamper(), authority.folder / "root.crt"
    server = request.getfixturevalue("server")
    return request.getfixturevalue("remote"), server.tsa_root


def test_a_stamp_is_checked_with_nothing_beside_it(service: tuple[Timestamper, Path]) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    token = timestamp(b"agreement", service[0], datetime.now(UTC))
    at, root = check_timestamp(token, b"agreement", Trusted())
    assert before <= at <= datetime.now(UTC)
    assert fingerprint(root) == x509.load_pem_x509_certificates(service[1].read_bytes())[0].fingerprint(SHA256()).hex()
    with pytest.raises(Broken, match="timestamp_of_something_else"):
        check_timestamp(token, b"other", Trusted())


def test_openssl_verifies_it(service: tuple[Timestamper, Path], tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"data")
    request = make_request(hashlib.sha256(b"data").digest())
    (tmp_path / "reply.tsr").write_bytes(service[0].respond(request, datetime.now(UTC)))
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", str(service[1])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert "Verification: OK" in done.stdout + done.stderr, done.stderr


def test_requests_that_are_none_are_refused(service: tuple[Timestamper, Path]) -> None:
    with pytest.raises(TimestampError) as error:
        token_of(service[0].respond(b"noise", datetime.now(UTC)), make_request(bytes(32)))
    assert error.value.code in {"refused", "malformed_response", "unreachable"}


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("failing", "unreachable"),
        ("refusing", "refused"),
        ("moved", "refused"),
        ("other_nonce", "other_nonce"),
        ("other_imprint", "other_imprint"),
        ("ended", "untrusted"),
        ("garbage", "malformed_response"),
        ("endless", "malformed_response"),
    ],
)
def test_what_misbehaves_is_refused_by_name(server: ProvidersServer, remote: RemoteService, mode: str, code: str) -> None:
    server.tsa(mode)
    with pytest.raises(TimestampError) as error:
        timestamp(b"x", remote, datetime.now(UTC))
    assert error.value.code == code, error.value


@pytest.mark.parametrize("mode", ["silent", "dripping"])
def test_time_is_limited_for_the_whole_answer(server: ProvidersServer, remote: RemoteService, mode: str) -> None:
    server.tsa(mode)
    begun = time.monotonic()
    with pytest.raises(TimestampError) as error:
        timestamp(b"x", RemoteService(remote.url, remote.anchors, seconds=0.3), datetime.now(UTC))
    assert error.value.code == "unreachable"
    assert time.monotonic() - begun < 3


def test_one_failure_is_tried_again(server: ProvidersServer, remote: RemoteService) -> None:
    server.tsa("once")
    before = server.asked()["tsa"]
    assert timestamp(b"x", remote, datetime.now(UTC))
    assert server.asked()["tsa"] == before + 2


def test_root_policy_and_clock_are_those_configured(remote: RemoteService, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    other = EmbeddedAuthority(tmp_path / "ca", now).trust(now)
    for service, at, code in (
        (RemoteService(remote.url, Anchors((other.root,), remote.anchors.others)), now, "untrusted"),
        (RemoteService(remote.url, remote.anchors, policy="1.2.3"), now, "other_policy"),
        (remote, now - timedelta(minutes=10), "clock_differs"),
    ):
        with pytest.raises(TimestampError) as error:
            timestamp(b"x", service, at)
        assert error.value.code == code, error.value


def test_a_service_that_is_away_or_not_safe() -> None:
    with pytest.raises(TimestampError) as error:
        timestamp(b"x", RemoteService("http://127.0.0.1:9/", Anchors(()), seconds=1.0), datetime.now(UTC))
    assert error.value.code == "unreachable"
    for url in (
        "http://tsa.example/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "https://user:word@tsa.example/",
        "https://tsa.example:x/",
    ):
        with pytest.raises(ValueError, match="provider"):
            RemoteService(url, Anchors(()))
