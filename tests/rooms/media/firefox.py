"""A real Firefox on a stage, driven by WebDriver BiDi (W3C): it comes from the system's packages, where Playwright would need a build of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import ClientConnection, connect

from rehearsal.server import free_port
from tests.rooms.media.conftest import Stage

FIREFOX = "firefox-esr"
WITHIN = 40.0
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Nothing is asked of anybody outside: no updates, no telemetry, no captive portal, no lists, no codec downloads.
    "app.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.startup.homepage": "about:blank",
    "datareporting.healthreport.uploadEnabled": False,
    "media.gmp-manager.url": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class FirefoxSeat:
    """Stands where a headless peer stands on the stage."""

    def __init__(self, socket: ClientConnection, context: str) -> None:
        self._socket, self._context = socket, context
        self._numbers = itertools.count(100)

    async def run(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function with plain values and return its plain result."""
        expression = f"({function})(...{json.dumps(arguments)}).then(found => JSON.stringify(found))"
        found = await call(
            self._socket,
            next(self._numbers),
            "script.evaluate",
            {"expression": expression, "target": {"context": self._context}, "awaitPromise": True},
        )
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"]) if "value" in found["result"] else None

    async def handle_offer(self, sdp: str, *, fresh: bool = False) -> str:
        return str(await self.run("async (sdp, fresh) => answerOffer(sdp, fresh)", sdp, fresh))

    async def publish(self, *, layered: bool) -> None:
        await self.run("async layered => { await publish(layered); return null }", layered)

    async def decoded(self) -> dict[str, Any]:
        return dict(await self.run("async () => decoded()"))

    async def close(self) -> None:
        """The browser ends with its stage."""


async def call(socket: ClientConnection, number: int, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """One command of the protocol and its result; events are passed over."""
    await socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
    async with asyncio.timeout(WITHIN):
        while True:
            message = json.loads(await socket.recv())
            if message.get("id") == number:
                assert message["type"] == "success", message
                return dict(message["result"])


@contextlib.asynccontextmanager
async def firefox(stage: Stage, seat: str) -> AsyncIterator[FirefoxSeat]:
    """Give a seat to a Firefox."""
    async with _page(stage, seat) as url, opened(url) as there:
        stage.peers[seat] = there  # type: ignore[assignment]
        try:
            yield there
        finally:
            stage.peers.pop(seat)


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[FirefoxSeat]:
    """A Firefox that shows a page."""
    async with _browser() as port, connect(f"ws://127.0.0.1:{port}/session", max_size=None) as socket:
        await call(socket, 1, "session.new", {"capabilities": {}})
        tree = await call(socket, 2, "browsingContext.getTree", {})
        context = tree["contexts"][0]["context"]
        await call(socket, 3, "browsingContext.navigate", {"context": context, "url": url, "wait": "complete"})
        yield FirefoxSeat(socket, context)


@contextlib.asynccontextmanager
async def _browser() -> AsyncIterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="heyi-firefox-", ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        Path(profile, "user.js").write_text("\n".join(lines))
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile, f"--remote-debugging-port={port}", "about:blank"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        try:
            assert process.stderr is not None
            async with asyncio.timeout(WITHIN):
                while b"WebDriver BiDi listening" not in (line := await process.stderr.readline()):
                    assert line, "Firefox did not start"
            drain = asyncio.create_task(process.stderr.read())
            yield port
            drain.cancel()
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), 10)
                except TimeoutError:
                    process.kill()
                    await process.wait()


@contextlib.asynccontextmanager
async def _page(stage: Stage, seat: str) -> AsyncIterator[str]:
    """The page of a seat, and its signalling as plain requests."""
    html = (Path(__file__).parent / "room_page.html").read_text()
    bridge = "const post = (path, sdp) => fetch(path, {method: 'POST', body: sdp}).then(r => r.text());"
    bridge += "window.heyiPublish = sdp => post('/publish', sdp); window.heyiRestart = sdp => post('/restart', sdp);"

    async def page(request: Request) -> Response:
        return HTMLResponse(html.replace("<script>", f"<script>{bridge}", 1))

    async def publish(request: Request) -> Response:
        return PlainTextResponse((await stage.media.publish(stage.room, seat, (await request.body()).decode())).answer)

    async def restart(request: Request) -> Response:
        return PlainTextResponse(await stage.media.restart_ice_up(stage.room, seat, (await request.body()).decode()))

    routes = [Route("/", page), Route("/publish", publish, methods=["POST"]), Route("/restart", restart, methods=["POST"])]
    async with served(routes) as url:
        yield url


@contextlib.asynccontextmanager
async def served(routes: list[Route]) -> AsyncIterator[str]:
    """Where these are found."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.02)
        yield f"http://localhost:{port}/"
    finally:
        server.should_exit = True
        await serving
