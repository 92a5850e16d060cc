"""A certificate authority of somebody else, over HTTP, by the small protocol of docs/providers.md: a licensed one behind an adapter of its own.

    POST URL     {"request": PKCS#10 in base64, "purpose"} → {"certificate", "chain"}, all base64 of DER
    headers      Heyi-Time (seconds since 1970), Idempotency-Key, Heyi-Signature: HMAC-SHA256 over method, path, time, key and the body's SHA-256

What comes back is used only where it is for our key and for the name that was asked for, valid now, and led to a configured root. A request that was
not answered is sent once more under its key: the authority answers it again and makes no second certificate.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from agreements.authority import FULL_NAME, AuthorityError, Purpose, Trust
from evidence.chain import LONGEST, Anchors, chain_to_root
from evidence.exchange import ExchangeError, demand_address, exchange, signed_headers
from evidence.revocation import RevocationError, RevocationLists
from evidence.verifier import DAMAGED, Broken, common_name, der_of, load_certificate

SECONDS = 5.0
"""For one try, of two."""
TRIES = 2
MAX_REPLY = 128 * 1024
LEAST_SECRET = 16
WHILE_ASKED = timedelta(minutes=1)
"""A certificate may begin after the moment in which we began to ask for it."""


class Issued(msgspec.Struct, frozen=True):
    """What the authority answers. `chain`: above the certificate, nearest first; the root may be left out."""

    certificate: str
    chain: list[str] = []


class RemoteAuthority:
    """Implements `CertificateAuthority`. Blocking."""

    label = ""
    organisation = ""

    def __init__(
        self,
        url: str,
        secret: bytes,
        anchors: Anchors,
        lists: RevocationLists,
        seconds: float = SECONDS,
        wall: Callable[[], float] = time.time,
    ) -> None:
        demand_address(url)
        if len(secret) < LEAST_SECRET:
            raise ValueError(f"the secret shared with the authority has at least {LEAST_SECRET} bytes")
        self.url, self.anchors = url, anchors
        self._secret, self._lists, self._seconds, self._wall = secret, lists, seconds, wall

    def trust(self, at: datetime) -> Trust:
        try:
            return Trust(self.anchors.roots, self.anchors.others, self._lists.current(at))
        except RevocationError as error:
            raise AuthorityError("unreachable" if error.code == "unreachable" else "malformed", str(error)) from error

    def issue(self, request: bytes, at: datetime, purpose: Purpose = "signature") -> tuple[bytes, ...]:
        body = msgspec.json.encode({"request": base64.b64encode(request).decode(), "purpose": purpose})
        for left in reversed(range(TRIES)):
            try:
                answer = self._ask(body)
            except AuthorityError as error:
                if error.code != "unreachable" or not left:
                    raise
            else:
                return self._accepted(answer, request, at)
        raise AssertionError("unreachable")

    def _ask(self, body: bytes) -> bytes:
        try:
            status, answer = exchange(
                "POST", self.url, body, signed_headers(self.url, body, self._secret, self._wall()), self._seconds, MAX_REPLY
            )
        except ExchangeError as error:
            raise AuthorityError("unreachable" if error.code == "unreachable" else "malformed", str(error)) from error
        if status >= 500 or status == 429:
            raise AuthorityError("unreachable", f"{self.url} answers {status}")
        if status != 200:
            raise AuthorityError("refused", f"{self.url} answers {status}: {answer[:200].decode(errors='replace')}")
        return answer

    def _accepted(self, answer: bytes, request: bytes, at: datetime) -> tuple[bytes, ...]:
        try:
            issued = msgspec.json.decode(answer, type=Issued)
            if len(issued.chain) > LONGEST:
                raise ValueError("the chain is too long")
            certificate = load_certificate(base64.b64decode(issued.certificate, validate=True))
            chain = chain_to_root(certificate, [base64.b64decode(one, validate=True) for one in issued.chain], self.anchors)
            wrong = _what_is_wrong(chain, x509.load_der_x509_csr(request), at)
        except Broken as error:
            raise AuthorityError("wrong_certificate", f"{self.url}: {error.code} {error.detail or ''}".strip()) from error
        except (*DAMAGED, msgspec.MsgspecError) as error:
            raise AuthorityError("malformed", f"{self.url}: the answer cannot be read: {error}") from error
        if wrong:
            raise AuthorityError("wrong_certificate", f"{self.url}: the certificate {wrong}")
        return tuple(map(der_of, chain))


def _what_is_wrong(chain: list[x509.Certificate], request: x509.CertificateSigningRequest, at: datetime) -> str:
    own = chain[0]
    spelled = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*spelled) != request.public_key().public_bytes(*spelled):
        return "is for another key"
    asked = {str(one.value) for kind in (NameOID.COMMON_NAME, FULL_NAME) for one in request.subject.get_attributes_for_oid(kind)}
    if common_name(own) not in asked:
        return "is for another name"
    ended = next((one for one in chain if not one.not_valid_before_utc <= at + WHILE_ASKED or one.not_valid_after_utc <= at), None)
    if ended is not None:
        return f"of {common_name(ended)} is valid from {ended.not_valid_before_utc} to {ended.not_valid_after_utc}, not now"
    if not own.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature:
        return "is not for signatures"
    if not all(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for one in chain[1:]):
        return "was issued by what is no authority"
    return ""
