"""HTTP: headers, limits, lock-out, and doors that close at once."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys

import httpx
import pytest

from tests.serving import Client, Refused, Server, Visitor, serving
from web.rates import LIMITS

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    data = tmp_path_factory.mktemp("security") / "data"
    command = [
        sys.executable,
        "-c",
        "from web.commands import cli; cli()",
        "create-admin",
        "root",
        "--data",
        str(data),
        "--password",
        PASSWORD,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with serving(data) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/c/HY-0000-0000", "/api/regions", "/api/me", "/api/no-such-thing"])
async def test_every_answer_carries_the_security_headers(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path)
    policy = answer.headers["content-security-policy"]
    directives = dict(d.strip().partition(" ")[::2] for d in policy.split(";"))
    assert directives["script-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    if path.startswith("/api/"):
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]


async def test_no_page_has_an_inline_script(server: Server) -> None:
    for path in ("/", "/report", "/j"):
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", httpx.get(server.url + path).text, re.S):
            assert "src=" in attributes
            assert not body.strip()


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/nothing"), ("POST", "/api/nothing"), ("GET", "/api/sign-in/x")])
async def test_an_unknown_resource_is_a_404_in_json(server: Server, method: str, path: str) -> None:
    answer = httpx.request(method, server.url + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_page")


async def test_a_foreign_page_cannot_post(server: Server) -> None:
    answer = httpx.post(server.url + "/api/sign-in", json={}, headers={"Origin": "https://evil.example.org"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_bodies_are_bounded_and_checked(server: Server) -> None:
    large = httpx.post(server.url + "/api/links/exchange", content=b'{"token": "' + b"x" * 70_000 + b'"}')
    assert (large.status_code, large.json()["code"]) == (422, "too_long")
    odd = httpx.post(server.url + "/api/links/exchange", json={"token": "x", "admin": True})
    assert (odd.status_code, odd.json()["code"]) == (422, "malformed")


async def test_five_wrong_passwords_lock_even_the_right_one_out(server: Server) -> None:
    visitor = Visitor(server)

    async def attempt(password: str) -> tuple[int, str]:
        answer = await visitor.http.post("/api/sign-in", json={"login": "root", "password": password})
        return answer.status_code, answer.json().get("code", "")

    assert (await attempt(PASSWORD))[0] == 200
    for _ in range(5):
        assert await attempt("wrong password") == (403, "wrong_password")
    assert await attempt(PASSWORD) == (429, "locked")
    unknown = await visitor.http.post("/api/sign-in", json={"login": "nobody", "password": PASSWORD})
    assert unknown.json()["code"] == "wrong_password", "it must not be told whether an account exists"


async def test_signing_out_closes_the_websocket_and_the_cookie(server: Server) -> None:
    visitor = Visitor(server)
    await visitor.open(server.links["centre"])
    async with visitor.connect() as client:
        await visitor.http.post("/api/sign-out", params={"as": visitor.handle})
        assert await ended(client) == 4401
    assert (await visitor.http.get("/api/me", params={"as": visitor.handle})).status_code == 403


async def test_a_seat_taken_over_ends_on_the_former_device(server: Server) -> None:
    first, second = Visitor(server), Visitor(server)
    await first.open(server.links["party 1"])
    async with first.connect() as client:
        await second.open(server.links["party 1"], take_over=True)
        assert await ended(client) == 4409


async def test_a_seat_withdrawn_is_cut_at_once_and_stays_out(server: Server) -> None:
    mediator, party = Visitor(server), Visitor(server)
    await mediator.open(server.links["mediator"])
    where = await party.open(server.links["party 2"])
    session = where.rsplit("/", 1)[1]
    async with mediator.connect() as m, party.connect() as p:
        room = await m.follow(f"room/{session}")
        own = await p.follow(f"room/{session}")
        await m.do({"t": "remove_seat", "case": room["case"], "seat": own["me"]})
        assert await ended(p) == 4403
    with pytest.raises(Refused):
        await Visitor(server).open(server.links["party 2"])
    assert (await party.http.get("/api/me", params={"as": party.handle})).status_code == 403


async def ended(client: Client) -> int:
    """Wait until the server has closed the connection; the code that it gave."""
    async with asyncio.timeout(5):
        await client.socket.wait_closed()
    assert client.socket.close_code is not None
    return client.socket.close_code


async def test_reports_are_limited_by_address(server: Server) -> None:
    """Last: it spends what this address may report."""
    codes = []
    async with httpx.AsyncClient(base_url=server.url) as client:
        for number in range(LIMITS["report"][1] + 5):
            body = {"report": json.dumps({"title": "x"})}
            codes.append((await client.post("/api/reports", data=body, headers={"Idempotency-Key": f"limit-{number:04}"})).status_code)
    assert codes[0] == 422
    assert codes[-1] == 429
