"""RFC 3161 timestamps: a request, the embedded responder, and the token out of a response.

The responder is bytes in, bytes out: called in the process by default, or behind an HTTP endpoint of type `application/timestamp-query`.
It answers SHA-256 imprints only and never looks at what was hashed. A stamp of our own proves order inside our ledger; against us it proves
nothing, which is why the operator may put a third party's service behind the same `Timestamper` port (`evidence.timestamp_remote`).

Errors: `TimestampError(code)`: unreachable (try again), malformed_response, refused, other_imprint, other_nonce, other_policy, untrusted,
clock_differs.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Protocol

from asn1crypto import algos, cms, core, tsp

from evidence.cms import Credential, signed_data

POLICY = "2.25.292466211083364827563918277301846152391"
"""The embedded service's policy: best effort, clock of the machine (an OID from a random UUID, ITU-T X.667)."""
MAX_REQUEST = 4096
QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"


class TimestampError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[TimestampError], tuple[str, str]]:
        return TimestampError, (self.code, str(self))  # whole out of a process pool


class _Response(core.Sequence):
    """TimeStampResp (RFC 3161, 2.4.2); asn1crypto's own wants a token even in a refusal."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Timestamper(Protocol):
    """A timestamp service; implementations are picklable, since signing runs in a process pool."""

    def respond(self, request: bytes, at: datetime) -> bytes:
        """TimeStampReq → TimeStampResp, both DER. `at` is the caller's clock; a remote service uses its own."""
        ...


class Responder:
    """The embedded service. `credential` must carry the extended key usage timeStamping, critical (RFC 3161, 2.3)."""

    def __init__(self, credential: Credential) -> None:
        self.credential = credential

    def respond(self, request: bytes, at: datetime) -> bytes:
        try:
            query = _read_request(request)
        except TimestampError as error:
            return _rejection(str(error))
        fields = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": query["message_imprint"],
            "serial_number": secrets.randbits(120) | 1,
            "gen_time": core.GeneralizedTime(at.astimezone(UTC).replace(microsecond=0)),
            "accuracy": tsp.Accuracy({"seconds": 1}),
        }
        if query["nonce"].native is not None:
            fields["nonce"] = query["nonce"].native
        info = tsp.TSTInfo(fields).dump()
        token = signed_data("tst_info", info, _sha256(info), self.credential, at)
        return granted(token)


def make_request(digest: bytes, nonce: int | None = None) -> bytes:
    """A TimeStampReq for a SHA-256 digest of 32 bytes, asking for the certificates."""
    if len(digest) != 32:
        raise ValueError("a SHA-256 digest has 32 bytes")
    imprint = {"hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}), "hashed_message": digest}
    fields = {"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": nonce or secrets.randbits(63) | 1}
    out: bytes = tsp.TimeStampReq(fields).dump()
    return out


def token_of(response: bytes, request: bytes) -> bytes:
    """The token (a CMS ContentInfo, DER) of a granted response that answers `request`. Its signature is checked by `verifier`."""
    try:
        reply = _Response.load(response, strict=True)
        status = reply["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise TimestampError("refused", f"the timestamp service refused: {status} {reply['status']['status_string'].native or ''}")
        info = reply["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        query = tsp.TimeStampReq.load(request)
        if info["message_imprint"].native != query["message_imprint"].native:
            raise TimestampError("other_imprint", "the timestamp is for another hash than the one that was sent")
        if info["nonce"].native != query["nonce"].native:
            raise TimestampError("other_nonce", "the timestamp answers another request: an old answer was replayed")
        token: bytes = reply["time_stamp_token"].dump()
    except TimestampError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TimestampError("malformed_response", f"the timestamp service's answer cannot be read: {error}") from error
    return token


def granted(token: bytes) -> bytes:
    """The response that carries a token, both DER."""
    out: bytes = _Response({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}).dump()
    return out


def timestamp(data: bytes, service: Timestamper, at: datetime) -> bytes:
    """A token over the SHA-256 of `data`."""
    request = make_request(_sha256(data))
    return token_of(service.respond(request, at), request)


def _read_request(request: bytes) -> tsp.TimeStampReq:
    if len(request) > MAX_REQUEST:
        raise TimestampError("malformed", f"a request has at most {MAX_REQUEST} bytes")
    try:
        query = tsp.TimeStampReq.load(request, strict=True)
        algorithm = query["message_imprint"]["hash_algorithm"]["algorithm"].native
        digest = query["message_imprint"]["hashed_message"].native
        _ = query["nonce"].native
    except (ValueError, KeyError, TypeError) as error:
        raise TimestampError("malformed", f"the request cannot be read: {error}") from error
    if algorithm != "sha256" or len(digest) != 32:
        raise TimestampError("malformed", "only SHA-256 imprints are stamped")
    return query


def _rejection(reason: str) -> bytes:
    out: bytes = _Response({"status": {"status": "rejection", "status_string": [reason[:200]], "fail_info": {"bad_data_format"}}}).dump()
    return out


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
