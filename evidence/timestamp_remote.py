"""A timestamp service of somebody else, over HTTP (RFC 3161, 3.4), behind the port `Timestamper`.

What it answers is checked before it is used: nonce and imprint, policy, certificate with the key usage timeStamping and its chain to a configured
root, revocation as far as lists are known, and its clock, which may differ from ours by a few minutes. What is checked is what the verifiers will
be handed: the token's certificates are completed to the root, and what belongs to no chain of it is left out (neither is covered by its signature).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from evidence import verifier
from evidence.chain import Anchors, chain_to_root
from evidence.exchange import ExchangeError, demand_address, exchange
from evidence.timestamp import QUERY_TYPE, REPLY_TYPE, TimestampError, granted, token_of

MAX_REPLY = 64 * 1024
SECONDS = 5.0
"""For one try, of two: signing occupies a process meanwhile."""
CLOCKS = timedelta(minutes=4)
"""Certificates for signatures begin five minutes early (`agreements.authority.BACKDATE`), and must be valid at the stamp's time."""
TRIES = 2


class RemoteService(msgspec.Struct, frozen=True):
    """`crls` are DER; `policy` is an object identifier, where only that one will do."""

    url: str
    anchors: Anchors
    crls: tuple[bytes, ...] = ()
    policy: str = ""
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        demand_address(self.url)

    def respond(self, request: bytes, at: datetime) -> bytes:
        """Raises `TimestampError`: unreachable, after it was asked twice; or what is wrong with the answer."""
        for left in reversed(range(TRIES)):
            try:
                return self._accepted(self._ask(request), request, at)
            except TimestampError as error:
                if error.code != "unreachable" or not left:
                    raise
        raise AssertionError("unreachable")

    def _ask(self, request: bytes) -> bytes:
        headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        try:
            status, body = exchange("POST", self.url, request, headers, self.seconds, MAX_REPLY)
        except ExchangeError as error:
            raise TimestampError("unreachable" if error.code == "unreachable" else "malformed_response", str(error)) from error
        if status >= 500 or status == 429:
            raise TimestampError("unreachable", f"{self.url} answers {status}")
        if status != 200:
            raise TimestampError("refused", f"{self.url} answers {status}")
        return body

    def _accepted(self, response: bytes, request: bytes, at: datetime) -> bytes:
        token = token_of(response, request)
        query = tsp.TimeStampReq.load(request)
        try:
            whole = self._completed(token)
            info = cms.ContentInfo.load(whole)["content"]["encap_content_info"]["content"].parsed
            policy = info["policy"].dotted
            if self.policy and policy != self.policy:
                raise TimestampError("other_policy", f"{self.url} stamps by the policy {policy}, not {self.policy}")
            digest = query["message_imprint"]["hashed_message"].native
            lists = [x509.load_der_x509_crl(der) for der in self.crls]
            known = verifier.Trusted([x509.load_der_x509_certificate(der) for der in self.anchors.roots], lists)
            stamped, root = verifier.check_token(whole, lambda name: digest if name == "sha256" else b"", known)
        except verifier.Broken as error:
            raise TimestampError("untrusted", f"{self.url}: {error.code} {error.detail or ''}".strip()) from error
        except TimestampError:
            raise
        except verifier.DAMAGED as error:
            raise TimestampError("malformed_response", f"{self.url}: the answer cannot be read: {error}") from error
        if verifier.der_of(root) not in self.anchors.roots:
            raise TimestampError("untrusted", f"{self.url}: its root is not the configured one but {verifier.fingerprint(root)}")
        if abs(stamped - at) > CLOCKS:
            raise TimestampError("clock_differs", f"{self.url} stamps {stamped.isoformat()}, and our clock shows {at.isoformat()}")
        return granted(whole)

    def _completed(self, token: bytes) -> bytes:
        """With the certificates of its chain, to the root, and no others."""
        content = cms.ContentInfo.load(token)
        signed = content["content"]
        sent = [one.chosen.dump() for one in signed["certificates"] if one.name == "certificate"]
        serial = signed["signer_infos"][0]["sid"].chosen["serial_number"].native
        issuer = signed["signer_infos"][0]["sid"].chosen["issuer"].dump()
        found = [one for one in map(verifier.load_certificate, sent) if one.serial_number == serial and one.issuer.public_bytes() == issuer]
        if not found:
            raise verifier.Broken("signer_certificate_missing")
        chain = chain_to_root(found[0], sent, self.anchors)
        signed["certificates"] = cms.CertificateSet([asn1_x509.Certificate.load(verifier.der_of(one)) for one in chain])
        signed["crls"] = None
        out: bytes = content.dump(force=True)
        return out
