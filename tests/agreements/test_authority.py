"""The embedded authority: what it makes, keeps and refuses."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from agreements.authority import LABEL, SIGNER_LIFE, AuthorityError, EmbeddedAuthority, one_time_credential, subject_name
from evidence.verifier import common_name

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path):
    return EmbeddedAuthority(tmp_path / "ca", NOW)


def test_files_are_private_and_found_again(authority):
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in authority.folder.iterdir()} == {0o600}
    again = EmbeddedAuthority(authority.folder, NOW + timedelta(days=1))
    assert again.root_fingerprint() == authority.root_fingerprint()
    assert again.seal("安和县调委会", NOW).certificate == authority.seal("安和县调委会", NOW).certificate
    assert again.seal("另一调委会", NOW).certificate != authority.seal("安和县调委会", NOW).certificate


def test_every_subject_says_what_it_is(authority):
    for path in authority.folder.glob("*.crt"):
        assert LABEL in x509.load_pem_x509_certificate(path.read_bytes()).subject.rfc4514_string()


def test_one_certificate_for_each_signature(authority):
    one, two = (one_time_credential(authority, "李某", "申请人", NOW) for _ in range(2))
    assert one.key != two.key
    certificate = x509.load_der_x509_certificate(one.certificate)
    assert certificate.not_valid_after_utc == NOW + SIGNER_LIFE
    assert one.chain == authority.chain()
    before = set(authority.folder.iterdir())
    one_time_credential(authority, "李某", "申请人", NOW)
    assert set(authority.folder.iterdir()) == before


def test_names_too_long_for_x520(authority):
    committee = "安和县桃源镇道路交通事故损害赔偿纠纷人民调解委员会"
    name = subject_name(committee, "申请人").get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert (committee.startswith(name), len(name.encode()) <= 64) == (True, True)
    assert common_name(x509.load_der_x509_certificate(authority.seal(committee, NOW).certificate)) == committee


def test_revocation(authority):
    serial = x509.load_der_x509_certificate(one_time_credential(authority, "李某", "申请人", NOW).certificate).serial_number
    authority.revoke(serial, NOW)
    lists = [x509.load_der_x509_crl(der) for der in EmbeddedAuthority(authority.folder, NOW).trust(NOW).crls]
    assert [crl.get_revoked_certificate_by_serial_number(serial) is not None for crl in lists] == [False, True]


def test_bad_requests(authority):
    foreign = rsa.generate_private_key(65537, 2048)
    other = ec.generate_private_key(ec.SECP384R1())
    for key in (foreign, other):
        request = x509.CertificateSigningRequestBuilder().subject_name(subject_name("李某")).sign(key, hashes.SHA256())
        with pytest.raises(AuthorityError) as error:
            authority.issue(request.public_bytes(serialization.Encoding.DER), NOW)
        assert error.value.code == "bad_request"
    with pytest.raises(AuthorityError):
        authority.issue(b"noise", NOW)


def test_a_damaged_folder_is_never_filled_up_silently(authority):
    (authority.folder / "tsa.crt").unlink()
    with pytest.raises(AuthorityError) as error:
        EmbeddedAuthority(authority.folder, NOW)
    assert error.value.code == "incomplete"
    (authority.folder / "tsa.crt").write_bytes(b"x")
    with pytest.raises(AuthorityError) as error:
        EmbeddedAuthority(authority.folder, NOW)
    assert error.value.code == "unreadable"
