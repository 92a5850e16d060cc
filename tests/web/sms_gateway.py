"""An SMS gateway that speaks our protocol, as a process of its own, and can be as bad as real ones are.

As a program it reads a line a command (`mode NAME` or `told`) and answers with one of JSON; its input's end is its own. It keeps keys: what comes
again under one is answered again and told once.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from tests.simulator import Simulator

TOKEN = "token-of-the-gateway"
LINES = {"ok": "200 OK", "failing": "500 Internal Server Error", "refusing": "422 Unprocessable Content", "busy": "429 Too Many Requests",
         "locked": "401 Unauthorized", "moved": "302 Found"}  # fmt: skip


class SmsGateway(Simulator):
    def __init__(self) -> None:
        super().__init__("tests.web.sms_gateway")
        self.url = self.began["url"]

    def mode(self, name: str) -> None:
        """ok | failing | refusing | busy | locked | moved | silent (takes it and says nothing) | cut (takes it and hangs up) | twice (answers twice)
        | garbage (no HTTP) | endless (a body without end)"""
        self.do(f"mode {name}")

    def told(self) -> list[dict[str, str]]:
        """What went out to people: {"to", "text", "key"}."""
        return list(self.do("told")["told"])

    def asked(self) -> dict[str, int]:
        """Key → how often it was asked."""
        return dict(self.do("told")["asked"])


class Gateway:
    def __init__(self) -> None:
        self.mode = "ok"
        self.told: dict[str, dict[str, str]] = {}
        self.asked: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
            body = json.loads(await reader.readexactly(int(lines["content-length"])))
            assert head.startswith("POST /send ") and set(body) == {"to", "text"}, head
            await self._answer(lines, body, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, lines: dict[str, str], body: dict[str, str], writer: asyncio.StreamWriter) -> None:
        key, mode = lines["idempotency-key"], self.mode
        self.asked[key] += 1
        if lines["authorization"] != f"Bearer {TOKEN}":
            mode = "locked"
        if mode in {"ok", "silent", "cut", "twice", "garbage", "endless"}:
            self.told.setdefault(key, {**body, "key": key})
        if mode == "silent":
            await asyncio.sleep(60)
        if mode in {"silent", "cut"}:
            return
        if mode == "garbage":
            writer.write(b"\x00\xff" * 500 + b"\r\n\r\n")
        if mode == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 100_000)
            await asyncio.sleep(60)
        line = LINES.get(mode, LINES["ok"])
        wait = "Retry-After: 700\r\n" if mode == "busy" else "Location: /elsewhere\r\n" if mode == "moved" else ""
        answer = f'HTTP/1.1 {line}\r\n{wait}Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{{"id": "123"}}'.encode()
        writer.write(answer)
        if mode == "twice":
            writer.write(f"HTTP/1.1 {LINES['failing']}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()


async def main() -> None:
    gateway = Gateway()
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/send"}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, _, name = line.strip().partition(" ")
        if word == "mode":
            gateway.mode = name
        print(json.dumps({"told": list(gateway.told.values()), "asked": gateway.asked}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
