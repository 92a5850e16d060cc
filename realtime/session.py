"""One websocket's session: HELLO → READY → CLOSED. Pure: messages in, effects out, time as an argument (seconds, monotonic).

Rules
* The first message is `Hello` of our version and comes within five seconds.
* After it, messages are spent from a token bucket: `RATE` a second on average, `BURST` at once, a long one counting for several. Whoever
  overdraws it is closed. `realtime.readers.Quotas` does the same for all connections of an account and of an address together.
* A malformed message closes the session: a client that sends nonsense cannot be reasoned with, and its next message may be dangerous.

Close codes. Those in `COME_BACK` mean: come back; a reason that ends in `after=<milliseconds>` says when, so that ten thousand clients of a
server that restarts do not return in one second. All others mean: do not reconnect by yourself, say why instead.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from realtime.bucket import Bucket
from realtime.messages import PROTOCOL_VERSION, ClientMessage, Hello, Malformed, decode

HELLO_WITHIN = 5.0
RATE = 40.0
BURST = 200.0
COST_BYTES = 8 * 1024
"""A message costs one token, and one more for each so many bytes."""
SLOW_DOWN = 5_000
"""Milliseconds after which whoever was too fast may come back."""
RETURNS_A_SECOND = 400
"""At which rate the clients of a server that restarts are asked to come back."""


def cost(size: int) -> float:
    """Tokens of one message of `size` bytes."""
    return 1 + size // COST_BYTES


def come_back(text: str, milliseconds: int) -> str:
    """A close reason that says when to come back."""
    return f"{text}; after={milliseconds}"


class Code(IntEnum):
    GOING_AWAY = 1001
    NOT_UTF8 = 1007
    TOO_BIG = 1009
    SILENT = 1011  # no pong in time; come back
    RESTART = 1012  # come back, spread over a few seconds
    TRY_LATER = 1013  # something that we need is away; come back after a while
    MALFORMED = 4400
    SIGNED_OUT = 4401
    REVOKED = 4403
    VERSION = 4406  # reload the page
    NO_HELLO = 4408
    TAKEN_OVER = 4409  # the same seat was opened elsewhere
    TOO_FAST = 4429  # come back after a while
    TOO_MANY = 4430
    SLOW = 4503  # resume at once


COME_BACK = frozenset({Code.GOING_AWAY, Code.SILENT, Code.RESTART, Code.TRY_LATER, Code.NO_HELLO, Code.TOO_FAST, Code.SLOW})


class State(Enum):
    HELLO = "hello"
    READY = "ready"
    CLOSED = "closed"


class Close(Exception):
    """The session ends with this code; the reason is an English clause for logs and developers."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Session:
    __slots__ = ("_bucket", "state")

    def __init__(self, now: float) -> None:
        self.state = State.HELLO
        self._bucket = Bucket(RATE, BURST, now)

    def receive(self, data: bytes, now: float) -> ClientMessage:
        """The next message. Raises `Close`, after which the session is closed."""
        try:
            return self._receive(data, now)
        except Close:
            self.state = State.CLOSED
            raise

    def _receive(self, data: bytes, now: float) -> ClientMessage:
        if not self._bucket.spend(cost(len(data)), now):
            raise Close(Code.TOO_FAST, come_back(f"more than {RATE:.0f} messages a second", SLOW_DOWN))
        try:
            message = decode(data)
        except Malformed as error:
            raise Close(Code.MALFORMED, str(error)[:100]) from None
        if self.state is State.HELLO:
            if not isinstance(message, Hello):
                raise Close(Code.MALFORMED, "the first message must be hello")
            if message.version != PROTOCOL_VERSION:
                raise Close(Code.VERSION, f"this server speaks version {PROTOCOL_VERSION}")
            self.state = State.READY
        elif isinstance(message, Hello):
            raise Close(Code.MALFORMED, "hello was already said")
        return message
