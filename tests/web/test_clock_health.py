"""What is made of the kernel's answer about the clock."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest

from web import clock_health
from web.clock_health import read_clock_health


class Kernel:
    """Answers as adjtimex(2) does, with a status and an error in microseconds; -1: not allowed."""

    def __init__(self, answer: int, status: int = 0, error: int = 0) -> None:
        self.answer, self.status, self.error = answer, status, error

    def adjtimex(self, asked: Any) -> int:
        assert asked._obj.modes == 0, "nothing may be set"
        asked._obj.status, asked._obj.maxerror = self.status, self.error
        return self.answer


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_health, "_SERVICES", ())


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    ("kernel", "kept", "error"),
    [
        (Kernel(0, 0x2001, 12_345), True, 12),
        (Kernel(5, 0x0040, 16_000_000), False, None),
        (Kernel(-1), None, None),
    ],
)
def test_what_the_kernel_says(monkeypatch: pytest.MonkeyPatch, kernel: Kernel, kept: bool | None, error: int | None) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: kernel)
    health = read_clock_health()
    assert (health.kept, health.error_ms, health.service) == (kept, error, "")


@pytest.mark.parametrize(
    ("service", "kernel", "kept"),
    [
        ("systemd-timesyncd", Kernel(5, 0x0040), True),
        ("systemd-timesyncd", Kernel(-1), True),
        ("chrony", Kernel(5, 0x0040), None),  # it runs, and whether it has found the time is not told
        ("chrony", Kernel(-1), None),
        ("chrony", Kernel(0, 0x2001), True),
    ],
)
def test_a_service_is_named_and_believed_where_it_says_something(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service: str, kernel: Kernel, kept: bool | None
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: kernel)
    monkeypatch.setattr(clock_health, "_SERVICES", (("nothing", str(tmp_path / "none")), (service, str(tmp_path))))
    health = read_clock_health()
    assert (health.kept, health.service) == (kept, service)
