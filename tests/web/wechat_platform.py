"""WeChat's servers and its page that asks a person, as a process of their own: an official account's token, one-time consents, one message for each.

As a program it reads a line a command (`mode NAME`, `forget` or `told`) and answers with one of JSON; its input's end is its own.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
import urllib.parse
from collections import Counter
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.simulator import Simulator

APP, SECRET, TEMPLATE = "wx0000000000heyi", "app-secret-of-the-account", "template-of-one-message"
CODES = {"busy": -1, "quota": 45009, "refused": 43101, "wrong_text": 47003}


class WechatServer(Simulator):
    def __init__(self) -> None:
        super().__init__("tests.web.wechat_platform")
        self.url = self.began["url"]

    def mode(self, name: str) -> None:
        """ok | busy (-1) | quota (45009) | refused (43101) | wrong_text (47003) | failing (500) | silent (takes it and says nothing) | garbage | endless
        | locked (no token for this address: 40164)"""
        self.do(f"mode {name}")

    def forget(self) -> None:
        """Its token is not known any more before its time."""
        self.do("forget")

    def told(self) -> dict[str, Any]:
        """{"messages": what came to people, "tokens": how many were given, "tries": code → how often}"""
        return self.do("told")


class Platform:
    def __init__(self) -> None:
        self.mode, self.token, self.tokens = "ok", "", 0
        self.allowed: set[tuple[str, str]] = set()
        self.messages: list[dict[str, Any]] = []
        self.tries: Counter[int] = Counter()
        self.lock = threading.Lock()

    def give_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.mode == "locked":
            return {"errcode": 40164, "errmsg": "invalid ip, not in whitelist"}
        if (asked["appid"], asked["secret"], asked["grant_type"]) != (APP, SECRET, "client_credential"):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        self.tokens += 1
        self.token = self.token or secrets.token_urlsafe(40)
        return {"access_token": self.token, "expires_in": 7200}

    def send(self, token: str, message: dict[str, Any]) -> int:
        if token != self.token:
            return 40001
        if self.mode in CODES:
            return CODES[self.mode]
        content = message["data"]["content"]["value"]
        if set(message) != {"touser", "template_id", "url", "scene", "title", "data"} or len(message["title"]) > 15 or len(content) > 200:
            return 47003
        if message["template_id"] != TEMPLATE:
            return 40037
        consent = (message["touser"], message["scene"])
        if consent not in self.allowed:
            return 43101
        self.allowed.remove(consent)
        self.messages.append(message)
        return 0


def serve(platform: Platform) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            """The page that asks, with its two ways on."""
            asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            if asked.get("appid") != APP or asked.get("template_id") != TEMPLATE or len(asked.get("reserved", "")) > 128:
                return self.say(200, b"<p>appid or template is wrong")
            openid, back = f"o{secrets.token_urlsafe(20)}", asked["redirect_url"]
            ways = []
            for action, words in (("confirm", "同意"), ("cancel", "取消")):
                brought = {"template_id": TEMPLATE, "action": action, "scene": asked["scene"], "reserved": asked["reserved"]}
                if action == "confirm":
                    brought["openid"] = openid
                where = f"{back}{'&' if '?' in back else '?'}{urllib.parse.urlencode(brought)}"
                ways.append(f'<p><a id="{action}" href="{escape(where)}">{words}</a>')
            with platform.lock:
                platform.allowed.add((openid, asked["scene"]))
            return self.say(200, f"<!doctype html><meta charset=utf-8><title>微信</title>{''.join(ways)}".encode(), "text/html")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path, _, query = self.path.partition("?")
            with platform.lock:
                if path == "/cgi-bin/stable_token":
                    return self.say(200, json.dumps(platform.give_token(body)).encode())
                assert path == "/cgi-bin/message/template/subscribe", path
                mode = platform.mode
                code = (
                    0 if mode in {"failing", "garbage", "endless"} else platform.send(urllib.parse.parse_qs(query)["access_token"][0], body)
                )
                platform.tries[code] += 1
            if mode == "silent":
                time.sleep(3)
                self.close_connection = True
                return None
            if mode in {"failing", "garbage", "endless"}:
                words = {"failing": b"{}", "garbage": b"<html>?", "endless": b" " * 200_000}[mode]
                return self.say(500 if mode == "failing" else 200, words)
            return self.say(200, json.dumps({"errcode": code, "errmsg": "ok" if not code else "no"}).encode())

        def say(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main() -> None:
    platform = Platform()
    server = serve(platform)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    for line in sys.stdin:
        command, *more = line.split()
        with platform.lock:
            if command == "mode":
                platform.mode = more[0]
            if command == "forget":
                platform.token = ""
            told = {"messages": platform.messages, "tokens": platform.tokens, "tries": platform.tries}
        print(json.dumps(told), flush=True)
    server.shutdown()


if __name__ == "__main__":
    main()
