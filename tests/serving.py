"""What tests need of a running server; the same parts that a rehearsal uses."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, cast

import rehearsal.server
from rehearsal.client import Client, Refused, Visitor, merge
from rehearsal.server import free_port
from tests.nursery import Nursery
from tests.schema import schemas

__all__ = ["Client", "Refused", "Server", "Visitor", "free_port", "merge", "serving"]


nurseries: list[Nursery] = []
"""The one of this process, once somebody was to be launched."""


def launched(arguments: list[str], environment: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """`run.py` with these arguments, in a process and a group of its own; standard error goes to `log`."""
    if not nurseries:
        nurseries.append(Nursery())
    return cast(subprocess.Popen[bytes], nurseries[0].start(arguments, environment, log))


class Server(rehearsal.server.Server):
    """On a database that has its tables already, forked by a process that has imported the house already; by a script of its own, outside of pytest, as a rehearsal's."""

    def start(self) -> Server:
        if schemas and "HEYI_DATABASE" not in self.environment:
            schemas[0].put(self.data / "heyi.sqlite3")
        super().start()
        return self

    def surroundings(self) -> dict[str, str]:
        return {"HEYI_WARM": "false"} | super().surroundings()

    def launch(self, arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return launched(arguments, self.surroundings(), log) if schemas else super().launch(arguments, log)


def serving(data: Path, **environment: str) -> AbstractContextManager[rehearsal.server.Server]:
    return rehearsal.server.serving(data, Server, **environment)
