"""What most tests in browsers begin with: people with browsers of their own, and a server over the demonstration's county."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import chromium
from tests.browser.people import People, people
from tests.serving import Server, serving


@pytest.fixture
def everybody() -> Iterator[People]:
    """At the end no page may have made an error, nor have kept anybody from using it."""
    with people() as found:
        yield found
        assert not [e for e in found.errors if "404" not in e], found.errors
        assert not found.barriers, "\n".join(found.barriers)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
