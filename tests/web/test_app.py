"""The addresses of pages: those that the client draws, and what is answered for any other."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import DBConnectionError

from storage.sealed_blobs import Altered
from tests.web.town import town
from web.app import PAGES, POLICY, STATIC

pytestmark = pytest.mark.anyio

ROUTER = Path(__file__).parents[2] / "web" / "client" / "src" / "router.ts"


def test_the_server_knows_every_page_that_the_client_draws() -> None:
    drawn = set()
    for path in re.findall(r"path: '([^']+)'", ROUTER.read_text()):
        if path.endswith("?"):
            drawn.add(path.rpartition("/")[0])
        drawn.add(re.sub(r":(\w+)\??", r"{\1}", path))
    assert drawn == {*PAGES, "/c/{code}", "/{rest}(.*)*"}


async def test_an_address_without_a_page_says_so(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        page = (await http.get("/report")).content
        for path in ("/desk", "/case/k1/playback", "/wall", "/wall/139901001"):
            answer = await http.get(path)
            assert answer.status_code == 200 and answer.content == page, path
        for path in ("/nothing", "/case/k1/more", "/robots.txt", "/wp-login.php", "/desk/nothing?x=1"):
            answer = await http.get(path)
            assert answer.status_code == 404 and answer.content == page, path


@pytest.mark.parametrize(
    ("typed", "leads"),
    [("/desk/", "/desk"), ("/verify/?a=1", "/verify?a=1"), ("//example.com/", "/example.com"), ("/%5Cexample.com/", "/%5Cexample.com")],
)
async def test_a_slash_too_many_leads_to_the_page_and_never_elsewhere(folder: Path, typed: str, leads: str) -> None:
    async with town(folder) as at, at.client() as http:
        answer = await http.get(f"{http.base_url}{typed}")
        assert answer.status_code == 308 and answer.headers["Location"] == leads


async def test_the_offline_worker_is_asked_for_anew_and_names_files_that_are_there(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        answer = await http.get("/sw.js")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/javascript") and answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Security-Policy"] == POLICY and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Service-Worker-Allowed" not in answer.headers and "Set-Cookie" not in answer.headers
        files = set(re.findall(r"/assets/[\w.-]+\.\w+", answer.text))
        assert 10 < len(files) <= 60
        assert all((STATIC / name.lstrip("/")).exists() for name in files), files
        page = (await http.get("/report")).text
        assert set(re.findall(r'"(/assets/[^"]+\.(?:js|css))"', page)) <= files
        for part in ("ReportPage", "zh", "en"):
            assert any(name.startswith(f"/assets/{part}-") for name in files), part


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("out of our own mistake"), 500),
        (DBConnectionError("the database is away"), 503),
        (Altered("photos/a.jpg does not open"), 503),
    ],
)
async def test_what_fails_is_logged_without_what_stands_in_its_address(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    token = "s3cretThatOpensACalendar"

    async def fails(*_: object) -> None:
        raise error

    async with town(folder) as at:
        monkeypatch.setattr(at.house.doors.links, "account_of_feed", fails)
        transport = httpx.ASGITransport(at.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420") as http:
            with capture_logs() as lines:
                answer = await http.get(f"/calendar/{token}.ics")
        assert answer.status_code == status and "noindex" in answer.headers.get("X-Robots-Tag", "noindex")
        (line,) = [one for one in lines if one["log_level"] in {"error", "warning"}]
        assert line["resource"] == "/calendar/{token}.ics" and token not in str(lines)
        assert status == 500 or answer.json()["code"] in {"storage_away", "file_altered"}


async def test_no_search_engine_is_to_have_pages_of_people_or_of_links(folder: Path) -> None:
    async with town(folder) as at, at.client() as http:
        for path in (
            "/c/HY-AAAA-BBBB",
            "/own/x",
            "/mine/x",
            "/calendar/x.ics",
            "/qr/HY-AAAA-BBBB.svg",
            "/j",
            "/wall",
            "/case/x",
            "/api/anchor",
        ):
            assert (await http.get(path)).headers["X-Robots-Tag"] == "noindex, nofollow", path
        assert "X-Robots-Tag" not in (await http.get("/report")).headers
