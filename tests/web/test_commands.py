"""Verbs that must work where nothing is installed but the checkout: no data folder, no server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from benchmarks.figures import Figure, figure
from web.commands_operations import Bench, bench

ROOT = Path(__file__).resolve().parents[2]


def verb(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); from web.commands import cli; cli()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def test_verify_says_no_by_its_exit_code_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("no bundle")
    done = verb(tmp_path, "verify", "letter.txt", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"], said["checks"][0]["code"]) == (1, False, "known_format")
    assert verb(tmp_path, "verify", "missing.zip").returncode == 1
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_backup_of_nothing_and_a_broken_setting_are_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = verb(tmp_path, "backup", "out.tar", "--data", "nowhere")
    assert done.returncode == 1
    assert "no data folder" in done.stderr
    monkeypatch.setenv("HEYI_NONSENSE", "1")
    done = verb(tmp_path, "backup", "out.tar")
    assert done.returncode == 1
    assert "HEYI_NONSENSE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = verb(tmp_path, "serve", "--port", str(taken.getsockname()[1]), "--data", "data")
    assert done.returncode == 1
    assert "cannot be opened" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists(), "nothing was begun"


def test_figures_alone_are_on_standard_output(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def measured(only: object, peers: bool) -> list[Figure]:
        structlog.get_logger("x").info("something a server in this process says")
        return [figure("draft.x", "ms", [1.0])]

    monkeypatch.setattr("benchmarks.draft.run", measured)
    try:
        bench(Bench.DRAFT, as_json=True)
    finally:
        structlog.reset_defaults()
    said = capfd.readouterr()
    assert [one["name"] for one in json.loads(said.out)] == ["draft.x"] and "something a server" in said.err
