"""RFC 3161, bytes in and bytes out."""

import hashlib
import shutil
import subprocess
from datetime import timedelta

import pytest

from agreements.authority import EmbeddedAuthority
from evidence.timestamp import MAX_REQUEST, TimestampError, make_request, timestamp, token_of
from evidence.verifier import Broken, Trusted, check_timestamp, fingerprint

from .conftest import NOW


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return EmbeddedAuthority(tmp_path_factory.mktemp("ca") / "ca", NOW)


def test_there_and_back(authority):
    token = timestamp(b"agreement", authority.timestamper(), NOW)
    at, root = check_timestamp(token, b"agreement", Trusted())
    assert at == NOW
    assert fingerprint(root) == authority.root_fingerprint()
    with pytest.raises(Broken) as error:
        check_timestamp(token, b"other", Trusted())
    assert error.value.code == "timestamp_of_something_else"


def test_a_service_whose_certificate_has_ended(authority):
    token = timestamp(b"x", authority.timestamper(), NOW + timedelta(days=40 * 365))
    with pytest.raises(Broken) as error:
        check_timestamp(token, b"x", Trusted())
    assert error.value.code == "certificate_not_valid_then"


def test_answers_to_another_request(authority):
    service = authority.timestamper()
    one, two = make_request(b"\x01" * 32), make_request(b"\x02" * 32)
    for request, response, code in (
        (one, service.respond(two, NOW), "other_imprint"),
        (one, service.respond(make_request(b"\x01" * 32), NOW), "other_nonce"),
        (one, b"", "malformed_response"),
        (one, b"\x30\x03\x30\x01\x00", "malformed_response"),
        (one, service.respond(b"noise", NOW), "refused"),
        (one, service.respond(b"\x00" * (MAX_REQUEST + 1), NOW), "refused"),
    ):
        with pytest.raises(TimestampError) as error:
            token_of(response, request)
        assert error.value.code == code
    with pytest.raises(ValueError):
        make_request(b"short")


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_accepts_it(authority, tmp_path):
    request = make_request(hashlib.sha256(b"data").digest())
    (tmp_path / "data").write_bytes(b"data")
    (tmp_path / "reply.tsr").write_bytes(authority.timestamper().respond(request, NOW))
    (tmp_path / "root.pem").write_bytes((authority.folder / "root.crt").read_bytes())
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "root.pem", "-attime", str(int(NOW.timestamp()))]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in result.stdout + result.stderr, result.stderr
