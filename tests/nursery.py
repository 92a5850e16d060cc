"""Starts servers for tests: a process that has imported the house forks one for each, which is that house in a process of its own; what is saved is the import, two seconds of a processor.

    python -m tests.nursery     asked over its standard input, a socket: one line of JSON for each start, with the file descriptors of standard output and standard error beside it

Answers `{"pid"}` to each, and tells `{"pid", "code"}` when one has ended. When whoever asks is gone, so are they all.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LINE = 1 << 20


class Started:
    """A server's process, as far as tests ask for it as they ask `subprocess.Popen`."""

    def __init__(self, pid: int, stdout: int) -> None:
        self.pid, self.returncode = pid, None
        self.stdout = os.fdopen(stdout, "rb", buffering=0)
        self._ended = threading.Event()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises `subprocess.TimeoutExpired`."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("server", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, how: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, how)

    def ended(self, code: int) -> None:
        self.returncode = code
        self._ended.set()


class Nursery:
    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen([sys.executable, "-m", "tests.nursery"], cwd=ROOT, stdin=theirs)
        theirs.close()
        self._lock = threading.Lock()
        self._answer: list[int] = []
        self._answered = threading.Condition()
        self._started: dict[int, Started] = {}
        threading.Thread(target=self._hear, daemon=True).start()

    def start(self, arguments: list[str], environment: dict[str, str], stderr: Any) -> Started:
        """`run.py` with these arguments."""
        reading, writing = os.pipe()
        asked = json.dumps({"arguments": arguments, "environment": environment}).encode() + b"\n"
        with self._lock, self._answered:
            socket.send_fds(self._ours, [asked], [writing, stderr.fileno()])
            os.close(writing)
            assert self._answered.wait_for(lambda: self._answer, 60), "the nursery is silent"
            started = self._started[self._answer.pop()] = Started(self._last, reading)
        return started

    def end(self) -> None:
        self._ours.shutdown(socket.SHUT_RDWR)
        self._process.wait(10)

    def _hear(self) -> None:
        with self._ours.makefile("rb") as lines:
            for line in lines:
                told = json.loads(line)
                with self._answered:
                    if "code" in told:
                        self._started.pop(told["pid"]).ended(told["code"])
                    else:
                        self._last = int(told["pid"])
                        self._answer.append(self._last)
                        self._answered.notify()


def main() -> None:
    from web import commands, demonstration, server  # what every start would import

    assert commands and demonstration and server
    asking = socket.socket(fileno=os.dup(0))
    alive: set[int] = set()
    heard = b""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([asking, waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
        while alive and (over := os.waitpid(-1, os.WNOHANG))[0]:
            alive.discard(over[0])
            asking.sendall(json.dumps({"pid": over[0], "code": os.waitstatus_to_exitcode(over[1])}).encode() + b"\n")
        if asking not in ready:
            continue
        data, descriptors, _, _ = socket.recv_fds(asking, LINE, 2)
        if not data:
            break
        heard += data
        while not heard.endswith(b"\n"):
            heard += asking.recv(LINE)
        asked, heard = json.loads(heard), b""
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.default_int_handler)
            for descriptor in (waking, woken):
                os.close(descriptor)
            asking.close()
            _be(asked["arguments"], asked["environment"], *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        alive.add(pid)
        asking.sendall(json.dumps({"pid": pid}).encode() + b"\n")
    for pid in alive:
        os.killpg(pid, signal.SIGKILL)


def _be(arguments: list[str], environment: dict[str, str], stdout: int, stderr: int) -> None:
    """The forked process becomes a server; never returns."""
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        os.close(stdout)
        os.close(stderr)
        os.environ.clear()
        os.environ.update(environment)
        random.seed()
        sys.argv = ["run.py", *arguments]
        from web.commands import cli

        cli()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
