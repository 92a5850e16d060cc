"""A simulator as a process of its own: it reads a line a command and answers with one of JSON; its input's end is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


class Simulator:
    """`began` is what it says first. Ended by `end`."""

    def __init__(self, module: str, *arguments: str, env: dict[str, str] | None = None, quiet: bool = False) -> None:
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if quiet else None, text=True
        )
        self.began = self._answer()

    def end(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def do(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
