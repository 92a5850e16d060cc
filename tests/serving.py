"""What tests need of a running server; the same parts that a rehearsal uses."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import rehearsal.server
from rehearsal.client import Client, Refused, Visitor, merge
from rehearsal.server import free_port
from tests.schema import schemas

__all__ = ["Client", "Refused", "Server", "Visitor", "free_port", "merge", "serving"]


class Server(rehearsal.server.Server):
    """On a database that has its tables already; by a script of its own, outside of pytest, as a rehearsal's."""

    def start(self) -> Server:
        if schemas and "HEYI_DATABASE" not in self.environment:
            schemas[0].put(self.data / "heyi.sqlite3")
        super().start()
        return self


def serving(data: Path, **environment: str) -> AbstractContextManager[rehearsal.server.Server]:
    return rehearsal.server.serving(data, Server, **environment)
