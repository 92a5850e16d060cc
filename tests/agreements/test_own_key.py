"""A signature whose key stays with the signer: the same file as by a key of ours, and nothing but the holder's signature fits."""

import hashlib
import pickle
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from agreements.own_key import Holder, complete, prepare
from agreements.signing import SigningError, seal
from agreements.signing_request import KEY_SIZE, RequestError, request_info, signed_request
from agreements.strokes import draw_strokes
from evidence.manifest import signers_of
from evidence.pdf_check import check_agreement
from rehearsal.device_key import DeviceKey

from .conftest import handwriting
from .test_signing import NOW, stand

__all__ = ["stand"]


def held(device: DeviceKey, authority, at=NOW) -> Holder:
    info = request_info(device.public, "李某", "当事人", authority.organisation)
    certificate, *above = authority.issue(signed_request(info, device.public, device.sign(info)), at)
    return Holder(device.public, certificate, tuple(above))


def test_two_steps_make_a_signature_that_holds(stand):
    authority, frozen, fonts = stand
    pdf, later = frozen, NOW
    for field in ("Party1", "Party2", "Mediator"):
        device, now = DeviceKey(), later + timedelta(seconds=20)
        holder, behind = held(device, authority), (authority.trust(now), authority.timestamper(), now)
        made = pickle.loads(pickle.dumps(prepare(pdf, field, draw_strokes(handwriting()), holder, *behind, fonts)))
        whole, (begin, end) = pdf + made.increment, made.hole
        assert hashlib.sha256(whole[:begin] + whole[end:]).digest() == made.digest and made.digest in made.attributes
        later = now + timedelta(seconds=40)
        signed = complete(pdf, field, made, holder, device.sign(made.attributes), authority.trust(later), authority.timestamper(), later)
        assert signed.startswith(whole[:begin]) and signed[end:].startswith(whole[end:])
        pdf = signed
    now = later + timedelta(seconds=20)
    committee = authority.seal("某镇人民调解委员会", now)
    sealed = seal(pdf, draw_strokes(handwriting()), committee, authority.trust(now), authority.timestamper(), now, fonts)
    checks, valid = check_agreement(sealed, roots=list(authority.trust(NOW).roots), expected=signers_of(sealed))
    assert valid, [check for check in checks if check.status == "fail"]


def test_nothing_but_the_holders_signature_over_these_attributes_fits(stand):
    authority, frozen, fonts = stand
    behind = authority.trust(NOW), authority.timestamper(), NOW
    device, other = DeviceKey(), DeviceKey()
    holder = held(device, authority)
    made = prepare(frozen, "Party1", draw_strokes(handwriting()), holder, *behind, fonts)
    for wrong in (other.sign(made.attributes), device.sign(made.attributes + b"x"), b"", bytes(64), device.sign(made.attributes)[:-1]):
        with pytest.raises(SigningError) as error:
            complete(frozen, "Party1", made, holder, wrong, *behind)
        assert error.value.code == "other_key" and pickle.loads(pickle.dumps(error.value)).code == "other_key"


def test_a_request_is_signed_with_its_own_key(stand):
    authority, _, _ = stand
    device, other = DeviceKey(), DeviceKey()
    info = request_info(device.public, "李某", "当事人", authority.organisation)
    with pytest.raises(RequestError):
        signed_request(info, device.public, other.sign(info))
    with pytest.raises(RequestError):
        signed_request(info, other.public, device.sign(info))
    subject = x509.load_der_x509_csr(signed_request(info, device.public, device.sign(info))).subject
    assert "李某" in subject.rfc4514_string() and "当事人" in subject.rfc4514_string()


@given(st.binary(max_size=KEY_SIZE + 1) | st.integers(0, KEY_SIZE - 1))
def test_a_key_that_is_none_is_refused(given):
    key = given if isinstance(given, bytes) else bytearray(DeviceKey().public)
    if isinstance(key, bytearray):
        key[given] ^= 0x55
    if given == 26:  # the form of the point: 0x04 alone is uncompressed
        assert key[26] != 4
    with pytest.raises(RequestError):
        request_info(bytes(key), "李某", "当事人", "")


def test_no_other_curve_and_no_compressed_point():
    for key in (ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256K1())):
        der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(RequestError):
            request_info(der, "李某", "当事人", "")
    assert len(DeviceKey().public) == KEY_SIZE
