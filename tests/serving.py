"""What tests need of a running server; the same parts that a rehearsal uses."""

from rehearsal.client import Client, Refused, Visitor, merge
from rehearsal.server import Server, free_port, serving

__all__ = ["Client", "Refused", "Server", "Visitor", "free_port", "merge", "serving"]
