"""A provider of identity checks that speaks docs/providers.md, with a page for people, as a process of its own; it can be as bad as real ones are.

As a program it reads a line a command (`mode NAME`, `decide STATE REASON` or `asked`) and answers with one of JSON; its input's end is its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulator import Simulator

SECRET = "secret-between-us-and-the-identity-provider"


class IdentityProvider(Simulator):
    def __init__(self) -> None:
        super().__init__("tests.web.identity_provider")
        self.url = self.began["url"]

    def mode(self, name: str) -> None:
        """ok | silent | failing | once (fails the first time) | refusing | moved | garbage | endless | short (a token too short) | plain (a page by http elsewhere)"""
        self.do(f"mode {name}")

    def decide(self, state: str, reason: str = "") -> None:
        """What it found of everybody who is asked about, until they do something on its page."""
        self.do(f"decide {state} {reason}")

    def asked(self) -> dict[str, Any]:
        """{"people": [{"name", "id_number"}], "tries": how often anything was asked}"""
        return self.do("asked")


class Provider:
    def __init__(self) -> None:
        self.mode, self.default, self.tries = "ok", ("open", ""), 0
        self.tokens: dict[str, dict[str, str]] = {}
        """Token → what it was asked for, and where the person goes back to."""
        self.keys: dict[str, str] = {}
        self.found: dict[str, tuple[str, str]] = {}

    def begin(self, asked: dict[str, str], own: str) -> dict[str, str]:
        token = self.keys.setdefault(asked["key"], secrets.token_urlsafe(16))
        self.tokens[token] = asked
        base = "http://elsewhere.example" if self.mode == "plain" else own
        return {"token": token[:4] if self.mode == "short" else token, "url": f"{base}/page?token={token}"}

    def outcome(self, asked: dict[str, str]) -> dict[str, str]:
        state, reason = self.found.get(asked["token"], self.default)
        return {"state": state, "reason": reason, "reference": f"record-{asked['token'][:6]}" if state == "passed" else ""}

    def page(self, token: str, found: str) -> tuple[int, str, str]:
        """(status, where to, what it shows)."""
        if found:
            state, _, reason = found.partition("-")
            self.found[token] = (state, reason)
            return 303, self.tokens[token]["back"], ""
        ways = {"passed": "刷脸通过", "failed-mismatch": "刷脸不通过", "failed-cancelled": "取消"}
        links = "".join(f'<p><a href="/page?token={token}&found={way}">{words}</a></p>' for way, words in ways.items())
        return (
            200,
            "",
            f'<!doctype html><meta charset="utf-8"><title>实人核验</title><h1>实人核验：{self.tokens[token]["name"]}</h1>{links}',
        )


def signed(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    at, key, hashed = handler.headers["Heyi-Time"], handler.headers["Idempotency-Key"], hashlib.sha256(body).hexdigest()
    said = "\n".join(["POST", handler.path, at, key, hashed])
    good = hmac.compare_digest(hmac.new(SECRET.encode(), said.encode(), "sha256").hexdigest(), handler.headers["Heyi-Signature"])
    return good and abs(time.time() - int(at)) < 300


def serve(provider: Provider) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            token = query.get("token", [""])[0]
            status, where, shown = provider.page(token, query.get("found", [""])[0]) if token in provider.tokens else (404, "", "")
            self.send_response(status)
            if where:
                self.send_header("Location", where)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(shown.encode())))
            self.end_headers()
            self.wfile.write(shown.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            provider.tries += 1
            if provider.mode == "silent":
                time.sleep(2)
                return
            if provider.mode in {"failing", "once"}:
                provider.mode = "ok" if provider.mode == "once" else provider.mode
                return self._say(502, b"{}")
            if provider.mode == "refusing" or not signed(self, body):
                return self._say(403, b"{}")
            if provider.mode == "moved":
                self.send_response(307)
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
                self.end_headers()
                return None
            if provider.mode == "garbage":
                return self._say(200, b'{"token": 7, "state": "perhaps"}')
            if provider.mode == "endless":
                return self._say(200, b" " * 100_000)
            asked = json.loads(body)
            own = f"http://127.0.0.1:{server.server_port}"
            answer = provider.begin(asked, own) if self.path == "/check/begin" else provider.outcome(asked)
            return self._say(200, json.dumps(answer).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    provider = Provider()
    server = serve(provider)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}/check"}), flush=True)
    for line in sys.stdin:
        command, *more = line.split()
        answer: dict[str, Any] = {}
        if command == "mode":
            provider.mode = more[0]
        elif command == "decide":
            provider.default = (more[0], more[1] if more[1:] else "")
        else:
            people = [{"name": one["name"], "id_number": one["id_number"]} for one in provider.tokens.values()]
            answer = {"people": people, "tries": provider.tries}
        print(json.dumps(answer), flush=True)
    server.shutdown()


if __name__ == "__main__":
    main()
