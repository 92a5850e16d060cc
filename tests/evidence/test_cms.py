"""Detached signatures, read back by the verifier and by openssl."""

import hashlib
import pickle
import shutil
import subprocess

import pytest

from agreements.authority import EmbeddedAuthority
from evidence.cms import sign_detached
from evidence.verifier import DAMAGED, DATA, Broken, Cms, Trusted, check_chain_of, common_name

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


def holds(data):
    try:
        cms = Cms(data)
        cms.signature_holds(hashlib.sha256(b"data").digest())
        check_chain_of(cms, NOW, Trusted())
    except DAMAGED:
        return False
    return cms.content_type == DATA


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_every_flipped_bit_is_found(authority):
    data = sign_detached(b"data", authority.platform(), NOW)
    assert holds(data)
    for offset in range(len(data)):
        for bit in (0, 1 + offset % 7):
            changed = bytearray(data)
            changed[offset] ^= 1 << bit
            assert not holds(bytes(changed)), (offset, bit, data[offset - 8 : offset + 8].hex())


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_accepts_it(authority, tmp_path):
    (tmp_path / "p7s").write_bytes(sign_detached(b"data", authority.platform(), NOW))
    (tmp_path / "data").write_bytes(b"data")
    (tmp_path / "root.pem").write_bytes((authority.folder / "root.crt").read_bytes())
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "p7s", "-content", "data", "-CAfile", "root.pem"]
    command += ["-purpose", "any", "-attime", str(int(NOW.timestamp()))]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
