"""What a browser loads: compressed, immutable, and small enough for a phone to join on."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving import Server

STATIC = Path(__file__).resolve().parents[2] / "web" / "static"
JOIN_LIMIT = 350 * 1024


def test_assets_are_packed_and_nothing_is_left_running(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    assert server.process is not None
    try:
        page = httpx.get(server.url + "/").text
        script = re.search(r'src="(/assets/[^"]+\.js)"', page)
        assert script
        packed = httpx.get(server.url + script[1])
        plain = httpx.get(server.url + script[1], headers={"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
        assert packed.content == plain.content
        assert int(packed.headers["Content-Length"]) * 2 < len(plain.content)
        assert "immutable" in packed.headers["Cache-Control"]
        assert packed.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
        program = httpx.get(server.url + "/verify.html")
        assert program.content == (STATIC / "verify.html").read_bytes()
        assert program.headers["Content-Disposition"] == 'attachment; filename="verify.html"'
        # Printing and signing start their worker processes at once; they must end with the server.
        family = psutil.Process(server.process.pid).children(recursive=True)
        assert family
    finally:
        server.stop()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_a_phone_joins_with_less_than_350_kilobytes() -> None:
    """Everything that the page of a session loads before its media start, without what it loads on demand."""
    wanted, seen = ["index.html"], set()
    total = 0
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        data = (STATIC / name).read_bytes()
        total += len(gzip.compress(data, 9, mtime=0))
        text = data.decode()
        if name == "index.html":
            wanted += [m.lstrip("/") for m in re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:js|css))"', text)]
            room = next(p.name for p in (STATIC / "assets").glob("RoomPage-*.js"))
            wanted += [f"assets/{p.name}" for p in (STATIC / "assets").glob("zh-*.js")]  # the language that is read
            wanted += [f"assets/{room}", *(f"assets/{p.name}" for p in (STATIC / "assets").glob("RoomPage-*.css"))]
        else:
            wanted += [f"assets/{m}" for m in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text)]
    if total >= JOIN_LIMIT:
        pytest.fail(f"{total // 1024} KB in {sorted(seen)}")
    assert len(seen) > 4
