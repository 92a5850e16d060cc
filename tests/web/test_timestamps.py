"""POST /tsa, asked by openssl as a foreign client would."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from evidence.timestamp import QUERY_TYPE, REPLY_TYPE, make_request, token_of
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("stamps") / "data") as running:
        yield running


def ask(server: Server, data: bytes, kind: str = QUERY_TYPE) -> httpx.Response:
    return httpx.post(f"{server.url}/tsa", content=data, headers={"Content-Type": kind}, timeout=10)


def test_a_stamp_answers_its_request(server: Server) -> None:
    request = make_request(hashlib.sha256(b"paper").digest())
    reply = ask(server, request)
    assert (reply.status_code, reply.headers["content-type"]) == (200, REPLY_TYPE)
    assert token_of(reply.content, request)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_asks_and_verifies(server: Server, tmp_path: Path) -> None:
    paper, query, reply = tmp_path / "paper", tmp_path / "query.tsq", tmp_path / "reply.tsr"
    paper.write_bytes(b"what was agreed")

    def openssl(*arguments: str) -> str:
        done = subprocess.run(["openssl", "ts", *arguments], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    openssl("-query", "-data", str(paper), "-sha256", "-cert", "-out", str(query))
    reply.write_bytes(ask(server, query.read_bytes()).content)
    root = server.data / "keys" / "ca" / "root.crt"
    openssl("-verify", "-queryfile", str(query), "-in", str(reply), "-CAfile", str(root))


def test_wrong_kinds_sizes_and_nonsense_are_refused(server: Server) -> None:
    assert ask(server, b"x", "text/plain").status_code == 415
    assert ask(server, bytes(5000)).status_code == 413
    assert ask(server, b"").status_code == 422
    nonsense = ask(server, b"nonsense")
    assert nonsense.status_code == 200
    with pytest.raises(ValueError, match="refused"):
        token_of(nonsense.content, make_request(bytes(32)))


def test_the_rate_is_limited(server: Server) -> None:
    codes = [ask(server, b"", "text/plain").status_code for _ in range(70)]
    assert 429 in codes
