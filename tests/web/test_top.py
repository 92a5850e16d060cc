"""An operator watches a running server: the numbers are those of what goes on, and nobody without the key sees them."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from tests.serving import Server, Visitor, serving
from web import top
from web.settings import read_settings

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("top") / "data") as running:
        yield running


def seen(server: Server) -> dict:
    settings = read_settings({}, {"data": str(server.data), "port": server.port})
    return next(top.watch(settings))


async def test_what_goes_on_is_counted(server: Server) -> None:
    centre, wall = Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await wall.open(server.links["wall"])
    empty = seen(server)
    assert empty["connections"] == 0
    async with centre.connect() as c, wall.connect() as w:
        await c.follow("centre/139901")
        await w.follow("wall/139901")
        before = seen(server)
        case, row = next((k, v) for k, v in c.docs["centre/139901"]["cases"].items() if v["stage"] == "reported")
        await c.do({"t": "classify", "case": case, "dispute_type": "合同" if row["type"] != "合同" else "邻里"})
        now = seen(server)
        assert now["by_kind"] == {"account": 1, "wall": 1}
        assert {row["stream"]: row["readers"] for row in now["topics"]} == {"centre/139901|staff": 1, "wall/139901|wall": 1}
        assert now["totals"]["commands"] == before["totals"]["commands"] + 1
        assert now["totals"]["deliveries"] > before["totals"]["deliveries"]
        assert now["totals"]["from_snapshot"] == empty["totals"]["from_snapshot"] + 1
        out = io.StringIO()
        Console(file=out, width=120).print(top.screen(now, before))
        picture = out.getvalue()
        for word in ("connections 2", "healthy", "centre/139901|staff", "none waits", "a second"):
            assert word in picture, picture
        assert "…" not in picture.partition("most read")[0].partition("a second")[2], "rates are known from the second look on"


async def test_without_the_key_nothing_is_told(server: Server, tmp_path: Path) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        assert (await http.get("/api/operator/load")).status_code == 403
        assert (await http.get("/api/operator/load", headers={"Authorization": "Bearer " + "0" * 64})).status_code == 403
    other = tmp_path / "other"
    (other / "keys").mkdir(parents=True)
    with pytest.raises(top.NoServer, match="another data folder"):
        next(top.watch(read_settings({}, {"data": str(other), "port": server.port})))


def test_no_server_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(top.NoServer, match="no data folder"):
        next(top.watch(read_settings({}, {"data": str(tmp_path / "none"), "port": 9})))
    (tmp_path / "keys").mkdir()
    with pytest.raises(top.NoServer, match="No server answers on port 9"):
        next(top.watch(read_settings({}, {"data": str(tmp_path), "port": 9})))
