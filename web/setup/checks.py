"""What `run.py test` runs, in order: quick checks first, pytest last, so that its closing line ends the output."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from web.setup.client import ensure_client, ensure_packages, node_command
from web.setup.environment import say
from web.setup.system import ensure_system_packages

PROCESSES = min(4, os.cpu_count() or 1)
"""That share the tests. With one more than there are processors two runs took 1,053 and 1,193 s on two of them, for 1,167, and in the second a whole session with five browsers
did not end in its time."""


IN_REAL_TIME = ("tests/rooms/media",)
"""What these send and wait for comes every 20 ms. They leave the processor alone for most of their time: three at once, and nothing else beside them."""
ALONE = ("tests/benchmarks/test_media.py", "tests/rehearsal/test_storm.py")
"""What these do has to come within their few seconds, and takes all there is of the machine: nothing runs beside them."""


def run_checks(root: Path, arguments: list[str]) -> int:
    """Run everything; return the first exit code that is not zero. With `arguments`, pytest alone runs, with them; `--every` alone is none: it has every test
    run, also those that prove by a second way what another proves too."""
    every = ["--every"] if "--every" in arguments else []
    arguments = arguments if arguments != every else []
    ensure_system_packages(root)
    ensure_packages(root)
    tools = Path(sys.prefix) / "bin"
    client = root / "web" / "client"
    folder, npm = node_command(root)
    failed = 0
    if arguments:
        ensure_client(root)
    else:
        quick = [
            ("ruff check", [str(tools / "ruff"), "check", "."], root),
            ("ruff format", [str(tools / "ruff"), "format", "--check", "."], root),
            ("mypy", [str(tools / "mypy"), *_packages(root)], root),
            ("import contracts", [str(tools / "lint-imports"), "--no-cache"], root),
            ("vue-tsc", [*npm, "run", "check"], client),
            ("front-end tests", [*npm, "test"], client),
        ]
        # Each waits for the disk or for one thread of its own half of the time; the client is built beside them.
        with ThreadPoolExecutor(2) as beside:
            building = beside.submit(ensure_client, root)
            for done in [beside.submit(_quiet, *check, _environment(root, folder)) for check in quick]:
                failed = failed or done.result()
            building.result()
    checks: list[tuple[str, list[str], Path]] = []
    pytest = str(tools / "pytest")
    if arguments:
        checks.append(("pytest", [pytest, *arguments], root))
    else:
        apart = [f"--ignore={path}" for path in (*IN_REAL_TIME, *ALONE)]
        checks += [
            ("pytest, several at once", [pytest, *every, "--numprocesses", str(PROCESSES), "--no-loadscope-reorder", *apart], root),
            ("pytest, in real time", [pytest, *every, "--numprocesses", "3", *IN_REAL_TIME], root),
            ("pytest, alone", [pytest, *every, *ALONE], root),
        ]
    for title, command, where in checks:
        say(f"{title} …")
        started = time.monotonic()
        code = subprocess.run(command, cwd=where, env=_environment(root, folder), check=False).returncode
        say(f"{title}: {'passed' if code == 0 else f'FAILED with exit code {code}'} in {time.monotonic() - started:.0f} s")
        failed = failed or code
    return failed


def _quiet(title: str, command: list[str], where: Path, environment: dict[str, str]) -> int:
    """What it prints comes at once, when it has ended: another one runs beside it."""
    started = time.monotonic()
    ran = subprocess.run(command, cwd=where, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    outcome = "passed" if ran.returncode == 0 else f"FAILED with exit code {ran.returncode}"
    sys.stdout.write(ran.stdout)
    sys.stdout.flush()
    say(f"{title}: {outcome} in {time.monotonic() - started:.0f} s")
    return ran.returncode


def _packages(root: Path) -> list[str]:
    return ["run.py", *sorted(p.parent.name for p in root.glob("*/__init__.py") if p.parent.name not in {"tests", "benchmarks"})]


def _environment(root: Path, node_folder: str) -> dict[str, str]:
    """Python's compiled files go where they are in nobody's way. Without any, each of some hundred servers that tests start would compile all there is anew."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PATH": node_folder + os.pathsep + kept.get("PATH", ""), "PYTHONPYCACHEPREFIX": str(root / ".venv" / "compiled")}
