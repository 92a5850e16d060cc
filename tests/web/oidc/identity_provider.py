"""A real OpenID provider in a process of its own: npm's certified oidc-provider, installed from its lock once, run by Node, ended by its process id."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from rehearsal.server import free_port
from web.oidc.provider import BACK
from web.setup.client import node_command
from web.setup.environment import hash_files, run_step

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(__file__).parent / "provider"
FOLDER = ROOT / "data" / "cache" / "identity_provider"
CLIENT, SECRET = "heyi", "a secret of the client's: +/&=%"
STEPS = 8
"""Pages that a sign-in takes at most."""


def install(folder: Path = FOLDER) -> None:
    """Bring the pinned packages into `folder`, once for each change of the pins, and one process at a time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        _install(folder)


def _install(folder: Path) -> None:
    pins = [SOURCES / "package-lock.json", SOURCES / "package.json"]
    stamp, wanted = folder / ".installed", hash_files([*pins, SOURCES / "provider.mjs"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (*pins, SOURCES / "provider.mjs", SOURCES / ".npmrc"):
        shutil.copy(path, folder / path.name)
    search, npm = node_command(ROOT)
    env = {**os.environ, "PATH": search + os.pathsep + os.environ.get("PATH", ""), "CI": "1"}
    run_step("Installing oidc-provider", [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, env)
    stamp.write_text(wanted)


def key(alg: str = "RS256", kid: str = "first") -> dict[str, Any]:
    """A private key, as a provider keeps it."""
    kinds: dict[str, Any] = {"ES256": lambda: ECKey.generate_key("P-256"), "EdDSA": lambda: OKPKey.generate_key("Ed25519")}
    made = kinds.get(alg, lambda: RSAKey.generate_key(2048))()
    return {**made.as_dict(private=True), "kid": kid, "alg": alg, "use": "sig"}


class IdentityProvider:
    def __init__(self, own: str, *keys: dict[str, Any]) -> None:
        """`own`: where browsers reach our server."""
        node = shutil.which("node", path=node_command(ROOT)[0])
        if node is None:
            pytest.skip("there is no Node")
        install()
        self._node, self._own, self.port, self._telling = node, own, free_port(), free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None
        self.start(*(keys or (key(),)))

    def start(self, *keys: dict[str, Any], shift: int = 0) -> None:
        """With these keys, the first one signing. `shift`: seconds by which its clock is wrong."""
        said = {
            "port": self.port,
            "client": CLIENT,
            "secret": SECRET,
            "back": self._own + BACK,
            "logout": f"http://127.0.0.1:{self._telling}/",
            "keys": keys,
            "shift": shift,
        }
        command = [self._node, str(FOLDER / "provider.mjs"), json.dumps(said)]
        self._process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if "ready" not in self._process.stdout.readline():
            raise AssertionError(self._process.communicate()[1])

    def told_of(self, act: Callable[[], None]) -> bytes:
        """What it tells by its back channel while `act` is done: the body of one POST."""
        bodies: list[bytes] = []

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        with HTTPServer(("127.0.0.1", self._telling), Listener) as server:
            server.timeout = 10
            telling = Thread(target=server.handle_request)
            telling.start()
            act()
            telling.join()
        return bodies[0]

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None


def settings_of(provider: IdentityProvider, folder: Path) -> dict[str, str]:
    """Fields of `Settings` that connect it."""
    secret = folder / "client-secret"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret_file": str(secret)}


class Person:
    """Whoever signs in at the provider, with the provider's cookies of one browser."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._http = httpx.Client(timeout=10)

    def go(self, url: str, *, give_up: bool = False) -> str:
        """Through the provider's pages; returns the address of ours that it sends the browser to."""
        answer = self._http.get(url)
        for _ in range(STEPS):
            if answer.is_redirect:
                where = str(answer.next_request.url) if answer.next_request else ""
                if BACK in where.partition("?")[0]:
                    return where
                answer = self._http.get(where)
                continue
            assert answer.status_code == 200, answer.text
            if give_up:
                answer = self._http.get(_one(r'href="([^"]*/abort)"', answer.text))
                continue
            form = {"prompt": _one(r'name="prompt" value="(\w+)"', answer.text), "login": self.name, "password": "any"}
            answer = self._http.post(_one(r'action="([^"]+)"', answer.text), data=form)
        raise AssertionError("the provider does not come to an end")

    def sign_out(self, issuer: str) -> None:
        page = self._http.get(f"{issuer}/session/end")
        form = {"xsrf": _one(r'name="xsrf" value="(\w+)"', page.text), "logout": "yes"}
        assert self._http.post(_one(r'action="([^"]+)"', page.text), data=form).status_code < 400


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text[-2000:]
    return found.group(1)
