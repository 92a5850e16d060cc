"""A licensed provider's house as a process of its own: a timestamp service (RFC 3161, answered by openssl) and a certificate authority that speaks
docs/providers.md, each under a root of its own, with revocation lists. Both can be as bad as real ones are.

As a program it takes a folder, reads a line a command (`tsa MODE`, `ca MODE`, `crl MODE`, `revoke SERIAL`, `asked`) and answers with one of JSON.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.simulator import Simulator

SECRET = "secret-between-us-and-the-authority"
POLICY = "1.3.6.1.4.1.99999.1"
DAY = timedelta(days=1)
DER, PEM = Encoding.DER, Encoding.PEM


class ProvidersServer(Simulator):
    def __init__(self, folder: Path) -> None:
        super().__init__("tests.providers_server", str(folder))
        self.url = self.began["url"]
        self.tsa_root, self.ca_root = folder / "tsa-root.pem", folder / "ca-root.pem"
        """Each with the certificate below it, as an operator gets them."""
        self.tsa_lists = f"{self.url}/tsa-root.crl,{self.url}/tsa-ca.crl"
        self.ca_lists = f"{self.url}/ca-root.crl,{self.url}/ca-ca.crl"
        self.secret = folder / "secret"

    def tsa(self, mode: str) -> None:
        """ok | silent | dripping | failing | refusing | moved | other_nonce | other_imprint | ended | no_usage | garbage | endless | once (fails the first time)"""
        self.do(f"tsa {mode}")

    def ca(self, mode: str) -> None:
        """ok | silent | failing | refusing | other_key | other_name | ended | stranger | garbage | endless | once"""
        self.do(f"ca {mode}")

    def crl(self, mode: str) -> None:
        """ok | failing | stale | endless | stranger"""
        self.do(f"crl {mode}")

    def revoke(self, serial: int) -> None:
        self.do(f"revoke {serial}")

    def asked(self) -> dict[str, int]:
        """How often: {"tsa", "ca" (certificates made), "crl"}."""
        return dict(self.do("asked"))


class Node:
    """A certificate with its key and what it has revoked."""

    def __init__(self, name: str, issuer: Node | None = None, *, ca: bool = True, ended: bool = False, stamps: bool = False) -> None:
        self.key: Any = ec.generate_private_key(ec.SECP256R1()) if ca else rsa.generate_private_key(65537, 2048)
        self.issuer, self.revoked = issuer or self, list[int]()
        self.certificate = certify(_name(name), self.key.public_key(), self, issuer, ca=ca, ended=ended, stamps=stamps)

    def pem(self) -> bytes:
        return bytes(self.certificate.public_bytes(PEM))

    def key_pem(self) -> bytes:
        return bytes(self.key.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption()))

    def list(self, *, stale: bool) -> bytes:
        now = datetime.now(UTC)
        life = (now - 3 * DAY, now - DAY) if stale else (now - timedelta(minutes=5), now + DAY)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject).last_update(life[0]).next_update(life[1])
        for serial in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(minutes=1)).build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(DER)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certify(
    subject: x509.Name, key: Any, own: Node, issuer: Node | None, *, ca: bool = False, ended: bool = False, stamps: bool = False
) -> x509.Certificate:
    now = datetime.now(UTC)
    above = issuer or own
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 400 * DAY)
        .not_valid_after(now - DAY if ended else now + 400 * DAY)
        .add_extension(x509.BasicConstraints(ca, None), True)
        .add_extension(x509.KeyUsage(not ca, not ca and not stamps, False, False, False, ca, ca, False, False), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()), False)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    return builder.sign(above.key, hashes.SHA256())


class Providers:
    def __init__(self, folder: Path) -> None:
        self.folder, self.lock = folder, threading.Lock()
        self.modes = {"tsa": "ok", "ca": "ok", "crl": "ok"}
        self.asked = {"tsa": 0, "ca": 0, "crl": 0}
        self.done: dict[str, tuple[bytes, bytes]] = {}
        self.nodes = {
            name: Node(f"时间戳根 {name}" if "tsa" in name else f"电子认证根 {name}") for name in ("tsa-root", "ca-root", "stranger")
        }
        for kind in ("tsa", "ca"):
            self.nodes[f"{kind}-ca"] = Node(f"{kind} issuing", self.nodes[f"{kind}-root"])
        for name, options in {"stamps": {"stamps": True}, "ended": {"stamps": True, "ended": True}}.items():
            node = Node(f"timestamp service {name}", self.nodes["tsa-ca"], ca=False, **options)
            (folder / f"{name}.crt").write_bytes(node.pem())
            (folder / f"{name}.key").write_bytes(node.key_pem())
        for kind in ("tsa", "ca"):
            (folder / f"{kind}-root.pem").write_bytes(self.nodes[f"{kind}-root"].pem() + self.nodes[f"{kind}-ca"].pem())
        (folder / "chain.pem").write_bytes(self.nodes["tsa-ca"].pem())
        (folder / "serial").write_text("01\n")
        secret = folder / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        (folder / "openssl.cnf").write_text(
            f"[tsa]\ndefault_tsa=one\n[one]\nserial={folder}/serial\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy={POLICY}\n"
            f"digests=sha256\naccuracy=secs:1\ness_cert_id_chain=no\ness_cert_id_alg=sha256\ncerts={folder}/chain.pem\n"
        )

    # timestamps

    def stamp(self, request: bytes) -> bytes:
        query, mode = tsp.TimeStampReq.load(request), self.modes["tsa"]
        if mode == "other_nonce":
            query["nonce"] = 12345
        if mode == "other_imprint":
            query["message_imprint"]["hashed_message"] = bytes(32)
        signer = "ended" if mode == "ended" else "stamps"
        with self.lock:
            (self.folder / "query.tsq").write_bytes(query.dump(force=True))
            command = ["openssl", "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
            command += ["-signer", f"{signer}.crt", "-inkey", f"{signer}.key"]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=20)
            return (self.folder / "reply.tsr").read_bytes()

    # certificates

    def issue(self, headers: Any, path: str, body: bytes) -> tuple[int, bytes]:
        key, at = headers.get("Idempotency-Key", ""), headers.get("Heyi-Time", "")
        said = "\n".join(["POST", path, at, key, hashlib.sha256(body).hexdigest()])
        right = hmac.new(SECRET.encode(), said.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(right, headers.get("Heyi-Signature", "")) or abs(time.time() - int(at)) > 300:
            return 401, b'{"code": "not_you"}'
        with self.lock:
            if key in self.done:
                asked, answer = self.done[key]
                return (200, answer) if asked == body else (409, b'{"code": "other_request"}')
            answer = json.dumps(self._issued(json.loads(body))).encode()
            self.asked["ca"] += 1
            if self.modes["ca"] == "ok":
                self.done[key] = body, answer
            return 200, answer

    def _issued(self, asked: dict[str, str]) -> dict[str, Any]:
        assert set(asked) == {"request", "purpose"} and asked["purpose"] in {"signature", "platform", "seal"}, asked
        request, mode = x509.load_der_x509_csr(base64.b64decode(asked["request"])), self.modes["ca"]
        assert request.is_signature_valid
        subject = _name("另一人") if mode == "other_name" else request.subject
        key = ec.generate_private_key(ec.SECP256R1()).public_key() if mode == "other_key" else request.public_key()
        issuer = self.nodes["stranger" if mode == "stranger" else "ca-ca"]
        made = certify(subject, key, issuer, issuer, ended=mode == "ended")
        chain = [self.nodes["stranger"]] if mode == "stranger" else [self.nodes["ca-ca"], self.nodes["ca-root"]]
        spelled = [base64.b64encode(one.public_bytes(DER)).decode() for one in (made, *(node.certificate for node in chain))]
        return {"certificate": spelled[0], "chain": spelled[1:]}


def handler(providers: Providers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, mode = self.path.strip("/").removesuffix(".crl"), providers.modes["crl"]
            providers.asked["crl"] += 1
            node = providers.nodes["stranger" if mode == "stranger" else name]
            self.misbehave(mode) or self.say(200, node.list(stale=mode == "stale"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = "tsa" if self.path == "/tsa" else "ca"
            mode = providers.modes[kind]
            if kind == "tsa":
                providers.asked["tsa"] += 1
            if mode == "once":
                providers.modes[kind] = "ok"
                return self.say(500, b"")
            if self.misbehave(mode):
                return None
            if kind == "tsa":
                assert self.headers["Content-Type"] == "application/timestamp-query"
                return self.say(200, providers.stamp(body))
            return self.say(*providers.issue(self.headers, self.path, body))

        def misbehave(self, mode: str) -> bool:
            if mode in {"silent", "dripping"}:
                for _ in range(600):
                    time.sleep(0.05)
                    if mode == "dripping":
                        try:
                            self.wfile.write(b"H")
                        except OSError:
                            return True
                    if providers.modes[("tsa" if self.path == "/tsa" else "ca")] != mode:
                        return True
            elif mode == "failing":
                self.say(500, b"out of order")
            elif mode == "refusing":
                self.say(422, b'{"code": "no_such_person", "message": "not identified"}')
            elif mode == "moved":
                self.say(302, b"", Location=self.path)
            elif mode == "garbage":
                self.say(200, b"\x30\x82garbage")
            elif mode == "endless":
                self.say(200, bytes(20_000_000))
            else:
                return False
            return True

        def say(self, status: int, body: bytes, **headers: str) -> None:
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the other side had enough

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def main(folder: Path) -> None:
    providers = Providers(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(providers))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    for line in sys.stdin:
        word, _, what = line.strip().partition(" ")
        if word in providers.modes:
            providers.modes[word] = what
        if word == "revoke":
            providers.nodes["ca-ca"].revoked.append(int(what))
        print(json.dumps(providers.asked), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
