"""Signatures of the manifest that are not what they should be, made with the true platform's key: each gives signature and timestamp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from asn1crypto import algos, cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from agreements.authority import subject_name
from evidence.cms import Credential, sign_detached
from evidence.timestamp import Responder, Timestamper, timestamp

from .conftest import NOW, Finished

LATER = NOW + timedelta(hours=1)
Forgery = tuple[bytes, bytes]


def stamped(finished: Finished, p7s: bytes, at: datetime = LATER, service: Timestamper | None = None) -> Forgery:
    return p7s, timestamp(p7s, service or finished.authority.timestamper(), at)


def at_another_time(at: datetime) -> Callable[[Finished, bytes], Forgery]:
    return lambda finished, data: stamped(finished, sign_detached(data, finished.authority.platform(), at), at)


def with_stray_certificate(finished: Finished, data: bytes) -> Forgery:
    platform, seal = finished.authority.platform(), finished.authority.seal(finished.facts.committee, NOW)
    return stamped(
        finished, sign_detached(data, Credential(platform.key, platform.certificate, (*platform.chain, seal.certificate)), LATER)
    )


def with_content(finished: Finished, data: bytes) -> Forgery:
    whole = cms.ContentInfo.load(sign_detached(data, finished.authority.platform(), LATER)).copy()
    whole["content"]["encap_content_info"]["content"] = core.OctetString(data)
    return stamped(finished, whole.dump(force=True))


def over_other_content(finished: Finished, data: bytes) -> Forgery:
    return stamped(finished, sign_detached(data + b" ", finished.authority.platform(), LATER))


def remade(change: Callable[[cms.SignerInfo], object], resign: bool = True) -> Callable[[Finished, bytes], Forgery]:
    """The signer's part changed; signed anew unless told otherwise."""

    def forge(finished: Finished, data: bytes) -> Forgery:
        platform = finished.authority.platform()
        whole = cms.ContentInfo.load(sign_detached(data, platform, LATER)).copy()
        signer = whole["content"]["signer_infos"][0]
        change(signer)
        if resign:
            key = load_der_private_key(platform.key, None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            attributes = cms.CMSAttributes(signer["signed_attrs"])
            signer["signature"] = key.sign(attributes.untag().dump(force=True), ec.ECDSA(hashes.SHA256()))
        return stamped(finished, whole.dump(force=True))

    return forge


def without_attribute(name: str) -> Callable[[cms.SignerInfo], object]:
    def change(signer: cms.SignerInfo) -> None:
        signer["signed_attrs"] = cms.CMSAttributes([item for item in signer["signed_attrs"] if item["type"].native != name])

    return change


def repeat_attribute(signer: cms.SignerInfo) -> None:
    signer["signed_attrs"] = cms.CMSAttributes([*signer["signed_attrs"], signer["signed_attrs"][0]])


def add_note(signer: cms.SignerInfo) -> None:
    signer["unsigned_attrs"] = cms.CMSAttributes([{"type": "1.2.3.4", "values": [core.OctetString(b"note")]}])


def other_digest_algorithm(signer: cms.SignerInfo) -> None:
    signer["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "sha1"})


def other_signature_algorithm(signer: cms.SignerInfo) -> None:
    signer["signature_algorithm"] = cms.SignedDigestAlgorithm({"algorithm": "sha384_ecdsa"})


def padded_signature(signer: cms.SignerInfo) -> None:
    """The two numbers of the signature with a zero in front, which means the same."""
    pair = algos.DSASignature.load(signer["signature"].native)
    halves = b"".join(core.OctetString(b"\x00" + half.contents).dump() for half in (pair["r"], pair["s"])).replace(b"\x04", b"\x02", 1)
    halves = b"\x02" + halves[1:]
    second = halves[1] + 2
    halves = halves[:second] + b"\x02" + halves[second + 1 :]
    signer["signature"] = b"\x30" + bytes([len(halves)]) + halves


def respelt(change: Callable[[bytes], bytes]) -> Callable[[Finished, bytes], Forgery]:
    return lambda finished, data: stamped(finished, change(sign_detached(data, finished.authority.platform(), LATER)))


def of_indefinite_length(der: bytes) -> bytes:
    assert der[:2] == b"\x30\x82"
    return b"\x30\x80" + der[4:] + b"\x00\x00"


def of_long_length(der: bytes) -> bytes:
    """One byte more than needed says how long it is."""
    return b"\x30\x83\x00" + der[2:]


def two_signers(der: bytes) -> bytes:
    whole = cms.ContentInfo.load(der).copy()
    only = whole["content"]["signer_infos"][0]
    whole["content"]["signer_infos"] = cms.SignerInfos([only, only.copy()])
    return whole.dump(force=True)


def without_certificates(der: bytes) -> bytes:
    whole = cms.ContentInfo.load(der).copy()
    content = whole["content"]
    bare = {name: content[name] for name in ("version", "digest_algorithms", "encap_content_info", "signer_infos")}
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(bare)}).dump()


def stamped_by_the_platform(finished: Finished, data: bytes) -> Forgery:
    """A timestamp by a certificate that is not for timestamps."""
    p7s = sign_detached(data, finished.authority.platform(), LATER)
    return stamped(finished, p7s, service=Responder(finished.authority.platform()))


def stamped_before(finished: Finished, data: bytes) -> Forgery:
    """The token is a good one, of another signature over the same manifest."""
    platform = finished.authority.platform()
    return sign_detached(data, platform, LATER), timestamp(sign_detached(data, platform, NOW), finished.authority.timestamper(), LATER)


def token_with_a_byte_more(finished: Finished, data: bytes) -> Forgery:
    p7s, token = stamped(finished, sign_detached(data, finished.authority.platform(), LATER))
    return p7s, token + b"\x00"


def below_no_authority(finished: Finished, data: bytes) -> Forgery:
    """A certificate that the platform's own key issued, though it may not."""
    platform = finished.authority.platform()
    issuer = x509.load_der_x509_certificate(platform.certificate)
    issuer_key = load_der_private_key(platform.key, None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, issuer.subject, issuer_key)
    return stamped(finished, sign_detached(data, _credential(key, certificate, (platform.certificate, *platform.chain)), LATER))


def by_nobody_known(finished: Finished, data: bytes) -> Forgery:
    """A certificate that says it was issued by the signing authority, and was not."""
    signing = x509.load_der_x509_certificate(finished.authority.platform().chain[0])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, signing.subject, ec.generate_private_key(ec.SECP256R1()))
    return stamped(finished, sign_detached(data, _credential(key, certificate, finished.authority.platform().chain), LATER))


def with_another_key(finished: Finished, data: bytes) -> Forgery:
    platform = finished.authority.platform()
    other = _credential(ec.generate_private_key(ec.SECP256R1()), None, ())
    return stamped(finished, sign_detached(data, Credential(other.key, platform.certificate, platform.chain), LATER))


def _certificate(key: ec.EllipticCurvePrivateKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = (
        x509.CertificateBuilder().subject_name(subject_name("和议平台（非第三方CA）")).issuer_name(issuer).public_key(key.public_key())
    )
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=900))
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _credential(key: ec.EllipticCurvePrivateKey, certificate: bytes | None, chain: tuple[bytes, ...]) -> Credential:
    pkcs8 = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Credential(pkcs8, certificate or b"", chain)


FORGED_SIGNATURES: dict[str, Callable[[Finished, bytes], Forgery]] = {
    "after its certificate": at_another_time(NOW + timedelta(days=11 * 365)),
    "before its certificate": at_another_time(NOW - timedelta(days=2)),
    "a stray certificate": with_stray_certificate,
    "with its content": with_content,
    "over other content": over_other_content,
    "without the hash of its certificate": remade(without_attribute("signing_certificate_v2")),
    "without the hash of its content": remade(without_attribute("message_digest")),
    "an attribute twice": remade(repeat_attribute),
    "a note beside it": remade(add_note, resign=False),
    "a weak hash": remade(other_digest_algorithm),
    "an algorithm that differs": remade(other_signature_algorithm),
    "in another spelling": remade(padded_signature, resign=False),
    "of indefinite length": respelt(of_indefinite_length),
    "of a length too long": respelt(of_long_length),
    "a byte more": respelt(lambda der: der + b"\x00"),
    "two signers": respelt(two_signers),
    "without certificates": respelt(without_certificates),
    "stamped by the platform": stamped_by_the_platform,
    "stamped for another": stamped_before,
    "a token with a byte more": token_with_a_byte_more,
    "below no authority": below_no_authority,
    "by nobody known": by_nobody_known,
    "with another key": with_another_key,
}
