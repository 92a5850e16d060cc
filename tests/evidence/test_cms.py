"""Detached signatures, read back by the verifier and by openssl."""

import hashlib
import pickle
import shutil
import subprocess

import pytest

from agreements.authority import EmbeddedAuthority
from evidence.cms import sign_detached
from evidence.verifier import Broken, Cms, Trusted, check_chain_of, common_name

from .conftest import NOW


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return EmbeddedAuthority(tmp_path_factory.mktemp("ca") / "ca", NOW)


def test_there_and_back(authority):
    credential = pickle.loads(pickle.dumps(authority.platform()))
    cms = Cms(sign_detached(b"data", credential, NOW))
    cms.signature_holds(hashlib.sha256(b"data").digest())
    assert common_name(check_chain_of(cms, NOW, Trusted())).startswith("和议内置根证书")
    with pytest.raises(Broken) as error:
        cms.signature_holds(hashlib.sha256(b"other").digest())
    assert error.value.code == "digest_differs"
    assert "PRIVATE" not in repr(credential)


def test_every_flipped_byte_is_found(authority):
    data = sign_detached(b"data", authority.platform(), NOW)
    for offset in range(0, len(data), 3):
        changed = bytearray(data)
        changed[offset] ^= 0x01
        with pytest.raises(Exception):  # noqa: B017 (whatever it is, it must not pass)
            cms = Cms(bytes(changed))
            cms.signature_holds(hashlib.sha256(b"data").digest())
            assert cms.content_type == "1.2.840.113549.1.7.1"
            check_chain_of(cms, NOW, Trusted())


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_accepts_it(authority, tmp_path):
    (tmp_path / "p7s").write_bytes(sign_detached(b"data", authority.platform(), NOW))
    (tmp_path / "data").write_bytes(b"data")
    (tmp_path / "root.pem").write_bytes((authority.folder / "root.crt").read_bytes())
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "p7s", "-content", "data", "-CAfile", "root.pem"]
    command += ["-purpose", "any", "-attime", str(int(NOW.timestamp()))]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
