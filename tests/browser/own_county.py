"""A county of one's own, without the demonstration: entered from a file, served by a process of its own."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.serving import launched
from web.county import EXAMPLE

ADMINISTRATORS = "".join(
    f'\n[[accounts]]\nlogin = "{login}"\nname = "{name}"\nrole = "{login}_admin"\nregion = "139901"\n'
    for login, name in (("system", "钱某"), ("security", "冯某"), ("audit", "褚某"))
)


@contextlib.contextmanager
def own_county(folder: Path, port: int, **environment: str) -> Iterator[dict[str, str]]:
    """Links by login, and the server's own address."""
    (folder / "county.toml").write_text(EXAMPLE + ADMINISTRATORS, encoding="utf-8")
    around = {key: value for key, value in os.environ.items() if not key.startswith("HEYI_")}
    around |= {"HEYI_DATA": str(folder / "data"), "HEYI_PORT": str(port), "HEYI_MEDIA": "false", "HEYI_WARM": "false", **environment}
    links = folder / "links.csv"
    with (folder / "log").open("wb") as log:
        assert launched(["county", str(folder / "county.toml"), "--links", str(links)], around, log).wait(60) == 0, (
            folder / "log"
        ).read_text()
        server = launched(["serve"], around, log)
    try:
        own = f"http://127.0.0.1:{port}"
        _wait_for(own, folder / "log")
        rows = csv.reader(links.read_text(encoding="utf-8-sig").splitlines())
        yield {"own": own, **{row[1] or ("wall" if len(row[0].split()[-1]) == 6 else row[0]): row[3] for row in rows}}
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(own: str, log: Path) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{own}/healthz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")
