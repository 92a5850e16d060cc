"""A risk early-warning platform that speaks docs/providers.md, as a process of its own, and can be as bad as real ones are.

As a program it reads a line a command (`mode NAME`, `chaos SEED`, `skew SECONDS`, `lose KEY`, `alter KEY`, `add KEY` or `told`) and answers with one of JSON; its
input's end is its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sys
import threading
import time
import urllib.parse
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulator import Simulator

SECRET = "secret-between-us-and-the-risk-platform"
PAGE = 50
LATE = 4
"""Requests that are still under way somewhere while others overtake them."""
FAULTS = ("ok", "ok", "ok", "failing", "lost", "cut", "twice", "busy", "garbage", "wrong_hash", "late", "silent", "ahead")
"""`ok` more often than each other."""
AHEAD = 3600


class RiskPlatformServer(Simulator):
    def __init__(self) -> None:
        super().__init__("tests.web.risk_platform")
        self.url = self.began["url"]

    def mode(self, name: str) -> None:
        """ok | failing (500) | busy (503, Retry-After) | lost (takes it and answers 502) | cut (takes it and hangs up) | silent (takes it and says nothing)
        | ahead (401, since its clock is an hour ahead: so it says) | late (answers 502, and takes it when a few more have come) | twice (takes it, as if it had come twice) | garbage | endless | wrong_hash (takes it and acknowledges something else) | refusing (422) | stranger (401)"""
        self.do(f"mode {name}")

    def chaos(self, seed: int) -> None:
        """Any of `FAULTS` with each request."""
        self.do(f"chaos {seed}")

    def skew(self, seconds: int) -> None:
        """Its clock is so far ahead of ours."""
        self.do(f"skew {seconds}")

    def lose(self, key: str) -> None:
        self.do(f"lose {key}")

    def alter(self, key: str) -> None:
        self.do(f"alter {key}")

    def add(self, key: str) -> None:
        """One that is nobody's."""
        self.do(f"add {key}")

    def told(self) -> dict[str, Any]:
        """{"bodies": [those it took, once each, in the order in which they came], "tries": key → how often, "repeated": how often one came that it had,
        "wrong": what of the protocol was not kept}"""
        return self.do("told")


class Platform:
    def __init__(self) -> None:
        self.mode = "ok"
        self.seed: random.Random | None = None
        self.skew = 0
        self.held: dict[str, bytes] = {}
        self.order: list[str] = []
        self.tries: Counter[str] = Counter()
        self.nonces: set[str] = set()
        self.late: list[tuple[str, bytes]] = []
        self.repeated = 0
        self.wrong: list[str] = []
        self.lock = threading.Lock()

    def next_mode(self) -> str:
        return self.mode if self.seed is None else self.seed.choice(FAULTS)

    def refused(self, method: str, path: str, headers: Any, body: bytes) -> str:
        """Why this request is not believed; empty where it is."""
        at, nonce, given = (headers.get(f"Heyi-{name}", "") for name in ("Time", "Nonce", "Signature"))
        said = "\n".join([method, path, at, nonce, hashlib.sha256(body).hexdigest()])
        right = hmac.new(SECRET.encode(), said.encode(), "sha256").hexdigest()
        if not hmac.compare_digest(right, given):
            return "signature"
        if abs(time.time() + self.skew - int(at)) > 300:
            return "time"
        if nonce in self.nonces or len(nonce) != 32:
            self.wrong.append(f"nonce {nonce}")
            return "nonce"
        self.nonces.add(nonce)
        return ""

    def take(self, key: str, body: bytes) -> int:
        report = json.loads(body)
        if key != f"{report['case']}-{report['version']:06}":
            self.wrong.append(f"key {key}")
        known = self.held.get(key)
        if known is not None:
            self.repeated += 1
            return 200 if known == body else 409
        newest = max((v for k in self.held if (v := int(k.rpartition("-")[2])) and k.startswith(report["case"])), default=0)
        if report["version"] <= newest:
            self.wrong.append(f"order {key} after {newest}")
        self.held[key] = body
        self.order.append(key)
        return 201


def serve(platform: Platform) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time.time() + platform.skew, usegmt=True)

        def do_GET(self) -> None:
            with platform.lock:
                why = platform.refused("GET", self.path, self.headers, b"")
                mode = platform.next_mode()
            if why or mode in {"failing", "stranger"}:
                return self.say(401 if why or mode == "stranger" else 500, {"code": why})
            after = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("after", [""])[0]
            keys = sorted(key for key in platform.held if key > after)
            items = [{"key": key, "hash": hashlib.sha256(platform.held[key]).hexdigest()} for key in keys[:PAGE]]
            return self.say(200, {"items": items, "next": keys[PAGE - 1] if len(keys) > PAGE else ""})

        def do_POST(self) -> None:
            body, key = self.rfile.read(int(self.headers["Content-Length"])), self.headers.get("Idempotency-Key", "")
            with platform.lock:
                platform.tries[key] += 1
                mode, why = platform.next_mode(), platform.refused("POST", self.path, self.headers, body)
                if mode == "ahead":
                    return self.say(401, {"code": "time"}, Date=formatdate(time.time() + AHEAD, usegmt=True))
                if self.path != "/risk/reports" or why or mode == "stranger":
                    return self.say(401, {"code": why or "stranger"})
                if mode in {"failing", "busy", "refusing"}:
                    status = {"failing": 500, "busy": 503, "refusing": 422}[mode]
                    wait = {"Retry-After": "1"} if mode == "busy" else {}
                    return self.say(status, {"code": "no_such_region" if mode == "refusing" else ""}, **wait)
                if mode == "late":
                    platform.late.append((key, body))
                    return self.say(502, {})
                status = platform.take(key, body)
                if len(platform.late) > LATE:
                    platform.take(*platform.late.pop(0))
                if mode == "twice":
                    platform.take(key, body)
                held = hashlib.sha256(platform.held[key]).hexdigest()
            if mode == "silent":
                time.sleep(3)
            if mode in {"silent", "cut"}:
                self.close_connection = True
                return None
            if mode == "lost":
                return self.say(502, {})
            if mode == "endless":
                return self.say(200, {"key": key, "hash": held, "receipt": "FX", "more": " " * 100_000})
            if mode == "garbage":
                return self.say(200, ["?"])
            return self.say(status, {"key": key, "hash": "0" * 64 if mode == "wrong_hash" else held, "receipt": f"FX-{held[:8]}"})

        def say(self, status: int, told: Any, **headers: str) -> None:
            body = json.dumps(told).encode()
            self.send_response_only(status)
            headers.setdefault("Date", self.date_time_string())
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    platform = Platform()
    server = serve(platform)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}/risk"}), flush=True)
    for line in sys.stdin:
        command, *more = line.split()
        with platform.lock:
            answer = obey(platform, command, more)
        print(json.dumps(answer), flush=True)
    server.shutdown()


def obey(platform: Platform, command: str, more: list[str]) -> dict[str, Any]:
    match command:
        case "mode":
            platform.mode, platform.seed = more[0], None
        case "chaos":
            platform.seed = random.Random(int(more[0]))
        case "skew":
            platform.skew = int(more[0])
        case "lose":
            del platform.held[more[0]]
        case "alter":
            platform.held[more[0]] += b" "
        case "add":
            platform.held[more[0]] = b"{}"
        case "told":
            bodies = [json.loads(platform.held[key]) for key in platform.order if key in platform.held]
            return {"bodies": bodies, "tries": platform.tries, "repeated": platform.repeated, "wrong": platform.wrong}
    return {}


if __name__ == "__main__":
    main()
