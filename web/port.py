"""The port of HTTP and websocket, opened before anything else is begun: a port that is taken must cost nobody a half-started server."""

from __future__ import annotations

import socket


class CannotListen(RuntimeError):
    """The sentence says why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises `CannotListen`."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        what = f"port {port} of {host} cannot be opened: {error.strerror}"
        raise CannotListen(f"{what}. Choose another one with --port or HEYI_PORT, or end the program that uses it.") from None
    return opened
