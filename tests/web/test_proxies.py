"""X-Forwarded-For is believed from configured addresses alone. The metrics page shows it: only this machine may read it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.serving import serving


@pytest.mark.parametrize(("proxies", "expected"), [("", 200), ("192.0.2.1", 200), ("127.0.0.1", 404)])
def test_who_is_believed(tmp_path: Path, proxies: str, expected: int) -> None:
    with serving(tmp_path / "data", HEYI_TRUSTED_PROXIES=proxies) as server:
        answer = httpx.get(f"{server.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.status_code == expected
        assert httpx.get(f"{server.url}/metrics").status_code == 200
