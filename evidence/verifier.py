"""和议存证包独立验证程序 / Stand-alone verifier of Heyi evidence bundles and signed agreements.

    python3 verify.py 存证包.zip [--anchor 根证书指纹] [--json]
    python3 verify.py 协议书.pdf [--anchor 根证书指纹] [--json]

It needs Python 3.9 or later and the package `cryptography` (42 or later); no server, no network. Exit code 0: everything that was
checked holds; 1: not. The same file is `evidence.verifier` in the project and `verify.py` in every bundle.

Rules
- The ZIP is canonical: names sorted and safe, nothing compressed, fixed times, no extras, no byte unaccounted for.
- Every file is in the manifest with its SHA-256, and every file of the manifest is there. Where the manifest says so (`hashes`), or the chain says
  that it should, every file and every segment is listed with its SM3 (GB/T 32905) as well.
- The manifest is canonical JSON, signed (CMS, RFC 5652) and timestamped (RFC 3161).
- The ledger is one unbroken chain that ends at the manifest's head; payloads belong to their entries.
- The recording that an agreement cites is what the ledger told of it until then: the hash and time of the newest entry `recording.segment` among the first
  `through`, and how many segments these name; the file says the same as the entry that froze it (`agreement.frozen`, or `oral.concluded` of a form).
- Every signature of the PDF holds, was made in the right order by the expected certificate, has zero padding and a trusted time at which
  its certificates were valid; the last one covers the file to its last byte; no field is left unsigned.
- All certificates lead to a root: signatures to one, timestamps to that or to one of their own. Whoever signs everything anew under a root of his own is found only with `--anchor`, the fingerprint
  printed on the agreement and on the committee's page. Without it the verdict reads 内部一致，出处未核.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import sys
import unicodedata
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # pragma: no cover
    sys.exit("缺少 cryptography 组件，请运行 / please run: pip install cryptography")

FORMAT = "heyi-evidence/1"
LEAP_MS = 1000
"""Nodes' clocks may differ by so much."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 (Python 3.9)
GENESIS = "0" * 64
MAX_FILES = 65_000
MAX_BYTES = 2**32 - 2**20
MAX_IN_MEMORY = 64 * 2**20
MAX_NAME = 200
MANIFEST_FILES = ("manifest.json", "manifest.p7s", "manifest.tsr")
PROFILES = ("full", "court_success", "court_failure", "party", "caucus")
ORAL_FORM = "oral/registration.pdf"
WITHOUT_RECORDINGS = ("court_success", "court_failure", "party")
HASHES = ["sha256"]
HASHES_WITH_SM3 = ["sha256", "sm3"]
ORDER = {"platform": 0, "party": 1, "mediator": 2, "recorder": 3, "committee": 4, "paper": 4}

# ---------------------------------------------------------------------------------------------------------------- report


@dataclass
class Check:
    """One rule: a stable code, `ok`, `warn` or `fail`, and what was found."""

    code: str
    status: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What holds and what does not. `anchored` is True when every root is the given anchor, None when none was given."""

    kind: str
    checks: list[Check] = field(default_factory=list)
    signers: list[dict[str, Any]] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    anchored: bool | None = None
    platform_key: bytes = b""
    """Of who certified the agreement."""

    def add(self, code: str, holds: bool, **detail: Any) -> bool:
        self.checks.append(Check(code, "ok" if holds else "fail", detail))
        return holds

    def warn(self, code: str, **detail: Any) -> None:
        self.checks.append(Check(code, "warn", detail))

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(check.status != "fail" for check in self.checks)

    @property
    def verdict(self) -> str:
        if not self.ok:
            return "不成立"
        return "成立，出处已核" if self.anchored else "内部一致，出处未核"

    def plain(self) -> dict[str, Any]:
        checks = [{"code": check.code, "status": check.status, **check.detail} for check in self.checks]
        return {"kind": self.kind, "verdict": self.verdict, "ok": self.ok, "signers": self.signers, "roots": self.roots, "checks": checks}


class Broken(Exception):
    """Something does not hold; `code` is stable."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


DAMAGED = (
    Broken,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What reading a damaged file raises, here and inside `cryptography`."""

# ------------------------------------------------------------------------------------------------------------------- DER


class Node:
    """One DER element: `tag`, `raw` with header, `body` without. Only definite, minimal lengths and single-byte tags are read."""

    __slots__ = ("body", "raw", "tag")

    tag: int
    raw: bytes
    body: bytes

    def __init__(self, data: bytes) -> None:
        node, rest = take_node(data)
        if rest:
            raise Broken("der_trailing_bytes")
        self.tag, self.raw, self.body = node.tag, node.raw, node.body

    def children(self) -> list[Node]:
        found, rest = [], self.body
        while rest:
            node, rest = take_node(rest)
            found.append(node)
        return found

    def want(self, tag: int) -> Node:
        if self.tag != tag:
            raise Broken("der_unexpected_tag", expected=tag, found=self.tag)
        return self


def take_node(data: bytes) -> tuple[Node, bytes]:
    """The first element of `data` and what follows it."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise Broken("der_malformed")
    length, head = data[1], 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or len(data) < 2 + count:
            raise Broken("der_malformed")
        head = 2 + count
        length = int.from_bytes(data[2:head], "big")
        if length < 0x80 or data[2] == 0:
            raise Broken("der_malformed")
    if len(data) < head + length:
        raise Broken("der_malformed")
    node = Node.__new__(Node)
    node.tag, node.raw, node.body = data[0], data[: head + length], data[head : head + length]
    return node, data[head + length :]


def oid(body: bytes) -> str:
    numbers, value = [], 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    if not numbers or body[-1] >= 0x80:
        raise Broken("der_malformed")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, GENERALIZED_TIME = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x18
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": ("sha256", hashes.SHA256()),
    "2.16.840.1.101.3.4.2.2": ("sha384", hashes.SHA384()),
    "2.16.840.1.101.3.4.2.3": ("sha512", hashes.SHA512()),
}
ECDSA = {"1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512"}
RSA = {
    "1.2.840.113549.1.1.1": None,
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
SIGNED_DATA, DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE_V2, SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.47", "1.2.840.113549.1.9.16.2.14"

# ------------------------------------------------------------------------------------------------------------------- CMS


class Cms:
    """A CMS SignedData with exactly one signer, read strictly. `signature_holds` checks it against its content."""

    digest: str
    certificate: x509.Certificate

    def __init__(self, data: bytes) -> None:
        kind, wrapped = Node(data).want(SEQUENCE).children()
        if oid(kind.want(OID).body) != SIGNED_DATA:
            raise Broken("not_signed_data")
        version, digests, encapsulated, *rest = Node(wrapped.want(CONTEXT_0).body).want(SEQUENCE).children()
        inner = encapsulated.want(SEQUENCE).children()
        self.content_type = oid(inner[0].want(OID).body)
        self.content = Node(inner[1].want(CONTEXT_0).body).want(OCTETS).body if len(inner) == 2 else None
        if len(inner) > 2 or version.raw != (b"\x02\x01\x01" if self.content_type == DATA else b"\x02\x01\x03"):
            raise Broken("cms_malformed")
        bag, signers = (rest[0], rest[1]) if len(rest) == 2 else (None, None)
        if bag is None or signers is None:
            raise Broken("cms_without_certificates")
        self.certificates = [load_certificate(node.want(SEQUENCE).raw) for node in bag.want(CONTEXT_0).children()]
        found = signers.want(SET).children()
        if len(found) != 1:
            raise Broken("cms_not_one_signer", signers=len(found))
        self._read_signer(found[0])
        if [algorithm(node) for node in digests.want(SET).children()] != [self.digest]:
            raise Broken("cms_malformed")

    def _read_signer(self, node: Node) -> None:
        parts = node.want(SEQUENCE).children()
        if len(parts) not in (6, 7) or parts[0].raw != b"\x02\x01\x01":
            raise Broken("cms_malformed")
        self.digest = algorithm(parts[2])
        if self.digest not in DIGESTS:
            raise Broken("digest_not_allowed", oid=self.digest)
        issuer, serial = parts[1].want(SEQUENCE).children()
        number = int.from_bytes(serial.want(INTEGER).body, "big")
        named = [c for c in self.certificates if c.serial_number == number and c.issuer.public_bytes() == issuer.raw]
        if len(named) != 1:
            raise Broken("signer_certificate_missing")
        self.certificate = named[0]
        self.signed = attributes(parts[3].want(CONTEXT_0))
        self._signed_bytes = b"\x31" + parts[3].raw[1:]
        self.algorithm = algorithm(parts[4])
        self.signature = parts[5].want(OCTETS).body
        self.unsigned = attributes(parts[6].want(CONTEXT_1)) if len(parts) == 7 else {}

    def signature_holds(self, digest: bytes) -> None:
        """Raise `Broken` unless the signature holds over content with this digest (made with `hash_name`)."""
        content_type, message = self._one(CONTENT_TYPE), self._one(MESSAGE_DIGEST)
        if oid(content_type.want(OID).body) != self.content_type:
            raise Broken("cms_content_type")
        if message.want(OCTETS).body != digest:
            raise Broken("digest_differs")
        self._check_own_certificate()
        name, algorithm_ = DIGESTS[self.digest]
        key = self.certificate.public_key()
        try:
            if isinstance(key, ec.EllipticCurvePublicKey) and ECDSA.get(self.algorithm) == name:
                key.verify(self.signature, self._signed_bytes, ec.ECDSA(algorithm_))
            elif isinstance(key, rsa.RSAPublicKey) and RSA.get(self.algorithm, "") in (None, name):
                key.verify(self.signature, self._signed_bytes, padding.PKCS1v15(), algorithm_)
            else:
                raise Broken("algorithm_not_allowed", oid=self.algorithm)
        except InvalidSignature:
            raise Broken("signature_invalid") from None

    @property
    def hash_name(self) -> str:
        return DIGESTS[self.digest][0]

    def _one(self, name: str) -> Node:
        if len(self.signed.get(name, [])) != 1:
            raise Broken("cms_attribute_missing", oid=name)
        return self.signed[name][0]

    def _check_own_certificate(self) -> None:
        """ESS signing-certificate-v2 (RFC 5035): the signature names the hash of its own certificate."""
        first = self._one(SIGNING_CERTIFICATE_V2).want(SEQUENCE).children()[0].want(SEQUENCE).children()[0]
        parts = first.want(SEQUENCE).children()
        name = DIGESTS[algorithm(parts.pop(0))][0] if parts[0].tag == SEQUENCE else "sha256"
        if hashlib.new(name, der_of(self.certificate)).digest() != parts[0].want(OCTETS).body:
            raise Broken("other_certificate")


def algorithm(node: Node) -> str:
    parts = node.want(SEQUENCE).children()
    if len(parts) > 2 or (len(parts) == 2 and parts[1].raw != b"\x05\x00"):
        raise Broken("cms_malformed")
    return oid(parts[0].want(OID).body)


def attributes(node: Node) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for attribute in node.children():
        name, values = attribute.want(SEQUENCE).children()
        key = oid(name.want(OID).body)
        if key in found:
            raise Broken("cms_attribute_repeated", oid=key)
        found[key] = values.want(SET).children()
    return found


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate in its one spelling: the signature's bit string has no unused bits, which nothing else would cover."""
    parts = Node(der).want(SEQUENCE).children()
    if len(parts) != 3 or parts[2].want(BITS).body[:1] != b"\x00":
        raise Broken("certificate_malformed")
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise Broken("certificate_malformed", reason=str(error)[:200]) from None


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(der_of(certificate)).hexdigest()


def key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def common_name(certificate: x509.Certificate) -> str:
    """The subject's name: X.520 `name` where the common name had to be cut, else the common name."""
    subject = certificate.subject
    names = subject.get_attributes_for_oid(x509.ObjectIdentifier("2.5.4.41")) or subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


# ---------------------------------------------------------------------------------------------- time, chain, revocation


@dataclass
class Trusted:
    """What leads from a certificate to its root: certificates of the bundle and revocation lists."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    lists: list[x509.CertificateRevocationList] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)


def check_timestamp(token: bytes, stamped: bytes, trusted: Trusted) -> tuple[datetime, x509.Certificate]:
    """The trusted time of an RFC 3161 token over the data `stamped`, and its root. Raises `Broken`."""
    return check_token(token, lambda name: hashlib.new(name, stamped).digest(), trusted)


def check_token(token: bytes, digest_of: Any, trusted: Trusted) -> tuple[datetime, x509.Certificate]:
    """The same where only digests are known: `digest_of` gives the one of a hash function by its name."""
    cms = Cms(token)
    if cms.content_type != TST_INFO or cms.content is None:
        raise Broken("not_a_timestamp")
    cms.signature_holds(hashlib.new(cms.hash_name, cms.content).digest())
    parts = Node(cms.content).want(SEQUENCE).children()
    if parts[0].raw != b"\x02\x01\x01":
        raise Broken("timestamp_malformed")
    kind, imprint = parts[2].want(SEQUENCE).children()
    name = DIGESTS.get(algorithm(kind), ("",))[0]
    if not name or imprint.want(OCTETS).body != digest_of(name):
        raise Broken("timestamp_of_something_else")
    try:
        text = parts[4].want(GENERALIZED_TIME).body.decode("ascii")
        at = datetime.strptime(text.split(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)  # noqa: UP017 (Python 3.9)
    except ValueError:
        raise Broken("timestamp_malformed") from None
    usage = cms.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
        raise Broken("not_a_timestamp_certificate")
    return at, check_chain_of(cms, at, trusted)


def check_chain_of(cms: Cms, at: datetime, trusted: Trusted) -> x509.Certificate:
    """Follow the signer's certificate to its root, all valid at `at`; every certificate that was sent along must be used."""
    pool = {fingerprint(certificate): certificate for certificate in [*cms.certificates, *trusted.certificates]}
    current, used = cms.certificate, {fingerprint(cms.certificate)}
    for _ in range(8):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise Broken("certificate_not_valid_then", certificate=common_name(current), at=at.isoformat())
        issuer = next((c for c in pool.values() if issued_by(current, c)), None)
        if issuer is None:
            raise Broken("chain_incomplete", certificate=common_name(current))
        if issuer == current:
            if {fingerprint(certificate) for certificate in cms.certificates} - used:
                raise Broken("stray_certificate")
            return current
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca:
            raise Broken("issuer_is_no_authority", certificate=common_name(issuer))
        check_revocation(current, issuer, at, trusted)
        current = issuer
        used.add(fingerprint(issuer))
    raise Broken("chain_too_long")


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def check_revocation(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, trusted: Trusted) -> None:
    lists = [crl for crl in trusted.lists if crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())]  # type: ignore[arg-type]
    if not lists:
        trusted.unlisted.add(common_name(certificate))
    for crl in lists:
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            raise Broken("certificate_revoked", certificate=common_name(certificate))


# ------------------------------------------------------------------------------------------------------------------- PDF

BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
OBJECT = re.compile(rb"(?:^|[\r\n])(\d{1,10}) (\d{1,5}) obj\b")
FIELD_NAME = re.compile(rb"/T\s*\(([^()\\]{1,100})\)")


@dataclass
class PdfSignature:
    """One signature as it lies in the file. `end` is where its revision ends."""

    number: int
    name: str
    end: int
    contents: bytes
    digest_parts: tuple[bytes, bytes]
    is_timestamp: bool

    def covered(self) -> bytes:
        return self.digest_parts[0] + self.digest_parts[1]


def read_pdf_signatures(data: bytes) -> list[PdfSignature]:
    """Every signature dictionary, in the order of their revisions. Raises `Broken`."""
    found = []
    matches = list(BYTE_RANGE.finditer(data))
    if len(matches) != data.count(b"/ByteRange"):
        raise Broken("byte_range_malformed")
    objects = [(match.start(1), int(match[1])) for match in OBJECT.finditer(data)]
    names = _field_names(data)
    for match in matches:
        zero, first, second, length = (int(match[n]) for n in range(1, 5))
        if zero != 0 or not first < second <= second + length <= len(data):
            raise Broken("byte_range_malformed")
        hole = data[first:second]
        if hole[:1] != b"<" or hole[-1:] != b">" or not first < match.start() < second + length or not data[:first].endswith(b"/Contents "):
            raise Broken("byte_range_elsewhere")
        number = max((start, number) for start, number in objects if start < first)[1]
        found.append(
            PdfSignature(
                number,
                names.get(number, ""),
                second + length,
                hole[1:-1],
                (data[:first], data[second : second + length]),
                re.search(rb"/SubFilter\s*/ETSI\.RFC3161\b", _object_around(data, first)) is not None,
            )
        )
    return sorted(found, key=lambda signature: signature.end)


def _object_around(data: bytes, at: int) -> bytes:
    start, end = data.rfind(b" obj", 0, at), data.find(b"endobj", at)
    return data[start : end if end >= 0 else len(data)]


def _field_names(data: bytes) -> dict[int, str]:
    """Object number of a signature → name of the field that points at it."""
    names = {}
    for match in re.finditer(rb"/V\s+(\d{1,10})\s+\d{1,5}\s+R\b", data):
        name = FIELD_NAME.search(_object_around(data, match.start()))
        if name:
            names[int(match[1])] = name[1].decode("latin-1")
    return names


def signature_fields(data: bytes) -> set[str]:
    """Names of all signature fields, signed or not."""
    found = set()
    for match in re.finditer(rb"/FT\s*/Sig\b", data):
        name = FIELD_NAME.search(_object_around(data, match.start()))
        found.add(name[1].decode("latin-1") if name else "")
    return found


def unpad(contents: bytes) -> bytes:
    """The DER inside /Contents; what follows it must be zero. Upper-case hexadecimal only: one spelling, no room for notes."""
    if not re.fullmatch(rb"[0-9A-F]+", contents) or len(contents) % 2:
        raise Broken("contents_malformed")
    raw = bytes.fromhex(contents.decode("ascii"))
    node, padding_bytes = take_node(raw)
    if padding_bytes.strip(b"\x00"):
        raise Broken("padding_not_zero")
    return node.raw


def role_of(name: str) -> str:
    """Platform, Party1…, Mediator, Recorder, Seal → the signer's role; PaperSeal is the committee's seal on the file of what was signed on paper."""
    roles = {"Platform": "platform", "Mediator": "mediator", "Recorder": "recorder", "Seal": "committee", "PaperSeal": "paper"}
    return roles.get(name) or ("party" if re.fullmatch(r"Party[1-9][0-9]?", name) else "unknown")


def check_pdf(data: bytes, expected: list[dict[str, str]] | None, trusted: Trusted, report: Report) -> None:
    """All signatures of a PDF, each at its own trusted time. `expected`: field, name and certificate of every signer, from the manifest."""
    try:
        signatures = read_pdf_signatures(data)
    except DAMAGED as error:
        report.add("pdf_structure", False, **reason_of(error))
        return
    report.add("pdf_signed", bool(signatures), signatures=len(signatures))
    times: list[datetime] = []
    for signature in signatures:
        _check_pdf_signature(data, signature, trusted, report, times)
    if not signatures:
        return
    last = signatures[-1]
    report.add("pdf_covers_everything", last.end == len(data), uncovered=len(data) - last.end)
    stamps = [signature for signature in signatures if signature.is_timestamp]
    report.add("pdf_closed_by_timestamp", last.is_timestamp and signatures[-len(stamps) :] == stamps, timestamps=len(stamps))
    if len(stamps) > 1 and len(times) == len(signatures):
        # Each was still believed when the next one was put over it (ETSI EN 319 142-1, 6.3).
        ends = [Cms(unpad(stamp.contents)).certificate.not_valid_after_utc for stamp in stamps]
        held = all(at <= end for end, at in zip(ends, times[-len(stamps) + 1 :]))  # noqa: B905 (Python 3.9)
        report.add("pdf_renewed_in_time", held)
    report.add("pdf_times_in_order", all(a <= b for a, b in zip(times, times[1:])))  # noqa: B905, RUF007 (Python 3.9)
    unsigned = signature_fields(data) - {signature.name for signature in signatures}
    report.add("pdf_all_fields_signed", not unsigned, unsigned=sorted(unsigned))
    _check_signers([signature for signature in signatures if not signature.is_timestamp], expected, report)


def _check_pdf_signature(data: bytes, signature: PdfSignature, trusted: Trusted, report: Report, times: list[datetime]) -> None:
    detail: dict[str, Any] = {"field": signature.name}
    try:
        der = unpad(signature.contents)
        if not data[: signature.end].endswith((b"%%EOF", b"%%EOF\n", b"%%EOF\r\n")):
            raise Broken("revision_end")
        if signature.is_timestamp:
            at, root = check_timestamp(der, signature.covered(), trusted)
            detail["at"] = at.isoformat()
        else:
            cms = Cms(der)
            if cms.content_type != DATA or cms.content is not None:
                raise Broken("cms_not_detached")
            cms.signature_holds(hashlib.new(cms.hash_name, signature.covered()).digest())
            tokens = cms.unsigned.get(SIGNATURE_TIMESTAMP, [])
            if len(tokens) != 1 or len(cms.unsigned) != 1:
                raise Broken("no_trusted_time")
            at, stamp_root = check_timestamp(tokens[0].raw, cms.signature, trusted)
            root = check_chain_of(cms, at, trusted)
            add_root(report, stamp_root)
            detail.update(name=common_name(cms.certificate), at=at.isoformat(), certificate=fingerprint(cms.certificate))
            report.signers.append({**detail, "role": role_of(signature.name)})
            if role_of(signature.name) == "platform":
                report.platform_key = key_of(cms.certificate)
        add_root(report, root)
        times.append(at)
        report.add("pdf_signature", True, **detail)
    except DAMAGED as error:
        report.add("pdf_signature", False, **detail, **reason_of(error))


def _check_signers(signatures: list[PdfSignature], expected: list[dict[str, str]] | None, report: Report) -> None:
    roles = [role_of(signature.name) for signature in signatures]
    ranks = [ORDER.get(role, -1) for role in roles]
    whole = roles.count("platform") == roles.count("mediator") == roles.count("committee") == 1 and roles.count("party") >= 2
    # On paper the people signed by hand: the platform and the committee vouch for the pictures of it, and nobody else signs the file.
    on_paper = roles == ["platform", "paper"]
    whole = on_paper or (whole and "paper" not in roles)
    report.add("pdf_signing_order", -1 not in ranks and ranks == sorted(ranks) and whole, order=[s.name for s in signatures])
    if on_paper:
        report.warn("signed_on_paper")
    if expected is None:
        report.warn("expected_signers_unknown")
        return
    wanted = {(item["field"], item["certificate"], item["name"]) for item in expected}
    found = {(item["field"], item["certificate"], item["name"]) for item in report.signers}
    report.add("expected_signers", wanted == found and len(found) == len(signatures), missing=sorted(item[0] for item in wanted - found))


def reason_of(error: Exception) -> dict[str, Any]:
    if isinstance(error, Broken):
        return {"reason": error.code, **error.detail}
    return {"reason": "malformed", "message": str(error)[:200]}


def add_root(report: Report, root: x509.Certificate) -> None:
    if fingerprint(root) not in report.roots:
        report.roots.append(fingerprint(root))


# ------------------------------------------------------------------------------------------------------------------- ZIP

LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
FLAGS, VERSION, MADE_BY, DATE, MODE = 0x0800, 20, 0x0314, 0x0021, 0o100644 << 16


@dataclass
class Member:
    """One stored file: name, CRC-32, size, and where its local header begins."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def start(self) -> int:
        return self.offset + LOCAL.size + len(self.name.encode())


def local_header(member: Member) -> bytes:
    name = member.name.encode()
    return LOCAL.pack(b"PK\x03\x04", VERSION, FLAGS, 0, 0, DATE, member.crc, member.size, member.size, len(name), 0) + name


def central_record(member: Member) -> bytes:
    name = member.name.encode()
    head = CENTRAL.pack(
        b"PK\x01\x02", MADE_BY, VERSION, FLAGS, 0, 0, DATE, member.crc, member.size, member.size, len(name), 0, 0, 0, 0, MODE, member.offset
    )
    return head + name


def end_record(members: list[Member], offset: int) -> bytes:
    size = sum(len(central_record(member)) for member in members)
    return END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), size, offset, 0)


def safe_name(name: str) -> bool:
    """A relative path of plain parts: nothing that leaves the folder, nothing that a file system spells in two ways."""
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and part == part.strip(" .") for part in parts)
    printable = all(character.isprintable() and character not in '\\:*?"<>|' for character in name)
    return plain and printable and len(name.encode()) <= MAX_NAME and unicodedata.normalize("NFC", name) == name


def read_zip(file: BinaryIO, size: int) -> list[Member]:
    """The members of a canonical ZIP, in order; every byte outside their content equals the canonical rebuild. Raises `Broken`."""
    if not END.size <= size <= MAX_BYTES:
        raise Broken("zip_size", size=size)
    file.seek(size - END.size)
    tail = file.read(END.size)
    magic, _, _, _, count, length, offset, _ = END.unpack(tail)
    if magic != b"PK\x05\x06" or count > MAX_FILES or offset + length + END.size != size:
        raise Broken("zip_end")
    if length > count * (CENTRAL.size + MAX_NAME):
        raise Broken("zip_directory")
    file.seek(offset)
    directory, members, at = file.read(length), [], 0
    for _ in range(count):
        if at + CENTRAL.size > len(directory):
            raise Broken("zip_directory")
        record = CENTRAL.unpack_from(directory, at)
        try:
            name = directory[at + CENTRAL.size : at + CENTRAL.size + record[10]].decode()
        except UnicodeDecodeError:
            raise Broken("zip_name") from None
        members.append(Member(name, record[7], record[9], record[16]))
        at += CENTRAL.size + record[10]
    _check_members(file, members, directory, tail, offset)
    return members


def _check_members(file: BinaryIO, members: list[Member], directory: bytes, tail: bytes, offset: int) -> None:
    names = [member.name for member in members]
    unsafe = [name for name in names if not safe_name(name)]
    if unsafe:
        raise Broken("zip_unsafe_name", name=unsafe[0][:200])
    if names != sorted(set(names), key=str.encode) or len({name.upper().lower() for name in names}) != len(names):
        raise Broken("zip_names_not_sorted_or_doubled")
    position = 0
    for member in members:
        header = local_header(member)
        file.seek(position)
        if member.offset != position or file.read(len(header)) != header:
            raise Broken("zip_not_canonical", name=member.name)
        position += len(header) + member.size
    if position != offset or directory != b"".join(map(central_record, members)) or tail != end_record(members, offset):
        raise Broken("zip_not_canonical", name="")


def pieces(file: BinaryIO, start: int, size: int) -> Any:
    if size < 0:
        raise Broken("size_negative")
    file.seek(start)
    while size:
        piece = file.read(min(size, 2**20))
        if not piece:
            raise Broken("zip_truncated")
        size -= len(piece)
        yield piece


def content_of(file: BinaryIO, member: Member) -> bytes:
    if member.size > MAX_IN_MEMORY:
        raise Broken("file_too_large", name=member.name, limit=MAX_IN_MEMORY)
    return b"".join(pieces(file, member.start, member.size))


# ---------------------------------------------------------------------------------------------------------------- bundle


def canonical_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def strict_json(data: bytes) -> Any:
    """Canonical JSON: exactly one spelling, no floats, no repeated keys."""

    def no_float(text: str) -> None:
        raise Broken("json_float", value=text[:40])

    try:
        value = json.loads(data, parse_float=no_float, parse_constant=no_float)
        if canonical_json(value) != data:
            raise Broken("json_not_canonical")
    except (ValueError, RecursionError):
        raise Broken("json_malformed") from None
    return value


def lines_of(data: bytes) -> Any:
    """One after the other: a file of nothing but line ends is refused at the first, and costs no memory."""
    start = 0
    for end in re.finditer(rb"\r\n|\r|\n", data):
        yield data[start : end.start()]
        start = end.end()
    if start < len(data):
        yield data[start:]


def check_bundle(file: BinaryIO, size: int, report: Report) -> None:
    try:
        members = {member.name: member for member in read_zip(file, size)}
    except Broken as broken:
        report.add("zip_canonical", False, **reason_of(broken))
        return
    report.add("zip_canonical", True, files=len(members))
    found = _hash_members(file, members, report)
    missing = [name for name in (*MANIFEST_FILES, "ledger.jsonl", "verify.py", "说明.txt") if name not in members]
    if not report.add("files_required", not missing, missing=missing):
        return
    try:
        raw = content_of(file, members["manifest.json"])
        manifest = strict_json(raw)
        _check_manifest_shape(manifest)
    except DAMAGED as error:
        report.add("manifest_form", False, **reason_of(error))
        return
    report.add("manifest_form", True)
    trusted = _read_anchors(file, members, report)
    signer, key = _check_manifest_signature(
        raw, content_of(file, members["manifest.p7s"]), content_of(file, members["manifest.tsr"]), trusted, report
    )
    listed = {item["path"]: (item["sha256"], item["size"]) for item in manifest["files"]}
    present = {name: value for name, value in found.items() if name not in MANIFEST_FILES}
    missing, unlisted = sorted(listed.keys() - present.keys()), sorted(present.keys() - listed.keys())
    differing = sorted(name for name in listed.keys() & present.keys() if listed[name] != present[name])
    once = len(listed) == len(manifest["files"])
    right = once and not (missing or unlisted or differing)
    report.add("files_match_manifest", right, missing=missing[:20], unlisted=unlisted[:20], differing=differing[:20])
    if "merkle_root" in manifest:
        report.add("merkle_root", manifest["merkle_root"] == merkle_root(manifest["files"]), root=manifest["merkle_root"])
    if "volume" in manifest:
        elsewhere = sorted(item["path"] for item in manifest["elsewhere"])
        report.warn("other_volumes", **manifest["volume"], names=elsewhere[:20])
    if manifest.get("damaged"):
        report.warn("recordings_damaged", names=sorted(item["segment"] for item in manifest["damaged"])[:20])
    _check_sm3(file, members, manifest, report)
    entries = _check_ledger(file, members, manifest["ledger"], report)
    _check_recordings(file, members, manifest, entries, report)
    _check_entered(file, members, found, manifest, entries, report)
    _check_cited(file, members, entries, report)
    agreement = manifest["agreement"]
    if manifest.get("profile", "full") == "court_success":
        # What a court is asked to confirm: signed, or by word of mouth with its form.
        report.add("agreement_enclosed", agreement is not None or ORAL_FORM in members, profile="court_success")
    if agreement:
        path = agreement["path"]
        right = path in members and found[path][0] == agreement["sha256"]
        gone = {} if path in members else {"reason": "agreement_missing"}
        if report.add("agreement_is_final", right, sha256=agreement["sha256"], **gone):
            check_pdf(content_of(file, members[path]), manifest["signers"], trusted, report)
            platform = [item["certificate"] for item in manifest["signers"] if item["field"] == "Platform"]
            # A certificate that was renewed since is another one of the same key.
            report.add("manifest_by_platform", len(platform) == 1 and bool(signer) and (platform == [signer] or key == report.platform_key))
    if trusted.unlisted:
        report.warn("revocation_unknown", certificates=sorted(trusted.unlisted))


def _hash_members(file: BinaryIO, members: dict[str, Member], report: Report) -> dict[str, tuple[str, int]]:
    found, damaged = {}, []
    for member in members.values():
        digest, crc = hashlib.sha256(), 0
        for piece in pieces(file, member.start, member.size):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
        found[member.name] = (digest.hexdigest(), member.size)
        if crc != member.crc:
            damaged.append(member.name)
    report.add("zip_checksums", not damaged, damaged=damaged[:20])
    return found


def _check_manifest_shape(manifest: Any) -> None:
    keys = {"format", "case", "created_at", "agreement", "signers", "ledger", "recordings", "caucus", "files"}
    # Bundles of earlier versions were all made whole, and said nothing of it.
    more = {"profile", "hashes", "merkle_root", "volume", "elsewhere", "damaged"}
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not keys <= manifest.keys() <= keys | more:
        raise Broken("manifest_keys")
    digests = ["sha256"]
    if "hashes" in manifest:
        if manifest["hashes"] != HASHES_WITH_SM3:
            raise Broken("manifest_hashes")
        digests.append("sm3")
    if manifest.get("profile", "full") not in PROFILES:
        raise Broken("manifest_profile")
    for item in manifest["files"]:
        if item.keys() != {"path", "size", *digests} or not all(re.fullmatch("[0-9a-f]{64}", item[name]) for name in digests):
            raise Broken("manifest_files")
    for item in manifest["signers"]:
        if item.keys() != {"field", "name", "role", "certificate"} or item["role"] != role_of(item["field"]):
            raise Broken("manifest_signers")
    if manifest["agreement"] is not None and manifest["agreement"].keys() != {"path", "sha256", "content_sha256"}:
        raise Broken("manifest_agreement")
    if manifest["ledger"].keys() != {"path", "chain", "entries", "head"} or not isinstance(manifest["recordings"], list):
        raise Broken("manifest_ledger")
    _check_volume_shape(manifest)


def _check_volume_shape(manifest: dict[str, Any]) -> None:
    """Of a bundle in several volumes, and of recordings that are damaged."""
    if ("volume" in manifest) != ("elsewhere" in manifest):
        raise Broken("manifest_volume")
    if "volume" in manifest:
        volume = manifest["volume"]
        if volume.keys() != {"number", "of"} or not 1 <= _count(volume["number"]) <= _count(volume["of"]):
            raise Broken("manifest_volume")
    for item in manifest.get("elsewhere", []):
        if item.keys() != {"path", "sha256", "size"} or not item["path"].startswith("recordings/"):
            raise Broken("manifest_volume")
        _hashed({"sha256": item["sha256"], "bytes": item["size"]})
    for item in manifest.get("damaged", []):
        if item.keys() != {"track", "segment", "at"} or not all(type(value) is str for value in item.values()):
            raise Broken("manifest_damaged")


def merkle_root(files: list[dict[str, Any]]) -> str:
    """The root over what a manifest lists of its files, in that order: RFC 6962, section 2.1, SHA-256, each leaf one canonical JSON object. Lower-case hex."""
    level = [hashlib.sha256(b"\0" + canonical_json(item)).digest() for item in files]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + one + two).digest() for one, two in zip(level[::2], level[1::2])]  # noqa: B905 (Python 3.9)
        # A last one without a partner goes up as it is: the same tree as by splitting at the largest power of two.
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()


def _read_anchors(file: BinaryIO, members: dict[str, Member], report: Report) -> Trusted:
    trusted = Trusted()
    for name, member in members.items():
        if not name.startswith("anchors/"):
            continue
        try:
            if name.endswith(".crt"):
                trusted.certificates.append(load_certificate(content_of(file, member)))
            elif name.endswith(".crl"):
                trusted.lists.append(x509.load_der_x509_crl(content_of(file, member)))
        except DAMAGED as error:
            report.add("anchors", False, name=name, **reason_of(error))
    return trusted


def _check_manifest_signature(manifest: bytes, p7s: bytes, token: bytes, trusted: Trusted, report: Report) -> tuple[str, bytes]:
    """The certificate's fingerprint and the key of whoever signed the manifest; empty when that does not hold."""
    try:
        at, stamp_root = check_timestamp(token, p7s, trusted)
        cms = Cms(p7s)
        if cms.content_type != DATA or cms.content is not None or cms.unsigned:
            raise Broken("cms_not_detached")
        cms.signature_holds(hashlib.new(cms.hash_name, manifest).digest())
        root = check_chain_of(cms, at, trusted)
    except DAMAGED as error:
        report.add("manifest_signature", False, **reason_of(error))
        return "", b""
    add_root(report, stamp_root)
    add_root(report, root)
    report.add("manifest_signature", True, name=common_name(cms.certificate), at=at.isoformat())
    return fingerprint(cms.certificate), key_of(cms.certificate)


def _check_ledger(file: BinaryIO, members: dict[str, Member], stated: dict[str, Any], report: Report) -> list[dict[str, Any]]:
    """The entries, where the chain and what lies beside it hold; else none."""
    try:
        entries = [strict_json(line) for line in lines_of(content_of(file, members[stated["path"]]))]
        previous = GENESIS
        for seq, entry in enumerate(entries, 1):
            if entry.keys() != {"chain", "seq", "at", "kind", "payload_hash", "prev_hash", "entry_hash"}:
                raise Broken("ledger_entry_form", seq=seq)
            parts = [1, entry["chain"], entry["seq"], entry["at"], entry["kind"], entry["payload_hash"], entry["prev_hash"]]
            right = hashlib.sha256(canonical_json(parts)).hexdigest() == entry["entry_hash"]
            if not right or entry["prev_hash"] != previous or entry["seq"] != seq or entry["chain"] != stated["chain"]:
                raise Broken("ledger_broken", seq=seq)
            previous = entry["entry_hash"]
        if previous != stated["head"] or len(entries) != stated["entries"]:
            raise Broken("ledger_cut", seq=len(entries))
        report.add("ledger", True, entries=len(entries))
        _check_times(entries, report)
        bounds = [entry["kind"] for entry in entries if entry["kind"] in ("session.opened", "session.ended")]
        if bounds and bounds[-1] == "session.opened":
            report.warn("session_open")
        return entries if _check_payloads(file, members, entries, report) else []
    except DAMAGED as error:
        report.add("ledger", False, **reason_of(error))
        return []


def _check_times(entries: list[dict[str, Any]], report: Report) -> None:
    """Entries follow one another in time; where a clock was set back, the chain says so itself."""
    back, last = [], 0
    for entry in entries:
        at = _milliseconds(entry["at"])
        if at + LEAP_MS < last and entry["kind"] != "clock.moved_back":
            back.append(entry["seq"])
        last = at
    report.add("ledger_times", not back, entries=back[:20], jumps=sum(entry["kind"] == "clock.moved_back" for entry in entries))


def _milliseconds(text: str) -> int:
    if not re.fullmatch(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z", text):
        raise Broken("ledger_time_form", at=text[:40])
    return (datetime.fromisoformat(text[:19] + "+00:00") - EPOCH) // timedelta(milliseconds=1) + int(text[20:23])


def _check_payloads(file: BinaryIO, members: dict[str, Member], entries: list[dict[str, Any]], report: Report) -> bool:
    payloads = {name: member for name, member in members.items() if name.startswith("payloads/")}
    names = {f"payloads/{entry['seq']:06d}.json": entry for entry in entries}
    wrong = sorted(payloads.keys() - names.keys())
    for name in payloads.keys() & names.keys():
        beside = strict_json(content_of(file, payloads[name]))
        hashed = hashlib.sha256(bytes.fromhex(beside["salt"]) + canonical_json(beside["payload"])).hexdigest()
        if beside.keys() != {"salt", "payload"} or hashed != names[name]["payload_hash"]:
            wrong.append(name)
    return report.add("payloads", not wrong, wrong=wrong[:20], withheld=len(names) - len(payloads))


def _check_sm3(file: BinaryIO, members: dict[str, Member], manifest: dict[str, Any], report: Report) -> None:
    """Where SM3 is listed, that of every file and of every segment is the one listed."""
    if "hashes" not in manifest:
        return
    try:
        _sm3_of(file, 0, 0)
    except UnsupportedAlgorithm:
        report.warn("sm3_not_checked")
        return
    wrong, found = [], {}
    try:
        for item in manifest["files"]:
            member = members.get(item["path"])
            found[item["path"]] = _sm3_of(file, member.start, member.size) if member else ""
            if found[item["path"]] != item["sm3"]:
                wrong.append(item["path"])
        for item in manifest["recordings"]:
            member, position = members[item["path"]], 0
            for segment in item["segments"]:
                size = segment["size"]
                whole = position == 0 and size == member.size
                digest = found.get(member.name) if whole else _sm3_of(file, member.start + position, size)
                position += size
                if digest != segment.get("sm3"):
                    raise Broken("segment_differs", path=item["path"], number=segment["number"])
    except DAMAGED as error:
        report.add("sm3", False, **reason_of(error))
        return
    report.add("sm3", not wrong, wrong=sorted(wrong)[:20])


def _sm3_of(file: BinaryIO, start: int, size: int) -> str:
    digest = hashes.Hash(hashes.SM3())
    for piece in pieces(file, start, size):
        digest.update(piece)
    return digest.finalize().hex()


def _check_recordings(
    file: BinaryIO, members: dict[str, Member], manifest: dict[str, Any], entries: list[dict[str, Any]], report: Report
) -> None:
    """Every recording's segments follow one another and hash to what was noted while recording; gaps are stated, not hidden."""
    wrong, broken_off = [], {}
    try:
        broken_off = _interruptions(manifest["recordings"])
        named = {item["path"] for item in manifest["recordings"]}
        wrong = sorted({name for name in members if name.startswith("recordings/")} ^ named)
        for item in manifest["recordings"]:
            position = 0
            for segment in item["segments"]:
                digest = hashlib.sha256()
                for piece in pieces(file, members[item["path"]].start + position, segment["size"]):
                    digest.update(piece)
                position += segment["size"]
                if digest.hexdigest() != segment["sha256"]:
                    raise Broken("segment_differs", path=item["path"], number=segment["number"])
            if position != members[item["path"]].size:
                wrong.append(item["path"])
    except DAMAGED as error:
        report.add("recordings", False, **reason_of(error))
        return
    destroyed = _destroyed(file, members, entries)
    profile, files = manifest.get("profile", "full"), len(manifest["recordings"])
    if profile in WITHOUT_RECORDINGS and not wrong and not files:
        report.warn("recordings_not_enclosed", profile=profile)
    elif wrong or files or not destroyed:
        report.add("recordings", not wrong, wrong=wrong[:20], files=files, **broken_off)
    if destroyed:
        report.warn("recordings_destroyed", **destroyed)


def _interruptions(recordings: list[dict[str, Any]]) -> dict[str, Any]:
    """How often it broke off, as people count: what is missing of several tracks at the same time and for the same reason is one interruption. `tracks`: of how many something is
    missing; `reasons`: why, each once; `late`: tracks that only began later, which broke nothing off."""
    missing: list[tuple[str, int, int]] = []
    tracks: set[str] = set()
    late: set[str] = set()
    for item in recordings:
        for gap in _of_type(item["gaps"], list):
            stated = _of_type(gap, dict)
            reason = _of_type(stated.get("reason"), str)
            begins, ends = _count(stated.get("from_ms")), _count(stated.get("to_ms"))
            (late if reason == "joined" else tracks).add(_of_type(item["track"], str))
            missing += [] if reason == "joined" else [(reason, begins, ends)]
    count, former, until = 0, None, 0
    for reason, begins, ends in sorted(missing):
        if reason != former or begins > until:
            count, former, until = count + 1, reason, ends
        until = max(until, ends)
    return {"gaps": count, "tracks": len(tracks), "late": len(late), "reasons": " ".join(sorted({reason for reason, _, _ in missing}))}


def _of_type(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"not a {kind.__name__}")
    return value


def _destroyed(file: BinaryIO, members: dict[str, Member], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """When recordings were destroyed, as the chain says, the last time; where its payload is enclosed, how many pieces, by whom, who had asked for it, and why. Empty where none were."""
    last = next((entry for entry in reversed(entries) if entry["kind"] == "recording.destroyed"), None)
    if last is None:
        return {}
    name, told = f"payloads/{last['seq']:06d}.json", None
    if name in members:
        told = strict_json(content_of(file, members[name]))["payload"]
    # Of another shape than the server writes: what is entered is found wrong elsewhere.
    payload = told if type(told) is dict else {}
    segments = payload.get("segments")

    def text(key: str) -> str:
        return payload[key] if type(payload.get(key)) is str else ""

    return {
        "at": last["at"],
        "segments": segments if type(segments) is int and 0 <= segments < 2**53 else 0,
        "by": text("by"),
        "role": text("by_role"),
        "name": text("by_name"),
        "asked_role": text("asked_role"),
        "asked_name": text("asked_name"),
        "why": text("reason"),
    }


ENTERING = (
    "case.reported",
    "case.photo_added",
    "case.agreed",
    "agreement.renewed",
    "draft.frozen",
    "record.closed",
    "recording.segment",
    "recording.destroyed",
    "clock.checked",
    "evidence.exported",
)
"""Kinds of entries that say what a file hashes to, that it is gone, how well the clock was kept, or what the bundle lists."""


PAPER = re.compile(r"(paper|oral)/[a-z0-9.-]{1,80}")
"""Files of an agreement that was signed on paper (what was printed, the pages that came back, the files they came in), or of an oral one."""

TOLD = re.compile(r"(voice|photo)-[a-z0-9]{1,40}")
"""What a report told by voice, and its photographs, by their names without ending."""


class Entered:
    """What the chain says of files, in the order of its entries; later ones count. Recordings, and what came with the report, by their names without ending."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.recordings: dict[str, dict[int, tuple[str, int]]] = {}
        self.closed: dict[str, tuple[str, int]] = {}
        self.withheld: set[str] = set()
        self.frozen: list[tuple[str, str]] = []
        """Drafts that became an agreement, and where their logs stood."""
        self.told: dict[str, str] = {}
        """What came with the report, and later to it."""
        self.initial: set[str] = set()
        """Those of them that came with the report itself."""
        self.photographs_noted = False
        """Earlier versions noted none of a report."""
        self.unkept = 0
        self.hashes: list[str] | None = None

    def take(self, kind: str, stated: Any) -> None:
        """Raises `Broken` for a payload of another shape than the server writes: both programs must read it alike."""
        payload = _shaped(stated, dict)
        if kind == "case.agreed":
            # Agreed by word of mouth there is no file that anybody signed, only what it was registered with.
            if "file" in payload or "papers" not in payload:
                self.files["agreement.pdf"] = _shaped(payload.get("file"), str)
            for name, digest in _shaped(payload.get("papers", {}), dict).items():
                if not PAPER.fullmatch(name):
                    raise Broken("payload_shape")
                self.files[name] = _shaped(digest, str)
        elif kind == "case.reported":
            self._take_report(payload)
        elif kind == "case.photo_added":
            self._take_told("photo", payload.get("photo"), payload.get("sha256"), of_report=False)
        elif kind == "draft.frozen":
            self.frozen.append((_shaped(payload.get("document"), str), _shaped(payload.get("head"), str)))
        elif kind == "agreement.renewed":
            # Another timestamp over the same file: only what was agreed can be renewed.
            if self.files.get("agreement.pdf") != _shaped(payload.get("before"), str):
                raise Broken("renewed_something_else")
            self.files["agreement.pdf"] = _shaped(payload.get("file"), str)
        elif kind == "record.closed":
            self.files["record/record.json"] = _shaped(payload.get("sha256"), str)
        elif kind == "recording.destroyed":
            self.recordings, self.closed = {}, {}
        elif kind == "clock.checked":
            self.unkept += payload.get("kept") is not True
        elif kind == "evidence.exported":
            # Those of earlier versions, which had one, do not say so.
            self.hashes = [_shaped(name, str) for name in _shaped(payload.get("hashes", HASHES), list)]
        else:
            segment = _shaped(payload.get("segment"), str)
            chunks = self.recordings.setdefault(segment, {})
            for item in _shaped(payload.get("chunks"), list):
                index, hashed = _count(_shaped(item, dict).get("i")), _hashed(item)
                # What was entered again after a crash must be the same.
                if chunks.setdefault(index, hashed) != hashed:
                    raise Broken("entered_twice", name=segment)
            if "closed" in payload:
                self.closed[segment] = _hashed(payload["closed"])

    def _take_report(self, payload: dict[str, Any]) -> None:
        if "spoken" in payload:
            spoken = _shaped(payload["spoken"], dict)
            self._take_told("voice", spoken.get("file"), spoken.get("sha256"))
        if "photos" in payload:
            self.photographs_noted = True
            for item in _shaped(payload["photos"], list):
                photo = _shaped(item, dict)
                self._take_told("photo", photo.get("photo"), photo.get("sha256"))

    def _take_told(self, kind: str, name: Any, digest: Any, of_report: bool = True) -> None:
        stem = f"{kind}-{_shaped(name, str)}"
        if of_report:
            self.initial.add(stem)
        if not TOLD.fullmatch(stem):
            raise Broken("payload_shape")
        if self.told.setdefault(stem, _shaped(digest, str)) != digest:
            raise Broken("entered_twice", name=stem)


def _hashed(value: Any) -> tuple[str, int]:
    stated = _shaped(value, dict)
    return _shaped(stated.get("sha256"), str), _count(stated.get("bytes"))


def _shaped(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Broken("payload_shape")
    return value


def _count(value: Any) -> int:
    """As both programs can hold it exactly."""
    if type(value) is not int or not 0 <= value < 2**53:
        raise Broken("payload_shape")
    return value


def _check_entered(
    file: BinaryIO,
    members: dict[str, Member],
    found: dict[str, tuple[str, int]],
    manifest: dict[str, Any],
    entries: list[dict[str, Any]],
    report: Report,
) -> None:
    """Files are those that the chain noted while they were made. The manifest is made afterwards, and whoever can sign it could list others."""
    if not entries:
        return
    recordings: dict[str, str] = {}
    doubled = []
    for name in sorted(members):
        if name.startswith("recordings/"):
            stem = name[len("recordings/") :].rpartition(".")[0]
            # The chain knows one file of a name, whatever its ending.
            if recordings.setdefault(stem, name) != name:
                doubled.append(name)
    try:
        entered = _read_entered(file, members, entries)
        if entered.hashes is not None and entered.hashes != manifest.get("hashes", HASHES):
            raise Broken("hashes_differ", entered=entered.hashes[:5])
        wrong = doubled + [name for name, digest in entered.files.items() if name in members and found[name][0] != digest]
        open_: list[str] = [name for name in ("agreement.pdf", "record/record.json") if name in members and name not in entered.files]
        for name in sorted(members):
            if name.startswith(("paper/", "oral/")) and name not in entered.files:
                (open_ if "case.agreed" in entered.withheld else wrong).append(name)
        for stem, name in recordings.items():
            if stem not in entered.recordings:
                (open_ if "recording.segment" in entered.withheld else wrong).append(name)
            elif not _is_entered(file, members[name], found[name], entered, stem):
                wrong.append(name)
        for item in manifest.get("elsewhere", []):
            stem = item["path"][len("recordings/") :].rpartition(".")[0]
            if entered.closed.get(stem) != (item["sha256"], item["size"]):
                (open_ if "recording.segment" in entered.withheld else wrong).append(item["path"])
            recordings.setdefault(stem, item["path"])
        open_ += _check_told(members, found, entered, report)
    except DAMAGED as error:
        report.add("as_entered", False, **reason_of(error))
        return
    compared = sum(name in members for name in entered.files) + sum(stem in recordings for stem in entered.recordings)
    report.add("as_entered", not wrong, wrong=sorted(wrong)[:20], compared=compared)
    _check_draft(file, members, entered, report)
    if entered.frozen and DRAFT not in members and manifest.get("profile", "full") in ("full", "party"):
        report.warn("draft_absent")
    if open_:
        report.warn("not_entered", names=sorted(open_)[:20])
    absent = [name for name in entered.files if name not in members]
    absent += [f"recordings/{stem}" for stem in entered.recordings if stem not in recordings]
    enclosed = {_told_stem(name) for name in members if name.startswith("reported/")}
    profile = manifest.get("profile", "full")
    # Earlier versions noted no photographs, and enclosed nothing of a report.
    missing = {stem for stem in entered.told if stem not in enclosed} if enclosed or entered.photographs_noted else set()
    absent += [f"reported/{stem}" for stem in missing]
    if profile == "court_failure":
        absent = [f"reported/{stem}" for stem in missing & entered.initial]
    if entered.unkept:
        report.warn("clock_not_kept", times=entered.unkept)
    if absent and profile in ("full", "caucus", "court_failure"):
        report.warn("entered_but_absent", names=sorted(absent)[:20])


def _told_stem(name: str) -> str:
    return name[len("reported/") :].rpartition(".")[0]


def _check_told(members: dict[str, Member], found: dict[str, tuple[str, int]], entered: Entered, report: Report) -> list[str]:
    """What a report told by voice and its photographs are those that the chain noted. The names of which the chain says nothing, since what it says is not enclosed or an earlier
    version wrote it."""
    names = sorted(name for name in members if name.startswith("reported/"))
    wrong, open_ = [], []
    known: set[str] = set()
    for name in names:
        stem = _told_stem(name)
        if stem in entered.told:
            # The chain knows one file of a name, whatever its ending.
            if stem in known or found[name][0] != entered.told[stem]:
                wrong.append(name)
            known.add(stem)
        elif {"case.reported", "case.photo_added"} & entered.withheld or (stem.startswith("photo-") and not entered.photographs_noted):
            open_.append(name)
        else:
            wrong.append(name)
    if known or wrong:
        # Of what the chain says nothing, nothing is said here: it is told of as not entered.
        voices = sum(stem.startswith("voice-") for stem in known)
        report.add("reported", not wrong, wrong=wrong[:20], voices=voices, photographs=len(known) - voices)
    return open_


DRAFT = "draft/log.jsonl"


def _check_draft(file: BinaryIO, members: dict[str, Member], entered: Entered, report: Report) -> None:
    """The log of the draft is one unbroken chain, and the agreement was frozen where the ledger says."""
    if DRAFT not in members:
        return
    known, lines, previous = set(), 0, GENESIS
    try:
        for line in lines_of(content_of(file, members[DRAFT])):
            entry, lines = strict_json(line), lines + 1
            form = {"document": str, "seq": int, "author": str, "at": str, "update": str, "prev_hash": str, "entry_hash": str}
            if entry.keys() != form.keys() or any(type(entry[name]) is not kind for name, kind in form.items()) or entry["seq"] != lines:
                raise Broken("draft_entry_form", seq=lines)
            if not re.fullmatch("([0-9a-f]{2})*", entry["update"]):
                raise Broken("draft_entry_form", seq=lines)
            digest = hashlib.sha256(bytes.fromhex(entry["update"])).hexdigest()
            parts = [entry["document"], lines, entry["author"], entry["at"], digest, entry["prev_hash"]]
            if entry["prev_hash"] != previous or hashlib.sha256(canonical_json(parts)).hexdigest() != entry["entry_hash"]:
                raise Broken("draft_broken", seq=lines)
            previous = entry["entry_hash"]
            known.add((entry["document"], previous))
        missing = [head for document, head in entered.frozen if (document, head) not in known]
        if missing:
            raise Broken("draft_not_frozen", head=missing[0])
    except DAMAGED as error:
        report.add("draft_log", False, **reason_of(error))
        return
    report.add("draft_log", True, entries=lines)


def _read_entered(file: BinaryIO, members: dict[str, Member], entries: list[dict[str, Any]]) -> Entered:
    entered = Entered()
    for entry in entries:
        name = f"payloads/{entry['seq']:06d}.json"
        if entry["kind"] not in ENTERING:
            continue
        if name in members:
            entered.take(entry["kind"], strict_json(content_of(file, members[name]))["payload"])
        else:
            entered.withheld.add(entry["kind"])
    return entered


def _is_entered(file: BinaryIO, member: Member, found: tuple[str, int], entered: Entered, stem: str) -> bool:
    if stem in entered.closed:
        return found == entered.closed[stem]
    # Still being recorded when the bundle was made: cluster by cluster.
    position, chunks = 0, entered.recordings[stem]
    for index in range(len(chunks)):
        if position == member.size:
            break
        if index not in chunks:
            raise Broken("cluster_not_entered", name=stem, index=index)
        digest, (stated, size) = hashlib.sha256(), chunks[index]
        for piece in pieces(file, member.start + position, size):
            digest.update(piece)
        position += size
        if digest.hexdigest() != stated:
            return False
    return position == member.size


CITED = re.compile(rb"/Keywords \(heyi-recording/1 ([0-9]{1,16}) ([0-9a-f]{64}|-) ([0-9TZ:.-]{1,27})\)")
"""What an agreement says of the recording, for machines: segments, hash, time."""
CITING = ("agreement.frozen", "oral.concluded")


def citations_of(pdf: bytes) -> list[tuple[str, str, str]]:
    """As it was printed, before anybody signed: what was added since says nothing."""
    return [(one[0].decode(), one[1].decode(), one[2].decode()) for one in CITED.findall(pdf.partition(b"%%EOF")[0])]


def _check_cited(file: BinaryIO, members: dict[str, Member], entries: list[dict[str, Any]], report: Report) -> None:
    """The recording that the agreement cites is the one of which the chain tells until then. Agreements of earlier versions cite none."""
    if not entries:
        return
    place = "paper/printed.pdf" if any(name.startswith("paper/") for name in members) else "agreement.pdf"
    place = ORAL_FORM if ORAL_FORM in members else place
    frozen = next((entry for entry in reversed(entries) if entry["kind"] in CITING), None)
    try:
        printed = citations_of(content_of(file, members[place])) if place in members else []
        stated = _beside(file, members, frozen).get("recording") if frozen else None
        if frozen is None or stated is None:
            if printed:
                report.warn("citation_not_compared", segments=int(printed[0][0]))
            return
        stated = _shaped(stated, dict)
        if stated.keys() != {"through", "segments", "hash", "until"}:
            raise Broken("payload_shape")
        through, segments = _count(stated["through"]), _count(stated["segments"])
        digest, until = _shaped(stated["hash"], str), _shaped(stated["until"], str)
        if place in members and printed != [(str(segments), digest or "-", until or "-")]:
            raise Broken("cited_otherwise")
        if through >= frozen["seq"]:
            raise Broken("cited_too_late")
        told = [entry for entry in entries[:through] if entry["kind"] == "recording.segment"]
        if (digest, until) != ((told[-1]["entry_hash"], told[-1]["at"]) if told else ("", "")):
            raise Broken("cited_another")
        withheld = [entry for entry in told if _payload_name(entry) not in members]
        names = {_shaped(_beside(file, members, entry).get("segment"), str) for entry in told if _payload_name(entry) in members}
        if len(names) > segments or (not withheld and len(names) != segments):
            raise Broken("cited_otherwise_counted")
    except DAMAGED as error:
        report.add("recording_cited", False, **reason_of(error))
        return
    report.add("recording_cited", True, segments=segments, until=until)
    if withheld:
        report.warn("recording_not_counted", segments=segments)


def _payload_name(entry: dict[str, Any]) -> str:
    return f"payloads/{entry['seq']:06d}.json"


def _beside(file: BinaryIO, members: dict[str, Member], entry: dict[str, Any]) -> dict[str, Any]:
    """The payload of an entry; empty where it is withheld."""
    name = _payload_name(entry)
    return _shaped(strict_json(content_of(file, members[name]))["payload"], dict) if name in members else {}


# --------------------------------------------------------------------------------------------------------------- command


def verify_file(path: str | Path, anchor: str | None = None) -> Report:
    """Verify a bundle (ZIP) or a signed agreement (PDF). `anchor`: SHA-256 of the root certificate in hex, several parted by commas;
    colons, blanks and capitals do not matter. Never raises for what is in the file; OSError where it cannot be read."""
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(5)
        file.seek(0)
        if head == b"%PDF-":
            report = Report("agreement")
            trusted = Trusted()
            if report.add("size", size <= MAX_IN_MEMORY, size=size):
                data = file.read()
                check_pdf(data, None, trusted, report)
                if cited := citations_of(data):
                    report.warn("citation_not_compared", segments=int(cited[0][0]))
            if trusted.unlisted:
                report.warn("revocation_unknown", certificates=sorted(trusted.unlisted))
        elif head[:2] == b"PK":
            report = Report("bundle")
            try:
                check_bundle(file, size, report)
            except DAMAGED as error:
                report.add("readable", False, **reason_of(error))
        else:
            report = Report("unknown")
            report.add("known_format", False)
    _check_anchor(report, anchor)
    return report


def _check_anchor(report: Report, anchor: str | None) -> None:
    if not report.roots and not report.ok:
        # It failed before any certificate was read: the fingerprint is neither right nor wrong.
        report.warn("anchor_not_checked")
        return
    if anchor is None:
        report.warn("anchor_not_given", roots=report.roots)
        return
    anchors = {re.sub(r"[^0-9a-f]", "", item.lower()) for item in anchor.split(",")}
    report.anchored = report.add("anchor", bool(report.roots) and set(report.roots) <= anchors, roots=report.roots)


WORDS = {
    "size": ("文件大小", "size of the file"),
    "known_format": ("文件类型（存证包或协议书）", "kind of file (bundle or agreement)"),
    "readable": ("内容可读", "the content can be read"),
    "zip_canonical": ("存证包为规范形式，无多余字节", "the ZIP is canonical, no byte unaccounted for"),
    "zip_checksums": ("存证包校验和", "checksums of the ZIP"),
    "files_required": ("必备文件齐全", "all required files are there"),
    "manifest_form": ("清单格式", "form of the manifest"),
    "manifest_signature": ("清单签名与时间戳", "signature and timestamp of the manifest"),
    "manifest_by_platform": ("清单由固化协议的平台签署", "the manifest is signed by the platform that certified the agreement"),
    "files_match_manifest": ("每个文件与清单一致", "every file matches the manifest"),
    "sm3": ("每个文件、每段录制的 SM3 与清单一致", "the SM3 of every file and segment matches the manifest"),
    "sm3_not_checked": ("本机不支持 SM3，未核（SHA-256 已核）", "this machine has no SM3: not checked (SHA-256 was)"),
    "anchors": ("随附证书可读", "enclosed certificates are readable"),
    "ledger": ("流程记录链完整", "the ledger is one unbroken chain"),
    "ledger_times": ("记录链时间先后一致", "times of the ledger are in order"),
    "session_open": ("导出时调解还没有结束", "the session had not ended when this was made"),
    "clock_not_kept": ("记录时服务器没有对时服务", "no time service kept the server's clock then"),
    "payloads": ("记录内容与链一致", "payloads belong to their ledger entries"),
    "recordings": ("录音录像分段与记录一致", "segments of the recordings match"),
    "recordings_not_enclosed": ("本包不含录音录像", "this copy is made without the recordings"),
    "recordings_destroyed": ("录音录像已经销毁，记录链上有记载", "recordings were destroyed, as the chain says"),
    "recording_cited": ("协议书所载录音录像摘要与记录链一致", "the recording that the agreement cites is the chain's"),
    "recording_not_counted": ("录音录像段数未核（本包未附其内容）", "how many pieces were recorded was not checked: not enclosed"),
    "citation_not_compared": (
        "协议书所载录音录像摘要未与记录链对照",
        "the recording that the agreement cites was not compared with a chain",
    ),
    "reported": ("申请时的口述录音、照片与记录链所记一致", "what was told with the report is what the chain noted"),
    "as_entered": ("文件与记录链当时所记一致", "files are those that the chain noted while they were made"),
    "not_entered": ("部分文件无从与记录链对照", "some files cannot be compared with the chain"),
    "entered_but_absent": ("记录链上有、包内没有的文件", "files that the chain knows and the bundle lacks"),
    "merkle_root": ("文件清单的 Merkle 根一致", "the Merkle root of the list of files"),
    "other_volumes": ("本包为多卷之一，其余各卷未核", "one of several volumes: the others were not seen"),
    "recordings_damaged": ("部分录制片段已损坏，未能装入", "some pieces of the recording are damaged and not enclosed"),
    "draft_absent": ("协议草稿的修改记录没有装入", "the log of the draft is not enclosed"),
    "draft_log": ("协议草稿的修改记录完整", "the log of the draft is one unbroken chain"),
    "agreement_enclosed": ("申请司法确认的存证包含有协议", "the bundle for the judicial confirmation holds an agreement"),
    "agreement_is_final": ("协议书为最终版本", "the agreement is the final version"),
    "pdf_structure": ("协议书签名结构", "structure of the signatures"),
    "pdf_signed": ("协议书已签名", "the agreement is signed"),
    "pdf_signature": ("签名", "signature"),
    "pdf_covers_everything": ("签名后无追加内容", "nothing was added after the last signature"),
    "pdf_closed_by_timestamp": ("以文档时间戳收尾", "closed by a document timestamp"),
    "pdf_renewed_in_time": ("时间戳到期前已续加", "each timestamp was renewed before it ended"),
    "pdf_times_in_order": ("签署时间先后一致", "times of signing are in order"),
    "pdf_all_fields_signed": ("应签之处均已签", "every field is signed"),
    "pdf_signing_order": ("签署顺序：平台、当事人、调解员、调委会", "order: platform, parties, mediator, committee"),
    "signed_on_paper": ("在纸上签名、捺指印，请对照文件内的照片", "signed on paper by hand: look at the photographs in the file"),
    "expected_signers": ("签署人与清单一致", "the signers are those of the manifest"),
    "expected_signers_unknown": ("单独的协议书不含应签名单", "a single agreement does not tell who should have signed"),
    "revocation_unknown": ("部分证书未附吊销列表", "no revocation list is enclosed for some certificates"),
    "anchor": ("根证书指纹与所给一致", "the root's fingerprint is the one given"),
    "anchor_not_checked": ("没有读到证书，根证书指纹未核", "no certificate was read: the fingerprint was not checked"),
    "anchor_not_given": ("未给出根证书指纹，出处未核", "no fingerprint was given: origin not checked"),
}
INCOMPLETE = "文件不完整，请重新下载 / the file is incomplete, please download it again"
REASONS = {
    "zip_end": INCOMPLETE,
    "zip_size": INCOMPLETE,
    "zip_truncated": INCOMPLETE,
    "agreement_missing": "缺少协议书 / the agreement is missing",
}
"""Of what a person may meet without anybody having altered anything; other reasons stand as they are."""
MARKS = {"ok": "✓", "warn": "！", "fail": "✗"}


MISSING = {
    "damaged": "损坏 damaged",
    "caucus": "背对背谈话 private talk",
    "withdrawn": "当事人撤回同意 consent withdrawn",
    "consent": "当事人不同意或未表示 no consent",
    "paused": "暂停 paused",
    "left": "离开 left",
    "disk": "磁盘未收 disk",
    "restart": "设备中断 cut off",
    "silent": "话筒、摄像头关闭 nothing sent",
    "connection": "网络中断 connection",
}
"""Why something of a recording is missing."""
PEOPLE = {"centre": "综治中心 the centre", "mediator": "调解员 the mediator", "system": "系统按保管期限 the system, by its period"}


def told_of_destruction(detail: dict[str, Any]) -> dict[str, Any]:
    """People by what they are to the case: an account tells nobody anything."""

    def person(role: str, name: str) -> str:
        return " ".join(part for part in (PEOPLE.get(role, "工作人员 staff"), name) if part)

    by = "system" if detail["by"] == "system:retention" else detail["role"]
    people = {"by": person(by, detail["name"])} if detail["by"] else {}
    if detail["asked_role"]:
        people["asked"] = person(detail["asked_role"], detail["asked_name"])
    return {
        key: value
        for key, value in ({"at": detail["at"], "segments": detail["segments"]} | people | {"why": detail["why"]}).items()
        if value
    }


LISTS = {"missing": "缺少 missing", "unlisted": "清单没有列 not on the list", "differing": "与清单不符 differs from the list"}


def _told(key: str, value: Any) -> str:
    return f"{LISTS[key]}：{'、'.join(value)}" if key in LISTS else f"{key}={value}"


def words(report: Report) -> str:
    """The report in plain Chinese and English."""
    lines = []
    for check in report.checks:
        chinese, english = WORDS[check.code]
        told = {key: value for key, value in check.detail.items() if value not in ([], "", 0) and key != "certificate"}
        if check.code == "recordings_destroyed":
            told = told_of_destruction(check.detail)
        if "reasons" in told:
            told["reasons"] = "、".join(MISSING.get(reason, reason) for reason in told["reasons"].split(" "))
        detail = REASONS.get(str(told.get("reason"))) or "，".join(_told(key, value) for key, value in told.items())
        lines.append(f"{MARKS[check.status]} {chinese} / {english}" + (f"（{detail}）" if detail else ""))
    signed = report.kind == "agreement" or any(check.code == "agreement_is_final" for check in report.checks)
    lines += ["", f"结论 / verdict：{report.verdict}"]
    if report.ok and not report.anchored:
        lines += [f"根证书指纹 / root fingerprint：{root}" for root in report.roots]
        printed = ("协议书页脚及", "the agreement's footer and ") if signed else ("", "")
        lines.append(f"请与{printed[0]}调委会公示页上的指纹核对 / compare it with {printed[1]}the committee's page")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="和议存证包验证 / verify a Heyi evidence bundle or signed agreement")
    parser.add_argument("file")
    parser.add_argument("--anchor", help="根证书 SHA-256 指纹 / SHA-256 of the root certificate")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.anchor and not all(re.fullmatch("[0-9a-f]{64}", one) for one in re.sub(r"[\s:：]", "", options.anchor.lower()).split(",")):
        # A slip of the finger is no forgery.
        print(
            "根证书指纹是 64 位十六进制数，请对照协议书页脚或调委会公示页重填 / the fingerprint has 64 hexadecimal digits; copy it anew",
            file=sys.stderr,
        )
        return 2
    try:
        report = verify_file(options.file, options.anchor)
    except OSError as error:
        print(f"无法读取文件 / cannot read the file: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report.plain(), ensure_ascii=False, indent=1) if options.json else words(report))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
