"""The virtual environment in `.venv`, installed from the hash-locked requirement files. Standard library only.

A stamp in `.venv` holds the hash of the lock files that were installed, so that a later start costs a file read.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path


def say(text: str) -> None:
    """A line about the set-up, on standard error so that `--json` output stays clean."""
    print(f"\033[2m[heyi]\033[0m {text}" if sys.stderr.isatty() else f"[heyi] {text}", file=sys.stderr, flush=True)


def hash_files(paths: list[Path]) -> str:
    """One hash of names and contents. Names count from the folder that all paths share: a checkout may be moved or copied."""
    digest = hashlib.sha256()
    shared = os.path.commonpath([path.parent for path in paths])
    for path in sorted(paths):
        digest.update(os.path.relpath(path, shared).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def run_step(title: str, command: list[str], cwd: Path, env: dict[str, str] | None = None) -> None:
    """Run one step of the set-up; show its output only when it fails. Ends the program with a clear sentence on failure."""
    say(f"{title} …")
    started = time.monotonic()
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr)[-6000:])
        sys.exit(f"\n[heyi] {title}: failed with exit code {done.returncode}. The lines above say why; mend that and start again.")
    say(f"{title}: done in {time.monotonic() - started:.0f} s")


def ensure_environment(root: Path, folder: Path, with_tests: bool) -> Path:
    """Make `.venv` complete and return its Python. `with_tests` adds what only the tests need."""
    python = folder / "bin" / "python"
    locks = ["runtime", "test"] if with_tests else ["runtime"]
    for lock in locks:
        path = root / "requirements" / f"{lock}.lock"
        stamp = folder / f".installed-{lock}"
        wanted = hash_files([path])
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            continue
        if not python.exists():
            say("Making the virtual environment .venv …")
            venv.EnvBuilder(with_pip=True, clear=True).create(folder)
        run_step(
            f"Installing the {lock} dependencies (a few minutes on a slow network)",
            [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", str(path)],
            root,
            {**os.environ, "PIP_NO_INPUT": "1"},
        )
        stamp.write_text(wanted)
    return python
