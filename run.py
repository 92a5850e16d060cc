#!/usr/bin/env python3
"""Verbs of 和议 Heyi, and the place where the running system is put together.

The first half uses the standard library alone: it makes `.venv`, installs the hash-locked dependencies, builds the browser client when its
sources changed, and starts itself again inside `.venv`. The second half is the command line; each verb builds its objects here and hands
them to the folder that does the work.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)


def _bootstrap() -> None:
    """Return only inside a complete `.venv`; otherwise complete it and start again there."""
    from web.setup.environment import ensure_environment

    python = ensure_environment(ROOT, VENV, with_tests="test" in sys.argv[1:2])
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), str(ROOT / "run.py"), *sys.argv[1:]])


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Heyi needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer; this is {sys.version.split()[0]}.")
    sys.path.insert(0, str(ROOT))
    _bootstrap()
    from web.commands import cli

    cli()
